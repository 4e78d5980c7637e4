"""Answers to the lesson on three dimensions."""

from itertools import permutations
from math import prod

import torch
from torch import nn
from torch.nn import functional as F

from convlab.corr import corr3d
from convlab.solutions.exercise import Exercise, Mistake

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


class _Frames(nn.Conv3d):
    """A kernel (1, k, k) by conv2d on each frame."""

    def forward(self, input):
        planes = input.movedim(2, 1).flatten(0, 1)
        planes = F.conv2d(planes, self.weight.squeeze(2), self.bias, padding="same")
        return planes.unflatten(0, (len(input), -1)).movedim(1, 2)


class _Times(nn.Conv3d):
    """A kernel (k, 1, 1) by conv1d on each pixel."""

    def forward(self, input):
        n, _, _, h, w = input.shape
        series = input.permute(0, 3, 4, 1, 2).flatten(0, 2)
        series = F.conv1d(series, self.weight.flatten(2), self.bias, padding="same")
        return series.unflatten(0, (n, h, w)).permute(0, 3, 4, 1, 2)


class _Conv2Plus1dOracle(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels, k=3):
        super().__init__()
        self.spatial = _Frames(in_channels, mid_channels, (1, k, k))
        self.temporal = _Times(mid_channels, out_channels, (k, 1, 1))

    def forward(self, X):
        return self.temporal(self.spatial(X).clamp(min=0))


class _WithoutReLU(Conv2Plus1d):
    def forward(self, X):
        return self.temporal(self.spatial(X))


class _ReLUAtTheEnd(Conv2Plus1d):
    def forward(self, X):
        return F.relu(self.temporal(self.spatial(X)))


class _ReLUTwice(Conv2Plus1d):
    def forward(self, X):
        return F.relu(super().forward(X))


def _three_passes(X, k):
    """The most that three passes make, in whatever order, and one more for each voxel."""
    after = [n - len(k) + 1 for n in X.shape]

    def cost(order):
        shape, total = list(X.shape), 0
        for axis in order:
            shape[axis] = after[axis]
            total += len(k) * prod(shape)
        return total

    return max(map(cost, permutations(range(3)))) + X.numel()


def _passes(*axes):
    """Slide k along these axes only."""

    def blur(X, k):
        for axis in axes:
            X = corr3d(X, k.reshape([-1 if a == axis else 1 for a in range(3)]))
        return X

    return blur


def _product(X, k):
    """The passes made on X each for itself, and multiplied."""
    sizes = [slice(n - len(k) + 1) for n in X.shape]
    along = [_passes(axis)(X, k)[tuple(sizes)] for axis in range(3)]
    return along[0] * along[1] * along[2]


def _blur3d_cases(generator):
    yield torch.tensor([[[1.0, 0], [4, 3]], [[0, 5], [2, 0]]]), torch.tensor([1.0, 2])
    yield torch.tensor([[[2.0, 7]]]), torch.tensor([3.0])
    yield torch.arange(8.0).reshape(2, 2, 2).transpose(0, 2), torch.tensor([1.0, -3])
    yield torch.tensor([1.0, 2, 5]).expand(2, 2, 3), torch.tensor([1.0, 4])
    yield torch.arange(12.0).reshape(2, 2, 3)[..., ::2], torch.tensor([[2.0], [1]])[:, 0]
    yield torch.arange(24.0).reshape(2, 3, 4), torch.tensor([-1.0, 1.0])
    yield torch.arange(60.0).reshape(3, 4, 5), torch.tensor([1.0, 0.0, 3.0])
    for dtype in (torch.float32, torch.float64):
        for shape, n in (((5, 6, 7), 3), ((4, 9, 5), 4), ((9, 9, 9), 5)):
            X = torch.randn(shape, generator=generator, dtype=dtype)
            yield X, torch.randn(n, generator=generator, dtype=dtype)


def _motion_kernel_cases(generator):
    yield from (((0, 1),), ((1, 0),), ((0, -1),), ((-1, 0),), ((0, 0),))
    yield from (((1, 1),), ((1, -1),), ((-1, -1),), ((-1, 1),))


def _shifted(frame, row, column, other=-1.0, now=1.0):
    """A kernel with `now` in the middle of a frame, `other` in the other frame where it says."""

    def kernel(step):
        dy, dx = step
        K = torch.zeros(2, 3, 3)
        K[frame, 1, 1] = now
        K[1 - frame, row(dy, dx), column(dy, dx)] = other
        return K

    return kernel


def _conv2plus1d_cases(generator):
    def random(*shape):
        return torch.randn(shape, generator=generator)

    yield (1, 1, 1, 1), (torch.tensor([-2.0, 0.0, 3.0]).reshape(1, 1, 3, 1, 1),)
    yield (1, 2, 1), (random(1, 1, 3, 3, 3),)
    yield (2, 3, 4, 3), (random(2, 2, 4, 5, 6),)
    yield (3, 2, 2, 5), (random(1, 3, 6, 5, 7),)
    yield (2, 5, 3), (random(2, 4, 2, 3, 3).transpose(1, 2),)
    yield (2, 1, 3), (random(1, 1, 3, 3, 3).expand(2, 2, 3, 3, 3),)


