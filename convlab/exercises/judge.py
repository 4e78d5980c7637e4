"""Decide whether a learner's function, class or plain answer is right, and say why not."""

import inspect
import linecache
import traceback
from dataclasses import dataclass, field

import torch
from torch import nn

from convlab.exercises.compare import difference, show, text_of
from convlab.exercises.guard import Outcome, TimeLimitError, guarded
from convlab.solutions.exercise import Exercise

NOT_ATTEMPTED, WRONG, RIGHT = "○", "✗", "✓"

_NO_GRADIENT = (
    "no gradient reaches {}: stay in torch operations, "
    "without .backward(), .item(), .detach(), .numpy() or torch.tensor(...) on the way"
)


@dataclass
class Verdict:
    """One of ○, ✗, ✓ and the sentence behind it."""

    mark: str
    message: str


@dataclass
class _Trial:
    """The input being tried, kept outside the guarded call so that a stopped one can be shown."""

    arguments: dict = field(default_factory=dict)
    count: int = 0


class _WrongError(Exception):
    """The learner's result differs from the right one."""


def judge(exercise: Exercise, answer: object, attempt: object) -> Verdict:
    """Judge `attempt` against the exercise's oracle; `answer` tells which kind of thing is wanted.

    Never raises, whatever the attempt does: exceptions, `sys.exit()`, endless loops and floods of
    output all end in a verdict. Torch's random state is left as it was.
    """
    if attempt is Ellipsis:
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    trial = _Trial()
    with torch.random.fork_rng():
        generator = torch.Generator().manual_seed(0)
        try_out = _try_callable if callable(answer) else _try_value
        outcome = guarded(
            lambda: try_out(exercise, answer, attempt, generator, trial), exercise.seconds
        )
    return _verdict(outcome, trial, attempt, exercise)


def _try_value(exercise, answer, attempt, generator, trial):
    want = exercise.oracle()
    if difference(attempt, want) is None:
        return
    if not isinstance(answer, tuple):
        raise _WrongError(f"{show(attempt)} is not right")
    if not isinstance(attempt, (tuple, list)) or len(attempt) != len(want):
        raise _WrongError(f"expected a tuple of {len(want)} values, got {show(attempt)}")
    right = sum(difference(one, other) is None for one, other in zip(attempt, want, strict=True))
    raise _WrongError(f"{show(attempt)}: {right} of {len(want)} values are right")


def _try_callable(exercise, answer, attempt, generator, trial):
    wanted = "a class" if inspect.isclass(answer) else "a function"
    if not callable(attempt) or inspect.isclass(attempt) != inspect.isclass(answer):
        raise _WrongError(f"expected {wanted}, got {show(attempt)}")
    try_out = _try_class if inspect.isclass(answer) else _try_function
    try_out(exercise, attempt, generator, trial)


def _try_function(exercise, function, generator, trial):
    names = list(inspect.signature(exercise.oracle).parameters)
    for arguments in exercise.cases(generator):
        trial.arguments = dict(zip(names, arguments, strict=True))
        _compare_calls(function, exercise.oracle, trial.arguments, {}, {}, generator)
        trial.count += 1


def _try_class(exercise, cls, generator, trial):
    for constructor, forward in exercise.cases(generator):
        trial.arguments = {f"argument {i}": value for i, value in enumerate(constructor)}
        theirs, ours = cls(*constructor), exercise.oracle(*constructor)
        if not isinstance(theirs, nn.Module):
            raise _WrongError("the class must inherit from nn.Module")
        _require_parameters(theirs, ours)
        # Parameters only: a buffer is the learner's own work.
        theirs.load_state_dict(dict(ours.named_parameters()), strict=False)
        named = {f"input {i}": value for i, value in enumerate(forward)}
        trial.arguments |= named
        weights = dict(theirs.named_parameters()), dict(ours.named_parameters())
        _compare_calls(theirs, ours, named, *weights, generator)
        trial.count += 1


