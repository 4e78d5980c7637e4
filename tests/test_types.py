"""What is public says what it takes and gives, and the type checker agrees."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
OPEN = [
    "convlab/solutions/lesson_*.py",  # `solution` prints the answers, which read as the lessons do
]
FILES = sorted(
    set(PROJECT.glob("convlab/**/*.py")).difference(*(PROJECT.glob(pattern) for pattern in OPEN))
)


def functions(body, path=""):
    """All functions and methods with a public name, also of what classes here inherit."""
    bases = {getattr(base, "id", "") for node in body for base in getattr(node, "bases", ())}
    for node in body:
        name = getattr(node, "name", "_")
        public = not name.startswith("_") or name == "__init__" or name in bases
        if public and isinstance(node, ast.ClassDef):
            yield from functions(node.body, f"{path}{name}.")
        elif public and isinstance(node, ast.FunctionDef):
            yield f"{path}{name}", node


def unannotated(function):
    """The parameters without an annotation, and "return"."""
    a = function.args
    parameters = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
    names = [p.arg for p in parameters if p and not p.annotation and p.arg not in ("self", "cls")]
    return names if function.returns or function.name == "__init__" else [*names, "return"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PROJECT).as_posix())
def test_all_that_is_public_is_annotated(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {name: unannotated(function) for name, function in functions(tree.body)}
    assert {name: absent for name, absent in names.items() if absent} == {}


def test_the_types_agree():
    command = [sys.executable, "-m", "pyrefly", "check", "--output-format", "min-text"]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 errors" in answer.stderr
