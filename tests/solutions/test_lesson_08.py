"""Lesson 08: what a learner may type for its exercises on activations."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from convlab.nn import functional
from tests.support.answers import Answers, LessonAnswers, Wrong


def slope(function, X):
    X = X.detach().clone().requires_grad_()
    return torch.autograd.grad(function(X).sum(), X)[0]


def by_lessons_slope(X):
    return slope(F.silu, X)


def by_backward(X):
    X = X.detach().clone().requires_grad_()
    F.silu(X).sum().backward()
    return X.grad


def with_exp(X):
    e = torch.exp(-X)
    return (1 + e + X * e) / (1 + e) ** 2


def with_difference(X):
    return (F.silu(X + 1e-3) - F.silu(X - 1e-3)) / 2e-3


def with_difference_in_float64(X):
    Z = X.double()
    return ((F.silu(Z + 1e-6) - F.silu(Z - 1e-6)) / 2e-6).to(X.dtype)


def by_torch_func(X):
    return torch.func.grad(lambda Z: F.silu(Z).sum())(X)


def by_forward_mode(X):
    return torch.func.jvp(F.silu, (X,), (torch.ones_like(X),))[1]


def by_torchs_backward(X):
    return torch.ops.aten.silu_backward(torch.ones_like(X), X)


def by_function_value(X):
    s = torch.sigmoid(X)
    return F.silu(X) + s * (1 - F.silu(X))


def by_tanh(X):
    t = torch.tanh(X / 2)
    return (1 + t) / 2 + X * (1 - t * t) / 4


def by_loop(X):
    values = [1 / (1 + math.exp(-x)) if x > -700 else 0.0 for x in X.flatten().tolist()]
    s = torch.tensor(values, dtype=X.dtype).reshape(X.shape)
    return s * (1 + X * (1 - s))


class Wide(nn.Module):
    def __init__(self, num_parameters=1, start=0.25):
        super().__init__()
        self.weight = nn.Parameter(torch.full((num_parameters,), start))

    def forward(self, X):
        return torch.where(X > 0, X, self.weight[:, None, None] * X)


def starting_at(value):
    class PReLU(Wide):
        def __init__(self, num_parameters=1):
            super().__init__(num_parameters, value)

    return PReLU


class RandomStart(Wide):
    def __init__(self, num_parameters=1):
        super().__init__(num_parameters)
        self.weight = nn.Parameter(torch.randn(num_parameters))


class EmptyStart(Wide):
    def __init__(self, num_parameters=1):
        super().__init__(num_parameters)
        self.weight = nn.Parameter(torch.empty(num_parameters))


class PlainTensor(Wide):
    def __init__(self, num_parameters=1):
        nn.Module.__init__(self)
        self.weight = torch.full((num_parameters,), 0.25)


class OneForAll(Wide):
    def __init__(self, num_parameters=1):
        super().__init__(1)


class OtherName(nn.Module):
    def __init__(self, num_parameters=1):
        super().__init__()
        self.slope = nn.Parameter(torch.full((num_parameters,), 0.25))

    def forward(self, X):
        return torch.where(X > 0, X, self.slope[:, None, None] * X)


class Ready(Wide):
    def forward(self, X):
        return F.prelu(X, self.weight)


class InPlace(Wide):
    def forward(self, X):
        return X.mul_(torch.where(X > 0, 1, self.weight[:, None, None]).detach())


class TwoHalves(Wide):
    def forward(self, X):
        return X.clamp(min=0) + self.weight.reshape(1, -1, 1, 1) * X.clamp(max=0)


class ByMask(Wide):
    def forward(self, X):
        positive = (X > 0).to(X.dtype)
        return X * (positive + self.weight.view(-1, 1, 1) * (1 - positive))


class ByReLU(Wide):
    def forward(self, X):
        return F.relu(X) - self.weight[None, :, None, None] * F.relu(-X)


class LastAxis(nn.Module):
    def __init__(self, num_parameters=1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(num_parameters) / 4)

    def forward(self, X):
        X = X.movedim(1, -1)
        return torch.where(X >= 0, X, X * self.weight).movedim(-1, 1)


def clamped_at_20(X, beta=1.0, threshold=20.0):
    bent = torch.log1p(torch.exp((beta * X).clamp(max=20))) / beta
    return torch.where(beta * X > threshold, X, bent)


def from_the_threshold_on(X, beta=1.0, threshold=20.0):
    bent = torch.log1p(torch.exp((beta * X).clamp(max=threshold))) / beta
    return torch.where(beta * X >= threshold, X, bent)


def where_alone(X, beta=1.0, threshold=20.0):
    return torch.where(beta * X > threshold, X, torch.log1p(torch.exp(beta * X)) / beta)


def naive(X, beta=1.0, threshold=20.0):
    return torch.log(1 + torch.exp(beta * X)) / beta


def with_abs(X, beta=1.0, threshold=20.0):
    Z = beta * X
    stable = (Z.clamp(min=0) + torch.log1p(torch.exp(-Z.abs()))) / beta
    return torch.where(threshold < Z, X, stable)


def in_default_dtype(X, beta=1.0, threshold=20.0):
    return double_where(X.float(), beta, threshold)


def with_log(X, beta=1.0, threshold=20.0):
    bent = torch.log(1 + torch.exp((beta * X).clamp(max=threshold))) / beta
    return torch.where(beta * X > threshold, X, bent)


def clamped_on_both_sides(X, beta=1.0, threshold=20.0):
    bent = torch.log1p(torch.exp((beta * X).clamp(-20.0, threshold))) / beta
    return torch.where(beta * X > threshold, X, bent)


def other_beta_by_default(X, beta=2.0, threshold=20.0):
    return by_clamp(X, beta, threshold)


def other_threshold_by_default(X, beta=1.0, threshold=5.0):
    return by_clamp(X, beta, threshold)


def threshold_of_20(X, beta=1.0, threshold=20.0):
    return double_where(X, beta, 20.0)


def beta_of_1(X, beta=1.0, threshold=20.0):
    return double_where(X, 1.0, threshold)


def ready_module(X, beta=1.0, threshold=20.0):
    return nn.Softplus(beta, threshold)(X)


def ready_packaged(X, beta=1.0, threshold=20.0):
    return functional.softplus(X, beta, threshold)


def double_where(X, beta=1.0, threshold=20.0):
    above = beta * X > threshold
    held = torch.where(above, torch.zeros_like(X), beta * X)
    return torch.where(above, X, torch.log1p(torch.exp(held)) / beta)


def by_clamp(X, beta=1.0, threshold=20.0):
    Z = beta * X
    bent = Z.clamp(max=threshold).exp().log1p() / beta
    return torch.where(threshold < Z, X, bent)


def by_logaddexp(X, beta=1.0, threshold=20.0):
    Z = beta * X
    return torch.where(threshold < Z, X, torch.logaddexp(Z, torch.zeros_like(Z)) / beta)


def by_logsigmoid(X, beta=1.0, threshold=20.0):
    return torch.where(beta * X > threshold, X, -F.logsigmoid(-beta * X) / beta)


def by_indexing(X, beta=1.0, threshold=20.0):
    Y = X.clone()
    below = beta * X <= threshold
    Y[below] = torch.log1p(torch.exp(beta * X[below])) / beta
    return Y


ANSWERS = {
    "silu_derivative": Answers(
        wrong=[
            Wrong(by_lessons_slope, "that is the one you are building"),
            Wrong(by_backward, "that is the one you are building: Tensor.backward"),
            Wrong(by_torch_func, "that is the one you are building: grad"),
            Wrong(by_forward_mode, "that is the one you are building: jvp"),
            Wrong(by_torchs_backward, "that is the one you are building"),
            Wrong(with_exp, "NaN"),
            Wrong(with_difference),
            Wrong(with_difference_in_float64),
            Wrong(torch.sigmoid, "One term of the product rule"),
            Wrong(lambda X: torch.sigmoid(X) * (1 - torch.sigmoid(X)), "slope of sigmoid itself"),
            Wrong(lambda X: F.silu(X), "the function, not its derivative"),
        ],
        right=[
            by_function_value,
            by_tanh,
            by_loop,
            lambda X: X.sigmoid() * (1 + X * (1 - X.sigmoid())),
            lambda X: torch.sigmoid(X) + X * torch.sigmoid(X) * torch.sigmoid(-X),
        ],
    ),
    "layers_to_millionth": Answers(
        wrong=[
            Wrong(9, "still a little above"),
            Wrong(20, "slopes of 1/2"),
            Wrong(6, "slopes of 1/10"),
            Wrong(11, "smaller number does"),
            Wrong(250_000, "multiply"),
            Wrong(9.966, "9.966 is not right"),
            Wrong("ten", "'ten' is not right"),
        ],
        right=[10, 10.0, torch.tensor(10), math.ceil(6 / math.log10(4))],
    ),
    "PReLU": Answers(
        wrong=[
            *(Wrong(starting_at(value), "weight") for value in (0.0, 0.01, 1.0)),
            Wrong(RandomStart, "weight"),
            Wrong(EmptyStart, "weight"),
            Wrong(PlainTensor, "no parameter called weight"),
            Wrong(OtherName, "no parameter called weight (found: slope)"),
            Wrong(OneForAll, "parameter weight has the wrong shape"),
            Wrong(Ready, "that is the one you are building: F.prelu"),
            Wrong(InPlace, "X was changed in place"),
        ],
        right=[TwoHalves, ByMask, ByReLU, LastAxis],
    ),
    "softplus": Answers(
        wrong=[
            Wrong(clamped_at_20, "cut off at 20"),
            Wrong(from_the_threshold_on, "At the threshold itself"),
            Wrong(where_alone, "backward() gives X a wrong gradient"),
            Wrong(naive, "overflows"),
            Wrong(with_abs, "backward() gives X a wrong gradient"),
            Wrong(in_default_dtype, "wrong dtype"),
            Wrong(with_log, "lost when it is added to 1"),
            Wrong(clamped_on_both_sides),
            Wrong(other_beta_by_default),
            Wrong(other_threshold_by_default),
            Wrong(threshold_of_20),
            Wrong(beta_of_1),
            Wrong(F.softplus, "that is the one you are building: F.softplus"),
            Wrong(ready_module, "that is the one you are building: F.softplus"),
            Wrong(ready_packaged, "that is the one you are building: softplus"),
        ],
        right=[double_where, by_clamp, by_logaddexp, by_logsigmoid, by_indexing],
    ),
}


class TestLesson08(LessonAnswers):
    lesson, answers = "08", ANSWERS
