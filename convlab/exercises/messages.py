"""Say in a learner's words why an answer was refused."""

import linecache
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

from convlab.exercises.compare import show, text_of
from convlab.exercises.guard import Outcome, TimeLimitError
from convlab.exercises.trials import Trial, WrongError

NOT_ATTEMPTED, WRONG, RIGHT = "○", "✗", "✓"


@dataclass
class Verdict:
    """One of ○, ✗, ✓, the sentence behind it, and the arguments that it shows."""

    mark: str
    message: str
    shown: dict[str, object] = field(default_factory=dict)


def refusal(
    error: BaseException,
    attempt: object,
    outcome: Outcome,
    trial: Trial | None,
    mistake: str,
    seconds: float,
) -> Verdict:
    """The verdict on an attempt that ended in `error`, with the trial on which it can be seen."""
    if isinstance(error, NotImplementedError):
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    reason = _reason(error, attempt, seconds)
    lines = [mistake, f"  {reason}"] if mistake else [reason]
    shown = trial.settings | trial.inputs if trial else {}
    return Verdict(WRONG, "\n".join([*lines, *_context(outcome, shown)]), shown)


def _reason(error, attempt, seconds):
    where = _learners_line(error, attempt)
    if isinstance(error, WrongError):
        return str(error)
    if isinstance(error, TimeLimitError):
        return f"stopped after {seconds:g} s{where}: does a loop never end?"
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted{where}"
    if isinstance(error, SystemExit):
        return f"the code called exit{where}: return a result instead"
    return f"{type(error).__name__}{where}: {_first_lines(text_of(error, str))}"


def _context(outcome: Outcome, shown: dict[str, object]) -> Iterator[str]:
    for name, value in shown.items():
        text = f"  {name} = {show(value)}"
        yield text.replace("\n", "\n" + " " * (len(name) + 5))
    if outcome.printed:
        first = outcome.printed.splitlines()[:3]
        more = outcome.printed_lines - len(first)
        yield "  it printed: " + "\n              ".join(line[:200] for line in first)
        if more > 0:
            yield f"              and {more} more lines"
    if outcome.still_running:
        yield "  it still runs: Kernel > Restart Kernel frees the processor"


def _learners_line(error, attempt):
    module = getattr(attempt, "__module__", None)
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(f, line) for f, line in frames if f.f_globals.get("__name__") == module]
    if not own:
        return ""
    frame, number = own[-1]
    return f" on line {number}, `{linecache.getline(frame.f_code.co_filename, number).strip()}`"


def _first_lines(text):
    lines = text.strip().splitlines() or ["no message"]
    return "\n  ".join(line[:300] for line in lines[:3])
