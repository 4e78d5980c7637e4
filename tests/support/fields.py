"""What a unit sees, measured by gradients: the oracle of `test_receptive.py`."""

import copy

import torch
from torch import nn

SMALL = 1e-6  # numbers so small that no ReLU6 and no sigmoid is saturated, whose gradient is 0


def positive(model: nn.Module, bias: float = SMALL) -> nn.Module:
    """A copy in float64 in which no path is lost: weights above zero, sums instead of maxima."""
    torch.manual_seed(0)
    model = copy.deepcopy(model).double().eval()
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child).__name__.startswith("MaxPool"):
                setattr(parent, name, _Sum(child))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = bias if name.endswith("bias") else 1 / max(1, parameter[0].numel())
            parameter.copy_((0.5 + torch.rand_like(parameter)) * scale)
    return model


def convolutional(name: str) -> nn.Sequential:
    """A network of torchvision, untrained, without its classifier."""
    from torchvision import models  # 5 s of processor time

    inception = {"init_weights": False, "aux_logits": False}
    model = getattr(models, name)(**(inception if name in ("googlenet", "inception_v3") else {}))
    if hasattr(model, "features"):
        return model.features
    head = ("avgpool", "dropout", "fc", "AuxLogits")
    return nn.Sequential(*(layer for n, layer in model.named_children() if n not in head))


class _Sum(nn.Module):
    """A maximum's windows with a sum in each; in ceil mode the end is filled up with zeros."""

    def __init__(self, pool):
        super().__init__()
        self.pool, self.axes = pool, int(type(pool).__name__[-2])

    def forward(self, x):
        pool = self.pool
        settings = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        k, s, p, d = (v if isinstance(v, tuple) else (v,) * self.axes for v in settings)
        sizes = zip(x.shape[2:], pool(x).shape[2:], k, s, p, d, strict=True)
        pads = [(q, (o - 1) * s + d * (k - 1) + 1 - n - q) for n, o, k, s, q, d in sizes]
        x = nn.functional.pad(x, [pad for pair in reversed(pads) for pad in pair])
        convolve = getattr(nn.functional, f"conv{self.axes}d")
        ones = x.new_ones(x.shape[1], 1, *k)
        return convolve(x, ones, stride=s, dilation=d, groups=x.shape[1]) + SMALL


def measured_box(
    model: nn.Module,
    shape: tuple[int, ...],
    index: tuple[int, ...],
    value: float = SMALL,
    tiny: float = 0.0,
) -> tuple[slice, ...]:
    """The box around all elements on which the gradient of the unit, all channels, is not zero.

    The input is `value` everywhere. `tiny` times the largest gradient still counts as zero:
    interpolation rounds weights of zero.
    """
    x = torch.full(shape, value, dtype=torch.float64, requires_grad=True)
    output = model(x)
    unit = output[(..., *index)] if output.dim() == len(shape) else output
    (gradient,) = torch.autograd.grad(unit.sum(), x)
    gradient = gradient.abs().sum((0, 1))
    seen = gradient > tiny * gradient.max()
    places = [places.unique() for places in seen.nonzero().unbind(1)]
    return tuple(slice(int(p.min()), int(p.max()) + 1) if len(p) else slice(0, 0) for p in places)
