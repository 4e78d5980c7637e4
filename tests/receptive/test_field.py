"""Receptive fields read from a network's structure, against those that gradients measure."""

import re
from fractions import Fraction
from itertools import product
from math import sqrt

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

import convlab.nn
from convlab import effective_receptive_field, receptive_field
from tests.support.fields import convolutional, measured_box, positive

LARGEST = 40


class Drawn(nn.Module):
    """A network that follows a plan: layers, functions, and branches that are joined."""

    def __init__(self, plan, layers):
        super().__init__()
        self.plan, self.layers = plan, nn.ModuleList(layers)

    def forward(self, x):
        return self.follow(self.plan, x)

    def extra_repr(self):
        return str(self.plan)

    def follow(self, plan, x):
        for kind, *step in plan:
            if kind == "layer":
                x = self.layers[step[0]](x)
            elif kind == "function":
                x = step[0](x)
            else:
                sizes, *branches = step
                crop = (..., *(slice(0, n) for n in sizes))
                a, b = (self.follow(branch, x)[crop] for branch in branches)
                x = {"add": a + b, "cat": torch.cat([a, b], 1), "multiply": a * b}[kind]
        return x


class Draw:
    """Draws a plan step by step, and leaves out steps that the tensor so far does not admit.

    `everywhere` the same means: of steps that do to all places alike.
    """

    def __init__(self, draw, axes, everywhere=False):
        self.draw, self.axes, self.everywhere, self.layers = draw, axes, everywhere, []

    def __call__(self, kind, **settings):
        return getattr(nn, f"{kind}{self.axes}d")(**settings)

    def each(self, low, high):
        return tuple(self.draw(st.integers(low, high)) for _ in range(self.axes))

    def plan(self, x, length, branching=True):
        plan = []
        for _ in range(length):
            step, y = self.branch(x) if branching and self.draw(st.booleans()) else self.step(x)
            if y is not None and min(y.shape) > 0 and max(y.shape[2:]) <= LARGEST:
                plan.append(step)
                x = y
        return plan, x

    def branch(self, x):
        kind = self.draw(st.sampled_from(["add", "cat", "multiply"]))
        (first, a), (second, b) = (self.plan(x, self.draw(st.integers(0, 3)), False) for _ in "ab")
        sizes = tuple(map(min, a.shape[2:], b.shape[2:]))
        if kind == "cat" and a.shape[1] + b.shape[1] > 4:
            return None, None
        channels = a.shape[1] + b.shape[1] if kind == "cat" else max(a.shape[1], b.shape[1])
        if kind != "cat" and a.shape[1] != b.shape[1] and 1 not in (a.shape[1], b.shape[1]):
            return None, None
        return (kind, sizes, first, second), x.new_empty(1, channels, *sizes)

    def step(self, x):
        made = self.draw(st.sampled_from([self.conv, self.stamp, self.pool, self.function]))(x)
        try:
            y = made(x)
        except (RuntimeError, ValueError):
            return None, None
        if not isinstance(made, nn.Module):
            return ("function", made, self.name), y
        self.layers.append(made)
        return ("layer", len(self.layers) - 1), y

    def conv(self, x):
        return self(
            "Conv",
            in_channels=x.shape[1],
            out_channels=self.draw(st.integers(1, 2)),
            kernel_size=self.each(1, 4),
            stride=self.each(1, 3),
            padding=self.each(0, 3),
            dilation=self.each(1, 2),
            padding_mode=self.draw(st.sampled_from(["zeros"] * 3 + ["reflect", "circular"])),
        )

    def stamp(self, x):
        stride = self.each(1, 3)
        return self(
            "ConvTranspose",
            in_channels=x.shape[1],
            out_channels=1,
            kernel_size=self.each(1, 4),
            stride=stride,
            padding=self.each(0, 2),
            output_padding=tuple(s - 1 for s in stride),
            dilation=self.each(1, 2),
        )

    def pool(self, x):
        kinds = ["MaxPool", "AvgPool", "AdaptiveAvgPool"][: 2 if self.everywhere else 3]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "AdaptiveAvgPool":
            return self(kind, output_size=self.each(1, 6))
        settings = {
            "kernel_size": self.each(1, 4),
            "stride": self.each(1, 3),
            "padding": self.each(0, 2),
            "ceil_mode": self.draw(st.booleans()),
        }
        if kind == "MaxPool":
            settings["dilation"] = self.each(1, 2)
        return self(kind, **settings)

    def function(self, x):
        linear = ("linear", "bilinear", "trilinear")[self.axes - 1]
        factor = self.draw(st.integers(2, 3))
        pads = [self.draw(st.integers(-1, 2)) for _ in range(2 * self.axes)]
        border = self.draw(st.sampled_from(["reflect", "replicate", "circular"]))
        sizes = self.each(1, 9)
        start, step = self.draw(st.integers(0, 2)), self.draw(st.integers(1, 2))
        ones = [1] * self.axes
        functions = {
            "larger": lambda x: F.interpolate(x, scale_factor=factor),
            "nearest": lambda x: F.interpolate(x, size=sizes),
            "exact": lambda x: F.interpolate(x, size=sizes, mode="nearest-exact"),
            "linear": lambda x: F.interpolate(x, size=sizes, mode=linear),
            "corners": lambda x: F.interpolate(x, size=sizes, mode=linear, align_corners=True),
            "smoother": lambda x: F.interpolate(x, scale_factor=factor, mode=linear),
            "pad": lambda x: F.pad(x, pads, value=1.0),
            "border": lambda x: F.pad(x, [abs(p) for p in pads], border),
            "slice": lambda x: x[:, :, start::step],
            "chunk": lambda x: x.chunk(2, -1)[-1],
            "flatten": lambda x: x.flatten(2).unflatten(2, x.shape[2:]),
            "transpose": lambda x: F.relu(x).transpose(1, 2).transpose(2, 1),
        }
        if not self.everywhere:
            functions |= {
                "cat": lambda x: torch.cat([x, x[:, :, 1:]], 2),
                "mean": lambda x: x + x.mean(2, keepdim=True),
                "squeeze": lambda x: x * F.adaptive_avg_pool1d(x.flatten(2), 1).view(1, -1, *ones),
            }
        self.name = self.draw(st.sampled_from(list(functions)))
        return functions[self.name]


