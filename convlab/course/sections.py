"""What a lesson says of its parts: its minutes, the sections that go further, its pitfalls.

JupyterLab folds a section whose heading's cell has `FOLDED` in its metadata, and the output of a
cell that has `outputs_hidden`.
"""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

FOLDED = "jp-MarkdownHeadingCollapsed"
_FURTHER = re.compile(r"## Further: (.+) \((\d+) minutes\)$", re.MULTILINE)
_MINUTES = re.compile(r"^\*\*Time\.\*\* Core (\d+) minutes(?:, further (\d+))?\.$", re.MULTILINE)
_PITFALLS = re.compile(r"^\*\*Pitfalls\.\*\* (.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Further:
    """A section that goes further: its title, its minutes, and the numbers of its cells."""

    title: str
    minutes: int
    cells: range


def further_sections(notebook: NotebookNode) -> list[Further]:
    """The sections of a lesson that go further, each to the next heading of its level.

    Source: JupyterLab's collapsible headings, which end at the next heading of the same level.
    """
    starts = [i for i, cell in enumerate(notebook.cells) if _begins_section(cell)]
    ends = [*starts[1:], len(notebook.cells)]
    headings = [_FURTHER.match(notebook.cells[start].source) for start in starts]
    return [
        Further(heading[1], int(heading[2]), range(start, end))
        for heading, start, end in zip(headings, starts, ends, strict=True)
        if heading
    ]


def minutes(notebook: NotebookNode) -> tuple[int, int]:
    """The minutes that a lesson promises: of its core, and of what goes further.

    Raises:
        ValueError: its first cell has no line of time.
    """
    line = _MINUTES.search(notebook.cells[0].source)
    if line is None:
        raise ValueError(
            "the first cell must say '**Time.** Core 40 minutes, further 25.', "
            f"got {notebook.cells[0].source!r}"
        )
    return int(line[1]), int(line[2] or 0)


def pitfalls(notebook: NotebookNode) -> str:
    """The paragraph of a lesson that names its pitfalls; empty if it has none."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return next((found[1] for text in texts if (found := _PITFALLS.search(text))), "")


def _begins_section(cell):
    return cell.cell_type == "markdown" and re.match(r"#{1,2} ", cell.source) is not None
