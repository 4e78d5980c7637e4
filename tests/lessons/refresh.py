"""Run notebooks headless and save their outputs: `python -m tests.lessons.refresh [NOTEBOOK ...]`.

Without names, all of notebooks/. A saved output that the suite would accept for the fresh one is
kept as it is, so that nothing changes in the file when nothing changed in the lesson; --all
replaces every output.
"""

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from convlab.course.saved import make_lean
from tests.lessons.outputs import explorers, outputs_difference
from tests.support import forks

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def refresh(path: Path, keep: bool = True) -> bool:
    """Execute the notebook at `path` and save it; True if the file changed."""
    before = path.read_text(encoding="utf-8")
    saved = {cell.id: cell for cell in nbformat.reads(before, as_version=4).cells}
    notebook = nbformat.reads(before, as_version=4)
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    make_lean(notebook)
    for cell in notebook.cells:
        old = saved[cell.id]
        if cell.cell_type != "code" or not keep or not old.outputs:
            continue
        same = explorers(old) == explorers(cell)
        if same and not outputs_difference(
            old.outputs, cell.outputs, cell.metadata.get("tags", ())
        ):
            cell.outputs = [_recount(output, cell.execution_count) for output in old.outputs]
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(notebook)
    after = nbformat.writes(notebook) + "\n"
    path.write_text(after, encoding="utf-8")
    return after != before


def _recount(output, execution_count):
    if output.output_type == "execute_result":
        output.execution_count = execution_count
    return output


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true", help="replace every saved output")
    options = parser.parse_args(arguments)
    if forks.ADDRESS in os.environ:  # a test runs this
        forks.use_for_all_kernels()
    for path in options.notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        changed = refresh(path, keep=not options.all)
        print(f"{'changed  ' if changed else 'unchanged'}  {path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
