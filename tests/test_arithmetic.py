"""Sizes and counts against real layers, over thousands of settings."""

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

THOUSANDS = settings(max_examples=2000, deadline=None)
AXIS = st.tuples(
    st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 4), st.integers(1, 3)
)


def layer(kind, axes):
    return {
        "conv": (nn.Conv1d, nn.Conv2d, nn.Conv3d),
        "transpose": (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
    }[kind][axes - 1]


@THOUSANDS
@given(st.lists(AXIS, min_size=1, max_size=2))
def test_conv_output_size_is_that_of_a_layer(axes):
    n, k, s, p, d = zip(*axes, strict=True)
    made = layer("conv", len(axes))(1, 1, k, s, p, d)
    try:
        want = tuple(made(torch.zeros(1, 1, *n)).shape[2:])
    except RuntimeError:
        with pytest.raises(ValueError, match="does not fit"):
            conv_output_size(n, k, s, p, d)
        return
    assert conv_output_size(n, k, s, p, d) == want
    assert all(
        size in sizes for size, sizes in zip(n, conv_input_sizes(want, k, s, p, d), strict=True)
    )


@THOUSANDS
@given(AXIS)
def test_conv_input_sizes_are_all_there_are(axis):
    o, k, s, p, d = axis
    found = [
        n for n in range(1, 200) if n + 2 * p > d * (k - 1) and conv_output_size(n, k, s, p, d) == o
    ]
    assert [n for n in conv_input_sizes(o, k, s, p, d) if n < 200] == found


@THOUSANDS
@given(AXIS, st.booleans())
def test_pooling_s_ceil_mode(axis, ceil_mode):
    n, k, s, p, d = axis
    p = min(p, k // 2)
    try:
        want = F.max_pool1d(torch.zeros(1, 1, n), k, s, p, d, ceil_mode).shape[2]
    except RuntimeError:
        with pytest.raises(ValueError, match="does not fit"):
            conv_output_size(n, k, s, p, d, ceil_mode)
        return
    assert conv_output_size(n, k, s, p, d, ceil_mode) == want


@THOUSANDS
@given(st.lists(st.tuples(AXIS, st.integers(0, 4)), min_size=1, max_size=2))
def test_transposed_sizes_and_the_way_back(axes):
    n, k, s, p, d = zip(*(axis for axis, _ in axes), strict=True)
    extra = tuple(more for _, more in axes)
    made = layer("transpose", len(axes))(1, 1, k, s, p, extra, dilation=d)
    try:
        want = tuple(made(torch.zeros(1, 1, *n)).shape[2:])
    except RuntimeError:
        want = (0,)
    if min(want) < 1:
        with pytest.raises(ValueError, match=r"nothing is left|output_padding must be below"):
            conv_transpose_output_size(n, k, s, p, extra, d)
        return
    assert conv_transpose_output_size(n, k, s, p, extra, d) == want
    assert output_padding_for(n, want, k, s, p, d) == extra


@THOUSANDS
@given(st.integers(1, 20), st.integers(1, 8), st.integers(1, 4))
def test_same_padding_keeps_the_size(n, k, d):
    before, after = same_padding(k, d)
    want = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding="same", dilation=d).shape[2]
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
    st.sampled_from(["conv", "transpose"]),
)
def test_counts_are_those_of_a_layer(counts, kernel, kind):
    i, o, groups, bias, stride = counts
    i, o = i * groups, o * groups
    made = layer(kind, len(kernel))(
        i, o, tuple(kernel), stride, groups=groups, bias=bias, device="meta"
    )
    assert parameter_count(i, o, tuple(kernel), groups, bias) == sum(
        p.numel() for p in made.parameters()
    )
    x = torch.empty(1, i, *(6,) * len(kernel), device="meta")
    with FlopCounterMode(display=False) as counter:
        y = made(x)
    places = tuple((y if kind == "conv" else x).shape[2:])
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
