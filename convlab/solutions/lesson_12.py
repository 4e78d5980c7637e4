"""Answers to lesson 12: transposed convolution in the plain, its sizes, and interpolation."""

from itertools import product

import torch
from torch.nn import functional as F

import convlab.nn.functional
from convlab import arithmetic
from convlab.solutions.exercise import Exercise, Mistake

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
    yield torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2, 3], [4, 5, 7]]), 2
    yield torch.tensor([[2.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 2
    yield torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 10.0]]), 1
    yield torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 10.0]]), 2
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0], [10.0]]), 3
    yield torch.arange(1.0, 7.0).reshape(2, 3), torch.tensor([[5.0]]), 2
    yield torch.tensor([[1.0, 2.0]]).double(), torch.tensor([[1.0, 10.0]]).double(), 1
    for dtype in (torch.float32, torch.float64):
        for size, kernel, stride in (
            ((3, 3), (3, 3), 1),
            ((4, 2), (3, 4), 2),
            ((3, 5), (2, 3), 3),
            ((5, 4), (5, 1), 4),
        ):
            X = torch.randn(size, generator=generator, dtype=dtype)
            yield X, torch.randn(kernel, generator=generator, dtype=dtype), stride
    yield torch.arange(6.0).reshape(2, 3).t(), torch.tensor([[1.0, 2.0]]).expand(2, 2), 2


def _by_insertion(X, K, stride, between, after, around):
    """One convolution over X with zeros between its numbers, after the last, and around."""
    (H, W), step = X.shape, between + 1
    spread = X.new_zeros((H - 1) * step + 1 + after, (W - 1) * step + 1 + after)
    spread[::step, ::step] = X
    return F.conv2d(spread[None, None], K[None, None], padding=around)[0, 0]


def _full(K):
    return K.shape[0] - 1, K.shape[1] - 1


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


def _tent(stride):
    half = (torch.arange(stride) + 0.5) / stride
    return torch.cat([half, half.flip(0)])


def _peak_on_a_pixel(stride):
    return 1 - (torch.arange(2 * stride) - stride).abs() / stride


def _from_0_to_1(stride):
    slope = torch.linspace(0, 1, stride)
    return torch.cat([slope, slope.flip(0)])


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
        difficulty=3,
        minutes=9,
        mistakes=(
            Mistake(
                lambda X, K, stride=1: _by_insertion(X, K, stride, stride - 1, 0, _full(K)),
                "The kernel is not turned: compare it with the kernel of the first scene.",
            ),
            Mistake(
                lambda X, K, stride=1: _by_insertion(X, K.flip(1), stride, stride - 1, 0, _full(K)),
                "The kernel is turned along one axis only.",
            ),
            Mistake(
                lambda X, K, stride=1: _by_insertion(X, K.flip(0, 1), stride, stride, 0, _full(K)),
                "There is one zero too many between two numbers.",
            ),
            Mistake(
                lambda X, K, stride=1: _by_insertion(
                    X, K.flip(0, 1), stride, stride - 1, stride - 1, _full(K)
                ),
                "Zeros stand between the numbers, not after the last one.",
            ),
            Mistake(
                lambda X, K, stride=1: _by_insertion(X, K.flip(0, 1), stride, 0, 0, _full(K)),
                "The stride is forgotten: no zeros stand between the numbers.",
            ),
            Mistake(
                lambda X, K, stride=1: _by_insertion(X, K.flip(0, 1), stride, stride - 1, 0, 0),
                "The zeros around are missing.",
            ),
            Mistake(
                lambda X, K, stride=1: _by_insertion(
                    X, K.flip(0, 1), stride, stride - 1, 0, _full(K)[::-1]
                ),
                "The zeros above and below follow from the kernel's height, those beside it from "
                "its width.",
            ),
        ),
        ready=(
            *(F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d, F.fold),
            *(convlab.nn.functional.conv_transpose2d, torch.nn.grad.conv2d_input),
            *("stamp", "torch_transposed"),
        ),
        instead="Put the zeros in, and let one F.conv2d do the rest.",
        operations=lambda X, K, stride: X.numel() + 15,
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
        difficulty=2,
        minutes=5,
        mistakes=(
            Mistake((15, 10), "The height comes first."),
            Mistake((9, 13), "The output_padding is forgotten."),
            Mistake((12, 15), "The padding is forgotten: it cuts."),
            Mistake((14, 15), "In a transposed convolution padding cuts."),
            Mistake((11, 15), "The padding cuts on both sides."),
            Mistake(
                (12, 18), "The stamps begin one stride apart: the last one, not after n strides."
            ),
            Mistake((11, 17), "The output_padding counts once, at the end."),
            Mistake((3, 1), "This is the size that a convolution gives."),
            Mistake((8, 12), "The last stamp is as long as the kernel, not one number."),
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
        difficulty=3,
        minutes=6,
        core=False,
        mistakes=(
            Mistake(
                lambda size, kernel_size, stride, padding: 0,
                "Where the convolution rounded down, something is missing.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: stride - 1,
                "This is the largest choice, which not every size needs.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (size + padding - kernel_size) % stride,
                "The padding counts at both ends.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (
                    (kernel_size - size - 2 * padding) % stride
                ),
                "This is how many the input is short of the next window.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (
                    (size + 2 * padding - kernel_size) // stride
                ),
                "This is how many strides fit, not what they leave over.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (size - kernel_size) % stride,
                "The padding is forgotten.",
            ),
        ),
        ready=(
            arithmetic.output_padding_for,
            *(F.conv1d, F.conv2d, F.conv_transpose1d, F.conv_transpose2d),
            *("there_and_back", "transposed_size"),
        ),
        instead="Whole numbers, + - * // and % are enough.",
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
        difficulty=4,
        minutes=12,
        core=False,
        mistakes=(
            Mistake(
                lambda stride: _tent(stride).expand(2 * stride, -1),
                "This is a tent along the rows only.",
            ),
            Mistake(lambda stride: _tent(stride), "The kernel has two axes."),
            Mistake(
                lambda stride: _tent(stride)[:, None] * _tent(stride) / stride**2,
                "The top of the tent is 1; here the weights sum to 1.",
            ),
            Mistake(
                lambda stride: torch.minimum(_tent(stride)[:, None], _tent(stride)),
                "This is a pyramid, not a tent times a tent.",
            ),
            Mistake(
                lambda stride: (_tent(stride)[:, None] + _tent(stride)) / 2,
                "The two tents are added, not multiplied.",
            ),
            Mistake(
                lambda stride: _tent(stride)[:, None] + _tent(stride),
                "The two tents are added, not multiplied.",
            ),
            Mistake(
                lambda stride: _from_0_to_1(stride)[:, None] * _from_0_to_1(stride),
                "The tent meets 0 at the edge of its first pixel; a weight is the height at the "
                "middle.",
            ),
            Mistake(
                lambda stride: _peak_on_a_pixel(stride)[:, None] * _peak_on_a_pixel(stride),
                "Each weight is the height at the middle of its pixel, and the top lies between "
                "two pixels.",
            ),
        ),
        ready=(F.interpolate, F.grid_sample),
        instead="Write the tent down with torch.arange.",
    ),
}
