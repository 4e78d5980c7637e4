"""Lesson 01: what a learner may type for its exercises."""

import numpy as np
import torch
import torch.nn.functional as F

from convlab import convolve2d as packaged_convolve2d
from convlab import corr1d as packaged_corr1d
from convlab import corr2d, corr2d_fft
from tests.support.answers import Answers, LessonAnswers, Wrong


def windows_of(X, K):
    return X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)


def one_window_too_few(X, K):
    Y = torch.zeros(len(X) - len(K), dtype=X.dtype)
    for i in range(len(Y)):
        Y[i] = (X[i : i + len(K)] * K).sum()
    return Y


def none_where_one_is(X, K):
    return torch.stack([(X[i : i + len(K)] * K).sum() for i in range(len(X) - len(K))])


def turned_1d(X, K):
    return torch.stack([(X[i : i + len(K)] * K.flip(0)).sum() for i in range(len(X) - len(K) + 1)])


def always_float32(X, K):
    Y = torch.zeros(len(X) - len(K) + 1)
    for i in range(len(Y)):
        Y[i] = (X[i : i + len(K)] * K).sum()
    return Y


def by_items(X, K):
    sums = [sum(x.item() * k.item() for x, k in zip(X[i:], K, strict=False)) for i in range(len(X))]
    return torch.tensor(sums[: len(X) - len(K) + 1], dtype=X.dtype)


def by_numpy(X, K):
    return torch.from_numpy(np.correlate(X.numpy(), K.numpy(), mode="valid"))


def filled(X, K):
    Y = torch.zeros(len(X) - len(K) + 1, dtype=X.dtype)
    for i in range(len(Y)):
        Y[i] = (X[i : i + len(K)] * K).sum()
    return Y


def over_the_kernel(X, K):
    n = len(X) - len(K) + 1
    return sum(K[a] * X[a : a + n] for a in range(len(K)))


