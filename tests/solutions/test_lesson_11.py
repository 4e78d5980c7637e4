"""Lesson 11: what a learner may type."""

import torch
from torch import nn
from torch.nn import functional as F

from convlab import corr2d, corr3d
from tests.support.answers import Answers, LessonAnswers, Wrong


def blur_by_full_kernel(X, k):
    return corr3d(X, k[:, None, None] * k[:, None] * k)


def blur_by_full_conv3d(X, k):
    return F.conv3d(X[None, None], torch.einsum("a,b,c->abc", k, k, k)[None, None])[0, 0]


def blur_of_the_slice_at_once(X, k):
    return corr3d(corr3d(X, (k[:, None] * k)[None]), k.reshape(-1, 1, 1))


def blur_of_the_slice_last(X, k):
    return corr3d(corr3d(X, k.reshape(-1, 1, 1)), (k[:, None] * k)[None])


def blur_forgetting_the_pass_before(X, k):
    corr3d(X, k.reshape(-1, 1, 1))
    corr3d(X, k.reshape(1, -1, 1))
    return corr3d(X, k.reshape(1, 1, -1))


def blur_as_a_sum(X, k):
    sizes = [slice(n - len(k) + 1) for n in X.shape]
    shapes = ((-1, 1, 1), (1, -1, 1), (1, 1, -1))
    return sum(corr3d(X, k.reshape(shape))[tuple(sizes)] for shape in shapes)


def blur_of_the_slices_only(X, k):
    X = corr3d(X, k.reshape(1, -1, 1))
    return corr3d(X, k.reshape(1, 1, -1))


def blur_without_a_gradient(X, k):
    return blur_in_another_order(X, torch.tensor(k.tolist(), dtype=k.dtype))


def blur_in_another_order(X, k):
    for shape in ((1, 1, -1), (-1, 1, 1), (1, -1, 1)):
        X = corr3d(X, k.view(shape))
    return X


def blur_by_windows(X, k):
    for axis in range(3):
        X = X.unfold(axis, len(k), 1) @ k
    return X


def blur_by_conv3d(X, k):
    Y = F.conv3d(X[None, None], k[None, None, :, None, None])
    Y = F.conv3d(Y, k[None, None, None, :, None])
    return F.conv3d(Y, k[None, None, None, None, :])[0, 0]


def blur_by_shifts(X, k):
    for axis in range(3):
        size = X.shape[axis] - len(k) + 1
        X = sum(weight * X.narrow(axis, i, size) for i, weight in enumerate(k))
    return X


def blur_by_slices(X, k):
    planes = [corr2d(corr2d(plane, k[:, None]), k[None]) for plane in X]
    windows = [planes[z : z + len(k)] for z in range(len(planes) - len(k) + 1)]
    return torch.stack([sum(w * plane for w, plane in zip(k, window)) for window in windows])  # noqa: B905


def kernel_by_roll(step):
    K = torch.zeros(2, 3, 3)
    K[:, 1, 1] = torch.tensor([-1.0, 1.0])
    K[0] = K[0].roll((-step[0], -step[1]), dims=(0, 1))
    return K


def kernel_by_loops(step):
    rows = range(3)
    first = [[-1.0 if (1 - r, 1 - c) == tuple(step) else 0.0 for c in rows] for r in rows]
    second = [[float(r == c == 1) for c in rows] for r in rows]
    return torch.tensor([first, second])


def kernel_by_table(step):
    dy, dx = step
    past = F.one_hot(torch.tensor(4 - 3 * dy - dx), 9)
    now = F.one_hot(torch.tensor(4), 9)
    return torch.stack([-past, now]).reshape(2, 3, 3).float()


def kernel_by_index(step):
    K = torch.zeros(18)
    K[9 + 4], K[4 - 3 * step[0] - step[1]] = 1, -1
    return K.view(2, 3, 3)


def kernel_the_other_way(step):
    K = torch.zeros(2, 3, 3)
    K[1, 1, 1], K[0, 1 + step[0], 1 + step[1]] = 1, -1
    return K


def kernel_of_rows_and_columns_swapped(step):
    return kernel_by_roll(step[::-1])


def kernel_in_one_frame(step):
    K = torch.zeros(2, 3, 3)
    K[1, 1, 1], K[1, 1 - step[0], 1 - step[1]] = 1, -1
    return K


def kernel_seen_from_the_past(step):
    K = torch.zeros(2, 3, 3)
    K[0, 1, 1], K[1, 1 + step[0], 1 + step[1]] = -1, 1
    return K


