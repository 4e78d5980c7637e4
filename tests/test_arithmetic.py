"""Sizes and counts against torch's own, over thousands of settings."""

import random
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convlab import (
    conv_input_sizes,
    conv_output_size,
    conv_transpose_output_size,
    multiply_count,
    output_padding_for,
    parameter_count,
    same_padding,
)

# Every setting of an axis, as (size, kernel, stride, padding, dilation), alone and beside another.
AXES = list(product(range(1, 13), range(1, 6), range(1, 5), range(5), range(1, 4)))
PAIRS = list(zip(AXES, random.Random(0).sample(AXES, len(AXES)), strict=True))
ONE_AND_TWO = [*((axis,) for axis in AXES), *PAIRS]


def zeros(*sizes):
    return torch.zeros(1, 1, *sizes)


def test_conv_output_size_is_torch_s():
    for axes in ONE_AND_TWO:
        n, k, s, p, d = zip(*axes, strict=True)
        convolve = F.conv1d if len(axes) == 1 else F.conv2d
        try:
            want = tuple(convolve(zeros(*n), zeros(*k), None, s, p, d).shape[2:])
        except RuntimeError:
            with pytest.raises(ValueError, match="does not fit"):
                conv_output_size(n, k, s, p, d)
            continue
        assert conv_output_size(n, k, s, p, d) == want
        inputs = conv_input_sizes(want, k, s, p, d)
        assert all(size in sizes for size, sizes in zip(n, inputs, strict=True))


def test_conv_input_sizes_are_all_there_are():
    for k, s, p, d in {axis[1:] for axis in AXES}:
        # The largest is 11 strides of 4, a kernel of 13 and 3 left over: 60.
        fitting = [n for n in range(1, 70) if n + 2 * p > d * (k - 1)]
        outputs = {n: conv_output_size(n, k, s, p, d) for n in fitting}
        for o in range(1, 13):
            want = [n for n in fitting if outputs[n] == o]
            assert list(conv_input_sizes(o, k, s, p, d)) == want, (o, k, s, p, d)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_pooling_s_ceil_mode(ceil_mode):
    for n, k, s, p, d in AXES:
        p = min(p, k // 2)
        try:
            want = F.max_pool1d(zeros(n), k, s, p, d, ceil_mode).shape[2]
        except RuntimeError:
            with pytest.raises(ValueError, match="does not fit"):
                conv_output_size(n, k, s, p, d, ceil_mode)
            continue
        assert conv_output_size(n, k, s, p, d, ceil_mode) == want, (n, k, s, p, d)


@pytest.mark.parametrize("extra", [(0, 0), (1, 0), (2, 1), (3, 2), (0, 3), (4, 4)], ids=str)
def test_transposed_sizes_and_the_way_back(extra):
    for axes in ONE_AND_TWO:
        n, k, s, p, d = zip(*axes, strict=True)
        more = extra[: len(axes)]
        convolve = F.conv_transpose1d if len(axes) == 1 else F.conv_transpose2d
        try:
            y = convolve(zeros(*n), zeros(*k), None, s, p, more, dilation=d)
            want = tuple(y.shape[2:])
        except RuntimeError:
            want = (0,)
        if min(want) < 1:
            with pytest.raises(ValueError, match=r"nothing is left|output_padding must be below"):
                conv_transpose_output_size(n, k, s, p, more, d)
            continue
        assert conv_transpose_output_size(n, k, s, p, more, d) == want
        assert output_padding_for(n, want, k, s, p, d) == more


def test_same_padding_keeps_the_size():
    for n, k, d in product(range(1, 21), range(1, 9), range(1, 5)):
        before, after = same_padding(k, d)
        want = F.conv1d(zeros(n), zeros(k), padding="same", dilation=d).shape[2]
        assert conv_output_size(n + before + after, k, dilation=d) == want == n
        assert conv_output_size(n, k, padding="same", dilation=d) == n
        assert after - before in (0, 1)


COUNTS = st.tuples(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.integers(1, 3)
)


@settings(max_examples=300, deadline=None)
@given(
    COUNTS,
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.sampled_from(["Conv", "ConvTranspose"]),
)
def test_counts_are_those_of_a_layer(counts, kernel, kind):
    i, o, groups, bias, stride = counts
    i, o = i * groups, o * groups
    made = getattr(nn, f"{kind}{len(kernel)}d")(
        i, o, tuple(kernel), stride, groups=groups, bias=bias, device="meta"
    )
    assert parameter_count(i, o, tuple(kernel), groups, bias) == sum(
        p.numel() for p in made.parameters()
    )
    x = torch.empty(1, i, *(6,) * len(kernel), device="meta")
    with FlopCounterMode(display=False) as counter:
        y = made(x)
    places = tuple((y if kind == "Conv" else x).shape[2:])
    assert 2 * multiply_count(i, o, tuple(kernel), places, groups) == counter.get_total_flops()


def test_integers_give_integers_and_tuples_tuples():
    assert conv_output_size(5, 3) == 3
    assert conv_output_size((5,), 3) == (3,)
    assert conv_output_size((5, 7), 3, stride=(1, 2)) == (3, 3)
    assert conv_input_sizes((3, 3), 3, 2) == (range(7, 9), range(7, 9))
    assert same_padding((3, 4)) == ((1, 1), (1, 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: conv_output_size(5, 0), ValueError, "kernel_size must be at least 1, got 0"),
        (
            lambda: conv_output_size(5, 3, padding=-1),
            ValueError,
            "padding must be at least 0, got -1",
        ),
        (lambda: conv_output_size(5.0, 3), TypeError, "size must be an integer"),
        (lambda: conv_output_size(5, True), TypeError, "kernel_size must be an integer"),
        (lambda: conv_output_size((5, 5), (3, 3, 3)), ValueError, "tuples must have one length"),
        (lambda: conv_output_size(2, 4), ValueError, r"size 2 .* dilation 1 .*kernel_size 4"),
        (
            lambda: conv_output_size(5, 3, 2, "same"),
            ValueError,
            'stride must be 1 with padding "same"',
        ),
        (lambda: conv_output_size(5, 3, 1, "half"), ValueError, "got 'half'"),
        (lambda: output_padding_for(3, 9, 3, 2), ValueError, "between 7 and 8"),
        (lambda: parameter_count(3, 4, 3, groups=2), ValueError, "groups must divide"),
        (lambda: parameter_count((3,), 4, 3), TypeError, "in_channels must be an integer"),
        (lambda: multiply_count(3, 4, 3, 0), ValueError, "output_size must be at least 1"),
    ],
)
def test_bad_settings_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
