"""What a learner's code may change in Python and torch, put back after a check."""

import builtins
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy
import torch


class InputError(RuntimeError):
    """Raised by `input()`, which nobody answers during a check."""


@dataclass
class Pictures:
    """How many figures and displays there were, none of which was shown."""

    count: int = 0


def _environment(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


# What to ask for what there is, and how to put it back.
_STATES: tuple[tuple[Callable, Callable], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (lambda: vars(torch._tensor_str.PRINT_OPTS).copy(), lambda o: torch.set_printoptions(**o)),
    (numpy.random.get_state, numpy.random.set_state),
    (random.getstate, random.setstate),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (lambda: dict(os.environ), _environment),
    (os.getcwd, os.chdir),
)


@contextmanager
def kept() -> Iterator[Pictures]:
    """Leave Python's and torch's settings, random states and the learner's figures as they are.

    Within it nothing is displayed, `input()` raises, and torch computes on one thread: the threads
    of small operations wait for each other, which a time limit would count. The settings of one
    thread only, such as autograd's, are those of the thread that a check runs in.
    """
    pictures = Pictures()
    before = [(ask(), put_back) for ask, put_back in _STATES]
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng())
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(_no_input())
        stack.enter_context(_no_display(pictures))
        stack.enter_context(_own_figures(pictures))
        try:
            torch.set_num_threads(1)
            yield pictures
        finally:
            for value, put_back in before:
                put_back(value)


@contextmanager
def _no_input():
    def refused(*arguments):
        raise InputError

    real, builtins.input = builtins.input, refused
    try:
        yield
    finally:
        builtins.input = real


@contextmanager
def _no_display(pictures):
    if "IPython" not in sys.modules:
        yield
        return
    from IPython.utils.capture import capture_output

    with capture_output(stdout=False, stderr=False) as captured:
        yield
    pictures.count += len(captured.outputs)


@contextmanager
def _own_figures(pictures):
    """Put the learner's open figures aside, and close those that come up meanwhile."""
    before = _figures()
    kept_figures = dict(before)
    before.clear()
    try:
        yield
    finally:
        pictures.count += len(_figures())
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        _figures().update(kept_figures)


def _figures():
    """The dictionary in which pyplot, once it is imported, keeps its open figures."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return helpers.Gcf.figs if helpers else {}
