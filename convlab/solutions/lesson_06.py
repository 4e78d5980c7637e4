"""Answers to the lesson on feature maps and receptive fields."""

import copy
import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from convlab.receptive import ReceptiveField, effective_receptive_field, receptive_field
from convlab.solutions.exercise import Exercise, Mistake

TITLE = "Feature maps and receptive fields"

# A window of 3 adds 2 steps. The steps are 1, 1, 1 pixels, or after a stride of 2: 1, 2, 2.
predicted_fields = (1 + 2 + 2 + 2, 1 + 2 + 2 * 2 + 2 * 2)


def measured_box(model, X, index):
    """The smallest box around all pixels with a gradient, for the unit at `index`.

    model: a Module without negative weights; X (1, C, H, W), or (1, C, L) for one axis.
    index: the unit's place in the output, one integer an axis: (i, j), or (i,).
        The unit is all channels there.
    Gives one slice an axis: (slice(top, bottom), slice(left, right)), ends not included.
    X and model stay as they are.
    """
    X = X.clone().requires_grad_()
    unit = model(X)[(..., *index)].sum()  # all its channels
    (gradient,) = torch.autograd.grad(unit, X)
    places = gradient.nonzero()[:, 2:]  # a row for each pixel seen: (row, column)
    first, last = places.amin(0).tolist(), places.amax(0).tolist()
    return tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))


def add_dilated(net, size):
    """Append at most six nn.Conv2d(1, 1, 3, ...) to net: a field of size x size, no holes.

    net: an empty nn.Sequential, to be filled in place; size: odd, 3 to 127.
    net takes (N, 1, H, W) to (N, 1, H, W). Returns net.
    """
    dilation, rest = 1, (size - 1) // 2  # a layer with dilation d adds 2 d
    while rest > 0:
        d = min(dilation, rest)
        net.append(nn.Conv2d(1, 1, 3, padding=d, dilation=d))
        rest -= d
        dilation *= 2
    return net


def effective_width(kernels):
    """Standard deviation of the effective field of a chain of 1-D layers, stride 1.

    kernels: a list of tensors (k,), one a layer, k may differ; all weights positive,
    their sum may be anything. Gives a number.
    """
    variance = 0.0
    for kernel in kernels:
        share = kernel / kernel.sum()
        places = torch.arange(len(kernel), dtype=kernel.dtype)
        mean = (share * places).sum()
        variance += (share * (places - mean) ** 2).sum().item()
    return math.sqrt(variance)


def _predicted_fields():
    sizes = []
    for first_stride in (1, 2):
        X = torch.ones(1, 1, 15, requires_grad=True)
        K = torch.ones(1, 1, 3)
        Y = F.conv1d(F.conv1d(F.conv1d(X, K, stride=first_stride), K), K)
        (gradient,) = torch.autograd.grad(Y[0, 0, 0], X)
        sizes.append(int(gradient.count_nonzero()))
    return tuple(sizes)


class _Branches(nn.Module):
    """Two branches that look to different sides, each with channels of its own."""

    def __init__(self, axes):
        super().__init__()
        layer = (nn.Conv1d, nn.Conv2d)[axes - 1]
        self.before = layer(1, 2, 3, dilation=2)
        self.after = layer(1, 2, 2)
        self.pads = (4, 0) * axes, (0, 1) * axes

    def forward(self, X):
        before, after = (F.pad(X, pad) for pad in self.pads)
        return torch.cat([self.before(before), self.after(after).relu()], dim=1)


def _with_weight(weight):
    """A convolution without bias of the weight (O, C, k) or (O, C, h, w)."""
    weight = torch.tensor(weight, dtype=torch.float64)
    size: Any = tuple(weight.shape[2:])  # as many numbers as the layer has axes
    kind = (nn.Conv1d, nn.Conv2d)[weight.dim() - 3]
    layer = kind(weight.shape[1], weight.shape[0], size, bias=False)
    layer.weight = nn.Parameter(weight)
    return layer


def _box_of(unit, X, channels=slice(None)):
    """The box around the pixels, in some channels, with a gradient of the sum of a unit."""
    (gradient,) = torch.autograd.grad(unit.sum(), X)
    places = gradient[:, channels].nonzero()[:, 2:]
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in places.T)


def _first_input_channel(model, X, index):
    X = X.clone().requires_grad_()
    return _box_of(model(X)[(..., *index)], X, slice(1))


