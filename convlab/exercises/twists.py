"""Recognise a result that is the right one but for a twist, in any exercise."""

import numbers
from collections.abc import Callable, Iterator

import torch

from convlab.exercises.compare import difference
from convlab.exercises.trials import NOTHING, Trial, copies

_LEAST_NUMBERS = 3

# What may have been done to a tensor, and how that is said.
_TURNS: dict[str, Callable] = {
    "turned by 180 degrees": lambda X: X.flip(-2, -1),
    "with its rows in reverse order": lambda X: X.flip(-2),
    "with its last axis in reverse order": lambda X: X.flip(-1),
    "with rows and columns swapped": lambda X: X.transpose(-2, -1),
    "with its sign turned": lambda X: -X,
}
_LOSSES: dict[str, Callable] = {
    "without its sign": torch.abs,
    "with every negative number set to 0": lambda X: X.clamp(min=0),
    "squared": torch.square,
    "rounded to whole numbers": torch.round,
}


def twist(trials: list[Trial]) -> str:
    """The one twist, of the most telling kind, that explains the results in every case, or ""."""
    if any(trial.got is NOTHING or trial.want is NOTHING for trial in trials):
        return ""
    for kind in (_of_results, _of_arguments, _of_weights, _nothing, _by_a_number):
        fitting = [sentence for sentence, predict in kind(trials[0]) if _fits(trials, predict)]
        if len(fitting) == 1:
            return fitting[0]
    return ""


def plain_twist(got: object, want: object) -> str:
    """The same for a plain answer; it does not say what is right."""
    if isinstance(want, tuple) and isinstance(got, (tuple, list)) and len(got) == len(want):
        pairs = list(zip(got, want, strict=True))
        if all(isinstance(value, numbers.Real) for value in got) and not difference(
            sorted(got), sorted(want)
        ):
            return "The right numbers, but not in this order."
        sentences = {_number_twist(*pair) for pair in pairs if difference(*pair)}
        return sentences.pop() if len(sentences) == 1 else ""
    return _number_twist(got, want)


def _number_twist(got, want):
    if not isinstance(got, numbers.Real) or not isinstance(want, numbers.Real):
        return ""
    if not difference(-got, want):
        return "Right but for the sign."
    if isinstance(want, int) and abs(got - want) == 1:
        return "Off by one."
    if isinstance(want, float) and any(got == round(want, places) for places in range(1, 6)):
        return "This is rounded: write how it is computed, such as 1 / 3."
    return ""


def _of_results(first: Trial) -> Iterator[tuple[str, Callable[[Trial], object]]]:
    for name, turn in (_TURNS | _LOSSES).items():
        yield f"Your result is the right one {name}.", lambda trial, f=turn: f(trial.want)


def _of_arguments(first):
    """Each argument in turn is turned, or held at a number."""
    for name, value in first.inputs.items():
        if isinstance(value, torch.Tensor):
            for how, turn in _TURNS.items():
                sentence = f"Your result would be right for {name} {how}."
                yield sentence, lambda trial, n=name, f=turn: _with(trial, n, f)
        elif isinstance(value, numbers.Real) and not isinstance(value, bool):
            for number in (0, 1):
                sentence = f"Your result would be right if {name} were always {number}."
                yield sentence, lambda trial, n=name, m=number: _with(trial, n, lambda _: m)


def _of_weights(first):
    for name in first.our_weights:
        sentence = f"Your result would be right if {name} were 0."
        yield sentence, lambda trial, n=name: _without(trial, n)


def _nothing(first):
    yield "Your result is 0 everywhere.", lambda trial: torch.zeros_like(trial.want)


def _by_a_number(first):
    yield "Your result is the right one times a number.", _scaled
    yield "Your result is the right one plus a number.", _shifted


def _with(trial, name, change):
    inputs = trial.inputs | {name: change(trial.inputs[name])}
    return trial.ours(*copies(inputs).values())


def _without(trial, name):
    weight = trial.our_weights[name]
    before = weight.detach().clone()
    with torch.no_grad():
        weight.zero_()
        try:
            return trial.ours(*copies(trial.inputs).values())
        finally:
            weight.copy_(before)


def _scaled(trial):
    got, want = trial.got.detach(), trial.want.detach()
    return want * ((got * want).sum() / want.square().sum()).nan_to_num()


def _shifted(trial):
    got, want = trial.got.detach(), trial.want.detach()
    return want + (got - want).mean()


def _fits(trials, predict):
    """Whether the prediction is the learner's result in every case, in one of them not by chance.

    By chance it may be where there are few numbers, or all alike.
    """
    telling = False
    for trial in trials:
        try:
            if difference(trial.got, predict(trial)):
                return False
        except (RuntimeError, IndexError, TypeError, ValueError, AttributeError):
            return False  # the twist has no meaning there
        wrong = difference(trial.got, trial.want) is not None
        telling |= wrong and _is_telling(trial.want)
    return telling


def _is_telling(want):
    if isinstance(want, torch.Tensor):
        return want.numel() >= _LEAST_NUMBERS and bool((want != want.flatten()[0]).any())
    return True
