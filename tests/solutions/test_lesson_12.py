"""Lesson 12: what a learner may type."""

from itertools import product

import torch
from torch import nn
from torch.nn import functional as F

import convlab
from tests.support.answers import Answers, LessonAnswers, Wrong


def stamp(X, K, stride=1):
    (H, W), (h, w) = X.shape, K.shape
    Y = X.new_zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for i, j in product(range(H), range(W)):
        Y[i * stride : i * stride + h, j * stride : j * stride + w] += X[i, j] * K
    return Y


def spread(X, stride):
    Y = X.new_zeros((len(X) - 1) * stride + 1, (X.shape[1] - 1) * stride + 1)
    Y[::stride, ::stride] = X
    return Y


def by_torch(X, K, stride=1):
    return F.conv_transpose2d(X[None, None], K[None, None], stride=stride)[0, 0]


def by_layer(X, K, stride=1):
    layer = nn.ConvTranspose2d(1, 1, tuple(K.shape), stride, bias=False)
    return torch.func.functional_call(layer, {"weight": K[None, None]}, (X[None, None],))[0, 0]


def by_stamp(X, K, stride=1):
    return stamp(X, K, stride)


def by_stamping_anew(X, K, stride=1):
    (H, W), (h, w) = X.shape, K.shape
    Y = X.new_zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for i, j in product(range(H), range(W)):
        top, left = i * stride, j * stride
        Y[top : top + h, left : left + w] += X[i, j] * K
    return Y


def by_strided_sums(X, K, stride=1):
    (H, W), (h, w) = X.shape, K.shape
    Y = X.new_zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for i, j in product(range(h), range(w)):
        Y[i : i + (H - 1) * stride + 1 : stride, j : j + (W - 1) * stride + 1 : stride] += (
            X * K[i, j]
        )
    return Y


def by_fold(X, K, stride=1):
    products = K.reshape(1, -1, 1) * X.reshape(1, 1, -1)
    size = [(n - 1) * stride + k for n, k in zip(X.shape, K.shape, strict=True)]
    return F.fold(products, size, tuple(K.shape), stride=stride)[0, 0]


def without_turning(X, K, stride=1):
    around = len(K) - 1, K.shape[1] - 1
    return F.conv2d(spread(X, stride)[None, None], K[None, None], padding=around)[0, 0]


def transposed_kernel(X, K, stride=1):
    around = K.shape[1] - 1, len(K) - 1
    return F.conv2d(spread(X, stride)[None, None], K.T[None, None], padding=around)[0, 0]


def square_padding(X, K, stride=1):
    turned = K.flip(0, 1)[None, None]
    return F.conv2d(spread(X, stride)[None, None], turned, padding=len(K) - 1)[0, 0]


def without_zeros_around(X, K, stride=1):
    return F.conv2d(spread(X, stride)[None, None], K.flip(0, 1)[None, None])[0, 0]


def in_float32(X, K, stride=1):
    grid = torch.zeros((len(X) - 1) * stride + 1, (X.shape[1] - 1) * stride + 1)
    grid[::stride, ::stride] = X
    around = len(K) - 1, K.shape[1] - 1
    turned = K.float().flip(0, 1)[None, None]
    return F.conv2d(grid[None, None], turned, padding=around)[0, 0]


def with_zeros_in_float32(X, K, stride=1):
    grid = torch.zeros((len(X) - 1) * stride + 1, (X.shape[1] - 1) * stride + 1)
    grid[::stride, ::stride] = X
    around = len(K) - 1, K.shape[1] - 1
    return F.conv2d(grid[None, None], K.flip(0, 1)[None, None], padding=around)[0, 0]


def by_places(X, K, stride=1):
    (H, W), (h, w) = X.shape, K.shape
    grid = X.new_zeros((H - 1) * stride + 2 * h - 1, (W - 1) * stride + 2 * w - 1)
    for i, j in product(range(H), range(W)):
        grid[h - 1 + i * stride, w - 1 + j * stride] = X[i, j]
    return F.conv2d(grid[None, None], K.flip(0, 1)[None, None])[0, 0]


def by_padding(X, K, stride=1):
    h, w = K.shape
    grid = F.pad(spread(X, stride), (w - 1, w - 1, h - 1, h - 1))
    return F.conv2d(grid[None, None], torch.rot90(K, 2)[None, None]).squeeze(0, 1)


def by_interleaving(X, K, stride=1):
    H, W = X.shape
    grid = F.pad(X[:, None, :, None], (0, stride - 1, 0, 0, 0, stride - 1))
    grid = grid.reshape(H * stride, W * stride)[: (H - 1) * stride + 1, : (W - 1) * stride + 1]
    around = tuple(n - 1 for n in K.shape)
    return F.conv2d(grid[None, None], K.flip((0, 1))[None, None], padding=around)[0, 0]


def by_matrix(X, K, stride=1):
    def dilated(n):
        return torch.eye((n - 1) * stride + 1, dtype=X.dtype)[:, ::stride]

    grid = dilated(len(X)) @ X @ dilated(X.shape[1]).T
    around = len(K) - 1, K.shape[1] - 1
    return F.conv2d(grid[None, None], K.flip(-1, -2)[None, None], padding=around)[0, 0]


def by_windows(X, K, stride=1):
    h, w = K.shape
    grid = F.pad(spread(X, stride), (w - 1, w - 1, h - 1, h - 1))
    return torch.einsum("ijhw,hw->ij", grid.unfold(0, h, 1).unfold(1, w, 1), K.flip(0, 1))


