"""Answers to the lesson on pooling."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from convlab.nn import functional
from convlab.solutions.exercise import Exercise, Mistake

TITLE = "Pooling"


def avg_pool2d(X, kernel_size, stride=None, padding=0):
    """Mean of each kernel_size x kernel_size window of X (..., H, W).

    kernel_size, stride, padding int; the stride is kernel_size unless given. `padding`
    rows and columns of zeros stand on each side of X, and count as values.
    Gives (..., H', W'), H' = (H + 2 padding - kernel_size) // stride + 1.
    """
    k, s = kernel_size, stride or kernel_size
    X = F.pad(X, (padding,) * 4)
    rows, columns = ((n - k) // s + 1 for n in X.shape[-2:])
    Y = X.new_zeros(*X.shape[:-2], rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = X[..., i * s : i * s + k, j * s : j * s + k]
            Y[..., i, j] = window.mean(dim=(-2, -1))
    return Y


pooled_widths = (
    math.floor((9 - 4) / 4) + 1,  # the stride is the kernel size
    math.floor((9 - 4) / 2) + 1,
    math.floor((9 + 2 - 3) / 2) + 1,
)


def max_blur_pool2d(X):
    """Maximum of each 2 x 2 window at stride 1, then a blur, then every second of them.

    X (N, C, H, W), H and W at least 3. The blur is the 3 x 3 kernel [1, 2, 1] times
    [1, 2, 1], divided by 16, over the maxima and one mirrored row or column on each side.
    Gives (N, C, H // 2, W // 2), in X's dtype.
    """
    steps = torch.tensor([1.0, 2.0, 1.0], dtype=X.dtype, device=X.device) / 4
    kernel = (steps[:, None] * steps).expand(X.shape[1], 1, 3, 3)
    Y = F.pad(F.max_pool2d(X, 2, stride=1), (1, 1, 1, 1), mode="reflect")
    return F.conv2d(Y, kernel, stride=2, groups=X.shape[1])


def max_pool_gradient(G, indices, size):
    """Gradient of a loss with respect to X (H, W), where Y is X after max pooling.

    G (h, w): gradient of the loss with respect to Y; indices (h, w): for each element
    of Y the place of its maximum in X, as row * W + column; size = (H, W).
    Gives (H, W) in G's dtype.
    """
    H, W = size
    gradient = torch.zeros(H * W, dtype=G.dtype, device=G.device)
    return gradient.index_add(0, indices.flatten(), G.flatten()).reshape(H, W)


def _avg_pool(X, kernel_size, stride=None, padding=0):
    planes = X.reshape(-1, 1, *X.shape[-2:])
    pooled = F.avg_pool2d(planes, kernel_size, stride, padding)
    return pooled.reshape(*X.shape[:-2], *pooled.shape[-2:])


def _avg_pool_cases(generator):
    X = torch.tensor([[1.0, 3.0, 2.0], [4.0, 2.0, 8.0], [0.0, 1.0, 7.0]])
    yield X, 2, None, 1
    yield X, 1
    yield X, 2, 1
    yield X[:2].T, 2
    yield X[:1].expand(4, 3), 2
    yield torch.arange(15.0).reshape(3, 5), 2, None, 0
    yield torch.arange(15.0).reshape(5, 3), 3, 1, 1
    yield torch.arange(16.0).reshape(2, 2, 4), 2, None, 0
    for dtype in (torch.float32, torch.float64):
        for shape, k, s, p in (
            ((7, 9), 3, 2, 0),
            ((3, 8, 5), 2, 3, 1),
            ((2, 3, 6, 7), 3, None, 1),
        ):
            yield torch.randn(shape, generator=generator, dtype=dtype), k, s, p


def _pooled_widths():
    X = torch.zeros(1, 1, 9)
    pools = nn.MaxPool1d(4), nn.MaxPool1d(4, stride=2), nn.MaxPool1d(3, stride=2, padding=1)
    return tuple(pool(X).shape[-1] for pool in pools)


def _max_blur_pool(X):
    """By shifted slices and the mirrored rows and columns themselves."""
    top, bottom = X[..., :-1, :], X[..., 1:, :]
    rows = torch.maximum(top, bottom)
    Y = torch.maximum(rows[..., :-1], rows[..., 1:])
    for axis in (-2, -1):
        size = Y.shape[axis]
        places = torch.tensor([1, *range(size), size - 2], device=X.device)
        Y = Y.index_select(axis, places)
        first, middle, last = (Y.narrow(axis, start, size) for start in range(3))
        Y = (first + 2 * middle + last) / 4
    return Y[..., ::2, ::2]


def _max_blur_pool_cases(generator):
    yield (
        torch.tensor([[1.0, 9.0, 2.0, 4.0], [7.0, 3.0, 0.0, 8.0], [5.0, 6.0, -1.0, -9.0]])[
            None, None
        ],
    )
    rows = torch.tensor([[0.0, 5.0, 1.0], [2.0, 3.0, 9.0], [4.0, 8.0, 7.0]])
    yield (torch.stack([rows, -rows])[None],)
    yield (torch.stack([rows, rows.T + 10])[:, None],)
    for dtype in (torch.float32, torch.float64):
        for shape in ((2, 3, 7, 6), (1, 4, 5, 8), (3, 2, 3, 3)):
            X = torch.randn(shape, generator=generator, dtype=dtype)
            yield (X,)
    yield (X.mT,)
    yield (X.transpose(0, 1),)
    yield (X[:1].expand(2, 2, 3, 3),)


def _max_pool_gradient(G, indices, size):
    winners = F.one_hot(indices.flatten(), math.prod(size)).to(G.dtype)
    # Values only: a loop over numbers is as right as one over tensors.
    return (G.detach().flatten() @ winners).reshape(size)


def _max_pool_gradient_cases(generator):
    yield torch.tensor([[1.0, 10.0], [5.0, 2.0]]), torch.tensor([[1, 4], [4, 5]]), (2, 3)
    yield torch.tensor([[5.0]]), torch.tensor([[0]]), (1, 1)
    yield torch.tensor([[7.0]]), torch.tensor([[3]]), (2, 3)
    yield torch.tensor([[1.0, 2.0]]), torch.tensor([[5, 2]]), (2, 4)
    yield torch.tensor([[1.0, 10.0]]), torch.tensor([[4, 4]]), (3, 3)
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1, 2], [6, 2]]), (4, 2)
    for dtype in (torch.float32, torch.float64):
        for size, settings in (
            ((6, 8), (2, 2, 0)),
            ((7, 5), (3, 1, 0)),
            ((5, 9), (3, 2, 1)),
        ):
            X = torch.randn(1, *size, generator=generator, dtype=dtype)
            indices = F.max_pool2d(X, *settings, return_indices=True)[1][0]
            G = torch.randn(indices.shape, generator=generator, dtype=dtype)
            yield G, indices, size
            yield G.T, indices.T, size
            yield G[:1].expand(indices.shape), indices, size


def _windows(X, kernel_size, stride, padding, value=0.0):
    """All windows of X, (..., rows, columns, kernel_size, kernel_size)."""
    X = F.pad(X, (padding,) * 4, value=value)
    return X.unfold(-2, kernel_size, stride).unfold(-2, kernel_size, stride)


def _stride_one(X, kernel_size, stride=None, padding=0):
    return _windows(X, kernel_size, stride or 1, padding).mean(dim=(-2, -1))


def _padding_left_out(X, kernel_size, stride=None, padding=0):
    settings = kernel_size, stride or kernel_size, padding
    counts = _windows(torch.ones_like(X), *settings).sum(dim=(-2, -1))
    return _windows(X, *settings).sum(dim=(-2, -1)) / counts


def _sum(X, kernel_size, stride=None, padding=0):
    return _windows(X, kernel_size, stride or kernel_size, padding).sum(dim=(-2, -1))


def _maximum(X, kernel_size, stride=None, padding=0):
    windows = _windows(X, kernel_size, stride or kernel_size, padding, value=-math.inf)
    return windows.amax(dim=(-2, -1))


def _blur(Y, **pad):
    kernel = Y.new_tensor([[1, 2, 1], [2, 4, 2], [1, 2, 1]]).expand(Y.shape[1], 1, 3, 3) / 16
    return F.conv2d(F.pad(Y, (1, 1, 1, 1), **pad), kernel, groups=Y.shape[1])


def _subsampled_before(X):
    return _blur(F.max_pool2d(X, 2), mode="reflect")[..., ::2, ::2]


def _not_subsampled_after(X):
    return _blur(F.max_pool2d(X, 2), mode="reflect")


def _unframed(X):
    return _blur(F.max_pool2d(X, 2, 1), mode="reflect")[..., 1:-1:2, 1:-1:2]


def _subsampled_first(X):
    return _blur(F.max_pool2d(X, 2, 1)[..., ::2, ::2], mode="replicate")


def _unblurred(X):
    return F.max_pool2d(X, 2, 1)[..., ::2, ::2]


def _from_the_second(X):
    return _blur(F.max_pool2d(X, 2, 1), mode="reflect")[..., 1::2, 1::2]


def _never_subsampled(X):
    return _blur(F.max_pool2d(X, 2, 1), mode="reflect")


def _zeros_around(X):
    return _blur(F.max_pool2d(X, 2, 1))[..., ::2, ::2]


def _blurred_first(X):
    return F.max_pool2d(_blur(X, mode="reflect"), 2, 1)[..., ::2, ::2]


def _channels_mixed(X):
    mixed = _blur(F.max_pool2d(X, 2, 1), mode="reflect")[..., ::2, ::2].sum(1, keepdim=True)
    return mixed.expand(-1, X.shape[1], -1, -1)


def _overwritten(G, indices, size):
    gradient = torch.zeros(math.prod(size), dtype=G.dtype)
    for place, value in zip(indices.flatten().tolist(), G.flatten(), strict=True):
        gradient[place] = value
    return gradient.reshape(size)


def _columns_first(G, indices, size):
    return _max_pool_gradient(G, indices, size[::-1]).T


def _ones_added(G, indices, size):
    return _max_pool_gradient(torch.ones_like(G), indices, size)


EXERCISES = {
    "avg_pool2d": Exercise(
        oracle=_avg_pool,
        cases=_avg_pool_cases,
        hints=(
            "Take max_pool2d from above. Which two things in it belong to the maximum?",
            "Pad with zeros, which F.pad does by itself, instead of -inf.",
            "window.mean(dim=(-2, -1)) averages over the last two axes and leaves the others.",
        ),
        difficulty=2,
        minutes=5,
        mistakes=(
            Mistake(_maximum, "This takes the largest of each window."),
            Mistake(_sum, "This adds up each window and does not divide."),
            Mistake(_padding_left_out, "This divides by the real pixels only: zeros count, too."),
            Mistake(_stride_one, "Without a stride this moves by 1, as a convolution does."),
        ),
        ready=(
            F.avg_pool2d,
            F.avg_pool1d,
            F.avg_pool3d,
            F.adaptive_avg_pool2d,
            functional.avg_pool2d,
            functional.adaptive_avg_pool2d,
        ),
        instead="Take the windows yourself, as max_pool2d above does.",
    ),
    "pooled_widths": Exercise(
        oracle=_pooled_widths,
        hints=(
            "The first: which stride has nn.MaxPool1d(4) when you give none?",
            "The size formula, rounded down: (9 + 2 * padding - kernel) / stride, plus 1.",
            "The third: (9 + 2 - 3) / 2 = 4. What is still missing?",
        ),
        difficulty=2,
        minutes=3,
        mistakes=(
            Mistake(
                (6, 3, 5), "The first takes stride 1: that is a convolution's, not a pooling's."
            ),
            Mistake((3, 4, 5), "This rounds up; the formula has a floor."),
            Mistake((1, 2, 4), "This counts the steps between the windows, not the windows."),
            Mistake((2, 3, 4), "In the third, padding stands on both sides."),
            Mistake((4, 3, 5), "The first takes half the kernel size as its stride."),
        ),
    ),
    "max_blur_pool2d": Exercise(
        oracle=_max_blur_pool,
        cases=_max_blur_pool_cases,
        hints=(
            "Three steps, one after the other: F.max_pool2d with stride 1, F.pad with "
            'mode="reflect", and a convolution with the blur kernel.',
            "Each channel alone: the kernel's shape is (C, 1, 3, 3), and groups=C.",
            "Every second row and column: [..., ::2, ::2], or stride=2 in the convolution.",
        ),
        difficulty=3,
        minutes=8,
        mistakes=(
            Mistake(_unblurred, "There is no blur in this."),
            Mistake(_never_subsampled, "This keeps every row and column."),
            Mistake(_subsampled_before, "The maximum skips every second window: its stride is 2."),
            Mistake(_not_subsampled_after, "The maximum skips every second window already."),
            Mistake(_unframed, "There is no frame around what the blur gets."),
            Mistake(_subsampled_first, "This subsamples before it blurs."),
            Mistake(_blurred_first, "This blurs before it takes the maximum."),
            Mistake(_from_the_second, "This begins with the second row and column."),
            Mistake(_zeros_around, "The blur meets zeros at the border, not mirrored values."),
            Mistake(_channels_mixed, "The blur adds up all channels: each should stay alone."),
        ),
    ),
    "max_pool_gradient": Exercise(
        oracle=_max_pool_gradient,
        cases=_max_pool_gradient_cases,
        hints=(
            "Start from zeros with H * W places in a row, in G's dtype and on G's device.",
            "Each element of G is added at the place that its index names. Adding matters: "
            "one pixel may have won in several windows.",
            "A loop over zip(indices.flatten().tolist(), G.flatten()) does it; so does "
            "zeros.index_add(0, indices.flatten(), G.flatten()).",
            "At the end, reshape to (H, W).",
        ),
        difficulty=3,
        minutes=8,
        core=False,
        mistakes=(
            Mistake(_overwritten, "A pixel that won twice keeps the last gradient only."),
            Mistake(_columns_first, "This reads an index as column * H + row."),
            Mistake(_ones_added, "This counts the wins of each pixel and leaves out G."),
        ),
        ready=(torch.Tensor.backward, torch.autograd.backward, torch.autograd.grad),
        instead="Add each element of G at the place that its index names.",
    ),
}
