"""What an exercise is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Exercise:
    """How `check` judges an answer, and what `hint` says about it.

    Args:
        oracle: what is right, found without the course's own answer: for a function exercise a
            function of the same arguments; for a class a function of the constructor's arguments
            that gives an `nn.Module` with the right parameters; for a plain answer a function of
            no arguments that computes it.
        cases: `cases(generator)` yields the inputs, edge cases first: a tuple of arguments for a
            function, a pair (constructor arguments, forward arguments) for a class. Random
            tensors come from `generator`. Unused for a plain answer.
        hints: from a nudge to nearly the answer.
        seconds: the time limit for all inputs together.
    """

    oracle: Callable
    hints: tuple[str, ...]
    cases: Callable[[torch.Generator], Iterable[tuple]] | None = None
    seconds: float = 10.0
