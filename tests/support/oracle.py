"""What torch gives for the settings of the explorer of convolution, and the tables it keeps."""

import base64
import json
import zlib
from itertools import product

import torch
import torch.nn.functional as F


def draw(height, width, seed=0, whole=True):
    generator = torch.Generator().manual_seed(seed)
    if whole:
        return torch.randint(-9, 10, (height, width), generator=generator).float()
    return torch.randn(height, width, generator=generator)


def unpacked(explorer, trait="data"):
    return json.loads(zlib.decompress(base64.b64decode(getattr(explorer, trait))))


def torch_s(mode, X, K, stride=1, padding=0, dilation=1):
    image, kernel, size = X[None, None], K[None, None], tuple(K.shape)
    return {
        "correlation": lambda: F.conv2d(image, kernel, None, stride, padding, dilation),
        "convolution": lambda: F.conv2d(image, kernel.flip(2, 3), None, stride, padding, dilation),
        "transposed": lambda: F.conv_transpose2d(
            image, kernel, None, stride, padding, dilation=dilation
        ),
        "max": lambda: F.max_pool2d(image, size, stride, padding, dilation),
        "average": lambda: F.avg_pool2d(image, size, stride, padding),
    }[mode]()[0, 0]


def numbers(text):
    return torch.tensor([float(one.replace("~", "")) for one in text.split()])


def combinations(ranges):
    """Every setting of the ranges as (kernel, dilation, stride, padding), each (rows, columns)."""
    names = ("kernel", "dilation", "stride", "padding")
    spans = ((range(low, high + 1) for low, high in ranges[name]) for name in names)
    return product(*(product(*pair) for pair in spans))


def places(data, mode, kernel, dilation, stride, padding):
    """The table of these settings, and the rows and columns of it that are shown."""
    steps = stride if mode == "transposed" else (1, 1)
    table = data["tables"][mode][",".join(map(str, (*kernel, *dilation, *steps)))]
    axes, shown = [], []
    for i, name in enumerate(("rows", "columns")):
        axis = data["axes"][mode][name][f"{kernel[i]},{dilation[i]},{steps[i]}"]
        cut = padding[i] if mode == "transposed" else axis["padding"] - padding[i]
        step = 1 if mode == "transposed" else stride[i]
        length = len(axis["meets"][0])
        axes.append(axis)
        shown.append(range(cut, length - cut, step))
    return table, axes, shown
