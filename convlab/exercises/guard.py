"""Run a learner's code so that nothing it does takes the kernel down."""

import ctypes
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

KEPT_CHARACTERS = 2_000
SECONDS_TO_STOP = 2.0
_POLL = 0.05
# A thread that gets less of a processor waits; a busy machine gives more to one that computes.
_LEAST_SHARE = 0.02


class TimeLimitError(BaseException):
    """Raised inside code that ran too long; a BaseException, so `except Exception` lets it pass."""


class WaitLimitError(TimeLimitError):
    """Raised inside code that waited too long: it sleeps, or for something that does not come."""


@dataclass
class Outcome:
    """What a guarded call did: its value or its error, and whether it still runs."""

    value: object = None
    error: BaseException | None = None
    still_running: bool = False


def guarded(call: Callable[[], object], seconds: float) -> Outcome:
    """Call `call()` in a thread, its output caught, its errors returned.

    It may compute for `seconds` of its own processor time and wait as long: how busy the machine is
    does not matter. Whatever the call raises comes back in the outcome, SystemExit and
    KeyboardInterrupt too. A call over its time gets `TimeLimitError` raised inside it; one that
    survives that (it waits in compiled code) is left behind and reported as still running.

    Source: Python documentation, C API, `PyThreadState_SetAsyncExc`.
    """
    outcome = Outcome()
    clocks = []  # of the thread, once it runs

    def work():
        clocks.append(_processor_time())
        try:
            outcome.value = call()
        except BaseException as error:
            outcome.error = error

    thread = threading.Thread(target=work, daemon=True)
    with Output().caught():
        thread.start()
        try:
            limit = _watched(thread, clocks, seconds)
        except KeyboardInterrupt as interrupt:
            limit = interrupt
        if limit and thread.is_alive():
            _stop(thread, type(limit) if isinstance(limit, TimeLimitError) else TimeLimitError)
            interrupted = isinstance(limit, KeyboardInterrupt)
            outcome.error = limit if interrupted else outcome.error or limit
    outcome.still_running = thread.is_alive()
    return outcome


class Output(io.TextIOBase):
    """Keeps the first characters written to it and counts the lines of the rest."""

    def __init__(self):
        self.text = ""
        self.lines = 0

    def write(self, text: str) -> int:
        self.text += text[: KEPT_CHARACTERS - len(self.text)]
        self.lines += text.count("\n")
        return len(text)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """What is printed here goes to this output, and nowhere else."""
        with redirect_stdout(self), redirect_stderr(self):
            yield


def _watched(thread, clocks, seconds):
    """Wait for a thread; the error that stops it when it used up its time, or None."""
    waited, mark = 0.0, 0.0
    while thread.is_alive():
        before = time.monotonic()
        thread.join(_POLL)
        # A kernel that was suspended waits no longer for that.
        waited += min(time.monotonic() - before, 2 * _POLL)
        used = clocks[0]() if clocks else 0.0
        if used > seconds:
            return TimeLimitError()
        if used - mark > _LEAST_SHARE * waited:
            waited, mark = 0.0, used
        if waited > seconds:
            return WaitLimitError()
    return None


def _processor_time():
    """A clock of what this thread computes; where there is none, of what the process does."""
    if not hasattr(time, "pthread_getcpuclockid"):
        start = time.process_time()
        return lambda: time.process_time() - start
    clock = time.pthread_getcpuclockid(threading.get_ident())

    def used():
        try:
            return time.clock_gettime(clock)
        except OSError:  # the thread has just ended
            return 0.0

    return used


def _stop(thread, error):
    deadline = time.monotonic() + SECONDS_TO_STOP
    while thread.is_alive() and time.monotonic() < deadline:
        raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
        raise_in_thread(ctypes.c_ulong(thread.ident), ctypes.py_object(error))
        thread.join(0.01)
