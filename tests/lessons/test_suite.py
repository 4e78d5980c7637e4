"""The notebook suite under control: each kind of damage must turn it red, and nothing else.

A small lesson is written, run by the refresh command, and proved in a copy of the project, so that
solutions can be spoiled, too.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

PROJECT = Path(__file__).parents[2]
STUB = 'def double(X):\n    """Twice X."""\n    raise NotImplementedError'
CELLS = {
    "imports": "import os\nimport torch\nimport matplotlib.pyplot as plt\n"
    "from convlab import check, device, explore\ndev = device()",
    "ex-double": STUB,
    "check-double": "double = check(double)",
    "tensor": "double(torch.tensor([0.6173, 1.0]))",
    "number": "print(f'loss {1.2371:.4f} after {3} steps')",
    "integer": "print(f'loss {1.2371:.4f} after {3} steps')",
    "curve": "x = torch.linspace(0, 1, 20)\nplt.plot(x, x**2)\nplt.plot(x, 1 - x)\nplt.show()",
    "axis": "plt.plot(x, x**2)\nplt.xlim(0, 1)\nplt.show()",
    "colours": "plt.imshow(x.reshape(4, 5), cmap='viridis')\nplt.show()",
    "explorer": "explore.convolution()",
    "threads": "print(torch.get_num_threads() == 1 or os.environ.get('CONVLAB_STRICT') != '1')",
    "varies": "print(os.environ.get('CONVLAB_STRICT', '0'), 'of 2 solved')",
    "silent": "x.sum();",
    "magic": "%precision 3",
    "parsed": "x.sum();",
    "run": "x.sum();",
    "quiet": "x.sum();",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project whose only lesson is the one above, its outputs saved."""
    root = tmp_path_factory.mktemp("project")
    for name in ("convlab", "tests"):
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(PROJECT / name, root / name)
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
    cells[1].metadata["tags"] = ["exercise"]
    cells[list(CELLS).index("varies")].metadata["tags"] = ["nb-shape"]
    (root / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), root / "notebooks" / "01_control.ipynb")
    assert "changed" in run(root, "tests.lessons.refresh").stdout
    return root


@pytest.fixture
def copy(project, tmp_path):
    return Path(shutil.copytree(project, tmp_path / "copy"))


def run(root, module, *arguments):
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in [n for n in environment if n.startswith("PYTEST")]:
        del environment[name]
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def prove(root, only=""):
    """The cells that failed, as {pass: {cell id}}, and the whole report; `only` one pass of two."""
    chosen = "notebooks/01_control.ipynb" + (f"::{only}" if only else "")
    report = run(root, "pytest", chosen, "-n0", "-q", "-rf", "--color=no").stdout
    failed = {"committed": set(), "solved": set()}
    for line in report.splitlines():
        if line.startswith("FAILED "):
            _, kind, cell = line.split(" - ")[0].split("::")
            failed[kind].add(list(CELLS)[int(cell.split()[1])])
    assert "passed" in report, report
    return failed, report


def edit(root, cell_id, change):
    path = root / "notebooks" / "01_control.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(next(cell for cell in notebook.cells if cell.id == cell_id))
    nbformat.write(notebook, path)


def spoil_solution(root, source):
    path = root / "convlab" / "solutions" / "lesson_00.py"
    text = path.read_text()
    assert "return 2 * X" in text
    path.write_text(text.replace("return 2 * X", source))


def saved_text(old, new):
    def change(cell):
        text = json.dumps(cell.outputs)
        assert old in text
        cell.outputs = nbformat.from_dict(json.loads(text.replace(old, new)))

    return change


def source(old, new):
    def change(cell):
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


DAMAGES = {
    "tensor": saved_text("1.2346", "1.2446"),
    "number": saved_text("1.2371", "1.2471"),
    "integer": saved_text("after 3 steps", "after 4 steps"),
    "curve": source("plt.plot(x, 1 - x)\n", ""),
    "axis": source("xlim(0, 1)", "xlim(0, 1.1)"),
    "colours": source("viridis", "cividis"),
    "explorer": source("()", "(stride=2)"),
    "varies": saved_text("of 2 solved", "of 2 tried"),
    "silent": source(";", ""),
    "magic": source("%precision", "%precison"),
    "parsed": source("x.sum()", "x.sum("),
    "run": lambda cell: cell.update(execution_count=None),
    "quiet": source("x.sum()", "import warnings; warnings.warn('x')"),
}
GREEN = {"committed": set(), "solved": set()}


def test_the_untouched_lesson_is_green(project):
    failed, report = prove(project)
    assert failed == GREEN, report
    assert f"{2 * len(CELLS)} passed" in report


@pytest.fixture(scope="module")
def damaged(project, tmp_path_factory):
    copy = shutil.copytree(project, tmp_path_factory.mktemp("damaged") / "copy")
    for cell, damage in DAMAGES.items():
        edit(copy, cell, damage)
    return prove(copy)


@pytest.mark.parametrize("cell", DAMAGES)
def test_damage_turns_its_cell_red_in_both_passes(damaged, cell):
    failed, report = damaged
    assert cell in failed["committed"], report
    assert cell in failed["solved"], report


def test_damage_turns_no_other_cell_red(damaged):
    failed, report = damaged
    assert failed == {"committed": set(DAMAGES), "solved": set(DAMAGES)}, report


def test_a_solution_made_wrong(copy):
    spoil_solution(copy, "return 3 * X")
    failed, report = prove(copy, only="solved")
    assert "check-double" in failed["solved"]
    assert "✗ double: wrong values" in report


def test_a_stub_left_in_the_solved_pass(copy):
    spoil_solution(copy, "raise NotImplementedError")
    failed, report = prove(copy, only="solved")
    assert "check-double" in failed["solved"]
    assert "○ double: not attempted" in report


def test_refreshing_twice_changes_nothing(copy):
    path = copy / "notebooks" / "01_control.ipynb"
    before = path.read_bytes()
    assert "unchanged" in run(copy, "tests.lessons.refresh").stdout
    assert path.read_bytes() == before


def test_refresh_saves_an_explorer_with_its_numbers(copy):
    edit(copy, "explorer", source("()", "(stride=2)"))
    run(copy, "tests.lessons.refresh")
    notebook = nbformat.read(copy / "notebooks" / "01_control.ipynb", as_version=4)
    (output,) = next(cell for cell in notebook.cells if cell.id == "explorer").outputs
    assert output.metadata.convlab.explorer == "convolution"
    assert output.metadata.convlab.traits.settings.stride == [2, 2]
    assert "image/png" in output.data


def test_refresh_saves_what_a_changed_cell_prints_and_a_tag_widens_a_tolerance(copy):
    edit(copy, "number", source("loss", "another loss"))
    run(copy, "tests.lessons.refresh")
    edit(copy, "number", saved_text("another loss 1.2371", "another loss 1.2471"))
    edit(copy, "number", lambda cell: cell.metadata.update(tags=["nb-rtol=0.02"]))
    failed, report = prove(copy)
    assert failed == GREEN, report
