"""The slider of pictures: the pixels in its files, its words, and its movement in a browser."""

import base64
import io
import re

import numpy
import pytest
import torch
from matplotlib import image

from convlab.plot.slider import frames

STACK = torch.arange(3 * 5 * 6.0).reshape(3, 5, 6)


def files(shown):
    packed = re.search(r'data-frames="([^"]*)"', shown._repr_html_()).group(1).split()
    opened = (io.BytesIO(base64.b64decode(one.partition(",")[2])) for one in packed)
    return numpy.stack([image.imread(one, format="bmp") for one in opened]).astype(int)


def test_each_picture_is_a_file_with_its_pixels():
    grey = (STACK.double() / 89 * 255).round().to(torch.uint8)
    found = files(frames(STACK))
    assert found.shape[:3] == (3, 5, 6)
    for channel in range(3):
        assert abs(found[..., channel] - grey.numpy()).max() <= 1


def test_limits_and_signs_choose_the_colours():
    assert files(frames(STACK, limits=(0, 44.5)))[2].min() == 255
    signed = files(frames(torch.tensor([[[-1.0, 0.0, 1.0]]]), signed=True))[0, 0]
    below, zero, above = (pixel[:3] for pixel in signed)
    assert below[2] > below[0]
    assert above[0] > above[2]
    assert zero.min() > 240


def test_it_says_what_it_is():
    assert repr(frames(STACK)) == "3 pictures of 5x6 to move through"
    assert "<figcaption" in frames(STACK, ["a", "b<", "c"])._repr_html_()
    assert "b&lt;" in frames(STACK, ["a", "b<", "c"])._repr_html_()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frames([]), "pictures must share one shape"),
        (lambda: frames([STACK]), "pictures must share one shape"),
        (lambda: frames([STACK[0], STACK[0, 1:]]), r"got \[\(5, 6\), \(4, 6\)\]"),
        (lambda: frames(STACK, ["a", "b"]), "titles must be 3 strings"),
        (lambda: frames(STACK, ["a", "b", "c|d"]), 'without "|"'),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        call()


def test_the_arrow_keys_move_through_it(browser):
    page = browser.new_page()
    page.set_content(frames(STACK, ["bottom", "middle", "top"])._repr_html_())
    caption, slider = page.locator("figcaption"), page.get_by_label("which picture")
    seen = {}
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):
        slider.press(key)
        seen[caption.inner_text()] = page.locator("img").get_attribute("src")
    assert list(seen) == ["bottom", "middle", "top"]
    assert len(set(seen.values())) == 3
    assert page.locator("img").evaluate("img => img.complete && img.naturalWidth") == 6
