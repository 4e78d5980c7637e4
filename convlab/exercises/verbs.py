"""The four verbs of an exercise: `check`, `hint`, `solution`, `progress`."""

import os
from pathlib import Path

from convlab.exercises import records

_hints_given: dict[str, int] = {}
_last_checked: list[str] = []
_NOTHING = object()  # None is an attempt, and a wrong one


class ExerciseError(AssertionError):
    """Raised by `check` instead of printing ○ or ✗ when a class or CI grades the notebook."""


def check(attempt: object = _NOTHING, /, **named: object) -> object:
    """Check an exercise and say in a line how it stands: ○ not attempted, ✗ wrong, ✓ right.

    `corr1d = check(corr1d)` for a function or class, `answer = check(answer=answer)` for a plain
    answer. Tried on edge cases and random inputs, values and gradients; whatever the attempt
    does, the kernel survives.

    Returns:
        The attempt when it is right, else the course's own answer, so that later cells run.

    Raises:
        ExerciseError: not right, where CONVLAB_STRICT=1 is set or nbgrader grades.
        TypeError: not called with exactly one attempt.
        ValueError: the course has no exercise of that name.
    """
    from convlab import solutions
    from convlab.exercises.judge import judge
    from convlab.exercises.messages import NOT_ATTEMPTED, RIGHT, Verdict

    name, attempt = _named_attempt(attempt, named)
    _, exercise = solutions.find(name)
    ours = solutions.answer(name)
    _last_checked[:] = [name]
    if isinstance(attempt, _Ours) or (callable(ours) and attempt is ours):
        verdict = Verdict(NOT_ATTEMPTED, "this is the course's own; run your exercise cell first")
    else:
        verdict = judge(exercise, ours, attempt)
        if verdict.mark != NOT_ATTEMPTED:
            records.record(name, records.SOLVED if verdict.mark == RIGHT else records.TRIED)
    line = f"{verdict.mark} {name}: {verdict.message}"
    if verdict.mark == RIGHT:
        print(line)
        return attempt
    if _strict():
        raise ExerciseError(line)
    between = "; " if verdict.mark == NOT_ATTEMPTED else "\n  "
    print(f'{line}{between}hint("{name}") helps; the lesson goes on with ours')
    return ours if callable(ours) else _marked_as_ours(ours)


def hint(exercise: object = None) -> None:
    """Print the next hint, a step further at each call, for an exercise or the last one checked.

    Args:
        exercise: its name, or the function or class itself; None for the last one checked.

    Raises:
        ValueError: the course has no such exercise, or none was checked yet.
    """
    from convlab import solutions

    name = _exercise_name(exercise)
    hints = solutions.find(name)[1].hints
    count = _hints_given.get(name, 0)
    if count == len(hints):
        print(f'{name}: that was the last hint; solution("{name}") shows the answer')
        return
    _hints_given[name] = count + 1
    records.record(name, records.HINT)
    print(f"{name}, hint {count + 1} of {len(hints)}: {hints[count]}")


def solution(exercise: object = None) -> None:
    """Print the course's own answer to an exercise, or to the last one checked.

    Args:
        exercise: its name, or the function or class itself; None for the last one checked.

    Raises:
        ValueError: the course has no such exercise, or none was checked yet.
    """
    from convlab import solutions

    name = _exercise_name(exercise)
    text = solutions.source(name)
    records.record(name, records.SOLUTION)
    print(text)


def progress(folder: str | os.PathLike | None = None) -> None:
    """Print a table of the course: ✓ solved, ✗ tried, ○ not attempted, an exercise a mark.

    Those of a lesson's core path come first, then those of its Further sections.

    Args:
        folder: a course folder that `convlab lab` made; None for the one this kernel runs in.
            Outside any, only this session counts and nothing is kept.

    Raises:
        ValueError: folder holds no course.
    """
    from convlab import solutions

    if folder is not None and not (Path(folder) / records.MARKER).is_dir():
        raise ValueError(f"folder must be one that `convlab lab` made, got {str(folder)!r}")
    events = records.events(Path(folder) if folder is not None else None)
    wide = max(len(module.TITLE) for module in solutions.lessons().values())
    total = {True: "", False: ""}
    for number, module in solutions.lessons().items():
        row = {True: "", False: ""}  # of the core path, and of what goes further
        for name, exercise in module.EXERCISES.items():
            row[exercise.core] += _mark(events.get(name, ()))
        total = {core: total[core] + row[core] for core in row}
        marks = " ".join(filter(None, row.values()))
        print(f"{number}  {module.TITLE:<{wide}} {marks:<6}  {_counts(row)}")
    print(_counts(total, " exercises solved"))
    if folder is None and records.course_folder() is None:
        print("This is not a course folder, so nothing is kept: `convlab lab` makes one.")


def _mark(events):
    return "✓" if records.SOLVED in events else "✗" if records.TRIED in events else "○"


def _counts(marks, what=""):
    """How many are solved of those of the core path, and, where there are some, of the others."""
    core, further = (f"{row.count('✓')} of {len(row)}" for row in (marks[True], marks[False]))
    return f"{core}{what}" + (f", further {further}" if marks[False] else "")


class _Ours:
    """Marks a plain answer that `check` handed out, so that it is never taken for a learner's."""


def _marked_as_ours(value):
    kind = type(value)
    if kind in (bool, type(None)):  # Python has one True and one None: they bear no mark
        return value
    return type(kind.__name__, (_Ours, kind), {"__slots__": ()})(value)


def _named_attempt(attempt, named):
    if len(named) + (attempt is not _NOTHING) != 1:
        raise TypeError("check takes one attempt: check(corr1d), or check(answer=answer)")
    if named:
        return next(iter(named.items()))
    name = getattr(attempt, "__name__", None)
    if not isinstance(name, str):
        raise TypeError(f"name a plain answer: check(answer=answer), got {attempt!r} without one")
    return name, attempt


def _exercise_name(exercise):
    if exercise is None and not _last_checked:
        raise ValueError('exercise must be named before any was checked: hint("corr1d")')
    if exercise is None:
        return _last_checked[0]
    return exercise if isinstance(exercise, str) else getattr(exercise, "__name__", repr(exercise))


def _strict():
    return os.environ.get("CONVLAB_STRICT") == "1" or "NBGRADER_EXECUTION" in os.environ
