"""Lesson 05: what a learner may type."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

import convlab
from tests.support.answers import Answers, LessonAnswers, Wrong


def span_of_k_times_d(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - kernel_size * dilation) // stride + 1


def size_by_loop(size, kernel_size, stride=1, padding=0, dilation=1):
    count, start = 0, -padding
    while start + dilation * (kernel_size - 1) < size + padding:
        count, start = count + 1, start + stride
    return count


def size_by_range(size, kernel_size, stride=1, padding=0, dilation=1):
    span = dilation * kernel_size - dilation + 1
    return len(range(0, size + 2 * padding - span + 1, stride))


def size_by_divmod(size, kernel_size, stride=1, padding=0, dilation=1):
    steps, _ = divmod(size + 2 * padding - dilation * (kernel_size - 1) - 1, stride)
    return 1 + steps


def size_by_torch(size, kernel_size, stride=1, padding=0, dilation=1):
    conv = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation)
    return conv(torch.zeros(1, 1, size)).shape[2]


class Separable(nn.Module):
    """The answer, with settings to spoil it."""

    padding = staticmethod(lambda k: k // 2)
    bias = False
    late = False
    groups = staticmethod(lambda channels: channels)

    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        super().__init__()
        first, second = (1, stride) if self.late else (stride, 1)
        self.depthwise = nn.Conv2d(
            in_channels,
            in_channels,
            kernel_size,
            first,
            self.padding(kernel_size),
            groups=self.groups(in_channels),
            bias=self.bias,
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, second, bias=self.bias)

    def forward(self, X):
        return self.pointwise(self.depthwise(X))


class StrideOnThePointwise(Separable):
    late = True


class StrideOnBoth(Separable):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        super().__init__(in_channels, out_channels, kernel_size, stride)
        self.pointwise.stride = stride, stride


class WithBias(Separable):
    bias = True


class WithoutPadding(Separable):
    padding = staticmethod(lambda k: 0)


class WithoutGroups(Separable):
    groups = staticmethod(lambda channels: 1)


class WithReLU(Separable):
    def forward(self, X):
        return self.pointwise(self.depthwise(X).relu())


class DepthwiseOnly(Separable):
    def forward(self, X):
        return self.depthwise(X)


class StrideForgotten(Separable):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        super().__init__(in_channels, out_channels, kernel_size)


class InSteps(Separable):
    def forward(self, X):
        filtered = self.depthwise(X)
        return self.pointwise(filtered)


class AsSequential(nn.Sequential):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        k, C = kernel_size, in_channels
        depthwise = nn.Conv2d(C, C, k, stride, (k - 1) // 2, groups=C, bias=False)
        pointwise = nn.Conv2d(C, out_channels, (1, 1), bias=False)
        layers = {"depthwise": depthwise, "pointwise": pointwise}
        super().__init__(OrderedDict(layers))


class PaddedByHand(Separable):
    padding = staticmethod(lambda k: 0)

    def forward(self, X):
        side = self.depthwise.kernel_size[0] // 2
        return self.pointwise(self.depthwise(F.pad(X, (side,) * 4)))


class WithOptions(Separable):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, **options):
        super().__init__(in_channels, out_channels, kernel_size, stride)
        self.options = options


def patches_by_loop(X, weight):
    _, _, h, w = weight.shape
    rows, columns = X.shape[1] // h, X.shape[2] // w
    cut = [
        X[:, i * h : (i + 1) * h, j * w : (j + 1) * w].flatten()
        for i in range(rows)
        for j in range(columns)
    ]
    return (weight.flatten(1) @ torch.stack(cut, dim=1)).reshape(-1, rows, columns)


def patches_by_product(X, weight):
    _, C, h, w = weight.shape
    tiles = X.reshape(C, 1, X.shape[1] // h, h, X.shape[2] // w, w).transpose(0, 1)
    return (weight[:, :, None, :, None, :] * tiles).sum((1, 3, 5))


def patches_by_einsum(X, weight):
    _, C, h, w = weight.shape
    tiles = X.reshape(C, X.shape[1] // h, h, X.shape[2] // w, w)
    return torch.einsum("ochw,cihjw->oij", weight, tiles)


def patches_by_unfold(X, weight):
    h, w = weight.shape[2:]
    tiles = X.unfold(1, h, h).unfold(2, w, w)  # (C, rows, columns, h, w)
    return torch.tensordot(weight, tiles, dims=([1, 2, 3], [0, 3, 4]))


def patches_last(X, weight):
    out, C, h, w = weight.shape
    tiles = X.reshape(C, X.shape[1] // h, h, -1, w).permute(1, 3, 0, 2, 4).flatten(2)
    return (tiles @ weight.reshape(out, -1).T).permute(2, 0, 1)


def weight_in_another_order(X, weight):
    return patches_by_loop(X, weight.permute(0, 2, 3, 1).reshape(weight.shape))


def channels_last(X, weight):
    out, C, h, w = weight.shape
    tiles = X.reshape(C, X.shape[1] // h, h, -1, w).permute(2, 4, 0, 1, 3)
    rows = weight.reshape(out, -1) @ tiles.reshape(C * h * w, -1)
    return rows.reshape(out, X.shape[1] // h, X.shape[2] // w)


def mean_of_channels(X, weight):
    return patches_by_loop(X, weight) / len(X)


def by_padding_and_convolving(X, weight):
    return F.conv2d(X[None], weight, stride=weight.shape[2:])[0]


def by_layer(X, weight):
    layer = nn.Conv2d(*weight.shape[1::-1], weight.shape[2:], weight.shape[2:], bias=False)
    return torch.func.functional_call(layer, {"weight": weight}, (X[None],))[0]


def by_every_window(X, weight):
    _, _, h, w = weight.shape
    windows = X.unfold(1, h, 1).unfold(2, w, 1)
    return torch.einsum("ochw,cijhw->oij", weight, windows)[:, ::h, ::w]


def first_channel_only(X, weight):
    return patches_by_loop(X[:1], weight[:, :1])


ANSWERS = {
    "strided_shape": Answers(
        wrong=[
            Wrong((3, 4), "names the vertical number first"),
            Wrong((3, 3), "padding above and below is forgotten"),
            Wrong((3, 5), "strides have changed places"),
            Wrong([3, 2], "steps from window to window"),
            Wrong((5, 4), "round down"),
            Wrong(12, "expected a tuple"),
        ],
        right=[(4, 3), [4, 3], torch.Size([4, 3]), tuple(torch.zeros(4, 3).shape)],
    ),
    "conv_output_size": Answers(
        wrong=[
            Wrong(span_of_k_times_d, "ends at its last number"),
            Wrong(lambda n, k, s=1, p=0, d=1: (n + 2 * p - k) // s + 1, "dilation is forgotten"),
            Wrong(lambda n, k, s=1, p=0, d=1: int((n + 2 * p - d * (k - 1)) / s) + 1),
            Wrong(lambda n, k, s=1, p=0, d=1: (n + 2 * p - d * (k - 1) - 1) / s + 1, "fraction"),
            Wrong(lambda n, k, s=1, p=0, d=1: round((n + 2 * p - d * (k - 1) - 1) / s) + 1),
            Wrong(size_by_torch, "that is the one you are building"),
            Wrong(convlab.conv_output_size, "that is the one you are building"),
            Wrong(
                lambda n, k, s=1, p=0, d=1: F.unfold(
                    torch.zeros(1, 1, n, 1), (k, 1), (d, 1), (p, 0), (s, 1)
                ).shape[2],
                "that is the one you are building",
            ),
        ],
        right=[
            size_by_loop,
            size_by_range,
            size_by_divmod,
            lambda n, k, s=1, p=0, d=1: (n + 2 * p - d * (k - 1) - 1 + s) // s,
            lambda n, k, s=1, p=0, d=1: int((n + 2 * p - d * (k - 1) - 1) / s + 1),
        ],
    ),
    "layer_cost": Answers(
        wrong=[
            Wrong((600, 153_600), "without the biases"),
            Wrong((608, 614_400), "each place of the output"),
            Wrong((608, 117_600), "padding is forgotten"),
            Wrong((208, 51_200), "as deep as the input"),
            Wrong((153_600, 608), "parameters come first"),
            Wrong((608, 307_200), "additions are not counted"),
            Wrong((608, 155_648), "take no multiplication"),
            Wrong((608, 153_608), "take no multiplication"),
            Wrong((608, 19_200), "one block only"),
            Wrong((128, 30_720), "5 high and 5 wide"),
        ],
        right=[
            (608, 153_600),
            [608, 153_600],
            (8 * 3 * 5 * 5 + 8, 8 * 3 * 5 * 5 * 16 * 16),
            (nn.Conv2d(3, 8, 5).weight.numel() + 8, 600 * 16**2),
        ],
    ),
    "DepthwiseSeparable": Answers(
        wrong=[
            Wrong(StrideOnThePointwise),
            Wrong(WithBias, "depthwise.bias that this layer does not need"),
            Wrong(WithoutPadding, "wrong shape"),
            Wrong(WithoutGroups, "parameter depthwise.weight has the wrong shape"),
            Wrong(WithReLU, "goes into pointwise"),
            Wrong(DepthwiseOnly, "self.pointwise is never called"),
            Wrong(StrideForgotten),
            Wrong(StrideOnBoth, "taken twice"),
        ],
        right=[InSteps, AsSequential, PaddedByHand, WithOptions],
    ),
    "embed_patches": Answers(
        wrong=[
            Wrong(channels_last, "in the order (h, w, C)"),
            Wrong(weight_in_another_order),
            Wrong(mean_of_channels),
            Wrong(first_channel_only),
            Wrong(by_padding_and_convolving, "that is the one you are building: F.conv2d"),
            Wrong(by_layer, "that is the one you are building: F.conv2d"),
            Wrong(by_every_window, "multiplications where"),
            Wrong(patches_by_loop, "is there still a loop"),
            Wrong(lambda X, weight: patches_by_loop(X, weight).mT),
        ],
        right=[patches_by_product, patches_by_einsum, patches_by_unfold, patches_last],
    ),
}


class TestLesson05(LessonAnswers):
    lesson, answers = "05", ANSWERS
