"""Convolution, pooling and activations from scratch, as `torch.nn.functional` has them.

Read `_Convolution` first: a convolution, its transpose and all their gradients are one sum of
products, in which two of three tensors are known and the third is asked for. Pooling then works
along one axis at a time. Nothing here calls torch's own convolution, pooling, fold or unfold.

Sizes count elements. A setting for n axes is an integer or n of them. The batch axis N may be
absent. Results keep dtype and device; gradients of any order reach every tensor. A wrong type or
dtype raises a TypeError, all else that torch refuses a ValueError.
Source: the documentation of `torch.nn.functional`, whose function of the same name is meant.
"""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from convlab import arithmetic
from convlab.nn import arguments
from convlab.nn.arguments import COMPLEX, FLOATS, INTEGERS, AdaptiveSize, Maxima, wide
from convlab.nn.formulas import gelu, leaky_relu, relu, sigmoid, silu, softplus, tanh  # noqa: F401
from convlab.nn.padding import bordered, pad  # noqa: F401
from convlab.nn.windows import Windows, counts, maxima, sums
from convlab.validation import Size, per_axis

_CACHE = 2**22  # numbers that a step copies at most: more would be moved to and from memory


class _Sizes(NamedTuple):
    """One integer per axis: three sizes and two steps."""

    input: tuple[int, ...]
    kernel: tuple[int, ...]
    output: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]


class _Convolution(torch.autograd.Function):
    """The sum over all indices of x[n, g, c, stride i + dilation a] w[g, o, c, a] y[n, g, o, i].

    n counts examples, g groups, c and o the channels in and out of a group; i is a place of the
    kernel and a a position in it, one index per axis. Leave one tensor out: what it would be
    multiplied with is returned. Without y that is the convolution of x with w. Without x it is
    the transposed convolution of y with w, and the convolution's gradient for x. Without w it is
    the convolution's gradient for w. So each is the gradient of the others, to any order.
    """

    @staticmethod
    def forward(ctx, missing, first, second, sizes):
        ctx.save_for_backward(first, second)
        ctx.missing, ctx.sizes = missing, sizes
        product_without = {"y": _convolved, "x": _stamped, "w": _weighed}[missing]
        result = product_without(wide(first), wide(second), sizes)
        return result.to(first.dtype)

    @staticmethod
    def backward(ctx, *gradients):
        names = "xwy".replace(ctx.missing, "")
        known = {n: t.conj() for n, t in zip(names, ctx.saved_tensors, strict=True)}
        (known[ctx.missing],) = gradients

        def gradient_of(name):
            pair = (known[other] for other in "xwy" if other != name)
            return _Convolution.apply(name, *pair, ctx.sizes)

        needed = zip(names, ctx.needs_input_grad[1:3], strict=True)
        return None, *(gradient_of(name) if need else None for name, need in needed), None


def _convolved(x, w, sizes):
    """Without y: at each place, the window of x times the kernel, summed."""
    y = x.new_zeros(*x.shape[:2], w.shape[1], *sizes.output)
    for xs, ys in _parts(x, y, w, sizes):
        if _is_single(w):
            for a, shifted in _shifts(xs, ys, sizes):
                ys.addcmul_(_weight(w, a), shifted)
        else:
            ys += (w.flatten(2) @ _columns(xs, ys, sizes)).view(ys.shape)
    return y


def _stamped(w, y, sizes):
    """Without x: at each place, the kernel times y, added into the window of x."""
    x = y.new_zeros(*y.shape[:2], w.shape[2], *sizes.input)
    for xs, ys in _parts(x, y, w, sizes):
        if _is_single(w):
            for a, shifted in _shifts(xs, ys, sizes):
                shifted.addcmul_(_weight(w, a), ys)
        else:
            columns = w.flatten(2).mT @ ys.flatten(3)
            columns = columns.view(*xs.shape[:3], prod(sizes.kernel), *ys.shape[3:])
            for column, (_, shifted) in zip(columns.unbind(3), _shifts(xs, ys, sizes), strict=True):
                shifted += column
    return x