def _require_parameters(theirs, ours):
    got, want = dict(theirs.named_parameters()), dict(ours.named_parameters())
    for name, parameter in want.items():
        if name not in got:
            names = ", ".join(got) or "none"
            child = name.partition(".")[0]
            remedy = (
                f"set self.{child} to a layer that has it"
                if "." in name
                else f"set self.{name} = nn.Parameter(...)"
            )
            raise _WrongError(f"no parameter called {name} (found: {names}): {remedy} in __init__")
        if got[name].shape != parameter.shape:
            shapes = f"expected {tuple(parameter.shape)}, got {tuple(got[name].shape)}"
            raise _WrongError(f"parameter {name} has the wrong shape: {shapes}")
    for name in got:
        if name not in want:
            raise _WrongError(f"there is a parameter {name} that this layer does not need")


def _compare_calls(theirs, ours, arguments, their_weights, our_weights, generator):
    """Same value on inputs that need no gradient, inputs untouched, then same gradients."""
    plain = _copies(arguments)
    want, got = ours(*_copies(arguments).values()), theirs(*plain.values())
    _require_same(got, want, "")
    for name, value in plain.items():
        if not isinstance(value, torch.Tensor):
            continue
        if value.requires_grad or difference(value, arguments[name]):
            raise _WrongError(f"{name} was changed in place: work on {name}.clone()")

    if not isinstance(want, torch.Tensor):
        return
    theirs_in, ours_in = _copies(arguments, gradients=True), _copies(arguments, gradients=True)
    want = ours(*ours_in.values())
    if not want.requires_grad:
        return
    got = theirs(*theirs_in.values())
    our_leaves, their_leaves = _leaves(ours_in, our_weights), _leaves(theirs_in, their_weights)
    if not got.requires_grad:
        raise _WrongError(_NO_GRADIENT.format(" or ".join(our_leaves)))
    weights = torch.rand(want.shape, generator=generator, dtype=want.dtype)
    our_gradients = _gradients((want * weights).sum(), our_leaves)
    their_gradients = _gradients((got * weights).sum(), their_leaves)
    for name, gradient in our_gradients.items():
        if gradient is not None and their_gradients[name] is None:
            raise _WrongError(_NO_GRADIENT.format(name))
        if gradient is not None:
            _require_same(their_gradients[name], gradient, f"the gradient of {name}: ")


def _copies(arguments, gradients=False):
    copies = {}
    for name, value in arguments.items():
        if isinstance(value, torch.Tensor):
            value = value.clone()
            value.requires_grad_(gradients and value.is_floating_point())
        copies[name] = value
    return copies


def _leaves(arguments, weights):
    tensors = {n: v for n, v in arguments.items() if isinstance(v, torch.Tensor)}
    return {n: v for n, v in (tensors | weights).items() if v.requires_grad}


def _gradients(scalar, leaves):
    gradients = torch.autograd.grad(scalar, leaves.values(), allow_unused=True)
    return dict(zip(leaves, gradients, strict=True))


def _require_same(got, want, what):
    problem = difference(got, want)
    if problem:
        raise _WrongError(what + problem)


def _verdict(outcome: Outcome, trial: _Trial, attempt: object, exercise: Exercise) -> Verdict:
    error = outcome.error
    if error is None:
        return Verdict(RIGHT, f"right on {trial.count} inputs" if trial.count else "right")
    if isinstance(error, NotImplementedError):
        return Verdict(NOT_ATTEMPTED, "not attempted yet")
    where = _learners_line(error, attempt)
    if isinstance(error, _WrongError):
        reason = str(error)
    elif isinstance(error, TimeLimitError):
        reason = f"stopped after {exercise.seconds:g} s{where}: does a loop never end?"
    elif isinstance(error, KeyboardInterrupt):
        reason = f"interrupted{where}"
    elif isinstance(error, SystemExit):
        reason = f"the code called exit{where}: return a result instead"
    else:
        reason = f"{type(error).__name__}{where}: {_first_lines(text_of(error, str))}"
    return Verdict(WRONG, "\n".join([reason, *_context(outcome, trial)]))


def _context(outcome, trial):
    for name, value in trial.arguments.items():
        text = f"  {name} = {show(value)}"
        yield text.replace("\n", "\n" + " " * (len(name) + 5))
    if outcome.printed:
        shown = outcome.printed.splitlines()[:3]
        more = outcome.printed_lines - len(shown)
        yield "  it printed: " + "\n              ".join(line[:200] for line in shown)
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
