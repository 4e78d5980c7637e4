"""What an operation without a rule reads, measured by gradients: the fallback of tracing."""

import copy
from collections.abc import Mapping
from fractions import Fraction
from operator import attrgetter
from typing import Any

import torch
from torch import fx, nn

from convlab.receptive.axes import Axis
from convlab.receptive.origins import Dim, Origin, UnknownError, spatial


def measured(
    model: nn.Module,
    node: fx.Node,
    origins: Mapping[fx.Node, Any],
    values: Mapping[fx.Node, Any],
    shape: tuple[int, ...],
) -> Origin:
    """The Origin of the result of one traced operation: what its gradients say it reads.

    The operation is run alone, in float64, on random numbers: three times, so that an element
    which a maximum passes over once is seen another time. Beyond the ends of what was measured it
    reads nothing.

    Raises:
        UnknownError: it reads several tensors of the network, changes how many dimensions there
            are, or has no gradient.
    """
    sources = [n for n in node.all_input_nodes if origins[n] is not None]
    origin = origins[sources[0]]
    if len(sources) != 1 or not isinstance(origin, Origin) or len(shape) != len(origin.dims):
        raise UnknownError(
            f"{node.name} cannot be measured: one tensor in, one of as many dimensions out"
        )
    call = _alone(model, node, sources[0], values)
    how: list[Axis | None] = [None] * origin.count
    dims: list[Dim] = []
    for dim, atoms in enumerate(origin.dims):
        if not spatial(atoms):
            dims.append(((None, shape[dim]),))
        elif len(atoms) > 1:
            raise UnknownError(
                f"{node.name} cannot be measured on a dimension made of several axes"
            )
        else:
            (axis,) = spatial(atoms)
            how[axis] = _measured_axis(node, call, values[sources[0]].shape, dim, shape)
            dims.append(((axis, shape[dim]),))
    return Origin(dims, [(origin, tuple(how))])


def _alone(model, node, source, values):
    """The operation as a function of the one tensor it reads of the network."""

    def real(n):
        if n is source:
            return n
        value = attrgetter(n.target)(model) if n.op == "get_attr" else values[n]
        return value.double() if isinstance(value, torch.Tensor) else value

    args, kwargs = fx.node.map_arg((node.args, node.kwargs), real)
    module = (
        copy.deepcopy(model.get_submodule(node.target)).double().eval()
        if node.op == "call_module"
        else None
    )

    def call(x):
        own, named = fx.node.map_aggregate((args, kwargs), lambda v: x if v is source else v)
        if node.op == "call_method":
            return getattr(own[0], node.target)(*own[1:], **named)
        return (module or node.target)(*own, **named)

    return call


def _measured_axis(node, call, shape, dim, result):
    """The Axis along one dimension, from the gradient of each slice of the result."""
    others = [d for d in range(len(shape)) if d != dim]
    read = [set() for _ in range(result[dim])]
    with torch.device("cpu"), torch.enable_grad():
        random = torch.Generator().manual_seed(0)
        for _ in range(3):
            x = torch.randn(shape, generator=random, dtype=torch.float64, requires_grad=True)
            y = call(x)
            if not (isinstance(y, torch.Tensor) and y.requires_grad):
                raise UnknownError(f"{node.name} cannot be measured: it has no gradient")
            y = y * torch.rand(y.shape, generator=random, dtype=y.dtype)
            for j, part in enumerate(y.unbind(dim)):
                (gradient,) = torch.autograd.grad(part.sum(), x, retain_graph=True)
                read[j] |= set(gradient.abs().sum(others).nonzero().flatten().tolist())
    middles = [Fraction(min(r) + max(r), 2) for r in read if r]
    stride = abs(middles[-1] - middles[0]) / max(1, len(middles) - 1) if middles else 0
    return Axis(lambda j: read[j] if 0 <= j < len(read) else (), max(map(len, read)), stride)
