"""Real data that needs no download: each function names its source, licence, shape and range."""

from functools import lru_cache
from math import radians
from typing import NamedTuple

import numpy
import torch

from convlab.validation import integer

_PHOTOS = ("china", "flower")
LUMA = (0.299, 0.587, 0.114)
_STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1))
# density, semi-axes along x, y, z, centre x, y, z, angle about z in degrees
_ELLIPSOIDS = (
    (1.0, 0.6900, 0.920, 0.810, 0.00, 0.0000, 0.00, 0),
    (-0.8, 0.6624, 0.874, 0.780, 0.00, -0.0184, 0.00, 0),
    (-0.2, 0.1100, 0.310, 0.220, 0.22, 0.0000, 0.00, -18),
    (-0.2, 0.1600, 0.410, 0.280, -0.22, 0.0000, 0.00, 18),
    (0.1, 0.2100, 0.250, 0.410, 0.00, 0.3500, -0.15, 0),
    (0.1, 0.0460, 0.046, 0.050, 0.00, 0.1000, 0.25, 0),
    (0.1, 0.0460, 0.046, 0.050, 0.00, -0.1000, 0.25, 0),
    (0.1, 0.0460, 0.023, 0.050, -0.08, -0.6050, 0.00, 0),
    (0.1, 0.0230, 0.023, 0.020, 0.00, -0.6060, 0.00, 0),
    (0.1, 0.0230, 0.046, 0.020, 0.06, -0.6050, 0.00, 0),
)


class Split(NamedTuple):
    """Examples to learn from and examples to be judged by, with their labels (int64)."""

    x_train: torch.Tensor
    y_train: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor


class Motif(NamedTuple):
    """A signal (L,), the motif (k,) hidden in it, and where its copies start (count,)."""

    signal: torch.Tensor
    motif: torch.Tensor
    starts: torch.Tensor


def photo(name: str = "china", *, gray: bool = False) -> torch.Tensor:
    """A real photograph on the CPU, float32 in [0, 1]: (3, 427, 640) RGB, or (427, 640) grey.

    Args:
        name: "china" (a temple) or "flower" (a dahlia).
        gray: weigh red, green and blue into one channel (0.299, 0.587, 0.114).

    Raises:
        ValueError: no photograph has that name.

    Source: scikit-learn's `load_sample_image`; photographs by danielbuechele ("china") and
    vultilion ("flower"), CC BY 2.0. Grey weights: Recommendation ITU-R BT.601.
    """
    if name not in _PHOTOS:
        raise ValueError(f"name must be one of {_PHOTOS}, got {name!r}")
    picture = _load_photo(name)
    if gray:
        return torch.tensordot(torch.tensor(LUMA), picture, dims=1)
    return picture.clone()


