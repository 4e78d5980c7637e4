"""Compare how a layer's parameters start with what is asked."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import nn

from convlab.solutions.exercise import Constant, Normal, Uniform

_LAYERS = 1000
_ELEMENTS = 64

# How probable it is that a right layer fails one of the comparisons below. The bounds by Hoeffding,
# Azuma and Dvoretzky-Kiefer-Wolfowitz hold for every number of samples.
_FALSE_ALARM = 1e-7


def start_problem(
    build: Callable[[], nn.Module], starts: Mapping[str, Constant | Uniform | Normal]
) -> str | None:
    """What is wrong with the way in which the parameters of a new layer start, or None."""
    torch.manual_seed(0)
    layers = [dict(build().named_parameters()) for _ in range(_LAYERS)]
    for name, start in starts.items():
        samples = torch.stack([layer[name].detach().flatten() for layer in layers]).double()
        remark = _constant if isinstance(start, Constant) else _random
        problem = remark(name, start, samples, layers[0][name].shape)
        if problem:
            return f"{name} must start {start}: {problem}"
    return None


def _constant(name, start, samples, shape):
    wrong = samples[(samples - start.value).abs() > 1e-6]
    return f"a new layer has {wrong[0]:.4g}" if len(wrong) else None


def _random(name, start, samples, shape):
    if not samples.isfinite().all():
        return "some elements are not finite"
    low, high = samples.min().item(), samples.max().item()
    if isinstance(start, Uniform) and (low < start.low - 1e-6 or high > start.high + 1e-6):
        return f"in {_LAYERS} new layers it lies between {low:.3g} and {high:.3g}"
    if (samples[0] == samples).all():
        return "every new layer starts with the same numbers"
    if samples.shape[1] > 1 and (samples[:, :1] == samples).all():
        return "all elements of a layer start with the same number"
    return (
        _shape(start, samples)
        or _dependence(name, start.probability(samples), shape)
        or _shape(start, samples.reshape(-1, 1))  # all together are more, if independent
    )


def _shape(start, samples):
    """Compare the distribution of each column with the right one, by their largest distance."""
    count, columns = samples.shape
    values = start.probability(samples).sort(dim=0).values
    steps = (torch.arange(count + 1) / count)[:, None]
    distance = max((steps[1:] - values).max(), (values - steps[:-1]).max())
    if distance <= math.sqrt(math.log(2 * columns / _FALSE_ALARM) / (2 * count)):
        return None
    spread = f"mean {samples.mean():.3g} and standard deviation {samples.std():.3g}"
    return f"in {_LAYERS} new layers it has {spread}, or another shape"


def _dependence(name, probabilities, shape):
    """Two elements, or one element in two layers, that go together."""
    count = probabilities.shape[1]
    chosen = torch.linspace(0, count - 1, min(count, _ELEMENTS)).long()
    Z = 2 * probabilities[:, chosen] - 1
    together = (Z.T @ Z / len(Z)).abs().triu(1) > _bound(len(chosen) ** 2)
    if together.any():
        places = (torch.unravel_index(place, shape) for place in chosen[together.nonzero()[0]])
        one, other = (f"{name}{[int(n) for n in place]}" for place in places)
        return f"{one} and {other} are not independent"
    if (Z[1:] * Z[:-1]).mean(dim=0).abs().max() > _bound(len(chosen)):
        return "one new layer starts much like the one before"
    return None


def _bound(comparisons):
    """What a mean of products between -1 and 1 stays below in all of the comparisons."""
    return math.sqrt(2 * math.log(2 * comparisons / _FALSE_ALARM) / (_LAYERS - 1))