def _first_output_channel(model, X, index):
    X = X.clone().requires_grad_()
    return _box_of(model(X)[(0, 0, *index)], X)


def _all_units(model, X, index):
    X = X.clone().requires_grad_()
    return _box_of(model(X), X)


def _first_to_last(model, X, index):
    X = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(X)[(..., *index)].sum(), X)
    first, *_, last = gradient.sum((0, 1)).nonzero().tolist() * 2  # one place twice
    return tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))


def _all_large(model, X, index):
    X = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(X)[(..., *index)].sum(), X)
    places = (gradient > 1e-3).nonzero()[:, 2:]
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in places.T)


def _ends_included(model, X, index):
    return tuple(slice(one.start, one.stop - 1) for one in _box_by_changes(model, X, index))


def _measured_box_cases(generator):
    for model, X, index in _models(generator):
        weights = copy.deepcopy(model.state_dict())
        yield model, X, index
        if any(not weight.equal(weights[name]) for name, weight in model.state_dict().items()):
            raise ValueError("the model's weights were changed: work on copy.deepcopy(model)")


def _models(generator):
    def ready(model):
        for parameter in model.double().parameters():
            nn.init.constant_(parameter, 0.5)
        return model

    def picture(*shape):
        return torch.rand(shape, generator=generator, dtype=torch.float64)

    yield _with_weight([[[1.0, 0, 0], [0, 0, 1]]]), picture(1, 2, 3), (0,)
    yield _with_weight([[[1.0, 1, 0]], [[0, 0, 1]]]), picture(1, 1, 4), (1,)
    yield _with_weight([[[[0.0, 1], [1, 0]]]]), picture(1, 1, 2, 2), (0, 0)
    yield _with_weight([[[1e-6, 1.0]]]), picture(1, 1, 3), (1,)
    expanded = torch.ones(1, 1, 1, dtype=torch.float64).expand(1, 3, 8)
    yield ready(nn.Conv1d(3, 1, 3)), expanded, (2,)
    yield ready(nn.Conv2d(1, 1, (2, 3))), picture(1, 1, 6, 4).mT, (1, 2)
    corr = nn.Sequential(nn.Conv2d(1, 1, 2, bias=False))
    yield ready(corr), torch.arange(9.0, dtype=torch.float64).reshape(1, 1, 3, 3), (1, 0)
    yield ready(nn.Sequential(nn.Conv1d(1, 1, 3))), picture(1, 1, 8), (2,)
    yield ready(nn.Sequential(nn.Conv2d(1, 1, (1, 3)))), picture(1, 1, 4, 6), (3, 1)
    yield ready(nn.Sequential(nn.Conv1d(1, 1, 3, padding=1))), picture(1, 1, 6), (0,)
    holes = nn.Sequential(nn.Conv2d(2, 3, 3, padding=3, dilation=3))
    yield ready(holes), picture(1, 2, 12, 10), (5, 0)
    pooled = nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU(), nn.AvgPool1d(2))
    yield ready(pooled), picture(1, 1, 12), (3,)
    deep = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Conv2d(4, 2, 3, padding=1))
    yield ready(deep), picture(1, 3, 17, 14), (6, 2)
    yield ready(nn.Sequential(nn.ConvTranspose2d(1, 1, 3, 2, 1))), picture(1, 1, 6, 5), (4, 3)
    yield ready(_Branches(1)), picture(1, 1, 20), (9,)
    yield ready(_Branches(2)), picture(1, 1, 14, 18), (3, 11)


def _box_by_changes(model, X, index):
    """Without any gradient: add 1 to each element of X in turn, all in one batch."""
    X = X.detach()
    nudges = torch.eye(X.numel(), dtype=X.dtype).reshape(-1, *X.shape[1:])
    with torch.no_grad():
        change = (model(X + nudges) - model(X))[(..., *index)].abs().sum(1)
    places = (change.reshape(X.shape) > 1e-9).nonzero()[:, 2:].T
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in places)


def _add_dilated_cases(generator):
    for size in (3, 7, 5, 15, 9, 21, 43, 99, 127):
        net = nn.Sequential()
        yield net, size
        problem = _unfulfilled(net, size)
        if problem:
            raise ValueError(problem)


