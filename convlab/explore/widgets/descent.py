"""The explorer of gradient descent: a loss over two weights, and the way down or out."""

import base64
import io
import math
import textwrap
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy
import torch
from matplotlib.ticker import MaxNLocator
from PIL import Image
from traitlets import Dict, Unicode

from convlab import plot
from convlab.explore import texts
from convlab.explore.base import Explorer, first_that_fits
from convlab.explore.schema import (
    DescentAnswer,
    DescentChosen,
    DescentPath,
    DescentSurface,
    DescentTables,
    DescentVerdict,
)
from convlab.nn import functional
from convlab.page.bundle import script, style
from convlab.validation import finite, integer, number, real_tensor

_SCRIPT = Path(__file__).with_suffix(".js")
Loss = Callable[[torch.Tensor], torch.Tensor]
Around = tuple[tuple[float, float], tuple[float, float]]
Descents = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

_BUDGET = 27_000
_MOST_STEPS = 60
_FINE = 81
_DECADES = 10
_RATES = (0.002, 0.005, 0.01, 0.02, 0.03, 0.032, 1 / 30, 0.034, 0.04)
_FACTORS = (0.1, 0.25, 0.5, 1, 1.1, 1.25, 1.5, 2)
_PLACES = ((0.15, 0.5, 0.85), (0.2, 0.8), ())


def descent(
    loss: Loss | None = None,
    *,
    start: torch.Tensor | None = None,
    lr: float = 0.03,
    steps: int = 30,
    around: Around = ((-0.6, 2.2), (-2.2, 1.2)),
) -> "Descent":
    """Explore gradient descent on a loss of two weights: from where, how fast, and where to.

    Click on the picture to start there; change the learning rate and see the path converge, crawl
    or diverge. Play shows it step by step.

    Args:
        loss: takes n pairs of weights (n, 2) in float32, gives their losses (n,), none below 0;
            torch finds the gradients. Without it, the squared error of a 1x2 kernel that is to
            make the edges of a dark band in a 6x8 picture; its lowest point is [1, -1].
        start: the first weights (2,); drawn once with the seed 0 without it.
        lr: the learning rate, above 0.
        steps: how many are taken, 1 to 60.
        around: the drawn range of each weight: ((low, high), (low, high)).

    The result has `start` and `lr` as the learner has chosen them, and their `path` and `losses`.

    Raises:
        TypeError: loss is not callable or gives no tensor; start is not a tensor of real numbers;
            lr, steps or around is not of numbers.
        ValueError: a loss is negative, not finite or has no gradient; a setting is out of range.

    Source: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, Efficient BackProp, 1998.
    """
    rates = _RATES if loss is None else tuple(lr * factor for factor in _FACTORS)
    loss = _squared_error if loss is None else loss
    if start is None:
        start = torch.rand(2, generator=torch.Generator().manual_seed(0))
    around = _around(around)
    _require_loss(loss, around)
    return Descent(
        loss,
        _start(start),
        number("lr", lr, 0, 1e6),
        integer("steps", steps, 1, _MOST_STEPS),
        around,
        rates,
    )


