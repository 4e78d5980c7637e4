"""A network with another kernel size, stride or dilation in some of its layers."""

import copy
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from torch import nn

from convlab.explore.schema import ReceptiveFieldChanges
from convlab.validation import integers

NAMES = {"kernel": "kernel_size", "stride": "stride", "dilation": "dilation"}
MOST = {"kernel": 11, "stride": 4, "dilation": 4}
_ALIKE = ["in_channels", "out_channels", "groups", "padding_mode", "ceil_mode", "return_indices"]
Settings: TypeAlias = list[list[int]]
Changes: TypeAlias = ReceptiveFieldChanges


def settings(layer: nn.Module) -> Settings | None:
    """Kernel size, stride and dilation along each axis; None where none can be changed.

    Convolutions and poolings of torch.nn and of convlab.nn can; average pooling has dilation 1.
    """
    kind = type(layer)
    match = re.fullmatch(r"(?:Conv|ConvTranspose|MaxPool|AvgPool)([123])d", kind.__name__)
    if not match or not kind.__module__.startswith(("torch.nn.", "convlab.nn.")):
        return None
    count = int(match[1])
    return [_each(getattr(layer, name, 1), count) for name in NAMES.values()]


def dilates(layer: nn.Module) -> bool:
    return hasattr(layer, "dilation")


def padding(layer: Any, axis: int) -> int | str:
    return layer.padding if isinstance(layer.padding, str) else _each(layer.padding, 3)[axis]


def variant(model: nn.Module, changes: Changes) -> nn.Module:
    """A copy of `model`, which has no numbers, with other settings in the layers named.

    Padding that is half of the kernel's reach, d(k - 1)/2, becomes the new half; other padding
    stays. Of a transposed convolution, output padding that is no longer allowed is cut.

    Raises:
        ValueError: a setting is out of range, or the layer refuses it.
    """
    twin = copy.deepcopy(model)
    for name, new in changes.items():
        layer = twin.get_submodule(name)
        twin.set_submodule(name, _twin(layer, _require(name, new, settings(layer)), new))
    return twin.eval()


def _twin(layer: Any, old: Settings, new: Settings) -> nn.Module:
    arguments = {name: getattr(layer, name) for name in _ALIKE if hasattr(layer, name)}
    arguments |= dict(zip(NAMES.values(), map(tuple, new), strict=True))
    arguments["padding"] = _new_padding(layer, old, new)
    if not dilates(layer):
        del arguments["dilation"]
    if hasattr(layer, "weight"):
        bias, dtype = layer.bias is not None, layer.weight.dtype
        arguments |= {"bias": bias, "device": "meta", "dtype": dtype}
    if type(layer).__name__.startswith("ConvTranspose"):
        _, stride, dilation = new
        extra = zip(layer.output_padding, stride, dilation, strict=True)
        arguments["output_padding"] = tuple(min(o, max(s, d) - 1) for o, s, d in extra)
    return type(layer)(**arguments)


def _new_padding(layer: Any, old: Settings, new: Settings) -> str | tuple[int, ...]:
    if isinstance(layer.padding, str):
        return layer.padding
    pools = not hasattr(layer, "weight")
    paddings = _each(layer.padding, len(old[0]))
    result = []
    for p, k, d, new_k, new_d in zip(paddings, old[0], old[2], new[0], new[2], strict=True):
        if 2 * p == d * (k - 1) and not (pools and p == 0):
            p = new_d * (new_k - 1) // 2
            p = min(p, new_k // 2) if pools else p  # torch's own limit
        result.append(p)
    return tuple(result)


def _require(name: str, new: Settings, old: Settings | None) -> Settings:
    """`old`, the settings of a layer, which may become `new`."""
    if old is None:
        raise ValueError(f"{name} has no kernel size, stride and dilation to change")
    for (setting, most), values, own in zip(MOST.items(), new, old, strict=True):
        if len(values) != len(own) or min(integers(setting, tuple(values))) < 1:
            raise ValueError(f"{setting} of {name} must be {len(own)} integers from 1 on")
        if max(values) > max(most, *own):
            raise ValueError(f"{setting} of {name} must be at most {max(most, *own)}, got {values}")
    return old


def _each(value: int | Sequence[int], count: int) -> list[int]:
    return [value] * count if isinstance(value, int) else list(value)
