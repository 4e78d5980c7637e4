"""What explorers send to their pages and hear from them, described once for both sides.

Of an explorer `Name`: `NameTables` is what its trait `data` packs; `NameSettings`, `NameChosen` or
`NameChanges` is the trait of that name; `NameAnswer` is what the page is told beside its question,
`NameEdit` the content of an edit. All is plain JSON, in which a tuple is a list of that length.
`schema.d.ts` is the same in TypeScript.
"""

from typing import Literal, TypeAlias, TypedDict

# The explorer of a convolution along time. Numbers in a row are one text: `texts.write`.


class Conv1dSettings(TypedDict):
    """The name of the kernel, and the arguments of `torch.nn.functional.conv1d`."""

    kernel: str
    stride: int
    padding: int
    dilation: int


class Conv1dMost(TypedDict):
    """The least and the most of each setting."""

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]


class Conv1dLimits(TypedDict):
    """The ends of the axes of products and of outputs."""

    P: tuple[str, str]
    Y: tuple[str, str]


class Conv1dTable(TypedDict):
    """All that is shown of a kernel."""

    K: str
    code: str
    reach: str
    """The highest weight of the axis, and 20 steps of an edit."""
    rows: list[int]
    """Which of all products are those of each weight: those of `Conv1dTables`, then these.

    They are those of the weight without its sign.
    """
    products: list[str]
    Y: dict[str, str]
    """The outputs at stride 1 and the most padding, for each dilation."""
    limits: Conv1dLimits


class Conv1dTables(TypedDict):
    """The signal, its products with each weight, and the kernels that are ready."""

    X: str
    limits: tuple[str, str]
    most: Conv1dMost
    products: list[str]
    tables: dict[str, Conv1dTable]


Conv1dEdit: TypeAlias = tuple[str, str, int, float | None, int]
"""Of a kernel at a reach, the weight at a place moves to about a number, then some steps."""

# The explorer of activations.


class ActivationTable(TypedDict):
    """An activation with its parameters."""

    code: str
    y: str
    slope: str
    ends: tuple[str, str]
    """Whole numbers below and above all of y."""
    through: list[str]
    """For each number of layers, the products of their slopes at each x."""


class ActivationFunction(TypedDict):
    """What can be chosen for each parameter; tables by the values chosen, with commas between."""

    label: str
    choices: dict[str, list[float | str]]
    tables: dict[str, ActivationTable]


class ActivationTables(TypedDict):
    """At each x that can be pointed at; the curves have `every` times as many."""

    x: str
    every: int
    layers: int
    functions: dict[str, ActivationFunction]


class ActivationSettings(TypedDict):
    """The name of the activation, of the one it is compared with, or "", and all parameters."""

    name: str
    other: str
    parameters: dict[str, dict[str, float | str]]


# The explorer of gradient descent.


class DescentPath(TypedDict):
    """How a descent goes, and its numbers before the first step and after each one."""

    how: Literal["converges", "crawls", "swings", "diverges", "stands"]
    weights: list[str]
    gradients: list[str]
    losses: str


class DescentSurface(TypedDict):
    """The picture of a loss over two weights."""

    around: tuple[tuple[float, float], tuple[float, float]]
    picture: str
    """A PNG in base64."""
    lines: str
    """The lines of equal loss, as the path of a drawing 1000 wide and high."""
    ticks: list[list[tuple[float, str]]]
    decades: list[tuple[float, str]]
    """The losses that their axis names, which goes from `low` to `high`."""
    low: float
    high: float


class DescentTables(DescentSurface):
    """`paths` has those from each start, for each rate."""

    steps: int
    rates: list[float]
    starts: list[list[float]]
    paths: list[list[DescentPath]]


class DescentChosen(TypedDict):
    """The first weights and the learning rate: the question, too."""

    start: list[float]
    lr: float


class DescentAnswer(TypedDict):
    """The path of what was asked."""

    path: DescentPath
