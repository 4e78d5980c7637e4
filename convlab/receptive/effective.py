"""How strongly a unit sees each element of the input, by gradients."""

from typing import NamedTuple

import torch
from torch import nn

from convlab.receptive.origins import unit_at


class EffectiveField(NamedTuple):
    """How much one unit depends on each element of the input."""

    gradient: torch.Tensor
    """(*spatial axes): mean of the absolute gradient over inputs and channels, its sum 1."""
    center: tuple[float, ...]
    """The mean of the fitted Gaussian along each axis, as an index of the input."""
    width: tuple[float, ...]
    """Its standard deviation along each axis, in elements of the input."""


def effective_receptive_field(
    model: nn.Module, input: torch.Tensor, index: int | tuple[int, ...]
) -> EffectiveField:
    """How strongly the unit at `index` depends on each element, by the gradient of its channels.

    The Gaussian is the most likely one for the gradient as a distribution over places: its mean
    and standard deviation along each axis.

    Args:
        model: any differentiable Module, used in the mode it is in.
        input: (N, C, *spatial axes): the gradient is averaged over the N inputs.
        index: one integer per spatial axis of the output (N, C, *axes); an integer for 1-D.

    Raises:
        TypeError: input is not a tensor of floating-point numbers.
        ValueError: index is outside of the output, or the unit depends on nothing.

    Source: W. Luo, Y. Li, R. Urtasun and R. Zemel, Understanding the effective receptive field in
    deep convolutional neural networks, 2016.
    """
    if not isinstance(input, torch.Tensor) or not input.is_floating_point():
        kind = getattr(input, "dtype", type(input).__name__)
        raise TypeError(f"input must be a tensor of floating-point numbers, got {kind}")
    input = input.detach().clone().requires_grad_()
    output = model(input)
    unit = unit_at(index, tuple(output.shape[2:]))
    (gradient,) = torch.autograd.grad(output[(..., *unit)].sum(), input)
    gradient = gradient.abs().mean((0, 1))
    total = gradient.sum()
    if total == 0:
        raise ValueError(f"the unit at {unit} depends on no element of the input")
    gradient /= total
    center, width = zip(*map(_gaussian, _marginals(gradient)), strict=True)
    return EffectiveField(gradient, center, width)


def _marginals(gradient):
    for axis in range(gradient.dim()):
        yield gradient.double().cpu().movedim(axis, 0).reshape(gradient.shape[axis], -1).sum(1)


def _gaussian(weights):
    positions = torch.arange(len(weights), dtype=weights.dtype)
    mean = (weights * positions).sum()
    return float(mean), float((weights * (positions - mean) ** 2).sum().sqrt())
