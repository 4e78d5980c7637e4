"""The explorer of receptive fields in Python: its tables against the course's function."""

import copy
import json
import re
from collections import OrderedDict
from itertools import product

import pytest
import torch
from torch import nn

import convlab.nn
from convlab import explore, receptive_field
from convlab.explore.changing import variant
from tests.support.oracle import unpacked
from tests.support.strips import (
    NETWORKS,
    conv,
    example,
    gradients,
    reach,
    reads,
    resnet50,
    seen,
    strips,
    tables,
)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_unit_of_every_layer_sees_what_the_course_s_function_says(name):
    model, size = NETWORKS[name]
    field = receptive_field(model, (1, 1, *size))
    rows = field.table()
    for axis in range(len(size)):
        data, shown = tables(model, size, axis)
        assert [strip["name"] for strip in shown[1:]] == [row.layer for row in rows]
        for layer, (strip, row) in enumerate(zip(shown[1:], rows, strict=True), 1):
            here = field.at(row.layer)
            assert strip["operation"] == row.operation
            assert strip["units"] == here.shape[axis]
            assert (strip["size"], strip["step"]) == (row.size[axis], str(row.step[axis]))
            for unit in range(strip["units"]):
                box = union(here, axis, unit)
                inputs = seen(data, shown, layer, unit)[0]
                assert (min(inputs, default=0), max(inputs, default=-1) + 1) == box
                assert reach(strip, unit) == union(here, axis, unit, clip=False)


def union(field, axis, unit, clip=True):
    """The ends of the boxes of all units with this place along the axis: `reach` without clip."""
    spans = [range(n) for n in field.shape]
    spans[axis] = [unit]
    boxes = [field.box(index, clip)[axis] for index in product(*spans)]
    boxes = [box for box in boxes if box.start < box.stop]
    if not boxes:
        return (0, 0) if clip else None
    return min(box.start for box in boxes), max(box.stop for box in boxes) - (not clip)


@pytest.mark.parametrize(
    ("model", "n"),
    [
        (nn.Sequential(*(conv(3, 1, 2, 2, axes=1) for _ in range(3))), 21),
        (nn.Sequential(conv(2, 1, 0, 5, axes=1), conv(3, 2, 3, 3, axes=1)), 24),
        (nn.Sequential(conv(1, 3, axes=1), conv(2, axes=1)), 20),
        (nn.Sequential(nn.ConvTranspose1d(1, 1, 2, 3), conv(2, 1, 0, 9, axes=1)), 9),
    ],
)
def test_holes_are_where_the_gradient_is_zero(model, n):
    data, shown = tables(copy.deepcopy(model), (n,))
    holes = 0
    for unit in range(shown[-1]["units"]):
        inputs = seen(data, shown, len(shown) - 1, unit)[0]
        assert inputs == gradients(model, (n,), unit)
        holes += inputs != set(range(min(inputs, default=0), max(inputs, default=-1) + 1))
    assert holes


def test_a_unit_stands_over_the_middle_of_its_field():
    for name in ("chain", "dilated", "signal"):
        _, shown = tables(*NETWORKS[name], axis=0)
        for strip in shown:
            first, wide = strip["spot"]
            for unit in range(strip["units"]):
                assert first + unit * wide == sum(reach(strip, unit)) / 2