class Descent(Explorer):
    """What `descent` returns.

    `data` holds the surface and the paths from some starts at some rates, packed; `chosen` the
    start and the rate. The page asks for any other path by message.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    chosen = Dict().tag(sync=True)

    def __init__(
        self,
        loss: Loss,
        start: torch.Tensor,
        lr: float,
        steps: int,
        around: Around,
        rates: Iterable[float],
    ):
        self._loss, self._steps, self._around = loss, steps, around
        first, surface = _plain(start), _surface(loss, around)
        shown = sorted({_short(rate) for rate in (*rates, lr)})
        starts = ([first, *_grid(around, places)] for places in _PLACES)
        tables = (self._tables(surface, each, shown) for each in starts)
        data = first_that_fits(tables, _BUDGET, "the loss")
        super().__init__(data=data, chosen={"start": first, "lr": _short(lr)})

    @property
    def start(self) -> torch.Tensor:
        """The first weights (2,)."""
        return torch.tensor(self.chosen["start"], dtype=torch.float32)

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.chosen["lr"]

    @property
    def path(self) -> torch.Tensor:
        """The weights before the first step and after each one (steps + 1, 2)."""
        return self._descend()[0][:, 0]

    @property
    def losses(self) -> torch.Tensor:
        """The loss before the first step and after each one (steps + 1,)."""
        return self._descend()[1][:, 0]

    def sentence(self) -> str:
        return (
            f"Explorer of gradient descent: {self._steps} steps at the learning rate {self.lr:.3g}."
            " Run this cell in JupyterLab, then move the start."
        )

    def draw(self) -> None:
        paths = {f"lr {self.lr:.3g}": self.path[self.losses.isfinite()]}
        plot.descent(self._loss, paths, around=self._around)
        plt.gcf().suptitle(textwrap.fill(self.sentence(), 65), fontsize=12)

    def answer(self, ask: DescentChosen) -> DescentAnswer:
        """The path from a start at a learning rate."""
        return {"path": self._paths([ask["start"]], [ask["lr"]])[0][0]}

    def _descend(self) -> Descents:
        return _descend(self._loss, self.start[None], self.lr, self._steps)

    def _tables(
        self, surface: DescentSurface, starts: list[list[float]], rates: list[float]
    ) -> DescentTables:
        paths = self._paths(starts, rates)
        return {**surface, "steps": self._steps, "rates": rates, "starts": starts, "paths": paths}

    def _paths(self, starts: list[list[float]], rates: list[float]) -> list[list[DescentPath]]:
        """For each rate, the path from each start; all descend at once."""
        weights = torch.tensor(starts, dtype=torch.float32).repeat(len(rates), 1)
        each = torch.tensor(rates).repeat_interleave(len(starts))[:, None]
        descents = _descend(self._loss, weights, each, self._steps)
        paths = [_path(*(part[:, n] for part in descents)) for n in range(len(weights))]
        return [paths[n : n + len(starts)] for n in range(0, len(paths), len(starts))]


def _squared_error(pairs: torch.Tensor) -> torch.Tensor:
    """The loss of lesson 04: how far n kernels (n, 2) are from finding the edges of a dark band."""
    X = torch.ones(1, 1, 6, 8)
    X[..., 2:6] = 0
    Y = functional.conv2d(X, torch.tensor([[[[1.0, -1.0]]]]))
    return ((functional.conv2d(X, pairs[:, None, None]) - Y) ** 2).sum(dim=(0, 2, 3))


def _descend(loss: Loss, weights: torch.Tensor, lr: float | torch.Tensor, steps: int) -> Descents:
    """Descent from n starts (n, 2): weights (steps + 1, n, 2), losses (steps + 1, n), gradients.

    `lr` is one rate for all, or one for each (n, 1).
    """
    path, losses, gradients = [], [], []
    weights = weights.clone()
    for _ in range(steps + 1):
        weights.requires_grad_()
        now = loss(weights)
        (gradient,) = torch.autograd.grad(now.sum(), weights)
        path.append(weights.detach())
        losses.append(now.detach())
        gradients.append(gradient)
        weights = weights.detach() - lr * gradient
    return torch.stack(path), torch.stack(losses), torch.stack(gradients)


def _path(weights: torch.Tensor, losses: torch.Tensor, gradients: torch.Tensor) -> DescentPath:
    """A path as the page has it: texts, as far as the numbers are finite, and how it goes."""
    finite = losses.isfinite() & weights.isfinite().all(1) & gradients.isfinite().all(1)
    count = int(finite.long().cumprod(0).sum())
    return {
        "how": _verdict(losses, gradients),
        "weights": [texts.write(weight) for weight in weights[:count].T],
        "gradients": [texts.write(gradient) for gradient in gradients[:count].T],
        "losses": texts.write(losses[:count]),
    }


def _verdict(losses: torch.Tensor, gradients: torch.Tensor) -> DescentVerdict:
    """How a descent goes, from its losses and from how steep it is at the end."""
    slopes = gradients.norm(dim=1)
    if not bool(losses.isfinite().all()) or losses[-1] > losses[0] or _rises(losses):
        return "diverges"
    if slopes[0] == 0:
        return "stands"
    if slopes[-1] <= 0.03 * slopes[0]:
        return "converges"
    if bool((losses[-1] - losses[-2]).abs() <= 1e-3 * losses[-1]) and _turns(gradients):
        return "swings"
    return "crawls"


def _rises(losses: torch.Tensor) -> bool:
    last = losses[-4:]
    return len(losses) > 4 and bool((last[1:] > 1.001 * last[:-1]).all())


def _turns(gradients: torch.Tensor) -> bool:
    return bool((gradients[-1] * gradients[-2]).sum() < 0)


def _surface(loss: Loss, around: Around) -> DescentSurface:
    """The picture of the loss, its lines of equal loss, and the axes."""
    first, second = (torch.linspace(low, high, _FINE) for low, high in around)
    losses = loss(torch.cartesian_prod(first, second)).detach().cpu().reshape(_FINE, _FINE).T
    top = float(losses.max()) or 1.0
    heights = losses.clamp(min=1e-3 * top).log10()
    high = math.ceil(math.log10(top)) + 1
    low = high - _DECADES
    return {
        "around": around,
        "picture": _picture(heights),
        "lines": _lines(heights),
        "ticks": [_ticks(*limits) for limits in around],
        "decades": [(10.0**n, _decade(n)) for n in range(low, high + 1, 2)],
        "low": 10.0**low,
        "high": 10.0**high,
    }


def _decade(exponent: int) -> str:
    return f"{10.0**exponent:g}" if -3 < exponent < 5 else f"1e{exponent}"


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    return [
        (value, f"{value:g}")
        for value in numpy.round(MaxNLocator(5).tick_values(low, high), 9).tolist()
        if low <= value <= high
    ]


def _picture(heights: torch.Tensor) -> str:
    """The heights from dark to bright as a small PNG, the second weight upwards."""
    scaled = (heights - heights.min()) / (heights.max() - heights.min()).clamp(min=1e-9)
    image = Image.fromarray((scaled.flip(0) * 63).round().byte().numpy(), "P")
    colors = plt.get_cmap(plot.VALUES)(torch.linspace(0, 1, 64).numpy(), bytes=True)
    image.putpalette(colors[:, :3].tobytes())
    file = io.BytesIO()
    image.save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _lines(heights: torch.Tensor) -> str:
    """Twelve lines of equal height as the path of a drawing 1000 wide and high."""
    figure, ax = plt.subplots()
    spread = torch.linspace(0, 1000, _FINE).numpy()
    contours = ax.contour(spread, spread[::-1], heights.numpy(), levels=12)
    plt.close(figure)
    return "".join(
        "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in (*line[: -1 : 1 + len(line) // 40], line[-1]))
        for level in contours.allsegs
        for line in level
        if len(line)
    )


def _grid(around: Around, places: tuple[float, ...]) -> list[list[float]]:
    spans = [[round(low + place * (high - low), 2) for place in places] for low, high in around]
    return [list(pair) for pair in product(*spans)]


def _plain(start: torch.Tensor) -> list[float]:
    return [float(str(value)) for value in start.numpy()]


def _short(rate: float) -> float:
    return float(f"{rate:.6g}")


def _require_loss(loss: Loss, around: Around) -> None:
    if not callable(loss):
        raise TypeError(f"loss must be callable, got {type(loss).__name__}")
    first, second = (torch.linspace(low, high, _FINE) for low, high in around)
    pairs = torch.cartesian_prod(first, second).requires_grad_()
    losses = loss(pairs)
    if not isinstance(losses, torch.Tensor):
        raise TypeError(f"loss must give a torch.Tensor, got {type(losses).__name__}")
    if tuple(losses.shape) != (len(pairs),):
        shape = tuple(losses.shape)
        raise ValueError(f"loss must give (n,) for n pairs ({len(pairs)}, 2), got shape {shape}")
    if not losses.requires_grad:
        raise ValueError("loss must have a gradient, got one that does not depend on the weights")
    if not bool((losses.isfinite() & (losses >= 0)).all()):
        low, high = losses.min().item(), losses.max().item()
        raise ValueError(f"loss must be finite and at least 0, got {low:g} to {high:g}")


def _start(start: torch.Tensor) -> torch.Tensor:
    weights = real_tensor("start", start).float()
    if tuple(weights.shape) != (2,):
        raise ValueError(f"start must be (2,), got shape {tuple(weights.shape)}")
    return finite("start", weights, 1e6)


def _around(around: Around) -> Around:
    try:
        limits = tuple((float(low), float(high)) for low, high in around)
    except (TypeError, ValueError):
        raise TypeError(
            f"around must be ((low, high), (low, high)) of numbers, got {around!r}"
        ) from None
    if len(limits) != 2 or not all(
        math.isfinite(low) and math.isfinite(high) and low < high for low, high in limits
    ):
        raise ValueError(f"around must be two finite ranges (low, high), got {around!r}")
    return limits
