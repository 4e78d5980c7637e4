"""Which part of the input a unit of a network sees: its receptive field, for any traceable network.

The network is traced, not run: numbers take no part. Source: A. Araujo, W. Norris and J. Sim,
Computing receptive fields of convolutional neural networks, Distill, 2019.
"""

from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import torch
from torch import nn

from convlab.receptive.origins import Origin, unit_at
from convlab.receptive.tracing import trace
from convlab.validation import integers

Box = tuple[slice, ...]


class Row(NamedTuple):
    """A layer of `ReceptiveField.table()`; each setting is a tuple with one number per axis."""

    layer: str
    operation: str
    kernel: tuple[int, ...]
    stride: tuple
    size: tuple[int, ...]
    step: tuple


class ReceptiveField:
    """What the units of one layer of a traced network see.

    A unit is a position of the layer's output, all its channels together.
    """

    def __init__(self, origin: Origin, layers: dict[str, Origin], blocks: dict[str, Origin]):
        self._origin, self._layers, self._blocks = origin, layers, blocks

    @property
    def shape(self) -> tuple[int, ...]:
        """How many units there are along each spatial axis; 1 along an axis that is gone."""
        return self._origin.sizes

    @property
    def stride(self) -> tuple:
        """How far the field moves from a unit to the next, in elements of the input per axis.

        An integer, a `Fraction` above a layer that enlarges, or 0 where all units see everything.
        """
        return tuple(map(_number, self._origin.step))

    @cached_property
    def size(self) -> tuple[int, ...]:
        """The length of the field along each axis, padding included, in the middle of the map.

        Where neighbours differ (after an enlarging layer) it is the longest among as many of them
        as it takes until lengths repeat.
        """
        return tuple(map(self._longest, range(self._origin.count)))

    def box(self, index: int | tuple[int, ...], clip: bool = True) -> Box:
        """The smallest box around all elements of the input that the unit at `index` depends on.

        Args:
            index: one integer per spatial axis, 0 along an axis that is gone; an integer for 1-D.
            clip: within the input, so that `picture[..., *box]` is the field, empty where a unit
                sees only padding; without it, as if the input and all layers went on beyond their
                borders, which shows how far the field reaches into the padding (a slice that
                starts below zero is no index then).

        Raises:
            ValueError: index has another number of integers than there are axes, or is outside.
        """
        unit = unit_at(index, self.shape)
        seen = _seen(self._origin, tuple(frozenset({i}) for i in unit), range(len(unit)), clip)
        return tuple(
            slice(min(axis), max(axis) + 1) if axis else slice(0, 0)
            for axis in (set().union(*(product[a] for product in seen)) for a in range(len(unit)))
        )

    def at(self, layer: str) -> "ReceptiveField":
        """The field of an inner layer, by its name in `table()` or in the model.

        The name of a block of layers stands for its last one.

        Raises:
            ValueError: no layer and no block has that name.
        """
        origins = self._blocks | self._layers
        if layer not in origins:
            raise ValueError(f"layer must be one of {list(origins)}, got {layer!r}")
        return ReceptiveField(origins[layer], self._layers, self._blocks)

    def table(self) -> "Table":
        """A row for each layer up to here that reads more than its own place, or joins branches."""
        return Table(
            Row(name, origin.operation, *_settings(origin), field.size, field.stride)
            for name, origin in self._layers.items()
            if origin.widens_or_joins and origin in self._origin.origins
            for field in [self.at(name)]
        )

    def draw(self, picture: torch.Tensor, index: int | tuple[int, ...], title: str = "") -> None:
        """Draw the field of the unit at `index` on `picture`, and dashed how far it would reach.

        Args:
            picture: the input without batch: (L,) or (C, L), (H, W) or (3, H, W), (D, H, W) or
                (1, D, H, W); a volume is drawn in three slices through the field's middle.

        Raises:
            ValueError: picture has another size than the input, or index is outside.
        """
        from convlab import plot

        size = self._origin.origins[0].sizes
        if not isinstance(picture, torch.Tensor) or tuple(picture.shape[-len(size) :]) != size:
            got = tuple(getattr(picture, "shape", ())) or type(picture).__name__
            raise ValueError(f"picture must be a tensor that ends in {size}, the input, got {got}")
        plot.field(picture, self.box(index), self.box(index, clip=False), title)

    def __repr__(self):
        return f"ReceptiveField(size={self.size}, stride={self.stride}, shape={self.shape})"

    def _longest(self, axis):
        origin = self._origin
        units, step = origin.sizes[axis], origin.step[axis]
        if not step:  # all see the same, but for those that see nothing
            outwards = sorted(range(units), key=lambda unit: abs(2 * unit + 1 - units))
            return next(filter(None, (self._length(axis, unit) for unit in outwards)), 0)
        period = min(int(origin.period[axis] / step), units)
        first = (units - period) // 2
        return max(self._length(axis, unit) for unit in range(first, first + period))

    def _length(self, axis, unit):
        products = _seen(self._origin, (frozenset({unit}),), (axis,), clip=False)
        seen = set().union(*(product[0] for product in products))
        return max(seen) - min(seen) + 1 if seen else 0


