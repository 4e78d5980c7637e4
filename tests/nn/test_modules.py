"""convlab.nn's Modules beside torch.nn's: same weights, same results, exchangeable."""

import inspect

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import convlab.nn
from convlab.nn.conv import _ConvNd
from convlab.nn.layer import Layer

X = {
    n: torch.randn(2, 4, *(8, 7, 6)[:n], generator=torch.Generator().manual_seed(n))
    for n in (1, 2, 3)
}
CONVOLUTIONS = [
    (f"{name}{n}d", settings)
    for n in (1, 2, 3)
    for name, settings in [
        ("Conv", {}),
        ("Conv", {"stride": 2, "padding": 1, "bias": False}),
        ("Conv", {"padding": "same", "dilation": 2, "groups": 2}),
        ("Conv", {"padding": "valid", "padding_mode": "circular"}),
        ("Conv", {"padding": 2, "padding_mode": "reflect"}),
        ("Conv", {"padding": (1, 2, 0)[:n], "padding_mode": "replicate"}),
        ("Conv", {"padding": "same", "padding_mode": "circular", "dtype": torch.float64}),
        ("ConvTranspose", {}),
        ("ConvTranspose", {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}),
        ("ConvTranspose", {"dilation": 2, "bias": False}),
    ]
]
POOLS = [
    (f"{name}{n}d", settings)
    for n in (1, 2, 3)
    for name, settings in [
        ("MaxPool", {"kernel_size": 3}),
        ("MaxPool", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ("MaxPool", {"kernel_size": 2, "dilation": 2, "return_indices": True}),
        ("AvgPool", {"kernel_size": 3}),
        ("AvgPool", {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
        ("AdaptiveAvgPool", {"output_size": 3}),
        ("AdaptiveAvgPool", {"output_size": (4, 3, 2)[:n]}),
        ("AdaptiveMaxPool", {"output_size": 3}),
        ("AdaptiveMaxPool", {"output_size": 2, "return_indices": True}),
    ]
] + [("AvgPool2d", {"kernel_size": 2, "divisor_override": 3})]
ACTIVATIONS = [
    ("ReLU", {}),
    ("ReLU", {"inplace": True}),
    ("LeakyReLU", {"negative_slope": 0.2}),
    ("LeakyReLU", {"inplace": True}),
    ("Sigmoid", {}),
    ("Tanh", {}),
    ("Softplus", {}),
    ("Softplus", {"beta": 2.0, "threshold": 1.0}),
    ("GELU", {}),
    ("GELU", {"approximate": "tanh"}),
    ("SiLU", {}),
    ("SiLU", {"inplace": True}),
]


def both(name, *arguments, **settings):
    """Ours and torch's, each built from the same seed."""
    built = []
    for room in (convlab.nn, nn):
        torch.manual_seed(0)
        built.append(getattr(room, name)(*arguments, **settings))
    return built


def axes(name):
    return int(name[-2])


@pytest.mark.parametrize("name", sorted(set(convlab.nn.__all__) - {"functional"}))
def test_constructor_arguments_are_torch_s(name):
    mine = inspect.signature(getattr(convlab.nn, name)).parameters
    theirs = inspect.signature(getattr(nn, name)).parameters
    assert list(mine) == list(theirs)
    for argument in mine:
        assert mine[argument].default == theirs[argument].default


@pytest.mark.parametrize(("name", "settings"), CONVOLUTIONS, ids=str)
def test_convolutions(name, settings):
    mine, theirs = both(name, 4, 6, (3, 2, 4)[: axes(name)], **settings)
    assert repr(mine) == repr(theirs)
    assert_close(mine.state_dict(), theirs.state_dict(), rtol=0, atol=0)
    x = X[axes(name)].to(settings.get("dtype", torch.float32))
    assert_close(mine(x), theirs(x))
    nn.init.ones_(theirs.weight)
    mine.load_state_dict(theirs.state_dict())
    assert_close(mine(x), theirs(x))
    nn.init.zeros_(mine.weight)
    theirs.load_state_dict(mine.state_dict())
    assert_close(mine(x[0]), theirs(x[0]))


@pytest.mark.parametrize(("name", "settings"), POOLS, ids=str)
def test_pools(name, settings):
    mine, theirs = both(name, **settings)
    assert repr(mine) == repr(theirs)
    assert_close(mine(X[axes(name)]), theirs(X[axes(name)]))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_unpooling(n):
    pool = nn.__dict__[f"MaxPool{n}d"](2, return_indices=True)
    mine, theirs = both(f"MaxUnpool{n}d", 2)
    assert repr(mine) == repr(theirs)
    even = X[n][(..., *(slice(6),) * n)]
    for x, size in ((even, None), (X[n], X[n].shape), (X[n], X[n].shape[2:])):
        assert_close(mine(*pool(x), size), theirs(*pool(x), size))


@pytest.mark.parametrize(("name", "settings"), ACTIVATIONS, ids=str)
def test_activations(name, settings):
    mine, theirs = both(name, **settings)
    assert repr(mine) == repr(theirs)
    x, y = X[2].clone(), X[2].clone()
    assert_close(mine(x), theirs(y))
    assert_close(x, y)


@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "SiLU"])
def test_in_place_keeps_the_gradient(name):
    mine, theirs = both(name, inplace=True)
    gradients = []
    for layer in (mine, theirs):
        x = X[1].clone().requires_grad_()
        (layer(x * 2) ** 2).sum().backward()
        gradients.append(x.grad)
    assert_close(*gradients)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_output_size_of_a_transposed_convolution(n):
    mine, theirs = both(f"ConvTranspose{n}d", 4, 2, 3, stride=2, padding=1)
    size = [2 * length for length in X[n].shape[2:]]
    assert_close(mine(X[n], output_size=size), theirs(X[n], output_size=size))
    with pytest.raises(ValueError, match="output_size must be between"):
        mine(X[n], output_size=[3 * length for length in size])


def swapped(model):
    """The model with each layer that we have made into ours, weights kept."""
    for name, child in model.named_children():
        kind = type(child).__name__
        if kind not in convlab.nn.__all__:
            swapped(child)
            continue
        ours = getattr(convlab.nn, kind)
        accepted = inspect.signature(ours).parameters
        settings = {n: v for n, v in vars(child).items() if n in accepted}
        if "bias" in accepted:
            settings["bias"] = child.bias is not None
        layer = ours(**settings)
        layer.load_state_dict(child.state_dict())
        setattr(model, name, layer)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "vgg11"])