def _weighed(x, y, sizes):
    """Without w: at each kernel position, what x and y have in common over all places."""
    w = x.new_zeros(x.shape[1], y.shape[2], x.shape[2], *sizes.kernel)
    for xs, ys in _parts(x, y, w, sizes):
        if _is_single(w):
            for a, shifted in _shifts(xs, ys, sizes):
                w[(..., *a)] += (shifted * ys).transpose(0, 1).flatten(1).sum(1)[:, None, None]
        else:
            w += (ys.flatten(3) @ _columns(xs, ys, sizes).mT).sum(0).view(w.shape)
    return w


def _columns(x, y, sizes):
    """The windows of x at the places of y, a column each: (n, g, c * kernel positions, places)."""
    places, steps = y.shape[3:], x.stride()[3:]
    inner = (step * d for step, d in zip(steps, sizes.dilation, strict=True))
    outer = (step * s for step, s in zip(steps, sizes.stride, strict=True))
    shape = (*x.shape[:3], *sizes.kernel, *places)
    windows = x.as_strided(shape, (*x.stride()[:3], *inner, *outer))
    return windows.reshape(*x.shape[:2], -1, prod(places))


def _shifts(x, y, sizes):
    """For each kernel position a, the part of x (..., *size) that it meets at the places of y."""
    for a in product(*map(range, sizes.kernel)):
        steps = zip(a, sizes.dilation, sizes.stride, y.shape[3:], strict=True)
        yield a, x[(..., *(slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, s, n in steps))]


