"""Say in a learner's words why an answer was refused."""

import difflib
import inspect
import linecache
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

from torch import nn

from convlab.exercises.compare import indented, show, text_of
from convlab.exercises.guard import Outcome, Output, TimeLimitError, WaitLimitError
from convlab.exercises.state import InputError
from convlab.exercises.trials import Trial, WrongError

NOT_ATTEMPTED, WRONG, RIGHT = "○", "✗", "✓"

_IN_PLACE = "in-place operation", "inplace operation"


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
    if _is_the_stub_s(error, attempt):
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    reason = _reason(error, attempt, seconds)
    if trial and trial.gradients_asked and not isinstance(error, WrongError):
        reason = f"the values are right; then check asks for gradients, of the same call: {reason}"
    lines = [mistake, f"  {reason}"] if mistake else [reason]
    shown = trial.shown() if trial else {}
    output = trial.output if trial else Output()
    lines += [*_arguments(shown), *_printed(output)]
    if outcome.still_running:
        lines.append("  it still runs: Kernel > Restart Kernel frees the processor")
    return Verdict(WRONG, "\n".join(lines), shown)


def _reason(error, attempt, seconds):
    where, text = _learners_line(error, attempt), text_of(error, str)
    if isinstance(error, WrongError):
        return text
    if isinstance(error, WaitLimitError):
        return f"stopped after waiting {seconds:g} s{where}: what does it wait for?"
    if isinstance(error, TimeLimitError):
        return f"stopped after computing {seconds:g} s{where}: does a loop never end?"
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted{where}"
    if isinstance(error, SystemExit):
        return f"the code called exit{where}: return a result instead"
    if isinstance(error, InputError):
        return f"the code asks for input(){where}: take what you need from the arguments"
    if any(words in text for words in _IN_PLACE):
        return (
            f"changed in place{where}, as += and X[...] = ... do: autograd needs it as it was. "
            "Make a new tensor, or work on a .clone()"
        )
    return f"{type(error).__name__}{where}: {_first_lines(text)}{_misspelt(error, attempt)}"


def _is_the_stub_s(error, attempt):
    """Whether it is the bare raise of the stub itself: not torch's, nor that of a helper."""
    if not isinstance(error, NotImplementedError):
        return False
    *_, (frame, number) = traceback.walk_tb(error.__traceback__)
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    bare = not line or line.startswith("raise NotImplementedError")
    return bare and frame.f_code in _codes(attempt)


def _codes(attempt) -> list[CodeType]:
    """The code of a function, or of the methods of a class."""
    functions = vars(attempt).values() if inspect.isclass(attempt) else (attempt,)
    return [function.__code__ for function in functions if hasattr(function, "__code__")]


def _misspelt(error, attempt):
    """A method whose name is nearly `forward`, where torch misses that one."""
    if not isinstance(error, NotImplementedError) or not inspect.isclass(attempt):
        return ""
    own = [name for name in vars(attempt) if name not in vars(nn.Module)]
    near = difflib.get_close_matches("forward", own, n=1)
    return f" (found: {near[0]})" if near else ""


def _arguments(shown: dict[str, object]) -> Iterator[str]:
    for name, value in shown.items():
        yield indented(f"  {name} = {show(value)}", len(name) + 5)


def _printed(output: Output) -> Iterator[str]:
    if output.text:
        first = output.text.splitlines()[:3]
        yield "  it printed: " + "\n              ".join(line[:200] for line in first)
        if output.lines > len(first):
            yield f"              and {output.lines - len(first)} more lines"


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
