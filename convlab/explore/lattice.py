"""Every number that an explorer of convolution may show, computed before it is asked for.

A table holds the results of one mode, kernel size and dilation at stride 1 and the most padding.
A stride only skips places in it, less padding cuts its border off: one table serves them all. Of
the transposed mode, where padding cuts and stride spreads, there is a table a stride.

Which input meets which kernel cell is found by the same functions: run on a grid of indices with a
kernel that is 1 in one cell, they return the index that this cell meets at each place.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

import torch

from convlab.arithmetic import conv_output_size, conv_transpose_output_size
from convlab.explore import texts
from convlab.explore.schema import ConvolutionAxis, ConvolutionTable
from convlab.nn import functional

Pair: TypeAlias = tuple[int, ...]  # rows, columns
Ranges: TypeAlias = Mapping[str, tuple[Pair, Pair]]
"""Of each setting the (least, most) along the rows, then along the columns."""

MODES = ("correlation", "convolution", "transposed", "max", "average")
POOLING = ("max", "average")
AXES = ("rows", "columns")
SETTINGS = ("kernel", "stride", "padding", "dilation")
MOST = {"kernel": (1, 5), "stride": (1, 3), "padding": (0, 3), "dilation": (1, 3)}


def run(
    mode: str, X: torch.Tensor, K: torch.Tensor, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The result (H', W') of `mode` on X (H, W) with K (h, w), and where each maximum was."""
    image, size = X[None, None], tuple(K.shape)
    if mode == "transposed":
        weight = K[None, None]
        Y = functional.conv_transpose2d(image, weight, None, stride, padding, dilation=dilation)
        return Y[0, 0], None
    if mode == "max":
        Y, where = functional.max_pool2d(
            image, size, stride, padding, dilation, return_indices=True
        )
        return Y[0, 0], where[0, 0]
    if mode == "average":
        return functional.avg_pool2d(image, size, stride, padding)[0, 0], None
    K = K.flip(0, 1) if mode == "convolution" else K
    return functional.conv2d(image, K[None, None], None, stride, padding, dilation)[0, 0], None


def output_size(
    mode: str, shape: Pair, size: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[int, ...]:
    """The size of the result.

    Raises:
        ValueError: why there is none.
    """
    if mode != "transposed":
        return conv_output_size(shape, size, stride, padding, dilation)
    return conv_transpose_output_size(shape, size, stride, padding, dilation=dilation)


def _most_padding(mode: str, size: Pair, top: Pair) -> Pair:
    """The padding of a table: `top`, or half the window, which is all that pooling may have."""
    if mode == "transposed":
        return 0, 0
    if mode not in POOLING:
        return top
    rows, columns = (min(most, k // 2) for most, k in zip(top, size, strict=True))
    return rows, columns


def _axes(
    mode: str, shape: Pair, size: Pair, dilation: Pair, stride: Pair, padding: Pair
) -> Iterator[ConvolutionAxis]:
    """For each axis, what it was padded by and what each kernel cell meets at each place.

    An index counts from the first cell of the padded input; -1 where nothing is met.
    """
    for n, k, d, s, p in zip(shape, size, dilation, stride, padding, strict=True):
        if mode != "transposed" and n + 2 * p <= d * (k - 1):
            yield {"padding": p, "meets": [[]] * k}
            continue
        # Float64 holds the indices, counted from 1: a result of 0 means that nothing is met.
        index = torch.arange(1, n + 2 * p + 1, dtype=torch.float64)[:, None]
        operation = "correlation" if mode in POOLING else mode
        meets = []
        for cell in torch.eye(k, dtype=torch.float64):
            met, _ = run(operation, index, cell[:, None], (s, 1), (0, 0), (d, 1))
            meets.append((met.flatten().long() - 1).tolist())
        yield {"padding": p, "meets": meets}


def table(
    mode: str, X: torch.Tensor, K: torch.Tensor, dilation: Pair, stride: Pair, top: Pair
) -> ConvolutionTable:
    """The numbers of one table as text, with the indices of its rows and of its columns.

    `top` is the most padding it serves; `stride` is for the transposed mode alone.
    """
    size = tuple(K.shape)
    padding = _most_padding(mode, size, top)
    steps = stride if mode == "transposed" else (1, 1)
    rows, columns = _axes(mode, tuple(X.shape), size, dilation, steps, padding)
    if not (rows["meets"][0] and columns["meets"][0]):
        return {"rows": rows, "columns": columns, "Y": ""}
    Y, where = run(mode, X, K, steps, padding, dilation)
    result: ConvolutionTable = {"rows": rows, "columns": columns, "Y": texts.write(Y)}
    if where is not None:
        result["where"] = " ".join(map(str, where.flatten().tolist()))
    return result


def _key(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _choices(ranges: Ranges, name: str) -> Iterator[Pair]:
    """Every (rows, columns) of a setting."""
    return product(*(range(least, most + 1) for least, most in ranges[name]))


def lattice(X: torch.Tensor, K: torch.Tensor, ranges: Mapping[str, Ranges]) -> dict[str, dict]:
    """The tables of all modes and of all settings in `ranges`, without repeating their indices.

    X is (H, W); K (h, w) is the largest kernel, whose first rows and columns the smaller ones are.
    `ranges` gives those of each mode.
    """
    tables, axes = {}, {}
    for mode, reach in ranges.items():
        tables[mode], axes[mode] = {}, {name: {} for name in AXES}
        rows, columns = (most for _, most in reach["padding"])
        strides = _choices(reach, "stride") if mode == "transposed" else [(1, 1)]
        settings = product(_choices(reach, "kernel"), _choices(reach, "dilation"), strides)
        for size, dilation, stride in settings:
            window = K[: size[0], : size[1]]
            numbers = dict(table(mode, X, window, dilation, stride, (rows, columns)))
            for axis, name in enumerate(AXES):
                key = _key((size[axis], dilation[axis], stride[axis]))
                axes[mode][name][key] = numbers.pop(name)
            tables[mode][_key((*size, *dilation, *stride))] = numbers
    return {"tables": tables, "axes": axes, "ranges": dict(ranges)}
