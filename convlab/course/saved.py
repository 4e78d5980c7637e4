"""Explorers in saved notebooks: lean in a committed one, whole where somebody reads it.

A lean notebook keeps of an explorer its picture and, in the metadata of this output, its numbers;
a whole one has what JupyterLab saves: the live view, and the widget's state with its script. So an
edit of a script changes no committed notebook, and one that is opened straight from the clone
shows the picture until its cell is run. Source: the Jupyter widgets' notebook metadata format.
"""

from pathlib import Path
from typing import Any

import nbformat
from anywidget import AnyWidget
from ipywidgets import Widget
from nbformat import NotebookNode

from convlab.page.bundle import script, style

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_WIDGETS = Path(__file__).parents[1] / "explore" / "widgets"
_KEY = "convlab"  # in the metadata of a picture
_SCRIPTS = {"_esm": script, "_css": style}


def make_lean(notebook: NotebookNode) -> None:
    """Put what is saved of each explorer into its picture's metadata, without script and view.

    Raises:
        ValueError: a view is not followed by its picture, or belongs to no explorer.
    """
    states = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook.cells:
        outputs, view = [], None
        for output in cell.get("outputs", ()):
            if VIEW in output.get("data", {}):
                view = output.data[VIEW].model_id
                continue
            if view is not None:
                output.metadata[_KEY] = _numbers(view, states)
                view = None
            outputs.append(output)
        if view is not None:
            raise ValueError(f"each view must be followed by its picture, got none in {cell.id}")
        if "outputs" in cell:
            cell.outputs = outputs


def make_whole(notebook: NotebookNode) -> None:
    """Give each explorer of a lean notebook the live view and the state with today's script."""
    states = {}
    for cell in notebook.cells:
        outputs = []
        for output in cell.get("outputs", ()):
            if numbers := numbers_of(output):
                del output.metadata[_KEY]
                outputs.append(_view(numbers["model_id"], output.data["text/plain"]))
                states |= _state(**numbers)
            outputs.append(output)
        if "outputs" in cell:
            cell.outputs = outputs
    if states:
        content = {"state": states, "version_major": 2, "version_minor": 0}
        notebook.metadata["widgets"] = nbformat.from_dict({STATE: content})


def numbers_of(output: NotebookNode) -> NotebookNode | None:
    """What an output of a lean notebook keeps of an explorer: `explorer`, its ids, its `traits`."""
    return output.get("metadata", {}).get(_KEY)


def whole(path: Path) -> NotebookNode:
    """The lean notebook at `path`, made whole."""
    notebook: Any = nbformat.read(path, as_version=4)  # its own types are those of version 1
    make_whole(notebook)
    return notebook


def _numbers(model_id, states):
    """What a lean notebook keeps of a model: which explorer it is, its ids and its own traits."""
    state = states[model_id].state
    names = {path.stem for path in _WIDGETS.glob("*.py")}
    explorer = state.get("_anywidget_id", "").rpartition(".")[0].rpartition(".")[2]
    if explorer not in names:
        raise ValueError(f"a view must be one of an explorer, got {state.get('_anywidget_id')!r}")
    own = {name: value for name, value in state.items() if name not in AnyWidget.class_traits()}
    own.pop("_anywidget_id")
    for name in _SCRIPTS:
        own.pop(name, None)
    layout = state.layout.removeprefix("IPY_MODEL_")
    return {"explorer": explorer, "model_id": model_id, "layout_id": layout, "traits": own}


def _view(model_id: str, text: str) -> NotebookNode:
    data = {VIEW: {"model_id": model_id, "version_major": 2, "version_minor": 1}}
    return nbformat.v4.new_output("display_data", data | {"text/plain": text})


def _state(explorer: str, model_id: str, layout_id: str, traits: dict[str, Any]) -> dict[str, Any]:
    """The widget state of an explorer, as the installed anywidget would save it."""
    scripts = {trait: text(_WIDGETS / f"{explorer}.js") for trait, text in _SCRIPTS.items()}
    model = AnyWidget()
    # Under ids of its own: a live explorer of this process may have those that were saved.
    states: dict[str, Any] = Widget.get_manager_state(widgets=[model, model.layout])["state"]
    state, layout = (states[widget.model_id] for widget in (model, model.layout))
    model.layout.close()
    model.close()
    state["state"] |= scripts | traits | {"layout": f"IPY_MODEL_{layout_id}"}
    return {model_id: state, layout_id: layout}
