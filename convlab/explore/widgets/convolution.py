"""The explorer of convolution: every number of a layer, and who met whom to make it."""

import math
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from traitlets import Dict, Unicode

from convlab import plot
from convlab.explore import lattice, texts
from convlab.explore.base import Explorer, packed
from convlab.explore.lattice import MODES, MOST, POOLING, SETTINGS
from convlab.page.bundle import script, style
from convlab.validation import finite, per_axis, real_tensor

_SCRIPT = Path(__file__).with_suffix(".js")
_SIDE = 10
_LARGEST = 1e6
_BUDGET = 34_000
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
    mode: str = "correlation",
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
    given = (X, K)
    X = _example() if X is None else X
    K = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]) if K is None else K
    X, K = _grid("X", X, _SIDE), _grid("K", K, MOST["kernel"][1])
    settings = {
        "mode": mode,
        "kernel": tuple(K.shape),
        "stride": _pair("stride", stride),
        "padding": _pair("padding", padding),
        "dilation": _pair("dilation", dilation),
    }
    _require(settings, X.shape)
    dtype = torch.promote_types(torch.promote_types(X.dtype, K.dtype), torch.float32)
    own = all(tensor is not None and tensor.dtype == dtype for tensor in given)
    return Convolution(X.to(dtype), K.to(dtype), settings, own)


class Convolution(Explorer):
    """What `convolution` returns.

    `data` holds the numbers and the tables of `lattice`, packed; `settings` what the learner has
    chosen. The page asks for a table that is missing, and for a change of one number, by message.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    settings = Dict().tag(sync=True)

    def __init__(self, X, K, settings, own):
        self._numbers = {"X": X, "K": _repeated(K)}
        self._given, self._own = list(K.shape), own
        self._ranges = list(_ranges(settings))
        super().__init__(data=self._pack(), settings=_plain(settings))
        self.on_msg(self._answer)

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
        chosen = (self.settings[name] for name in ("stride", "padding", "dilation"))
        kernel = self._kernel(self.settings)
        return lattice.run(self.settings["mode"], self._numbers["X"], kernel, *map(tuple, chosen))[
            0
        ]

    def edit(self, name: str, index: int, value: float) -> None:
        """Put `value` in place `index` of "X", or of the largest kernel "K", row after row.

        Raises:
            ValueError: the value is not finite or too long to show.
        """
        if not math.isfinite(value) or abs(value) > _LARGEST:
            raise ValueError(f"{name} takes numbers up to {_LARGEST:,.0f}, got {value:.10g}")
        self._numbers[name].view(-1)[index] = value
        self._own = False
        self.data = self._pack()

    def sentence(self) -> str:
        X, K = (tuple(tensor.shape) for tensor in (self.X, self.K))
        return (
            f"Explorer of convolution: X {X[0]}x{X[1]}, K {K[0]}x{K[1]}."
            " Run this cell in JupyterLab, then point at a number."
        )

    def draw(self) -> None:
        chosen = self.settings
        rows, columns = chosen["padding"] if chosen["mode"] != "transposed" else (0, 0)
        padded = torch.nn.functional.pad(self.X, (columns, columns, rows, rows))
        grids, signs = {"input": padded, "kernel": self.K, "output": self.Y}, "∗="
        if chosen["mode"] in POOLING:
            del grids["kernel"]
            signs = "→"
        exact = all(bool((grid == grid.round()).all()) for grid in grids.values())
        plot.numbers(*grids.values(), titles=list(grids), between=signs, decimals=0 if exact else 2)
        plt.gcf().suptitle(f"{_VERBS[chosen['mode']]}. {self.sentence()}", y=1.08, fontsize=10)

    def _kernel(self, settings):
        rows, columns = settings["kernel"]
        return self._numbers["K"][:rows, :columns]

    def _pack(self):
        X, K = self._numbers["X"], self._numbers["K"]
        numbers = {
            "size": [list(X.shape), list(K.shape)],
            "own": self._own,
            "given": self._given,
            "X": texts.write(X),
            "K": texts.write(K),
            "products": [texts.write(weight * X) for weight in K.flatten()],
            "most": {mode: _allowed(mode, MOST) for mode in MODES},
        }
        for ranges in self._ranges:
            allowed = {mode: _allowed(mode, ranges) for mode in MODES}
            text = packed(numbers | lattice.lattice(X, K, allowed))
            if len(text) <= _BUDGET:
                break
        return text

    def _answer(self, _, content, buffers):
        if "ask" in content:
            asked = content["ask"]
            self.send({"table": self._table(asked), "ask": asked} if asked else {"here": True})
        elif "edit" in content:
            try:
                name, index, text = content["edit"]
                self.edit(name, index, _number(name, text))
                self.send({"here": True})
            except ValueError as error:
                self.send({"refused": str(error)})

    def _table(self, asked):
        mode, dilation, stride = asked["mode"], tuple(asked["dilation"]), tuple(asked["stride"])
        K = self._kernel(asked)
        return lattice.table(mode, self._numbers["X"], K, dilation, stride, top=MOST["padding"][1])


def _number(name, text):
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{name} takes numbers, got {text!r}") from None


def _example():
    return torch.randint(0, 10, (6, 6), generator=torch.Generator().manual_seed(2)).float()


def _repeated(K):
    """K over and over, cut to the largest size that the slider of the kernel size has."""
    most = MOST["kernel"][1]
    rows, columns = (torch.arange(most) % size for size in K.shape)
    return K[rows][:, columns]


def _grid(name, value, most):
    value = real_tensor(name, value)
    shape = tuple(value.shape)
    if value.dim() != 2 or not 0 < min(shape) <= max(shape) <= most:
        raise ValueError(f"{name} must be (H, W) of 1 to {most} a side, got shape {shape}")
    return finite(name, value, _LARGEST)


def _pair(name, value):
    return per_axis(name, value, 2, *MOST[name])


def _require(settings, shape):
    mode, size, stride, padding, dilation = settings.values()
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}, got {mode!r}")
    if mode in POOLING and any(p > k // 2 for p, k in zip(padding, size, strict=True)):
        raise ValueError(f"padding must be at most half of K {size} for pooling, got {padding}")
    if mode == "average" and dilation != (1, 1):
        raise ValueError(f"dilation must be 1 for average pooling, got {dilation}")
    lattice.output_size(mode, shape, size, stride, padding, dilation)


def _ranges(settings):
    """What to keep at hand, from generous to frugal: the first that is small enough is taken."""

    def reaching(**tops):
        least = {name: min(settings[name]) for name in SETTINGS}
        most = {name: max(settings[name]) for name in SETTINGS}
        return {
            name: (MOST[name][0], max(tops[name], most[name]))
            if name in tops
            else (least[name], most[name])
            for name in SETTINGS
        }

    yield reaching(kernel=3, stride=3, padding=2, dilation=2)
    yield reaching(kernel=3, stride=2, padding=2, dilation=2)
    yield reaching(kernel=3, stride=2, padding=1)
    yield reaching(stride=2, padding=1)
    yield reaching()


def _allowed(mode, ranges):
    return ranges | ({"dilation": (1, 1)} if mode == "average" else {})


def _plain(settings):
    return {name: list(v) if isinstance(v, tuple) else v for name, v in settings.items()}
