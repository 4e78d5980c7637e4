"""Answers to lesson 10: shapes, averages, causal convolutions and how far back they see."""

import torch
from torch.nn import functional as F

from convlab.nn import functional
from convlab.solutions.exercise import Exercise, Mistake

TITLE = "One dimension: Conv1d"

# 8 signals stay, 16 kernels make 16 channels; 5 samples with dilation 3 span 3 * 4 + 1 = 13.
layer_shape = (8, 16, (100 - 13) // 2 + 1)


def moving_average(X, kernel_size):
    """The mean of the kernel_size samples around each sample, each channel for itself.

    X (N, C, L), float32 or float64; kernel_size k, odd and at most L. Gives (N, C, L).
    At the ends the mean is over the samples that exist.
    """
    C = X.shape[1]
    ones = torch.ones(C, 1, kernel_size, dtype=X.dtype, device=X.device)
    sums = F.conv1d(X, ones, padding=kernel_size // 2, groups=C)
    counts = F.conv1d(torch.ones_like(X), ones, padding=kernel_size // 2, groups=C)
    return sums / counts


def causal_conv1d(X, weight, dilation=1):
    """A convolution of the same length whose output at t sees X at t and before, nothing after.

    X (N, C, L); weight (O, C, k), whose last element meets the sample at t. Zeros stand before
    the first sample. Gives (N, O, L).
    """
    before = dilation * (weight.shape[2] - 1)
    return F.conv1d(F.pad(X, (before, 0)), weight, dilation=dilation)


def causal_reach(kernel_size, dilations):
    """How many samples from the earliest one that a stack sees to the present, both counted.

    kernel_size: one integer for all layers; dilations: a tuple, one integer a layer.
    Returns an integer.
    """
    return 1 + (kernel_size - 1) * sum(dilations)


def _layer_shape():
    layer = torch.nn.Conv1d(4, 16, 5, stride=2, dilation=3)
    return tuple(layer(torch.zeros(8, 4, 100)).shape)


def _average_cases(generator):
    yield torch.tensor([[[3.0, 6, 0, 3], [10, 20, 30, 60]]]), 3
    yield torch.tensor([[[3.0, 6, 0, 3, 9]]]), 1
    yield torch.tensor([[[6.0, 0, 0, 0, 12, 0]]]), 5
    yield torch.tensor([[[1.0, 2, 3]], [[10, 20, 30]]]), 3
    yield torch.tensor([[[1.0, 2, 6], [0, 3, 9]]]).transpose(1, 2), 1
    yield torch.arange(12.0).square().reshape(1, 4, 3).transpose(1, 2), 3
    yield torch.tensor([[[1.0, 5, 3, 7]]]).expand(2, 3, 4), 3
    for dtype in (torch.float32, torch.float64):
        for shape, k in (((1, 1, 9), 5), ((2, 3, 12), 3), ((3, 4, 7), 7), ((2, 5, 15), 9)):
            yield torch.randn(shape, generator=generator, dtype=dtype), k


def _sums(X, kernel_size, before):
    """Sums of windows that begin `before` samples early, zeros around, each channel for itself."""
    padded = F.pad(X, (before, kernel_size - 1 - before))
    return padded.unfold(2, kernel_size, 1).sum(dim=3)


def _counts(X, kernel_size):
    return _sums(torch.ones_like(X), kernel_size, kernel_size // 2)


def _past_mean(X, kernel_size):
    before = kernel_size - 1
    return _sums(X, kernel_size, before) / _sums(torch.ones_like(X), kernel_size, before)


def _repeated_ends(X, kernel_size):
    around = kernel_size // 2
    return F.pad(X, (around, around), "replicate").unfold(2, kernel_size, 1).mean(dim=3)


def _mixed_channels(X, kernel_size):
    sums = _sums(X, kernel_size, kernel_size // 2) / _counts(X, kernel_size)
    return sums.sum(dim=1, keepdim=True).expand_as(X)


def _causal(X, weight, dilation=1):
    """As it is specified, one product at a time."""
    outputs = []
    length, k = X.shape[2], weight.shape[2]
    for t in range(length):
        total = torch.zeros(len(X), len(weight), dtype=X.dtype, device=X.device)
        for i in range(k):
            past = t - (k - 1 - i) * dilation
            if past >= 0:
                total = total + X[:, :, past] @ weight[:, :, i].T
        outputs.append(total)
    return torch.stack(outputs, dim=2)


def _causal_cases(generator):
    yield torch.tensor([[[1.0, 2, 3, 4]]]), torch.tensor([[[10.0, 1]]]), 2
    yield torch.tensor([[[1.0, 2, 3, 4]]]), torch.tensor([[[10.0, 1]]]), 1
    yield torch.tensor([[[1.0, 2, 3, 4]]]), torch.tensor([[[5.0]]]), 1
    yield torch.tensor([[[1.0, 2, 3, 4, 5]]]), torch.tensor([[[100.0, 10, 1]]]), 1
    yield torch.tensor([[[1.0, 2, 3, 4, 5]]]), torch.tensor([[[10.0, 1]]]), 2
    yield torch.tensor([[[1.0, 2], [3, 4]]]), torch.tensor([[[1.0, 10, 100], [0, 1, 0]]]), 1
    yield torch.tensor([[[1.0, 2]]]), torch.tensor([[[1.0, 3]], [[0, 5]]]), 1
    yield torch.tensor([[[1.0, 2]]]), torch.tensor([[[1.0, 10, 100]]]), 3
    yield torch.tensor([[[1.0], [2], [3]]]).transpose(0, 2), torch.tensor([[[1.0], [5], [7]]]), 1
    yield torch.arange(8.0).reshape(1, 4, 2).transpose(1, 2), torch.tensor([[[1.0, 2], [3, 5]]]), 1
    yield (
        torch.tensor([[[1.0, 2, 4]]]).expand(2, 2, 3),
        torch.tensor([[[1.0, 3]]]).expand(1, 2, 2),
        1,
    )
    for dtype in (torch.float32, torch.float64):
        for signal, kernel, d in (
            ((1, 1, 8), (1, 1, 3), 1),
            ((2, 3, 9), (4, 3, 2), 3),
            ((3, 2, 12), (2, 2, 4), 2),
            ((2, 4, 7), (3, 4, 5), 4),
        ):
            X = torch.randn(signal, generator=generator, dtype=dtype)
            yield X, torch.randn(kernel, generator=generator, dtype=dtype), d


def _reach(kernel_size, dilations):
    """By a gradient: the earliest sample that changes the last output."""
    length = kernel_size * (1 + sum(dilations)) + 1
    with torch.enable_grad():
        X = Y = torch.zeros(1, 1, length, dtype=torch.float64, requires_grad=True)
        for d in dilations:
            ones = torch.ones(1, 1, kernel_size, dtype=torch.float64)
            Y = F.conv1d(F.pad(Y, (d * (kernel_size - 1), 0)), ones, dilation=d)
        seen = torch.autograd.grad(Y[0, 0, -1], X)[0][0, 0]
    return length - int(seen.nonzero()[0])


def _padded(before, behind):
    """A convolution with that many zeros on each side, as functions of k and dilation."""

    def convolution(X, weight, dilation=1):
        k = weight.shape[2]
        X = F.pad(X, (before(k, dilation), behind(k, dilation)))
        return F.conv1d(X, weight, dilation=dilation)

    return convolution


def _turned(X, weight, dilation=1):
    return causal_conv1d(X, weight.flip(2), dilation)


def _undilated(X, weight, dilation=1):
    return causal_conv1d(X, weight)


def _reach_cases(generator):
    yield 3, (1, 2, 4)
    yield 2, (1,)
    yield 3, (1,)
    yield 2, (1, 2, 4)
    yield 1, (1, 5)
    yield 3, (4,)
    yield 2, (1, 1, 1)
    yield 5, (3, 1, 2)
    for _ in range(8):
        k, layers = torch.randint(2, 6, (2,), generator=generator).tolist()
        yield k, tuple(torch.randint(1, 9, (layers,), generator=generator).tolist())


EXERCISES = {
    "layer_shape": Exercise(
        oracle=_layer_shape,
        difficulty=2,
        minutes=4,
        mistakes=(
            Mistake((8, 16, 48), "The dilation is forgotten: five samples, 3 apart, span more."),
            Mistake((8, 16, 88), "The stride is forgotten."),
            Mistake((8, 4, 44), "A convolution sums over the channels that come in."),
            Mistake((8, 44, 16), "The order is (N, C, L): the channels stand before the length."),
            Mistake(
                (8, 16, 43),
                "One window is missing: the first counts, too, and five samples have four gaps.",
            ),
            Mistake((8, 16, 45), "One window too many: the last would reach over the end."),
            Mistake((16, 8, 44), "The batch stays in front."),
            Mistake((16, 44), "The batch is missing."),
        ),
        hints=(
            "The batch stays. Which argument of the layer says how many channels come out?",
            "Five samples with dilation 3 span more than five: four steps of 3, and one.",
            "Windows of 13 start at 0, 2, 4, ..., at the latest at 100 - 13 = 87.",
        ),
    ),
    "moving_average": Exercise(
        oracle=lambda X, kernel_size: F.avg_pool1d(
            X, kernel_size, 1, kernel_size // 2, count_include_pad=False
        ),
        cases=_average_cases,
        difficulty=3,
        minutes=8,
        ready=(F.avg_pool1d, F.avg_pool2d, F.adaptive_avg_pool1d, functional.avg_pool1d),
        instead="Build the mean from a sum.",
        mistakes=(
            Mistake(
                lambda X, kernel_size: _sums(X, kernel_size, kernel_size // 2) / kernel_size,
                "At the ends the sum is divided by k, although fewer samples exist there.",
            ),
            Mistake(
                lambda X, kernel_size: _sums(X, kernel_size, kernel_size // 2),
                "These are the sums, not the means.",
            ),
            Mistake(
                lambda X, kernel_size: X.unfold(2, kernel_size, 1).mean(dim=3),
                "The length is not kept: windows that reach over an end are left out.",
            ),
            Mistake(_mixed_channels, "The other channels are in the sum, too."),
            Mistake(_repeated_ends, "At the ends the outermost sample is counted several times."),
            Mistake(_past_mean, "The window ends at its sample: it should lie around it."),
            Mistake(
                lambda X, kernel_size: X.mean(dim=2, keepdim=True).expand_as(X),
                "This is the mean of the whole signal, not of a window.",
            ),
        ),
        hints=(
            "First the sums: a kernel of ones, and padding that keeps the length.",
            "Each channel for itself is the depthwise setting of lesson 05: groups=C, "
            "weight (C, 1, k).",
            "How many samples exist in each window? Run the same kernel over a signal of ones.",
            "sums / counts, where counts = F.conv1d(torch.ones_like(X), ones, ...) with the same "
            "padding and groups.",
        ),
    ),
    "causal_conv1d": Exercise(
        oracle=_causal,
        cases=_causal_cases,
        difficulty=3,
        minutes=7,
        mistakes=(
            Mistake(
                _padded(lambda k, d: d * (k - 1) // 2, lambda k, d: d * (k - 1) - d * (k - 1) // 2),
                "There are zeros on both sides, so the output sees samples after t.",
            ),
            Mistake(
                _padded(lambda k, d: 0, lambda k, d: d * (k - 1)),
                "All zeros stand behind the signal, so the output sees the future only.",
            ),
            Mistake(
                _padded(lambda k, d: k - 1, lambda k, d: 0),
                "The zeros before the signal do not grow with the dilation.",
            ),
            Mistake(
                _padded(lambda k, d: d * k, lambda k, d: 0),
                "There are too many zeros before the signal: the present sample needs none.",
            ),
            Mistake(_turned, "The kernel is turned: its last element must meet the sample at t."),
            Mistake(_undilated, "The dilation is ignored."),
            Mistake(
                lambda X, weight, dilation=1: F.conv1d(X, weight, dilation=dilation),
                "Without zeros the length is not kept.",
            ),
            Mistake(
                _padded(lambda k, d: d * (k - 1), lambda k, d: d * (k - 1)),
                "There are zeros behind the signal, too, so the result is too long.",
            ),
        ),
        hints=(
            "F.conv1d itself may do the sum. What must stand before the first sample?",
            "F.pad(X, (left, right)) pads the last axis with zeros, each side for itself.",
            "For the output at t to end at t, the window needs all its samples but one to the "
            "left: k - 1 of them, dilation apart.",
            "F.conv1d(F.pad(X, (dilation * (k - 1), 0)), weight, dilation=dilation)",
        ),
    ),
    "causal_reach": Exercise(
        oracle=_reach,
        cases=_reach_cases,
        difficulty=3,
        minutes=6,
        core=False,
        mistakes=(
            Mistake(
                lambda kernel_size, dilations: (kernel_size - 1) * sum(dilations),
                "The present sample counts, too.",
            ),
            Mistake(
                lambda kernel_size, dilations: 1 + kernel_size * sum(dilations),
                "k weights are only k - 1 steps apart.",
            ),
            Mistake(
                lambda kernel_size, dilations: 1 + sum(dilations),
                "This is right for k = 2 only.",
            ),
            Mistake(
                lambda kernel_size, dilations: 1 + (kernel_size - 1) * len(dilations),
                "The dilations are not used, only how many layers there are.",
            ),
            Mistake(
                lambda kernel_size, dilations: 1 + (kernel_size - 1) * max(dilations),
                "This is the reach of the widest layer alone.",
            ),
            Mistake(
                lambda kernel_size, dilations: sum(1 + (kernel_size - 1) * d for d in dilations),
                "The present sample is counted once for each layer.",
            ),
            Mistake(
                lambda kernel_size, dilations: kernel_size ** len(dilations),
                "This counts paths through the layers, not samples.",
            ),
        ),
        hints=(
            "One layer with kernel k and dilation d: the present, and k - 1 steps of d back.",
            "The earliest sample of the second layer looks back again, as far as its own layer "
            "goes: the ways back add up.",
            "1 for the present, plus (k - 1) * d for each layer.",
        ),
    ),
}
