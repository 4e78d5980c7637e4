"""Answers to lesson 08, activations."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from convlab.nn import functional
from convlab.solutions.exercise import Constant, Exercise, Mistake

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
    yield (torch.tensor([-2.0, -1.0, 0.0, 1.0]),)
    yield (torch.tensor([-100.0, 100.0]),)
    yield (torch.tensor([-10_000.0, 10_000.0]),)
    # Here a quotient of differences, (f(x + h) - f(x - h)) / 2h, is rounded too much.
    yield (torch.tensor([-1e6, 1e6], dtype=torch.float64),)
    yield (torch.tensor([[-1.0], [3.0]]).expand(2, 3),)
    for shape in ((6,), (3, 4), (2, 3, 5)):
        for dtype in (torch.float32, torch.float64):
            yield (3 * torch.randn(shape, generator=generator, dtype=dtype),)
    yield (3 * torch.randn(4, 2, generator=generator).T,)


def _layers_to_millionth():
    kept, layers = torch.ones((), dtype=torch.float64), 0
    while kept >= 1e-6:
        kept, layers = kept / 4, layers + 1
    return layers


class _Slopes(nn.Module):
    """A slope of its own for each channel: one is above 1, one is negative."""

    def __init__(self, num_parameters=1):
        super().__init__()
        slopes = (0.5, 2.0, -1.0, 0.1, 0.0, -0.25, 3.0)
        self.weight = nn.Parameter(torch.tensor(slopes[:num_parameters]))


class _PReLUOracle(_Slopes):
    def forward(self, X):
        return F.prelu(X, self.weight)


def _prelu_cases(generator):
    # Not at 0, where the curve has a kink and every slope between the two would do.
    yield (2,), (torch.tensor([-4.0, 2.0, -1.0, 3.0]).reshape(1, 2, 1, 2),)
    yield (1,), (torch.tensor([-4.0, 2.0, -1.0, 3.0]).reshape(1, 1, 2, 2),)
    yield (3,), (torch.tensor([-1.0, -2.0, 3.0, 4.0, -5.0, 6.0]).reshape(2, 3, 1, 1),)
    yield (1,), (torch.randn(2, 3, 4, 4, generator=generator),)
    yield (3,), (torch.randn(3, 2, 4, 5, generator=generator).transpose(0, 1),)
    yield (2,), (torch.randn(1, 2, 1, 3, generator=generator).expand(2, 2, 4, 3),)
    for channels, shape in ((3, (3, 3, 3, 3)), (4, (2, 4, 4, 5)), (7, (1, 7, 2, 7))):
        yield (channels,), (torch.randn(shape, generator=generator),)


def _softplus(X, beta=1.0, threshold=20.0):
    Y = F.softplus(X, beta, threshold)
    # At the threshold the curve has a step, where no slope is right: there values are compared.
    return Y.detach() if (beta * X == threshold).any() else Y


def _softplus_cases(generator):
    yield torch.tensor([-1.0, 1.0, 1.5, 4.0]), 2.0, 3.0
    yield torch.tensor([2.0]), 1.0, 2.0
    yield (torch.tensor([-1.0, 8.0]),)
    yield torch.tensor([-1.0, 8.0]), 2.0
    yield torch.tensor([15.0, 30.0, 39.0, 41.0]), 1.0, 40.0
    yield torch.tensor([-1.0, 0.0, 1.0]), 2.0, 20.0
    yield torch.tensor([1.0, 1.5, 3.0, 4.0]), 0.5, 1.0
    yield torch.tensor([-4.0, 0.5, 1.5]), 4.0, 3.0
    yield torch.tensor([30.0, 100.0, 1000.0, 10_000.0]), 1.0, 20.0
    yield torch.tensor([-30.0, -100.0, -1000.0, -10_000.0]), 1.0, 20.0
    yield torch.tensor([[-10_000.0, 10_000.0], [50.0, -50.0]]), 3.0, 20.0
    yield torch.tensor([-10_000.0, 1000.0], dtype=torch.float64), 1.0, 20.0
    yield torch.tensor([-1e6]), 1.7e-5  # a quotient of two small numbers, which is not small
    yield torch.tensor([-1e6], dtype=torch.float64), 2.5e-5
    yield torch.tensor(0.0), 1.0, 20.0
    yield torch.tensor([[-1.0], [3.0]]).expand(2, 3), 1.0, 2.0
    yield torch.tensor([[-1.0, 3.0], [5.0, 0.5]]).T, 0.5, 1.0
    for dtype in (torch.float32, torch.float64):
        for shape, beta, threshold in (((7,), 1.0, 20.0), ((3, 5), 0.3, 4.0), ((2, 3, 4), 5, 10)):
            yield 10 * torch.randn(shape, generator=generator, dtype=dtype), beta, threshold


def _bent(X, beta, most):
    """Softplus's curve, held finite."""
    return torch.log1p(torch.exp((beta * X).clamp(max=most))) / beta


def _sigmoids_slope(X):
    s = torch.sigmoid(X)
    return s * (1 - s)


class _PReLUOfRows(_Slopes):
    def forward(self, X):
        return torch.where(X > 0, X, self.weight * X)


class _PReLUOfPositives(_Slopes):
    def forward(self, X):
        return torch.where(X < 0, X, self.weight[:, None, None] * X)


class _PReLUByMaximum(_Slopes):
    def forward(self, X):
        return torch.maximum(X, self.weight[:, None, None] * X)


