"""Where the numbers of a traced tensor come from: a graph of Origins, one for each tensor."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm, prod
from operator import contains

from convlab.receptive import axes
from convlab.receptive.axes import Axis
from convlab.validation import Size, integers

WHOLE = "whole"
Atom = tuple[int | None, int]
Dim = tuple[Atom, ...]
Dims = Iterable[Dim]
Edge = tuple["Origin", tuple[Axis | None, ...]]


class UnknownError(Exception):
    """An operation, or a use of one, of which is not known what it reads."""


class Origin:
    """Where the numbers of a traced tensor come from.

    `dims` holds for each dimension of the tensor what it runs over, as pairs of a spatial axis of
    the network's input (None for batch and channels) and a size: one pair, or several where
    dimensions were flattened. `edges` holds pairs of an Origin that is read and, for each spatial
    axis, the `Axis` that says how (None: one to one).
    """

    def __init__(self, dims: Dims, edges: Sequence[Edge] = (), count: int = 0):
        self.dims, self.edges = tuple(dims), tuple(edges)
        self.count = edges[0][0].count if edges else count
        self.order = 1 + max((source.order for source, _ in edges), default=0)
        self.name = self.operation = ""
        sizes = _sizes(self.dims)
        self.sizes = tuple(sizes.get(axis, 1) for axis in range(self.count))
        """The size of each spatial axis; 1 for one that no dimension runs over any more."""
        self.step = tuple(
            max((source.step[a] * _stride(how[a]) for source, how in edges), default=Fraction(1))
            for a in range(self.count)
        )
        """How far a step here moves through the input; 0 where all elements see all of it."""
        self.period = tuple(
            _least_common([self.step[a], *(source.period[a] for source, _ in edges)])
            for a in range(self.count)
        )
        """The least common multiple of all steps up to here: after it, all patterns repeat."""

    @property
    def widens_or_joins(self) -> bool:
        """It reads more than its own place, or joins branches."""
        return len(self.edges) > 1 or any(axis for _, how in self.edges for axis in how)

    @cached_property
    def origins(self) -> list["Origin"]:
        """All on the way from the input to this one, each after those that it reads."""
        origins: set[Origin] = {self}
        open_: list[Origin] = [self]
        while open_:
            sources = {source for source, _ in open_.pop().edges} - origins
            origins |= sources
            open_.extend(sources)
        return sorted(origins, key=lambda origin: origin.order)


def _sizes(dims):
    return {axis: size for dim in dims for axis, size in dim if axis is not None}


def _stride(axis):
    return Fraction(1 if axis is None else axis.stride)


def _least_common(steps):
    steps = [Fraction(step) for step in steps if step] or [Fraction(1)]
    return Fraction(lcm(*(s.numerator for s in steps)), gcd(*(s.denominator for s in steps)))


def along(shape: tuple[int, ...], x: Origin, changes: Mapping[int, Axis | str]) -> Origin:
    """`x` one to one, but along the dimensions in `changes`: by an Axis, or all of it (WHOLE)."""
    changes = {dim % len(x.dims): change for dim, change in changes.items()}
    how: list[Axis | None] = [None] * x.count
    dims: list[Dim] = []
    for dim, (atoms, size) in enumerate(zip(x.dims, shape, strict=True)):
        axes_here = spatial(atoms)
        change = changes.get(dim)
        if change is None or (len(axes_here) > 1 and size == length(atoms)):
            dims.append(atoms)
        else:
            dims.append(((axes_here[0] if len(axes_here) == 1 else None, size),))
        if isinstance(change, Axis) and len(axes_here) > 1:
            raise UnknownError("it moves along a dimension that is made of several axes")
        for axis in axes_here if change is not None else ():
            how[axis] = change if isinstance(change, Axis) else axes.whole(x.sizes[axis])
    return Origin(dims, [(x, tuple(how))])


def length(atoms: Sequence[Atom]) -> int:
    return prod(size for _, size in atoms)


def spatial(atoms: Sequence[Atom]) -> list[int]:
    return [axis for axis, _ in atoms if axis is not None]


def reshaped(shape: tuple[int, ...], x: Origin) -> Origin:
    """The same numbers in the same order: sizes are dealt out anew, spatial axes stay whole."""
    rest = []
    for axis, size in (atom for dim in x.dims for atom in dim):
        if rest and axis is rest[-1][0] is None and 1 not in (size, rest[-1][1]):
            size *= rest.pop()[1]
        rest.append((axis, size))
    dims = [_dealt(rest, size) for size in shape]
    return Origin([*dims[:-1], (*dims[-1], *rest)], [(x, (None,) * x.count)])


def _dealt(rest, wanted):
    """Atoms from the front of `rest` with `wanted` elements in all; what is over stays there."""
    if wanted == 1:
        return (rest.pop(0),) if rest and rest[0][1] == 1 else ((None, 1),)
    atoms = []
    while wanted > 1:
        axis, size = rest.pop(0)
        here = gcd(size, wanted)
        if here != size and (axis is not None or here == 1):
            raise UnknownError("it cuts a spatial axis into pieces")
        atoms.append((axis, here))
        if here < size:
            rest.insert(0, (None, size // here))
        wanted //= here
    return tuple(atoms)


def joined(origins: Sequence[Origin], rank: int) -> list[Dim]:
    """The dimensions of several tensors laid over each other, aligned at the last."""
    dims: list[Dim] = [((None, 1),)] * rank
    for origin in origins:
        for q, atoms in enumerate(origin.dims, rank - len(origin.dims)):
            new, old = (spatial(d) for d in (atoms, dims[q]))
            if new and old and new != old:
                raise UnknownError("it lays one spatial axis over another")
            if new or not old:
                dims[q] = max(atoms, dims[q], key=length)
    return dims


def fitted(dims: Dims, edges: Iterable[tuple[Origin, Sequence[Axis | None]]]) -> Origin:
    """Axes of one element, in a result of more, are read by all."""
    sizes = _sizes(dims)

    def fit(source, how):
        return tuple(
            axes.one() if h is None and source.sizes[a] != sizes.get(a, 1) else h
            for a, h in enumerate(how)
        )

    return Origin(dims, [(source, fit(source, how)) for source, how in edges])


def unit_at(index: Size, units: tuple[int, ...]) -> tuple[int, ...]:
    """`index`, an integer or one for each axis, as a tuple: one of the `units`.

    Raises:
        ValueError: it is not.
    """
    try:
        unit = integers("index", index, least=0)
    except (TypeError, ValueError):
        unit = ()
    if len(unit) != len(units) or not all(map(contains, map(range, units), unit)):
        raise ValueError(f"index must be inside the units {units}, got {index}")
    return unit