@st.composite
def networks(draw, axes=None, everywhere=False):
    axes = axes or draw(st.integers(1, 3))
    shape = (1, draw(st.integers(1, 2)), *(draw(st.integers(5, 14)) for _ in range(axes)))
    drawn = Draw(draw, axes, everywhere)
    with torch.no_grad():
        plan, _ = drawn.plan(torch.zeros(shape), draw(st.integers(1, 8)))
    return Drawn(plan, drawn.layers), shape


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_random_networks_see_what_gradients_say(drawn, random):
    model, shape = drawn
    field = receptive_field(model, shape)
    measured = positive(model, bias=1.0)
    for _ in range(3):
        index = tuple(random.randrange(n) for n in field.shape)
        assert field.box(index) == measured_box(measured, shape, index, 1.0, 1e-13)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(networks(axes=1, everywhere=True))
def test_size_is_the_largest_of_all_units(drawn):
    field = receptive_field(*drawn)
    # Branches that move at different speeds drift apart: their fields never repeat.
    assume(all(len({s.step for s, _ in p.edges}) <= 1 for p in field._origin.origins))
    (units,) = field.shape
    boxes = [field.box(unit, clip=False)[0] for unit in range(units)]
    assert field.size == (max(box.stop - box.start for box in boxes),)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"), [("alexnet", 195), ("resnet18", 435), ("mobilenet_v2", 491)]
)
def test_known_networks_see_what_gradients_say(name, size):
    model = convolutional(name)
    shape = (1, 3, size + 160, 96)
    field = receptive_field(model, shape)
    assert field.size == (size, size)
    measured = positive(model)
    for index in [(0, 0), tuple(n // 2 for n in field.shape), tuple(n - 1 for n in field.shape)]:
        assert field.box(index) == measured_box(measured, shape, index)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [("vgg16", 212), ("resnet50", 427), ("resnet152", 1451), ("inception_v3", 1311)],
)
def test_sizes_of_known_networks(name, size):
    """The sizes that Araujo, Norris and Sim published; ResNets stride in their 3x3 layers here."""
    field = receptive_field(convolutional(name), (1, 3, 299, 299))
    assert field.size == (size, size)
    assert field.stride == (32, 32)


LAYERS = [
    nn.Conv1d(1, 1, 3, stride=2, padding=2, dilation=2),
    nn.Conv1d(1, 1, 5, padding=3, padding_mode="reflect"),
    nn.Conv1d(1, 1, 3, padding=2, padding_mode="circular"),
    nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1, dilation=2),
    nn.MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True),
    nn.AvgPool1d(4, stride=3, padding=2),
    nn.AdaptiveAvgPool1d(4),
]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_each_unit_of_a_layer_sees_what_gradients_say(layer):
    shape = (1, 1, 9)
    field, measured = receptive_field(layer, shape), positive(nn.Sequential(layer), bias=1.0)
    for unit in range(*field.shape):
        assert field.box(unit) == measured_box(measured, shape, (unit,), 1.0, 1e-13)


