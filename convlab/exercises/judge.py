"""Decide whether a learner's function, class or plain answer is right."""

import inspect
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch

from convlab.exercises import cost
from convlab.exercises.classes import module_trials
from convlab.exercises.compare import difference, show, text_of
from convlab.exercises.guard import Outcome, guarded
from convlab.exercises.messages import NOT_ATTEMPTED, RIGHT, Verdict, refusal
from convlab.exercises.ready import Watch
from convlab.exercises.starts import start_problem
from convlab.exercises.state import kept
from convlab.exercises.trials import Trial, WrongError, function_trials
from convlab.exercises.twists import plain_twist, twist
from convlab.solutions.exercise import Exercise


@dataclass
class Journal:
    """What was tried, kept outside the guarded call so that a stopped one can be shown."""

    trials: list[Trial] = field(default_factory=list)
    mistake: str = ""

    def failed(self) -> Trial | None:
        """Of the trials that failed, the one that is easiest to read."""
        return min((t for t in self.trials if t.error), key=Trial.readability, default=None)

    def verdict(self, outcome: Outcome, attempt: object, exercise: Exercise) -> Verdict:
        """Say it: of a call that was stopped, what failed before it was is the better message."""
        error, shown = outcome.error, None
        if not isinstance(error, WrongError):
            shown = self.failed() or (self.trials[-1] if self.trials else None)
            error = shown.error if shown and shown.error else error
        if error is not None:
            return refusal(error, attempt, outcome, shown, self.mistake, exercise.seconds)
        count = len(self.trials)
        return Verdict(RIGHT, f"right on {count} inputs" if count else "right")


def judge(exercise: Exercise, answer: object, attempt: object) -> Verdict:
    """Judge `attempt` against the exercise's oracle; `answer` tells which kind of thing is wanted.

    Never raises, whatever the attempt does: exceptions, `sys.exit()`, endless loops and floods of
    output all end in a verdict. What it changes in Python and torch is put back.
    """
    if attempt is Ellipsis:
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    journal = Journal()
    try_out = _try_callable if callable(answer) else _try_value
    if exercise.multiplications or exercise.operations:
        cost.prepare()
    with kept() as pictures:
        outcome = guarded(lambda: try_out(exercise, answer, attempt, journal), exercise.seconds)
    verdict = journal.verdict(outcome, attempt, exercise)
    if pictures.count:
        verdict.message += "\n  Pictures and displays are not shown during a check."
    return verdict


def _try_value(exercise, answer, attempt, journal):
    want = exercise.oracle()
    if difference(attempt, want) is None:
        return
    own = (m.sentence for m in exercise.mistakes if difference(attempt, m.wrong) is None)
    journal.mistake = next(own, "") or plain_twist(attempt, want)
    if not isinstance(answer, tuple):
        raise WrongError(f"{show(attempt)} is not right")
    if not isinstance(attempt, (tuple, list)) or len(attempt) != len(want):
        raise WrongError(f"expected a tuple of {len(want)} values, got {show(attempt)}")
    right = sum(difference(one, other) is None for one, other in zip(attempt, want, strict=True))
    raise WrongError(f"{show(attempt)}: {right} of {len(want)} values are right")


def _try_callable(exercise, answer, attempt, journal):
    """Values in all cases, then cost, then gradients, then how a layer starts."""
    if not callable(attempt) or inspect.isclass(attempt) != inspect.isclass(answer):
        wanted = "a class" if inspect.isclass(answer) else "a function"
        raise WrongError(f"expected {wanted}, got {show(attempt)}")
    watch = Watch(exercise.ready, attempt)
    _require_own(watch, exercise)
    for trial in _trials(exercise, answer, attempt, journal.trials):
        trial.run(trial.values, watch if exercise.ready else nullcontext())
        _require_own(watch, exercise)
    if journal.failed():
        journal.mistake = _sentence(exercise, answer, journal.trials)
    generator = torch.Generator().manual_seed(0)
    for step, argument in ((Trial.cost, exercise), (Trial.gradients, generator)):
        for trial in () if journal.failed() else journal.trials:
            trial.run(step, trial, argument)
    if exercise.starts and not journal.failed():
        _require_starts(exercise, attempt, journal.trials)


def _require_own(watch, exercise):
    if watch.used:
        raise WrongError(f"that is the one you are building: {watch.used[0]}. {exercise.instead}")


def _trials(exercise, answer, attempt, tried):
    """The trials of all cases, each put among those `tried` before it runs."""
    torch.manual_seed(0)  # for cases that make layers
    cases = exercise.cases(torch.Generator().manual_seed(0))
    if inspect.isclass(answer):
        trials = module_trials(attempt, exercise, answer, cases)
    else:
        trials = function_trials(attempt, exercise.oracle, answer, cases)
    try:
        for trial in trials:
            tried.append(trial)
            yield trial
    except Exception as error:  # from a case, about what the attempt did to an argument
        tried[-1].error = tried[-1].error or WrongError(text_of(error, str))


def _sentence(exercise, answer, tried):
    """The sentence of the mistake that does in every case what was tried."""
    for mistake in exercise.mistakes:
        others = []
        for other in _trials(exercise, answer, mistake.wrong, others):
            other.run(other.values, nullcontext())
        if len(others) == len(tried) and all(map(Trial.same_as, tried, others)):
            return mistake.sentence
    return "" if exercise.layers else twist(tried)  # the first layer that differs says more


def _require_starts(exercise, cls, trials):
    """Look at the smallest layer that has some elements, in many new ones."""
    sizes = {sum(p.numel() for p in t.our_weights.values()): t.settings for t in trials}
    settings = sizes[min((size for size in sizes if size >= 8), default=max(sizes))]
    problem = start_problem(lambda: cls(*settings.values()), exercise.starts(*settings.values()))
    if problem:
        raise WrongError(problem)