class Plain(nn.Module):
    """Right; the wrong ones below change one thing."""

    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__()
        self.spatial = nn.Conv3d(in_channels, mid_channels, (1, k, k), padding=(0, k // 2, k // 2))
        self.temporal = nn.Conv3d(mid_channels, out_channels, (k, 1, 1), padding=(k // 2, 0, 0))

    def forward(self, X):
        X = self.spatial(X)
        X = torch.relu(X)
        return self.temporal(X)


class Same(Plain):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__(in_channels, mid_channels, out_channels, k)
        self.spatial = nn.Conv3d(in_channels, mid_channels, (1, k, k), padding="same")
        self.temporal = nn.Conv3d(mid_channels, out_channels, (k, 1, 1), padding="same")


class WithModule(Plain):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__(in_channels, mid_channels, out_channels, k)
        self.relu = nn.ReLU()

    def forward(self, X):
        return self.temporal(self.relu(self.spatial(X)))


class Clamped(Plain):
    def forward(self, X):
        return self.temporal(self.spatial(X).clamp(min=0))


class WithoutReLU(Plain):
    def forward(self, X):
        return self.temporal(self.spatial(X))


class ReLUAtTheEnd(Plain):
    def forward(self, X):
        return self.temporal(self.spatial(X)).relu()


class Unpadded(Plain):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__(in_channels, mid_channels, out_channels, k)
        self.spatial = nn.Conv3d(in_channels, mid_channels, (1, k, k))
        self.temporal = nn.Conv3d(mid_channels, out_channels, (k, 1, 1))


class FullKernel(Plain):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__(in_channels, mid_channels, out_channels, k)
        self.spatial = nn.Conv3d(in_channels, mid_channels, k, padding=k // 2)


class PaddedInTimeTwice(Plain):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__(in_channels, mid_channels, out_channels, k)
        self.spatial = nn.Conv3d(in_channels, mid_channels, (1, k, k), padding=k // 2)


class WithoutBias(Plain):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__(in_channels, mid_channels, out_channels, k)
        padding = (k // 2, 0, 0)
        self.temporal = nn.Conv3d(
            mid_channels, out_channels, (k, 1, 1), padding=padding, bias=False
        )


class OtherNames(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__()
        self.net = Plain(in_channels, mid_channels, out_channels, k)

    def forward(self, X):
        return self.net(X)


class SpatialTwice(Plain):
    def forward(self, X):
        return self.temporal(torch.where(self.spatial(X) > 0, self.spatial(X), 0.0))


ANSWERS = {
    "video_shape": Answers(
        wrong=[
            Wrong((2, 8, 10, 22, 14), "rows before columns"),
            Wrong((2, 1, 10, 14, 22), "summed over"),
            Wrong((2, 8, 8, 14, 22), "padding along D is forgotten"),
            Wrong((2, 8, 10, 28, 44), "stride is forgotten"),
            Wrong((2, 8, 9, 13, 21), "One window is missing"),
            Wrong((2, 8, 10, 15, 23), "H and W are too long"),
            Wrong([8, 10, 14, 22], "batch is missing"),
        ],
        right=[
            (2, 8, 10, 14, 22),
            [2, 8, 10, 14, 22],
            torch.Size([2, 8, 10, 14, 22]),
            torch.zeros(2, 8, 10, 14, 22).shape,
        ],
    ),
    "blur3d": Answers(
        wrong=[
            Wrong(blur_by_full_kernel, "multiplications where"),
            Wrong(blur_by_full_conv3d, "multiplications where"),
            Wrong(blur_of_the_slice_at_once, "multiplications where"),
            Wrong(blur_of_the_slice_last, "multiplications where"),
            Wrong(blur_forgetting_the_pass_before, "slides along W only"),
            Wrong(blur_as_a_sum),
            Wrong(blur_of_the_slices_only, "pass along D is missing"),
            Wrong(blur_without_a_gradient, "no gradient reaches k"),
            Wrong(lambda X, k: blur_by_windows(X, k.flip(0)), "turned"),
            Wrong(lambda X, k: blur_by_windows(X, k) / k.sum() ** 3, "divided by its sum"),
        ],
        right=[
            blur_in_another_order,
            blur_by_windows,
            blur_by_conv3d,
            blur_by_shifts,
            blur_by_slices,
        ],
    ),
    "motion_kernel": Answers(
        wrong=[
            Wrong(kernel_the_other_way, "motion the other way"),
            Wrong(kernel_of_rows_and_columns_swapped, "Rows and columns are swapped"),
            Wrong(lambda step: kernel_by_roll(step).flip(0), "frames are swapped"),
            Wrong(lambda step: -kernel_by_roll(step), "signs are exchanged"),
            Wrong(lambda step: kernel_by_roll(step).abs(), "adds the frames"),
            Wrong(lambda step: kernel_by_roll((0, 0)), "does not use step"),
            Wrong(kernel_in_one_frame),
            Wrong(kernel_seen_from_the_past, "this is the kernel seen from the past"),
            Wrong(lambda step: torch.zeros(2, 3, 3), "0 everywhere"),
            Wrong(lambda step: kernel_by_roll(step).double(), "wrong dtype"),
        ],
        right=[kernel_by_roll, kernel_by_loops, kernel_by_table, kernel_by_index],
    ),
    "Conv2Plus1d": Answers(
        wrong=[
            Wrong(WithoutReLU, "There is no ReLU"),
            Wrong(ReLUAtTheEnd, "ReLU comes after both layers"),
            Wrong(Unpadded, "wrong shape"),
            Wrong(FullKernel, "spatial.weight has the wrong shape"),
            Wrong(PaddedInTimeTwice, "what spatial gives"),
            Wrong(WithoutBias, "no parameter called temporal.bias"),
            Wrong(OtherNames, "no layer called spatial"),
            Wrong(SpatialTwice, "self.spatial is called twice"),
        ],
        right=[Plain, Same, WithModule, Clamped],
    ),
}


class TestLesson11(LessonAnswers):
    lesson, answers = "11", ANSWERS