EXERCISES = {
    "video_shape": Exercise(
        oracle=_video_shape,
        difficulty=2,
        minutes=4,
        mistakes=(
            Mistake((2, 8, 10, 22, 14), "The order is (D, H, W): rows before columns."),
            Mistake((2, 1, 10, 14, 22), "The channels that come in are summed over."),
            Mistake((2, 8, 8, 14, 22), "The padding along D is forgotten."),
            Mistake((2, 8, 10, 28, 44), "The stride is forgotten."),
            Mistake((2, 8, 5, 14, 22), "The stride along D is 1."),
            Mistake(
                (2, 8, 9, 13, 21), "One window is missing on each axis: the first counts, too."
            ),
            Mistake(
                (2, 8, 10, 15, 23),
                "H and W are too long: only D is padded, and only windows that fit count.",
            ),
            Mistake((8, 10, 14, 22), "The batch is missing."),
        ),
        hints=(
            "N stays, C becomes the number of output channels. Then one size for each axis.",
            "Each axis on its own: floor((n + 2p - k) / s) + 1.",
            "D: n = 10, k = 3, s = 1, p = 1. H: n = 32, k = 5, s = 2, p = 0.",
        ),
    ),
    "blur3d": Exercise(
        oracle=_blur3d,
        cases=_blur3d_cases,
        difficulty=3,
        minutes=6,
        core=False,
        multiplications=_three_passes,
        mistakes=(
            Mistake(_passes(0), "The kernel slides along D only."),
            Mistake(
                _passes(2),
                "The kernel slides along W only: does each pass go on with the result before it?",
            ),
            Mistake(_passes(0, 1), "The pass along W is missing."),
            Mistake(_passes(1, 2), "The pass along D is missing."),
            Mistake(_passes(0, 0, 0), "All three passes go along D."),
            Mistake(
                _product,
                "The three results are multiplied: each pass must go on with the one before.",
            ),
            Mistake(lambda X, k: _passes(0, 1, 2)(X, k.flip(0)), "The kernel is turned."),
            Mistake(
                lambda X, k: _passes(0, 1, 2)(X, k / k.sum()),
                "k is used as it is: nothing is divided by its sum.",
            ),
        ),
        hints=(
            "A kernel that slides along D only has the shape (n, 1, 1).",
            "Which shapes slide along H only, and along W only? Feed each result to the next.",
            "X = corr3d(X, k.reshape(-1, 1, 1)), and two more like it.",
        ),
    ),
    "motion_kernel": Exercise(
        oracle=_motion_kernel,
        cases=_motion_kernel_cases,
        difficulty=3,
        minutes=7,
        mistakes=(
            Mistake(
                _shifted(1, lambda dy, dx: 1 + dy, lambda dy, dx: 1 + dx),
                "This answers 0 to motion the other way: where was the pixel one frame *before*?",
            ),
            Mistake(
                _shifted(1, lambda dy, dx: 1 - dx, lambda dy, dx: 1 - dy),
                "Rows and columns are swapped: step is (dy, dx).",
            ),
            Mistake(
                _shifted(1, lambda dy, dx: 1 + dx, lambda dy, dx: 1 + dy),
                "Rows and columns are swapped, and the motion is turned round.",
            ),
            Mistake(
                _shifted(0, lambda dy, dx: 1 - dy, lambda dy, dx: 1 - dx),
                "The frames are swapped: the 1 belongs to the second one, the present.",
            ),
            Mistake(
                _shifted(0, lambda dy, dx: 1 + dy, lambda dy, dx: 1 + dx),
                "The 1 stands in the first frame, the past: this is the kernel seen from there.",
            ),
            Mistake(
                _shifted(0, lambda dy, dx: 1 + dy, lambda dy, dx: 1 + dx, other=1.0, now=-1.0),
                "The -1 stands in the middle of the first frame: this is the kernel seen from "
                "the past.",
            ),
            Mistake(
                _shifted(1, lambda dy, dx: 1 - dy, lambda dy, dx: 1 - dx, other=1.0, now=-1.0),
                "The signs are exchanged.",
            ),
            Mistake(
                _shifted(1, lambda dy, dx: 1 - dy, lambda dy, dx: 1 - dx, other=1.0),
                "Both are 1: this adds the frames, it does not subtract.",
            ),
            Mistake(
                _shifted(1, lambda dy, dx: 1, lambda dy, dx: 1),
                "This does not use step: it answers 0 where nothing moves.",
            ),
        ),
        hints=(
            "[1, 1] is the middle of a 3 x 3 frame; K[1, 1, 1] is that of the second frame.",
            "What is now in the middle and came from the left (dx = 1) was at column 0 before.",
            "The place before is the middle minus the step: K[0, 1 - dy, 1 - dx].",
        ),
    ),
    "Conv2Plus1d": Exercise(
        oracle=_Conv2Plus1dOracle,
        cases=_conv2plus1d_cases,
        difficulty=4,
        minutes=10,
        core=False,
        layers=("spatial", "temporal"),
        mistakes=(
            Mistake(_WithoutReLU, "There is no ReLU."),
            Mistake(_ReLUAtTheEnd, "The ReLU comes after both layers."),
            Mistake(_ReLUTwice, "A ReLU follows the second layer as well."),
        ),
        hints=(
            "nn.Conv3d takes a tuple for kernel_size and one for padding, in the order (D, H, W).",
            "spatial: kernel_size (1, k, k) and padding (0, k // 2, k // 2). And temporal?",
            "forward: the spatial layer, F.relu, the temporal layer, in this order.",
        ),
    ),
}
