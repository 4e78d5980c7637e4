"""The explorer of convolution: every number of a layer, and who met whom to make it."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from traitlets import Dict, Unicode

from convlab import plot
from convlab.explore import lattice, texts
from convlab.explore.base import Explorer, first_that_fits
from convlab.explore.lattice import MODES, MOST, POOLING, Pair, Ranges
from convlab.explore.schema import (
    ConvolutionAnswer,
    ConvolutionMode,
    ConvolutionPair,
    ConvolutionSettings,
)
from convlab.page.bundle import script, style
from convlab.validation import finite, per_axis, real_tensor

_SCRIPT = Path(__file__).with_suffix(".js")
_SIDE = 10
_LARGEST = 1e6
_BUDGET = 34_000
_EDGES = [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]
_VERBS = {
    "correlation": "Cross-correlation",
    "convolution": "True convolution",
    "transposed": "Transposed convolution",
    "max": "Max pooling",
    "average": "Average pooling",
}


def convolution(
    X: torch.Tensor | None = None,
    K: torch.Tensor | None = None,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    mode: ConvolutionMode = "correlation",
) -> "Convolution":
    """Explore how kernel K (h, w) makes an output of picture X (H, W), number by number.

    Point at a number to see what it is made of, or what is made of it. The sliders change kernel
    size, stride, padding and dilation; a double click changes a number of X or K.

    Args:
        X: at most 10 a side; whole numbers from 0 to 9 without it.
        K: at most 5 a side; an edge detector without it. A kernel made larger repeats it.
        stride, padding, dilation: as for `torch.nn.functional.conv2d`; at most 3.
        mode: "correlation" (what PyTorch calls convolution), "convolution" (the kernel turned),
            "transposed", "max" or "average" (pooling; K gives only the size).

    The result has `X` and `K` as the learner has edited them; once they are no longer those that
    were given, the line of code calls them `explorer.X` and `explorer.K`. Tensors are copied to the
    CPU; integers and half precision are computed in float32.

    Raises:
        TypeError: X or K is not a tensor of real numbers, a setting is not an integer or two.
        ValueError: X or K has not two axes, is too large or holds a number that is not finite or
            too long to show; a setting is out of range; the kernel does not fit.

    Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    shown = _grid("X", _example() if X is None else X, _SIDE)
    kernel = _grid("K", torch.tensor(_EDGES) if K is None else K, MOST["kernel"][1])
    rows, columns = kernel.shape
    settings: ConvolutionSettings = {
        "mode": mode,
        "kernel": (rows, columns),
        "stride": _pair("stride", stride),
        "padding": _pair("padding", padding),
        "dilation": _pair("dilation", dilation),
    }
    _require(settings, tuple(shown.shape))
    dtype = torch.promote_types(torch.promote_types(shown.dtype, kernel.dtype), torch.float32)
    own = all(tensor is not None and tensor.dtype == dtype for tensor in (X, K))
    return Convolution(shown.to(dtype), kernel.to(dtype), settings, own)


