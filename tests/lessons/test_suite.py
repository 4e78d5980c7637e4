"""The notebook suite under control: each kind of damage must turn it red, and nothing else.

A small lesson is written, run by the refresh command in a kernel of its own, and proved in a copy
of the project, so that solutions can be spoiled, too. Starting a Python that knows torch takes most
of the time: the damages share a run.
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

from convlab.course.saved import numbers_of
from tests.support import forks

PROJECT = Path(__file__).parents[2]
CONTROL = "notebooks/01_control.ipynb"
UNTOUCHED = "notebooks/02_untouched.ipynb"
pytestmark = [pytest.mark.lesson, pytest.mark.slow]
STUB = 'def double(X):\n    """Twice X."""\n    raise NotImplementedError'
# What a kernel that the suite forks might betray of the process it is a fork of.
FRESH = """import matplotlib
print(sorted(name for name in dir() if not name.startswith("_")))
print(torch.initial_seed(), plt.get_fignums(), matplotlib.get_backend())
print(sorted(n for n, value in plt.rcParams.items() if value != plt.rcParamsDefault[n]))
print("pytest" in sys.modules, os.path.relpath(sys.path[0]), os.path.basename(os.getcwd()))
try:
    sklearn
except NameError as error:
    print(error)"""
CELLS = {
    "imports": "import os\nimport sys\nimport torch\nimport matplotlib.pyplot as plt\n"
    "from convlab import check, corr2d, device, explore\ndev = device()",
    "ex-double": STUB,
    "check-double": "double = check(double)",
    "ex-convolve2d": "def convolve2d(X, K):\n    raise NotImplementedError",
    "check-convolve2d": "convolve2d = check(convolve2d)",
    "ex-silu_derivative": "def silu_derivative(X):\n    raise NotImplementedError",
    "check-silu_derivative": "silu_derivative = check(silu_derivative)",
    "tensor": "double(torch.tensor([0.6173, 1.0]))",
    "number": "print(f'loss {1.2371:.4f} after {3} steps')",
    "integer": "print(f'loss {1.2371:.4f} after {3} steps')",
    "curve": "x = torch.linspace(0, 1, 20)\nplt.plot(x, x**2)\nplt.plot(x, 1 - x)\nplt.show()",
    "axis": "plt.plot(x, x**2)\nplt.xlim(0, 1)\nplt.show()",
    "colours": "plt.imshow(x.reshape(4, 5), cmap='viridis')\nplt.show()",
    "explorer": "explore.convolution()",
    "threads": "print(torch.get_num_threads() == 1 or os.environ.get('CONVLAB_STRICT') != '1')",
    "varies": "print(os.environ.get('CONVLAB_STRICT', '0'), 'of 2 solved')",
    "fresh": FRESH,
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
    for cell in cells:
        if cell.id.startswith("ex-"):
            cell.metadata["tags"] = ["exercise"]
        if cell.id == "varies":
            cell.metadata["tags"] = ["nb-shape"]
    (root / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), root / CONTROL)
    environment = os.environ.copy()
    environment.pop(forks.ADDRESS, None)  # a learner's kernel is no fork
    assert "changed" in run(root, "tests.lessons.refresh", environment=environment).stdout
    return root


def run(root, module, *arguments, environment=os.environ):
    environment = environment | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in [n for n in environment if n.startswith("PYTEST")]:
        del environment[name]
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def prove(root, *chosen):
    """The cells that failed, as {pass: {cell id}}, and the whole report."""
    report = run(root, "pytest", *chosen, "-n0", "-q", "-rf", "--color=no").stdout
    failed = {"committed": set(), "solved": set()}
    for line in report.splitlines():
        if line.startswith("FAILED "):
            _, kind, cell = line.split(" - ")[0].split("::")
            failed[kind].add(list(CELLS)[int(cell.split()[1])])
    assert "passed" in report, report
    return failed, report


def edit(root, cell_id, change):
    notebook = nbformat.read(root / CONTROL, as_version=4)
    change(next(cell for cell in notebook.cells if cell.id == cell_id))
    nbformat.write(notebook, root / CONTROL)


def spoil_solution(root, lesson, line, other):
    path = root / "convlab" / "solutions" / f"lesson_{lesson}.py"
    text = path.read_text()
    assert line in text
    path.write_text(text.replace(line, other))


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


SPOILED = {"check-convolve2d", "check-silu_derivative"}


@pytest.fixture(scope="module")
def damaged(project, tmp_path_factory):
    copy = shutil.copytree(project, tmp_path_factory.mktemp("damaged") / "copy")
    for cell, damage in DAMAGES.items():
        edit(copy, cell, damage)
    spoil_solution(copy, "01", "return corr2d(X, K.flip(0, 1))", "return corr2d(X, K)")
    spoil_solution(copy, "08", "return s + X * s * (1 - s)", "raise NotImplementedError")
    return prove(copy, CONTROL)


@pytest.mark.parametrize("cell", DAMAGES)
def test_damage_turns_its_cell_red_in_both_passes(damaged, cell):
    failed, report = damaged
    assert cell in failed["committed"], report
    assert cell in failed["solved"], report


def test_damage_turns_no_other_cell_red(damaged):
    failed, report = damaged
    assert failed == {"committed": {*DAMAGES}, "solved": {*DAMAGES} | SPOILED}, report


def test_a_solution_made_wrong(damaged):
    failed, report = damaged
    assert "check-convolve2d" in failed["solved"]
    assert "✗ convolve2d: This is the cross-correlation" in report


def test_a_stub_left_in_the_solved_pass(damaged):
    failed, report = damaged
    assert "check-silu_derivative" in failed["solved"]
    assert "○ silu_derivative: not attempted" in report


@pytest.fixture(scope="module")
def refreshed(project, tmp_path_factory):
    """The lesson with two cells changed and saved anew, and beside it the lesson as it was."""
    copy = Path(shutil.copytree(project, tmp_path_factory.mktemp("refreshed") / "copy"))
    shutil.copy(copy / CONTROL, copy / UNTOUCHED)
    edit(copy, "explorer", source("()", "(stride=2)"))
    edit(copy, "number", source("loss", "another loss"))
    return copy, run(copy, "tests.lessons.refresh").stdout


def test_refreshing_twice_changes_nothing(project, refreshed):
    copy, said = refreshed
    assert "unchanged  02_untouched.ipynb" in said
    assert (copy / UNTOUCHED).read_bytes() == (project / CONTROL).read_bytes()


def test_refresh_saves_an_explorer_with_its_numbers(refreshed):
    notebook = nbformat.read(refreshed[0] / CONTROL, as_version=4)
    (output,) = next(cell for cell in notebook.cells if cell.id == "explorer").outputs
    assert numbers_of(output).explorer == "convolution"
    assert numbers_of(output).traits.settings.stride == [2, 2]
    assert "image/png" in output.data


def test_a_lesson_is_green_a_tag_widens_a_tolerance_and_a_cell_alone_builds_on_others(refreshed):
    copy, _ = refreshed
    edit(copy, "number", saved_text("another loss 1.2371", "another loss 1.2471"))
    edit(copy, "number", lambda cell: cell.metadata.update(tags=["nb-rtol=0.02"]))
    alone = list(CELLS).index("colours")
    failed, report = prove(copy, CONTROL, f"{UNTOUCHED}::solved::Cell {alone}")
    assert failed == GREEN, report
    assert f"{2 * len(CELLS) + 1} passed" in report
