"""Lesson 10: what a learner may type."""

import torch
from torch import nn
from torch.nn import functional as F

import convlab
from tests.support.answers import Answers, LessonAnswers, Wrong


def average_by_loop(X, kernel_size):
    around = kernel_size // 2
    windows = [X[:, :, max(0, t - around) : t + around + 1] for t in range(X.shape[2])]
    return torch.stack([window.mean(dim=2) for window in windows], dim=2)


def average_by_one_channel_at_a_time(X, kernel_size):
    ones = torch.ones(1, 1, kernel_size, dtype=X.dtype)
    flat = X.flatten(0, 1)[:, None]
    sums = F.conv1d(flat, ones, padding=kernel_size // 2)
    counts = F.conv1d(torch.ones_like(flat), ones, padding=kernel_size // 2)
    return (sums / counts)[:, 0].view(X.shape)


def average_by_cumulative_sums(X, kernel_size):
    length, around = X.shape[2], kernel_size // 2
    sums = F.pad(X.cumsum(dim=2), (1, 0))
    first = (torch.arange(length) - around).clamp(min=0)
    last = (torch.arange(length) + around + 1).clamp(max=length)
    return (sums[:, :, last] - sums[:, :, first]) / (last - first)


def average_by_windows(X, kernel_size):
    around = kernel_size // 2
    windows = F.pad(X, (around, around), value=torch.nan).unfold(2, kernel_size, 1)
    return windows.nanmean(dim=3)


def average_by_matrix(X, kernel_size):
    places = torch.arange(X.shape[2])
    near = (places[:, None] - places).abs() <= kernel_size // 2
    return X @ (near / near.sum(dim=0)).to(X.dtype)


def average_of_first_channel(X, kernel_size):
    return average_by_loop(X[:, :1], kernel_size).expand_as(X)


def average_with_the_gradient_cut(X, kernel_size):
    return average_by_loop(X.detach(), kernel_size)


def mixing_channels(X, kernel_size):
    C = X.shape[1]
    ones = torch.ones(C, C, kernel_size, dtype=X.dtype)
    sums = F.conv1d(X, ones, padding=kernel_size // 2)
    return sums / average_counts(X, kernel_size)


def average_counts(X, kernel_size):
    ones = torch.ones(1, 1, kernel_size, dtype=X.dtype)
    return F.conv1d(torch.ones_like(X[:1, :1]), ones, padding=kernel_size // 2)


def causal_by_cut(X, weight, dilation=1):
    padding = dilation * (weight.shape[2] - 1)
    return F.conv1d(X, weight, padding=padding, dilation=dilation)[:, :, : X.shape[2]]


def causal_by_zeros(X, weight, dilation=1):
    zeros = torch.zeros(len(X), X.shape[1], dilation * (weight.shape[2] - 1), dtype=X.dtype)
    return F.conv1d(torch.cat([zeros, X], dim=2), weight, dilation=dilation)


def causal_by_shifts(X, weight, dilation=1):
    k, length = weight.shape[2], X.shape[2]
    total = 0
    for i in range(k):
        shift = (k - 1 - i) * dilation
        past = F.pad(X, (shift, 0))[:, :, :length]
        total = total + torch.einsum("ncl,oc->nol", past, weight[:, :, i])
    return total


def causal_by_layer(X, weight, dilation=1):
    layer = nn.ConstantPad1d((dilation * (weight.shape[2] - 1), 0), 0.0)
    return F.conv1d(layer(X), weight, dilation=dilation)


def causal_cut_at_the_wrong_end(X, weight, dilation=1):
    padding = dilation * (weight.shape[2] - 1)
    return F.conv1d(X, weight, padding=padding, dilation=dilation)[:, :, -X.shape[2] :]


def causal_with_repeated_start(X, weight, dilation=1):
    before = dilation * (weight.shape[2] - 1)
    return F.conv1d(F.pad(X, (before, 0), mode="replicate"), weight, dilation=dilation)


def reach_by_loop(kernel_size, dilations):
    reach = 1
    for dilation in dilations:
        reach += (kernel_size - 1) * dilation
    return reach


def reach_by_sets(kernel_size, dilations):
    seen = {0}
    for dilation in dilations:
        seen = {t - i * dilation for t in seen for i in range(kernel_size)}
    return 1 - min(seen)


ANSWERS = {
    "layer_shape": Answers(
        wrong=[
            Wrong((8, 16, 48), "dilation is forgotten"),
            Wrong((8, 16, 88), "stride is forgotten"),
            Wrong((8, 4, 44), "sums over the channels"),
            Wrong((8, 44, 16), "channels stand before the length"),
            Wrong((8, 16, 43), "One window is missing"),
            Wrong((8, 16, 45), "One window too many"),
            Wrong((16, 44), "batch is missing"),
        ],
        right=[
            (8, 16, 44),
            [8, 16, 44],
            torch.Size([8, 16, 44]),
            tuple(torch.zeros(8, 16, 44).shape),
        ],
    ),
    "moving_average": Answers(
        wrong=[
            Wrong(
                lambda X, kernel_size: (
                    F.pad(X, (kernel_size // 2,) * 2).unfold(2, kernel_size, 1).mean(3)
                ),
                "divided by k",
            ),
            Wrong(
                lambda X, kernel_size: F.avg_pool1d(
                    X, kernel_size, 1, kernel_size // 2, count_include_pad=False
                ),
                "the one you are building: F.avg_pool1d",
            ),
            Wrong(
                lambda X, kernel_size: nn.AvgPool1d(kernel_size, 1, kernel_size // 2)(X),
                "the one you are building: F.avg_pool1d",
            ),
            Wrong(
                lambda X, kernel_size: convlab.nn.AvgPool1d(
                    kernel_size, 1, kernel_size // 2, count_include_pad=False
                )(X),
                "the one you are building: avg_pool1d",
            ),
            Wrong(mixing_channels, "other channels are in the sum"),
            Wrong(average_of_first_channel),
            Wrong(
                lambda X, kernel_size: X.unfold(2, kernel_size, 1).sum(3) / kernel_size,
                "length is not kept",
            ),
            Wrong(
                lambda X, kernel_size: (
                    average_by_loop(X, kernel_size) * average_counts(X, kernel_size)
                ),
                "the sums, not the means",
            ),
            Wrong(average_with_the_gradient_cut, "no gradient reaches X"),
        ],
        right=[
            average_by_loop,
            average_by_one_channel_at_a_time,
            average_by_cumulative_sums,
            average_by_windows,
            average_by_matrix,
        ],
    ),
    "causal_conv1d": Answers(
        wrong=[
            Wrong(
                lambda X, weight, dilation=1: F.conv1d(
                    X, weight, padding="same", dilation=dilation
                ),
                "zeros on both sides",
            ),
            Wrong(causal_cut_at_the_wrong_end, "sees the future only"),
            Wrong(
                lambda X, weight, dilation=1: F.conv1d(
                    F.pad(X, (weight.shape[2] - 1, 0)), weight, dilation=dilation
                ),
                "do not grow with the dilation",
            ),
            Wrong(lambda X, weight, dilation=1: causal_by_cut(X, weight), "dilation is ignored"),
            Wrong(
                lambda X, weight, dilation=1: causal_by_cut(X, weight.flip(2), dilation),
                "kernel is turned",
            ),
            Wrong(
                lambda X, weight, dilation=1: F.conv1d(
                    X, weight, padding=dilation * (weight.shape[2] - 1), dilation=dilation
                ),
                "too long",
            ),
            Wrong(causal_with_repeated_start),
            Wrong(
                lambda X, weight, dilation=1: causal_by_cut(X, weight[:1], dilation).expand(
                    -1, len(weight), -1
                )
            ),
        ],
        right=[causal_by_cut, causal_by_zeros, causal_by_shifts, causal_by_layer],
    ),
    "causal_reach": Answers(
        wrong=[
            Wrong(
                lambda kernel_size, dilations: (kernel_size - 1) * sum(dilations), "present sample"
            ),
            Wrong(lambda kernel_size, dilations: kernel_size * sum(dilations) + 1, "k - 1 steps"),
            Wrong(lambda kernel_size, dilations: 1 + sum(dilations), "right for k = 2 only"),
            Wrong(lambda kernel_size, dilations: kernel_size ** len(dilations), "counts paths"),
            Wrong(lambda kernel_size, dilations: 2 * max(dilations)),
            Wrong(
                lambda kernel_size, dilations: (kernel_size - 1) * len(dilations) + 1,
                "dilations are not used",
            ),
        ],
        right=[
            reach_by_loop,
            reach_by_sets,
            lambda kernel_size, dilations: sum((kernel_size - 1) * d for d in dilations) + 1,
            lambda kernel_size, dilations: kernel_size * sum(dilations) - sum(dilations) + 1,
        ],
    ),
}


class TestLesson10(LessonAnswers):
    lesson, answers = "10", ANSWERS