def test_a_chain_by_hand():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 1, 3)
    )
    field = receptive_field(model, (1, 1, 8, 10))
    assert (field.size, field.stride, field.shape) == ((10, 10), (2, 2), (2, 3))
    assert field.box((0, 2)) == (slice(0, 8), slice(2, 10))
    assert field.box((0, 2), clip=False) == (slice(-2, 8), slice(2, 12))
    assert [row.layer for row in field.at("2").table()] == ["0", "2"]
    assert field.at("0").box((0, 0), clip=False) == (slice(-2, 3), slice(-2, 3))
    assert repr(field.table()) == (
        "layer  operation  kernel  stride  size  step\n"
        "0      Conv2d          5       1     5     1\n"
        "2      MaxPool2d       2       2     6     2\n"
        "3      Conv2d          3       1    10     2"
    )


def test_a_block_ends_with_its_last_layer():
    block = nn.Sequential(nn.Conv1d(1, 1, 3), nn.Conv1d(1, 1, 5), nn.ReLU())
    field = receptive_field(nn.Sequential(block, nn.Conv1d(1, 1, 3)), (1, 1, 20))
    assert [field.at(name).size for name in ("0.0", "0.1", "0", "1")] == [(3,), (7,), (7,), (9,)]


def test_a_unit_of_a_concatenation_sees_its_own_part():
    model = Called(lambda m, x: torch.cat([m.wide(x), x], 2), wide=nn.Conv1d(1, 1, 3, padding=1))
    field = receptive_field(model, (1, 1, 5))
    assert [field.box(unit, clip=False)[0] for unit in (0, 5)] == [slice(-1, 2), slice(0, 1)]


def test_what_is_broadcast_is_seen_from_everywhere():
    model = Called(
        lambda m, x: x + m.conv(x.mean(2, keepdim=True)), conv=nn.Conv1d(1, 1, 3, padding=1)
    )
    assert receptive_field(model, (1, 1, 9)).box(5) == (slice(0, 9),)


def test_axes_are_told_apart():
    field = receptive_field(nn.Conv2d(1, 1, (3, 5), stride=(1, 2)), (1, 1, 9, 9))
    assert (field.size, field.stride) == ((3, 5), (1, 2))
    assert "3 x 5" in repr(field.table())


def test_an_enlarging_layer_has_a_fraction_for_its_step_and_the_larger_phase_for_its_size():
    field = receptive_field(nn.ConvTranspose1d(1, 1, 3, stride=2), (1, 1, 4))
    assert field.stride == (Fraction(1, 2),)
    assert [field.box(j) for j in range(3)] == [(slice(0, 1),), (slice(0, 1),), (slice(0, 2),)]
    assert field.size == (2,)


def test_a_unit_over_padding_alone_sees_nothing():
    field = receptive_field(nn.Conv1d(1, 1, 1, padding=1), (1, 1, 4))
    assert field.box(0) == (slice(0, 0),)
    assert field.box(0, clip=False) == (slice(-1, 0),)


