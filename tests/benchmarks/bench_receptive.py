"""Reading a field beside measuring it: `pytest tests/benchmarks/bench_receptive.py -n0 -s`.

Each test prints what it found. The networks of `test_receptive.py` are the quick ones; these take
minutes, most of them in the gradients.
"""

import time

import pytest
from torch import nn
from torchvision import models

from convlab import receptive_field
from tests.support.fields import convolutional, measured_box, positive

WIDE = {"inception_v3": 160}  # narrower, and its last layers have nothing left
WHOLE = {"efficientnet_b0"}  # squeeze and excitation: every unit sees all of the picture


@pytest.mark.parametrize(
    "name",
    [
        "alexnet",
        "vgg16",
        "resnet18",
        "resnet50",
        "resnet152",
        "googlenet",
        "inception_v3",
        "densenet121",
        "mobilenet_v2",
        "efficientnet_b0",
        "convnext_tiny",
    ],
)
def test_a_network_sees_what_gradients_say(name):
    model = convolutional(name)
    size = 256 if name in WHOLE else receptive_field(model, (1, 3, 299, 299)).size[0]
    measured, wide = positive(model), WIDE.get(name, 96)
    for shape in [(1, 3, size + 161, wide), (1, 3, wide, size + 161)]:
        field = receptive_field(model, shape)
        middle = tuple(n // 2 for n in field.shape)
        for index in [(0, 0), middle, tuple(n - 1 for n in field.shape)]:
            box = field.box(index)
            assert box == measured_box(measured, shape, index)
            print(f"\n{name} {shape[2:]} size {field.size} unit {index}: {box}", end="")


def test_resnet152_is_read_in_two_seconds():
    model, shape = models.resnet152(), (1, 3, 1600, 96)
    start = time.perf_counter()
    field = receptive_field(model, shape)
    seen = field.at("layer4").size, field.at("layer4").box((25, 1))
    rows = len(field.table())
    read = time.perf_counter() - start

    measured = positive(nn.Sequential(*list(model.children())[:-2]))
    start = time.perf_counter()
    assert measured_box(measured, shape, (25, 1)) == seen[1]
    gradients = time.perf_counter() - start
    print(f"\nread {read:.2f} s with {rows} rows, one unit by gradients {gradients:.1f} s: {seen}")
    assert read < 2
