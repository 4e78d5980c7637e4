"""The explorer of receptive fields: layers one above the other, and what each unit sees of them."""

import json
from collections import OrderedDict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
from torch import nn
from traitlets import Dict, Unicode

from convlab import plot
from convlab.explore import changing
from convlab.explore.base import Explorer, first_that_fits
from convlab.explore.changing import Changes
from convlab.explore.schema import (
    ReceptiveFieldAnswer,
    ReceptiveFieldTables,
    Strip,
    StripPicture,
    StripRun,
    StripTables,
)
from convlab.explore.strips import Book, picture
from convlab.page.bundle import script, style
from convlab.receptive import ReceptiveField
from convlab.receptive.tracing import trace, without_numbers
from convlab.validation import integers

_SCRIPT = Path(__file__).with_suffix(".js")
_AXES = {1: ["positions"], 2: ["rows", "columns"], 3: ["depth", "rows", "columns"]}
_LONGEST = 2048
# Of a small network changes in one layer are stored as well, up to the first of these limits on
# kernel size, stride and dilation that fits; the last stores none.
_SMALL = {"strips": 10, "side": 128}
_LIMITS = ((5, 2, 3), (5, 2, 2), (3, 2, 2), (3, 2, 1), (0, 0, 0))
_BUDGET, _BUDGET_OF_LARGE = 24_000, 40_000


def receptive_field(
    model: nn.Module | None = None, input_shape: tuple[int, ...] = (1, 1, 32, 32)
) -> "Cone":
    """Explore what each unit of each layer of a network sees: of the layers below, of the input.

    Point at a unit to see its field. The sliders change kernel size, stride and dilation of a
    layer in a copy: padding that is half of the kernel's reach, d(k - 1)/2, stays half of it, other
    padding stays as it is. A setting that is the same along all axes changes along all. Axes do not
    mix: the picture shows one, and where they differ there is a choice.

    Args:
        model: a network that `convlab.receptive_field` can read; without it four convolutions and
            a pooling.
        input_shape: (N, C, *spatial axes), one to three spatial axes of at most 2048 elements.

    The result has `changes`, {layer: [kernel size, stride, dilation]}, each with a number for each
    axis, and `field`, the `ReceptiveField` with these changes.

    Raises:
        TypeError: as `convlab.receptive_field`.
        ValueError: as `convlab.receptive_field`; no layer reads more than its own place; the input
            or the network is too large to show.

    Source: A. Araujo, W. Norris and J. Sim, Computing receptive fields of convolutional neural
    networks, Distill, 2019.
    """
    model = _example() if model is None else model
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    shape = integers("input_shape", tuple(input_shape))
    if len(shape) not in (3, 4, 5) or max(shape[2:]) > _LONGEST:
        raise ValueError(
            f"input_shape must be (N, C, one to three axes of at most {_LONGEST}), got {shape}"
        )
    return Cone(model, shape)


class Cone(Explorer):
    """What `receptive_field` returns.

    `data` holds the strips of the network as it came and, where it is small, with changes in one
    layer, packed; `changes` what the learner has chosen. The page asks for others by message.
    """

    _esm = script(_SCRIPT)
    _css = style(_SCRIPT)
    data = Unicode().tag(sync=True)
    changes = Dict().tag(sync=True)

    def __init__(self, model: nn.Module, shape: tuple[int, ...]):
        self._name, self._shape = type(model).__name__, shape
        self._model = without_numbers(nn.Sequential(model) if _is_layer(model) else model)
        super().__init__(data=self._packed(), changes={})

    @property
    def field(self) -> ReceptiveField:
        """The receptive field of the network with the learner's changes."""
        return ReceptiveField(*trace(changing.variant(self._model, self.changes), self._shape))

    def sentence(self) -> str:
        field = self.field
        size, shape = ("x".join(map(str, numbers)) for numbers in (field.size, self._shape))
        return (
            f"Explorer of the receptive field of {self._name} on an input of {shape}: a unit of its"
            f" output has a field of {size}. Run this cell in JupyterLab, then point at a unit."
        )

    def draw(self) -> None:
        book = Book()
        model = changing.variant(self._model, self.changes)
        ids = picture(model, self._shape, book)
        tables = book.tables()
        _draw([tables["strips"][number] for number in ids[-1]], tables)
        plt.gcf().suptitle(self.sentence(), fontsize=9, wrap=True)

    def answer(self, ask: Changes) -> ReceptiveFieldAnswer:
        """The strips with the changes that are asked for, or why there are none."""
        book = Book()
        return {"picture": self._picture(ask, book), "tables": book.tables()}

    def _packed(self) -> str:
        original = self._tables(_LIMITS[-1])
        strips = len(original["pictures"]["{}"][0])
        if strips == 1:
            raise ValueError(f"{self._name} has no layer that reads more than its own place")
        if strips > _SMALL["strips"] or max(self._shape[2:]) > _SMALL["side"]:
            return first_that_fits([original], _BUDGET_OF_LARGE, self._name)
        return first_that_fits(map(self._tables, _LIMITS), _BUDGET, self._name)

    def _tables(self, limits: tuple[int, int, int]) -> ReceptiveFieldTables:
        """The strips of the network as it came, and with changes in one layer up to `limits`."""
        book = Book()
        original = picture(self._model, self._shape, book)
        strips = book.tables()["strips"]
        layers = sorted({strip["name"] for strip in strips if "kernel" in strip})
        pictures: dict[str, StripPicture] = {"{}": original}
        for name in layers:
            for settings in _variations(self._model.get_submodule(name), limits):
                changes = {name: settings}
                pictures[_key(changes)] = self._picture(changes, book)
        axes = _AXES[len(self._shape) - 2]
        kernel, stride, dilation = changing.MOST.values()
        most = kernel, stride, dilation
        return {**book.tables(), "pictures": pictures, "axes": axes, "most": most}

    def _picture(self, changes: Changes, book: Book) -> StripPicture:
        """The strips with `changes`, or why there are none."""
        try:
            return picture(changing.variant(self._model, changes), self._shape, book)
        except (AttributeError, TypeError, ValueError) as error:
            return str(error).split(" fails with: ")[-1].split("\n")[0]


