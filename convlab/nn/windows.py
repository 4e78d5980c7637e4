"""The windows of pooling, one axis at a time: a box is summed or searched line by line."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor


class Windows(NamedTuple):
    """The windows of one axis, a row each: (windows, positions).

    `positions` say what a window looks at, `inside` whether that is input and `counted` whether it
    is input or padding. A position outside the input is replaced by one inside, to be left out.
    """

    positions: torch.Tensor
    inside: torch.Tensor
    counted: torch.Tensor

    @classmethod
    def sliding(
        cls,
        size: int,
        places: int,
        kernel: int,
        stride: int,
        padding: int,
        dilation: int,
        device: torch.device,
    ) -> "Windows":
        """Windows of `kernel` positions, `dilation` apart, the first `padding` before the input."""
        first = torch.arange(places, device=device)[:, None] * stride - padding
        positions = first + torch.arange(kernel, device=device) * dilation
        inside = (positions >= 0) & (positions < size)
        return cls(positions.clamp(0, size - 1), inside, positions < size + padding)

    @classmethod
    def adaptive(cls, size: int, places: int, device: torch.device) -> "Windows":
        """Windows that share n out, from floor(i n / places) to ceil((i + 1) n / places)."""
        bounds = [(i * size // places, -(-(i + 1) * size // places)) for i in range(places)]
        longest = max((end - first for first, end in bounds), default=1)
        first, end = torch.tensor(bounds, device=device).view(-1, 2, 1).unbind(1)
        positions = first + torch.arange(longest, device=device)
        return cls(positions.clamp(max=size - 1), positions < end, positions < end)


def counts(windows: Sequence[Windows], include_pad: bool = False) -> Tensor:
    """How many numbers each box of windows holds: the product over its axes."""
    boxes = torch.ones((), dtype=torch.int64, device=windows[0].inside.device)
    for window in windows:
        numbers = (window.counted if include_pad else window.inside).sum(1)
        boxes = boxes[..., None] * numbers
    return boxes


def sums(x: Tensor, windows: Sequence[Windows]) -> Tensor:
    """x summed over its windows, one axis after the other."""
    for axis, (positions, inside, _) in enumerate(windows, start=x.dim() - len(windows)):
        x = x.index_select(axis, positions.flatten()).unflatten(axis, positions.shape)
        outside = ~inside.view(*inside.shape, *(1,) * (x.dim() - axis - 2))
        x = x.masked_fill(outside, 0).sum(axis + 1)
    return x


def maxima(x: Tensor, windows: Sequence[Windows]) -> Tensor:
    """Where each box of x is highest, as an index into its flattened last axes.

    The last axis goes first: among equals the first in reading order wins. NaN counts as highest.
    """
    size = x.shape[-len(windows) :]
    where = torch.arange(prod(size), device=x.device).view(size).expand(x.shape)
    for axis in range(-1, -len(windows) - 1, -1):
        x, where = _maxima_along(axis, x, where, windows[axis])
    return where


def _maxima_along(axis, x, where, windows):
    candidates = (
        (
            x.index_select(axis, position),
            where.index_select(axis, position),
            inside.view(-1, *(1,) * (-axis - 1)),
        )
        for position, inside in zip(windows.positions.T, windows.inside.T, strict=True)
    )
    best, best_where, any_inside = next(candidates)
    for value, value_where, inside in candidates:
        better = inside & (~any_inside | (value > best) | value.isnan())
        best = torch.where(better, value, best)
        best_where = torch.where(better, value_where, best_where)
        any_inside = any_inside | inside
    return best, best_where