def digits(seed: int = 0) -> Split:
    """Real handwritten digits of 13 people, (N, 1, 8, 8) float32 in [0, 1], and which they are.

    1,437 to learn from and 360 to be judged by, divided by `seed`.

    Source: scikit-learn's `load_digits`; E. Alpaydin and C. Kaynak, Optical Recognition of
    Handwritten Digits, UCI Machine Learning Repository, 1998, CC BY 4.0.
    """
    x, y = _load_digits()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    train, test = order[: len(x) * 4 // 5], order[len(x) * 4 // 5 :]
    return Split(x[train], y[train], x[test], y[test])


def moving_digits(directions: int = 4, seed: int = 0) -> Split:
    """Videos of real digits that move, (N, 1, 8, 16, 16) float32 in [0, 1], and where to.

    Each digit of `digits` starts anywhere on 16x16 pixels and moves one pixel a frame; what leaves
    at one border comes back at the other, so that a single frame says nothing about the motion.
    Labels: 0 right, 1 down, 2 left, 3 up, and with 8 directions 4 down-right, 5 down-left,
    6 up-left, 7 up-right. 1,437 videos to learn from and 360, of other digits, to be judged by.

    Raises:
        ValueError: directions is neither 4 nor 8.

    Source: as `digits`; after N. Srivastava et al., Unsupervised Learning of Video Representations
    using LSTMs, 2015 (Moving MNIST).
    """
    if directions not in (4, 8):
        raise ValueError(f"directions must be 4 or 8, got {directions!r}")
    still = digits(seed)
    generator = torch.Generator().manual_seed(seed)

    def videos_of(x):
        labels = torch.randint(directions, (len(x),), generator=generator)
        starts = torch.randint(16, (len(x), 2), generator=generator)
        canvas = torch.nn.functional.pad(x[:, 0], (0, 8, 0, 8))
        videos = torch.stack(
            [
                torch.stack([frame.roll((start + t * step).tolist(), (0, 1)) for t in range(8)])
                for frame, start, step in zip(
                    canvas, starts, torch.tensor(_STEPS)[labels], strict=True
                )
            ]
        )
        return videos[:, None], labels

    return Split(*videos_of(still.x_train), *videos_of(still.x_test))


def mnist1d() -> Split:
    """MNIST-1D: ten shapes of a line, moved, stretched, sheared and noisy, (N, 1, 40) float32.

    4,000 examples to learn from and 1,000 to be judged by; values have mean 0 and deviation 1.

    Source: S. Greydanus and D. Kobak, Scaling Down Deep Learning with MNIST-1D, 2024; generated as
    published by the package `mnist1d`, Apache 2.0.
    """
    return Split(*(part.clone() for part in _generate_mnist1d()))


def motif_signal(length: int = 400, count: int = 5, noise: float = 0.15, seed: int = 0) -> Motif:
    """A noisy, drifting signal (length,) that hides `count` copies of a beat of 25 samples.

    The beat is a heartbeat's shape, 1 high; copies do not overlap; the noise is normal with the
    deviation `noise`, the drift a slow wave 1 high. Units are arbitrary.

    Raises:
        TypeError: count is no integer.
        ValueError: count is below 1, noise below 0, or the length too short for the copies.

    Source: made here; sums of Gaussian bumps as in P. McSharry et al., A dynamical model for
    generating synthetic electrocardiogram signals, 2003.
    """
    integer("count", count)
    if noise < 0:
        raise ValueError(f"noise must be at least 0, got {noise!r}")
    if length < 50 * count:
        raise ValueError(f"length must be at least 50 for each of {count} copies, got {length!r}")
    t = torch.linspace(-1, 1, 25)
    bumps = (
        (0.15, -0.6, 0.15),
        (-0.25, -0.16, 0.07),
        (1.0, 0.0, 0.07),
        (-0.35, 0.16, 0.07),
        (0.3, 0.6, 0.2),
    )
    waves = (
        height * torch.exp(-((t - centre) ** 2) / (2 * width**2)) for height, centre, width in bumps
    )
    motif = sum(waves, start=torch.zeros(25))
    generator = torch.Generator().manual_seed(seed)
    room = length // count
    jitter = torch.randint(room - 25 + 1, (count,), generator=generator)
    starts = torch.arange(count) * room + jitter
    wave = torch.arange(length) * (2 * torch.pi / length)
    signal = torch.sin(1.5 * wave) + noise * torch.randn(length, generator=generator)
    for start in starts:
        signal[start : start + 25] += motif
    return Motif(signal, motif, starts)


def phantom(size: int = 64) -> torch.Tensor:
    """The Shepp-Logan head in three dimensions, (D, H, W) = (size, size, size) float32 in [0, 1].

    Ten ellipsoids whose densities add up: a skull of 1.0, a brain of 0.2, ventricles of 0.0, and
    structures that differ by 0.1. D runs upwards, H from the front to the back of the head, W from
    left to right.

    Raises:
        TypeError: size is no integer.
        ValueError: size is below 1.

    Source: L. Shepp and B. Logan, The Fourier Reconstruction of a Head Section, 1974; the contrast
    of P. Toft, The Radon Transform, 1996; the third axes of M. Schabel's phantom3d, 2005, after
    A. Kak and M. Slaney, Principles of Computerized Tomographic Imaging, 1988, chapter 3.
    """
    integer("size", size)
    line = (torch.arange(size) + 0.5) * 2 / size - 1
    z, y, x = torch.meshgrid(line, -line, line, indexing="ij")
    volume = torch.zeros(size, size, size)
    for density, a, b, c, x0, y0, z0, degrees in _ELLIPSOIDS:
        angle = torch.tensor(radians(degrees))
        right, front = x - x0, y - y0
        along = right * angle.cos() + front * angle.sin()
        across = front * angle.cos() - right * angle.sin()
        inside = (along / a) ** 2 + (across / b) ** 2 + ((z - z0) / c) ** 2 <= 1
        volume += density * inside
    return volume.clamp(0, 1)


@lru_cache
def _load_photo(name):
    from sklearn.datasets import load_sample_image

    pixels = numpy.array(load_sample_image(f"{name}.jpg"))
    return torch.from_numpy(pixels).permute(2, 0, 1).float().div(255).contiguous()


@lru_cache
def _load_digits():
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    x = torch.from_numpy(pixels).float().div(16).view(-1, 1, 8, 8)
    return x, torch.from_numpy(labels).long()


@lru_cache
def _generate_mnist1d():
    import random

    from mnist1d.data import make_dataset

    states = random.getstate(), numpy.random.get_state()
    dataset = make_dataset()
    random.setstate(states[0])
    numpy.random.set_state(states[1])
    x_train, x_test = (torch.from_numpy(dataset[n]).float()[:, None] for n in ("x", "x_test"))
    y_train, y_test = (torch.from_numpy(dataset[n]).long() for n in ("y", "y_test"))
    return x_train, y_train, x_test, y_test
