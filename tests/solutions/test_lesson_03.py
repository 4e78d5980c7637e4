"""Lesson 03: what a learner may type."""

import torch
import torch.nn.functional as F

from convlab import corr2d
from tests.support.answers import Answers, LessonAnswers, Wrong


def blurred(X):
    smooth = torch.tensor([1.0, 2.0, 1.0]).to(X) / 4
    return corr2d(X, torch.outer(smooth, smooth))


def sobel_outputs(X):
    sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]).to(X)
    return corr2d(X, sobel), corr2d(X, sobel.t())


def box_sharpen(X, amount):
    middle = X[1:-1, 1:-1]
    return middle + amount * (middle - corr2d(X, torch.ones(3, 3).to(X) / 9))


def bright_sharpen(X, amount):
    kernel = torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1])).to(X)
    return X[1:-1, 1:-1] + amount * (X[1:-1, 1:-1] - corr2d(X, kernel))


def padded_sharpen(X, amount):
    smooth = F.pad(blurred(X), (1, 1, 1, 1))
    return X + amount * (X - smooth)


def one_kernel_sharpen(X, amount):
    kernel = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]], dtype=X.dtype) / 16
    kernel = -amount * kernel
    kernel[1, 1] += 1 + amount
    return corr2d(X, kernel)


def two_pass_sharpen(X, amount):
    smooth = torch.tensor([0.25, 0.5, 0.25]).to(X)
    soft = F.conv2d(F.conv2d(X[None, None], smooth[None, None, None]), smooth[None, None, :, None])
    middle = X[1:-1, 1:-1]
    return middle + amount * (middle - soft[0, 0])


def window_sharpen(X, amount):
    kernel = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]).to(X) / 16
    windows = X.unfold(0, 3, 1).unfold(1, 3, 1)
    return torch.lerp(X[1:-1, 1:-1], (windows * kernel).sum(dim=(2, 3)), -amount)


def loop_magnitude(X):
    across, down = sobel_outputs(X)
    rows = []
    for i in range(across.shape[0]):
        rows.append(
            torch.stack(
                [(across[i, j] ** 2 + down[i, j] ** 2).sqrt() for j in range(across.shape[1])]
            )
        )
    return torch.stack(rows)


def laplacian(X):
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]).to(X)
    return corr2d(X, kernel).abs()


def combine_by_loops(K1, K2):
    (a, b), (c, d) = K1.shape, K2.shape
    K = torch.zeros(a + c - 1, b + d - 1, dtype=K1.dtype)
    for i in range(a):
        for j in range(b):
            for m in range(c):
                for n in range(d):
                    K[i + m, j + n] += K1[i, j] * K2[m, n]
    return K


def combine_by_padding(K1, K2):
    c, d = K2.shape
    return corr2d(F.pad(K1, (d - 1, d - 1, c - 1, c - 1)), K2.flip(0, 1))


def combine_unturned(K1, K2):
    c, d = K2.shape
    return corr2d(F.pad(K1, (d - 1, d - 1, c - 1, c - 1)), K2)


def combine_overwriting(K1, K2):
    (a, b), (c, d) = K1.shape, K2.shape
    K = torch.zeros(a + c - 1, b + d - 1).to(K1)
    for m in range(c):
        for n in range(d):
            K[m : m + a, n : n + b] = K2[m, n] * K1
    return K


def combine_without_dtype(K1, K2):
    return combine_by_padding(K1.float(), K2.float())


def combine_in_fourier(K1, K2):
    shape = [p + q - 1 for p, q in zip(K1.shape, K2.shape, strict=True)]
    product = torch.fft.rfft2(K1, s=shape) * torch.fft.rfft2(K2, s=shape)
    return torch.fft.irfft2(product, s=shape)


