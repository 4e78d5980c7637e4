"""convlab.nn.functional against PyTorch's own operator tables (OpInfo), gradients and dtypes."""

from functools import cache

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

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


def volumes_slow(names):
    """The names, those of three dimensions marked as slow."""
    return [pytest.param(n, marks=pytest.mark.slow) if n.endswith("3d") else n for n in names]


@cache
def tables():
    """OpInfo entries by name; the ones for complex numbers are not for activations of ours.

    Only who asks for them pays for their import: 9 s of processor time.
    """
    from torch.testing._internal.common_methods_invocations import op_db

    # The import forbids the whole process to set global flags, as `convlab.device` does.
    torch.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True
    found = {}
    for entry in op_db:
        name = entry.name.removeprefix("nn.functional.")
        if entry.variant_test_name != "complex":
            found.setdefault(name, []).append(entry)
    return found


def ours(name):
    return getattr(functional, name)


def theirs(name):
    return getattr(F, name)


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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("name", [*OPERATORS, *ACTIVATIONS])
def test_pytorch_s_samples_forward_and_backward(name):
    for table in tables()[name]:
        samples = list(table.sample_inputs("cpu", torch.float64, requires_grad=True))
        assert samples
        for sample in samples:
            got, want = run(ours(name), sample), run(table.op, sample)
            assert_close(got, want, msg=lambda text, sample=sample: f"{sample}: {text}")


WITHOUT_ERROR_INPUTS = {
    *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    *set(ACTIVATIONS) - {"gelu"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OPERATORS, *ACTIVATIONS])
def test_pytorch_s_error_inputs_are_refused_in_our_words(name):
    cases = [
        case
        for table in tables()[name]
        if table.error_inputs_func
        for case in table.error_inputs("cpu")
    ]
    assert bool(cases) == (name not in WITHOUT_ERROR_INPUTS)
    for case in cases:
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
# The smallest in which no setting of `CONV_SETTINGS` leaves an output of one place: checks of
# gradients take time as the square of the size. A transposed convolution's output is the larger.
SMALL = {1: (9,), 2: (5, 4), 3: (5, 3, 4)}
SMALL_TRANSPOSED = {1: (4,), 2: (3, 4), 3: (2, 3, 4)}
CONV_SETTINGS = [
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2},
    {"groups": 2, "padding": 1},
    {"groups": 4, "stride": 2},
]


