"""Answers to lesson 12: transposed convolution in the plain, its sizes, and interpolation."""

from itertools import product

import torch
from torch.nn import functional as F

from convlab.solutions.exercise import Exercise

TITLE = "Transposed convolution"


def conv_transpose2d(X, K, stride=1):
    """The transposed convolution by zero insertion: one convolution with stride 1.

    X (H, W), K (h, w), stride an integer. Gives ((H - 1) * stride + h, (W - 1) * stride + w).
    """
    (H, W), (h, w) = X.shape, K.shape
    spread = X.new_zeros((H - 1) * stride + 1, (W - 1) * stride + 1)
    spread[::stride, ::stride] = X
    turned = K.flip(0, 1)
    return F.conv2d(spread[None, None], turned[None, None], padding=(h - 1, w - 1))[0, 0]


# Steps between the stamps, minus the border cut on two sides, plus one kernel, plus the rest.
stamped_shape = ((5 - 1) * 2 - 2 * 1 + 3 + 1, (4 - 1) * 3 - 2 * 0 + 4 + 2)


def output_padding_needed(size, kernel_size, stride, padding):
    """The output_padding with which the transposed convolution gives the input's size back.

    size: one side of the convolution's input; kernel_size, stride, padding: the settings of both.
    All are integers, and so is the result.
    """
    return (size + 2 * padding - kernel_size) % stride  # what the floor threw away


def bilinear_kernel(stride):
    """The kernel (2 * stride, 2 * stride) whose stamps interpolate linearly; stride is even.

    A transposed convolution with it, with this stride and padding stride // 2, gives away from the
    border what F.interpolate(X, scale_factor=stride, mode="bilinear") gives. Gives float32.
    """
    from_centre = (torch.arange(2 * stride) + 0.5) / stride - 1  # -1 to 1
    tent = 1 - from_centre.abs()
    return tent[:, None] * tent


def _transposed_cases(generator):
    yield torch.tensor([[2.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 2
    yield torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 10.0]]), 1
    yield torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 10.0]]), 2
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0], [10.0]]), 3
    yield torch.arange(1.0, 7.0).reshape(2, 3), torch.tensor([[5.0]]), 2
    for dtype in (torch.float32, torch.float64):
        for size, kernel, stride in (
            ((3, 3), (3, 3), 1),
            ((4, 2), (3, 4), 2),
            ((3, 5), (2, 3), 3),
            ((5, 4), (5, 1), 4),
        ):
            X = torch.randn(size, generator=generator, dtype=dtype)
            yield X, torch.randn(kernel, generator=generator, dtype=dtype), stride


def _stamped_shape():
    X, K = torch.zeros(1, 1, 5, 4), torch.zeros(1, 1, 3, 4)
    settings = {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2)}
    return tuple(F.conv_transpose2d(X, K, **settings).shape[2:])


def _needed(size, kernel_size, stride, padding):
    X, K = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size)
    settings = {"stride": stride, "padding": padding}
    Y = F.conv1d(X, K, **settings)
    for extra in range(stride):
        if F.conv_transpose1d(Y, K, output_padding=extra, **settings).shape[2] == size:
            return extra
    raise AssertionError("one of them always fits")


def _needed_cases(generator):
    yield 6, 3, 2, 1
    yield 5, 3, 2, 1
    yield 18, 5, 3, 2
    yield 5, 3, 1, 1
    yield 3, 3, 4, 0
    yield 10, 2, 3, 0
    settings = list(product(range(5, 15), range(1, 6), range(1, 5), range(4)))
    for index in torch.randperm(len(settings), generator=generator)[:40].tolist():
        yield settings[index]


def _bilinear_from_torch(stride):
    point = torch.zeros(1, 1, 5, 5)
    point[..., 2, 2] = 1
    spread = F.interpolate(point, scale_factor=stride, mode="bilinear", align_corners=False)[0, 0]
    reach = slice(2 * stride - stride // 2, 4 * stride - stride // 2)
    return spread[reach, reach]


EXERCISES = {
    "conv_transpose2d": Exercise(
        oracle=lambda X, K, stride=1: F.conv_transpose2d(
            X[None, None], K[None, None], stride=stride
        )[0, 0],
        cases=_transposed_cases,
        hints=(
            "Three steps: a grid of zeros with X in it, the kernel turned, one F.conv2d with "
            "padding. F.conv2d wants (N, C, H, W): X[None, None].",
            "H numbers with stride - 1 zeros between them take (H - 1) * stride + 1 rows: no "
            "zeros after the last one. X.new_zeros(...) has X's dtype and device.",
            "spread[::stride, ::stride] = X puts the numbers in their places.",
            "K.flip(0, 1) turns the kernel; padding=(h - 1, w - 1) is what the corner needs.",
        ),
    ),
    "stamped_shape": Exercise(
        oracle=_stamped_shape,
        hints=(
            "Take one axis at a time, height first. Where does the last stamp begin?",
            "5 stamps, 2 rows apart: the last one begins in row 8 and is 3 high. Then cut, and "
            "then add.",
            "Rows: 8 + 3 = 11, padding takes one at each end, output_padding adds one. Columns: "
            "the last of 4 stamps begins at 9 and is 4 wide; 2 are added.",
        ),
    ),
    "output_padding_needed": Exercise(
        oracle=_needed,
        cases=_needed_cases,
        hints=(
            "The convolution's formula has a floor. What was lost there is what is missing now.",
            "The windows start at 0, s, 2s, ... and the last one must fit. How many numbers of "
            "the padded input are left after it?",
            "The padded input has size + 2 * padding numbers. Take one kernel away; what does "
            "the division by stride leave over? In Python, %.",
        ),
    ),
    "bilinear_kernel": Exercise(
        oracle=_bilinear_from_torch,
        cases=lambda generator: ((stride,) for stride in (2, 4, 6, 8, 10, 16)),
        hints=(
            "Solve it along one axis: a tent of 2 * stride numbers. The kernel is the tent times "
            "itself, as a column and as a row.",
            "The tent is highest in the middle, between numbers stride - 1 and stride, and falls "
            "in a straight line to 0 half a number outside each end.",
            "For stride 2 it is 0.25, 0.75, 0.75, 0.25. Number n stands (n + 0.5) / stride from "
            "the foot of the tent; the top is at 1.",
            "tent = 1 - ((torch.arange(2 * stride) + 0.5) / stride - 1).abs(); "
            "return tent[:, None] * tent",
        ),
    ),
}