def _unfulfilled(net, size):
    """The first wish that a network does not fulfil, in words, or None."""
    layers = list(net)
    if not all(type(layer) is nn.Conv2d for layer in layers):
        return "net must hold layers of nn.Conv2d only"
    if any(layer.weight.shape != (1, 1, 3, 3) for layer in layers):
        return "each layer must be nn.Conv2d(1, 1, 3, ...)"
    if len(layers) > 6:
        return f"net has {len(layers)} layers, more than six"
    side = size + 20
    with torch.no_grad():
        shape = tuple(net(torch.zeros(1, 1, side, side)).shape[2:])
    if shape != (side, side):
        return f"the picture must keep its size: {(side, side)} became {shape}"
    twin = copy.deepcopy(net).double()
    for parameter in twin.parameters():
        nn.init.constant_(parameter, 1 / 9)
    X = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(twin(X)[0, 0, side // 2, side // 2], X)
    places = gradient[0, 0].nonzero()
    seen = tuple((places.amax(0) - places.amin(0) + 1).tolist())
    if seen != (size, size):
        return f"the unit in the middle sees a box of {seen}, expected {(size, size)}"
    if len(places) < size**2:
        return f"the field has holes: {len(places)} of {size**2} pixels are seen"
    return None


def _width_by_convolution(kernels):
    field = torch.ones(1, dtype=torch.float64)
    for kernel in kernels:
        field = F.conv1d(
            field[None, None], kernel.double().flip(0)[None, None], padding=len(kernel) - 1
        )[0, 0]
    field = field / field.sum()
    places = torch.arange(len(field), dtype=field.dtype)
    square, mean = (field * places**2).sum(), (field * places).sum()
    return math.sqrt(max(0.0, float(square - mean**2)))


def _effective_width_cases(generator):
    yield ([torch.tensor([1.0, 3.0]), torch.tensor([2.0, 1.0, 1.0])],)
    yield ([torch.tensor([1.0])],)
    yield ([torch.tensor([1.0, 1.0])],)
    yield ([torch.ones(3) / 3],)
    yield ([torch.tensor([1.0, 2.0, 1.0])],)
    yield ([torch.tensor([3.0, 1.0])] * 3,)
    yield ([torch.ones(3), torch.tensor([1.0, 2.0, 1.0]), torch.ones(5)],)
    for dtype in (torch.float32, torch.float64):
        for sizes in ((2,), (3, 3), (5, 1, 4, 2), (7, 3, 3, 3, 3, 3)):
            yield ([0.1 + torch.rand(k, generator=generator, dtype=dtype) for k in sizes],)
    yield ([torch.tensor([2.0]).expand(4), torch.arange(1.0, 9.0)[::2]],)


def _moments(kernels, divided=True):
    """Mean and variance of the places of each kernel, by weights divided by their sum, or not."""
    for kernel in kernels:
        share = kernel / kernel.sum() if divided else kernel
        places = torch.arange(len(kernel), dtype=kernel.dtype)
        mean = (share * places).sum()
        yield mean.item(), (share * (places - mean) ** 2).sum().item()


def _width_around_the_middle(kernels):
    moments = zip(kernels, _moments(kernels), strict=True)
    return math.sqrt(sum(v + (mean - (len(k) - 1) / 2) ** 2 for k, (mean, v) in moments))


EXERCISES = {
    "predicted_fields": Exercise(
        oracle=_predicted_fields,
        hints=(
            "Draw a row of dots for the input and one for each layer. From one dot at the top, "
            "draw lines to the three dots that it reads, and go on from those.",
            "Stride 1: 1 dot reads 3, these read 5 below, and so on.",
            "Stride 2 in the first layer: 5 neighbouring units of layer 1 have windows of 3 that "
            "start 2 pixels apart.",
        ),
        difficulty=2,
        minutes=4,
        mistakes=(
            Mistake((9, 9), "Neighbouring windows overlap: a layer adds less than its kernel."),
            Mistake((9, 13), "Neighbouring windows overlap: a layer adds less than its kernel."),
            Mistake((7, 7), "Above a stride, neighbouring units see places further apart."),
            Mistake((7, 9), "A stride counts for all layers above it, not for the next one only."),
            Mistake((7, 13), "A layer's stride does not stretch its own windows."),
            Mistake((7, 14), "The stride doubles what later layers add, not the whole field."),
            Mistake((7, 15), "Only the first layer has a stride of 2."),
            Mistake((7, 8), "The stride doubles what each later layer adds."),
            Mistake((7, 4), "A stride makes the fields above it larger, not smaller."),
            Mistake((5, 7), "This is for two layers."),
            Mistake((9, 18), "Neighbouring windows overlap: a layer adds less than its kernel."),
            Mistake((9, 11), "Neighbouring windows overlap: a layer adds less than its kernel."),
            Mistake((11, 7), "The fields with stride 1 come first."),
            Mistake((27, 27), "Windows that overlap share inputs: count each input once."),
            Mistake((27, 54), "Windows that overlap share inputs: count each input once."),
        ),
    ),
    "measured_box": Exercise(
        oracle=_box_by_changes,
        cases=_measured_box_cases,
        hints=(
            "Work on a copy: X = X.clone().requires_grad_(). The unit is model(X)[(..., *index)], "
            "one number for each channel.",
            "torch.autograd.grad wants one number: add the channels up. It gives a tuple with the "
            "gradient, of X's shape.",
            "gradient.nonzero() has a row of indices for each place that is not 0. The first two "
            "columns are batch and channel; the others are what you need.",
            "With places = gradient.nonzero()[:, 2:], places.amin(0) is where the box begins, and "
            "places.amax(0) + 1 where it ends.",
        ),
        difficulty=3,
        minutes=8,
        mistakes=(
            Mistake(_first_input_channel, "Only channel 0 of X is looked at."),
            Mistake(_first_output_channel, "The unit is all channels there, not channel 0 alone."),
            Mistake(_ends_included, "A slice ends after its last place, not at it."),
            Mistake(_all_units, "This is the field of all units together."),
            Mistake(_first_to_last, "The first place in reading order need not be a corner."),
            Mistake(_all_large, "A small gradient counts, too: only 0 is not seen."),
        ),
        ready=(receptive_field, ReceptiveField.box, effective_receptive_field),
        instead="Ask the gradients: torch.autograd.grad.",
    ),
    "add_dilated": Exercise(
        oracle=lambda net, size: net,
        cases=_add_dilated_cases,
        hints=(
            "A layer of 3 x 3 with dilation d adds 2 d to the field, and padding=d keeps the "
            "picture's size. So the dilations must add up to (size - 1) / 2.",
            "Without holes: take 1, 2, 4, ... as long as the sum allows.",
            "When less than the next power of two is missing, that rest is the last dilation: "
            "d = min(dilation, rest).",
        ),
        difficulty=3,
        minutes=10,
        core=False,
    ),
    "effective_width": Exercise(
        oracle=_width_by_convolution,
        cases=_effective_width_cases,
        hints=(
            "For one layer: a step goes to place 0, 1, ..., k - 1 with the share "
            "kernel / kernel.sum(). What is the variance of that?",
            "The mean is (share * places).sum(), the variance (share * (places - mean)**2).sum().",
            "Steps of different layers are independent: add the variances of all layers, and take "
            "the root at the end.",
        ),
        difficulty=4,
        minutes=10,
        core=False,
        mistakes=(
            Mistake(
                lambda kernels: sum(variance for _, variance in _moments(kernels)),
                "This is the variance, in squared pixels, not the standard deviation.",
            ),
            Mistake(
                lambda kernels: sum(math.sqrt(variance) for _, variance in _moments(kernels)),
                "Standard deviations of independent steps do not add up.",
            ),
            Mistake(
                lambda kernels: math.sqrt(sum((len(kernel) ** 2 - 1) / 12 for kernel in kernels)),
                "This is for equal weights.",
            ),
            Mistake(
                lambda kernels: math.sqrt(sum(v + mean**2 for mean, v in _moments(kernels))),
                "The places count from the mean of each kernel, not from its first weight.",
            ),
            Mistake(
                lambda kernels: math.sqrt(sum(v for _, v in _moments(kernels, divided=False))),
                "The weights of a kernel must be divided by their sum.",
            ),
            Mistake(
                _width_around_the_middle,
                "With unequal weights the mean is not in the middle of the kernel.",
            ),
            Mistake(
                lambda kernels: _width_by_convolution(kernels) / math.sqrt(len(kernels)),
                "The variances of the layers add up; this is their mean.",
            ),
        ),
        ready=(effective_receptive_field,),
        instead="Compute it from the kernels alone.",
    ),
}
