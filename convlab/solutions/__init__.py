"""The course's own answers, one module a lesson: `lesson_01.py` for notebooks/01_*.ipynb.

A module has `TITLE`, the answers under the names that the lesson uses (functions, `nn.Module`
classes, plain values), and `EXERCISES`, a dict of name to `Exercise` in the lesson's order.

What belongs here knows what is right, and the inputs to try it on. It may import every room but
`course`, `exercises` and `explore`.
"""

import ast
import difflib
import inspect
import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from convlab.solutions.exercise import Exercise, Mistake

__all__ = ["Exercise", "Mistake", "answer", "find", "lessons", "source"]


@cache
def lessons() -> dict[str, ModuleType]:
    """The modules of answers by lesson number: {"00": ..., "01": ...}."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("lesson_"))
    return {name.removeprefix("lesson_"): import_module(f"{__name__}.{name}") for name in names}


def find(name: str) -> tuple[ModuleType, Exercise]:
    """The module and the exercise called `name`; ValueError names the nearest if there is none."""
    for module in lessons().values():
        if name in module.EXERCISES:
            return module, module.EXERCISES[name]
    known = [known for module in lessons().values() for known in module.EXERCISES]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known
    raise ValueError(f"the exercise must be one of the course's, such as {near}, got {name!r}")


def answer(name: str) -> object:
    """The course's own function, class or value called `name`."""
    return getattr(find(name)[0], name)


def source(name: str) -> str:
    """The source of the answer called `name`, as it would stand in the lesson's exercise cell."""
    text = inspect.getsource(find(name)[0])
    for node in ast.parse(text).body:
        targets = getattr(node, "targets", [node])
        names = {getattr(t, "name", None) or getattr(t, "id", None) for t in targets}
        if name in names and (segment := ast.get_source_segment(text, node)):
            return segment
    raise LookupError(f"{find(name)[0].__name__} has an exercise {name!r} but no answer to it")
