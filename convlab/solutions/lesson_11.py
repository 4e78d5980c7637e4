"""Answers to the lesson on three dimensions."""

import torch
from torch import nn
from torch.nn import functional as F

from convlab.corr import corr3d
from convlab.solutions.exercise import Exercise

TITLE = "Three dimensions: Conv3d"


video_shape = (2, 8, 10 + 2 * 1 - 3 + 1, (32 - 5) // 2 + 1, (48 - 5) // 2 + 1)


def blur3d(X, k):
    """Slide k along D, then along H, then along W: three 1-D passes.

    X (D, H, W) and k (n,), of one dtype; the result is (D - n + 1, H - n + 1, W - n + 1).
    """
    X = corr3d(X, k.reshape(-1, 1, 1))
    X = corr3d(X, k.reshape(1, -1, 1))
    return corr3d(X, k.reshape(1, 1, -1))


def motion_kernel(step):
    """A kernel (2, 3, 3), float32, that answers 0 everywhere to motion by `step` a frame.

    step is (dy, dx), each -1, 0 or 1: rows downwards and columns to the right.
    1 in the middle of the second frame, -1 where this pixel was in the first; else 0.
    """
    dy, dx = step
    K = torch.zeros(2, 3, 3)
    K[1, 1, 1] = 1
    K[0, 1 - dy, 1 - dx] = -1
    return K


class Conv2Plus1d(nn.Module):
    """A k x k convolution within each frame, ReLU, then one of length k along time.

    in_channels, mid_channels, out_channels: integers; k: an odd integer.
    Layers, both nn.Conv3d with a bias: spatial, from in_channels to mid_channels, and
    temporal, from mid_channels to out_channels. Zero padding keeps D, H and W.
    forward takes X (N, in_channels, D, H, W) and gives (N, out_channels, D, H, W).
    """

    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__()
        p = k // 2
        self.spatial = nn.Conv3d(in_channels, mid_channels, (1, k, k), padding=(0, p, p))
        self.temporal = nn.Conv3d(mid_channels, out_channels, (k, 1, 1), padding=(p, 0, 0))

    def forward(self, X):
        return self.temporal(F.relu(self.spatial(X)))


def _video_shape():
    conv = nn.Conv3d(1, 8, kernel_size=(3, 5, 5), stride=(1, 2, 2), padding=(1, 0, 0))
    return tuple(conv(torch.zeros(2, 1, 10, 32, 48)).shape)


def _blur3d(X, k):
    """The full kernel at once."""
    K = torch.einsum("a,b,c->abc", k, k, k)
    return F.conv3d(X[None, None], K[None, None])[0, 0]


def _motion_kernel(step):
    now = F.pad(torch.ones(1, 1), (1, 1, 1, 1))
    before = now.roll([-pixels for pixels in step], (0, 1))
    return torch.stack([0 - before, now])


class _Conv2Plus1dOracle(nn.Module):
    """The same by conv2d on each frame and conv1d on each pixel."""

    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__()
        self.spatial = nn.Conv3d(in_channels, mid_channels, (1, k, k))
        self.temporal = nn.Conv3d(mid_channels, out_channels, (k, 1, 1))

    def forward(self, X):
        n, _, d, h, w = X.shape
        k = self.temporal.kernel_size[0]
        planes = X.movedim(2, 1).flatten(0, 1)
        kernel = self.spatial.weight.squeeze(2)
        planes = F.conv2d(planes, kernel, self.spatial.bias, padding=k // 2).clamp(min=0)
        series = planes.unflatten(0, (n, d)).permute(0, 3, 4, 2, 1).flatten(0, 2)
        kernel = self.temporal.weight.flatten(2)
        series = F.conv1d(series, kernel, self.temporal.bias, padding=k // 2)
        return series.unflatten(0, (n, h, w)).permute(0, 3, 4, 1, 2)


def _blur3d_cases(generator):
    ones = torch.ones(2, 2, 2)
    yield ones, torch.tensor([2.0])
    yield ones, torch.tensor([1.0, 1.0])
    yield torch.arange(8.0).reshape(2, 2, 2), torch.tensor([1.0, 2.0])
    yield torch.arange(24.0).reshape(2, 3, 4), torch.tensor([-1.0, 1.0])
    yield torch.arange(60.0).reshape(3, 4, 5), torch.tensor([1.0, 0.0, 3.0])
    for dtype in (torch.float32, torch.float64):
        for shape, n in (((5, 6, 7), 3), ((4, 9, 5), 4), ((6, 5, 5), 5)):
            X = torch.randn(shape, generator=generator, dtype=dtype)
            yield X, torch.randn(n, generator=generator, dtype=dtype)


def _motion_kernel_cases(generator):
    yield from (((0, 1),), ((1, 0),), ((0, -1),), ((-1, 0),), ((0, 0),))
    yield from (((1, 1),), ((1, -1),), ((-1, -1),), ((-1, 1),))


def _conv2plus1d_cases(generator):
    def double(*shape):
        return torch.randn(shape, generator=generator)

    yield (1, 1, 1, 1), (torch.tensor([-2.0, 0.0, 3.0]).reshape(1, 1, 3, 1, 1),)
    yield (1, 2, 1), (double(1, 1, 3, 3, 3),)
    yield (2, 3, 4, 3), (double(2, 2, 4, 5, 6),)
    yield (3, 2, 2, 5), (double(1, 3, 6, 5, 7),)
    yield (2, 5, 3), (double(2, 2, 1, 4, 3),)


EXERCISES = {
    "video_shape": Exercise(
        oracle=_video_shape,
        hints=(
            "N stays, C becomes the number of output channels. Then one size for each axis.",
            "Each axis on its own: floor((n + 2p - k) / s) + 1.",
            "D: n = 10, k = 3, s = 1, p = 1. H: n = 32, k = 5, s = 2, p = 0.",
        ),
    ),
    "blur3d": Exercise(
        oracle=_blur3d,
        cases=_blur3d_cases,
        hints=(
            "A kernel that slides along D only has the shape (n, 1, 1).",
            "Which shapes slide along H only, and along W only? Feed each result to the next.",
            "X = corr3d(X, k.reshape(-1, 1, 1)), and two more like it.",
        ),
    ),
    "motion_kernel": Exercise(
        oracle=_motion_kernel,
        cases=_motion_kernel_cases,
        hints=(
            "[1, 1] is the middle of a 3 x 3 frame; K[1, 1, 1] is that of the second frame.",
            "What is now in the middle and came from the left (dx = 1) was at column 0 before.",
            "The place before is the middle minus the step: K[0, 1 - dy, 1 - dx].",
        ),
    ),
    "Conv2Plus1d": Exercise(
        oracle=_Conv2Plus1dOracle,
        cases=_conv2plus1d_cases,
        hints=(
            "nn.Conv3d takes a tuple for kernel_size and one for padding, in the order (D, H, W).",
            "spatial: kernel_size (1, k, k) and padding (0, k // 2, k // 2). And temporal?",
            "forward: the spatial layer, F.relu, the temporal layer, in this order.",
        ),
    ),
}
