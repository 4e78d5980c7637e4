"""Answers to lesson 08, activations."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from convlab.solutions.exercise import Exercise

TITLE = "Activations"


def silu_derivative(X):
    """The derivative of X * sigmoid(X) at each element. X any shape, float; same shape."""
    s = torch.sigmoid(X)
    return s + X * s * (1 - s)


layers_to_millionth = math.ceil(math.log(1_000_000) / math.log(4))  # (1/4)**n < 1/1 000 000


class PReLU(nn.Module):
    """X where X > 0, and slope times X elsewhere, with a learned slope for each channel.

    num_parameters: C for a slope a channel, 1 for one slope that all channels share.
    Parameter: weight (num_parameters,), starts at 0.25.
    forward takes X (N, C, H, W) and gives the same shape.
    """

    def __init__(self, num_parameters=1):
        super().__init__()
        self.weight = nn.Parameter(torch.full((num_parameters,), 0.25))

    def forward(self, X):
        return torch.where(X > 0, X, self.weight[:, None, None] * X)


def softplus(X, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * X)) / beta, and X itself where beta * X > threshold.

    X any shape, float; the result has the shape and the dtype of X. Finite values and
    gradients everywhere.
    """
    bent = torch.log1p(torch.exp((beta * X).clamp(max=threshold))) / beta
    above = beta * X > threshold
    return torch.where(above, X, bent)


def _silu_derivative(X):
    with torch.enable_grad():
        X = X.detach().clone().requires_grad_()
        return torch.autograd.grad(F.silu(X).sum(), X)[0]


def _silu_cases(generator):
    yield (torch.tensor([0.0]),)
    yield (torch.tensor([-2.0, -1.0, 1.0, 2.0]),)
    yield (torch.tensor([-100.0, 100.0]),)
    yield (torch.tensor([-10_000.0, 10_000.0]),)
    yield (torch.tensor([-10_000.0, 10_000.0], dtype=torch.float64),)
    for shape in ((6,), (3, 4), (2, 3, 5)):
        for dtype in (torch.float32, torch.float64):
            yield (3 * torch.randn(shape, generator=generator, dtype=dtype),)


def _layers_to_millionth():
    kept, layers = torch.ones((), dtype=torch.float64), 0
    while kept >= 1e-6:
        kept, layers = kept / 4, layers + 1
    return layers


class _PReLUOracle(nn.PReLU):
    """Torch's own, with a slope of its own for each channel: one is above 1, one is negative."""

    def __init__(self, num_parameters=1):
        super().__init__(num_parameters)
        slopes = (0.5, 2.0, -1.0, 0.1, 0.0, -0.25, 3.0)
        self.weight = nn.Parameter(torch.tensor(slopes[:num_parameters]))


def _prelu_cases(generator):
    # Not at 0, where the curve has a kink and every slope between the two would do.
    yield (1,), (torch.tensor([-4.0, 2.0, -1.0, 3.0]).reshape(1, 1, 2, 2),)
    yield (2,), (torch.tensor([-4.0, 2.0, -1.0, 3.0]).reshape(1, 2, 1, 2),)
    yield (3,), (torch.tensor([-1.0, -2.0, 3.0, 4.0, -5.0, 6.0]).reshape(2, 3, 1, 1),)
    yield (1,), (torch.randn(2, 3, 4, 4, generator=generator),)
    for channels, shape in ((3, (3, 3, 3, 3)), (4, (2, 4, 4, 5)), (7, (1, 7, 2, 7))):
        yield (channels,), (torch.randn(shape, generator=generator),)


def _softplus_cases(generator):
    # Not at the threshold itself: the curve has a step there, so no slope is right.
    yield torch.tensor([-1.0, 0.0, 1.0]), 1.0, 20.0
    yield torch.tensor([-1.0, 0.0, 1.0]), 2.0, 20.0
    yield torch.tensor([1.0, 1.5, 3.0, 4.0]), 1.0, 2.0
    yield torch.tensor([1.0, 1.5, 3.0, 4.0]), 0.5, 1.0
    yield torch.tensor([-4.0, 0.5, 1.5]), 4.0, 3.0
    yield torch.tensor([30.0, 100.0, 1000.0, 10_000.0]), 1.0, 20.0
    yield torch.tensor([-30.0, -100.0, -1000.0, -10_000.0]), 1.0, 20.0
    yield torch.tensor([[-10_000.0, 10_000.0], [50.0, -50.0]]), 3.0, 20.0
    yield torch.tensor([-10_000.0, 1000.0], dtype=torch.float64), 1.0, 20.0
    yield torch.tensor(0.0), 1.0, 20.0
    for dtype in (torch.float32, torch.float64):
        for shape, beta, threshold in (((7,), 1.0, 20.0), ((3, 5), 0.3, 4.0), ((2, 3, 4), 5, 10)):
            yield 10 * torch.randn(shape, generator=generator, dtype=dtype), beta, threshold


EXERCISES = {
    "silu_derivative": Exercise(
        oracle=_silu_derivative,
        cases=_silu_cases,
        hints=(
            "The product rule: the derivative of x * s(x) is s(x) + x * s'(x).",
            "You know the derivative of sigmoid: s * (1 - s).",
            "Use torch.sigmoid, which is stable, not an exp of your own.",
        ),
    ),
    "layers_to_millionth": Exercise(
        oracle=_layers_to_millionth,
        hints=(
            "Five slopes of 1/4 multiply to 1/1024, about a thousandth.",
            "A millionth is a thousandth of a thousandth. 1/1024 is a little below 1/1000.",
            "Compare 4**9 = 262144 and 4**10 = 1048576 with a million.",
        ),
    ),
    "PReLU": Exercise(
        oracle=_PReLUOracle,
        cases=_prelu_cases,
        hints=(
            "The parameter: self.weight = nn.Parameter(torch.full((num_parameters,), 0.25)).",
            "The weight (C,) must meet axis 1 of (N, C, H, W): self.weight[:, None, None] "
            "has shape (C, 1, 1). A single slope fits in the same way.",
            "torch.where(X > 0, X, slope * X). A maximum of X and slope * X fails for slopes "
            "above 1.",
        ),
    ),
    "softplus": Exercise(
        oracle=lambda X, beta, threshold: F.softplus(X, beta, threshold),
        cases=_softplus_cases,
        hints=(
            "torch.where(beta * X > threshold, X, ...) chooses between the two.",
            "Right values but NaN in the gradient? Then the branch that was not chosen overflowed. "
            "It must be finite for every X, also where it is not used. At 0 the slope is 1/2: abs "
            "and relu have a kink there and lose it.",
            "Hold the input of exp down first: (beta * X).clamp(max=threshold).",
            "torch.log1p(torch.exp((beta * X).clamp(max=threshold))) / beta for the second branch.",
        ),
    ),
}
