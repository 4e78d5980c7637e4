"""Which pictures count as the same: another font rendering, not another content."""

import io

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.figure import Figure
from numpy import s_

from convlab.plot import pictures
from tests.lessons.pictures import picture_difference

RENDERINGS = [
    {"text.hinting": "none"},
    {"text.hinting": "force_autohint"},
    {"text.antialiased": False},
]


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, bbox_inches="tight")
    plt.close("all")
    return buffer.getvalue()


def curves(xlim=(0, 10), count=3, title="the loss falls", color="tab:blue"):
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    ax = figure.add_subplot()
    x = torch.linspace(0, 10, 50)
    for index in range(count):
        ax.plot(x, torch.sin(x + index), color=color if index == 0 else f"C{index + 1}")
    ax.set(xlim=xlim, title=title, xlabel="step", ylabel="loss")
    ax.grid(alpha=0.3)
    return png(figure)


def grid(last=43, colormap=pictures.VALUES, box=s_[0:1, 0:1]):
    kept, pictures.VALUES = pictures.VALUES, colormap
    try:
        pictures.numbers(torch.tensor([[19, 25], [37, last]]), boxes={0: [box]}, titles=["Y"])
    finally:
        pictures.VALUES = kept
    return png(plt.gcf())


@pytest.fixture(autouse=True)
def _no_window():
    matplotlib.use("agg")


@pytest.mark.parametrize("draw", [curves, grid])
def test_the_same_picture(draw):
    assert picture_difference(draw(), draw()) is None


@pytest.mark.parametrize("rendering", RENDERINGS, ids=str)
@pytest.mark.parametrize("draw", [curves, grid])
def test_another_font_rendering_is_the_same_picture(draw, rendering):
    with matplotlib.rc_context(rendering):
        other = draw()
    assert other != draw(), "the rendering must differ for the test to say anything"
    assert picture_difference(draw(), other) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 2},
        {"count": 4},
        {"xlim": (0, 11)},
        {"xlim": (0.5, 10)},
        {"color": "tab:orange"},
        {"title": "the loss rises"},
        {"title": ""},
    ],
    ids=str,
)
def test_other_curves_are_another_picture(changed):
    assert picture_difference(curves(), curves(**changed)) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"last": 13},
        {"colormap": "viridis"},
        {"box": s_[0:1, 1:2]},
        {"box": s_[0:2, 0:1]},
    ],
    ids=str,
)
def test_other_numbers_are_another_picture(changed):
    assert picture_difference(grid(), grid(**changed)) is not None


def test_another_size_is_another_picture():
    small, large = Figure(figsize=(4, 3)), Figure(figsize=(4, 4))
    assert "differ in size" in picture_difference(png(small), png(large))
