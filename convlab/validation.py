"""The door of every room: arguments are checked once, and brought to one form."""

from numbers import Integral, Real
from typing import Any

import torch

Size = int | tuple[int, ...]


def integers(name: str, value: Any, least: int = 1, most: int | None = None) -> tuple[int, ...]:
    """`value`, an integer or several, as a tuple of integers from `least` to `most`.

    Raises:
        TypeError: value is neither an integer nor a tuple or list of integers.
        ValueError: one of them is out of range.
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not values or any(isinstance(v, bool) or not isinstance(v, Integral) for v in values):
        raise TypeError(f"{name} must be an integer or a tuple of integers, got {value!r}")
    if min(values) < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    if most is not None and max(values) > most:
        raise ValueError(f"{name} must be at most {most}, got {value!r}")
    return values


def integer(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """`value`, an integer from `least` to `most`.

    Raises:
        TypeError: value is no integer.
        ValueError: it is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    return int(integers(name, value, least, most)[0])


def per_axis(
    name: str, value: Any, axes: int, least: int = 1, most: int | None = None
) -> tuple[int, ...]:
    """`value`, an integer or `axes` of them, as a tuple with one integer per axis.

    Raises:
        TypeError: value is neither an integer nor a tuple or list of integers.
        ValueError: there are more or fewer than one per axis, or one is out of range.
    """
    values = integers(name, value, least, most)
    if len(values) not in (1, axes):
        raise ValueError(f"{name} must be an integer or {axes} of them, got {value!r}")
    return values if len(values) == axes else values * axes


def number(name: str, value: Any, above: float, most: float) -> float:
    """`value`, a real number above `above` and at most `most`.

    Raises:
        TypeError: value is no real number.
        ValueError: it is out of range, or not a number at all (NaN).
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if value <= above or not value <= most:  # NaN is neither
        raise ValueError(f"{name} must be above {above:g} and at most {most:,.0f}, got {value!r}")
    return float(value)


def real_tensor(name: str, value: Any) -> torch.Tensor:
    """A copy of a tensor of real numbers on the CPU, without its history.

    Raises:
        TypeError: value is no tensor, or one of booleans or complex numbers.
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(value).__name__}")
    if value.dtype == torch.bool or value.is_complex():
        raise TypeError(f"{name} must hold real numbers, got {value.dtype}")
    return value.detach().cpu().clone()


def finite(name: str, value: torch.Tensor, most: float) -> torch.Tensor:
    """`value`, a tensor whose numbers are finite and at most `most` away from 0.

    Raises:
        ValueError: one of them is not.
    """
    if not bool((value.abs() <= most).all()):
        raise ValueError(f"{name} must hold finite numbers up to {most:,.0f}, got\n{value}")
    return value