def needed_by_sizes(size, kernel_size, stride, padding):
    places = (size + 2 * padding - kernel_size) // stride
    return size - (places * stride - 2 * padding + kernel_size)


def needed_by_loop(size, kernel_size, stride, padding):
    rest = size + 2 * padding - kernel_size
    while rest >= stride:
        rest -= stride
    return rest


def needed_by_search(size, kernel_size, stride, padding):
    smallest = convlab.conv_transpose_output_size(
        convlab.conv_output_size(size, kernel_size, stride, padding), kernel_size, stride, padding
    )
    return next(extra for extra in range(stride) if smallest + extra == size)


def needed_by_torch(size, kernel_size, stride, padding):
    layers = (
        nn.Conv1d(1, 1, kernel_size, stride, padding),
        nn.ConvTranspose1d(1, 1, kernel_size, stride, padding),
    )
    return size - nn.Sequential(*layers)(torch.zeros(1, 1, size)).shape[2]


def tent(stride):
    return torch.tensor([1 - abs((n + 0.5) / stride - 1) for n in range(2 * stride)])


def kernel_by_outer(stride):
    return torch.outer(tent(stride), tent(stride))


def kernel_by_loop(stride):
    K = torch.zeros(2 * stride, 2 * stride)
    for i, j in product(range(2 * stride), repeat=2):
        row, column = ((min(n, 2 * stride - 1 - n) + 0.5) / stride for n in (i, j))
        K[i, j] = row * column
    return K


def kernel_by_convolution(stride):
    box = torch.ones(1, 1, stride) / stride
    pairs = F.conv1d(box, torch.ones(1, 1, stride), padding=stride - 1)[0, 0]
    line = F.avg_pool1d(F.pad(pairs, (1, 1))[None, None], 2, 1)[0, 0]
    return line[:, None] * line


def kernel_by_meshgrid(stride):
    axis = torch.linspace(0.5 / stride - 1, 1 - 0.5 / stride, 2 * stride)
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    return (1 - rows.abs()) * (1 - columns.abs())


def kernel_by_torch(stride):
    point = F.pad(torch.ones(1, 1, 1, 1), (2, 2, 2, 2))
    larger = F.interpolate(point, scale_factor=stride, mode="bilinear")[0, 0]
    start = 2 * stride - stride // 2
    return larger[start : start + 2 * stride, start : start + 2 * stride]


ANSWERS = {
    "conv_transpose2d": Answers(
        wrong=[
            Wrong(by_torch, "that is the one you are building: F.conv_transpose2d"),
            Wrong(by_layer, "that is the one you are building: F.conv_transpose2d"),
            Wrong(by_stamp, "that is the one you are building: stamp"),
            Wrong(by_fold, "that is the one you are building: F.fold"),
            Wrong(by_stamping_anew, "is there still a loop?"),
            Wrong(by_strided_sums, "is there still a loop?"),
            Wrong(with_zeros_in_float32),
            Wrong(without_turning, "The kernel is not turned"),
            Wrong(without_zeros_around, "zeros around are missing"),
            Wrong(transposed_kernel),
            Wrong(square_padding),
            Wrong(in_float32, "wrong dtype"),
        ],
        right=[by_padding, by_places, by_interleaving, by_matrix, by_windows],
    ),
    "stamped_shape": Answers(
        wrong=[
            Wrong((15, 10), "height comes first"),
            Wrong((9, 13), "output_padding is forgotten"),
            Wrong((12, 15), "it cuts"),
            Wrong((14, 15), "padding cuts"),
            Wrong((12, 18), "one stride apart"),
            Wrong((3, 1), "that a convolution gives"),
        ],
        right=[(10, 15), [10, 15], torch.Size([10, 15]), (8 + 3 - 2 + 1, 9 + 4 + 2)],
    ),
    "output_padding_needed": Answers(
        wrong=[
            Wrong(lambda size, kernel_size, stride, padding: stride - 1, "largest choice"),
            Wrong(lambda n, k, s, p: (n + p - k) % s, "at both ends"),
            Wrong(lambda n, k, s, p: -(n + 2 * p - k) % s, "short of the next window"),
            Wrong(lambda n, k, s, p: (n + 2 * p - k) / s % 1),
            Wrong(lambda n, k, s, p: (n + 2 * p) % s),
            Wrong(
                lambda n, k, s, p: convlab.output_padding_for((n + 2 * p - k) // s + 1, n, k, s, p),
                "that is the one you are building: output_padding_for",
            ),
            Wrong(needed_by_torch, "that is the one you are building"),
        ],
        right=[
            needed_by_sizes,
            needed_by_loop,
            needed_by_search,
            lambda n, k, s, p: divmod(n + 2 * p - k, s)[1],
        ],
    ),
    "bilinear_kernel": Answers(
        wrong=[
            Wrong(kernel_by_torch, "that is the one you are building: F.interpolate"),
            Wrong(lambda stride: tent(stride), "has two axes"),
            Wrong(lambda stride: kernel_by_outer(stride) / stride**2, "the weights sum to 1"),
            Wrong(lambda stride: kernel_by_outer(stride).double(), "wrong dtype"),
            Wrong(lambda stride: torch.ones(stride, stride)),
            Wrong(lambda stride: tent(stride)[:, None].expand(-1, 2 * stride)),
            Wrong(lambda stride: kernel_by_outer(stride).sqrt()),
            Wrong(lambda stride: tent(stride)[:, None] + tent(stride), "added, not multiplied"),
        ],
        right=[kernel_by_outer, kernel_by_loop, kernel_by_convolution, kernel_by_meshgrid],
    ),
}


class TestLesson12(LessonAnswers):
    lesson, answers = "12", ANSWERS
