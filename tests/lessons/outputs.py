"""Compare a code cell's saved outputs with fresh ones."""

import base64
import json
import re
from collections.abc import Iterable

from nbformat import NotebookNode
from nbval.plugin import coalesce_streams

from convlab.course.saved import VIEW, numbers_of
from tests.lessons.pictures import picture_difference
from tests.lessons.text import DEFAULT_RTOL, shape, text_difference

_RTOL_TAG = re.compile(r"nb-rtol=(\S+)")


def outputs_difference(saved: list, fresh: list, tags: Iterable[str] = ()) -> str | None:
    """The first difference between two lists of outputs of a cell with these tags, or None.

    With `nb-rtol=0.001` floats may differ by that share; with `nb-shape` only the words and the
    layout count, since numbers differ from run to run.
    """
    saved, fresh = _parts(saved), _parts(fresh)
    if "nb-shape" in tags:
        saved, fresh = (
            [(kind, shape(text) if kind == "stdout" else text) for kind, text in parts]
            for parts in (saved, fresh)
        )
    matches = map(_RTOL_TAG.fullmatch, tags)
    rtol = next((float(match[1]) for match in matches if match), DEFAULT_RTOL)
    kinds = [kind for kind, _ in saved], [kind for kind, _ in fresh]
    if kinds[0] != kinds[1]:
        return f"saved outputs are {kinds[0]}, fresh ones {kinds[1]}:\n{_texts(fresh)}"
    for (kind, one), (_, other) in zip(saved, fresh, strict=True):
        found = _difference(kind, one, other, rtol)
        if found:
            return f"{kind}: {found}"
    return None


def explorers(cell: NotebookNode) -> list[str]:
    """The ids of the explorers in a cell of a lean notebook."""
    saved = map(numbers_of, cell.get("outputs", ()))
    return [numbers["model_id"] for numbers in saved if numbers]


def _parts(outputs):
    """One (kind, content) for each stream, error, explorer and MIME type, in order.

    Of an explorer the picture behind it tells the content; a lean notebook has no view of it.
    """
    parts = []
    for output in coalesce_streams([NotebookNode(output) for output in outputs]):
        if output.output_type == "stream":
            parts.append((output.name, output.text))
        elif output.output_type == "error":
            parts.append(("error", f"{output.ename}: {output.evalue}"))
        elif VIEW in output.data:
            parts.append(("explorer", ""))
        else:
            if numbers_of(output):
                parts.append(("explorer", ""))
            parts.extend(sorted(output.data.items()))
    return parts


def _difference(kind, one, other, rtol):
    if kind in ("image/png", "image/jpeg"):
        return picture_difference(base64.b64decode(one), base64.b64decode(other))
    return text_difference(_text(one), _text(other), rtol)


def _text(content):
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True)


def _texts(parts):
    return "\n".join(_text(c)[:500] for kind, c in parts if not kind.startswith("image/"))
