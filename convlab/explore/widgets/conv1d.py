"""The explorer of a convolution along time: a signal, a kernel whose weights move, the output."""

import math
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from traitlets import Dict, Unicode

from convlab import plot
from convlab.arithmetic import conv_output_size
from convlab.explore.base import Explorer, packed
from convlab.explore.schema import Conv1dMost, Conv1dSettings, Conv1dTable, Conv1dTables
from convlab.explore.texts import write
from convlab.nn import functional
from convlab.page.bundle import script, style
from convlab.validation import finite, integer, real_tensor

_SCRIPT = Path(__file__).with_suffix(".js")
_SAMPLES, _WEIGHTS, _LARGEST = 200, 15, 1e6
_MOST: Conv1dMost = {"stride": (1, 4), "padding": (0, 8), "dilation": (1, 4)}
_READY = {
    "average of 3": "torch.ones(3) / 3",
    "average of 8": "torch.ones(8) / 8",
    "causal average of 3": "torch.tensor([1.0, 1, 1, 0, 0]) / 3",
    "difference": "torch.tensor([-1.0, 1])",
    "central difference": "torch.tensor([-1.0, 0, 1]) / 2",
    "smoothed difference": "torch.tensor([-1.0, -2, 0, 2, 1]) / 8",
}


def conv1d(
    signal: torch.Tensor | None = None,
    kernel: torch.Tensor | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> "Conv1d":
    """Explore how a kernel (k,) slides along a signal (L,), and what its weights find in it.

    Point at an output to see its window and its products, at a sample to see who uses it; drag a
    weight, or choose one of the kernels that are ready.

    Args:
        signal: at most 200 samples; without it a drifting signal that hides three beats.
        kernel: at most 15 weights; the beat minus its mean without it.
        stride, dilation: in samples, 1 to 4, as for `torch.nn.functional.conv1d`.
        padding: zeros on each side, at most 8.

    The result, which the line of code calls `explorer`, has the signal as `X`, the chosen kernel
    with the learner's weights as `K` and the output as `Y`. Tensors are copied to the CPU; integers
    and half precision become float32.

    Raises:
        TypeError: signal or kernel is not a tensor of real numbers, a setting is not an integer.
        ValueError: signal or kernel has not one axis, is too long or holds a number that is not
            finite or too long to show; a setting is out of range; the kernel does not fit.

    Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    X = _example() if signal is None else _line("signal", signal, _SAMPLES)
    K = _beat() - 0.1 if kernel is None else _line("kernel", kernel, _WEIGHTS)
    name = "beat minus its mean" if kernel is None else "as given"
    settings: Conv1dSettings = {
        "kernel": name,
        "stride": integer("stride", stride, *_MOST["stride"]),
        "padding": integer("padding", padding, *_MOST["padding"]),
        "dilation": integer("dilation", dilation, *_MOST["dilation"]),
    }
    conv_output_size(len(X), len(K), stride, padding, dilation)
    dtype = torch.promote_types(torch.promote_types(X.dtype, K.dtype), torch.float32)
    return Conv1d(X.to(dtype), K.to(dtype), settings)


class Conv1d(Explorer):
    """What `conv1d` returns.

    `data` holds the signal and a table for each ready kernel, `edited` the table of the weights
    that the learner has moved, both packed; `settings` what is chosen. The page sends each move
    of a weight as an edit.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    edited = Unicode().tag(sync=True)
    settings = Dict().tag(sync=True)

    def __init__(self, X: torch.Tensor, K: torch.Tensor, settings: Conv1dSettings):
        self._X, self._suffix = X, ".double()" if X.dtype == torch.float64 else ""
        self._kernels = {settings["kernel"]: K} | {
            name: eval(code, {"torch": torch}).to(X.dtype) for name, code in _READY.items()
        }
        self._sizes = torch.cat([*self._kernels.values()]).abs().unique()
        codes = {settings["kernel"]: "explorer.K[None, None]"} | {
            name: f"({code}){self._suffix}[None, None]" for name, code in _READY.items()
        }
        tables: Conv1dTables = {
            "X": write(X),
            "limits": _limits(X),
            "most": _MOST,
            "products": [write(size * X) for size in self._sizes],
            "tables": {name: self._table(K, codes[name]) for name, K in self._kernels.items()},
        }
        super().__init__(data=packed(tables), edited="", settings=settings)

    @property
    def X(self) -> torch.Tensor:  # noqa: N802
        """The signal (L,), a copy."""
        return self._X.clone()

    @property
    def K(self) -> torch.Tensor:  # noqa: N802
        """The chosen kernel (k,) with the learner's weights, a copy."""
        return self._kernels[self.settings["kernel"]].clone()

    @property
    def Y(self) -> torch.Tensor:  # noqa: N802
        """The output (L',)."""
        return _run(self._X, self.K, *(self.settings[name] for name in _MOST))

    def sentence(self) -> str:
        return (
            f"Explorer of a convolution along a signal: {len(self._X)} samples, {len(self.K)}"
            " weights. Run this cell in JupyterLab, then point at an output or drag a weight."
        )

    def draw(self) -> None:
        stride, padding, dilation = (self.settings[name] for name in _MOST)
        middle = dilation * (len(self.K) - 1) / 2 - padding
        figure, axes = plt.subplot_mosaic(
            [["signal", "signal", "kernel"], ["output", "output", "."]],
            figsize=(plot.WIDTH, 3.6),
            dpi=plot.DPI,
            layout="constrained",
        )
        stems = {
            "signal": (torch.arange(len(self._X)), self._X, "input"),
            "kernel": (torch.arange(len(self.K)), self.K, "kernel"),
            "output": (torch.arange(len(self.Y)) * stride + middle, self.Y, "output"),
        }
        for name, (places, values, color) in stems.items():
            marker = {"linefmt": plot.COLORS[color], "markerfmt": ".", "basefmt": "gray"}
            axes[name].stem(places, values, **marker)
            axes[name].set_title(name, fontsize=10)
        axes["output"].sharex(axes["signal"])
        axes["output"].set_xlabel("sample under the middle of the window")
        figure.suptitle(self.sentence(), fontsize=9)

    def edit(self, kernel: str, reach: str, at: int, to: float | None, by: int) -> None:
        """Weight `at` of a kernel moves to about `to`, then `by` steps, of which 20 are `reach`.

        Raises:
            ValueError: the weight would be too large.
        """
        step = float(reach) / 20
        K = self._kernels[kernel].clone()
        value = (round((float(K[at]) if to is None else to) / step) + by) * step
        if abs(value) > _LARGEST:
            raise ValueError(f"a weight may be at most {_LARGEST:,.0f}, got {value:g}")
        K[at] = round(value, 12)
        self._kernels["edited"] = K
        weights = [float(f"{weight:.6g}") for weight in K.tolist()]
        code = f"torch.tensor([[{weights}]]){self._suffix}"
        self.edited = packed(self._table(K, code, float(reach)))

    def _table(self, K: torch.Tensor, code: str, reach: float = 0.0) -> Conv1dTable:
        """All that is shown of a kernel, whose axis does not shrink below `reach`."""
        sizes = K.abs()
        new = sizes[~torch.isin(sizes, self._sizes)].unique()
        outputs = _outputs(self._X, K)
        largest = float(sizes.max())
        highest = max(reach, _round_number(largest)) if reach else _round_number(largest * 1.1)
        return {
            "K": write(K),
            "code": code,
            "reach": f"{highest:g}",
            "rows": (torch.cat([self._sizes, new]) == sizes[:, None]).int().argmax(dim=1).tolist(),
            "products": [write(size * self._X) for size in new],
            "Y": {str(d): write(Y) if len(Y) else "" for d, Y in outputs.items()},
            "limits": {
                "P": _limits(K[:, None] * self._X),
                "Y": _limits(torch.cat([*outputs.values()])),
            },
        }


def _outputs(X: torch.Tensor, K: torch.Tensor) -> dict[int, torch.Tensor]:
    """`Y` at stride 1 and the most padding, for each dilation; empty where K does not fit."""
    padding, (least, most) = _MOST["padding"][1], _MOST["dilation"]
    room = len(X) + 2 * padding - 1
    return {
        dilation: _run(X, K, 1, padding, dilation) if dilation * (len(K) - 1) <= room else K[:0]
        for dilation in range(least, most + 1)
    }


def _run(
    X: torch.Tensor, K: torch.Tensor, stride: int, padding: int, dilation: int
) -> torch.Tensor:
    return functional.conv1d(X[None, None], K[None, None], None, stride, padding, dilation)[0, 0]


def _beat() -> torch.Tensor:
    return torch.tensor([0.1, -0.4, 1.0, -0.6, 0.1, 0.35, 0.15])


def _example() -> torch.Tensor:
    t = torch.arange(72.0)
    noise = 0.08 * torch.randn(72, generator=torch.Generator().manual_seed(0))
    signal = 0.9 * torch.sin(2 * torch.pi * t / 60) + noise
    for start in (8, 30, 55):
        signal[start : start + 7] += _beat()
    return signal.round(decimals=2)


def _limits(values: torch.Tensor) -> tuple[str, str]:
    """The ends of an axis for these values, as text: round numbers on both sides of 0."""
    low, high = float(values.min()), float(values.max())
    ends = (-_round_number(-low) if low < 0 else 0, _round_number(high) if high > 0 else 0)
    least, most = ends if any(ends) else (0, 1)
    return f"{least:g}", f"{most:g}"


def _round_number(value: float) -> float:
    """1, 2 or 5 times a power of ten: the least that is not below a value."""
    power = 10.0 ** math.floor(math.log10(value)) if value else 1.0
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= value * (1 - 1e-6))


def _line(name: str, value: torch.Tensor, most: int) -> torch.Tensor:
    numbers = real_tensor(name, value)
    if numbers.dim() != 1 or not 0 < len(numbers) <= most:
        shape = tuple(numbers.shape)
        raise ValueError(f"{name} must have one axis of 1 to {most}, got shape {shape}")
    return finite(name, numbers, _LARGEST)
