"""What a message says of errors, of NaN, of dtypes, of what a learner's code leaves behind."""

import builtins
import functools
import hashlib
import os
import random
import sys
import threading
import time
import warnings

import numpy
import pytest
import torch
from matplotlib import pyplot
from torch import nn

from convlab.exercises import guard
from convlab.exercises.judge import judge
from convlab.exercises.messages import NOT_ATTEMPTED, RIGHT, WRONG
from tests.support.answers import easy


def cases(generator):
    yield (torch.tensor([1.0, 2.0]),)
    yield (torch.tensor([-1.0, 0.0, 3.0, 4.0]),)


def plus(X):
    return X + 1


def judged(attempt, oracle=plus, cases=cases, seconds=10.0):
    return judge(easy(oracle, (), cases, seconds=seconds), oracle, attempt)


def layer_of(forward):
    return type("Layer", (nn.Module,), {"forward": forward})


def judged_class(attempt):
    layer = layer_of(lambda self, X: X + 1)
    inputs = lambda generator: (((), one) for one in cases(generator))  # noqa: E731
    return judge(easy(layer, (), inputs), layer, attempt)


class TestNotAttempted:
    """Only the stub's own raise is: an error from anywhere else is a mistake to be named."""

    def test_the_stub_s_own(self):
        def stub(X):
            raise NotImplementedError

        def forward(self, X):
            raise NotImplementedError

        assert judged(stub).mark == NOT_ATTEMPTED
        assert judged_class(layer_of(forward)).mark == NOT_ATTEMPTED

    def test_a_helper_s(self):
        def helper(X):
            raise NotImplementedError

        verdict = judged(lambda X: helper(X))
        assert verdict.mark == WRONG
        assert verdict.message.startswith("NotImplementedError on line")

    def test_torch_s(self):
        verdict = judged(lambda X: nn.ModuleList([nn.ReLU()])(X))
        assert verdict.mark == WRONG
        assert 'Module [ModuleList] is missing the required "forward" function' in verdict.message

    def test_a_misspelt_forward(self):
        attempt = type("Layer", (nn.Module,), {"foward": lambda self, X: X + 1})
        verdict = judged_class(attempt)
        assert verdict.mark == WRONG
        assert verdict.message.splitlines()[0].endswith('"forward" function (found: foward)')


class TestErrors:
    def test_in_place_on_a_weight(self):
        class Layer(nn.Module):
            def __init__(self, channels=2):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(channels))

            def forward(self, X):
                self.weight += X
                return self.weight

        inputs = lambda generator: [((), (torch.ones(2),))]  # noqa: E731
        verdict = judge(easy(Layer, (), inputs), Layer, type("Layer", (Layer,), {}))
        assert verdict.message.startswith("changed in place on line")
        assert "`self.weight += X`" in verdict.message

    def test_in_place_on_an_argument_or_a_view_of_it(self):
        def straight(X):
            X += 1
            return X

        def view(X):
            Y = X[:2]
            Y += 1
            return X + 1

        for attempt in (straight, view):
            assert judged(attempt).message.startswith("X was changed in place: work on X.clone()")

    def test_gradients_are_asked_for(self):
        attempt = lambda X: torch.from_numpy(X.numpy()) + 1  # noqa: E731
        message = judged(attempt).message
        assert message.startswith("the values are right; then check asks for gradients, of the")
        assert "RuntimeError on line" in message

    def test_nothing_is_returned(self):
        assert judged(lambda X: None).message.startswith("returned None: does it end with `ret")
        assert judged_class(layer_of(lambda self, X: None)).message.startswith("returned None")
        nets = lambda generator: [(nn.Sequential(),)]  # noqa: E731
        message = judged(lambda net: None, lambda net: net, nets).message
        assert message.startswith("returned None")

    def test_another_module(self):
        nets = lambda generator: [(nn.Sequential(),)]  # noqa: E731
        message = judged(lambda net: nn.Sequential(nn.ReLU()), lambda net: net, nets).message
        assert message.startswith("returned another module than the one that was given: fill")
        assert judged(lambda net: 5, lambda net: net, nets).message.startswith("returned int, exp")


class TestDifferences:
    def test_a_nan_is_named_with_its_input(self):
        verdict = judged(lambda X: (X + 1) * X / X)
        assert verdict.message.startswith(
            "1 of 4 values are NaN, the first at (1,), where X is 0\n"
        )

    def test_a_nan_in_a_gradient(self):
        attempt = lambda X: torch.where(X < 3.5, X.abs().sqrt() ** 2 * X.sign() + 1, X + 1)  # noqa: E731
        message = judged(attempt).message
        assert "backward() gives X a wrong gradient: 1 of 4 values are NaN" in message
        assert ", where X is 0\n" in message

    def test_the_dtype_to_keep(self):
        whole = lambda generator: [(torch.tensor([1, 2]),)]  # noqa: E731
        message = judged(lambda X: X + 1.0, cases=whole).message
        rule = "wrong dtype: expected torch.int64, got torch.float32; keep the dtype of X\n"
        assert message.startswith(rule)

    def test_a_pair_is_compared_as_a_whole(self):
        swapped = lambda X: (3, 2)  # noqa: E731
        message = judged(swapped, lambda X: (2, 3)).message
        assert message.startswith("expected (2, 3), got (3, 2)\n")

    def test_a_closure_that_sees_the_loop_s_last_name(self):
        def right(X):
            return [("one", X), ("two", X + 1)]

        message = judged(lambda X: [("two", X), ("two", X + 1)], right).message
        assert message.startswith(
            "all 2 values begin with 'two': a function looks a loop's variable"
        )
        same = lambda X: [X] * 2  # noqa: E731
        message = judged(same, lambda X: [X, X + 1]).message
        assert message.startswith("all 2 values are the same object: make a new one for each")

    def test_a_wrong_shape_is_shown_before_fewer_numbers_with_wrong_values(self):
        def square(generator):
            yield (torch.ones(2),)
            yield (torch.ones(3, 2),)

        message = judged(lambda X: X.t() + X.ndim, cases=square).message
        assert message.startswith("wrong shape: expected (3, 2), got (2, 3)")


