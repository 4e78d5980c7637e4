"""What every unit of every layer reads, along one axis, in tables that repeat nothing.

A picture is a list of strips, the input first: the layers that read more than their own place, or
that join branches. What a unit reads is the number of the first, and a pattern: the gaps from each
to the next. Units in a row that read the same pattern, each so much further on, are one run.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

from torch import nn

from convlab.explore.changing import NAMES, dilates, padding, settings
from convlab.explore.schema import StripRun, StripTables
from convlab.receptive import ReceptiveField
from convlab.receptive.axes import Axis
from convlab.receptive.origins import Origin
from convlab.receptive.tracing import trace

How: TypeAlias = Axis | None  # how a strip reads another along one axis: None is one to one
Edges: TypeAlias = list[list[tuple[int, How]]]  # for each strip, which others it reads, and how
Ends: TypeAlias = tuple[int, int]  # the first and the last


class Book:
    """Collects strips, the reads of their edges and the patterns of these, each once."""

    def __init__(self):
        self._shelves: dict[str, dict[str, int]] = {"patterns": {}, "reads": {}, "strips": {}}

    def number(self, shelf: str, entry: object) -> int:
        entries = self._shelves[shelf]
        return entries.setdefault(json.dumps(entry), len(entries))

    def tables(self) -> StripTables:
        patterns, reads, strips = (list(map(json.loads, shelf)) for shelf in self._shelves.values())
        return {"patterns": patterns, "reads": reads, "strips": strips}


def picture(model: nn.Module, shape: tuple[int, ...], book: Book) -> list[list[int]]:
    """The strips of a network, as numbers in the book: for each axis, from the input up.

    Along one axis, a unit stands for all that have its place there.

    Raises:
        ValueError: as `convlab.receptive_field`.
    """
    top, names, _ = trace(model, shape)
    places = _ordered(top, list(names))
    layers = dict(model.named_modules())
    fields = [ReceptiveField(place, {}, {}) for place in places]
    sizes = [field.size for field in fields]
    return [
        [
            book.number("strips", _words(p, layers.get(p.name), field, size[axis], axis) | numbers)
            for p, field, size, numbers in zip(
                places, fields, sizes, _numbers(places, axis, book), strict=True
            )
        ]
        for axis in range(top.count)
    ]


def _ordered(top: Origin, names: list[str]) -> list[Origin]:
    """The input and all that widens or joins, in the order of the trace."""
    ranks: dict[Origin, int] = {}
    for place in top.origins:
        below = max((ranks[source] for source, _ in place.edges), default=-1)
        ranks[place] = names.index(place.name) if place.name in names else below
    return [p for p in sorted(ranks, key=ranks.__getitem__) if p.widens_or_joins or not p.edges]


def _words(
    place: Origin, layer: nn.Module | None, field: ReceptiveField, size: int, axis: int
) -> dict[str, Any]:
    """What stands beside a strip: words and numbers that the page shows as they are."""
    strip: dict[str, Any] = {
        "name": place.name,
        "operation": place.operation,
        "units": field.shape[axis],
        "size": size,
        "step": str(field.stride[axis]),
    }
    own = None if layer is None else settings(layer)
    if layer is not None and own:
        strip |= dict(zip(NAMES, own, strict=True))
        strip |= {"padding": padding(layer, axis), "dilates": dilates(layer)}
    elif len(place.edges) == 1:
        ((_, how),) = place.edges
        along = how[axis]
        strip["spans"] = 1 if along is None else along.kernel
    return strip


def _numbers(places: list[Origin], axis: int, book: Book) -> Iterator[dict[str, Any]]:
    """For each strip: which strips it reads and how, how far it reaches, and where it stands."""
    number = {place: i for i, place in enumerate(places)}
    edges = [
        [(number[_nearest(source, number)], how[axis]) for source, how in place.edges]
        for place in places
    ]
    counts = [place.sizes[axis] for place in places]
    spots = _spots(edges, counts)
    for i, reach in enumerate(_reaches(edges, counts)):
        reads = [
            [source, book.number("reads", _reads(how, counts[i], counts[source], book))]
            for source, how in edges[i]
        ]
        yield {"reads": reads, "reach": reach, "spot": [round(n, 4) for n in spots[i]]}


def _nearest(place: Origin, number: dict[Origin, int]) -> Origin:
    """The next strip below: what is between has one source, which it reads place by place."""
    while place not in number:
        ((place, _),) = place.edges
    return place


def _reads(how: How, count: int, size: int, book: Book) -> list[StripRun]:
    reads = []
    for unit in range(1 if _flat(how) else count):
        units = [unit] if how is None else sorted(how.read((unit,), size))
        gaps = [b - a for a, b in pairwise(units)] if units else None
        reads.append((units[0] if units else 0, book.number("patterns", gaps)))
    return _runs(reads * count if _flat(how) else reads)


def _reaches(edges: Edges, counts: list[int]) -> Iterator[list[StripRun]]:
    """How far each unit's field goes, as if all layers went on: runs of (first, how many)."""
    needs = [set(range(count)) for count in counts]
    for i in reversed(range(len(edges))):
        for source, how in edges[i]:
            units = [0] if _flat(how) else needs[i]
            needs[source] |= {read for unit in units for read in _on(how, unit)}
    hulls = [{unit: (unit, unit) for unit in needs[0]}]
    for i in range(1, len(edges)):
        parts = defaultdict(list)
        for source, how in edges[i]:
            common = _hull(hulls[source], how, 0) if _flat(how) else None
            for unit in needs[i]:
                parts[unit] += common or _hull(hulls[source], how, unit)
        hulls.append({unit: _ends(below) for unit, below in parts.items() if below})
    for hull, count in zip(hulls, counts, strict=True):
        ends = [hull.get(unit, (0, -1)) for unit in range(count)]
        yield _runs([(low, high - low + 1) for low, high in ends])