def conv_case(name, dtype=torch.float64, groups=1, sizes=SIZES):
    axes = int(name[-2])
    kernel = (3, 2, 2)[:axes]
    return [
        draw(2, 4, *sizes[axes]).to(dtype),
        draw(4, 4 // groups, *kernel, seed=1).to(dtype),
        draw(4, seed=2).to(dtype),
    ]


@pytest.mark.parametrize("settings", CONV_SETTINGS, ids=str)
@pytest.mark.parametrize("name", volumes_slow(OPERATORS[:6]))
def test_gradients_of_convolutions_to_second_order(name, settings):
    sizes = SMALL_TRANSPOSED if "transpose" in name else SMALL
    case = conv_case(name, groups=settings.get("groups", 1), sizes=sizes)
    tensors = [t.requires_grad_() for t in case]
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
    case = conv_case(name, sizes=SMALL_TRANSPOSED if "transpose" in name else SMALL)
    tensors = [torch.complex(t, t.flip(0)).requires_grad_() for t in case]
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


@pytest.mark.parametrize("name", volumes_slow(OPERATORS[6:]))
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


PADS = [
    ((1, 2), {}),
    ((1, 2, 3, 0), {"value": 2.5}),
    ((-1, 2, 3, -2), {}),
    ((0, 1, 2, 3, 1, 0), {"value": -1.0}),
    ((2, 1, 3, 0), {"mode": "reflect"}),
    ((9, 1, 3, 8), {"mode": "replicate"}),
    ((4, 1, 0, 5), {"mode": "circular"}),
    ((-1, 1, 2, 3), {"mode": "circular"}),
    ((-1, 2, 3, -1), {"mode": "reflect"}),
    ((-1, 2, 3, -1), {"mode": "replicate"}),
    ((), {}),
]


@pytest.mark.parametrize(("pad", "settings"), PADS, ids=str)
def test_pad_is_torch_s(pad, settings):
    x = draw(2, 3, 5, 4).requires_grad_()
    got, want = functional.pad(x, pad, **settings), F.pad(x, pad, **settings)
    assert_close(got, want)
    if pad:
        weights = draw(*got.shape, seed=1)
        gradients = [torch.autograd.grad((y * weights).sum(), x) for y in (got, want)]
        assert_close(*gradients)


def zeros(*shape, **settings):
    return torch.zeros(shape, **settings)


X, W = zeros(1, 4, 5, 5), zeros(6, 4, 3, 3)
REFUSED = [
    (lambda f: f.conv2d(X, W[:, :3]), "input must have 3 channels .* got 4"),
    (lambda f: f.conv2d(X, W[:, :3], groups=2), "input must have 6 channels"),
    (lambda f: f.conv2d(X, W[:5, :2], groups=2), "groups must divide the out_channels 5"),
    (lambda f: f.conv2d(X, W, zeros(4)), r"bias must have shape \(6,\), got \(4,\)"),
    (lambda f: f.conv2d(X[0, 0], W), r"input must have 4 axes .* got shape \(5, 5\)"),
    (lambda f: f.conv2d(X, W[0]), "weight must have 4 axes"),
    (lambda f: f.conv2d(X, zeros(6, 4, 6, 6)), "the kernel does not fit: size 5"),
    (lambda f: f.conv2d(X, W, stride=(1, 2, 3)), "stride must be an integer or 2 of them"),
    (lambda f: f.conv2d(X, W, stride=0), "stride must be at least 1, got 0"),
    (lambda f: f.conv2d(X, W, padding="half"), "padding must be .* got 'half'"),
    (lambda f: f.conv2d(X, W, padding=1.5), "padding must be an integer"),
    (lambda f: f.conv2d(X, W.double()), "must share a dtype"),
    (lambda f: f.conv2d(X.tolist(), W), "input must be a torch.Tensor, got list"),
    (lambda f: f.conv2d(X[:, :, :0], W, padding=2), "input must be empty in no axis but N"),
    (lambda f: f.conv_transpose2d(X, W), "input must have 6 channels"),
    (lambda f: f.conv_transpose2d(X, W[:4], output_padding=1), "output_padding must be below"),
    (lambda f: f.conv_transpose2d(X, W[:4], padding=4), "nothing is left"),
    (lambda f: f.conv_transpose2d(X, W[:4], zeros(5)), r"bias must have shape \(4,\)"),
    (lambda f: f.max_pool2d(X, 3, padding=2), "padding must be at most half"),
    (lambda f: f.max_pool2d(X, 6), "the kernel does not fit"),
    (lambda f: f.avg_pool2d(X, 2, divisor_override=0), "divisor_override must not be 0"),
    (lambda f: f.adaptive_avg_pool2d(X, (1, 2, 3)), "output_size must be one or 2 integers"),
    (lambda f: f.adaptive_max_pool2d(X, -1), "output_size must be at least 0"),
    (lambda f: f.max_unpool2d(X, X.long()[:, :2], 2), "indices must have the shape"),
    (lambda f: f.max_unpool2d(X, X.long() + 100, 2), "indices must be from 0 to 99"),
    (lambda f: f.max_unpool2d(X, X, 2), "indices must be a tensor of torch.int64"),
    (lambda f: f.max_unpool2d(X, X.long(), 2, output_size=(13, 10)), "output_size must be above 8"),
    (lambda f: f.pad(X, (1, 2, 3)), "pad must hold 2 integers an axis"),
    (lambda f: f.pad(X, (1, 1), mode="mirror"), "mode must be"),
    (lambda f: f.pad(X, (1, 1), mode="reflect"), "pad must be for all axes but C and N"),
    (lambda f: f.pad(X, (5, 0, 0, 0), mode="reflect"), "pad must be at most 4"),
    (lambda f: f.pad(X, (6, 0, 0, 0), mode="circular"), "pad must be at most 5"),
    (lambda f: f.pad(X, (1, 1, 1, 1), mode="reflect", value=2.0), "value must be None"),
    (lambda f: f.gelu(X, approximate="erf"), 'approximate must be "none" or "tanh"'),
    (lambda f: f.relu(X > 0), "input must have a dtype among"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_torch_refuses_is_refused_by_name(call, message):
    with pytest.raises((RuntimeError, ValueError, TypeError, NotImplementedError, AttributeError)):
        call(F)
    with pytest.raises((ValueError, TypeError), match=message):
        call(functional)


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


def test_two_devices_are_refused():
    with pytest.raises(ValueError, match="input, weight must share a device"):
        functional.conv2d(X, W.to("meta"))
