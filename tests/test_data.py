"""The data: shapes, ranges, and copies that a learner may change."""

import random
from itertools import pairwise

import numpy
import pytest
import torch
from torch.testing import assert_close

from convlab import data


def datasets():
    import sklearn.datasets  # 3 s of processor time

    return sklearn.datasets


@pytest.mark.slow
@pytest.mark.parametrize("name", ["china", "flower"])
def test_photo_is_rgb_in_the_unit_range(name):
    photo = data.photo(name)
    assert (photo.shape, photo.dtype) == ((3, 427, 640), torch.float32)
    bytes_of_the_file = torch.from_numpy(datasets().load_sample_image(f"{name}.jpg").copy())
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


SPLITS = {
    "digits": (data.digits, (1437, 1, 8, 8), (360, 1, 8, 8), 10),
    "moving_digits": (data.moving_digits, (1437, 1, 8, 16, 16), (360, 1, 8, 16, 16), 4),
    "8 directions": (lambda: data.moving_digits(8), (1437, 1, 8, 16, 16), (360, 1, 8, 16, 16), 8),
    "mnist1d": (data.mnist1d, (4000, 1, 40), (1000, 1, 40), 10),
}


@pytest.mark.parametrize("name", SPLITS)
def test_a_split_has_its_shapes_and_labels_and_repeats(name):
    make, train, test, classes = SPLITS[name]
    first, second = make(), make()
    assert (first.x_train.shape, first.x_test.shape) == (train, test)
    assert first.x_train.dtype == torch.float32
    assert first.y_train.dtype == torch.int64
    assert set(first.y_train.tolist()) == set(first.y_test.tolist()) == set(range(classes))
    assert_close(first, second)
    first.x_train.zero_()
    assert_close(make().x_train, second.x_train)


def test_digits_are_scikit_learn_s_once_each():
    split = data.digits()
    pictures = torch.cat([split.x_train, split.x_test])[:, 0] * 16
    found = sorted(map(tuple, pictures.flatten(1).tolist()))
    assert found == sorted(
        map(tuple, torch.from_numpy(datasets().load_digits().images).flatten(1).tolist())
    )
    assert split.x_train.max() == 1
    assert not torch.equal(data.digits(seed=1).x_train, split.x_train)


def test_digits_keep_their_labels():
    pictures, labels = datasets().load_digits(return_X_y=True)
    known = {
        tuple(picture): label for picture, label in zip(pictures.tolist(), labels, strict=True)
    }
    split = data.digits()
    for x, y in zip(split.x_test.flatten(1) * 16, split.y_test, strict=True):
        assert known[tuple(x.tolist())] == y


@pytest.mark.parametrize("directions", [4, 8])
def test_a_moving_digit_is_one_digit_rolled_by_its_direction(directions):
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)]
    split = data.moving_digits(directions)
    for video, label in zip(split.x_test[:, 0], split.y_test, strict=True):
        for before, after in pairwise(video):
            assert torch.equal(after, before.roll(steps[label], (0, 1)))
    assert_close(split.x_test[:, 0, 0].sum((1, 2)), data.digits().x_test.sum((1, 2, 3)))


@pytest.mark.slow
def test_mnist1d_is_the_package_s_and_leaves_the_random_numbers_alone():
    from mnist1d.data import make_dataset

    data._generate_mnist1d.cache_clear()
    numpy.random.seed(1)
    random.seed(1)
    expected = numpy.random.rand(), random.random()
    numpy.random.seed(1)
    random.seed(1)
    split = data.mnist1d()
    assert (numpy.random.rand(), random.random()) == expected
    assert_close(
        split.x_train[:, 0].double(), torch.from_numpy(make_dataset()["x"]), atol=1e-6, rtol=1e-6
    )


def test_the_motif_is_where_it_is_said_to_be():
    clear = data.motif_signal(noise=0)
    without = torch.sin(1.5 * torch.arange(400) * 2 * torch.pi / 400)
    for start in clear.starts:
        piece = slice(start, start + 25)
        assert_close(clear.signal[piece] - without[piece], clear.motif)
    assert clear.starts.diff().min() >= 25
    noisy = data.motif_signal(noise=0.3)
    assert_close((noisy.signal - clear.signal).std().item(), 0.3, atol=0.03, rtol=0)


def test_the_phantom_is_a_head():
    head = data.phantom(64)
    assert (head.shape, head.dtype) == ((64, 64, 64), torch.float32)
    found = head.mul(10).round().unique().tolist()
    assert found == [0, 1, 2, 3, 10]
    middle = head[32]
    assert middle[0].max() == 0
    assert middle[:, 32].max() == 1
    assert middle[32, 20:45].min() == 0
    volume = 4 / 3 * torch.pi * (0.69 * 0.92 * 0.81 - 0.6624 * 0.874 * 0.78) / 8
    assert_close((data.phantom(128) == 1).double().mean().item(), volume, rtol=0.05, atol=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.moving_digits(5), "directions must be 4 or 8, got 5"),
        (lambda: data.motif_signal(count=0), "count must be at least 1"),
        (lambda: data.motif_signal(noise=-1), "noise must be at least 0"),
        (lambda: data.motif_signal(length=200, count=5), "length must be at least 50"),
        (lambda: data.phantom(0), "size must be at least 1"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
