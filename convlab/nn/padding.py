"""Padding: what stands around an input before a kernel comes."""

import sys
from collections.abc import Sequence

import torch
from torch import Tensor

from convlab.nn import arguments
from convlab.nn.arguments import COMPLEX, FLOATS, INTEGERS
from convlab.validation import integers


def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """Surround the last axes of input: `pad` counts (before, after), the last axis first.

    "constant" fills with `value` (0) and cuts where a count is negative. "reflect" mirrors at the
    outermost element, "replicate" repeats it, "circular" goes on at the other end; these take 1 to
    3 axes behind an optional N and a C.
    """
    arguments.tensors(FLOATS | INTEGERS | COMPLEX | {torch.bool}, input=input)
    borders = _borders(input, pad, mode, value)
    if mode == "constant":
        return bordered(input, borders, 0 if value is None else value)
    if mode == "circular":
        input, borders = _cut(input, borders)
    for axis, (before, after) in enumerate(borders, start=input.dim() - len(borders)):
        size = input.shape[axis]
        _require_reach(mode, size, before, after)
        index = torch.arange(-before, size + after, device=input.device)
        if mode == "reflect":
            index = size - 1 - (size - 1 - index.abs()).abs()
        index = index % size if mode == "circular" else index.clamp(0, size - 1)
        input = input.index_select(axis, index)
    return input


def bordered(x: Tensor, borders: Sequence[tuple[int, int]], value: float) -> Tensor:
    """x with (before, after) more elements of `value` on each of its last axes."""
    if not any(map(any, borders)):
        return x
    x, borders = _cut(x, borders)
    size = x.shape[-len(borders) :]
    parts = [(before, n, after) for (before, after), n in zip(borders, size, strict=True)]
    result = x.new_full((*x.shape[: -len(borders)], *map(sum, parts)), value)
    result[(..., *(slice(before, before + n) for before, n, _ in parts))] = x
    return result


def _cut(x, borders):
    """x without what negative borders take away, and the borders that are left."""
    for axis, border in enumerate(borders, start=x.dim() - len(borders)):
        before, after = (max(0, -count) for count in border)
        x = x.narrow(axis, before, x.shape[axis] - before - after)
    return x, [tuple(max(0, count) for count in border) for border in borders]


def _borders(input, pad, mode, value):
    """`pad` as (before, after) for each of the last axes, in their order."""
    counts = integers("pad", pad, least=-sys.maxsize) if len(pad) else ()
    axes = len(counts) // 2
    if len(counts) % 2 or axes > input.dim():
        raise ValueError(f"pad must hold 2 integers an axis of {input.dim()}, got {pad!r}")
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise ValueError(
            f'mode must be "constant", "reflect", "replicate" or "circular", got {mode!r}'
        )
    if mode != "constant" and (axes not in (1, 2, 3) or input.dim() not in (axes + 1, axes + 2)):
        raise ValueError(
            f'pad must be for all axes but C and N with mode "{mode}", got {pad!r} for an input of'
            f" shape {tuple(input.shape)}"
        )
    if mode != "constant" and value is not None:
        raise ValueError(f'value must be None with mode "{mode}", got {value!r}')
    return list(zip(counts[::2], counts[1::2], strict=True))[::-1]


def _require_reach(mode, size, before, after):
    most = {"reflect": size - 1, "replicate": sys.maxsize, "circular": size}[mode]
    if size == 0 or max(before, after) > most or size + before + after < 1:
        raise ValueError(
            f'pad must be at most {most} an axis of size {size} with mode "{mode}" and leave'
            f" something, got {(before, after)}"
        )
