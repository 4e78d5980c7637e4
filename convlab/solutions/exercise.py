"""What an exercise is."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and a sentence that names what went wrong but not what is right.

    Args:
        wrong: what somebody makes who falls into it: a value for a plain answer; a function of the
            same arguments; for a class a class, or a function that makes its objects.
        sentence: shown when the attempt gives what `wrong` gives, on every case.
    """

    wrong: object
    sentence: str


@dataclass(frozen=True)
class Constant:
    """A parameter whose elements all start at `value`."""

    value: float

    def __str__(self):
        return f"at {self.value:g}"


@dataclass(frozen=True)
class Uniform:
    """A parameter whose elements start independent of each other, uniform between two numbers."""

    low: float
    high: float

    def __str__(self):
        return f"uniform between {self.low:g} and {self.high:g}"

    def probability(self, X: torch.Tensor) -> torch.Tensor:
        """How probable a smaller number is, for each element."""
        return ((X - self.low) / (self.high - self.low)).clamp(0, 1)


@dataclass(frozen=True)
class Normal:
    """A parameter whose elements start independent of each other, from a bell curve."""

    mean: float
    std: float

    def __str__(self):
        return f"normal with mean {self.mean:g} and standard deviation {self.std:g}"

    def probability(self, X: torch.Tensor) -> torch.Tensor:
        """How probable a smaller number is, for each element."""
        return (1 + torch.erf((X - self.mean) / (self.std * math.sqrt(2)))) / 2


@dataclass(frozen=True)
class Exercise:
    """How `check` judges an answer, and what `hint` says about it.

    Args:
        oracle: what is right, found without the course's own answer: for a function exercise a
            function of the same arguments; for a class a function of the constructor's arguments
            that gives an `nn.Module` with the right parameters; for a plain answer a function of
            no arguments that computes it.
        hints: from a nudge to nearly the answer.
        cases: `cases(generator)` yields the inputs, edge cases first: a tuple of arguments for a
            function, a pair (constructor arguments, forward arguments) for a class. The first is
            one on which typical mistakes differ. Random tensors come from `generator`; strides
            are kept. Code after a `yield` runs when the attempt has returned, and may raise a
            ValueError about what it did to an argument. Unused for a plain answer.
        seconds: the time limit for all inputs together.
        difficulty: 1 to 5, the dots of its heading.
        minutes: how long it takes.
        core: whether it belongs to the lesson's core path, or to a Further section.
        mistakes: typical wrong answers, the likeliest first.
        ready: what the answer must not use, because it is what is to be built: functions of torch
            or convlab, `torch.Tensor` methods, or the name of a function of the lesson.
        instead: what to use in place of those, as a sentence.
        multiplications: the most that a call may make, as a function of a case's arguments (of a
            class: the constructor's and then forward's).
        operations: the most operations of torch that a call may make, so that a loop is noticed;
            a function of the same arguments. Views do not count.
        starts: how each parameter of a class starts, as a function of the constructor's arguments
            that gives name: `Uniform`, `Normal` or `Constant`.
        layers: names of layers that the class must have and call as often as the oracle does.
    """

    oracle: Callable
    hints: tuple[str, ...]
    cases: Callable[[torch.Generator], Iterable[tuple]] | None = None
    seconds: float = 10.0
    difficulty: int = field(kw_only=True)
    minutes: int = field(kw_only=True)
    core: bool = True
    mistakes: tuple[Mistake, ...] = ()
    ready: tuple[Callable | str, ...] = ()
    instead: str = ""
    multiplications: Callable[..., int] | None = None
    operations: Callable[..., int] | None = None
    starts: Callable[..., Mapping[str, Constant | Uniform | Normal]] | None = None
    layers: tuple[str, ...] = ()
