"""convlab: a course on convolution in PyTorch, and the small functions that its lessons build."""

from importlib import import_module

from convlab.corr import Conv2D, convolve2d, corr1d, corr2d, corr2d_fft, corr2d_loop, corr3d
from convlab.devices import device
from convlab.exercises import check, hint, progress, solution

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022: in the order in which the course meets them
    "Conv2D",
    "check",
    "convolve2d",
    "corr1d",
    "corr2d",
    "corr2d_fft",
    "corr2d_loop",
    "corr3d",
    "data",
    "device",
    "hint",
    "plot",
    "progress",
    "solution",
]

_ROOMS_IMPORTED_WHEN_USED = {"data", "plot"}


def __getattr__(name):
    if name in _ROOMS_IMPORTED_WHEN_USED:
        return import_module(f"convlab.{name}")
    raise AttributeError(f"module 'convlab' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_ROOMS_IMPORTED_WHEN_USED])
