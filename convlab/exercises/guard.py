"""Run a learner's code so that nothing it does takes the kernel down."""

import ctypes
import io
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

KEPT_CHARACTERS = 2_000
SECONDS_TO_STOP = 2.0


class TimeLimitError(BaseException):
    """Raised inside code that ran too long; a BaseException, so `except Exception` lets it pass."""


@dataclass
class Outcome:
    """What a guarded call did: its value or its error, what it printed, whether it still runs."""

    value: object = None
    error: BaseException | None = None
    printed: str = ""
    printed_lines: int = 0
    still_running: bool = False


def guarded(call: Callable[[], object], seconds: float) -> Outcome:
    """Call `call()` in a thread for at most `seconds`, its output caught, its errors returned.

    Whatever the call raises comes back in the outcome, SystemExit and KeyboardInterrupt too. A
    call over its time gets `TimeLimitError` raised inside it; one that survives that (it waits in
    compiled code) is left behind and reported as still running.

    Source: Python documentation, C API, `PyThreadState_SetAsyncExc`.
    """
    outcome = Outcome()
    output = _BoundedOutput()

    def work():
        try:
            outcome.value = call()
        except BaseException as error:
            outcome.error = error

    thread = threading.Thread(target=work, daemon=True)
    with redirect_stdout(output), redirect_stderr(output):
        thread.start()
        try:
            thread.join(seconds)
        except KeyboardInterrupt as interrupt:
            _stop(thread)
            outcome.error = interrupt
        if thread.is_alive():
            _stop(thread)
            outcome.error = outcome.error or TimeLimitError()
    outcome.still_running = thread.is_alive()
    outcome.printed, outcome.printed_lines = output.text, output.lines
    return outcome


def _stop(thread):
    deadline = time.monotonic() + SECONDS_TO_STOP
    while thread.is_alive() and time.monotonic() < deadline:
        raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
        raise_in_thread(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeLimitError))
        thread.join(0.01)


class _BoundedOutput(io.TextIOBase):
    """Keeps the first characters written to it and counts the lines of the rest."""

    def __init__(self):
        self.text = ""
        self.lines = 0

    def write(self, text):
        self.text += text[: KEPT_CHARACTERS - len(self.text)]
        self.lines += text.count("\n")
        return len(text)
