"""check, hint, solution and progress on a lesson of our own, whatever a learner writes."""

import contextlib
import importlib.util
import json
import math
import re
import sys
import threading
import time
from types import SimpleNamespace

import numpy
import pytest
import torch
from torch import nn

from convlab import check, hint, progress, solution, solutions
from convlab.exercises import ExerciseError, records
from tests.support.answers import easy

LESSON = '''
"""Answers to a lesson that only the tests have."""
import torch
from torch import nn
from tests.support.answers import easy

TITLE = "For tests"


def total(X, K):
    """Sum of the products of X and K."""
    return (X * K).sum(0)


class Scale(nn.Module):
    """X times a learnable factor."""

    def __init__(self, channels):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(channels))

    def forward(self, X):
        return X * self.factor


shape = (7 - 3 + 1, 9 - 4 + 1)
count = 5 * 5
mean = 1 / 3
word = "row"


class _Oracle(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.factor = nn.Parameter(torch.rand(channels))

    def forward(self, X):
        return torch.einsum("nc,c->nc", X, self.factor)


def _pairs(generator):
    yield torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    for dtype in (torch.float32, torch.float64):
        yield [torch.randn(4, 3, generator=generator, dtype=dtype) for _ in range(2)]


def _layers(generator):
    for channels in (1, 3):
        yield (channels,), (torch.randn(2, channels, generator=generator),)


EXERCISES = {
    "total": easy(lambda X, K: torch.einsum("n...,n...->...", X, K), ("One.", "Two."), _pairs,
                      seconds=1.0),
    "Scale": easy(_Oracle, ("Only one.",), _layers),
    "shape": easy(lambda: tuple(torch.zeros(7, 9).unfold(0, 3, 1).unfold(1, 4, 1).shape[:2]),
                      ("Count.",)),
    "count": easy(lambda: torch.zeros(5, 5).numel(), ("Count.",)),
    "mean": easy(lambda: float(torch.tensor([0.0, 0.0, 1.0]).mean()), ("Add.",)),
    "word": easy(lambda: "row", ("Look.",)),
}
'''


