"""What every unit of every layer reads, along one axis, in tables that repeat nothing.

A picture is a list of strips, the input first: the layers that read more than their own place, or
that join branches. What a unit reads is the number of the first, and a pattern: the gaps from each
to the next. Units in a row that read the same pattern, each so much further on, are one run.
"""

import json
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

from torch import nn

from convlab.explore.changing import NAMES, dilates, padding, settings
from convlab.receptive import ReceptiveField
from convlab.receptive.tracing import trace


class Book:
    """Collects strips, the reads of their edges and the patterns of these, each once."""

    def __init__(self):
        self._kept = {"patterns": {}, "reads": {}, "strips": {}}

    def number(self, shelf: str, entry: object) -> int:
        kept = self._kept[shelf]
        return kept.setdefault(json.dumps(entry), len(kept))

    def tables(self) -> dict[str, list]:
        return {shelf: [json.loads(text) for text in kept] for shelf, kept in self._kept.items()}


def picture(model: nn.Module, shape: tuple[int, ...], book: Book) -> list[list[int]]:
    """The strips of a network, as numbers in the book: for each axis, from the input up.

    Along one axis, a unit stands for all that have its place there.

    Raises:
        ValueError: as `convlab.receptive_field`.
    """
    place, named, _ = trace(model, shape)
    places = _ordered(place, list(named))
    layers = dict(model.named_modules())
    fields = [ReceptiveField(p, {}, {}) for p in places]
    sizes = [field.size for field in fields]
    return [
        [
            book.number("strips", _described(p, layers.get(p.name), field, size[axis], axis) | own)
            for p, field, size, own in zip(
                places, fields, sizes, _followed(places, axis, book), strict=True
            )
        ]
        for axis in range(place.count)
    ]


def _ordered(place, names):
    """The input and all that widens_or_joins, in the order of the trace."""
    ranks = {}
    for here in place.origins:
        below = max((ranks[source] for source, _ in here.edges), default=-1)
        ranks[here] = names.index(here.name) if here.name in names else below
    return [p for p in sorted(ranks, key=ranks.get) if p.widens_or_joins or not p.edges]


def _described(place, layer, field, size, axis):
    """The words and numbers beside a strip, which the page shows as they are."""
    strip = {
        "name": place.name,
        "operation": place.operation,
        "units": field.shape[axis],
        "size": size,
        "step": str(field.stride[axis]),
    }
    known = settings(layer) if layer is not None else None
    if known:
        strip |= {name: list(v) for name, v in zip(NAMES, known, strict=True)}
        strip |= {"padding": padding(layer, axis), "dilates": dilates(layer)}
    elif len(place.edges) == 1:
        ((_, how),) = place.edges
        strip["spans"] = 1 if how[axis] is None else how[axis].kernel
    return strip


def _followed(places, axis, book):
    """For each strip: which strips it reads and how, how far it reaches, and where it stands."""
    number = {place: i for i, place in enumerate(places)}
    edges = [
        [(number[_lower(source, number)], how[axis]) for source, how in place.edges]
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


def _lower(place, number):
    """The nearest strip: what is between has one source, which it reads place by place."""
    while place not in number:
        ((place, _),) = place.edges
    return place


def _reads(how, count, size, book):
    found = []
    for j in range(1 if _flat(how) else count):
        read = [j] if how is None else sorted(how.read((j,), size))
        gaps = [b - a for a, b in pairwise(read)] if read else None
        found.append((read[0] if read else 0, book.number("patterns", gaps)))
    return _runs(found * count if _flat(how) else found)


def _reaches(edges, counts):
    """How far each unit's field goes, as if all layers went on: runs of (first, how many)."""
    asked = [set(range(count)) for count in counts]
    for i in reversed(range(len(edges))):
        for source, how in edges[i]:
            units = [0] if _flat(how) else asked[i]
            asked[source] |= {r for j in units for r in _on(how, j)}
    hulls = [{j: (j, j) for j in asked[0]}]
    for i in range(1, len(edges)):
        found = defaultdict(list)
        for source, how in edges[i]:
            every = _hull(hulls[source], how, 0) if _flat(how) else None
            for j in asked[i]:
                found[j] += every or _hull(hulls[source], how, j)
        hulls.append({j: _ends(below) for j, below in found.items() if below})
    for hull, count in zip(hulls, counts, strict=True):
        ends = [hull.get(j, (0, -1)) for j in range(count)]
        yield _runs([(low, high - low + 1) for low, high in ends])


def _hull(hulls, how, j):
    """The ends of all that j reads, in a list; an empty one where it reads nothing."""
    below = [hulls[r] for r in _on(how, j) if r in hulls]
    return [_ends(below)] if below else []


def _ends(hulls):
    return min(low for low, _ in hulls), max(high for _, high in hulls)


def _flat(how):
    """All units read the same."""
    return how is not None and how.stride == 0


def _on(how, j):
    return (j,) if how is None else how.reads(j)


def _runs(values):
    """[how many, first, how much further each is, kind] for values (first, kind) in a row."""
    runs = []
    for first, kind in values:
        if runs and runs[-1][3] == kind:
            count, start, advance, _ = run = runs[-1]
            if count == 1 or first == start + count * advance:
                run[:3] = count + 1, start, advance if count > 1 else first - start
                continue
        runs.append([1, first, 0, kind])
    return runs


def _spots(edges, counts):
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


def _middle(how, count):
    """Where unit 0 would have the middle of what it reads, on average over neighbours."""
    period = Fraction(how.stride).denominator
    halves = []
    for j in (*range(count // 2, count // 2 + period), *range(count)):
        read = how.reads(j)
        if read and len(halves) < period:
            halves.append((min(read) + max(read)) / 2 - j * float(how.stride))
    return sum(halves) / len(halves) if halves else 0.0
