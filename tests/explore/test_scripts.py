"""The scripts of the page: typed, formatted, in functions that can be read from top to bottom."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SCRIPTS = sorted((PROJECT / "convlab").rglob("*.js"))
_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def execute(*command):
    """Run a command that the environment of these tests, or the machine, has."""
    environment = os.environ | {"PATH": _PATH}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)


def up_to_date(tool, version):
    package = PROJECT / "node_modules" / tool / "package.json"
    return package.exists() and json.loads(package.read_text())["version"] == version


@pytest.fixture(scope="session")
def tools():
    """The folder of tsc and biome, in the versions that package.json names."""
    wanted = json.loads((PROJECT / "package.json").read_text())["devDependencies"]
    if not all(up_to_date(*pair) for pair in wanted.items()):
        npm = shutil.which("npm", path=_PATH)
        assert npm, "npm is needed: uv sync installs it, and so does environment.yml"
        done = execute(npm, "install", "--no-package-lock", "--no-audit", "--no-fund")
        assert done.returncode == 0, done.stderr
    return PROJECT / "node_modules" / ".bin"


def test_types(tools):
    done = execute(tools / "tsc", "--noEmit")
    assert done.returncode == 0, done.stdout


def test_format_lint_and_the_length_of_functions(tools):
    done = execute(tools / "biome", "check", "--error-on-warnings", "--colors=off", "convlab")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_is_typed_and_in_order(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// @ts-check\n")
    assert early_uses(text) == []


_SILENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_FUNCTION = re.compile(
    r"^( *)(?:export )?(?:const (\w+) = (?:async )?(?:\(|\w+ =>)|(?:async )?function\*? (\w+))"
)


def early_uses(text):
    """The functions that are named above the place where they are defined, in the same block."""
    code = _SILENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    lines, names = code.splitlines(), []
    for number, line in enumerate(lines):
        if match := _FUNCTION.match(line):
            name = match[2] or match[3]
            use = re.compile(rf"(?<![.\w]){name}\b(?! *:)")
            if any(map(use.search, above(lines[:number], len(match[1])))):
                names.append(name)
    return names


def above(lines, indent):
    """The lines at the end that belong to the block with this indent, the last one first."""
    for line in reversed(lines):
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            return
        yield line


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("const a = () => b();\nconst b = () => 1;", ["b"]),
        ("const a = x => x;\nconst b = a;", []),
        ("a();\nasync function a() {}", ["a"]),
        ("const c = () => {\n  a();\n  const a = (x) => x;\n};", ["a"]),
        ("const c = () => {\n  const a = 1;\n};\nconst a = () => {};", ["a"]),
        ("const c = () => {\n  const a = x => x;\n  a(1);\n};\nexport const d = c;", []),
        ('// b\n/* b\n b */ x.b({b: "b"});\nexport const b = () => {};', []),
        ("const a = () => `${b()}`;\nexport const b = async () => {};", ["b"]),
    ],
)
def test_early_uses(text, names):
    assert early_uses(text) == names
