"""One case of an exercise, tried: the same call of the learner's and of ours."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import torch

from convlab.exercises.compare import difference
from convlab.exercises.cost import Multiplications

NOTHING = object()

_NO_GRADIENT = (
    "no gradient reaches {}: stay in torch operations, "
    "without .backward(), .item(), .detach(), .numpy() or torch.tensor(...) on the way"
)


class WrongError(Exception):
    """The learner's result differs from the right one."""


class Trial:
    """A call with one case's inputs, of which `error` says what went wrong."""

    def __init__(self, theirs: Callable, ours: Callable, inputs: dict[str, object]):
        self.theirs, self.ours, self.inputs = theirs, ours, inputs
        self.settings: dict[str, object] = {}
        self.their_weights: dict[str, torch.Tensor] = {}
        self.our_weights: dict[str, torch.Tensor] = {}
        self.want: object = NOTHING
        self.got: object = NOTHING
        self.error: Exception | None = None

    def run(self, step: Callable, *arguments: object) -> None:
        """Go a step, such as `values`, and keep the error that it ends in."""
        try:
            step(*arguments)
        except NotImplementedError:
            raise
        except Exception as error:
            self.error = error

    def values(self, watch: AbstractContextManager) -> None:
        """The same value on inputs that need no gradient, and the inputs untouched."""
        self.want = self.ours(*copies(self.inputs).values())
        inputs = copies(self.inputs)
        with watch:
            self.got = got = self.theirs(*inputs.values())
        for name, value in inputs.items():
            if isinstance(value, torch.Tensor) and (
                value.requires_grad or difference(value, self.inputs[name])
            ):
                raise WrongError(f"{name} was changed in place: work on {name}.clone()")
        _require_same(got, self.want, "")

    def cost(self, most: Callable[..., int] | None) -> None:
        """No more multiplications than `most` of the arguments says."""
        if most is None:
            return
        with Multiplications() as spent:
            self.theirs(*copies(self.inputs).values())
        allowed = most(*self.settings.values(), *self.inputs.values())
        if spent.count > allowed:
            raise WrongError(f"{spent.count:,} multiplications where {allowed:,} do")

    def gradients(self, generator: torch.Generator) -> None:
        """The same derivatives with respect to every tensor and parameter."""
        if not isinstance(self.want, torch.Tensor):
            return
        theirs_in, ours_in = copies(self.inputs, True), copies(self.inputs, True)
        want = self.ours(*ours_in.values())
        our_leaves = _leaves(ours_in, self.our_weights)
        if not want.requires_grad or not our_leaves:
            return
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
                what = f"the values are right, but not autograd's gradient of {name}: "
                _require_same(their_gradients[name], gradient, what)

    def size(self) -> tuple[bool, int]:
        """How many numbers a reader of the inputs has to look at; none at all come last."""
        count = sum(map(_numbers, (self.inputs | self.settings).values()))
        return count == 0, count

    def same_as(self, other: "Trial") -> bool:
        """Whether two attempts gave the same result, or failed in the same way."""
        if self.got is not NOTHING and other.got is not NOTHING:
            return difference(self.got, other.got) is None
        mine, yours = self.error, other.error
        alike = isinstance(mine, WrongError) and str(mine) != str(yours)
        return type(mine) is type(yours) and not alike and mine is not None


def function_trials(
    function: Callable, oracle: Callable, cases: Iterator[tuple]
) -> Iterator[Trial]:
    """A trial for each case of a function's arguments."""
    names = list(inspect.signature(oracle).parameters)
    for arguments in cases:
        yield Trial(function, oracle, dict(zip(names, arguments, strict=True)))


def copies(arguments: dict[str, object], gradients: bool = False) -> dict[str, object]:
    """The same arguments, each tensor with numbers of its own and with the strides it had."""
    twins = {}
    for name, value in arguments.items():
        if isinstance(value, torch.Tensor) and value.layout is torch.strided:
            value = _copy(value.detach())
            value.requires_grad_(gradients and value.is_floating_point())
        twins[name] = value
    return twins


def _copy(tensor):
    if tensor.device.type == "meta":
        return tensor.clone()
    twin = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
    storage = tensor.untyped_storage().clone()
    return twin.set_(storage, tensor.storage_offset(), tensor.shape, tensor.stride())


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


def _require_same(got, want, what):
    problem = difference(got, want)
    if problem:
        raise WrongError(what + problem)