ANSWERS = {
    "predicted_row": Answers(
        wrong=[
            Wrong((0, 2, 0, 0, -3, -2, 0), "signs are turned"),
            Wrong([0, 2, 0, 0, 3, 2, 0], "No number is negative"),
            Wrong((0, -2, 0, 0, 3, 2, 0, 0), "a right neighbour is missing"),
            Wrong((6, 8, 10, 10, 7, 2, 0), "sums of neighbours"),
            Wrong((0, -1, 0, 0, 1, 1, 0), "not how large"),
        ],
        right=[
            (0, -2, 0, 0, 3, 2, 0),
            [0, -2, 0, 0, 3, 2, 0],
            tuple(a - b for a, b in zip((3, 3, 5, 5, 5, 2, 0), (3, 5, 5, 5, 2, 0, 0), strict=True)),
            tuple((-torch.tensor([3, 3, 5, 5, 5, 2, 0, 0]).diff()).tolist()),
        ],
    ),
    "sharpen": Answers(
        wrong=[
            Wrong(lambda X, amount: amount * (X[1:-1, 1:-1] - blurred(X)), "the detail alone"),
            Wrong(
                lambda X, amount: X[1:-1, 1:-1] + amount * (blurred(X) - X[1:-1, 1:-1]),
                "taken away instead of added",
            ),
            Wrong(lambda X, amount: X[1:-1, 1:-1] + amount * blurred(X), "the blurred picture"),
            Wrong(lambda X, amount: 2 * X[1:-1, 1:-1] - blurred(X), "is it used?"),
            Wrong(
                lambda X, amount: (X[1:-1, 1:-1] + amount * (X[1:-1, 1:-1] - blurred(X))).clamp(
                    0, 1
                ),
                "are clipped",
            ),
            Wrong(box_sharpen, "a box, not a Gaussian"),
            Wrong(bright_sharpen, "too bright"),
            Wrong(padded_sharpen, "wrong shape"),
            Wrong(lambda X, amount: blurred(X)),
            Wrong(lambda X, amount: (1 + amount) * (X[1:-1, 1:-1] - blurred(X))),
        ],
        right=[
            lambda X, amount: X[1:-1, 1:-1] + amount * (X[1:-1, 1:-1] - blurred(X)),
            one_kernel_sharpen,
            two_pass_sharpen,
            window_sharpen,
        ],
    ),
    "gradient_magnitude": Answers(
        wrong=[
            Wrong(lambda X: sum(sobel_outputs(X)), "outputs are added"),
            Wrong(lambda X: sum(Y.abs() for Y in sobel_outputs(X)), "sizes of the two"),
            Wrong(lambda X: sum(Y**2 for Y in sobel_outputs(X)), "the square of the length"),
            Wrong(lambda X: sobel_outputs(X)[0].abs(), "Only sobel_x"),
            Wrong(lambda X: torch.maximum(*(Y.abs() for Y in sobel_outputs(X))), "the larger of"),
            Wrong(lambda X: sobel_outputs(X)[1].abs()),
            Wrong(lambda X: torch.hypot(*sobel_outputs(X)) / 8),
            Wrong(lambda X: sobel_outputs(X), "expected a torch.Tensor"),
            Wrong(laplacian),
        ],
        right=[
            lambda X: torch.hypot(*sobel_outputs(X)),
            lambda X: sum(Y**2 for Y in sobel_outputs(X)) ** 0.5,
            lambda X: torch.stack(sobel_outputs(X)).norm(dim=0),
            lambda X: torch.complex(*sobel_outputs(X)).abs(),
            loop_magnitude,
        ],
    ),
    "combine_kernels": Answers(
        wrong=[
            Wrong(combine_unturned, "without being turned"),
            Wrong(lambda K1, K2: combine_by_loops(K1, K2).flip(0, 1), "result is turned"),
            Wrong(lambda K1, K2: combine_by_loops(K1, K2)[: len(K1), : K1.shape[1]], "wrong shape"),
            Wrong(combine_overwriting),
            Wrong(combine_without_dtype, "wrong dtype"),
            Wrong(lambda K1, K2: torch.outer(K1.flatten(), K2.flatten()), "wrong shape"),
            Wrong(lambda K1, K2: K1 * K2),
        ],
        right=[
            combine_by_loops,
            combine_by_padding,
            lambda K1, K2: combine_by_loops(K2, K1),
            lambda K1, K2: F.conv_transpose2d(K1[None, None], K2[None, None])[0, 0],
            combine_in_fourier,
        ],
    ),
}


class TestLesson03(LessonAnswers):
    lesson, answers = "03", ANSWERS
