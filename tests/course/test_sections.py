"""What a lesson says of its parts, and how a page folds what goes further."""

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from convlab.course.pages import page_of
from convlab.course.sections import further_sections, minutes, pitfalls

FURTHER = "## Further: `FFT` and speed (15 minutes)\n\nThe theorem."
CELLS = [
    ("text", "# 99 A lesson\n\n**Time.** Core 40 minutes, further 25."),
    ("text", FURTHER),
    ("code", "fft"),
    ("text", "### Exercise: fast"),
    ("text", "## Further: depth (10 minutes)"),
    ("text", "## What to keep\n\n**Pitfalls.** One is\nhere.\n\n**Next.** Nothing."),
]


@pytest.fixture
def notebook():
    kinds = {"text": new_markdown_cell, "code": new_code_cell}
    return new_notebook(cells=[kinds[kind](source) for kind, source in CELLS])


def test_a_section_goes_further_up_to_the_next_of_its_level(notebook):
    fast, deep = further_sections(notebook)
    assert (fast.title, fast.minutes, list(fast.cells)) == ("`FFT` and speed", 15, [1, 2, 3])
    assert (deep.title, deep.minutes, list(deep.cells)) == ("depth", 10, [4])


def test_minutes(notebook):
    assert minutes(notebook) == (40, 25)
    notebook.cells[0].source = "# 99 A lesson\n\n**Time.** Core 35 minutes."
    assert minutes(notebook) == (35, 0)
    notebook.cells[0].source = "# 99 A lesson"
    with pytest.raises(ValueError, match=r"first cell must say .* got '# 99 A lesson'"):
        minutes(notebook)


def test_pitfalls(notebook):
    assert pitfalls(notebook) == "One is\nhere."
    assert pitfalls(new_notebook()) == ""


def test_a_page_folds_what_goes_further(notebook):
    page = BeautifulSoup(page_of(notebook, "a lesson"), "html.parser")
    fast, deep = page.select("details.further")
    heading = fast.select_one("summary h2").get_text()
    assert heading.startswith("Further: FFT and speed (15 minutes)")
    assert {"The theorem.", "fft"} <= set(fast.get_text("\n").splitlines())
    assert "depth" not in fast.get_text()
    assert "keep" not in deep.get_text()
    assert notebook.cells[1].source == FURTHER


def test_a_page_folds_an_output_that_is_an_answer(notebook):
    cell = notebook.cells[2]
    cell.outputs = [new_output("stream", text="the answer")]
    page = BeautifulSoup(page_of(notebook, "a lesson"), "html.parser")
    assert page.select("details.answer") == []
    cell.metadata["jupyter"] = {"outputs_hidden": True}
    page = BeautifulSoup(page_of(notebook, "a lesson"), "html.parser")
    assert "the answer" in page.select_one("details.answer").get_text()
