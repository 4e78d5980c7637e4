"""The explorer of kernels: what nine or 25 numbers do to a photograph, live."""

import base64
import io
import math
import textwrap
from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from PIL import Image
from traitlets import Dict, Unicode

from convlab import data, plot
from convlab.explore import texts
from convlab.explore.base import Explorer, packed
from convlab.explore.schema import (
    KernelAnswer,
    KernelChosen,
    KernelDescription,
    KernelQuestion,
    KernelRange,
    KernelTables,
)
from convlab.nn import functional
from convlab.page.bundle import script, style
from convlab.validation import finite, real_tensor

_SCRIPT = Path(__file__).with_suffix(".js")
_WIDEST = 330
_LARGEST_FILE = 17_000
_LARGEST_WEIGHT = 1000
_SIZES = (3, 5)
_RANGES = ((0, 1), (-0.5, 0.5), (-1.5, 1.5), (-8, 8))
_KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "[1, -1]": [[0, 0, 0], [0, 1, -1], [0, 0, 0]],
    "Sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Sobel y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "Laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "Gaussian blur": [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "5x5 edge detector": [[24 if i == j == 2 else -1 for j in range(5)] for i in range(5)],
    "5x5 box blur": [[0.04] * 5] * 5,
}


def kernel(photo: torch.Tensor | None = None, K: torch.Tensor | None = None) -> "Kernel":
    """Explore what a kernel K (3, 3) or (5, 5) does to a photograph, while you change it.

    Pick a kernel or edit its numbers; point at a pixel to see the sum behind it.

    Args:
        photo: (H, W) grey or (3, H, W) RGB, values in [0, 1]; a temple without it. It is turned to
            grey, made smaller by a whole factor (the mean of each block) until it is at most 330
            pixels a side and small enough to be saved, and rounded to 256 levels.
        K: a Sobel kernel without it.

    The result has `X`, the photograph as it is filtered, and `K` and `Y` as the learner has made
    them. Tensors are copied to the CPU and computed in float32.

    Raises:
        TypeError: photo or K is not a tensor of real numbers.
        ValueError: photo or K has another shape or holds a number that is not finite, or out of
            range; photo is smaller than 5x5, as it is or made smaller.

    Source: R. Gonzalez and R. Woods, Digital Image Processing, 2018, chapter 3.
    """
    photo = data.photo(gray=True)[20:255, 50:400] if photo is None else photo
    kernels = {name: torch.tensor(rows, dtype=torch.float32) for name, rows in _KERNELS.items()}
    kernels |= {} if K is None else {"as given": _kernel(K)}
    return Kernel(_small(_grey(photo)), kernels, "Sobel x" if K is None else "as given")