def test_whatever_has_few_layers_is_stored_with_changes_in_one_of_them():
    explorer = explore.receptive_field()
    data = unpacked(explorer)
    assert len(data["pictures"]) == 1 + 4 * (5 * (3 + 2 - 1) - 1) + (5 * (3 + 3 - 2) - 1)
    for key in data["pictures"]:
        layers = {}
        for name, ((k, _), (s, _), (d, _)) in json.loads(key).items():
            half = d * (k - 1) // 2
            layers[name] = (k, s, 0 if name == "pool" else half, d)
        field = receptive_field(example(**layers), (1, 1, 32, 32))
        for axis in (0, 1):
            shown = strips(data, key, axis)
            for strip, row in zip(shown[1:], field.table(), strict=True):
                assert strip["size"] == row.size[axis]
                assert strip["step"] == str(row.step[axis])
            for unit in (0, shown[-1]["units"] // 2):
                inputs = seen(data, shown, len(shown) - 1, unit)[0]
                box = field.box((unit, unit))[axis]
                assert (min(inputs), max(inputs) + 1) == (box.start, box.stop), key


@pytest.mark.parametrize(
    ("pool", "dilations"), [(nn.AvgPool2d(2), {1}), (nn.MaxPool2d(2), {1, 2, 3})]
)
def test_each_layer_is_stored_up_to_its_own_limits(pool, dilations):
    model = nn.Sequential(OrderedDict(a=pool, b=conv(3, 1, 1)))
    pictures = unpacked(explore.receptive_field(model, (1, 1, 16, 16)))["pictures"]
    stored = {"a": set(), "b": set()}
    for name, (_, _, dilation) in (pair for key in pictures for pair in json.loads(key).items()):
        stored[name] |= set(dilation)
    assert stored == {"a": dilations, "b": {1, 2, 3}}


@pytest.fixture(scope="module")
def explorer():
    return explore.receptive_field()


def ask(explorer, changes):
    answers = []
    explorer.send = answers.append
    explorer._handle_custom_msg({"ask": changes}, [])
    (answer,) = answers
    assert answer.pop("ask") == changes
    return answer


def test_what_is_not_stored_is_read_when_asked(explorer):
    changes = {"conv1": [[7, 7], [2, 2], [1, 1]], "conv4": [[3, 3], [1, 1], [4, 4]]}
    answer = ask(explorer, changes)
    field = receptive_field(example(conv1=(7, 2, 3, 1), conv4=(3, 1, 4, 4)), (1, 1, 32, 32))
    top = answer["tables"]["strips"][answer["picture"][1][-1]]
    assert (top["size"], top["units"]) == (field.size[1], field.shape[1])
    explorer.changes = changes
    assert explorer.field.table() == field.table()
    explorer.changes = {}


@pytest.mark.parametrize(
    ("layer", "wanted", "padding"),
    [
        (conv(3, 1, 1), [5, 2, 2], (4, 4)),
        (conv(3, 1, 0), [5, 1, 2], (0, 0)),
        (conv(3, 1, 2), [5, 1, 1], (2, 2)),
        (conv(1), [3, 1, 2], (2, 2)),
        (conv(3, 1, "same"), [5, 1, 2], "same"),
        (conv(5, 1, "valid"), [3, 2, 1], "valid"),
        (conv(3, 1, 1, padding_mode="reflect"), [5, 1, 1], (2, 2)),
        (nn.MaxPool2d(2), [3, 2, 1], (0, 0)),
        (nn.MaxPool2d(1), [3, 2, 1], (0, 0)),
        (nn.MaxPool2d(3, 2, 1), [5, 2, 1], (2, 2)),
        (nn.MaxPool2d(3, 2, 1), [3, 2, 3], (1, 1)),
        (nn.AvgPool2d((3, 3), padding=1, ceil_mode=True), [5, 1, 1], (2, 2)),
        (nn.ConvTranspose2d(1, 1, 3, 2, 1, 1), [5, 1, 1], (2, 2)),
        (convlab.nn.Conv2d(1, 2, 3, padding=1, bias=False), [5, 2, 2], (4, 4)),
        (convlab.nn.ConvTranspose2d(2, 1, 3, stride=2, padding=1), [4, 2, 1], (1, 1)),
        (convlab.nn.MaxPool2d(3, 2, 1), [5, 2, 1], (2, 2)),
        (convlab.nn.AvgPool2d(2), [4, 2, 1], (0, 0)),
    ],
)
def test_padding_that_was_half_follows(layer, wanted, padding):
    wanted = [[n, n] for n in wanted]
    made = variant(nn.Sequential(layer), {"0": wanted})[0]
    assert type(made) is type(layer)
    for name, values in zip(("kernel_size", "stride", "dilation"), wanted, strict=True):
        assert tuple(getattr(made, name, (1, 1))) == tuple(values)
    assert made.padding == padding
    x = torch.empty(1, getattr(layer, "in_channels", 1), 12, 12, device="meta")
    channels = getattr(layer, "out_channels", 1)
    assert made(x).shape[1] == channels
    for name in ("padding_mode", "ceil_mode"):
        assert getattr(made, name, None) == getattr(layer, name, None)
    assert (getattr(made, "bias", None) is None) == (getattr(layer, "bias", None) is None)


def test_the_learner_s_model_stays_as_it_is():
    model = nn.Sequential(conv(3, 1, 1), nn.BatchNorm2d(1), nn.MaxPool2d(2)).train()
    kept, words = copy.deepcopy(model), repr(model)
    random = torch.random.get_rng_state()
    explorer = explore.receptive_field(model, (1, 1, 12, 12))
    ask(explorer, {"0": [[7, 7], [1, 1], [1, 1]]})
    assert torch.equal(torch.random.get_rng_state(), random)
    assert repr(model) == words
    assert model.training
    for a, b in zip(kept.parameters(), model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conv1": [[0, 0], [1, 1], [1, 1]]}, "kernel must be at least 1|from 1 on"),
        ({"conv1": [[3, 3], [9, 9], [1, 1]]}, "stride of conv1 must be at most 4"),
        ({"conv1": [[3], [1], [1]]}, "2 integers"),
        ({"conv1": [[3, 3], [1.5, 1], [1, 1]]}, "integer"),
        ({"conv9": [[3, 3], [1, 1], [1, 1]]}, "conv9"),
        ({"": [[3, 3], [1, 1], [1, 1]]}, "has no kernel size"),
        (
            {"conv1": [[3, 3], [4, 4], [1, 1]], "pool": [[11, 11], [2, 2], [1, 1]]},
            "[Oo]utput size",
        ),
    ],
)
def test_changes_that_cannot_be_read_are_refused(explorer, changes, message):
    assert re.search(message, ask(explorer, changes)["picture"])