def _parts(x, y, w, sizes):
    """Views of x and y, a few examples or a few rows of places each, so that copies stay small."""
    samples, rows = len(y), y.shape[3]
    copied = prod(y.shape[4:]) * (4 * y.shape[1] if _is_single(w) else w[:, 0].numel())
    high = max(1, min(rows, _CACHE // copied))
    many = max(1, _CACHE // (copied * rows))
    reach = sizes.dilation[0] * (sizes.kernel[0] - 1) + 1
    for n, top in product(range(0, samples, many), range(0, rows, high)):
        last = min(top + high, rows) - 1
        seen = slice(top * sizes.stride[0], last * sizes.stride[0] + reach)
        yield x[n : n + many, :, :, seen], y[n : n + many, :, :, top : last + 1]


def _is_single(w):
    """One channel in and one out: nothing to sum but shifted slices, as in a depthwise kernel."""
    return w.shape[1] == w.shape[2] == 1


def _weight(w, a):
    """The one weight of each group at position a, in a shape that meets (n, g, 1, *places)."""
    return w[(..., *a)].view(-1, *(1,) * (w.dim() - 2))


def _conv(axes, input, weight, bias, stride, padding, dilation, groups):
    arguments.tensors(FLOATS | INTEGERS | COMPLEX, input=input, weight=weight, bias=bias)
    x = arguments.batched(input, axes)
    arguments.weights(axes, x.shape[1], weight, bias, groups)
    stride, dilation = per_axis("stride", stride, axes), per_axis("dilation", dilation, axes)
    if not isinstance(padding, str):
        padding = per_axis("padding", padding, axes, least=0)
    size, kernel = tuple(x.shape[2:]), tuple(weight.shape[2:])
    output = arithmetic.conv_output_size(size, kernel, stride, padding, dilation)
    borders = arguments.borders(padding, kernel, dilation)
    x = bordered(x, borders, 0).unflatten(1, (groups, -1))
    w = weight.unflatten(0, (groups, -1))
    sizes = _Sizes(tuple(x.shape[3:]), kernel, output, stride, dilation)
    return _finished(_Convolution.apply("y", x, w, sizes).flatten(1, 2), bias, input)


def _finished(y, bias, input):
    y = y if bias is None else y + bias.view(-1, *(1,) * (y.dim() - 2))
    return y[0] if input.dim() < y.dim() else y


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate input (N, C, L) with weight (O, C / groups, k), add bias (O,): (N, O, places).

    `padding` may be "valid" (none) or "same" (the size stays, stride 1). The number of places is
    `convlab.conv_output_size`. Real, integer and complex dtypes, the same for all tensors.
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """As `conv1d`, over input (N, C, H, W) with weight (O, C / groups, h, w)."""
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """As `conv1d`, over input (N, C, D, H, W) with weight (O, C / groups, d, h, w)."""
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def _transpose(axes, input, weight, bias, stride, padding, output_padding, groups, dilation):
    arguments.tensors(FLOATS | {torch.int64} | COMPLEX, input=input, weight=weight, bias=bias)
    y = arguments.batched(input, axes)
    arguments.weights(axes, y.shape[1], weight, bias, groups, transposed=True)
    stride, dilation = per_axis("stride", stride, axes), per_axis("dilation", dilation, axes)
    padding = per_axis("padding", padding, axes, least=0)
    extra = per_axis("output_padding", output_padding, axes, least=0)
    size, kernel = tuple(y.shape[2:]), tuple(weight.shape[2:])
    output = arithmetic.conv_transpose_output_size(size, kernel, stride, padding, extra, dilation)
    whole = tuple(n + 2 * p for n, p in zip(output, padding, strict=True))
    sizes = _Sizes(whole, kernel, size, stride, dilation)
    w, y = weight.unflatten(0, (groups, -1)), y.unflatten(1, (groups, -1))
    x = _Convolution.apply("x", w, y, sizes).flatten(1, 2)
    cut = tuple(slice(p, p + n) for p, n in zip(padding, output, strict=True))
    return _finished(x[(..., *cut)], bias, input)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """Stamp weight (C, O / groups, k) times each element of input (N, C, L), `stride` apart.

    What overlaps adds up, `padding` elements are cut off each end, `output_padding` are left more
    at the last, bias (O,) is added: (N, O, `convlab.conv_transpose_output_size`).
    """
    return _transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """As `conv_transpose1d`, over input (N, C, H, W) with weight (C, O / groups, h, w)."""
    return _transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """As `conv_transpose1d`, over input (N, C, D, H, W) with weight (C, O / groups, d, h, w)."""
    return _transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _pool(axes, input, kernel_size, stride, padding, dilation, ceil_mode):
    x = arguments.batched(input, axes)
    settings = arguments.pooling(axes, kernel_size, stride, padding, dilation)
    size = tuple(x.shape[2:])
    places = arithmetic.conv_output_size(size, *settings, ceil_mode)
    windows = zip(size, places, *settings, strict=True)
    return x, [Windows.sliding(*window, device=x.device) for window in windows]


def _highest(input, x, windows, return_indices):
    with torch.no_grad():
        indices = maxima(x, windows)
    highest = x.flatten(2).gather(2, indices.flatten(2)).view(indices.shape)
    if input.dim() < x.dim():
        highest, indices = highest[0], indices[0]
    return (highest, indices) if return_indices else highest


def _max_pool(axes, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    integers = INTEGERS if axes > 1 or return_indices else set()
    arguments.tensors(FLOATS | integers, input=input)
    x, windows = _pool(axes, input, kernel_size, stride, padding, dilation, ceil_mode)
    return _highest(input, x, windows, return_indices)


def max_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Maxima:
    """The highest number of each window of input (N, C, L): (N, C, places).

    `stride` is kernel_size unless given. Padding never wins. `ceil_mode` takes in a last window
    that reaches over the end. `return_indices` adds where in its flattened channel each one was.
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Maxima:
    """As `max_pool1d`, over input (N, C, H, W)."""
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Maxima:
    """As `max_pool1d`, over input (N, C, D, H, W)."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_unpool(axes, input, indices, kernel_size, stride, padding, output_size):
    arguments.tensors(FLOATS, input=input)
    size = arguments.unpooling(axes, input, indices, kernel_size, stride, padding, output_size)
    zeros = input.new_zeros(*input.shape[:-axes], prod(size))
    return zeros.scatter(-1, indices.flatten(-axes), input.flatten(-axes)).unflatten(-1, size)


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Zeros, and each number of input (N, C, L) where `indices` say it was before `max_pool1d`.

    `output_size` says which of the sizes that pool to L is wanted.
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """As `max_unpool1d`, for input (N, C, H, W)."""
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """As `max_unpool1d`, for input (N, C, D, H, W)."""
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _avg_pool(axes, input, kernel_size, stride, padding, ceil_mode, include_pad, divisor=None):
    arguments.tensors(FLOATS | {torch.int64}, input=input)
    x, windows = _pool(axes, input, kernel_size, stride, padding, 1, ceil_mode)
    divisor = counts(windows, include_pad) if divisor is None else arguments.divisor(divisor)
    return _mean(input, x, windows, divisor)


def _mean(input, x, windows, divisor=None):
    divisor = counts(windows) if divisor is None else divisor
    total = sums(wide(x), windows)
    mean = total / divisor if x.is_floating_point() else total.div(divisor, rounding_mode="trunc")
    mean = mean.to(x.dtype)
    return mean[0] if input.dim() < x.dim() else mean


def avg_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of input (N, C, L): (N, C, places); settings as in `max_pool1d`.

    Padding counts as zeros unless count_include_pad is False.
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """As `avg_pool1d`, over input (N, C, H, W); divisor_override replaces the count."""
    settings = (kernel_size, stride, padding, ceil_mode, count_include_pad)
    return _avg_pool(2, input, *settings, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """As `avg_pool2d`, over input (N, C, D, H, W)."""
    settings = (kernel_size, stride, padding, ceil_mode, count_include_pad)
    return _avg_pool(3, input, *settings, divisor_override)


def _adaptive(axes, input, output_size):
    arguments.tensors(FLOATS, input=input)
    x = arguments.batched(input, axes)
    places = arguments.adaptive(output_size, x.shape[2:])
    pairs = zip(x.shape[2:], places, strict=True)
    return x, [Windows.adaptive(*pair, device=x.device) for pair in pairs]


def adaptive_avg_pool1d(input: Tensor, output_size: AdaptiveSize) -> Tensor:
    """The mean of `output_size` windows that share input (N, C, L) out: (N, C, output_size).

    Window i goes from floor(i L / output_size) to ceil((i + 1) L / output_size).
    """
    return _mean(input, *_adaptive(1, input, output_size))


def adaptive_avg_pool2d(input: Tensor, output_size: AdaptiveSize) -> Tensor:
    """As `adaptive_avg_pool1d`, over input (N, C, H, W); None in output_size keeps an axis."""
    return _mean(input, *_adaptive(2, input, output_size))


def adaptive_avg_pool3d(input: Tensor, output_size: AdaptiveSize) -> Tensor:
    """As `adaptive_avg_pool2d`, over input (N, C, D, H, W)."""
    return _mean(input, *_adaptive(3, input, output_size))


def adaptive_max_pool1d(
    input: Tensor, output_size: AdaptiveSize, return_indices: bool = False
) -> Maxima:
    """The highest number of the windows of `adaptive_avg_pool1d`; indices as in `max_pool1d`."""
    return _highest(input, *_adaptive(1, input, output_size), return_indices)


def adaptive_max_pool2d(
    input: Tensor, output_size: AdaptiveSize, return_indices: bool = False
) -> Maxima:
    """As `adaptive_max_pool1d`, with the windows of `adaptive_avg_pool2d`."""
    return _highest(input, *_adaptive(2, input, output_size), return_indices)


def adaptive_max_pool3d(
    input: Tensor, output_size: AdaptiveSize, return_indices: bool = False
) -> Maxima:
    """As `adaptive_max_pool1d`, with the windows of `adaptive_avg_pool3d`."""
    return _highest(input, *_adaptive(3, input, output_size), return_indices)