@pytest.fixture(autouse=True)
def lesson(tmp_path, monkeypatch):
    """The lesson above as the whole course, in a fresh session outside any course folder."""
    path = tmp_path / "lesson_98.py"
    path.write_text(LESSON)
    spec = importlib.util.spec_from_file_location("lesson_98", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(solutions, "lessons", lambda: {"98": module})
    monkeypatch.setattr("convlab.exercises.verbs._hints_given", {})
    monkeypatch.setattr("convlab.exercises.verbs._last_checked", [])
    monkeypatch.setattr(records, "_this_session", [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONVLAB_STRICT", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return module


def total(X, K):
    return (K * X).sum(dim=0)


class Scale(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.factor = nn.Parameter(torch.zeros(channels))

    def forward(self, X):
        return self.factor * X


def called(name, thing):
    thing.__name__ = name
    return thing


def printed(capsys, name, thing):
    """What a check of `thing` as the exercise `name` prints; the return value must be ours."""
    result = check(called(name, thing))
    assert result is solutions.answer(name)
    return capsys.readouterr().out


class TestRight:
    def test_a_function(self, capsys):
        assert check(total) is total
        assert capsys.readouterr().out == "✓ total: right on 3 inputs\n"

    def test_a_class(self, capsys):
        assert check(Scale) is Scale
        assert capsys.readouterr().out == "✓ Scale: right on 2 inputs\n"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("shape", (5, 6)),
            ("shape", torch.Size([5, 6])),
            ("shape", [5, 6]),
            ("count", 25),
            ("count", torch.tensor(25)),
            ("mean", 0.33333),
            ("word", "row"),
        ],
    )
    def test_a_plain_answer(self, capsys, name, value):
        assert check(**{name: value}) is value
        assert capsys.readouterr().out == f"✓ {name}: right\n"

    def test_a_constant_that_float32_rounded(self, capsys):
        attempt = lambda X, K: total(X, K * (torch.full((), 1 / 9).to(K) * 9))  # noqa: E731
        assert check(total=attempt) is attempt

    def test_a_buffer_is_the_learner_s_own(self, capsys):
        class Buffered(Scale):
            def __init__(self, channels):
                super().__init__(channels)
                self.register_buffer("one", torch.ones(()))

            def forward(self, X):
                return super().forward(X) * self.one

        assert check(Scale=Buffered) is Buffered

    def test_a_function_by_keyword_whatever_its_name(self, capsys):
        attempt = lambda X, K: (X * K).sum(0)  # noqa: E731
        assert check(total=attempt) is attempt


class TestNotAttempted:
    def test_a_stub(self, capsys):
        def total(X, K):
            raise NotImplementedError

        assert check(total) is solutions.answer("total")
        line = '○ total: not attempted yet; hint("total") helps; the lesson goes on with ours'
        assert capsys.readouterr().out.startswith(line)

    def test_a_class_stub(self, capsys):
        class Scale(nn.Module):
            def __init__(self, channels):
                raise NotImplementedError

        assert printed(capsys, "Scale", Scale).startswith("○ Scale: not attempted yet")

    def test_a_plain_answer(self, capsys):
        assert check(shape=...) == (5, 6)
        assert capsys.readouterr().out.startswith("○ shape: not attempted yet")

    @pytest.mark.parametrize("name", ["shape", "count", "mean", "word"])
    def test_our_plain_answer_never_earns_a_mark(self, capsys, name):
        ours = check(**{name: ...})
        capsys.readouterr()
        again = check(**{name: ours})
        assert again == ours == solutions.answer(name)
        assert "○ " in (out := capsys.readouterr().out)
        assert "course's own" in out

    def test_our_function_never_earns_a_mark(self, capsys):
        ours = check(total=...)
        assert check(ours) is ours
        assert "✓" not in (out := capsys.readouterr().out)
        assert "this is the course's own; run your exercise cell first" in out

    def test_our_plain_answer_behaves_like_one(self):
        ours = check(shape=...)
        assert torch.zeros(ours).shape == (5, 6)
        assert repr(ours) == "(5, 6)"


def endless(X, K):
    while True:
        with contextlib.suppress(Exception):
            X = X + 0


def stubborn(X, K):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def in_place(X, K):
    X.mul_(K)
    return X.sum(0)


def flood(X, K):
    for i in range(5000):
        print("line", i)
    return X


def recursive(X, K):
    return recursive(X, K)


def breaks(X, K):
    Y = X * K
    return Y.no_such_thing


WRONG = {
    "shape": (lambda X, K: X * K, ["wrong shape: expected (), got (2,)", "X = tensor([1., 2.])"]),
    "values": (
        lambda X, K: (X + K).sum(0),
        ["wrong values", "expected tensor(11.)"],
    ),
    "dtype": (lambda X, K: (X * K).sum(0).double(), ["wrong dtype: expected torch.float32"]),
    "NaN": (lambda X, K: total(X, K) / 0 * 0, ["1 of 1 values are NaN"]),
    "None": (lambda X, K: None, ["returned None: does it end with `return`?"]),
    "numpy": (lambda X, K: total(X, K).numpy(), ["returned", "expected a torch.Tensor"]),
    "in place": (in_place, ["X was changed in place: work on X.clone()"]),
    "requires_grad_": (
        lambda X, K: total(X.requires_grad_(), K).detach(),
        ["X was changed in place: work on X.clone()"],
    ),
    "no gradient": (lambda X, K: total(X, K.detach()).detach(), ["no gradient reaches X or K"]),
    "half a gradient": (lambda X, K: total(X, K.detach()), ["no gradient reaches K"]),
    "wrong gradient": (
        lambda X, K: total(X, K) + (total(X, K) - total(X, K).detach()),
        ["the values are right, but backward() gives X a wrong gradient: wrong values"],
    ),
    "only the lesson's example": (
        lambda X, K: torch.tensor(11.0),
        ["wrong shape: expected (3,), got ()"],
    ),
    "exit": (lambda X, K: sys.exit(), ["the code called exit on line"]),
    "interrupt": (lambda X, K: (_ for _ in ()).throw(KeyboardInterrupt), ["interrupted"]),
    "recursion": (recursive, ["RecursionError"]),
    "own line": (breaks, ["AttributeError on line", "`return Y.no_such_thing`"]),
    "arguments": (lambda X: X, ["TypeError: ", "takes 1 positional argument but 2 were given"]),
    "flood": (flood, ["it printed: line 0", "and 4997 more lines"]),
    "endless": (endless, ["stopped after computing 1 s on line", "does a loop never end?"]),
    "stubborn": (
        stubborn,
        ["stopped after waiting 1 s on line", "`time.sleep(0.01)`", "what does it wait for?"],
    ),
    "asleep": (lambda X, K: time.sleep(2.5), ["stopped after waiting 1 s"]),
}


SLEEPER = pytest.param("asleep", marks=pytest.mark.slow)  # it waits until nothing stops it


@pytest.mark.parametrize("kind", [SLEEPER if kind == "asleep" else kind for kind in WRONG])
def test_whatever_a_function_does(capsys, kind):
    attempt, fragments = WRONG[kind]
    out = printed(capsys, "total", attempt)
    assert out.startswith("✗ total: ")
    assert out.endswith('  hint("total") helps; the lesson goes on with ours\n')
    assert len(out.splitlines()) < 20
    for fragment in fragments:
        assert fragment in out


@pytest.mark.parametrize("attempt", [endless, stubborn])
def test_an_endless_loop_is_gone_afterwards(capsys, attempt):
    before = threading.active_count()
    started = time.process_time()
    printed(capsys, "total", attempt)
    assert time.process_time() - started < 3.5
    assert threading.active_count() == before


def test_the_line_is_the_learner_s_own(capsys):
    number = breaks.__code__.co_firstlineno + 2
    assert f"on line {number}, `return Y.no_such_thing`" in printed(capsys, "total", breaks)
    deeper = called("deeper", lambda X, K: breaks(X, K))
    assert f"on line {number}, `return Y.no_such_thing`" in printed(capsys, "total", deeper)


class PlainTensor(Scale):
    def __init__(self, channels):
        super().__init__(channels)
        del self.factor
        self.factor = torch.ones(channels)


class WrongShape(Scale):
    def __init__(self, channels):
        super().__init__(channels + 1)


class OneTooMany(Scale):
    def __init__(self, channels):
        super().__init__(channels)
        self.extra = nn.Parameter(torch.ones(1))


class Detached(Scale):
    def forward(self, X):
        return X * self.factor.detach()


class NoModule:
    def __init__(self, channels):
        pass


class NoSuper(nn.Module):
    def __init__(self, channels):
        self.factor = nn.Parameter(torch.ones(channels))


class Squared(Scale):
    def forward(self, X):
        return X * self.factor**2


WRONG_CLASSES = {
    PlainTensor: "no parameter called factor (found: none): set self.factor = nn.Parameter(...)",
    WrongShape: "parameter factor has the wrong shape: expected (1,), got (2,)",
    OneTooMany: "there is a parameter extra that this layer does not need",
    Detached: "no gradient reaches factor",
    NoModule: "the class must inherit from nn.Module",
    NoSuper: "AttributeError on line",
    Squared: "wrong values",
}


@pytest.mark.parametrize("attempt", WRONG_CLASSES, ids=lambda cls: cls.__name__)
def test_whatever_a_class_does(capsys, attempt):
    result = check(Scale=attempt)
    assert result is solutions.answer("Scale")
    out = capsys.readouterr().out
    assert out.startswith("✗ Scale: ")
    assert WRONG_CLASSES[attempt] in out


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("shape", (5, 7), "Off by one.\n  (5, 7): 1 of 2 values are right"),
        ("shape", (6, 5), "The right numbers, but not in this order.\n  (6, 5): 0 of 2"),
        ("shape", (9, 1), "(9, 1): 0 of 2 values are right"),
        ("shape", (1, 5, 6), "expected a tuple of 2 values, got (1, 5, 6)"),
        ("shape", 30, "expected a tuple of 2 values, got 30"),
        ("count", 24, "Off by one.\n  24 is not right"),
        ("count", -25, "Right but for the sign.\n  -25 is not right"),
        ("count", 27, "27 is not right"),
        ("mean", 0.33, "This is rounded: write how it is computed, such as 1 / 3.\n  0.33 is"),
        ("mean", -1 / 3, "Right but for the sign."),
        ("mean", 0.5, "0.5 is not right"),
        ("count", 25.5, "25.5 is not right"),
        ("count", "25", "'25' is not right"),
        ("mean", float("nan"), "nan is not right"),
        ("word", "column", "'column' is not right"),
        ("total", 5, "expected a function, got 5"),
        ("total", Scale, "expected a function, got"),
        ("Scale", total, "expected a class, got"),
    ],
)
def test_whatever_a_plain_answer_is(capsys, name, value, message):
    check(**{name: value})
    out = capsys.readouterr().out
    assert out.startswith(f"✗ {name}: {message}")
    assert "(5, 6)" not in out