def test_a_deep_network_fits():
    model = resnet50()
    explorer = explore.receptive_field(model, (1, 1, 224, 224))
    data = unpacked(explorer)
    shown = strips(data)
    field = receptive_field(model, (1, 1, 224, 224))
    assert len(explorer.data) < 6_000
    for unit in range(7):
        inputs = seen(data, shown, len(shown) - 1, unit)[0]
        box = field.box((unit, unit))[0]
        assert (min(inputs), max(inputs) + 1) == (box.start, box.stop)
    assert list(data["pictures"]) == ["{}"]


def test_units_in_a_row_are_one_run():
    data, shown = tables(*NETWORKS["signal"])
    for strip in shown:
        for _, number in strip["reads"]:
            assert len(data["reads"][number]) <= 5
            assert len(reads(data, number)) == strip["units"]


class Choosing(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: explore.receptive_field("net"), TypeError, "model must be a torch.nn.Module, got"),
        (lambda: explore.receptive_field(conv(3), (1, 1, 8.0)), TypeError, "input_shape must be"),
        (lambda: explore.receptive_field(conv(3), (8, 8)), ValueError, r"input_shape .*\(8, 8\)"),
        (lambda: explore.receptive_field(conv(3), (1, 1, 9999, 8)), ValueError, "at most 2048"),
        (lambda: explore.receptive_field(conv(3), (1, 3, 8, 8)), ValueError, "does not take an"),
        (lambda: explore.receptive_field(conv(9), (1, 1, 8, 8)), ValueError, "does not take an"),
        (lambda: explore.receptive_field(Choosing()), ValueError, "Choosing cannot be traced"),
        (lambda: explore.receptive_field(nn.ReLU()), ValueError, "ReLU has no layer that reads"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_layer_alone_is_a_network():
    assert explore.receptive_field(conv(5), (1, 1, 9, 9)).field.size == (5, 5)
    assert explore.receptive_field(convlab.nn.Conv2d(1, 1, 3), (1, 1, 9, 9)).field.size == (3, 3)
    explorer = explore.receptive_field(conv(5).half(), (2, 1, 9, 9))
    assert "field of 5x5" in explorer.sentence()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_a_model_on_the_gpu_is_read():
    assert explore.receptive_field(example().cuda()).field.size == (18, 18)
