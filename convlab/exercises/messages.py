"""Say in a learner's words why an answer was refused."""

import inspect
import linecache
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

from convlab.exercises.compare import show, text_of
from convlab.exercises.guard import Outcome, TimeLimitError
from convlab.exercises.trials import Trial, WrongError

NOT_ATTEMPTED, WRONG, RIGHT = "○", "✗", "✓"
SHOWN_WEIGHTS = 9


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
    if _is_stubs_own(error, attempt):
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    reason = _reason(error, attempt, seconds)
    lines = [mistake, f"  {reason}"] if mistake else [reason]
    shown = trial.settings | trial.inputs if trial else {}
    context = _context(outcome, _small_weights(trial) | shown)
    return Verdict(WRONG, "\n".join([*lines, *context]), shown)


def _is_stubs_own(error, attempt):
    """Whether the attempt itself raised it: an `nn.ModuleList` that is called does so, too."""
    if not isinstance(error, NotImplementedError):
        return False
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    parts = (attempt, *vars(attempt).values()) if inspect.isclass(attempt) else (attempt,)
    return frame.f_code in [getattr(part, "__code__", None) for part in parts]


def _small_weights(trial):
    """What the check has put into the learner's layer, where a reader can take it in."""
    weights = trial.our_weights if trial else {}
    return {name: w for name, w in weights.items() if w.numel() <= SHOWN_WEIGHTS}


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
