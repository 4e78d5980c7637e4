"""What every explorer is: a widget with a script and a style, a sentence and a picture."""

import base64
import hashlib
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import anywidget
import matplotlib.pyplot as plt
from IPython.display import display
from ipywidgets import Layout
from PIL import Image

# How many explorers with the same content there have been: each has an id of its own, and the
# same one in every run.
_numbers: Counter[str] = Counter()


def packed(tables: Mapping[str, Any]) -> str:
    """JSON, compressed and in base64: what `tablesOf` of the page reads."""
    text = json.dumps(tables, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def first_that_fits(candidates: Iterable[Mapping[str, Any]], budget: int, what: str) -> str:
    """The first of the candidates, from generous to frugal, that is at most `budget` long, packed.

    Raises:
        ValueError: none is; the message says that `what` is too large to show.
    """
    for candidate in candidates:
        text = packed(candidate)
        if len(text) <= budget:
            return text
    raise ValueError(f"{what} is too large to show: its tables take more than {budget:,} letters")


class Explorer(anywidget.AnyWidget):
    """A widget that has a sentence for readers and a picture for pages that can run nothing.

    A subclass says in `sentence` what it shows and draws it in `draw` with pyplot, as one figure.
    The page sends {"ask": …}, which `answer` answers, or {"edit": …}, which `edit` carries out.
    The same explorer has the same model id in every run, so that a saved notebook repeats.
    """

    def __init__(self, **traits: Any):
        content = f"{type(self).__name__} {json.dumps(traits)}"
        _numbers[content] += 1
        ids = (f"{part} {_numbers[content]} of {content}" for part in ("explorer", "layout"))
        own, layout = (hashlib.sha256(text.encode()).hexdigest()[:32] for text in ids)
        super().__init__(model_id=own, layout=Layout(model_id=layout), **traits)
        self.on_msg(self._hear)

    def sentence(self) -> str:
        """What is shown and what to do, for those who cannot see or run it."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the picture for pages that run nothing."""
        raise NotImplementedError

    def answer(self, ask: Any) -> Mapping[str, Any]:
        """What the page is told about what it asks, beside the question itself."""
        raise NotImplementedError

    def edit(self, *change: Any, **named: Any) -> None:
        """Change what the learner has changed.

        Raises:
            ValueError: why that cannot be; the page shows it.
        """
        raise NotImplementedError

    def _hear(self, _, content, buffers):
        reply = {"here": True}
        if "edit" in content:
            try:
                self.edit(*content["edit"])
            except ValueError as error:
                reply = {"refused": str(error)}
        elif content.get("ask"):
            reply = {"ask": content["ask"], **self.answer(content["ask"])}
        self.send(reply)

    def __repr__(self) -> str:
        return self.sentence()

    def outputs(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """What a cell shows, as (data, metadata): the live view, then the picture.

        The style sheet hides the picture behind the view where a script runs.
        """
        self.draw()
        figure, drawn, file = plt.gcf(), io.BytesIO(), io.BytesIO()
        figure.savefig(drawn, dpi=80, bbox_inches="tight", pad_inches=0.1)
        plt.close(figure)
        Image.open(drawn).convert("RGB").quantize(64).save(file, "png", optimize=True)
        picture = {"image/png": base64.b64encode(file.getvalue()).decode()}
        metadata = {"image/png": {"alt": self.sentence()}, "needs_background": "light"}
        view: Any = self._repr_mimebundle_()
        return [view, (picture | {"text/plain": self.sentence()}, metadata)]

    def _ipython_display_(self) -> None:
        for data, metadata in self.outputs():
            display(data, metadata=metadata, raw=True)
