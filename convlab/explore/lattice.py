"""Every number that an explorer of convolution may show, computed before it is asked for.

A table holds the results of one mode, kernel size and dilation at stride 1 and the most padding.
A stride only skips places in it, less padding cuts its border off: one table serves them all. Of
the transposed mode, where padding cuts and stride spreads, there is a table a stride.

Which input meets which kernel cell is found by the same functions: run on a grid of indices with a
kernel that is 1 in one cell, they return the index that this cell meets at each place.
"""

from itertools import product

import torch

from convlab.arithmetic import conv_output_size, conv_transpose_output_size
from convlab.explore import texts
from convlab.nn import functional

MODES = ("correlation", "convolution", "transposed", "max", "average")
POOLING = ("max", "average")
AXES = ("rows", "columns")
SETTINGS = ("kernel", "stride", "padding", "dilation")
MOST = {"kernel": (1, 5), "stride": (1, 3), "padding": (0, 3), "dilation": (1, 3)}


def run(mode, X, K, stride, padding, dilation):
    """The result (H', W') of `mode` on X (H, W) with K (h, w), and where each maximum was."""
    image, size = X[None, None], tuple(K.shape)
    if mode == "transposed":
        return functional.conv_transpose2d(
            image, K[None, None], None, stride, padding, dilation=dilation
        )[0, 0], None
    if mode == "max":
        Y, where = functional.max_pool2d(
            image, size, stride, padding, dilation, return_indices=True
        )
        return Y[0, 0], where[0, 0]
    if mode == "average":
        return functional.avg_pool2d(image, size, stride, padding)[0, 0], None
    K = K.flip(0, 1) if mode == "convolution" else K
    return functional.conv2d(image, K[None, None], None, stride, padding, dilation)[0, 0], None


def most_padding(mode, size, top):
    """The padding of a table: `top`, or half the window, which is all that pooling may have."""
    return tuple(min(top, k // 2) if mode in POOLING else top for k in size)


def table(mode, X, K, dilation, stride, top) -> dict:
    """The numbers of one table as text, with the indices of its rows and of its columns.

    `top` is the most padding it serves; `stride` is for the transposed mode alone.
    """
    size = tuple(K.shape)
    padding = (0, 0) if mode == "transposed" else most_padding(mode, size, top)
    steps = stride if mode == "transposed" else (1, 1)
    made = dict(zip(AXES, _axes(mode, X.shape, size, dilation, steps, padding), strict=True))
    if not all(len(axis["meets"][0]) for axis in made.values()):
        return made | {"Y": ""}
    Y, where = run(mode, X, K, steps, padding, dilation)
    made["Y"] = texts.write(Y)
    if where is not None:
        made["where"] = " ".join(map(str, where.flatten().tolist()))
    return made


def lattice(X, K, ranges) -> dict:
    """The tables of all modes and of all settings in `ranges`, without repeating their indices.

    X is (H, W); K (h, w) is the largest kernel, whose first rows and columns the smaller ones are.
    `ranges` gives, for each mode, the (least, most) of each setting on both axes.
    """
    tables, axes = {}, {}
    for mode, allowed in ranges.items():
        span = {name: range(low, high + 1) for name, (low, high) in allowed.items()}
        strides = span["stride"] if mode == "transposed" else (1,)
        choices = (span["kernel"], span["dilation"], strides)
        tables[mode], axes[mode] = {}, {"rows": {}, "columns": {}}
        for settings in product(*(product(choice, repeat=2) for choice in choices)):
            size, dilation, stride = settings
            made = table(mode, X, K[: size[0], : size[1]], dilation, stride, allowed["padding"][1])
            for axis, name in enumerate(AXES):
                axes[mode][name][_key(chosen[axis] for chosen in settings)] = made.pop(name)
            tables[mode][_key(n for chosen in settings for n in chosen)] = made
    return {"tables": tables, "axes": axes, "ranges": ranges}


def _axes(mode, shape, size, dilation, stride, padding):
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


def _key(numbers):
    return ",".join(map(str, numbers))


def output_size(mode, shape, size, stride, padding, dilation):
    """The size of the result; a ValueError says why there is none."""
    if mode != "transposed":
        return conv_output_size(tuple(shape), size, stride, padding, dilation)
    return conv_transpose_output_size(tuple(shape), size, stride, padding, dilation=dilation)
