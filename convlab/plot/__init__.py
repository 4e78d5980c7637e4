"""The pictures that lessons share, still or moving; the same colour means the same in every lesson.

What belongs here draws tensors with matplotlib or as HTML that needs no kernel. It may import
`page` alone, so that everything may draw.
"""

from convlab.plot.film import Film, Scene, sliding, sliding_over_zeros, stamping
from convlab.plot.pictures import (
    COLORS,
    DPI,
    LINES,
    PATHS,
    SIGNED,
    VALUES,
    WIDTH,
    descent,
    field,
    images,
    lines,
    numbers,
)
from convlab.plot.slider import Frames, frames

__all__ = [
    "COLORS",
    "DPI",
    "LINES",
    "PATHS",
    "SIGNED",
    "VALUES",
    "WIDTH",
    "Film",
    "Frames",
    "Scene",
    "descent",
    "field",
    "frames",
    "images",
    "lines",
    "numbers",
    "sliding",
    "sliding_over_zeros",
    "stamping",
]