def test_a_whole_network_of_torchvision_with_our_layers(name):
    from torchvision import models  # 5 s of processor time

    torch.manual_seed(0)
    model = getattr(models, name)(num_classes=10).eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        want = model(x)
        layers = [m for m in swapped(model).modules() if isinstance(m, (_ConvNd, Layer))]
        assert len(layers) > 20
        assert not any(type(m) in (nn.Conv2d, nn.ReLU, nn.MaxPool2d) for m in model.modules())
        assert_close(model(x), want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.Conv2d(3, 8, 3, groups=2), ValueError, "groups must divide"),
        (lambda m: m.Conv2d(3, 8, 3, padding="half"), ValueError, "padding must be integers"),
        (lambda m: m.Conv2d(3, 8, 3, 2, "same"), ValueError, "stride must be 1"),
        (lambda m: m.Conv2d(3, 8, 3, padding_mode="mirror"), ValueError, "padding_mode must be"),
        (lambda m: m.Conv2d(3, 8, (3, 3, 3)), ValueError, "kernel_size must be an integer or 2"),
        (lambda m: m.Conv2d(3, 8, 0), ValueError, "kernel_size must be at least 1"),
        (lambda m: m.Conv2d(3, 8, 3.0), TypeError, "kernel_size must be an integer"),
        (lambda m: m.ConvTranspose1d(3, 8, 3, padding_mode="reflect"), ValueError, "zeros"),
    ],
)
def test_bad_settings_are_refused_when_built(call, error, message):
    with pytest.raises(error, match=message):
        call(convlab.nn)
