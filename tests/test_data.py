"""The data: shapes, ranges, and copies that a learner may change."""

import pytest
import torch
from sklearn.datasets import load_sample_image
from torch.testing import assert_close

from convlab import data


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photo_is_rgb_in_the_unit_range(name):
    photo = data.photo(name)
    assert (photo.shape, photo.dtype) == ((3, 427, 640), torch.float32)
    bytes_of_the_file = torch.from_numpy(load_sample_image(f"{name}.jpg").copy())
    assert_close(photo.permute(1, 2, 0), bytes_of_the_file / 255)
    assert photo.is_contiguous()


def test_grey_weighs_the_channels():
    red, green, blue = data.photo()
    assert_close(data.photo(gray=True), 0.299 * red + 0.587 * green + 0.114 * blue)


@pytest.mark.parametrize("gray", [True, False])
def test_changing_a_photo_leaves_the_next_one_alone(gray):
    first = data.photo(gray=gray)
    kept = first.clone()
    first.zero_()
    assert_close(data.photo(gray=gray), kept)


def test_an_unknown_photo_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of \('china', 'flower'\), got 'cat'"):
        data.photo("cat")
