"""What explorers send to their pages and hear from them, described once for both sides.

Of an explorer `Name`: `NameTables` is what its trait `data` packs; `NameSettings`, `NameChosen` or
`NameChanges` is the trait of that name; `NameAnswer` is what the page is told beside its question,
`NameEdit` the content of an edit. All is plain JSON, in which a tuple is a list of that length.
`schema.d.ts` is the same in TypeScript: `python -m tests.support.typescript` writes it.
"""

from typing import NotRequired, TypeAlias, TypedDict

# The explorer of receptive fields.

StripRun: TypeAlias = tuple[int, int, int, int]
"""How many units in a row, the number of the first, how much further each is, their kind."""


class Strip(TypedDict):
    """A layer along one axis; the settings are there where they can be changed."""

    name: str
    operation: str
    units: int
    size: int
    step: str
    reads: list[tuple[int, int]]
    """A strip below, and the number of how it is read."""
    reach: list[StripRun]
    """From which input how far, as if all layers went on: the kind is the number of inputs."""
    spot: tuple[float, float]
    """Where unit 0 has its middle, and how wide a unit is, in units of the input."""
    kernel: NotRequired[list[int]]
    stride: NotRequired[list[int]]
    dilation: NotRequired[list[int]]
    padding: NotRequired[int | str]
    dilates: NotRequired[bool]
    spans: NotRequired[int]
    """How many units are read, where there are no settings."""


class StripTables(TypedDict):
    """Strips, how they are read (the kind of a run is its pattern), and patterns: the gaps."""

    patterns: list[list[int] | None]
    reads: list[list[StripRun]]
    strips: list[Strip]


StripPicture: TypeAlias = list[list[int]] | str
"""The numbers of the strips of each axis, from the input up; or why there are none."""


class ReceptiveFieldTables(StripTables):
    """Pictures by the changes they are of, as JSON; names of the axes; the most of each setting."""

    pictures: dict[str, StripPicture]
    axes: list[str]
    most: tuple[int, int, int]


ReceptiveFieldChanges: TypeAlias = dict[str, list[list[int]]]
"""Of each changed layer kernel size, stride and dilation, each with a number for each axis."""


class ReceptiveFieldAnswer(TypedDict):
    """The question is the changes."""

    picture: StripPicture
    tables: StripTables