class Hostile:
    def __repr__(self):
        raise ValueError("no words")

    def __eq__(self, other):
        raise ValueError("no comparison")

    __hash__ = None


class Endless(list):
    def __len__(self):
        raise SystemExit


ANYTHING = [
    *(None, True, False, 10**400, -1.5, math.inf, 1j, b"row", "", (), [], {}, set(), range(3)),
    *((None, True), [Hostile()], Hostile(), Endless(), NotImplemented, print, int, type, object()),
    *(torch.ones(2, 2), torch.tensor(True), torch.ones(1, device="meta"), numpy.ones(3)),
]


@pytest.mark.parametrize("value", ANYTHING, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", ["total", "Scale", "shape", "count", "mean", "word"])
def test_any_value_gets_a_verdict(capsys, name, value):
    assert check(**{name: value}) == solutions.answer(name)
    assert re.match(rf"✗ {name}: \S+ \S+", capsys.readouterr().out)


@pytest.mark.parametrize("right", [True, None])
def test_answers_that_bear_no_mark(capsys, lesson, monkeypatch, right):
    monkeypatch.setitem(lesson.EXERCISES, "fact", easy(lambda: right, ("Look.",)))
    monkeypatch.setattr(lesson, "fact", right, raising=False)
    assert check(fact=right) is right
    assert check(fact=False) is right
    assert check(fact=...) is right
    marks = [line[0] for line in capsys.readouterr().out.splitlines() if "fact: " in line]
    assert marks == ["✓", "✗", "○"]


def test_torch_s_random_state_is_left_alone(capsys):
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    check(total)
    check(total=lambda X, K: torch.manual_seed(1) and torch.rand(3))
    assert torch.equal(torch.rand(3), want)


class TestStrict:
    @pytest.fixture(autouse=True, params=["CONVLAB_STRICT", "NBGRADER_EXECUTION"])
    def _grading(self, request, monkeypatch):
        monkeypatch.setenv(request.param, {"CONVLAB_STRICT": "1"}.get(request.param, "autograde"))

    def test_right_passes(self, capsys):
        assert check(total) is total
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize(
        ("attempt", "mark"),
        [(..., "○ total: not attempted"), (lambda X, K: X, "✗ total: wrong")],
    )
    def test_all_else_raises(self, attempt, mark):
        with pytest.raises(ExerciseError) as caught:
            check(total=attempt)
        assert str(caught.value).startswith(mark)

    def test_our_own_raises(self):
        with pytest.raises(ExerciseError, match="this is the course's own"):
            check(solutions.answer("total"))


class TestBadCalls:
    @pytest.mark.parametrize(("args", "named"), [((), {}), ((total,), {"shape": 1})])
    def test_one_attempt(self, args, named):
        with pytest.raises(TypeError, match="check takes one attempt"):
            check(*args, **named)

    @pytest.mark.parametrize("attempt", [None, True, 5])
    def test_no_attempt_is_mistaken_for_none_at_all(self, attempt):
        with pytest.raises(TypeError, match=f"name a plain answer.* got {attempt} without one"):
            check(attempt)

    def test_a_plain_answer_needs_its_name(self):
        with pytest.raises(TypeError, match=r"name a plain answer: check\(answer=answer\), got 5"):
            check(5)

    def test_an_unknown_name_names_the_nearest(self):
        with pytest.raises(ValueError, match=r"total.*got 'totl'"):
            check(called("totl", lambda: 0))

    def test_no_exercise_yet(self):
        with pytest.raises(ValueError, match="exercise must be named before any was checked"):
            hint()


class TestHintAndSolution:
    def test_hints_go_a_step_further(self, capsys):
        check(total=...)
        capsys.readouterr()
        hint()
        hint(total)
        hint("total")
        assert capsys.readouterr().out.splitlines() == [
            "total, hint 1 of 2: One.",
            "total, hint 2 of 2: Two.",
            'total: that was the last hint; solution("total") shows the answer',
        ]

    def test_solution_shows_the_source(self, capsys):
        solution("total")
        source = 'def total(X, K):\n    """Sum of the products of X and K."""\n'
        assert capsys.readouterr().out == source + "    return (X * K).sum(0)\n"

    def test_solution_of_a_class_and_of_a_plain_answer(self, capsys):
        solution("Scale")
        assert capsys.readouterr().out.startswith("class Scale(nn.Module):")
        solution("shape")
        assert capsys.readouterr().out == "shape = (7 - 3 + 1, 9 - 4 + 1)\n"


class TestProgress:
    @pytest.fixture
    def course(self, tmp_path):
        (tmp_path / records.MARKER).mkdir()
        return tmp_path

    def test_outside_a_course_only_the_session_counts(self, capsys, tmp_path):
        check(total)
        capsys.readouterr()
        progress()
        out = capsys.readouterr().out
        assert "98  For tests ✓○○○○○  1 of 6\n1 of 6 exercises solved" in out
        assert "nothing is kept" in out
        assert [path.name for path in tmp_path.iterdir()] == ["lesson_98.py"]

    def test_columns_are_as_wide_as_the_longest_title(self, capsys, lesson, monkeypatch):
        longer = SimpleNamespace(TITLE=lesson.TITLE + ", at length", EXERCISES={})
        monkeypatch.setattr(solutions, "lessons", lambda: {"98": lesson, "99": longer})
        progress()
        first, second, *_ = capsys.readouterr().out.splitlines()
        assert first.index("○") == second.index("For tests, at length ") + len(longer.TITLE) + 1

    def test_a_course_folder_remembers(self, capsys, course, monkeypatch):
        check(total)
        check(count=3)
        check(shape=...)
        monkeypatch.setattr(records, "_this_session", [])
        capsys.readouterr()
        progress()
        first = capsys.readouterr().out
        assert first == "98  For tests ✓○○✗○○  1 of 6\n1 of 6 exercises solved\n"
        (course / "deeper").mkdir()
        monkeypatch.chdir(course / "deeper")
        progress()
        assert capsys.readouterr().out == first
        monkeypatch.chdir("/")
        progress(course)
        assert capsys.readouterr().out == first

    def test_solved_stays_solved(self, capsys, course):
        check(count=25)
        check(count=3)
        capsys.readouterr()
        progress()
        assert "○○○✓○○" in capsys.readouterr().out

    def test_damage_costs_only_the_damaged_line(self, capsys, course):
        check(total)
        log = course / records.MARKER / "progress.jsonl"
        log.write_bytes(log.read_bytes() + b'{"exercise": "cou\n\xff\xfe\n[1]\n')
        check(count=25)
        capsys.readouterr()
        progress()
        assert "✓○○✓○○" in capsys.readouterr().out

    def test_kernels_that_write_at_once_lose_nothing(self, course):
        def write(index):
            for number in range(50):
                records.record(f"e{index}_{number}", records.SOLVED)

        threads = [threading.Thread(target=write, args=(index,)) for index in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        log = (course / records.MARKER / "progress.jsonl").read_text()
        assert len({json.loads(line)["exercise"] for line in log.splitlines()}) == 200

    def test_a_folder_without_a_course_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="folder must be one that `convlab lab` made, got"):
            progress(tmp_path)