def _is_layer(model: nn.Module) -> bool:
    ours = type(model).__module__.startswith(("torch.nn.", "convlab.nn."))
    return ours and not any(model.children())


def _variations(layer: nn.Module, limits: tuple[int, int, int]) -> Iterator[changing.Settings]:
    """Other settings up to `limits`: any kernel size, and another stride or another dilation."""
    original = changing.settings(layer) or []
    kernel, stride, dilation = limits
    limits = (kernel, stride, dilation if changing.dilates(layer) else 1)
    spans = [
        [[n] * len(values) for n in range(1, most + 1)] if len(set(values)) == 1 else [values]
        for values, most in zip(original, limits, strict=True)
    ]
    for settings in map(list, product(*spans)):
        if settings != original and (settings[1] == original[1] or settings[2] == original[2]):
            yield settings


def _key(changes: Changes) -> str:
    return json.dumps(changes, separators=(",", ":"), ensure_ascii=False)


def _example() -> nn.Module:
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(1, 1, 3, padding=1),
        conv2=nn.Conv2d(1, 1, 3, padding=1),
        pool=nn.MaxPool2d(2),
        conv3=nn.Conv2d(1, 1, 3, padding=1),
        conv4=nn.Conv2d(1, 1, 3, padding=2, dilation=2),
    )
    return nn.Sequential(layers)


def _draw(strips: list[Strip], tables: StripTables) -> None:
    """The strips with all that a unit in the middle sees: of the last one with room beside it."""
    every = (_seen(strips, tables, top) for top in reversed(range(1, len(strips))))
    partial = (seen for seen in every if len(seen[0]) < strips[0]["units"])
    seen = next(partial, None) or _seen(strips, tables, len(strips) - 1)
    _, ax = plt.subplots(
        figsize=(plot.WIDTH, min(0.8 + 0.32 * len(strips), 9)), dpi=plot.DPI, layout="constrained"
    )
    for level, strip in enumerate(strips):
        first, wide = strip["spot"]
        gap = wide * (0.12 if strip["units"] <= 64 else 0)
        for unit in range(strip["units"]):
            color = plot.COLORS["mark"] if unit in seen[level] else "#cccccc"
            left = first + unit * wide - wide / 2 + gap / 2
            ax.broken_barh([(left, wide - gap)], (level - 0.3, 0.6), color=color)
    ax.set_yticks(range(len(strips)), [strip["name"] for strip in strips], fontsize=8)
    ax.set_xlabel("place in the input")
    ax.spines[:].set_visible(False)


def _seen(strips: list[Strip], tables: StripTables, top: int) -> list[set[int]]:
    """Of each strip the units that the unit in the middle of strip `top` sees."""
    seen: list[set[int]] = [set() for _ in strips]
    seen[top] = {strips[top]["units"] // 2}
    for i in reversed(range(top + 1)):
        for source, number in strips[i]["reads"]:
            units = _unrolled(tables["reads"][number], tables["patterns"])
            seen[source] |= {read for j in seen[i] for read in units[j]}
    return seen


def _unrolled(runs: list[StripRun], patterns: list[list[int] | None]) -> list[list[int]]:
    """For each unit the units that it reads."""
    units = []
    for count, first, advance, kind in runs:
        for n in range(count):
            place = first + n * advance
            gaps = patterns[kind]
            units.append(
                [] if gaps is None else [place + sum(gaps[:q]) for q in range(len(gaps) + 1)]
            )
    return units