def turned_2d_loop(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            for a in range(h):
                for b in range(w):
                    Y[i, j] += X[i + h - 1 - a, j + w - 1 - b] * K[a, b]
    return Y


def over_the_windows(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


def over_the_rows(X, K):
    h, w = K.shape
    rows = range(X.shape[0] - h + 1)
    return torch.stack([(X[i : i + h].unfold(1, w, 1) * K[:, None]).sum((0, 2)) for i in rows])


def over_the_kernel_2d(X, K):
    (h, w), rows, columns = K.shape, X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    parts = (K[a, b] * X[a : a + rows, b : b + columns] for a in range(h) for b in range(w))
    return sum(parts)


def by_negative_steps(X, K):
    return corr2d(X, K[::-1, ::-1])


def by_unfold_layer(X, K):
    columns = F.unfold(X[None, None], tuple(K.shape))[0]
    shape = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    return (K.flatten() @ columns).reshape(shape)


def score(X, T, mean=True, norm=True, small=1e-6, power=0.5):
    windows = windows_of(X, T).double()
    T = T.double()
    if mean:
        windows, T = windows - windows.mean((2, 3), keepdim=True), T - T.mean()
    total = (windows * T).sum((2, 3))
    return total / (windows.square().sum((2, 3)) ** power * T.norm() + small) if norm else total


def place(score):
    return divmod(int(score.argmax()), score.shape[1])


def middle(X, T):
    row, column = place(score(X, T))
    return row + T.shape[0] // 2, column + T.shape[1] // 2


def by_loop(X, T):
    best, found = 0.0, (0, 0)
    T = T - T.mean()
    for i in range(X.shape[0] - T.shape[0] + 1):
        for j in range(X.shape[1] - T.shape[1] + 1):
            window = X[i : i + T.shape[0], j : j + T.shape[1]]
            window = window - window.mean()
            norm = window.norm() * T.norm()
            value = 0.0 if norm < 1e-5 else float((window * T).sum() / norm)
            if value > best:
                best, found = value, (i, j)
    return found


def nan_to_zero(X, T):
    return place(score(X, T, small=0).nan_to_num())


def by_unravel(X, T):
    values = score(X, T)
    return torch.unravel_index(values.argmax(), values.shape)


def by_cosine(X, T):
    windows = windows_of(X, T).flatten(2)
    windows = windows - windows.mean(-1, keepdim=True)
    return place(F.cosine_similarity(windows, (T - T.mean()).flatten(), dim=-1))


ANSWERS = {
    "predicted_shape": Answers(
        wrong=[
            Wrong((6, 5), "swapped"),
            Wrong((4, 5), "One too few"),
            Wrong((6, 8), "larger"),
            Wrong((7, 9), "shape of X"),
            Wrong((2, 2), "overlap"),
            Wrong((7, 4), "with rows"),
            Wrong((10, 13), "fewer places"),
            Wrong((9, 12), "wholly inside"),
            Wrong(30, "how many places"),
        ],
        right=[(5, 6), [5, 6], torch.Size([5, 6]), (7 - 3 + 1, 9 - 4 + 1)],
    ),
    "corr1d": Answers(
        wrong=[
            Wrong(turned_1d, "true convolution"),
            Wrong(one_window_too_few, "last window"),
            Wrong(none_where_one_is),
            Wrong(lambda X, K: (X.unfold(0, len(K), 1) * K).mean(1), "mean of the products"),
            Wrong(lambda X, K: X.unfold(0, len(K), 1) * K, "not added up"),
            Wrong(lambda X, K: (X.unfold(0, len(K), len(K)) * K).sum(1), "overlap"),
            Wrong(always_float32, "wrong dtype"),
            Wrong(by_items, "no gradient reaches"),
            Wrong(by_numpy),
            Wrong(lambda X, K: F.conv1d(X[None, None], K[None, None])[0, 0], "F.conv1d"),
            Wrong(lambda X, K: torch.conv1d(X[None], K[None, None])[0], "the one you are building"),
            Wrong(packaged_corr1d, "the one you are building"),
            Wrong(lambda X, K: (X[: len(K)] * K).sum()),
        ],
        right=[
            filled,
            over_the_kernel,
            lambda X, K: X.unfold(0, len(K), 1) @ K,
            lambda X, K: torch.einsum("ik,k->i", X.unfold(0, len(K), 1), K),
            lambda X, K: corr2d(X[None], K[None])[0],
        ],
    ),
    "convolve2d": Answers(
        wrong=[
            Wrong(corr2d, "cross-correlation"),
            Wrong(lambda X, K: corr2d(X, K.flip(0)), "upside down"),
            Wrong(lambda X, K: corr2d(X, K.flip(1)), "left to right"),
            Wrong(lambda X, K: corr2d(X.flip(0, 1), K), "opposite place"),
            Wrong(lambda X, K: corr2d(X, K.t())),
            Wrong(lambda X, K: F.conv_transpose2d(X[None, None], K[None, None])[0, 0], "inside X"),
            Wrong(by_negative_steps, "step must be greater than zero"),
            Wrong(lambda X, K: corr2d(X, torch.rot90(K))),
            Wrong(packaged_convolve2d, "the one you are building"),
        ],
        right=[
            lambda X, K: corr2d(X, K.flip(0, 1)),
            lambda X, K: corr2d(X, K.flip(0).flip(1)),
            lambda X, K: corr2d(X, torch.rot90(K, 2)),
            lambda X, K: corr2d(X.flip(0, 1), K).flip(0, 1),
            turned_2d_loop,
        ],
    ),
    "corr2d_windows": Answers(
        wrong=[
            Wrong(lambda X, K: (windows_of(X, K) * K).sum((0, 1)), "inside each window"),
            Wrong(lambda X, K: (windows_of(X, K) * K).mean((2, 3)), "mean of the products"),
            Wrong(lambda X, K: windows_of(X, K) * K, "not added up"),
            Wrong(lambda X, K: (windows_of(X, K) * K).sum(), "one number"),
            Wrong(lambda X, K: (windows_of(X, K) * K.flip(0, 1)).sum((2, 3)), "true convolution"),
            Wrong(lambda X, K: (windows_of(X, K.t()) * K).sum((2, 3)), "swapped"),
            Wrong(lambda X, K: (windows_of(X, K) * K).sum(2)),
            Wrong(over_the_windows, "is there still a loop?"),
            Wrong(over_the_rows, "is there still a loop?"),
            Wrong(over_the_kernel_2d, "is there still a loop?"),
            Wrong(lambda X, K: F.conv2d(X[None, None], K[None, None])[0, 0], "F.conv2d"),
            Wrong(corr2d, "the one you are building: corr2d"),
            Wrong(lambda X, K: corr2d_fft(X, K), "the one you are building: corr2d_fft"),
        ],
        right=[
            lambda X, K: (windows_of(X, K) * K).sum((-1, -2)),
            lambda X, K: torch.einsum("ijab,ab->ij", windows_of(X, K), K),
            lambda X, K: windows_of(X, K).flatten(2) @ K.flatten(),
            lambda X, K: torch.tensordot(windows_of(X, K), K, dims=2),
            by_unfold_layer,
        ],
    ),
    "find_pattern": Answers(
        wrong=[
            Wrong(lambda X, T: place(score(X, T, mean=False, norm=False)), "Bright windows"),
            Wrong(lambda X, T: place(score(X, T, norm=False)), "much contrast"),
            Wrong(lambda X, T: place(score(X, T, mean=False)), "means are not taken away"),
            Wrong(lambda X, T: place(score(X, T).abs()), "negative of T"),
            Wrong(lambda X, T: place(score(X, T) ** 2), "negative of T"),
            Wrong(lambda X, T: place(score(X, T, small=0)), "NaN"),
            Wrong(lambda X, T: place(score(X, T))[::-1], "swapped"),
            Wrong(lambda X, T: int(score(X, T).argmax()), "counts through all rows"),
            Wrong(lambda X, T: place(-score(X, T)), "least like T"),
            Wrong(lambda X, T: score(X, T).max()),
            Wrong(middle, "window's middle"),
            Wrong(lambda X, T: place(score(X, T, power=1)), "the norm is a root"),
            Wrong(lambda X, T: place(score(X, T, small=0).nan_to_num(-1)), "should score 0"),
            Wrong(lambda X, T: place(score(X, T, small=1.0))),
            Wrong(lambda X, T: place((windows_of(X, T) - T).abs().sum((2, 3)))),
        ],
        right=[lambda X, T: place(score(X, T)), by_loop, nan_to_zero, by_unravel, by_cosine],
    ),
}


class TestLesson01(LessonAnswers):
    lesson, answers = "01", ANSWERS
