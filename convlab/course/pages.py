"""The lessons as web pages that need nothing else: no kernel, no network, no second file.

nbconvert renders them from their saved outputs. Mathematics becomes MathML, which browsers set by
themselves, `host.js` gives each explorer the state that the notebook keeps of it, and what
JupyterLab folds is folded.
"""

import re
from copy import deepcopy
from functools import cache
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, pass_context
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from convlab.course.copying import PITFALLS, lesson_files, pitfalls_page
from convlab.course.saved import STATE, whole
from convlab.course.sections import further_sections
from convlab.page.bundle import script

_TEMPLATES = Path(__file__).parent / "templates"


def export(folder: Path) -> list[Path]:
    """Write each lesson to `folder` as one HTML file, their pitfalls, and an index.

    Returns the files, the index first.

    Raises:
        NotADirectoryError: folder is a file.

    Source: nbconvert's documentation, customizing templates.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"DIR must be a folder, got a file: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    pages, entries = [], []
    for path in lesson_files():
        notebook = whole(path)
        page = folder / f"{path.stem}.html"
        page.write_text(page_of(notebook, _title(notebook)), encoding="utf-8")
        pages.append(page)
        entries.append({"page": page.name, "title": _title(notebook), **_glimpse(notebook)})
    page = folder / f"{Path(PITFALLS).stem}.html"
    page.write_text(page_of(pitfalls_page(), "Pitfalls"), encoding="utf-8")
    pages.append(page)
    index = folder / "index.html"
    template = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    text = template.get_template("index.html.j2").render(lessons=entries, pitfalls=page.name)
    index.write_text(text, encoding="utf-8")
    return [index, *pages]


def page_of(notebook: nbformat.NotebookNode, title: str) -> str:
    """The HTML of one notebook, from its saved outputs."""
    html, _ = _exporter().from_notebook_node(_folded(notebook), {"metadata": {"name": title}})
    return html


def _folded(notebook):
    """A copy in which the first and the last cell of each section that goes further say so."""
    notebook = deepcopy(notebook)
    for section in further_sections(notebook):
        first, last = notebook.cells[section.cells[0]], notebook.cells[section.cells[-1]]
        heading, _, first.source = first.source.partition("\n")
        first.metadata["opens"], last.metadata["closes"] = heading, True
    return notebook


class _Renderer(IPythonRenderer):
    """Mathematics as MathML, and links to lessons as links to their pages."""

    def inline_math(self, body):
        return convert(body)

    def block_math(self, body):
        return convert(body, display="block")

    def link(self, text, url, title=None):
        return super().link(text, re.sub(r"^(\w+)\.ipynb", r"\1.html", url), title)


class _Exporter(HTMLExporter):
    """nbconvert's page without what it would fetch."""

    def __init__(self):
        super().__init__(
            extra_template_paths=[str(_TEMPLATES)],
            template_file="lesson.html.j2",
            embed_images=True,
            exclude_anchor_links=True,
        )

    @pass_context
    def markdown2html(self, context, source):
        return MarkdownWithMath(renderer=_Renderer(escape=False)).render(source)

    def _init_resources(self, resources):
        usual = super()._init_resources(resources)
        return usual | {"host": script(_TEMPLATES / "host.js"), "state": STATE}


@cache
def _exporter():
    return _Exporter()


def _title(notebook):
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def _glimpse(notebook):
    """The question of a lesson and its first picture."""
    question = re.search(r"\*\*Question\.\*\* (.+)", notebook.cells[0].source)
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    pictures = (
        output.data["image/png"] for output in outputs if "image/png" in output.get("data", ())
    )
    words = question[1].replace("`", "") if question else ""
    return {"question": words, "picture": next(pictures, "")}
