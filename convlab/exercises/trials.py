"""One case of an exercise, tried: the same call of the learner's and of ours."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

import torch

from convlab.exercises.compare import SHOWN_ELEMENTS, difference, remark
from convlab.exercises.cost import Cost
from convlab.exercises.guard import Output
from convlab.solutions.exercise import Exercise

NOTHING = object()

_NO_GRADIENT = (
    "no gradient reaches {}: stay in torch operations, "
    "without .backward(), .item(), .detach(), .numpy() or torch.tensor(...) on the way"
)


class WrongError(Exception):
    """The learner's result differs from the right one."""


class ShapeError(WrongError):
    """It differs in its shape or structure already, which says more than wrong numbers do."""


class Trial:
    """A call with one case's inputs, of which `error` says what went wrong in the last step."""

    def __init__(self, theirs: Callable, ours: Callable, inputs: dict[str, object]):
        self.theirs, self.ours, self.inputs = theirs, ours, inputs
        self.settings: dict[str, object] = {}
        self.their_weights: dict[str, torch.Tensor] = {}
        self.our_weights: dict[str, torch.Tensor] = {}
        self.want: object = NOTHING
        self.got: object = NOTHING
        self.error: Exception | None = None
        self.gradients_asked = False
        self.output = Output()

    def run(self, step: Callable, *arguments: object) -> None:
        """Go a step, such as `values`; keep what it prints and the error that it ends in."""
        self.output = Output()
        try:
            with self.output.caught():
                step(*arguments)
        except Exception as error:
            self.error = error

    def values(self, watch: AbstractContextManager) -> None:
        """The same value on inputs that need no gradient, and the inputs untouched."""
        self.want = self.ours(*copies(self.inputs).values())
        inputs = copies(self.inputs)
        with watch:
            self.got = self.theirs(*inputs.values())
        for name, value in inputs.items():
            if isinstance(value, torch.Tensor) and (
                value.requires_grad or difference(value, self.inputs[name])
            ):
                raise WrongError(f"{name} was changed in place: work on {name}.clone()")
        self._require_same(self.got, self.want, "")

    def cost(self, exercise: Exercise) -> None:
        """No more multiplications and operations than the exercise allows."""
        arguments = *self.settings.values(), *self.inputs.values()
        for what, limit, cause in (
            ("multiplications", exercise.multiplications, ""),
            ("operations", exercise.operations, ": is there still a loop?"),
        ):
            if limit is None:
                continue
            inputs = copies(self.inputs).values()
            with Cost() as spent:
                self.theirs(*inputs)
            count, most = getattr(spent, what), limit(*arguments)
            if count > most:
                raise WrongError(f"{count:,} {what} where {most:,} do{cause}")

    def gradients(self, generator: torch.Generator) -> None:
        """The same derivatives with respect to every tensor and parameter."""
        if not isinstance(self.want, torch.Tensor):
            return
        theirs_in, ours_in = copies(self.inputs, True), copies(self.inputs, True)
        want = self.ours(*ours_in.values())
        our_leaves = _leaves(ours_in, self.our_weights)
        if not want.requires_grad or not our_leaves:
            return
        self.gradients_asked = True
        got = self.theirs(*theirs_in.values())
        their_leaves = _leaves(theirs_in, self.their_weights)
        if not got.requires_grad:
            raise WrongError(_NO_GRADIENT.format(" or ".join(our_leaves)))
        weights = torch.rand(want.shape, generator=generator, dtype=want.dtype)
        our_gradients = _gradients((want * weights).sum(), our_leaves)
        their_gradients = _gradients((got * weights).sum(), their_leaves)
        for name, gradient in our_gradients.items():
            if gradient is not None and their_gradients[name] is None:
                raise WrongError(_NO_GRADIENT.format(name))
            if gradient is not None:
                what = f"the values are right, but backward() gives {name} a wrong gradient: "
                self._require_same(their_gradients[name], gradient, what)

    def shown(self) -> dict[str, object]:
        """What a reader has to look at: the arguments, and the parameters that a check sets."""
        few = sum(value.numel() for value in self.our_weights.values()) <= SHOWN_ELEMENTS
        set_by_check = self.our_weights.items() if few else ()
        weights = {f"{name} (set by check)": value for name, value in set_by_check}
        return self.settings | self.inputs | weights

    def readability(self) -> tuple[bool, bool, int]:
        """The least is the easiest to read: no empty tensor, then a wrong shape, few numbers."""
        shown = self.shown().values()
        count = sum(map(_numbers, shown))
        empty = any(isinstance(value, torch.Tensor) and not value.numel() for value in shown)
        return empty or count == 0, not isinstance(self.error, ShapeError), count

    def same_as(self, other: "Trial") -> bool:
        """Whether two attempts gave the same wrong result, or failed in the same way."""
        both_ended = self.got is not NOTHING and other.got is not NOTHING
        if both_ended and not _holds_given(self.got) and difference(self.got, self.want):
            return difference(self.got, other.got) is None
        alike = type(self.error) is type(other.error)
        return alike and (
            not isinstance(self.error, WrongError) or str(self.error) == str(other.error)
        )

    def _require_same(self, got, want, what):
        problem = difference(got, want)
        if problem:
            kind = ShapeError if "wrong shape" in problem else WrongError
            raise kind(what + problem + remark(got, want, self.inputs))


def function_trials(
    function: Callable, oracle: Callable, answer: Callable, cases: Iterable[tuple]
) -> Iterator[Trial]:
    """A trial for each case of a function's arguments, which have the answer's names."""
    for arguments in cases:
        yield Trial(function, oracle, named(answer, arguments))


def named(function: Callable, values: tuple) -> dict[str, object]:
    """Arguments by the names that a function gives them, those of *layers as layers[0], ..."""
    signature = inspect.signature(function)
    by_name = {}
    for name, value in signature.bind(*values).arguments.items():
        if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            by_name |= {f"{name}[{i}]": one for i, one in enumerate(value)}
        else:
            by_name[name] = value
    return by_name


def copies(arguments: dict[str, object], gradients: bool = False) -> dict[str, object]:
    """The same arguments, each tensor with numbers of its own and with the strides it had."""
    twins = {}
    for name, value in arguments.items():
        if isinstance(value, torch.Tensor):
            value = _copy(value.detach())
            value.requires_grad_(gradients and value.is_floating_point())
        twins[name] = value
    return twins


def _copy(tensor):
    twin = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
    storage = tensor.untyped_storage().clone()
    return twin.set_(storage, tensor.storage_offset(), tensor.shape, tensor.stride())


def _holds_given(value):
    """Whether there is a Module or Parameter in it, of which each attempt was given its own."""
    if isinstance(value, (tuple, list)):
        return any(map(_holds_given, value))
    return isinstance(value, (torch.nn.Module, torch.nn.Parameter))


def _numbers(value):
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, torch.nn.Module):
        return sum(parameter.numel() for parameter in value.parameters())
    if isinstance(value, (tuple, list)):
        return sum(map(_numbers, value))
    return 1


def _leaves(arguments, weights):
    tensors = {n: v for n, v in arguments.items() if isinstance(v, torch.Tensor)}
    return {n: v for n, v in (tensors | weights).items() if v.requires_grad and v.numel()}


def _gradients(scalar, leaves):
    gradients = torch.autograd.grad(scalar, leaves.values(), allow_unused=True)
    return dict(zip(leaves, gradients, strict=True))