class Called(nn.Module):
    """A function as a model, with layers that it may use."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.function(self, x)


class Two(nn.Module):
    def forward(self, x, y):
        return x + y


GLOBAL = {
    "mean": Called(lambda m, x: x.mean((2, 3))),
    "mean that keeps its axes": Called(lambda m, x: x * torch.mean(x, dim=(-2, -1), keepdim=True)),
    "maximum along two axes": Called(lambda m, x: x.max(2)[0].max(-1).values),
    "dense layer": Called(lambda m, x: m.dense(torch.flatten(x, 1)), dense=nn.Linear(4 * 30, 3)),
    "adaptive": nn.AdaptiveAvgPool2d(1),
    "group norm": nn.GroupNorm(2, 4),
    "instance norm": nn.InstanceNorm2d(4),
    "layer norm over places": nn.LayerNorm((5, 6)),
    "softmax over places": Called(lambda m, x: x.flatten(2).softmax(-1).view(x.shape)),
    "products": Called(lambda m, x: x.flatten(2).transpose(1, 2) @ x.flatten(2)),
    "attention": Called(
        lambda m, x: m.attend(*[x.flatten(2).transpose(1, 2)] * 3)[0],
        attend=nn.MultiheadAttention(4, 2, batch_first=True),
    ),
    "squeeze and excitation": Called(
        lambda m, x: x * m.dense(x.mean((2, 3)))[:, :, None, None], dense=nn.Linear(4, 4)
    ),
}


@pytest.mark.parametrize("name", GLOBAL)
def test_global_operations_see_everything(name):
    field = receptive_field(GLOBAL[name], (1, 4, 5, 6))
    index = tuple(n - 1 for n in field.shape)
    assert field.box(index) == (slice(0, 5), slice(0, 6))


LOCAL = {
    "dense layer over channels": Called(
        lambda m, x: m.dense(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), dense=nn.Linear(4, 4)
    ),
    "layer norm over channels": Called(
        lambda m, x: m.norm(x.permute(0, 2, 3, 1)), norm=nn.LayerNorm(4)
    ),
    "channel shuffle": Called(
        lambda m, x: x.view(x.size(0), 2, 2, 5, 6).transpose(1, 2).reshape(x.size(0), 4, 5, 6)
    ),
    "softmax over channels": nn.Softmax(1),
    "batch norm": nn.BatchNorm2d(4),
    "split and stack": Called(lambda m, x: torch.stack(x.split(2, 1)).sum(0)),
    "stack at the end": Called(lambda m, x: torch.stack([x, -x], -1).mean(-1)),
    "cat with nothing": Called(lambda m, x: torch.cat([x, x[..., :0]], -1)),
    "unbind": Called(lambda m, x: torch.stack(x.unbind(1), 1)),
    "a position added": Called(lambda m, x: x + m.place, place=nn.Parameter(torch.ones(4, 5, 6))),
    "a gate": Called(lambda m, x: torch.where(x > 0, x, x * (x.shape[-1] * 2))),
    "parametric": nn.Sequential(nn.PReLU(4), Called(lambda m, x: F.prelu(x, torch.ones(4)))),
    "functions": Called(lambda m, x: F.dropout(torch.sigmoid(x).clamp(0, 1) ** 2 / 3, 0.1)),
}


def test_the_size_is_that_of_a_unit_that_sees_something():
    stamp = nn.ConvTranspose1d(1, 1, 2, stride=2, dilation=2, output_padding=1)
    model = Called(lambda m, x: m.stamp(x.mean(2, keepdim=True)), stamp=stamp)
    field = receptive_field(model, (1, 1, 5))
    assert [field.box(unit) for unit in range(4)] == [(slice(0, n),) for n in (5, 0, 5, 0)]
    assert field.size == (5,)


@pytest.mark.parametrize("name", LOCAL)
def test_local_operations_see_their_own_place(name):
    field = receptive_field(LOCAL[name], (1, 4, 5, 6))
    assert field.box((3, 2)) == (slice(3, 4), slice(2, 3))


def test_a_transposed_convolution_may_be_told_its_output_size():
    layer = nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1)
    field = receptive_field(Called(lambda m, x: m.up(x, (10, 12)), up=layer), (1, 4, 5, 6))
    assert field.shape == (10, 12)
    assert field.box((9, 0)) == (slice(4, 5), slice(0, 1))


def test_a_matrix_from_the_left_mixes_rows_alone():
    model = Called(lambda m, x: torch.matmul(m.rows, x), rows=nn.Parameter(torch.ones(5, 5)))
    assert receptive_field(model, (1, 4, 5, 6)).box((1, 2)) == (slice(0, 5), slice(2, 3))


@pytest.mark.parametrize("size", [(5, 7), (9, 3), (13, 6)])
@pytest.mark.parametrize("align", [False, True])
def test_bicubic_interpolation(size, align):
    model = Called(lambda m, x: F.interpolate(x, size, mode="bicubic", align_corners=align))
    field = receptive_field(model, (1, 1, 6, 9))
    for index in product(*map(range, size)):
        assert field.box(index) == measured_box(model, (1, 1, 6, 9), index, 1.0, 1e-9)


@pytest.mark.parametrize("function", [lambda x: x.cumsum(2), lambda x: F.glu(x, 2)])
def test_what_reads_a_part_of_an_axis_is_not_taken_for_all_of_it(function):
    model = Called(lambda m, x: function(x))
    with pytest.raises(ValueError, match="is not known"):
        receptive_field(model, (1, 1, 6))
    field = receptive_field(model, (1, 1, 6), fallback="measure")
    assert field.box(1) == measured_box(model, (1, 1, 6), (1,), 1.0)


def test_pixel_shuffles():
    up = receptive_field(nn.PixelShuffle(2), (1, 4, 3, 3))
    assert up.box((5, 2)) == (slice(2, 3), slice(1, 2))
    down = receptive_field(nn.PixelUnshuffle(2), (1, 1, 4, 6))
    assert down.box((1, 2)) == (slice(2, 4), slice(4, 6))


@pytest.mark.parametrize("room", [nn, convlab.nn])
def test_convlab_layers_are_layers(room):
    def model(room):
        return nn.Sequential(
            room.Conv2d(1, 1, 3, padding="same", dilation=2),
            room.MaxPool2d(3, 2, padding=1, ceil_mode=True),
            room.SiLU(),
            room.ConvTranspose2d(1, 1, 2, stride=2),
            room.AvgPool2d(2),
            room.AdaptiveAvgPool2d((2, 3)),
        )

    shape = (1, 1, 11, 13)
    field, measured = receptive_field(model(room), shape), positive(model(nn))
    for index in [(0, 0), (1, 2), (0, 1)]:
        assert field.box(index) == measured_box(measured, shape, index)


def test_convlab_functions_are_functions():
    from convlab.nn import functional

    def step(library):
        kernel = torch.ones(1, 1, 3, 3)
        return Called(lambda m, x: library.avg_pool2d(library.conv2d(x, kernel, stride=2), 2))

    ours, theirs = (receptive_field(step(lib), (1, 1, 15, 15)) for lib in (functional, F))
    assert (ours.size, ours.stride) == (theirs.size, theirs.stride) == ((5, 5), (4, 4))


def test_the_model_stays_as_it_is():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1), nn.Dropout())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    receptive_field(model, (1, 1, 5, 5))
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_a_model_is_read_in_eval_mode():
    model = Called(lambda m, x: x if m.training else m.conv(x), conv=nn.Conv1d(1, 1, 3))
    assert receptive_field(model, (1, 1, 5)).size == (3,)


def test_an_unknown_operation_is_named_or_measured():
    model = Called(lambda m, x: m.conv(torch.flip(x, [3])), conv=nn.Conv2d(1, 1, 3))
    with pytest.raises(ValueError, match=re.escape("flip (flip) reads is not known")):
        receptive_field(model, (1, 1, 8, 8))
    field = receptive_field(model, (1, 1, 8, 8), fallback="measure")
    assert field.box((0, 0)) == (slice(0, 3), slice(5, 8))
    assert field.size == (3, 3)


def test_an_unknown_module_is_measured():
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.LPPool1d(2, 4, stride=2))
    with pytest.raises(ValueError, match="LPPool1d"):
        receptive_field(model, (1, 1, 20))
    field = receptive_field(model, (1, 1, 20), fallback="measure")
    assert (field.size, field.stride) == ((6,), (2,))
    assert field.box(1) == (slice(2, 8),)


def test_what_cannot_be_measured_says_so():
    with pytest.raises(ValueError, match="argmax cannot be measured"):
        receptive_field(
            Called(lambda m, x: torch.argmax(x, 2, keepdim=True)), (1, 1, 4), fallback="measure"
        )


def test_a_model_that_decides_by_numbers_says_what_to_do():
    model = Called(lambda m, x: x if x.sum() > 0 else -x)
    with pytest.raises(ValueError, match=r"cannot be traced: .*effective_receptive_field"):
        receptive_field(model, (1, 1, 4, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: receptive_field(torch.relu, (1, 1, 4)), TypeError, "model must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, "4")), TypeError, "input_shape must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 4)), ValueError, "input_shape must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, 0)), ValueError, "input_shape must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, 4), "guess"), ValueError, "fallback must be"),
        (
            lambda: receptive_field(nn.Conv1d(2, 1, 3), (1, 1, 9)),
            ValueError,
            "Conv1d does not take an input of shape",
        ),
        (
            lambda: receptive_field(nn.Conv1d(1, 1, 5), (1, 1, 4)),
            ValueError,
            "Conv1d does not take an input of shape",
        ),
        (lambda: receptive_field(Two(), (1, 1, 4)), ValueError, "takes 2 tensors"),
        (lambda: receptive_field(Called(lambda m, x: (x, x)), (1, 1, 4)), ValueError, "one tensor"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, 4)).box(4), ValueError, "index must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, 4)).box(-1), ValueError, "index must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, 4)).box((0, 0)), ValueError, "index must be"),
        (lambda: receptive_field(nn.ReLU(), (1, 1, 4)).at("conv"), ValueError, "layer must be"),
        (
            lambda: receptive_field(nn.ReLU(), (1, 1, 4)).draw(torch.ones(5), 0),
            ValueError,
            "picture must be",
        ),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("shape", [(9,), (6, 7), (5, 6, 7)])
def test_draw_marks_field_and_reach(shape):
    axes = len(shape)
    field = receptive_field(getattr(nn, f"Conv{axes}d")(1, 1, 3, padding=1), (1, 1, *shape))
    field.draw(torch.rand(shape), (0,) * axes, "a corner")
    drawn = plt.gcf().axes
    assert "a corner" in {plt.gcf().get_suptitle(), *(ax.get_title() for ax in drawn)}
    assert len(drawn) == (3 if axes == 3 else 1)
    assert all(len(ax.patches) == (1 if axes == 1 else 2) for ax in drawn)
    plt.close("all")


@pytest.mark.parametrize(("layers", "k"), [(1, 3), (4, 3), (10, 3), (5, 5)])
def test_effective_field_of_equal_weights_is_that_of_a_sum(layers, k):
    """Each layer adds an independent step, uniform over k places: variance (k k - 1) / 12."""
    model = nn.Sequential(*(nn.Conv1d(1, 1, k, bias=False) for _ in range(layers))).double()
    for layer in model:
        nn.init.constant_(layer.weight, 1 / k)
    n = layers * (k - 1) + 1
    field = effective_receptive_field(model, torch.randn(2, 1, n).double(), 0)
    assert field.width == pytest.approx((sqrt(layers * (k * k - 1) / 12),))
    assert field.center == pytest.approx(((n - 1) / 2,))
    assert float(field.gradient.sum()) == pytest.approx(1)


def test_effective_field_is_the_gradient_of_the_unit():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.Tanh(), nn.Conv2d(3, 2, 3, stride=2))
    x = torch.randn(4, 2, 9, 8, requires_grad=True)
    field = effective_receptive_field(model, x, (1, 2))
    (gradient,) = torch.autograd.grad(model(x)[:, :, 1, 2].sum(), x)
    want = gradient.abs().mean((0, 1))
    torch.testing.assert_close(field.gradient, want / want.sum())
    box = receptive_field(model, (1, 2, 9, 8)).box((1, 2))
    assert float(field.gradient[box].sum()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("input", "index", "error", "message"),
    [
        (torch.ones(1, 1, 4, dtype=torch.int64), 0, TypeError, "input must be"),
        ("numbers", 0, TypeError, "input must be"),
        (torch.ones(1, 1, 4), 9, ValueError, "index must be"),
        (torch.ones(1, 1, 4), (0, 0), ValueError, "index must be"),
        (torch.ones(1, 1, 4), (1.0,), ValueError, "index must be"),
        (torch.ones(1, 1, 4), True, ValueError, "index must be"),
        (-torch.ones(1, 1, 4), 0, ValueError, "depends on no element"),
    ],
)
def test_effective_field_names_bad_arguments(input, index, error, message):
    with pytest.raises(error, match=message):
        effective_receptive_field(nn.ReLU(), input, index)
