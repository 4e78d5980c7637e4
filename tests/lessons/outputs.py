"""Compare a code cell's saved outputs with fresh ones."""

import base64
import json

from nbformat import NotebookNode
from nbval.plugin import coalesce_streams

from convlab.course.saved import VIEW
from tests.lessons.pictures import picture_difference
from tests.lessons.text import DEFAULT_RTOL, shape, text_difference


def outputs_difference(saved: list, fresh: list, rtol: float = DEFAULT_RTOL) -> str | None:
    """The first difference between two lists of notebook outputs, or None."""
    saved, fresh = _parts(saved), _parts(fresh)
    kinds = [kind for kind, _ in saved], [kind for kind, _ in fresh]
    if kinds[0] != kinds[1]:
        return f"saved outputs are {kinds[0]}, fresh ones {kinds[1]}:\n{_texts(fresh)}"
    for (kind, one), (_, other) in zip(saved, fresh, strict=True):
        found = _difference(kind, one, other, rtol)
        if found:
            return f"{kind}: {found}"
    return None


def shapes(outputs: list) -> list:
    """Outputs of a cell whose numbers differ from run to run: their texts without numbers."""
    parts = coalesce_streams([NotebookNode(output) for output in outputs])
    return [part | {"text": shape(part.text)} if "text" in part else part for part in parts]


def explorers(cell: NotebookNode) -> list[str]:
    """The ids of the explorers in a cell of a lean notebook."""
    metadata = (output.get("metadata", {}) for output in cell.get("outputs", ()))
    return [one["convlab"]["model_id"] for one in metadata if "convlab" in one]


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
            if "convlab" in output.metadata:
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
