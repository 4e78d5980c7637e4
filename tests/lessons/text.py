"""Compare printed outputs: floats to a tolerance, integers, shapes and words exactly."""

import math
import re

DEFAULT_RTOL = 1e-5

_NORMALISED = [
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "ADDRESS"),
    (re.compile(r",\s*device='cuda:\d+'"), ""),
    (re.compile(r"\b(cpu|cuda(:\d+)?)\b"), "DEVICE"),
    (re.compile(r"\b\d[\d,]*(\.\d+)?\s?(ns|µs|us|ms)\b|\b\d[\d,]*\.\d+\s?s\b"), "TIME"),
    (re.compile(r"\b\d[\d,]*(\.\d+)? times as fast\b"), "RATIO times as fast"),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" (?=[\]\),])|(?<=[\[\(]) | $", re.MULTILINE), ""),
]
_FLOAT = re.compile(
    r"(?<![\w.])[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|nan|inf)"
    r"(?![\w])"
)
_NUMBER = re.compile(r"(?<!\w)[-+]?\d[\w.,+%]*")
_MARK = re.compile(r"[○✗✓]")


def normalise(text: str) -> str:
    """Take away what may differ: addresses, device names, timings and their ratios, padding."""
    for pattern, replacement in _NORMALISED:
        text = pattern.sub(replacement, text)
    return text.strip()


def shape(text: str) -> str:
    """The words of an output and how it is laid out: numbers, versions and marks taken away."""
    return _MARK.sub("○", _NUMBER.sub("#", normalise(text)))


def text_difference(saved: str, fresh: str, rtol: float = DEFAULT_RTOL) -> str | None:
    """How a fresh output differs from the saved one, or None.

    A float may differ by `rtol` of its value, or by one unit of its last printed place where it
    prints three decimals or more: the second decimal always counts.
    """
    saved, fresh = normalise(saved), normalise(fresh)
    if _FLOAT.sub("FLOAT", saved) != _FLOAT.sub("FLOAT", fresh):
        return f"saved:\n{saved}\nfresh:\n{fresh}"
    for one, other in zip(_FLOAT.findall(saved), _FLOAT.findall(fresh), strict=True):
        if not _close(one, other, rtol):
            return f"saved {one}, fresh {other} (rtol {rtol:g}) in\n{fresh}"
    return None


def _close(one, other, rtol):
    first, second = float(one), float(other)
    if not (math.isfinite(first) and math.isfinite(second)):
        return one.lstrip("+") == other.lstrip("+")
    room = max(rtol * max(abs(first), abs(second)), _last_place(one), _last_place(other))
    return abs(first - second) <= room * (1 + 1e-9)


def _last_place(number):
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals >= 3 else 0.0
