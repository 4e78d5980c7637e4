"""A network with another kernel size, stride or dilation in some of its layers."""

import copy
import re

from torch import nn

from convlab.validation import integers

NAMES = {"kernel": "kernel_size", "stride": "stride", "dilation": "dilation"}
MOST = {"kernel": 11, "stride": 4, "dilation": 4}
_ALIKE = ["in_channels", "out_channels", "groups", "padding_mode", "ceil_mode", "return_indices"]
Settings = list[list[int]]
Changes = dict[str, Settings]


def settings(layer: nn.Module) -> Settings | None:
    """Kernel size, stride and dilation along each axis; None where none can be changed.

    Convolutions and poolings of torch.nn and of convlab.nn can; average pooling has dilation 1.
    """
    kind = type(layer)
    found = re.fullmatch(r"(?:Conv|ConvTranspose|MaxPool|AvgPool)([123])d", kind.__name__)
    if not found or not kind.__module__.startswith(("torch.nn.", "convlab.nn.")):
        return None
    count = int(found[1])
    return [_each(getattr(layer, name, 1), count) for name in NAMES.values()]


def dilates(layer: nn.Module) -> bool:
    return hasattr(layer, "dilation")


def padding(layer: nn.Module, axis: int) -> int | str:
    return layer.padding if isinstance(layer.padding, str) else _each(layer.padding, 3)[axis]


def changed(model: nn.Module, changes: Changes) -> nn.Module:
    """A copy of `model`, which has no numbers, with other settings in the layers named.

    Padding that is half of the kernel's reach, d(k - 1)/2, becomes the new half; other padding
    stays. Of a transposed convolution, output padding that is no longer allowed is cut.

    Raises:
        ValueError: a setting is out of range, or the layer refuses it.
    """
    twin = copy.deepcopy(model)
    for name, wanted in changes.items():
        layer = twin.get_submodule(name)
        was = settings(layer)
        _require(name, wanted, was)
        twin.set_submodule(name, _remade(layer, was, wanted))
    return twin.eval()


def _remade(layer, was, wanted):
    given = {name: getattr(layer, name) for name in _ALIKE if hasattr(layer, name)}
    given |= dict(zip(NAMES.values(), map(tuple, wanted), strict=True))
    given["padding"] = _padding(layer, was, wanted)
    if not dilates(layer):
        del given["dilation"]
    if hasattr(layer, "weight"):
        given |= {"bias": layer.bias is not None, "device": "meta", "dtype": layer.weight.dtype}
    if type(layer).__name__.startswith("ConvTranspose"):
        _, stride, dilation = wanted
        extra = zip(layer.output_padding, stride, dilation, strict=True)
        given["output_padding"] = tuple(min(o, max(s, d) - 1) for o, s, d in extra)
    return type(layer)(**given)


def _padding(layer, was, wanted):
    if isinstance(layer.padding, str):
        return layer.padding
    pools = not hasattr(layer, "weight")
    found = []
    for p, k, d, new_k, new_d in zip(
        _each(layer.padding, len(was[0])), was[0], was[2], wanted[0], wanted[2], strict=True
    ):
        if 2 * p == d * (k - 1) and not (pools and p == 0):
            p = new_d * (new_k - 1) // 2
            p = min(p, new_k // 2) if pools else p  # torch's own limit
        found.append(p)
    return tuple(found)


def _require(name, wanted, was):
    if was is None:
        raise ValueError(f"{name} has no kernel size, stride and dilation to change")
    for (setting, most), values, old in zip(MOST.items(), wanted, was, strict=True):
        if len(values) != len(old) or min(integers(setting, tuple(values))) < 1:
            raise ValueError(f"{setting} of {name} must be {len(old)} integers from 1 on")
        if max(values) > max(most, *old):
            raise ValueError(f"{setting} of {name} must be at most {max(most, *old)}, got {values}")


def _each(value, count):
    return list(value) if isinstance(value, (tuple, list)) else [value] * count