class Convolution(Explorer):
    """What `convolution` returns.

    `data` holds the numbers and the tables of `lattice`, packed; `settings` what the learner has
    chosen. The page asks for a table that is missing, and for a change of one number, by message.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    settings = Dict().tag(sync=True)

    def __init__(
        self, X: torch.Tensor, K: torch.Tensor, settings: ConvolutionSettings, own: bool
    ) -> None:
        self._numbers = {"X": X, "K": _repeat(K)}
        self._period = list(K.shape)
        self._ranges = list(_ranges(settings))
        data = self._pack(self._numbers, own)
        super().__init__(data=data, settings=_plain(settings))

    @property
    def X(self) -> torch.Tensor:  # noqa: N802
        """The input (H, W), a copy."""
        return self._numbers["X"].clone()

    @property
    def K(self) -> torch.Tensor:  # noqa: N802
        """The kernel (h, w) of the chosen size, a copy."""
        return self._kernel(self.settings).clone()

    @property
    def Y(self) -> torch.Tensor:  # noqa: N802
        """The output (H', W')."""
        stride, padding, dilation = (
            tuple(self.settings[name]) for name in ("stride", "padding", "dilation")
        )
        Y, _ = lattice.run(self.settings["mode"], self.X, self.K, stride, padding, dilation)
        return Y

    def answer(self, ask: ConvolutionSettings) -> ConvolutionAnswer:
        """The table that serves the settings `ask`."""
        dilation, stride = tuple(ask["dilation"]), tuple(ask["stride"])
        top = (MOST["padding"][1],) * 2
        X, K = self._numbers["X"], self._kernel(ask)
        return {"table": lattice.table(ask["mode"], X, K, dilation, stride, top)}

    def edit(self, name: str, index: int, value: float | str) -> None:
        """Put `value` in place `index` of "X", or of the largest kernel "K", row after row.

        Raises:
            ValueError: the value is no number, not finite or too long to show.
        """
        numbers = self._numbers | {name: self._numbers[name].clone()}
        numbers[name].view(-1)[index] = _number(name, value)
        self.data = self._pack(numbers, own=False)
        self._numbers = numbers

    def sentence(self) -> str:
        X, K = (tuple(tensor.shape) for tensor in (self.X, self.K))
        return (
            f"Explorer of convolution: X {X[0]}x{X[1]}, K {K[0]}x{K[1]}."
            " Run this cell in JupyterLab, then point at a number."
        )

    def draw(self) -> None:
        mode = self.settings["mode"]
        rows, columns = self.settings["padding"] if mode != "transposed" else (0, 0)
        padded = torch.nn.functional.pad(self.X, (columns, columns, rows, rows))
        grids, signs = {"input": padded, "kernel": self.K, "output": self.Y}, "∗="
        if mode in POOLING:
            del grids["kernel"]
            signs = "→"
        exact = all(bool((grid == grid.round()).all()) for grid in grids.values())
        plot.numbers(*grids.values(), titles=list(grids), between=signs, decimals=0 if exact else 2)
        plt.gcf().suptitle(f"{_VERBS[mode]}. {self.sentence()}", y=1.08, fontsize=10)

    def _kernel(self, settings: Mapping[str, Any]) -> torch.Tensor:
        rows, columns = settings["kernel"]
        return self._numbers["K"][:rows, :columns]

    def _pack(self, numbers: Mapping[str, torch.Tensor], own: bool) -> str:
        X, K = numbers["X"], numbers["K"]
        tables = {
            "size": [list(X.shape), list(K.shape)],
            "own": own,
            "period": self._period,
            "X": texts.write(X),
            "K": texts.write(K),
            "products": [texts.write(weight * X) for weight in K.flatten()],
            "most": _by_mode({name: (span, span) for name, span in MOST.items()}),
        }
        candidates = (tables | lattice.lattice(X, K, _by_mode(ranges)) for ranges in self._ranges)
        return first_that_fits(candidates, _BUDGET, f"X of shape {tuple(X.shape)}")


def _number(name: str, value: float | str) -> float:
    try:
        number = float(value.replace(",", ".")) if isinstance(value, str) else float(value)
    except ValueError:
        raise ValueError(f"{name} takes numbers, got {value!r}") from None
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise ValueError(f"{name} takes numbers up to {_LARGEST:,.0f}, got {number:.10g}")
    return number


def _example() -> torch.Tensor:
    return torch.randint(0, 10, (6, 6), generator=torch.Generator().manual_seed(2)).float()


def _repeat(K: torch.Tensor) -> torch.Tensor:
    """K over and over, cut to the largest size that the slider of the kernel size has."""
    most = MOST["kernel"][1]
    rows, columns = (torch.arange(most) % size for size in K.shape)
    return K[rows][:, columns]


def _grid(name: str, value: torch.Tensor, most: int) -> torch.Tensor:
    value = real_tensor(name, value)
    shape = tuple(value.shape)
    if value.dim() != 2 or not 0 < min(shape) <= max(shape) <= most:
        raise ValueError(f"{name} must be (H, W) of 1 to {most} a side, got shape {shape}")
    return finite(name, value, _LARGEST)


def _pair(name: str, value: int | Pair) -> ConvolutionPair:
    rows, columns = per_axis(name, value, 2, *MOST[name])
    return rows, columns


def _require(settings: ConvolutionSettings, shape: Pair) -> None:
    mode, size, padding = settings["mode"], settings["kernel"], settings["padding"]
    stride, dilation = settings["stride"], settings["dilation"]
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}, got {mode!r}")
    if mode in POOLING and any(p > k // 2 for p, k in zip(padding, size, strict=True)):
        raise ValueError(f"padding must be at most half of K {size} for pooling, got {padding}")
    if mode == "average" and dilation != (1, 1):
        raise ValueError(f"dilation must be 1 for average pooling, got {dilation}")
    lattice.output_size(mode, shape, size, stride, padding, dilation)


def _ranges(settings: ConvolutionSettings) -> Iterator[Ranges]:
    """What to keep at hand, from generous to frugal."""
    pairs = {
        "kernel": settings["kernel"],
        "stride": settings["stride"],
        "padding": settings["padding"],
        "dilation": settings["dilation"],
    }

    def reaching(**tops: int) -> Ranges:
        spans = {name: (min(pair), max(pair)) for name, pair in pairs.items()}
        for name, top in tops.items():
            spans[name] = (MOST[name][0], max(top, *pairs[name]))
        return {name: (span, span) for name, span in spans.items()}

    yield reaching(kernel=3, stride=3, padding=2, dilation=2)
    yield reaching(kernel=3, stride=2, padding=2, dilation=2)
    yield reaching(kernel=3, stride=2, padding=1)
    yield reaching(stride=2, padding=1)
    yield reaching()
    # As it is set, and nothing else.
    yield {name: ((rows, rows), (columns, columns)) for name, (rows, columns) in pairs.items()}


def _by_mode(ranges: Ranges) -> dict[str, Ranges]:
    """The ranges of each mode: average pooling knows no dilation."""
    undilated = {"dilation": ((1, 1), (1, 1))}
    return {mode: {**ranges, **(undilated if mode == "average" else {})} for mode in MODES}


def _plain(settings: ConvolutionSettings) -> dict[str, Any]:
    """As JSON has it."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in settings.items()}