def _hull(hulls: dict[int, Ends], how: How, unit: int) -> list[Ends]:
    """The ends of all that a unit reads, in a list; an empty one where it reads nothing."""
    below = [hulls[read] for read in _on(how, unit) if read in hulls]
    return [_ends(below)] if below else []


def _ends(hulls: list[Ends]) -> Ends:
    return min(low for low, _ in hulls), max(high for _, high in hulls)


def _flat(how: How) -> bool:
    """All units read the same."""
    return how is not None and how.stride == 0


def _on(how: How, unit: int) -> Iterable[int]:
    return (unit,) if how is None else how.reads(unit)


def _runs(values: list[tuple[int, int]]) -> list[StripRun]:
    """[how many, first, how much further each is, kind] for values (first, kind) in a row."""
    runs: list[StripRun] = []
    for first, kind in values:
        if runs and runs[-1][3] == kind:
            count, start, advance, _ = runs[-1]
            if count == 1 or first == start + count * advance:
                runs[-1] = count + 1, start, advance if count > 1 else first - start, kind
                continue
        runs.append((1, first, 0, kind))
    return runs


def _spots(edges: Edges, counts: list[int]) -> list[tuple[float, float]]:
    """Where unit 0 of each strip has its middle, and how wide a unit is, in units of the input."""
    spots = [(0.0, 1.0)]
    for i in range(1, len(edges)):
        source, how = edges[i][0]
        start, wide = spots[source]
        if how is None or (_flat(how) and counts[i] == counts[source]):
            spots.append((start, wide))
        elif _flat(how):
            share = wide * counts[source] / counts[i]
            spots.append((start - wide / 2 + share / 2, share))
        else:
            spots.append((start + _middle(how, counts[i]) * wide, wide * float(how.stride)))
    return spots


def _middle(how: Axis, count: int) -> float:
    """Where unit 0 would have the middle of what it reads, on average over neighbours."""
    period = Fraction(how.stride).denominator
    halves = []
    for unit in (*range(count // 2, count // 2 + period), *range(count)):
        reads = how.reads(unit)
        if reads and len(halves) < period:
            halves.append((min(reads) + max(reads)) / 2 - unit * float(how.stride))
    return sum(halves) / len(halves) if halves else 0.0