def receptive_field(
    model: nn.Module, input_shape: tuple[int, ...], fallback: str | None = None
) -> ReceptiveField:
    """The receptive field of the units of the model's output, exactly, without running it.

    The model is read in `eval` mode. What averages over places in every forward (group, instance
    and layer normalisation over spatial axes, squeeze and excitation, adaptive pooling to 1, a
    dense layer over places, attention) sees the whole input, and so does all that follows it.

    Args:
        model: a Module that `torch.fx` can trace, with one tensor in and one out.
        input_shape: (N, C, *spatial axes), one to three spatial axes.
        fallback: "measure": an operation that is not known is measured by gradients; it is an
            error without it.

    Raises:
        TypeError: model is no Module, or input_shape holds something else than integers.
        ValueError: fallback is something else, input_shape has another length or is refused by
            the model, the model cannot be traced, or an operation is not known; the message names
            it.

    Source: A. Araujo, W. Norris and J. Sim, Computing receptive fields of convolutional neural
    networks, Distill, 2019.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    if fallback not in (None, "measure"):
        raise ValueError(f'fallback must be None or "measure", got {fallback!r}')
    shape = integers("input_shape", tuple(input_shape))
    if len(shape) not in (3, 4, 5):
        raise ValueError(f"input_shape must be (N, C, one to three axes), got {shape}")
    return ReceptiveField(*trace(model, shape, measure=fallback == "measure"))


def _seen(origin, units, along, clip):
    """The sets of elements that `units` see, as products: one set for each of the axes `along`."""
    needed = defaultdict(list, {origin: [units]})
    for here in reversed(origin.origins[1:]):
        for product in needed.pop(here, ()):
            for source, how in here.edges:
                read = tuple(
                    one if how[a] is None else how[a].read(one, source.sizes[a] if clip else None)
                    for a, one in zip(along, product, strict=True)
                )
                if all(read):
                    _add(needed[source], read)
    return needed[origin.origins[0]]


def _add(products, new):
    """Append a product of sets, unless another holds all of it; drop those that it holds."""
    pairs = [(old, list(zip(old, new, strict=True))) for old in products]
    if not any(all(b <= a for a, b in pair) for _, pair in pairs):
        products[:] = [old for old, pair in pairs if not all(a <= b for a, b in pair)] + [new]


class Table(tuple):
    """Rows of `ReceptiveField.table()`, printed as a table."""

    def __repr__(self):
        head = tuple(name.replace("_", " ") for name in Row._fields)
        lines = [head, *(tuple(map(_short, row)) for row in self)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                text.ljust(width) if column < 2 else text.rjust(width)
                for column, (text, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )


def _short(value):
    """One number where all axes have the same."""
    if isinstance(value, str):
        return value
    return str(value[0]) if len(set(value)) == 1 else " x ".join(map(str, value))


def _number(fraction):
    return int(fraction) if fraction == int(fraction) else fraction


def _settings(origin):
    """Kernel and stride along each axis; empty for a layer that joins several."""
    if len(origin.edges) > 1:
        return (), ()
    ((_, how),) = origin.edges
    kernel = tuple(1 if axis is None else axis.kernel for axis in how)
    return kernel, tuple(1 if axis is None else _number(Fraction(axis.stride)) for axis in how)
