"""What the first functions cost: `pytest tests/benchmarks/bench_corr.py -n0 --benchmark-enable`.

Each claim is asserted on medians (ratios, taken in one run) and the table says by how much it
holds. Times depend on the machine; the ratios should not, much.
"""

import re
import subprocess
import sys
import time
from statistics import median

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from convlab import corr2d, corr2d_fft, corr2d_loop

SIDES = (3, 5, 7, 9, 11, 13, 15, 21, 31, 63)


def draw(side, seed=0):
    return torch.rand(side, side, generator=torch.Generator().manual_seed(seed))


def torch_corr(X, K):
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def seconds(function, *arguments, repeats=9):
    function(*arguments)
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        function(*arguments)
        taken.append(time.perf_counter() - start)
    return median(taken)


@pytest.mark.parametrize("function", [corr2d_loop, corr2d, corr2d_fft, torch_corr])
def test_256x256_with_5x5(benchmark, function):
    benchmark(function, draw(256), draw(5, seed=1))


def test_corr2d_is_200_times_as_fast_as_the_loop():
    X, K = draw(256), draw(5, seed=1)
    assert_close(corr2d(X, K), corr2d_loop(X, K))
    ratio = seconds(corr2d_loop, X, K, repeats=3) / seconds(corr2d, X, K)
    print(f"\ncorr2d on 256x256 with 5x5: {ratio:.0f} times as fast as the loop")
    assert ratio >= 200


def test_where_the_fft_overtakes_torch():
    X = draw(512)
    print("\nkernel on 512x512   F.conv2d     corr2d_fft   times as fast")
    ratios = {}
    for side in SIDES:
        K = draw(side, seed=1)
        assert_close(corr2d_fft(X, K), torch_corr(X, K), rtol=1e-4, atol=1e-3)
        direct, fft = seconds(torch_corr, X, K), seconds(corr2d_fft, X, K)
        ratios[side] = direct / fft
        row = f"{side:>2}x{side:<2}              {direct * 1e3:7.2f} ms   {fft * 1e3:7.2f} ms"
        print(f"{row}   {ratios[side]:6.1f}")
    crossing = next(side for side in SIDES if all(ratios[s] > 1 for s in SIDES if s >= side))
    print(f"corr2d_fft is ahead from {crossing}x{crossing} on")
    assert crossing <= 15
    assert ratios[63] >= 10


def test_importing_convlab_costs_at_most_5_percent_more_than_torch():
    def imports(code):
        totals = []
        for _ in range(5):
            command = [sys.executable, "-X", "importtime", "-c", code]
            report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
            totals.append(
                sum(map(int, re.findall(r"^import time: +(\d+) \|", report, re.MULTILINE)))
            )
        return median(totals) / 1e6

    torch_alone = imports("import torch")
    course = imports("import convlab")
    used = imports("from convlab import corr2d, check, device")
    print(
        f"\nimport torch {torch_alone:.2f} s, import convlab {course:.4f} s, and used {used:.2f} s"
    )
    assert course <= 1.05 * torch_alone
    assert used <= 1.05 * torch_alone
