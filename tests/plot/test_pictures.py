"""The pictures: what is drawn is what was given."""

from itertools import pairwise

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from numpy import s_

from convlab import plot


@pytest.fixture(autouse=True)
def _no_window():
    matplotlib.use("agg")
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_numbers_writes_every_value():
    plot.numbers(torch.tensor([[1.0, -0.04], [2.55, 3.0]]), titles=["a"], decimals=1)
    (ax,) = plt.gcf().axes
    assert texts(ax) == ["1.0", "0.0", "2.5", "3.0"]
    assert ax.get_title() == "a"


def test_numbers_cells_have_one_size_and_do_not_overlap():
    plot.numbers(torch.zeros(5, 7), torch.zeros(2, 2), torch.zeros(3), titles="abc", between="*=")
    figure = plt.gcf()
    sizes = [ax.get_window_extent() for ax in figure.axes]
    shapes = [(5, 7), (2, 2), (1, 3)]
    cells = [(b.width / n, b.height / m) for b, (m, n) in zip(sizes, shapes, strict=True)]
    for width, height in cells:
        assert (width, height) == pytest.approx(cells[0], rel=1e-6)
    assert all(left.x1 < right.x0 for left, right in pairwise(sizes))
    assert [text.get_text() for text in figure.texts] == ["*", "="]


def test_numbers_on_one_scale():
    plot.numbers(torch.tensor([0.5]), torch.tensor([1.0, -1.0]), signed=True, limits=(-1, 1))
    assert [ax.images[0].get_clim() for ax in plt.gcf().axes] == [(-1, 1), (-1, 1)]


def test_numbers_signed_and_not_side_by_side():
    plot.numbers(torch.zeros(2, 2), torch.zeros(2, 2), signed=[False, True])
    maps = [ax.images[0].get_cmap().name for ax in plt.gcf().axes]
    assert maps == [plot.VALUES, plot.SIGNED]


def test_numbers_outlines_the_window():
    plot.numbers(torch.zeros(4, 4), boxes={0: [s_[1:3, 0:2]]})
    (box,) = plt.gca().patches
    assert (box.get_xy(), box.get_width(), box.get_height()) == ((-0.5, 0.5), 2, 2)


@pytest.mark.parametrize("shape", [(2, 2, 2), (31, 2)])
def test_numbers_refuses_what_cannot_be_read(shape):
    with pytest.raises(ValueError, match=r"grids must be \(H, W\) or \(W,\) of at most 30"):
        plot.numbers(torch.zeros(shape))


def test_images_in_rows():
    pictures = [torch.rand(6, 8), torch.rand(3, 6, 8), torch.rand(6, 8)]
    plot.images(*pictures, titles=["one", "two", "three"], columns=2)
    drawn = [ax for ax in plt.gcf().axes if ax.images]
    assert [ax.get_title() for ax in drawn] == ["one", "two", "three"]
    assert [ax.images[0].get_array().shape for ax in drawn] == [(6, 8), (6, 8, 3), (6, 8)]


def test_signed_images_are_centred_on_zero():
    plot.images(torch.tensor([[-1.0, 3.0]]), signed=True)
    (image,) = plt.gca().images
    assert image.get_clim() == (-3, 3)
    assert image.get_cmap().name == plot.SIGNED


def test_signed_and_grey_images_side_by_side():
    plot.images(torch.rand(2, 3), torch.randn(2, 3), signed=[False, True])
    assert [ax.images[0].get_cmap().name for ax in plt.gcf().axes] == ["gray", plot.SIGNED]


def test_a_constant_picture_is_drawn():
    plot.images(torch.ones(2, 2))
    assert plt.gca().images[0].get_clim() == (1, 2)


def test_images_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"pictures must be \(H, W\) or \(3, H, W\), got shape"):
        plot.images(torch.zeros(4, 5, 6))


def test_lines_draws_each_curve_by_name():
    plot.lines({"up": [1, 2], "down": torch.tensor([2.0, 1.0])}, [5, 6], log="y", xlabel="x")
    ax = plt.gca()
    assert [list(line.get_ydata()) for line in ax.lines] == [[1, 2], [2, 1]]
    assert [list(line.get_xdata()) for line in ax.lines] == [[5, 6], [5, 6]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["up", "down"]
    assert (ax.get_yscale(), ax.get_xscale(), ax.get_xlabel()) == ("log", "linear", "x")


def test_descent_draws_the_path_over_the_loss():
    path = torch.tensor([[0.0, 0.0], [0.5, -0.5]])
    plot.descent(lambda w: (w**2).sum(1), {"lr": path}, around=((-1, 1), (-2, 2)))
    ax = plt.gcf().axes[0]
    assert ax.lines[0].get_xydata().tolist() == path.tolist()
    assert ax.get_aspect() == 1
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 1), (-2, 2))
    mesh = ax.collections[0]
    assert mesh.get_array().max() == pytest.approx(5.0)
