"""A learner's progress: a log of events in the course folder that `convlab lab` made.

The folder is known by its `.convlab` subfolder; elsewhere (the project's own notebooks, a hosted
notebook) nothing is written and progress lasts as long as the kernel.
"""

import json
from pathlib import Path

MARKER = ".convlab"
SOLVED, TRIED, HINT, SOLUTION = "solved", "tried", "hint", "solution"

_this_session: list[dict] = []


def course_folder(start: Path | None = None) -> Path | None:
    """The nearest folder at or above `start` (default: the current one) that holds a course."""
    start = (start or Path.cwd()).resolve()
    return next((f for f in (start, *start.parents) if (f / MARKER).is_dir()), None)


def record(exercise: str, event: str) -> None:
    """Note an event ("solved", "tried", "hint", "solution") about an exercise."""
    entry = {"exercise": exercise, "event": event}
    _this_session.append(entry)
    folder = course_folder()
    if folder:
        # One short line in append mode: two kernels that write at once lose nothing.
        with _log(folder).open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")


def events(folder: Path | None = None) -> dict[str, set[str]]:
    """The events noted for each exercise, in `folder` or else in the current course and session."""
    folder = folder or course_folder()
    entries = _read(folder) if folder else _this_session
    by_exercise: dict[str, set[str]] = {}
    for entry in entries:
        by_exercise.setdefault(entry["exercise"], set()).add(entry["event"])
    return by_exercise


def _log(folder):
    return folder / MARKER / "progress.jsonl"


def _read(folder):
    if not _log(folder).exists():
        return
    for line in _log(folder).read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if isinstance(entry, dict) and {"exercise", "event"} <= entry.keys():
                yield entry
        except json.JSONDecodeError:
            continue  # a line cut short by a crash costs that line only
