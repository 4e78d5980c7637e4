"""What the tables of the explorer of receptive fields say, unrolled, and networks to try it on."""

from collections import OrderedDict

import torch
from torch import nn

from convlab.explore.strips import Book, picture


class Join(nn.Module):
    def __init__(self, *branches, dim=None):
        super().__init__()
        self.branches, self.dim = nn.ModuleList(branches), dim

    def forward(self, x):
        parts = [branch(x) for branch in self.branches]
        return torch.cat(parts, self.dim) if self.dim else sum(parts)


def conv(k, s=1, p=0, d=1, axes=2, **more):
    return getattr(nn, f"Conv{axes}d")(1, 1, k, s, p, d, **more)


def resnet50():
    model = nn.Sequential(conv(7, 2, 3), nn.MaxPool2d(3, 2, 1))
    for stage, count in enumerate((3, 4, 6, 3)):
        for block in range(count):
            s = 2 if stage > 0 and block == 0 else 1
            shortcut = conv(1, s) if block == 0 else nn.Identity()
            model.append(Join(nn.Sequential(conv(1), conv(3, s, 1), conv(1)), shortcut))
    return model


NETWORKS = {
    "chain": (nn.Sequential(conv(3), nn.ReLU(), conv(4, 2, 1), nn.MaxPool2d(3, 2, 1)), (13, 12)),
    "dilated": (nn.Sequential(conv(3, 1, 2, 2), conv(3, 1, 2, 2)), (9, 9)),
    "rectangular": (nn.Sequential(conv((3, 1), (1, 2)), conv((1, 4), 1, (0, 2))), (8, 11)),
    "enlarging": (
        nn.Sequential(conv(3), nn.ConvTranspose2d(1, 1, 3, 2, 1), nn.Upsample(scale_factor=2)),
        (6, 6),
    ),
    "borders": (
        nn.Sequential(
            conv(3, 1, 2, padding_mode="circular"), conv(5, 1, 3, padding_mode="reflect")
        ),
        (7, 7),
    ),
    "branches": (nn.Sequential(conv(3, 2, 1), Join(conv(5, 1, 2), conv(1), nn.Identity())), (9, 9)),
    "side by side": (
        nn.Sequential(conv(3), Join(nn.Identity(), conv(3, 1, (1, 0)), dim=3)),
        (6, 6),
    ),
    "bins": (nn.Sequential(conv(3, 1, 1), nn.AdaptiveAvgPool2d(3), nn.AvgPool2d(2, 1)), (8, 8)),
    "dense": (
        nn.Sequential(conv(3, 2), nn.InstanceNorm2d(1), nn.Flatten(), nn.Linear(9, 2)),
        (8, 8),
    ),
    "signal": (nn.Sequential(conv(3, 2, 4, 3, axes=1), nn.AvgPool1d(2)), (20,)),
    "volume": (nn.Sequential(conv((1, 2, 3), axes=3), nn.MaxPool3d(2)), (5, 6, 7)),
}


def example(**layers):
    """The network of `explore.receptive_field()`, with other (k, s, p, d) in some layers."""
    settings = {
        "conv1": (3, 1, 1, 1),
        "conv2": (3, 1, 1, 1),
        "pool": (2, 2, 0, 1),
        "conv3": (3, 1, 1, 1),
        "conv4": (3, 1, 2, 2),
    } | layers
    return nn.Sequential(
        OrderedDict(
            (name, nn.MaxPool2d(*four) if name == "pool" else conv(*four))
            for name, four in settings.items()
        )
    )


def strips(data, key="{}", axis=0):
    return [data["strips"][number] for number in data["pictures"][key][axis]]


def tables(model, size, axis=0):
    """The tables of a network, and its strips along one axis."""
    book = Book()
    ids = picture(model, (1, 1, *size), book)
    data = book.tables()
    return data, [data["strips"][number] for number in ids[axis]]


def reads(data, number):
    """For each unit the units that it reads."""
    found = []
    for count, first, advance, kind in data["reads"][number]:
        for i in range(count):
            gaps = data["patterns"][kind]
            read = None if gaps is None else [first + i * advance]
            for gap in gaps or ():
                read.append(read[-1] + gap)
            found.append(read or [])
    return found


def seen(data, shown, layer, unit):
    """For each strip, the units that a unit of a layer sees."""
    found = [set() for _ in shown]
    found[layer] = {unit}
    for i in range(layer, 0, -1):
        for source, number in shown[i]["reads"]:
            table = reads(data, number)
            found[source] |= {read for j in found[i] for read in table[j]}
    return found


def reach(strip, unit):
    """The first and the last that a unit would see of an input without ends."""
    ends = [
        (first + i * advance, first + i * advance + long - 1)
        for count, first, advance, long in strip["reach"]
        for i in range(count)
    ]
    return ends[unit] if ends[unit][1] >= ends[unit][0] else None


def gradients(model, size, unit):
    """The inputs with a gradient, along the last axis, for the unit in the middle of the others."""
    model = model.double()
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    x = torch.ones(1, 1, *size, dtype=torch.float64, requires_grad=True)
    y = model(x)
    middle = (n // 2 for n in y.shape[2:-1])
    (gradient,) = torch.autograd.grad(y[(0, 0, *middle, unit)], x)
    return set(gradient.nonzero()[:, -1].tolist())
