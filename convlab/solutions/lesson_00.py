"""Answers to the start page."""

import torch

from convlab.solutions.exercise import Exercise, Mistake

TITLE = "Start here"


def double(X):
    """Double every element of X, any shape, and leave X itself as it was."""
    return 2 * X


def _double_cases(generator):
    yield (torch.tensor([1.0, 2.0, 3.0]),)
    yield (torch.zeros(0),)
    yield (torch.tensor([[-1, 0], [4, 7]]),)
    yield (torch.tensor([[1.0], [5.0]]).expand(2, 3),)
    yield (torch.arange(8.0).reshape(2, 4).t(),)
    for shape in ((5,), (2, 3), (2, 1, 4)):
        yield (torch.randn(shape, generator=generator),)
        yield (torch.randn(shape, generator=generator, dtype=torch.float64),)


EXERCISES = {
    "double": Exercise(
        oracle=lambda X: X + X,
        cases=_double_cases,
        hints=(
            "Torch multiplies a whole tensor at once: no loop is needed.",
            "Multiply X by 2 and return what comes out: return 2 * ...",
        ),
        difficulty=1,
        minutes=3,
        mistakes=(
            Mistake(lambda X: X**2, "This multiplies each element with itself."),
            Mistake(lambda X: X + 2, "This adds 2 to each element."),
            Mistake(lambda X: torch.cat([X, X]), "This puts X twice, one after the other."),
        ),
    ),
}
