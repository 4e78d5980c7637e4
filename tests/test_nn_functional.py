"""convlab.nn.functional against PyTorch's own operator tables (OpInfo), gradients and dtypes."""

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close
from torch.testing._internal.common_methods_invocations import op_db

from convlab.nn import functional

FAMILIES = (
    "conv",
    "conv_transpose",
    "max_pool",
    "max_unpool",
    "avg_pool",
    "adaptive_avg_pool",
    "adaptive_max_pool",
)
OPERATORS = [f"{name}{axes}d" for name in FAMILIES for axes in (1, 2, 3)]
ACTIVATIONS = ["relu", "leaky_relu", "sigmoid", "tanh", "softplus", "gelu", "silu"]
HALVES = [torch.float16, torch.bfloat16]
FLOATS = [*HALVES, torch.float32, torch.float64]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


def tables():
    """OpInfo entries by name; the ones for complex numbers are not for activations of ours."""
    found = {}
    for entry in op_db:
        name = entry.name.removeprefix("nn.functional.")
        if name in OPERATORS + ACTIVATIONS and entry.variant_test_name != "complex":
            found[f"{name} {entry.variant_test_name}".strip()] = entry
    return found


TABLES = tables()


def ours(name):
    return getattr(functional, name.split()[0])


def theirs(name):
    return getattr(F, name.split()[0])


def run(function, sample):
    """What the function gives, and the gradients of all float arguments for one random loss."""
    arguments = [copied(value) for value in (sample.input, *sample.args)]
    keywords = {name: copied(value) for name, value in sample.kwargs.items()}
    result = function(*arguments, **keywords)
    results = result if isinstance(result, tuple) else (result,)
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(results[0].shape, generator=generator, dtype=results[0].dtype)
    leaves = [v for v in (*arguments, *keywords.values()) if is_float(v)]
    gradients = torch.autograd.grad((results[0] * weights).sum(), leaves)
    return [value.detach() for value in results], gradients


def copied(value):
    return (
        value.detach().clone().requires_grad_(is_float(value)) if torch.is_tensor(value) else value
    )


def is_float(value):
    return torch.is_tensor(value) and value.is_floating_point()


def test_every_operator_has_a_table():
    assert {name.split()[0] for name in TABLES} == {*OPERATORS, *ACTIVATIONS}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("name", TABLES)
def test_pytorch_s_samples_forward_and_backward(name):
    samples = list(TABLES[name].sample_inputs("cpu", torch.float64, requires_grad=True))
    assert samples
    for sample in samples:
        assert_close(
            run(ours(name), sample), run(TABLES[name].op, sample), msg=f"{sample}: {{}}".format
        )


@pytest.mark.parametrize("name", [n for n, entry in TABLES.items() if entry.error_inputs_func])
def test_pytorch_s_error_inputs_are_refused_in_our_words(name):
    for case in TABLES[name].error_inputs("cpu"):
        sample = case.sample_input
        with pytest.raises(
            (ValueError, TypeError), match=r"must|does not fit|nothing is left"
        ) as caught:
            ours(name)(sample.input, *sample.args, **sample.kwargs)
        assert "convlab" in str(caught.traceback[-1].path), sample


def draw(*shape, seed=0, dtype=torch.float64):
    """Numbers from -2 to 2, no two within 1e-3 of each other: a maximum keeps its place."""
    count = torch.tensor(shape).prod().item()
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return (order * 4 / count - 2).reshape(shape).to(dtype)


SIZES = {1: (9,), 2: (7, 6), 3: (4, 4, 5)}
CONV_SETTINGS = [
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2},
    {"groups": 2, "padding": 1},
    {"groups": 4, "stride": 2},
]


