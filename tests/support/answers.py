"""Wrong answers and right styles of a lesson's exercises, each judged as a learner's would be."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import pytest
import torch
from torch import nn

from convlab import solutions
from convlab.exercises.judge import judge
from convlab.exercises.messages import RIGHT, WRONG
from convlab.solutions.exercise import Exercise

SHOWN_NUMBERS = 12
easy = partial(Exercise, difficulty=1, minutes=1)  # for tests in which these do not matter


class Wrong(NamedTuple):
    """An attempt that must be refused, and a part of the message that names its mistake.

    Without one, the message must show an input of at most 12 numbers on which it can be seen.
    """

    attempt: object
    says: str = ""


@dataclass
class Answers:
    """At least five typical wrong answers to an exercise, and four right ones in other styles."""

    wrong: list[Wrong] = field(default_factory=list)
    right: list[object] = field(default_factory=list)


class LessonAnswers:
    """The tests of a lesson's answers: a class `TestLessonNN(LessonAnswers)` has the two below."""

    lesson: str
    answers: dict[str, Answers]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each exercise, each of its answers and each of its typical mistakes."""
        kinds = {"wrong": self._wrong, "right": self._right, "mistake": self._mistakes}
        kind = next((kind for kind in kinds if kind in metafunc.fixturenames), None)
        if kind:
            cases = [pytest.param(n, value, id=f"{n}-{i}") for n, i, value in kinds[kind]()]
            metafunc.parametrize(("name", kind), cases)
        else:
            metafunc.parametrize("name", self._exercises())

    def test_there_are_enough(self, name: str) -> None:
        answers = self.answers[name]
        assert len(answers.wrong) >= 5, "five typical wrong answers"
        assert len(answers.right) >= 4, "four right styles"

    def test_a_wrong_answer_is_refused(self, name: str, wrong: Wrong) -> None:
        verdict = judged(name, wrong.attempt)
        assert verdict.mark == WRONG
        if wrong.says:
            assert wrong.says in verdict.message
        else:
            assert 0 < numbers(verdict.shown.values()) <= SHOWN_NUMBERS, verdict.message

    def test_a_right_style_is_accepted(self, name: str, right: object) -> None:
        verdict = judged(name, right)
        assert verdict.mark == RIGHT, verdict.message

    def test_a_mistake_gets_its_own_sentence(self, name: str, mistake: solutions.Mistake) -> None:
        verdict = judged(name, mistake.wrong)
        assert verdict.mark == WRONG
        assert verdict.message.startswith(mistake.sentence)

    def _exercises(self):
        return solutions.lessons()[self.lesson].EXERCISES

    def _wrong(self) -> Iterator[tuple[str, int, object]]:
        for name, answers in self.answers.items():
            yield from ((name, index, wrong) for index, wrong in enumerate(answers.wrong))

    def _right(self):
        for name, answers in self.answers.items():
            yield from ((name, index, right) for index, right in enumerate(answers.right))

    def _mistakes(self):
        for name, exercise in self._exercises().items():
            yield from ((name, index, one) for index, one in enumerate(exercise.mistakes))


def judged(name, attempt):
    """The verdict on an attempt at the exercise of that name, which a function or class gets."""
    if getattr(attempt, "__module__", "").startswith("tests."):
        attempt.__name__ = name
    return judge(solutions.find(name)[1], solutions.answer(name), attempt)


def numbers(values):
    """How many numbers a reader of these values has before them."""
    return sum(map(_numbers, values))


def _numbers(value):
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, nn.Module):
        return numbers(value.parameters())
    return numbers(value) if isinstance(value, (tuple, list)) else 1
