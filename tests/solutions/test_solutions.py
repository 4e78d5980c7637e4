"""Every answer of the course is judged as a learner's would be, by an oracle of its own."""

import ast
from collections import Counter
from importlib import import_module

import pytest

from convlab import solutions
from convlab.exercises.judge import judge
from convlab.exercises.messages import RIGHT

NAMES = [name for module in solutions.lessons().values() for name in module.EXERCISES]


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_right(name):
    verdict = judge(solutions.find(name)[1], solutions.answer(name), solutions.answer(name))
    assert verdict.mark == RIGHT, verdict.message


@pytest.mark.parametrize("name", NAMES)
def test_the_source_is_one_definition_of_that_name(name):
    (node,) = ast.parse(solutions.source(name)).body
    assert name in (getattr(node, "name", None), *(t.id for t in getattr(node, "targets", [])))


@pytest.mark.parametrize("name", NAMES)
def test_a_function_or_class_says_what_it_takes_and_is_tried_on_many_inputs(name):
    answer, exercise = solutions.answer(name), solutions.find(name)[1]
    assert 2 <= len(exercise.hints) <= 4
    if callable(answer):
        assert answer.__doc__
        verdict = judge(exercise, answer, answer)
        assert int(verdict.message.split()[2]) >= 5


def test_names_are_unique_in_the_course():
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []


def test_an_exercise_without_an_answer_is_found(monkeypatch):
    module = solutions.lessons()["00"]
    monkeypatch.setitem(module.EXERCISES, "missing", module.EXERCISES["double"])
    with pytest.raises(LookupError, match="has an exercise 'missing' but no answer"):
        solutions.source("missing")


def test_each_exercise_says_how_hard_and_long_it_is_and_has_answers_that_are_tried():
    exercises = [e for module in solutions.lessons().values() for e in module.EXERCISES.values()]
    assert all(1 <= exercise.difficulty <= 5 and exercise.minutes > 0 for exercise in exercises)
    for number in solutions.lessons():
        module = import_module(f"tests.solutions.test_lesson_{number}")
        assert getattr(module, f"TestLesson{number}").lesson == number