class TestTime:
    @pytest.mark.slow
    def test_only_the_learner_s_own_computing_counts(self):
        """Beside seven others that compute, and for longer than the limit on the wall's clock."""

        def slow(X):
            total, start = 0, time.thread_time()
            while time.thread_time() - start < 0.2:
                total += 1
            return X + 1

        stop, block = threading.Event(), bytes(10_000_000)

        def compete():
            while not stop.is_set():
                hashlib.sha256(block)  # without Python's lock

        others = [threading.Thread(target=compete) for _ in range(7)]
        for other in others:
            other.start()
        try:
            start = time.monotonic()
            verdict = judged(slow, seconds=1.2)
            assert verdict.mark == RIGHT, verdict.message
            assert time.monotonic() - start > 1.2
        finally:
            stop.set()
            for other in others:
                other.join()

    def test_without_a_clock_for_threads_that_of_the_process_counts(self, monkeypatch):
        monkeypatch.delattr(time, "pthread_getcpuclockid", raising=False)

        def endless():
            while True:
                pass

        outcome = guard.guarded(endless, 0.5)
        assert type(outcome.error) is guard.TimeLimitError
        assert guard.guarded(lambda: 5, 0.5).value == 5

    def test_a_lock_is_waited_for(self):
        lock = threading.Lock()

        def stuck(X):
            with lock:
                while not lock.acquire(timeout=0.01):
                    pass

        message = judged(stuck, seconds=0.5).message
        assert message.startswith("stopped after waiting 0.5 s on line")

    def test_input_is_refused_at_once(self):
        start = time.monotonic()
        message = judged(lambda X: X + int(input("how many? "))).message
        assert message.startswith("the code asks for input() on line")
        assert time.monotonic() - start < 5
        assert builtins.input.__name__ != "refused"


def states():
    return [
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_num_threads(),
        repr(torch.tensor([1 / 3])),
        os.getcwd(),
        os.environ.get("CONVLAB_TRIED"),
        list(warnings.filters),
        sys.getrecursionlimit(),
        torch.rand(1).item(),
        random.random(),
        numpy.random.rand(),
        str(numpy.array([1 / 3])),
    ]


def meddle(X):
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_printoptions(precision=1)
    numpy.set_printoptions(precision=1)
    os.chdir("/")
    os.environ["CONVLAB_TRIED"] = "1"
    warnings.simplefilter("error")
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    torch.manual_seed(5), random.seed(5), numpy.random.seed(5)
    return X


class TestWhatIsLeftBehind:
    @staticmethod
    def seeded():
        torch.manual_seed(0), random.seed(0), numpy.random.seed(0)
        return states()

    def test_settings_are_as_they_were(self):
        before = self.seeded()
        self.seeded()
        torch.manual_seed(0), random.seed(0), numpy.random.seed(0)
        assert judged(meddle).mark == WRONG
        assert states() == before

    def test_torch_computes_on_one_thread_meanwhile(self):
        threads, before = [], torch.get_num_threads()
        torch.set_num_threads(2)
        try:
            judged(lambda X: threads.append(torch.get_num_threads()) or X + 1)
            assert set(threads) == {1}
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(before)

    def test_figures_of_the_attempt_are_closed_and_the_learner_s_own_stay(self):
        own = pyplot.figure()
        try:

            def draws(X):
                pyplot.plot(X.detach())
                pyplot.figure()
                return X + 1

            verdict = judged(draws)
            assert verdict.mark == RIGHT
            assert verdict.message.endswith(
                "\n  Pictures and displays are not shown during a check."
            )
            assert pyplot.get_fignums() == [own.number]
            assert pyplot.gcf() is own
            assert not own.axes
        finally:
            pyplot.close("all")

    def test_displays_are_not_shown(self, monkeypatch):
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.display import display

        shell = InteractiveShell.instance()
        shown = []
        monkeypatch.setattr(shell.display_pub, "publish", lambda *a, **k: shown.append(a))
        try:

            def displays(X):
                display(X)
                return X + 1

            message = judged(displays).message
            assert message.startswith("right on 2 inputs\n  Pictures and displays are not shown")
            assert shown == []
            display(5)
            assert len(shown) == 1
        finally:
            InteractiveShell.clear_instance()

    def test_what_is_printed_is_of_the_case_that_is_shown(self):
        def prints(X):
            print("this is", X.numel())
            return X

        message = judged(prints).message
        assert message.endswith("  it printed: this is 2")


def test_a_partial_is_a_function_too():
    assert judged(functools.partial(torch.add, other=1)).mark == RIGHT
