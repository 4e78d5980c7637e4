"""Answers to the lesson on pooling."""

import math

import torch
import torch.nn.functional as F

from convlab.solutions.exercise import Exercise

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
    math.floor((8 - 3) / 2) + 1,
    math.ceil((8 - 3) / 2) + 1,
    math.ceil((8 + 2 - 3) / 3) + 1 - 1,  # a fourth window would start at 8, in the right padding
)


def max_pool_gradient(G, indices, size):
    """Gradient of a loss with respect to X (H, W), where Y is X after max pooling.

    G (h, w): gradient of the loss with respect to Y; indices (h, w): for each element
    of Y the place of its maximum in X, as row * W + column; size = (H, W).
    Gives (H, W) in G's dtype.
    """
    H, W = size
    gradient = torch.zeros(H * W, dtype=G.dtype, device=G.device)
    return gradient.index_add(0, indices.flatten(), G.flatten()).reshape(H, W)


def adaptive_avg_pool2d(X, output_size):
    """Average X (..., H, W) down to (..., h, w), whatever H and W are.

    output_size = (h, w). Row i of the output averages the rows from floor(i H / h)
    up to, but without, ceil((i + 1) H / h); columns likewise.
    """
    (H, W), (h, w) = X.shape[-2:], output_size
    Y = X.new_zeros(*X.shape[:-2], h, w)
    for i in range(h):
        rows = slice(math.floor(i * H / h), math.ceil((i + 1) * H / h))
        for j in range(w):
            columns = slice(math.floor(j * W / w), math.ceil((j + 1) * W / w))
            Y[..., i, j] = X[..., rows, columns].mean(dim=(-2, -1))
    return Y


def _avg_pool(X, kernel_size, stride=None, padding=0):
    planes = X.reshape(-1, 1, *X.shape[-2:])
    pooled = F.avg_pool2d(planes, kernel_size, stride, padding)
    return pooled.reshape(*X.shape[:-2], *pooled.shape[-2:])


def _avg_pool_cases(generator):
    X = torch.tensor([[1.0, 3.0, 2.0, 0.0], [4.0, 2.0, 1.0, 5.0]])
    yield X, 2, None, 0
    yield X, 1, None, 0
    yield X, 2, 1, 0
    yield 4 * torch.ones(2, 2), 2, 2, 1
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
    X = torch.zeros(1, 1, 8)
    pooled = (
        F.max_pool1d(X, 3, 2),
        F.max_pool1d(X, 3, 2, ceil_mode=True),
        F.max_pool1d(X, 3, 3, padding=1, ceil_mode=True),
    )
    return tuple(Y.shape[-1] for Y in pooled)


def _max_pool_gradient(G, indices, size):
    winners = F.one_hot(indices.flatten(), math.prod(size)).to(G.dtype)
    return (G.flatten() @ winners).reshape(size)


def _max_pool_gradient_cases(generator):
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
            yield torch.randn(indices.shape, generator=generator, dtype=dtype), indices, size


def _adaptive_avg_pool(X, output_size):
    pooled = F.adaptive_avg_pool2d(X.reshape(-1, 1, *X.shape[-2:]), output_size)
    return pooled.reshape(*X.shape[:-2], *output_size)


def _adaptive_avg_pool_cases(generator):
    yield torch.tensor([[1.0, 3.0], [5.0, 7.0]]), (1, 1)
    yield torch.tensor([[1.0, 3.0], [5.0, 7.0]]), (2, 2)
    yield torch.arange(8.0).reshape(2, 4), (1, 2)
    yield torch.tensor([[1.0, 2.0, 6.0, 4.0, 5.0]]), (1, 2)
    yield torch.tensor([[0.0, 4.0, 8.0]]), (1, 5)
    yield torch.arange(12.0).reshape(2, 2, 3), (2, 2)
    for dtype in (torch.float32, torch.float64):
        for shape, output_size in (
            ((7, 5), (3, 4)),
            ((3, 10, 8), (4, 3)),
            ((2, 3, 6, 11), (5, 2)),
        ):
            yield torch.randn(shape, generator=generator, dtype=dtype), output_size


EXERCISES = {
    "avg_pool2d": Exercise(
        oracle=_avg_pool,
        cases=_avg_pool_cases,
        hints=(
            "Take max_pool2d from above. Which two things in it belong to the maximum?",
            "Pad with zeros, which F.pad does by itself, instead of -inf.",
            "window.mean(dim=(-2, -1)) averages over the last two axes and leaves the others.",
        ),
    ),
    "pooled_widths": Exercise(
        oracle=_pooled_widths,
        hints=(
            "The first two: (8 - 3) / 2 = 2.5. Which way is it rounded, and what is added?",
            "The third: (8 + 2 - 3) / 3 = 2.33, rounded up 3, plus 1.",
            "Where does the third case's last window start? The first starts at -1, then 2, 5, ...",
            "A window that starts at 8 or later is dropped: pixels 0 to 7 are the input.",
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
    ),
    "adaptive_avg_pool2d": Exercise(
        oracle=_adaptive_avg_pool,
        cases=_adaptive_avg_pool_cases,
        hints=(
            "The frame is that of avg_pool2d: a loop over i and j, a window, its mean.",
            "Only the window differs: its rows depend on i, H and h, its columns on j, W and w.",
            "rows = slice(math.floor(i * H / h), math.ceil((i + 1) * H / h))",
        ),
    ),
}