class _PReLUFirstSlope(_Slopes):
    def forward(self, X):
        return torch.where(X > 0, X, self.weight[0] * X)


class _PReLUFixed(_Slopes):
    def forward(self, X):
        return F.leaky_relu(X, 0.25)


EXERCISES = {
    "silu_derivative": Exercise(
        oracle=_silu_derivative,
        cases=_silu_cases,
        hints=(
            "The product rule: the derivative of x * s(x) is s(x) + x * s'(x).",
            "You know the derivative of sigmoid: s * (1 - s).",
            "Use torch.sigmoid, which is stable, not an exp of your own.",
        ),
        difficulty=2,
        minutes=5,
        mistakes=(
            Mistake(_sigmoids_slope, "This is the slope of sigmoid itself, without x."),
            Mistake(lambda X: X * _sigmoids_slope(X), "One term of the product rule is missing."),
            Mistake(torch.sigmoid, "One term of the product rule is missing."),
            Mistake(
                lambda X: torch.sigmoid(X) + _sigmoids_slope(X),
                "In the second term the factor x is missing.",
            ),
            Mistake(F.silu, "This is the function, not its derivative."),
            Mistake(lambda X: torch.sigmoid(X) - X * _sigmoids_slope(X), "A sign is turned round."),
        ),
        ready=(
            torch.autograd.grad,
            torch.autograd.backward,
            torch.Tensor.backward,
            torch.autograd.functional.jacobian,
            torch.func.grad,
            torch.func.jvp,
            torch.func.vjp,
            torch.func.jacrev,
            torch.func.jacfwd,
            torch.ops.aten.silu_backward,
            "slope",
        ),
        instead="Write the formula that the product rule gives.",
    ),
    "layers_to_millionth": Exercise(
        oracle=_layers_to_millionth,
        hints=(
            "Five slopes of 1/4 multiply to 1/1024, about a thousandth.",
            "A millionth is a thousandth of a thousandth. 1/1024 is a little below 1/1000.",
            "Compare 4**9 = 262144 and 4**10 = 1048576 with a million.",
        ),
        difficulty=2,
        minutes=3,
        mistakes=(
            Mistake(9, "After this many the gradient is still a little above a millionth."),
            Mistake(11, "This many will do, but a smaller number does, too."),
            Mistake(20, "This is the number for slopes of 1/2."),
            Mistake(6, "This is the number for slopes of 1/10."),
            Mistake(5, "This reaches a thousandth, not a millionth."),
            Mistake(14, "This takes a slope of 1/e."),
            Mistake(250_000, "Slopes multiply; they do not add up."),
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
        difficulty=3,
        minutes=8,
        core=False,
        starts=lambda num_parameters: {"weight": Constant(0.25)},
        mistakes=(
            Mistake(_PReLUByMaximum, "The larger of the two is right only for slopes below 1."),
            Mistake(_PReLUOfPositives, "The slope belongs to the other side of 0."),
            Mistake(_PReLUFirstSlope, "All channels get the slope of the first one."),
            Mistake(_PReLUFixed, "The slope is a fixed number here, not the parameter."),
            Mistake(_PReLUOfRows, "The slopes meet the last axis; the channels are axis 1."),
        ),
        ready=(F.prelu,),
        instead="Choose between X and slope times X yourself.",
    ),
    "softplus": Exercise(
        oracle=_softplus,
        cases=_softplus_cases,
        hints=(
            "torch.where(beta * X > threshold, X, ...) chooses between the two.",
            "Right values but NaN in the gradient? Then the branch that was not chosen overflowed. "
            "It must be finite for every X, also where it is not used. At 0 the slope is 1/2: abs "
            "and relu have a kink there and lose it.",
            "Hold the input of exp down first: (beta * X).clamp(max=threshold).",
            "torch.log1p(torch.exp((beta * X).clamp(max=threshold))) / beta for the second branch.",
        ),
        difficulty=4,
        minutes=12,
        core=False,
        mistakes=(
            Mistake(
                lambda X, beta=1.0, threshold=20.0: torch.where(
                    beta * X > threshold, X, _bent(X, beta, 20)
                ),
                "The curve is cut off at 20: it has to go on up to any threshold.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: torch.where(
                    beta * X >= threshold, X, _bent(X, beta, threshold)
                ),
                "At the threshold itself the curve still holds: only above it stands X.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: torch.where(
                    threshold < X, X, _bent(X, beta, math.inf)
                ),
                "This compares X with the threshold, not beta * X.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: torch.where(
                    beta * X > threshold, beta * X, beta * _bent(X, beta, threshold)
                ),
                "There is no division by beta in this.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: torch.where(
                    beta * X > threshold,
                    X,
                    torch.log(1 + torch.exp((beta * X).clamp(max=threshold))) / beta,
                ),
                "A small exp is lost when it is added to 1.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: (
                    torch.logaddexp(beta * X, torch.zeros_like(X)) / beta
                ),
                "The threshold changes nothing here.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: _bent(X, beta, math.inf),
                "This overflows at large X, and the threshold changes nothing.",
            ),
            Mistake(
                lambda X, beta=1.0, threshold=20.0: torch.log(1 + torch.exp(beta * X)) / beta,
                "This overflows at large X, and the threshold changes nothing.",
            ),
        ),
        ready=(F.softplus, functional.softplus),
        instead="Build it from exp and log1p.",
    ),
}
