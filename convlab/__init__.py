"""convlab: a course on convolution in PyTorch, and the small functions that its lessons build.

Each name is imported when it is first used: `import convlab` costs nothing, `convlab doctor` works
where torch is missing, and matplotlib waits until something is drawn.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# The public names and their modules, in the order in which the course meets them.
_HOMES = {
    "corr2d": "corr",
    "corr2d_loop": "corr",
    "corr2d_fft": "corr",
    "convolve2d": "corr",
    "corr1d": "corr",
    "corr3d": "corr",
    "Conv2D": "corr",
    "conv_output_size": "arithmetic",
    "conv_input_sizes": "arithmetic",
    "conv_transpose_output_size": "arithmetic",
    "output_padding_for": "arithmetic",
    "same_padding": "arithmetic",
    "parameter_count": "arithmetic",
    "multiply_count": "arithmetic",
    "receptive_field": "receptive",
    "effective_receptive_field": "receptive",
    "check": "exercises",
    "hint": "exercises",
    "solution": "exercises",
    "progress": "exercises",
    "device": "devices",
}
_ROOMS = ("data", "nn", "plot", "explore")

__all__ = [*_HOMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"convlab.{name}")
    if name in _HOMES:
        return getattr(import_module(f"convlab.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'convlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
