"""Explorers in committed notebooks: picture and numbers, and the script put in at the door."""

import copy
import json
from pathlib import Path

import nbformat
import pytest
from anywidget import AnyWidget

from convlab import explore
from convlab.course.copying import lesson_files
from convlab.course.saved import STATE, VIEW, make_lean, make_whole, numbers_of, whole
from tests.support.lab import saved

FACTORIES = sorted(explore.__all__)


@pytest.fixture(scope="module", params=FACTORIES)
def explorer(request):
    return getattr(explore, request.param)()


@pytest.fixture(scope="module")
def original(explorer):
    return saved(explorer)


@pytest.fixture
def notebook(original):
    return copy.deepcopy(original)


def plain(notebook):
    return json.loads(nbformat.writes(notebook))


def test_lean_keeps_the_picture_and_the_numbers_alone(explorer, notebook):
    make_lean(notebook)
    assert "widgets" not in notebook.metadata
    (output,) = notebook.cells[0].outputs
    assert output.data.keys() == {"image/png", "text/plain"}
    numbers = numbers_of(output)
    own = explorer.traits(sync=True).keys() - AnyWidget.class_traits() - {"_esm", "_css"}
    assert numbers.traits.keys() == own - {"_anywidget_id"}
    assert explorer._esm[:40] not in nbformat.writes(notebook)


def test_whole_is_what_jupyterlab_saves(explorer, notebook):
    before = plain(notebook)
    make_lean(notebook)
    make_whole(notebook)
    after = plain(notebook)
    for state in (before, after):
        states = state["metadata"]["widgets"][STATE]["state"]
        states[explorer.model_id]["state"].pop("_anywidget_id")
    assert after == before


def test_a_script_of_today_comes_to_numbers_of_yesterday(explorer, notebook):
    state = notebook.metadata.widgets[STATE]["state"][explorer.model_id]["state"]
    script, state["_esm"], state["_css"] = state["_esm"], "old", "old"
    make_lean(notebook)
    make_whole(notebook)
    state = notebook.metadata.widgets[STATE]["state"][explorer.model_id]["state"]
    assert state["_esm"] == script
    assert state["_css"] != "old"


def test_a_notebook_without_explorers_stays_as_it_is():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    before = copy.deepcopy(notebook)
    make_lean(notebook)
    make_whole(notebook)
    assert notebook == before


def test_a_view_without_its_picture_is_refused():
    notebook = saved(explore.convolution())
    notebook.cells[0].outputs.pop()
    with pytest.raises(ValueError, match="each view must be followed by its picture"):
        make_lean(notebook)


def test_a_widget_that_is_no_explorer_is_refused():
    notebook = saved(explore.convolution())
    for model in notebook.metadata.widgets[STATE]["state"].values():
        model["state"]["_anywidget_id"] = "elsewhere.Widget"
    with pytest.raises(ValueError, match="a view must be one of an explorer, got 'elsewhere"):
        make_lean(notebook)


def test_every_lesson_is_whole_where_it_is_read():
    explorers = 0
    for path in lesson_files():
        notebook = whole(path)
        nbformat.validate(notebook)
        states = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
        for output in outputs:
            if VIEW in output.get("data", {}):
                explorers += 1
                assert "export default" in states[output.data[VIEW]["model_id"]]["state"]["_esm"]
    assert explorers >= 11


def test_an_edited_script_changes_no_notebook():
    """No committed notebook holds a line of a script or of a style sheet."""
    root = Path(__file__).parents[2]
    for path in (root / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "_esm" not in text
        assert "convlab-explore" not in text
