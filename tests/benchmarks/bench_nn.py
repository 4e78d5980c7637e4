"""What the layers from scratch cost: `pytest tests/benchmarks/bench_nn.py -n0 --benchmark-enable`.

Ours beside torch's on one table of shapes: the time of a forward and a backward pass together (the
least of several, in turns), of the forward pass alone, and the peak of extra memory.
"""

import time
from statistics import median
from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile

from convlab import corr2d_loop
from convlab.nn import functional


class Row(NamedTuple):
    name: str
    function: str
    x: tuple
    w: tuple
    settings: dict


ROWS = [
    Row("1-D, 9 wide", "conv1d", (16, 64, 1024), (64, 64, 9), {"padding": 4}),
    Row("1-D, strided", "conv1d", (16, 64, 1024), (128, 64, 5), {"stride": 2, "padding": 2}),
    Row("1-D, dilated", "conv1d", (8, 32, 4096), (32, 32, 3), {"padding": 8, "dilation": 8}),
    Row("1-D, depthwise", "conv1d", (16, 256, 256), (256, 1, 3), {"padding": 1, "groups": 256}),
    Row("one channel, 512x512, 5x5", "conv2d", (1, 1, 512, 512), (1, 1, 5, 5), {"padding": 2}),
    Row("LeNet's first", "conv2d", (64, 1, 28, 28), (6, 1, 5, 5), {"padding": 2}),
    Row(
        "ResNet's first, 7x7 strided",
        "conv2d",
        (8, 3, 224, 224),
        (64, 3, 7, 7),
        {"stride": 2, "padding": 3},
    ),
    Row("ResNet's 3x3", "conv2d", (8, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    Row(
        "ResNet's 3x3, strided",
        "conv2d",
        (8, 64, 56, 56),
        (128, 64, 3, 3),
        {"stride": 2, "padding": 1},
    ),
    Row("ResNet's 3x3, deep", "conv2d", (8, 256, 14, 14), (256, 256, 3, 3), {"padding": 1}),
    Row("1x1", "conv2d", (8, 256, 28, 28), (64, 256, 1, 1), {}),
    Row("VGG's second, 224x224", "conv2d", (2, 64, 224, 224), (64, 64, 3, 3), {"padding": 1}),
    Row("2-D, dilated", "conv2d", (8, 64, 28, 28), (64, 64, 3, 3), {"padding": 2, "dilation": 2}),
    Row("2-D, 4 groups", "conv2d", (8, 64, 56, 56), (64, 16, 3, 3), {"padding": 1, "groups": 4}),
    Row(
        "ResNeXt's 32 groups",
        "conv2d",
        (8, 128, 56, 56),
        (128, 4, 3, 3),
        {"padding": 1, "groups": 32},
    ),
    Row("depthwise 3x3", "conv2d", (8, 128, 56, 56), (128, 1, 3, 3), {"padding": 1, "groups": 128}),
    Row(
        "depthwise 5x5, strided",
        "conv2d",
        (8, 96, 56, 56),
        (96, 1, 5, 5),
        {"stride": 2, "padding": 2, "groups": 96},
    ),
    Row("depthwise 7x7", "conv2d", (4, 96, 56, 56), (96, 1, 7, 7), {"padding": 3, "groups": 96}),
    Row("3-D, 3x3x3", "conv3d", (2, 16, 16, 56, 56), (32, 16, 3, 3, 3), {"padding": 1}),
    Row(
        "3-D, strided",
        "conv3d",
        (2, 32, 16, 28, 28),
        (64, 32, 3, 3, 3),
        {"stride": 2, "padding": 1},
    ),
    Row(
        "3-D, depthwise",
        "conv3d",
        (2, 32, 16, 28, 28),
        (32, 1, 3, 3, 3),
        {"padding": 1, "groups": 32},
    ),
    Row(
        "transposed 1-D",
        "conv_transpose1d",
        (16, 64, 512),
        (64, 32, 4),
        {"stride": 2, "padding": 1},
    ),
    Row(
        "transposed 2-D, 4x4",
        "conv_transpose2d",
        (8, 64, 28, 28),
        (64, 32, 4, 4),
        {"stride": 2, "padding": 1},
    ),
    Row(
        "transposed 2-D, 2x2", "conv_transpose2d", (8, 128, 28, 28), (128, 64, 2, 2), {"stride": 2}
    ),
    Row(
        "transposed 3-D",
        "conv_transpose3d",
        (2, 32, 8, 14, 14),
        (32, 16, 4, 4, 4),
        {"stride": 2, "padding": 1},
    ),
]


def seconds(*functions, repeats=9):
    """The least time of each function, taken in turns so that all meet the same weather."""
    taken = [[] for _ in functions]
    for _ in range(repeats):
        for function, times in zip(functions, taken, strict=True):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return [min(times) for times in taken]


def peak_memory(function):
    """Bytes allocated at most beyond those at the start, by the allocator's own record."""
    function()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        function()
    changes = [e for e in record.profiler.kineto_results.events() if e.name() == "[memory]"]
    now = peak = 0
    for event in sorted(changes, key=lambda e: e.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak


def measure(row):
    torch.manual_seed(0)
    x, w = torch.rand(row.x, requires_grad=True), torch.rand(row.w, requires_grad=True)
    ours, theirs = (getattr(room, row.function) for room in (functional, F))
    gradient = torch.rand_like(theirs(x, w, **row.settings))

    def step(function):
        return torch.autograd.grad(function(x, w, **row.settings), (x, w), gradient)

    for got, want in zip(step(ours), step(theirs), strict=True):
        assert (got - want).norm() <= 1e-4 * want.norm()
    both = seconds(lambda: step(ours), lambda: step(theirs))
    with torch.no_grad():
        forward = seconds(lambda: ours(x, w, **row.settings), lambda: theirs(x, w, **row.settings))
    return both, forward, peak_memory(lambda: step(ours)), peak_memory(lambda: step(theirs))


def test_ratio_to_torch_on_a_table_of_shapes(capfd):
    table = [f"{'':27}   ours ms  torch ms   ratio  forward alone  ours MiB  torch MiB"]
    ratios, peaks = {}, {}
    for row in ROWS:
        both, forward, ours, theirs = measure(row)
        ratios[row.name], peaks[row.name] = both[0] / both[1], ours
        table.append(
            f"{row.name:27} {both[0] * 1e3:9.2f} {both[1] * 1e3:9.2f} {ratios[row.name]:7.2f}"
            f" {forward[0] / forward[1]:14.2f} {ours / 2**20:9.1f} {theirs / 2**20:10.1f}"
        )
    table.append(f"median {median(ratios.values()):.2f}, highest {max(ratios.values()):.2f}")
    with capfd.disabled():
        print("", *table, sep="\n")
    assert median(ratios.values()) <= 3
    assert max(ratios.values()) <= 8
    assert ratios["one channel, 512x512, 5x5"] < 1
    assert max(peaks.values()) <= 2**30


def test_conv2d_is_400_times_as_fast_as_the_loop(capfd):
    x, w = torch.rand(256, 256), torch.rand(5, 5)
    (loop,) = seconds(lambda: corr2d_loop(x, w), repeats=3)
    (ours,) = seconds(lambda: functional.conv2d(x[None], w[None, None]))
    with capfd.disabled():
        print(f"\nconv2d on 256x256 with 5x5: {loop / ours:.0f} times as fast as the loop")
    assert loop / ours >= 400


@pytest.mark.parametrize("room", [functional, F], ids=["convlab", "torch"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_forward(benchmark, row, room):
    x, w = torch.rand(row.x), torch.rand(row.w)
    benchmark(getattr(room, row.function), x, w, **row.settings)
