"""One script and one style sheet, joined from modules that import each other.

anywidget takes a script as one text. Each module becomes a function called once, in the order in
which they are needed, so that names stay apart as they do where a browser loads the files.
Every notebook with an explorer carries its script, so comments, types and white space
that only readers need stay here.
"""

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*\.js)";\n', re.MULTILINE)
_BLOCK = r"/\*\*(?:(?!\*/)[\s\S])*\*/"
_LEFT_OUT = re.compile(rf"^ *//.*\n|^ *{_BLOCK}\n|{_BLOCK} ?|^ +|^\n|(?<=[({{\[,])\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|async function|function|class) (\w+))", re.MULTILINE)


@cache
def script(entry: Path) -> str:
    """The module at `entry` with all that it imports, as one module.

    Raises:
        FileNotFoundError: it, or a module that is imported, does not exist.
        ValueError: modules import each other in a circle, in a way that is not followed here, or
            what is not exported.
    """
    *modules, _ = _modules(entry)
    return "\n".join([*map(_wrapped, modules), _IMPORT.sub(_destructured(entry), _source(entry))])


@cache
def style(entry: Path) -> str:
    """The style sheets beside the modules of `script`, `<name>.css` for `<name>.js`, as one."""
    paths = (path.with_suffix(".css") for path in _modules(entry))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())


def _modules(path, above=()):
    """`path` and all that it imports, each once, after those that it needs."""
    if path in above:
        circle = " -> ".join(p.name for p in (*above, path))
        raise ValueError(f"modules must not import each other in a circle, got {circle}")
    order = []
    for _, name in _IMPORT.findall(_source(path)):
        below = _modules((path.parent / name).resolve(), (*above, path))
        order += [module for module in below if module not in order]
    return [*order, path]


def _source(path):
    text = _LEFT_OUT.sub("", path.read_text(encoding="utf-8"))
    if re.search(r"^import\b", _IMPORT.sub("", text), re.MULTILINE):
        raise ValueError(f'{path.name} must import as `import {{name}} from "./file.js";`')
    return text


def _wrapped(path):
    text = _source(path)
    body = _EXPORT.sub("", _IMPORT.sub(_destructured(path), text))
    exported = ", ".join(_EXPORT.findall(text))
    return f"const {_variable(path)} = (() => {{\n{body}return {{{exported}}};\n}})();\n"


def _destructured(path):
    def declaration(match):
        module = (path.parent / match[2]).resolve()
        _require(path, match[1], module)
        names = match[1].replace(" as ", ": ")
        return f"const {{{names}}} = {_variable(module)};\n"

    return declaration


def _require(path, names, module):
    exported = _EXPORT.findall(_source(module))
    for name in re.findall(r"(\w+)(?: as \w+)?", names):
        if name not in exported:
            raise ValueError(f"{path.name} imports {name}, which {module.name} does not export")


def _variable(path):
    return f"{path.parent.name}_{path.stem}"
