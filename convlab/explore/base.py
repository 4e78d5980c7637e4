"""What every explorer is: a widget with a script and a style, a sentence and a picture."""

import base64
import hashlib
import io
import json
import zlib
from collections import Counter

import anywidget
import matplotlib.pyplot as plt
from IPython.display import display
from ipywidgets import Layout
from PIL import Image

_made = Counter()


def packed(data: dict) -> str:
    """JSON, compressed and in base64: what the helper `unpack` of the page reads."""
    text = json.dumps(data, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


class Explorer(anywidget.AnyWidget):
    """A widget that has a sentence for readers and a picture for pages that can run nothing.

    A subclass says in `sentence` what it shows and draws it in `draw` with pyplot, as one figure.
    The same explorer has the same model id in every run, so that a saved notebook repeats.
    """

    def __init__(self, **traits):
        content = f"{type(self).__name__} {json.dumps(traits)}"
        _made[content] += 1
        ids = (f"{part} {_made[content]} of {content}" for part in ("explorer", "layout"))
        own, layout = (hashlib.sha256(text.encode()).hexdigest()[:32] for text in ids)
        super().__init__(model_id=own, layout=Layout(model_id=layout), **traits)

    def sentence(self) -> str:
        raise NotImplementedError

    def draw(self) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.sentence()

    def outputs(self) -> list[tuple[dict, dict]]:
        """What a cell shows, as (data, metadata): the live view, then the picture.

        The style sheet hides the picture behind the view where a script runs.
        """
        self.draw()
        figure, drawn, file = plt.gcf(), io.BytesIO(), io.BytesIO()
        figure.savefig(drawn, dpi=80, bbox_inches="tight", pad_inches=0.1)
        plt.close(figure)
        Image.open(drawn).convert("RGB").quantize(64).save(file, "png", optimize=True)
        picture = {"image/png": base64.b64encode(file.getvalue()).decode()}
        kept = {"image/png": {"alt": self.sentence()}, "needs_background": "light"}
        return [self._repr_mimebundle_(), (picture | {"text/plain": self.sentence()}, kept)]

    def _ipython_display_(self) -> None:
        for data, metadata in self.outputs():
            display(data, metadata=metadata, raw=True)
