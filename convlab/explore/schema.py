"""What explorers send to their pages and hear from them, described once for both sides.

Of an explorer `Name`: `NameTables` is what its trait `data` packs; `NameSettings`, `NameChosen` or
`NameChanges` is the trait of that name; `NameQuestion` is what the page may ask, `NameAnswer` what
it is told beside the question, `NameEdit` the content of an edit. All is plain JSON, in which a
tuple is a list of that length. `schema.d.ts` is the same in TypeScript; the command
`python -m tests.support.typescript` writes it.
"""

from typing import Literal, NotRequired, TypeAlias, TypedDict

# The explorer of convolution.

ConvolutionPair: TypeAlias = tuple[int, int]
"""Rows and columns."""

ConvolutionRange: TypeAlias = tuple[int, int]
"""The least and the most."""

ConvolutionMode: TypeAlias = Literal["correlation", "convolution", "transposed", "max", "average"]


class ConvolutionSettings(TypedDict):
    """What the learner has chosen, and what the page asks a table for."""

    mode: ConvolutionMode
    kernel: ConvolutionPair
    stride: ConvolutionPair
    padding: ConvolutionPair
    dilation: ConvolutionPair


class ConvolutionRanges(TypedDict):
    """The least and the most of each setting, along the rows and along the columns."""

    kernel: tuple[ConvolutionRange, ConvolutionRange]
    stride: tuple[ConvolutionRange, ConvolutionRange]
    padding: tuple[ConvolutionRange, ConvolutionRange]
    dilation: tuple[ConvolutionRange, ConvolutionRange]


class ConvolutionAxis(TypedDict):
    """One axis of a table."""

    padding: int
    meets: list[list[int]]
    """What each kernel cell meets at each place: an index of the padded input, -1 for nothing."""


class ConvolutionAxes(TypedDict):
    """The axes that the tables of one mode share, by "kernel,dilation,stride"."""

    rows: dict[str, ConvolutionAxis]
    columns: dict[str, ConvolutionAxis]


class ConvolutionNumbers(TypedDict):
    """The results of a table."""

    Y: str
    where: NotRequired[str]
    """Of max pooling: the index of the input that is the highest."""


class ConvolutionTable(ConvolutionNumbers):
    """A table with its own axes."""

    rows: ConvolutionAxis
    columns: ConvolutionAxis


class ConvolutionTables(TypedDict):
    """The numbers, and by mode what is at hand without Python."""

    size: tuple[ConvolutionPair, ConvolutionPair]
    """Of the input and of the largest kernel."""
    own: bool
    """Whether X and K are the tensors that the learner has under these names."""
    period: ConvolutionPair
    """The size of the kernel of the caller; a larger one repeats it."""
    X: str
    K: str
    products: list[str]
    """Of the input with each number of the kernel."""
    most: dict[str, ConvolutionRanges]
    """What Python can compute."""
    tables: dict[str, dict[str, ConvolutionNumbers]]
    """By rows and columns of kernel, dilation and stride, with commas between."""
    axes: dict[str, ConvolutionAxes]
    ranges: dict[str, ConvolutionRanges]


ConvolutionQuestion: TypeAlias = ConvolutionSettings


class ConvolutionAnswer(TypedDict):
    """The table of these settings."""

    table: ConvolutionTable


ConvolutionEdit: TypeAlias = tuple[Literal["X", "K"], int, str]
"""Which tensor, where in it, row after row, and what was typed."""


# The explorer of kernels.


class KernelChosen(TypedDict):
    """The numbers row after row, and which range of values is drawn from black to white."""

    weights: list[float]
    range: int


class KernelRange(TypedDict):
    """A range of values: its name, and what the browser's filter needs for it."""

    name: str
    divisor: float
    bias: float


class KernelDescription(TypedDict):
    """A kernel, what its sum says, and the range that suits it."""

    weights: list[float]
    texts: str
    says: str
    range: int


class KernelTables(TypedDict):
    """The photograph as a PNG in base64, the texts of its 256 levels, and the kernels to pick."""

    photo: str
    levels: str
    ranges: list[KernelRange]
    kernels: dict[str, KernelDescription]
    largest: float
    """The largest number that a kernel takes."""


class KernelQuestion(TypedDict):
    """What the page asks: where the window begins; with a range, for the picture as well."""

    weights: list[float]
    at: tuple[int, int]
    range: NotRequired[int]


class KernelAnswer(TypedDict):
    """The kernel in words, the sum in one window, and the filtered photograph where asked for."""

    texts: str
    says: str
    products: str
    sum: str
    picture: NotRequired[str]


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


DescentVerdict: TypeAlias = Literal["converges", "crawls", "swings", "diverges", "stands"]


class DescentPath(TypedDict):
    """How a descent goes, and its numbers before the first step and after each one."""

    how: DescentVerdict
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
    """The first weights and the learning rate."""

    start: list[float]
    lr: float


DescentQuestion: TypeAlias = DescentChosen


class DescentAnswer(TypedDict):
    """The path of what was asked."""

    path: DescentPath


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

ReceptiveFieldQuestion: TypeAlias = ReceptiveFieldChanges


class ReceptiveFieldAnswer(TypedDict):
    """The picture of these changes."""

    picture: StripPicture
    tables: StripTables