class Kernel(Explorer):
    """What `kernel` returns.

    `data` holds the photograph, the kernels to pick and the texts, packed; `chosen` the kernel and
    the range of values that is drawn from black to white. The page asks for sums by message, and
    for the picture where the browser cannot make it.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    chosen = Dict().tag(sync=True)

    def __init__(self, pixels: torch.Tensor, kernels: Mapping[str, torch.Tensor], name: str):
        self._pixels = pixels
        descriptions = {name: _description(K) for name, K in kernels.items()}
        tables: KernelTables = {
            "photo": _encode(pixels),
            "levels": texts.write(torch.arange(256) / 255),
            "ranges": [_range(*limits) for limits in _RANGES],
            "kernels": descriptions,
            "largest": _LARGEST_WEIGHT,
        }
        first = descriptions[name]
        chosen: KernelChosen = {"weights": first["weights"], "range": first["range"]}
        super().__init__(data=packed(tables), chosen=chosen)

    @property
    def X(self) -> torch.Tensor:  # noqa: N802
        """The photograph (H, W), values in [0, 1]."""
        return self._pixels / 255

    @property
    def K(self) -> torch.Tensor:  # noqa: N802
        """The kernel (3, 3) or (5, 5)."""
        return _square(self.chosen["weights"])

    @property
    def Y(self) -> torch.Tensor:  # noqa: N802
        """The filtered photograph (H - h + 1, W - w + 1)."""
        return _filter(self.X, self.K)

    def answer(self, ask: KernelQuestion) -> KernelAnswer:
        """What the kernel is, and its sum in the window that begins at `ask["at"]`."""
        K = _square(ask["weights"])
        row, column = ask["at"]
        window = self.X[row : row + len(K), column : column + len(K)]
        kernel = _description(K)
        answer: KernelAnswer = {
            "texts": kernel["texts"],
            "says": kernel["says"],
            "products": texts.write(window * K),
            "sum": texts.write(_clean(_filter(window, K))),
        }
        if "range" in ask:
            low, high = _RANGES[ask["range"]]
            shown = (_filter(self.X, K) - low) / (high - low)
            answer["picture"] = _encode(shown.clamp(0, 1).mul(255).round().byte())
        return answer

    def sentence(self) -> str:
        (height, width), size = self.X.shape, len(self.K)
        return (
            f"Explorer of kernels: a photograph, {height}x{width}, under a {size}x{size} kernel."
            " Run this cell in JupyterLab, then change a number of the kernel."
        )

    def draw(self) -> None:
        low, high = _RANGES[self.chosen["range"]]
        figure, axes = plt.subplots(1, 2, figsize=(plot.WIDTH * 0.7, 2.6), layout="constrained")
        pictures = (self.X, 0, 1, "photograph"), (self.Y, low, high, "filtered")
        for ax, (picture, least, most, name) in zip(axes, pictures, strict=True):
            ax.imshow(picture.numpy(), cmap="gray", vmin=least, vmax=most)
            ax.set_title(f"{name}: black {least}, white {most}", fontsize=10)
            ax.set_axis_off()
        figure.suptitle(textwrap.fill(self.sentence(), 65), fontsize=11)


def _filter(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    return functional.conv2d(X[None, None], K[None, None])[0, 0]


def _description(K: torch.Tensor) -> KernelDescription:
    total = _clean(K.sum())
    positive = float(K.clamp(min=0).sum())
    wide = [index for index, (low, high) in enumerate(_RANGES) if low < 0 and high >= positive / 3]
    return {
        # The shortest text of a float32, read again: what the learner would type.
        "weights": [float(str(weight)) for weight in K.numpy().flatten()],
        "texts": texts.write(K),
        "says": _meaning(total),
        "range": (wide or [len(_RANGES) - 1])[0] if total == 0 else 0,
    }


def _meaning(total: torch.Tensor) -> str:
    """What the sum of a kernel does to a flat region."""
    text = texts.write(total)
    sign = "≈" if text[0] == "~" else "="
    if total == 0:
        meaning = "flat regions become 0, only changes are left"
    elif total == 1:
        meaning = "flat regions keep their brightness"
    elif total < 0:
        meaning = "flat regions become negative: bright and dark change places"
    else:
        meaning = f"flat regions become {'brighter' if total > 1 else 'darker'}"
    return f"Sum of the kernel {sign} {text.lstrip('~')}: {meaning}."


def _clean(numbers: torch.Tensor) -> torch.Tensor:
    """Without what rounding has left where nothing should be."""
    return numbers.double().round(decimals=6)


def _range(low: float, high: float) -> KernelRange:
    middle = f", grey {(low + high) / 2:g}" if low < 0 else ""
    return {
        "name": f"black {low:g}{middle}, white {high:g}".replace("-", "−"),
        "divisor": high - low,
        "bias": -low / (high - low),
    }


def _square(weights: list[float]) -> torch.Tensor:
    return torch.tensor(weights, dtype=torch.float32).reshape(-1, math.isqrt(len(weights)))


def _png(pixels: torch.Tensor) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "png", optimize=True)
    return file.getvalue()


def _encode(pixels: torch.Tensor) -> str:
    return base64.b64encode(_png(pixels)).decode()


def _small(grey: torch.Tensor) -> torch.Tensor:
    """The photograph in 256 levels (uint8), small enough for a cell and for a saved notebook."""
    factor = math.ceil(max(grey.shape) / _WIDEST)
    while True:
        if min(grey.shape) // factor < max(_SIZES):
            shape = tuple(grey.shape)
            raise ValueError(
                f"photo must be at least {max(_SIZES)} a side when made {factor} times smaller,"
                f" got {shape}"
            )
        pixels = functional.avg_pool2d(grey[None, None], factor)[0, 0].mul(255).round().byte()
        if len(_png(pixels)) <= _LARGEST_FILE:
            return pixels
        factor += 1


def _grey(photo: torch.Tensor) -> torch.Tensor:
    photo = real_tensor("photo", photo).float()
    shape = tuple(photo.shape)
    if photo.dim() == 3 and shape[0] == 3:
        photo = torch.tensordot(torch.tensor(data.LUMA), photo, dims=1)
    if photo.dim() != 2 or min(shape) < 1:
        raise ValueError(f"photo must be (H, W) or (3, H, W), got shape {shape}")
    if not bool(((photo >= -1e-6) & (photo <= 1 + 1e-6)).all()):
        raise ValueError(
            f"photo must hold values in [0, 1], got {float(photo.min()):g} to"
            f" {float(photo.max()):g}"
        )
    return photo.clamp(0, 1)


def _kernel(K: torch.Tensor) -> torch.Tensor:
    K = real_tensor("K", K).float()
    if tuple(K.shape) not in [(size, size) for size in _SIZES]:
        raise ValueError(f"K must be (3, 3) or (5, 5), got shape {tuple(K.shape)}")
    return finite("K", K, _LARGEST_WEIGHT)
