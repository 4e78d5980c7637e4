"""Which elements of its input one element of an output reads, along one axis.

An `Axis` is defined for every integer, as if input and output had no ends; `border` says what
stands beyond the ends. Sources are given at each function: the formulas are those of
`torch.nn.functional` on the same settings.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Axis:
    """An element j of the output reads the elements `reads(j)` of the input.

    `kernel` of them at most; a step of one in the output is a step of `stride` in the input.
    `border` is "zeros" (nothing is read there), "replicate", "reflect" or "circular".
    """

    reads: Callable[[int], Iterable[int]]
    kernel: int
    stride: Fraction | int = 1
    border: str = "zeros"

    def read(self, outputs: Iterable[int], size: int | None) -> frozenset[int]:
        """All that `outputs` read: of an input of `size`, or of one without ends for None."""
        read = {i for j in outputs for i in self.reads(j)}
        if size is None:
            return frozenset(read)
        inside = (_at_border[self.border](i, size) for i in read)
        return frozenset(i for i in inside if i is not None)


def _reflected(i, size):
    if size == 1:
        return 0
    i %= 2 * size - 2
    return min(i, 2 * size - 2 - i)


_at_border = {
    "zeros": lambda i, size: i if 0 <= i < size else None,
    "replicate": lambda i, size: min(max(i, 0), size - 1),
    "reflect": _reflected,
    "circular": lambda i, size: i % size,
}


def windows(k: int, s: int = 1, p: int = 0, d: int = 1, border: str = "zeros") -> Axis:
    """Convolution and pooling: j reads k elements, d apart, from j s - p on.

    Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    beyond = "zeros" if border == "constant" else border
    return Axis(lambda j: range(j * s - p, j * s - p + d * k, d), k, s, beyond)


def stamps(k: int, s: int = 1, p: int = 0, d: int = 1) -> Axis:
    """Transposed convolution: j reads each i that is stamped on it, i s + t d - p = j for a t < k.

    Source: Dumoulin and Visin, 2016, chapter 4.
    """

    def reads(j):
        return [(j + p - t * d) // s for t in range(k) if (j + p - t * d) % s == 0]

    return Axis(reads, k, Fraction(1, s))


def bins(size: int, count: int) -> Axis:
    """Adaptive pooling of `size` elements: j reads floor(j n / m) up to ceil((j + 1) n / m).

    Source: `torch.nn.AdaptiveAvgPool2d`.
    """

    def reads(j):
        return range(j * size // count, -(-(j + 1) * size // count))

    largest = max(len(reads(j)) for j in range(count))
    return Axis(reads, largest, Fraction(size, count) if count > 1 else 0)


def whole(size: int) -> Axis:
    """Every element reads all: a mean, a dense layer, attention."""
    return Axis(lambda j: range(size), size, 0)


def picked(start: int, step: int = 1) -> Axis:
    """A slice: j reads start + j step."""
    return Axis(lambda j: (start + j * step,), 1, step)


def part(start: int, size: int) -> Axis:
    """One of the inputs of a concatenation, which begins at `start` and has `size` elements."""
    return Axis(lambda j: (j - start,) if start <= j < start + size else (), 1)


def one() -> Axis:
    """An input with one element, which all read (broadcasting)."""
    return Axis(lambda j: (0,), 1, 0)


def repeated(factor: int) -> Axis:
    """`factor` elements side by side read the same one (a pixel shuffle)."""
    return Axis(lambda j: (j // factor,), 1, Fraction(1, factor))


def samples(mode: str, ratio: Fraction, align_corners: bool = False) -> Axis:
    """Interpolation, where a step in the output is `ratio` steps in the input.

    Source: `torch.nn.functional.interpolate`; taps of weight zero are not read.
    """
    if mode in ("nearest", "nearest-exact"):
        shift = Fraction(mode == "nearest-exact", 2)
        return Axis(lambda j: (floor((j + shift) * ratio),), 1, ratio, "replicate")
    shift = Fraction(0 if align_corners else 1, 2)
    before, after = (1, 2) if mode == "bicubic" else (0, 1)

    def reads(j):
        position = (j + shift) * ratio - shift
        i = floor(position)
        return (i,) if position == i else range(i - before, i + after + 1)

    return Axis(reads, before + after + 1, ratio, "replicate")
