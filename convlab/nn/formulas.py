"""Activations, by formulas that no float overflows."""

from math import pi, sqrt

import torch
from torch import Tensor

from convlab.nn import arguments
from convlab.nn.arguments import FLOATS, INTEGERS, wide


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(0, x) for each x; its derivative at 0 is 0. `inplace` writes into input."""
    x = _real(input, FLOATS | INTEGERS, inplace)
    return _answer(torch.where(x <= 0, 0, x), input, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where it is positive, negative_slope * x elsewhere. `inplace` writes into input."""
    x = _real(input, FLOATS, inplace)
    return _answer(torch.where(x > 0, x, negative_slope * x), input, inplace)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), with an exponential that never overflows; integers give floats."""
    input = _as_float(input)
    x = wide(input)
    small = torch.exp(_minus_abs(x))
    return _answer(torch.where(x >= 0, 1, small) / (1 + small), input)


def tanh(input: Tensor) -> Tensor:
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)), exact near 0 too; integers give floats."""
    input = _as_float(input)
    x = wide(input)
    small = torch.expm1(2 * _minus_abs(x))
    return _answer(torch.where(x >= 0, -small, small) / (2 + small), input)


def softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold."""
    x = _real(input, FLOATS)
    soft = torch.where(x >= 0, x, 0) + torch.log1p(torch.exp(_minus_abs(beta * x))) / beta
    return _answer(torch.where(beta * x > threshold, x, soft), input)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the chance that a normal number is below x; "tanh" takes a formula close to it."""
    x = _real(input, FLOATS)
    if approximate == "none":
        chance = (1 + torch.erf(x / sqrt(2))) / 2
    elif approximate == "tanh":
        chance = (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2
    else:
        raise ValueError(f'approximate must be "none" or "tanh", got {approximate!r}')
    return _answer(x * chance, input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x). `inplace` writes into input."""
    x = _real(input, FLOATS, inplace)
    return _answer(x * sigmoid(x), input, inplace)


def _minus_abs(x):
    """-|x| with the derivative -1 at 0, where that of torch.abs is 0."""
    return torch.where(x >= 0, -x, x)


def _real(input, dtypes, inplace=False):
    arguments.tensors(dtypes, input=input)
    return wide(input.clone() if inplace else input)


def _as_float(input):
    """Input for functions whose results are fractions: integers become the default float."""
    arguments.tensors(FLOATS | INTEGERS | {torch.bool}, input=input)
    return input if input.is_floating_point() else input.to(torch.get_default_dtype())


def _answer(result, input, inplace=False):
    result = result.to(input.dtype)
    return input.copy_(result) if inplace else result
