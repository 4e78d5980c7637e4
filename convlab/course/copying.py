"""The lessons as files: where they are, and how a learner gets them without losing work."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from convlab.course.saved import whole
from convlab.course.sections import pitfalls
from convlab.exercises.records import MARKER

START_PAGE = "00_start_here.ipynb"
PITFALLS = "pitfalls.ipynb"
_PACKAGED = Path(__file__).parents[1] / "notebooks"
_CLONED = Path(__file__).parents[2] / "notebooks"


@dataclass
class Copied:
    """What `copy_course` did, by file name."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)


def lesson_files() -> list[Path]:
    """The lessons that this convlab ships, in order; FileNotFoundError if the install lost them."""
    folder = _PACKAGED if _PACKAGED.is_dir() else _CLONED
    files = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not files:
        raise FileNotFoundError(f"no lessons in {folder}: install convlab again")
    return files


def pitfalls_page() -> nbformat.NotebookNode:
    """A notebook of text alone: the pitfalls of all lessons, as the lessons name them."""
    parts = ["# Pitfalls of all lessons"]
    for path in lesson_files():
        lesson = whole(path)
        title = lesson.cells[0].source.splitlines()[0].removeprefix("# ")
        if words := pitfalls(lesson):
            parts.append(f"**[{title}]({path.name}).** {words}")
    cell = nbformat.v4.new_markdown_cell("\n\n".join(parts), id="pitfalls")
    return nbformat.v4.new_notebook(cells=[cell])


def copy_course(folder: Path) -> Copied:
    """Copy the lessons and a page of their pitfalls, never over a notebook that was changed.

    A lesson that the learner left as it was is brought up to date. One that was changed stays; if
    a newer lesson exists, it is put beside it once, as `<name>-new.ipynb`.

    Raises:
        NotADirectoryError: folder is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"DIR must be a folder, got a file: {folder}")
    (folder / MARKER).mkdir(parents=True, exist_ok=True)
    ledger = _Ledger(folder / MARKER / "lessons.json")
    copied = Copied()
    contents = {path.name: _content(whole(path)) for path in lesson_files()}
    contents[PITFALLS] = _content(pitfalls_page())
    for name, content in contents.items():
        target = folder / name
        newest = _digest(content)
        if not target.exists():
            target.write_bytes(content)
            copied.new.append(name)
        elif _digest(target.read_bytes()) == newest:
            pass
        elif _digest(target.read_bytes()) == ledger.copies.get(name):
            target.write_bytes(content)
            copied.updated.append(name)
        elif newest not in (ledger.copies.get(name), ledger.offers.get(name)):
            beside = _free_name(folder, target.stem)
            beside.write_bytes(content)
            copied.beside[name] = beside.name
            ledger.offers[name] = newest
            continue
        else:
            continue
        ledger.copies[name] = newest
    ledger.save()
    return copied


def trust(folder: Path, copied: Copied) -> None:
    """Sign what was copied, so that JupyterLab plays films and explorers before a cell is run."""
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for name in (*copied.new, *copied.updated, *copied.beside.values()):
        notary.sign(nbformat.read(folder / name, as_version=4))


class _Ledger:
    """Digests of the lessons given to the learner, and of those put beside a changed one."""

    def __init__(self, path):
        self._path = path
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            entries = {}
        self.copies = entries.get("given", {})
        self.offers = entries.get("offered", {})

    def save(self):
        entries = {"given": self.copies, "offered": self.offers}
        self._path.write_text(json.dumps(entries, indent=1), encoding="utf-8")


def _content(notebook):
    """The bytes of a notebook as JupyterLab would save it."""
    return (nbformat.writes(notebook) + "\n").encode()


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _free_name(folder, stem):
    names = (f"{stem}-new{number}.ipynb" for number in ("", *range(2, 1000)))
    return next(folder / name for name in names if not (folder / name).exists())
