"""Pictures that one moves through, in a saved page too: slices of a volume, frames of a video."""

import base64
import html
import io
from collections.abc import Sequence

import matplotlib
import torch
from PIL import Image

from convlab.plot.pictures import SIGNED


class Frames:
    """Pictures with a slider below them: what `frames` gives, and what a notebook shows.

    The HTML holds every picture and needs no kernel, no id and no library. Where scripts are not
    run (a notebook that is not trusted), the middle picture is seen.
    """

    def __init__(self, bitmaps: Sequence[bytes], titles: Sequence[str], shape: tuple[int, int]):
        self._bitmaps, self._titles, self._shape = bitmaps, titles, shape

    def __repr__(self) -> str:
        height, width = self._shape
        return f"{len(self._bitmaps)} pictures of {height}x{width} to move through"

    def _repr_html_(self) -> str:
        sources = [f"data:image/bmp;base64,{base64.b64encode(b).decode()}" for b in self._bitmaps]
        titles = [html.escape(title) for title in self._titles]
        middle = len(sources) // 2
        # The attribute keeps JupyterLab's own shortcuts away from the slider's arrow keys.
        return (
            '<figure style="width:300px;margin:0">'
            f'<figcaption style="text-align:center">{titles[middle]}</figcaption>'
            f'<img src="{sources[middle]}" alt="{self!r}" '
            'style="width:100%;image-rendering:pixelated" '
            f'data-frames="{" ".join(sources)}" data-titles="{"|".join(titles)}">'
            f'<input type="range" min="0" max="{len(sources) - 1}" value="{middle}" '
            'data-lm-suppress-shortcuts="true" '
            'aria-label="which picture" style="width:100%;margin:0" oninput="'
            "const f=this.parentNode,p=f.querySelector('img');"
            "p.src=p.dataset.frames.split(' ')[this.value];"
            "f.querySelector('figcaption').textContent="
            "p.dataset.titles.split('|')[this.value]\"></figure>"
        )


def frames(
    pictures: Sequence[torch.Tensor],
    titles: Sequence[str] = (),
    *,
    signed: bool = False,
    limits: tuple[float, float] | None = None,
) -> Frames:
    """Pictures of one size, one at a time above a slider. Write it as the last line of a cell.

    Args:
        pictures: each (H, W), drawn in grey.
        titles: one a picture, without "|"; their numbers if there are none.
        signed: colour the values on a scale centred on zero instead.
        limits: the values at the ends of the scale; the range of all pictures without it.

    Raises:
        ValueError: no pictures, one that is not (H, W), two shapes, or titles that do not fit.
    """
    shapes = [tuple(picture.shape) for picture in pictures]
    if len(set(shapes)) != 1 or len(shapes[0]) != 2:
        raise ValueError(f"pictures must share one shape (H, W), got {shapes}")
    names = list(titles) or [str(number) for number in range(len(shapes))]
    if len(names) != len(shapes) or any("|" in name for name in names):
        raise ValueError(f'titles must be {len(shapes)} strings without "|", got {names}')
    stack = torch.stack([picture.detach().cpu().double() for picture in pictures])
    reach = float(stack.abs().max())
    low, high = limits or ((-reach, reach) if signed else (float(stack.min()), float(stack.max())))
    scaled = (stack - low) / ((high - low) or 1.0) * 255
    pixels = scaled.clamp(0, 255).round().to(torch.uint8).numpy()
    colours = matplotlib.colormaps[SIGNED if signed else "gray"](range(256), bytes=True)
    palette = colours[:, :3].tobytes()
    return Frames([_bitmap(picture, palette) for picture in pixels], names, shapes[0])


def _bitmap(pixels, palette):
    """A BMP file of 256 colours: not compressed, so it is the same bytes wherever it is made."""
    picture, file = Image.fromarray(pixels), io.BytesIO()
    picture.putpalette(palette)
    picture.save(file, "bmp")
    return file.getvalue()
