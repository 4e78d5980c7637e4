"""The door of `convlab.nn`: arguments are checked and brought to one form once, before any work."""

import sys
from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from convlab.arithmetic import same_padding
from convlab.validation import Size, integers, per_axis

FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
INTEGERS = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
COMPLEX = {torch.complex64, torch.complex128}

PerAxis = tuple[int, ...]
AdaptiveSize = int | None | tuple[int | None, ...]
Maxima = Tensor | tuple[Tensor, Tensor]  # alone, or with their indices


def tensors(dtypes: set[torch.dtype], **arguments: Tensor | None) -> None:
    """All `arguments` but None are tensors of one dtype, which is among `dtypes`, on one device."""
    by_name = {name: tensor for name, tensor in arguments.items() if tensor is not None}
    for name, tensor in by_name.items():
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"{name} must be a torch.Tensor, got {type(tensor).__name__}")
        if tensor.dtype not in dtypes:
            allowed = ", ".join(sorted(map(str, dtypes)))
            raise TypeError(f"{name} must have a dtype among {allowed}, got {tensor.dtype}")
    for attribute, error in (("dtype", TypeError), ("device", ValueError)):
        values = {name: str(getattr(tensor, attribute)) for name, tensor in by_name.items()}
        if len(set(values.values())) > 1:
            raise error(f"{', '.join(values)} must share a {attribute}, got {values}")


def batched(input: Tensor, axes: int) -> Tensor:
    """`input` (N, C, *axes), with N = 1 put in front of (C, *axes)."""
    if input.dim() not in (axes + 1, axes + 2):
        raise ValueError(
            f"input must have {axes + 2} axes (N, C and {axes} more) or {axes + 1} (without N),"
            f" got shape {tuple(input.shape)}"
        )
    if 0 in input.shape[-axes - 1 :]:
        raise ValueError(f"input must be empty in no axis but N, got shape {tuple(input.shape)}")
    return input if input.dim() == axes + 2 else input[None]


def weights(
    axes: int,
    channels: int,
    weight: Tensor,
    bias: Tensor | None,
    groups: int,
    transposed: bool = False,
) -> None:
    """`weight` fits `channels` of input in `groups`, and `bias` its output channels."""
    integers("groups", groups)
    shape = tuple(weight.shape)
    if weight.dim() != axes + 2 or 0 in shape:
        raise ValueError(f"weight must have {axes + 2} axes, none empty, got shape {shape}")
    first = "in_channels" if transposed else "out_channels"
    if shape[0] % groups:
        raise ValueError(f"groups must divide the {first} {shape[0]} of weight, got {groups}")
    expected = shape[0] if transposed else shape[1] * groups
    if channels != expected:
        raise ValueError(
            f"input must have {expected} channels for a weight of shape {shape} in {groups} groups,"
            f" got {channels}"
        )
    out_channels = shape[1] * groups if transposed else shape[0]
    if bias is not None and tuple(bias.shape) != (out_channels,):
        raise ValueError(f"bias must have shape ({out_channels},), got {tuple(bias.shape)}")


def wide(tensor: Tensor) -> Tensor:
    """Half precision as float32, for sums and functions as exact as torch's."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def borders(padding: PerAxis | str, kernel: PerAxis, dilation: PerAxis) -> list[tuple[int, int]]:
    """What stands (before, after) each axis: "same" keeps its size, "valid" adds nothing."""
    if isinstance(padding, str):
        return list(same_padding(kernel, dilation)) if padding == "same" else [(0, 0)] * len(kernel)
    return [(p, p) for p in padding]


def pooling(
    axes: int, kernel_size: Size, stride: Size | None, padding: Size, dilation: Size
) -> tuple[PerAxis, PerAxis, PerAxis, PerAxis]:
    """Kernel, stride, padding and dilation per axis; padding at most half of the kernel's reach."""
    kernel = per_axis("kernel_size", kernel_size, axes)
    stride = kernel if stride is None or stride in ((), []) else per_axis("stride", stride, axes)
    padding = per_axis("padding", padding, axes, least=0)
    dilation = per_axis("dilation", dilation, axes)
    for p, k, d in zip(padding, kernel, dilation, strict=True):
        if 2 * p > d * (k - 1) + 1:
            raise ValueError(
                f"padding must be at most half of dilation * (kernel_size - 1) + 1, got padding {p}"
                f" for kernel_size {k} and dilation {d}"
            )
    return kernel, stride, padding, dilation


def unpooling(
    axes: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    output_size: Sequence[int] | None,
) -> Sequence[int]:
    """The size to unpool to, where `indices` belong to `input` and point into that size."""
    batched(input, axes)
    if not isinstance(indices, torch.Tensor) or indices.dtype != torch.int64:
        kind = getattr(indices, "dtype", type(indices).__name__)
        raise TypeError(f"indices must be a tensor of torch.int64, got {kind}")
    if indices.shape != input.shape or indices.device != input.device:
        raise ValueError(
            f"indices must have the shape and device of input, {tuple(input.shape)} on"
            f" {input.device}, got {tuple(indices.shape)} on {indices.device}"
        )
    kernel, stride, padding, _ = pooling(axes, kernel_size, stride, padding, 1)
    settings = zip(input.shape[-axes:], kernel, stride, padding, strict=True)
    usual = [(n - 1) * s + k - 2 * p for n, k, s, p in settings]
    size = usual if output_size is None else list(output_size)[-axes:]
    for wanted, middle, s in zip(size, usual, stride, strict=True):
        if not max(0, middle - s) < wanted < middle + s:
            raise ValueError(
                f"output_size must be above {max(0, middle - s)} and below {middle + s} on an"
                f" axis of stride {s}, got {output_size or size}"
            )
    if indices.numel() and not 0 <= int(indices.min()) <= int(indices.max()) < prod(size):
        raise ValueError(
            f"indices must be from 0 to {prod(size) - 1} for an output of size {tuple(size)},"
            f" got {int(indices.min())} to {int(indices.max())}"
        )
    return size


def adaptive(output_size: AdaptiveSize, size: Sequence[int]) -> PerAxis:
    """`output_size` per axis; None keeps the axis of the input's `size`."""
    many = isinstance(output_size, (tuple, list))
    wanted = tuple(output_size) if many else (output_size,) * len(size)
    if len(wanted) != len(size):
        raise ValueError(f"output_size must be one or {len(size)} integers, got {output_size!r}")
    sizes = [n if w is None else w for w, n in zip(wanted, size, strict=True)]
    return integers("output_size", sizes, least=0)


def divisor(value: int) -> int:
    """An integer to divide by."""
    (value,) = integers("divisor_override", (value,), least=-sys.maxsize)
    if value == 0:
        raise ValueError("divisor_override must not be 0, got 0")
    return value
