"""The explorer of convolution in Python: its numbers against torch's, what it refuses and saves."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from convlab import explore
from convlab.explore.lattice import MODES, POOLING
from convlab.explore.texts import write
from tests.support.oracle import combinations, draw, numbers, places, torch_s, unpacked


@pytest.mark.parametrize(
    "whole", [pytest.param(True, marks=pytest.mark.slow), False], ids=["whole", "broken"]
)
@pytest.mark.parametrize("mode", [pytest.param("correlation", marks=pytest.mark.slow), *MODES[1:]])
def test_every_number_of_the_lattice_is_torch_s(mode, whole):
    X, K = draw(4, 5, whole=whole), draw(3, 3, seed=1, whole=whole)
    data = unpacked(explore.convolution(X, K))
    assert data["ranges"][mode]["kernel"] == [[1, 3]] * 2
    checked = 0
    for kernel, dilation, stride, padding in combinations(data["ranges"][mode]):
        if mode in POOLING and any(p > k // 2 for p, k in zip(padding, kernel, strict=True)):
            continue
        table, axes, shown = places(data, mode, kernel, dilation, stride, padding)
        weights = K[: kernel[0], : kernel[1]]
        if not all(map(len, shown)):
            with pytest.raises(RuntimeError):
                torch_s(mode, X, weights, stride, padding, dilation)
            continue
        grid = numbers(table["Y"]).view([len(axis["meets"][0]) for axis in axes])
        found = grid[torch.tensor(shown[0])][:, torch.tensor(shown[1])]
        want = torch_s(mode, X, weights, stride, padding, dilation)
        assert_close(found, numbers(write(want)).view(want.shape), rtol=6e-3, atol=1e-5)
        checked += 1
    assert checked > 100


@pytest.mark.parametrize("mode", ["correlation", "convolution", "transposed"])
def test_the_pairs_that_meet_add_up_to_the_numbers(mode):
    X, K = draw(4, 5), draw(2, 3, seed=1)
    data = unpacked(explore.convolution(X, K))
    products = torch.stack([numbers(text) for text in data["products"]]).view(5, 5, 4, 5)
    for stride, padding in product(product((1, 2), repeat=2), product((0, 1), repeat=2)):
        settings = ((2, 3), (1, 2), stride, padding)
        _, (rows, columns), shown = places(data, mode, *settings)
        around = (0, 0) if mode == "transposed" else (2, 2)
        Y = torch.zeros([len(span) for span in shown])
        for (i, y), (j, z) in product(enumerate(shown[0]), enumerate(shown[1])):
            for a, b in product(range(2), range(3)):
                met = rows["meets"][a][y], columns["meets"][b][z]
                r, c = (index - n for index, n in zip(met, around, strict=True))
                if min(met) >= 0 and 0 <= r < 4 and 0 <= c < 5:
                    Y[i, j] += products[a, b, r, c]
        assert_close(Y, torch_s(mode, X, K, stride, padding, (1, 2)))


def test_each_maximum_comes_from_where_torch_says():
    X = draw(5, 4).abs() % 3
    data = unpacked(explore.convolution(X))
    table, axes, _ = places(data, "max", (3, 2), (1, 1), (1, 1), (1, 1))
    _, where = F.max_pool2d(X[None, None], (3, 2), 1, (1, 1), return_indices=True)
    assert table["where"].split() == [str(index) for index in where.flatten().tolist()]
    assert [axis["padding"] for axis in axes] == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_at_hand_is_computed_when_asked(mode):
    X, K = draw(6, 6), draw(5, 4, seed=1)
    explorer, answers = explore.convolution(X, K), []
    explorer.send = answers.append
    dilation = (1, 1) if mode == "average" else (3, 1)
    question = {"mode": mode, "kernel": [2, 4], "stride": [3, 2], "padding": [1, 2]}
    question["dilation"] = list(dilation)
    explorer._hear(explorer, {"ask": question}, [])
    (answer,) = answers
    assert answer["ask"] == question
    table = answer["table"]
    grid = numbers(table["Y"]).view([len(table[name]["meets"][0]) for name in ("rows", "columns")])
    if mode == "transposed":
        grid = grid[1:-1, 2:-2]
    else:
        cut = [table[name]["padding"] - p for name, p in (("rows", 1), ("columns", 2))]
        grid = grid[cut[0] : len(grid) - cut[0] : 3, cut[1] : grid.shape[1] - cut[1] : 2]
    want = torch_s(mode, X, K[:2, :4], (3, 2), (1, 2), dilation)
    assert_close(grid, numbers(write(want)).view(want.shape))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (1 / 3, "~0.333"),
        (-12.345, "~-12.3"),
        (0.1, "0.1"),
        (123456.0, "~1.23e5"),
        (99999.0, "99999"),
        (1e-7, "1e-07"),
    ],
)
def test_numbers_are_short_and_say_if_they_are_rounded(value, text):
    assert write(torch.tensor([value])).replace("e-07", "e-7") == text.replace("e-07", "e-7")


def test_an_edit_changes_the_copy_and_every_table():
    X, K = draw(4, 4), draw(2, 2, seed=1)
    explorer = explore.convolution(X, K)
    kept = X.clone()
    explorer._hear(explorer, {"edit": ["X", 5, "2,5"]}, [])
    explorer._hear(explorer, {"edit": ["K", 6, "-3"]}, [])
    assert_close(X, kept)
    assert (explorer.X[1, 1], explorer.K[1, 1]) == (2.5, -3)
    want = write(torch_s("correlation", explorer.X, explorer.K, padding=2))
    assert unpacked(explorer)["tables"]["correlation"]["2,2,1,1,1,1"]["Y"] == want


@pytest.mark.parametrize("text", ["", "two", "nan", "inf", "1e7"])
def test_an_edit_that_is_no_number_is_refused(text):
    explorer, answers = explore.convolution(), []
    explorer.send = answers.append
    before = explorer.data
    explorer._hear(explorer, {"edit": ["X", 0, text]}, [])
    assert explorer.data == before
    assert list(answers[0]) == ["refused"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: explore.convolution([[1.0]]), TypeError, "X must be a torch.Tensor, got list"),
        (lambda: explore.convolution(K=2), TypeError, "K must be a torch.Tensor, got int"),
        (lambda: explore.convolution(torch.ones(3)), ValueError, r"1 to 10 a side, got shape \(3,"),
        (lambda: explore.convolution(torch.ones(500, 500)), ValueError, r"got shape \(500, 500\)"),
        (lambda: explore.convolution(torch.ones(0, 3)), ValueError, r"got shape \(0, 3\)"),
        (lambda: explore.convolution(K=torch.ones(6, 6)), ValueError, "K .* 1 to 5 a side"),
        (lambda: explore.convolution(torch.ones(2, 2) > 0), TypeError, "real numbers, got torch.b"),
        (lambda: explore.convolution(K=torch.ones(2, 2) * 1j), TypeError, "K must hold real"),
        (lambda: explore.convolution(torch.full((3, 3), torch.nan)), ValueError, "finite numbers"),
        (lambda: explore.convolution(K=torch.full((3, 3), 2e6)), ValueError, "K must hold finite"),
        (lambda: explore.convolution(torch.ones(2, 2)), ValueError, "kernel does not fit"),
        (lambda: explore.convolution(stride=0), ValueError, "stride must be at least 1"),
        (lambda: explore.convolution(stride=(1, 4)), ValueError, "stride must be at most 3"),
        (lambda: explore.convolution(padding=(1, 1, 1)), ValueError, "padding must be an integer"),
        (lambda: explore.convolution(dilation=1.0), TypeError, "dilation must be an integer"),
        (lambda: explore.convolution(mode="full"), ValueError, "one of 'correlation', .* 'full'"),
        (lambda: explore.convolution(padding=2, mode="max"), ValueError, "at most half"),
        (lambda: explore.convolution(dilation=2, mode="average"), ValueError, "dilation must be 1"),
        (lambda: explore.convolution(padding=3, K=torch.ones(1, 1), X=torch.ones(2, 2),
                                     mode="transposed"), ValueError, "nothing is left"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.float16, torch.float64])
def test_other_dtypes_are_taken(dtype):
    explorer = explore.convolution(torch.arange(9).reshape(3, 3).to(dtype), torch.eye(2).to(dtype))
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    assert_close(explorer.Y, torch.tensor([[4.0, 6.0], [10.0, 12.0]], dtype=wide))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_a_tensor_on_the_gpu_is_shown():
    X, K = draw(4, 4), draw(2, 2, seed=1)
    assert_close(explore.convolution(X.cuda(), K).Y, torch_s("correlation", X, K))
