"""The explorer of activations: a curve, its slope, and what many slopes make of a gradient."""

import math
from collections.abc import Iterator
from functools import cache, partial
from itertools import product
from pathlib import Path

import torch
from traitlets import Dict, Unicode

from convlab import plot
from convlab.explore.base import Explorer, packed
from convlab.explore.schema import (
    ActivationFunction,
    ActivationSettings,
    ActivationTable,
    ActivationTables,
)
from convlab.explore.texts import write
from convlab.nn import functional
from convlab.page.bundle import script, style

_SCRIPT = Path(__file__).with_suffix(".js")
_LABELS = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "softplus": "Softplus",
    "gelu": "GELU",
    "silu": "SiLU",
}
_CHOICES: dict[str, dict[str, list[float | str]]] = {
    "leaky_relu": {"negative_slope": [0.01, 0.05, 0.1, 0.2, 0.5]},
    "softplus": {"beta": [1, 2, 5], "threshold": [2, 5, 20]},
    "gelu": {"approximate": ["none", "tanh"]},
}
_USUAL: dict[str, "Parameters"] = {
    "leaky_relu": {"negative_slope": 0.01},
    "softplus": {"beta": 1, "threshold": 20},
    "gelu": {"approximate": "none"},
}
Parameters = dict[str, float | str]
_X = torch.arange(-48, 49, dtype=torch.float64) / 8
_POINTED = 2  # every second of them can be pointed at
_LAYERS = 20


def activation(name: str = "relu") -> "Activation":
    """Explore an activation and its derivative at each x from -6 to 6, and through many layers.

    Move along the curve to see value and slope; a second activation may be laid over it. The
    plot beside them multiplies the slopes of up to 20 equal activations, one after the other.

    Args:
        name: the one to begin with: "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "gelu"
            or "silu".

    The result has the chosen activation with its settings as `function`.

    Raises:
        TypeError: name is not a string.
        ValueError: name is none of these.

    Source: X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward
    neural networks, 2010.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {type(name).__name__}")
    if name not in _LABELS:
        raise ValueError(f"name must be one of {', '.join(map(repr, _LABELS))}, got {name!r}")
    return Activation(name)


class Activation(Explorer):
    """What `activation` returns.

    `data` holds the tables of all activations, packed; `settings` what is chosen: `name`, the
    `other` laid over it ("" for none) and the `parameters` of those that have some.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    settings = Dict().tag(sync=True)

    def __init__(self, name: str):
        settings: ActivationSettings = {"name": name, "other": "", "parameters": _USUAL}
        super().__init__(data=_data(), settings=settings)

    @property
    def function(self) -> partial:
        """The chosen activation with its settings: takes a tensor, gives one of the same shape."""
        name = self.settings["name"]
        return _function(name, self.settings["parameters"].get(name, {}))

    def sentence(self) -> str:
        return (
            f"Explorer of the activation {_LABELS[self.settings['name']]}."
            " Run this cell in JupyterLab, then move along the curve."
        )

    def draw(self) -> None:
        y, slope = _curve(self.function, _X)
        curves = {_LABELS[self.settings["name"]]: y, "its derivative": slope}
        plot.lines(curves, _X, title=self.sentence(), xlabel="x")


@cache
def _data() -> str:
    tables: ActivationTables = {
        "x": write(_X[::_POINTED]),
        "every": _POINTED,
        "layers": _LAYERS,
        "functions": {name: _tables(name) for name in _LABELS},
    }
    return packed(tables)


def _tables(name: str) -> ActivationFunction:
    choices = _CHOICES.get(name, {})
    return {
        "label": _LABELS[name],
        "choices": choices,
        "tables": {
            ",".join(map(str, chosen)): _table(name, dict(zip(choices, chosen, strict=True)))
            for chosen in product(*choices.values())
        },
    }


def _table(name: str, parameters: Parameters) -> ActivationTable:
    """Value and slope at each x; for each number of layers, the product of their slopes."""
    function = _function(name, parameters)
    y, slope = _curve(function, _X)
    code = "".join(f", {key}={value!r}" for key, value in parameters.items())
    return {
        "code": f"{'torch' if name in ('sigmoid', 'tanh') else 'F'}.{name}(x{code})",
        "y": write(y),
        "slope": write(slope),
        "ends": (str(math.floor(y.min())), str(round(float(y.max())))),
        "through": [write(product) for product in _products(function)],
    }


def _products(function: partial) -> Iterator[torch.Tensor]:
    """For 1, 2, … layers, the product of their slopes at each x that can be pointed at."""
    value, passed = _X[::_POINTED], torch.ones(1, dtype=torch.float64)
    for _ in range(_LAYERS):
        value, slope = _curve(function, value)
        passed = passed * slope
        yield passed


def _curve(function: partial, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The function and its derivative at each x, by autograd."""
    x = x.clone().requires_grad_()
    y = function(x)
    return y.detach(), torch.autograd.grad(y.sum(), x)[0]


def _function(name: str, parameters: Parameters) -> partial:
    return partial(getattr(functional, name), **parameters)