def conv_case(name, dtype=torch.float64, groups=1):
    axes = int(name[-2])
    kernel = (3, 2, 2)[:axes]
    return [
        draw(2, 4, *SIZES[axes]).to(dtype),
        draw(4, 4 // groups, *kernel, seed=1).to(dtype),
        draw(4, seed=2).to(dtype),
    ]


@pytest.mark.parametrize("settings", CONV_SETTINGS, ids=str)
@pytest.mark.parametrize("name", OPERATORS[:6])
def test_gradients_of_convolutions_to_second_order(name, settings):
    tensors = [t.requires_grad_() for t in conv_case(name, groups=settings.get("groups", 1))]
    function = ours(name)
    assert gradcheck(lambda *a: function(*a, **settings), tensors)
    assert gradgradcheck(lambda *a: function(*a, **settings), tensors, fast_mode=True)


@pytest.mark.parametrize("cache", [1, 60, 400])
@pytest.mark.parametrize("settings", CONV_SETTINGS, ids=str)
@pytest.mark.parametrize("name", OPERATORS[:6])
def test_work_cut_into_parts_gives_the_same(monkeypatch, name, settings, cache):
    monkeypatch.setattr(functional, "_CACHE", cache)
    results = []
    for function in (ours(name), theirs(name)):
        tensors = [t.requires_grad_() for t in conv_case(name, groups=settings.get("groups", 1))]
        y = function(*tensors, **settings)
        results.append([y, *torch.autograd.grad((y**2).sum(), tensors)])
    assert_close(*results)


def test_halves_are_summed_in_float32():
    ones = torch.ones(1, 1, 17, 17, dtype=torch.bfloat16)
    assert functional.conv2d(ones, ones).item() == 288  # 289 rounded once; summed in halves: 256
    assert functional.avg_pool2d(ones, 17).item() == 1
    assert functional.adaptive_avg_pool2d(ones, 1).item() == 1


@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d"])
def test_complex_gradients(name):
    tensors = [torch.complex(t, t.flip(0)).requires_grad_() for t in conv_case(name)]
    assert_close(ours(name)(*tensors), theirs(name)(*tensors))
    assert gradcheck(ours(name), tensors)


def pool_case(name, dtype=torch.float64):
    """Arguments behind the input, as torch takes them."""
    axes = int(name[-2])
    x = (draw(2, 2, *SIZES[axes]) * 30).to(dtype)
    if "unpool" in name:
        even = x[(..., *(slice(4),) * axes)].double()
        pooled, indices = theirs(f"max_pool{axes}d")(even, 2, return_indices=True)
        return [pooled.to(dtype), indices, 2]
    if "adaptive" in name:
        return [x, 3]
    return [x, 3, 2, 1]


@pytest.mark.parametrize("name", OPERATORS[6:])
def test_gradients_of_pooling_to_second_order(name):
    x, *settings = pool_case(name)
    x.requires_grad_()
    assert gradcheck(lambda x: ours(name)(x, *settings), x)
    assert gradgradcheck(lambda x: ours(name)(x, *settings), x)


@pytest.mark.parametrize("special", [0.0, float("nan"), float("-inf")])
@pytest.mark.parametrize("settings", [{}, {"padding": 1}, {"dilation": 2, "padding": 1}], ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_equal_and_special_numbers_are_found_where_torch_finds_them(axes, settings, special):
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(-2, 2, (20, 3, *(8, 7, 6)[:axes]), generator=generator).double()
    x = torch.where(x == -2, special, x)
    x[0] = special
    name = f"max_pool{axes}d"
    got = ours(name)(x, 3, 2, **settings, return_indices=True)
    want = theirs(name)(x, 3, 2, **settings, return_indices=True)
    assert_close(got, want, equal_nan=True)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_of_activations_to_second_order(name):
    x = torch.linspace(-3, 3, 20, dtype=torch.float64, requires_grad=True)
    assert gradcheck(ours(name), x)
    assert gradgradcheck(ours(name), x)


def outcome(function, arguments):
    try:
        return function(*arguments)
    except (RuntimeError, NotImplementedError, TypeError, ValueError):
        return None


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS, torch.bool], ids=str)
@pytest.mark.parametrize("name", [*OPERATORS, *ACTIVATIONS])
def test_every_dtype_gives_torch_s_value_or_is_refused(name, dtype):
    if name in ACTIVATIONS:
        arguments = [draw(50).mul(3).to(dtype)]
    elif name.startswith("conv"):
        arguments = conv_case(name, dtype)
    else:
        arguments = pool_case(name, dtype)
    got, want = outcome(ours(name), arguments), outcome(theirs(name), arguments)
    if name == "avg_pool3d" and dtype in HALVES:
        want = got  # torch has it on CUDA alone; the value is judged below
    assert (got is None) == (want is None)
    if dtype in HALVES:
        assert got.dtype == dtype
        exact = theirs(name)(*(a.double() if is_float(a) else a for a in arguments))
        eps = torch.finfo(dtype).eps
        assert_close(got.double(), exact, rtol=eps, atol=eps * exact.abs().max().item())
    elif got is not None:
        assert_close(got, want)


@pytest.mark.parametrize("x", [-1e4, -90.0, -20.0, 0.0, 20.0, 90.0, 1e4])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_derivatives_are_stable(name, x):
    got = torch.tensor(x, requires_grad=True)
    exact = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y, want = ours(name)(got), theirs(name)(exact)
    y.backward()
    want.backward()
    tiny = torch.finfo(torch.float32).tiny
    assert_close(y.double(), want, rtol=2e-6, atol=tiny)
    assert_close(got.grad.double(), exact.grad, rtol=2e-6, atol=tiny)
