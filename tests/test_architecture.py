"""Where things stand: rooms over rooms, files over files, and what each room says of itself."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import grimp
import pytest

PROJECT = Path(__file__).parents[1]
FOLDERS = sorted(
    ".".join(file.parent.relative_to(PROJECT).parts)
    for file in PROJECT.glob("convlab/*/**/__init__.py")
)
ROOMS = [folder for folder in FOLDERS if folder.count(".") == 1]


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("convlab", cache_dir=None)


def contract(folder):
    """The sentences of the last paragraph of a folder's docstring."""
    tree = ast.parse((PROJECT / folder.replace(".", "/") / "__init__.py").read_text("utf-8"))
    *_, last = ast.get_docstring(tree).split("\n\n")
    return [" ".join(sentence.split()) for sentence in re.split(r"(?<=\.)\s", last)]


def test_nothing_imports_upward_and_nothing_in_circles():
    code = "from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", code, "--no-cache", "--no-logo"]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "11 kept, 0 broken" in answer.stdout


def test_public_names_are_imported_from_convlab_only_high_up(graph):
    """`convlab` itself gives every room's names: an import of it could lead upward unseen."""
    importers = graph.find_modules_that_directly_import("convlab")
    assert {importer.split(".")[1] for importer in importers} <= {"course", "solutions"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_says_what_belongs_there_and_what_it_may_import(folder):
    first, *_, last = contract(folder)
    assert re.match(r"What belongs here \w|A \w+ ", first)
    assert re.search(r"\bmay import\b|\bimports no other room\b", last)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_imports_what_it_says(graph, room):
    *_, last = contract(room)
    names = set(re.findall(r"`(\w+)`", last))
    top = {module.split(".")[1] for module in graph.find_children("convlab")}
    allowed = top - names if "every room" in last else names
    imports = {
        there.split(".")[1]
        for here in {room, *graph.find_descendants(room)}
        for there in graph.find_modules_directly_imported_by(here)
        if there != "convlab" and there.split(".")[1] != room.split(".")[1]
    }
    assert imports <= allowed


@pytest.mark.parametrize("package", ["convlab", *ROOMS])
def test_no_module_bears_the_name_of_a_public_function(graph, package):
    """It would hide the function as an attribute of its package."""
    module = import_module(package)
    names = getattr(module, "__all__", dir(module))
    names = {name for name in names if callable(getattr(module, name))}
    assert names.isdisjoint(child.rsplit(".", 1)[1] for child in graph.find_children(package))
