"""The types of a module in TypeScript; `python -m tests.support.typescript` rewrites the file."""

import json
import typing
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from convlab.explore import schema

FILE = Path(schema.__file__).with_suffix(".d.ts")
_HEAD = "// Written by `python -m tests.support.typescript` from schema.py.\n"
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}


def declarations(module: ModuleType) -> str:
    """Its TypedDicts as interfaces and its type aliases as types, in their order."""
    aliases = {name for name, hint in module.__annotations__.items() if hint is TypeAlias}
    parts = [_HEAD]
    for name, value in vars(module).items():
        if typing.is_typeddict(value) and value.__module__ == module.__name__:
            parts.append(_interface(value))
        elif name in aliases:
            parts.append(f"export type {name} = {typescript(value)};\n")
    return "\n".join(parts)


def typescript(hint: Any) -> str:
    """A type of plain JSON in TypeScript.

    Raises:
        TypeError: the type is not one of those that are followed here.
    """
    if typing.is_typeddict(hint):
        return hint.__name__
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(map(json.dumps, arguments))
    if origin in (Union, UnionType):
        return " | ".join(map(typescript, arguments))
    if origin is tuple and Ellipsis not in arguments:
        return f"[{', '.join(map(typescript, arguments))}]"
    if origin is list:
        element = typescript(arguments[0])
        return f"({element})[]" if " | " in element else f"{element}[]"
    if origin is dict and arguments[0] is str:
        return f"Record<string, {typescript(arguments[1])}>"
    raise TypeError(f"hint must be a type of plain JSON, got {hint!r}")


def _interface(kind):
    lines = [
        f"  {name}{'?' if name in kind.__optional_keys__ else ''}: {typescript(hint)};\n"
        for name, hint in get_type_hints(kind).items()
    ]
    return f"export interface {kind.__name__} {{\n{''.join(lines)}}}\n"


if __name__ == "__main__":
    FILE.write_text(declarations(schema), encoding="utf-8")
