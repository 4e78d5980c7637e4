"""Decide whether a learner's function, class or plain answer is right."""

import inspect
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch

from convlab.exercises.classes import module_trials
from convlab.exercises.compare import difference, show, text_of
from convlab.exercises.guard import Outcome, guarded
from convlab.exercises.messages import NOT_ATTEMPTED, RIGHT, Verdict, refusal
from convlab.exercises.ready import Watch
from convlab.exercises.starts import start_problem
from convlab.exercises.trials import Trial, WrongError, function_trials
from convlab.solutions.exercise import Exercise


@dataclass
class Journal:
    """What was tried, kept outside the guarded call so that a stopped one can be shown."""

    trials: list[Trial] = field(default_factory=list)
    mistake: str = ""

    def verdict(self, outcome: Outcome, attempt: object, seconds: float) -> Verdict:
        """Say it: of a call that was stopped, what failed before it was is the better message."""
        failed, shown = self.failed(), None
        error = outcome.error
        if not isinstance(error, WrongError):
            shown = failed or (self.trials[-1] if self.trials else None)
            error = failed.error if failed else error
        if error is None:
            count = len(self.trials)
            return Verdict(RIGHT, f"right on {count} inputs" if count else "right")
        return refusal(error, attempt, outcome, shown, self.mistake, seconds)

    def failed(self) -> Trial | None:
        """Of the trials that failed, the one that is easiest to read."""
        return min((t for t in self.trials if t.error), key=Trial.size, default=None)


def judge(exercise: Exercise, answer: object, attempt: object) -> Verdict:
    """Judge `attempt` against the exercise's oracle; `answer` tells which kind of thing is wanted.

    Never raises, whatever the attempt does: exceptions, `sys.exit()`, endless loops and floods of
    output all end in a verdict. Torch's random state is left as it was.
    """
    if attempt is Ellipsis:
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    journal = Journal()
    with torch.random.fork_rng():
        try_out = _try_callable if callable(answer) else _try_value
        outcome = guarded(lambda: try_out(exercise, answer, attempt, journal), exercise.seconds)
    return journal.verdict(outcome, attempt, exercise.seconds)


def _try_value(exercise, answer, attempt, journal):
    want = exercise.oracle()
    if difference(attempt, want) is None:
        return
    for mistake in exercise.mistakes:
        if difference(attempt, mistake.wrong) is None:
            journal.mistake = mistake.sentence
            break
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
    for trial in _trials(exercise, attempt, journal.trials):
        trial.run(trial.values, watch if exercise.ready else nullcontext())
        _require_own(watch, exercise)
    if journal.failed():
        journal.mistake = _sentence(exercise, journal.trials)
    generator = torch.Generator().manual_seed(0)
    for step, argument in ((Trial.cost, exercise.multiplications), (Trial.gradients, generator)):
        if journal.failed():
            return
        for trial in journal.trials:
            trial.run(step, trial, argument)
    if exercise.starts and not journal.failed():
        _require_starts(exercise, attempt, journal.trials)


def _require_own(watch, exercise):
    if watch.used:
        raise WrongError(f"that is the one you are building: {watch.used[0]}. {exercise.instead}")


def _trials(exercise, attempt, tried):
    """The trials of all cases, each put among those `tried` before it runs."""
    torch.manual_seed(0)  # for cases that make layers
    cases = exercise.cases(torch.Generator().manual_seed(0))
    if inspect.isclass(attempt):
        trials = module_trials(attempt, exercise.oracle, cases, exercise.layers)
    else:
        trials = function_trials(attempt, exercise.oracle, cases)
    try:
        for trial in trials:
            tried.append(trial)
            yield trial
    except Exception as error:  # from a case, about what the attempt did to an argument
        tried[-1].error = tried[-1].error or WrongError(text_of(error, str))


def _sentence(exercise, tried):
    """The sentence of the mistake that does in every case what was tried."""
    for mistake in exercise.mistakes:
        others = _trials(exercise, mistake.wrong, [])
        if all(_done_alike(trial, other) for trial, other in zip(tried, others, strict=False)):
            return mistake.sentence
    return ""


def _done_alike(trial, other):
    other.run(other.values, nullcontext())
    return trial.same_as(other)


def _require_starts(exercise, cls, trials):
    """Look at the smallest layer that has some elements, in many new ones."""
    sizes = {sum(p.numel() for p in t.our_weights.values()): t.settings for t in trials}
    settings = sizes[min((size for size in sizes if size >= 8), default=max(sizes))]
    problem = start_problem(lambda: cls(*settings.values()), exercise.starts(*settings.values()))
    if problem:
        raise WrongError(problem)
