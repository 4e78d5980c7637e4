"""Answers to the lesson that makes a layer of `corr2d`."""

import torch
import torch.nn.functional as F
from torch import nn

from convlab.corr import Conv2D, corr2d
from convlab.solutions.exercise import Constant, Exercise, Mistake, Uniform

TITLE = "A layer that learns: Conv2D"


parameter_count = 3 * 5 + 1  # a weight for each cell of the kernel, and one bias


def count_parameters(module):
    """How many numbers of an nn.Module training may change (an int), frozen ones left out."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def input_gradient(weight, G):
    """Gradient of a loss with respect to X (H, W), where Y = corr2d(X, weight).

    weight (h, w); G (H - h + 1, W - w + 1): gradient of the loss with respect to Y.
    weight and G have one dtype; gives (H, W) in it.
    """
    h, w = weight.shape
    rows, columns = G.shape
    gradient = torch.zeros(rows + h - 1, columns + w - 1, dtype=G.dtype, device=G.device)
    for i in range(rows):
        for j in range(columns):
            gradient[i : i + h, j : j + w] += G[i, j] * weight
    return gradient


class MultiConv2D(nn.Module):
    """C kernels on one picture.

    kernel_size (h, w), out_channels C. Parameters: weight (C, h, w), uniform in [0, 1);
    bias (C,), zero. forward takes X (H, W) and gives Y (C, H - h + 1, W - w + 1).
    """

    def __init__(self, kernel_size, out_channels):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(out_channels, *kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, X):
        pictures = torch.stack([corr2d(X, kernel) for kernel in self.weight])
        return pictures + self.bias[:, None, None]


class _MultiConv2DOracle(nn.Module):
    def __init__(self, kernel_size, out_channels):
        super().__init__()
        shape = (out_channels, *kernel_size)
        self.weight = nn.Parameter(torch.arange(1.0, torch.Size(shape).numel() + 1).reshape(shape))
        self.bias = nn.Parameter(10 * torch.arange(1.0, out_channels + 1))

    def forward(self, X):
        return F.conv2d(X[None, None], self.weight[:, None], self.bias)[0]


def _multi_cases(generator):
    yield ((1, 2), 2), (torch.tensor([[0.0, 1.0, 3.0]]),)
    yield ((1, 1), 1), (torch.tensor([[3.0]]),)
    yield ((2, 2), 2), (torch.arange(9.0).reshape(3, 3),)
    yield ((2, 1), 1), (torch.tensor([[1.0, 0.0, 4.0], [0.0, 2.0, 1.0]]),)
    yield ((2, 2), 3), (torch.arange(6.0).reshape(2, 3).t(),)
    yield ((1, 2), 2), (torch.tensor([[1.0], [2.0]]).expand(2, 3),)
    for kernel_size, channels, size in (
        ((3, 3), 4, (6, 6)),
        ((2, 5), 3, (9, 7)),
        ((5, 2), 7, (8, 8)),
    ):
        yield (kernel_size, channels), (torch.randn(size, generator=generator),)


class _OneBias(_MultiConv2DOracle):
    def forward(self, X):
        return F.conv2d(X[None, None], self.weight[:, None])[0] + self.bias[0]


class _NoBias(_MultiConv2DOracle):
    def forward(self, X):
        return F.conv2d(X[None, None], self.weight[:, None])[0]


class _OneKernel(_MultiConv2DOracle):
    def forward(self, X):
        weight = self.weight[:1].expand_as(self.weight)
        return F.conv2d(X[None, None], weight[:, None], self.bias)[0]


class _Turned(_MultiConv2DOracle):
    def forward(self, X):
        return F.conv2d(X[None, None], self.weight.flip(1, 2)[:, None], self.bias)[0]


class _AlongColumns(_MultiConv2DOracle):
    def forward(self, X):
        return F.conv2d(X[None, None], self.weight[:, None])[0] + self.bias


class _Batch(_MultiConv2DOracle):
    def forward(self, X):
        return super().forward(X)[None]


class _Summed(_MultiConv2DOracle):
    def forward(self, X):
        return super().forward(X).sum(0)


class _LastAxis(_MultiConv2DOracle):
    def forward(self, X):
        return super().forward(X).permute(1, 2, 0)


def _count_oracle(module):
    learnable = {
        id(p): p for m in module.modules() for p in m._parameters.values() if p is not None
    }
    return sum(len(p.detach().flatten()) for p in learnable.values() if p.requires_grad)


def _frozen(layer, note):
    """Freeze a layer and let its repr, which `check` shows, say so."""
    layer.requires_grad_(False)
    return _noted(layer, note)


def _noted(layer, note):
    text = layer.extra_repr()
    layer.extra_repr = lambda: f"{text}, {note}" if text else note
    return layer


def _modules():
    yield nn.Sequential(_frozen(nn.Linear(4, 3), "frozen"), nn.Linear(3, 2))
    yield Conv2D(2)
    yield Conv2D((3, 5))
    yield nn.ReLU()
    yield nn.Linear(3, 2, bias=False)
    yield nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))
    layer = Conv2D(3)
    layer.bias.requires_grad_(False)
    yield _noted(layer, "only the bias frozen")
    yield _noted(nn.BatchNorm1d(5).eval(), "with 11 numbers in buffers")
    shared = nn.Linear(3, 3)
    yield _noted(nn.Sequential(shared, nn.ReLU(), shared), "the same layer twice")
    one, other = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    other.weight = one.weight
    yield _noted(nn.Sequential(one, other), "both layers hold the same weight")


def _count_cases(generator):
    for module in _modules():
        before = _condition(module)
        yield (module,)
        if _condition(module) != before:
            raise ValueError("module was changed: count its parameters and leave it as it was")


def _condition(module):
    """What a function that only counts must leave alone."""
    parameters = [(p.requires_grad, p.tolist()) for p in module.parameters()]
    return parameters, [inner.training for inner in module.modules()]


def _input_gradient_cases(generator):
    yield torch.tensor([[1.0, 2.0], [3.0, 5.0]]), torch.tensor([[1.0, 10.0]])
    yield torch.tensor([[2.0]]), torch.tensor([[3.0]])
    yield torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0]])
    yield torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.0, 0.0], [0.0, 10.0]])
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    yield torch.tensor([[1.0, 2.0, 4.0]]).t(), torch.arange(6.0).reshape(2, 3).t()
    yield torch.tensor([2.0]).expand(2, 2), torch.tensor([[1.0], [3.0]]).expand(2, 3)
    for kernel_size, size in (((2, 2), (4, 4)), ((3, 5), (2, 6)), ((4, 1), (5, 3))):
        for dtype in (torch.float32, torch.float64):
            yield tuple(
                torch.randn(shape, generator=generator, dtype=dtype)
                for shape in (kernel_size, size)
            )


def _back(weight, G):
    """The right gradient without the functions that are refused, for mistakes."""
    h, w = weight.shape
    return corr2d(F.pad(G, (w - 1, w - 1, h - 1, h - 1)), weight.flip(0, 1))


def _last_window_only(weight, G):
    """Each window overwrites what the ones before it have left."""
    (h, w), (rows, columns) = weight.shape, G.shape
    gradient = G.new_zeros(rows + h - 1, columns + w - 1)
    for i in range(rows):
        for j in range(columns):
            gradient[i : i + h, j : j + w] = G[i, j] * weight
    return gradient


EXERCISES = {
    "parameter_count": Exercise(
        oracle=lambda: sum(p.numel() for p in Conv2D((3, 5)).parameters()),
        hints=(
            "Does the picture's size occur anywhere in __init__?",
            "The weight has one number for each cell of the kernel. What else is learned?",
            "3 rows of 5 weights, and the bias.",
        ),
        difficulty=1,
        minutes=2,
        mistakes=(
            Mistake(15, "The layer learns one thing more than its weight."),
            Mistake(30, "There is one bias for the whole layer, not one for each weight."),
            Mistake(8, "A kernel of 3 rows and 5 columns has a weight for each of its cells."),
            Mistake(9, "A kernel of 3 rows and 5 columns has a weight for each of its cells."),
            Mistake(15 + 98 * 96, "There is one bias for the whole output, not one an element."),
            Mistake(98 * 96, "That is the output's size. Learned are the layer's own numbers."),
            Mistake(10_000, "That is the picture's size. Learned are the layer's own numbers."),
            Mistake(15 * 98 * 96, "Those are products. All places share the same weights."),
            Mistake(15 * 10_000, "All places of the picture share the same weights."),
            Mistake(15 * 10_000 + 1, "All places of the picture share the same weights."),
            Mistake(2, "That is how many parameters there are. How many numbers do they hold?"),
        ),
    ),
    "count_parameters": Exercise(
        oracle=_count_oracle,
        cases=_count_cases,
        hints=(
            "module.parameters() gives every parameter, those of the modules inside included.",
            "A parameter knows its number of elements, p.numel(), and whether it is learned, "
            "p.requires_grad.",
            "Sum p.numel() over the p in module.parameters() that have p.requires_grad.",
        ),
        difficulty=2,
        minutes=5,
        mistakes=(
            Mistake(
                lambda module: sum(p.numel() for p in module.parameters()),
                "Frozen parameters are counted, too.",
            ),
            Mistake(
                lambda module: len([p for p in module.parameters() if p.requires_grad]),
                "This counts parameters. How many numbers does each of them hold?",
            ),
            Mistake(
                lambda module: len(list(module.parameters())),
                "This counts parameters, the frozen ones, too. How many numbers do they hold?",
            ),
            Mistake(
                lambda module: sum(
                    p.numel() for p in module.parameters(recurse=False) if p.requires_grad
                ),
                "The parameters of the modules inside are missing.",
            ),
            Mistake(
                lambda module: sum(
                    p.numel()
                    for m in (module, *module.children())
                    for p in m.parameters(recurse=False)
                    if p.requires_grad
                ),
                "A module inside may have modules inside, too: those are missing.",
            ),
            Mistake(
                lambda module: sum(
                    p.numel()
                    for m in module.modules()
                    for p in m.parameters(recurse=False)
                    if p.requires_grad
                ),
                "A parameter that two layers hold is counted twice.",
            ),
            Mistake(
                lambda module: sum(
                    p.numel() for m in module.modules() for p in m.parameters() if p.requires_grad
                ),
                "modules() goes through all levels, and so does parameters(): use one of them.",
            ),
            Mistake(
                lambda module: sum(p.numel() for p in module.parameters() if not p.requires_grad),
                "This counts the frozen ones.",
            ),
            Mistake(
                lambda module: sum(value.numel() for value in module.state_dict().values()),
                "A state dict also holds what is saved but not learned.",
            ),
            Mistake(
                lambda module: sum(len(p) for p in module.parameters() if p.requires_grad),
                "len() of a tensor is the length of its first axis only.",
            ),
        ),
    ),
    "MultiConv2D": Exercise(
        oracle=_MultiConv2DOracle,
        cases=_multi_cases,
        hints=(
            "The weight's first axis counts the kernels: `for kernel in self.weight` gives each "
            "(h, w) kernel.",
            "torch.stack puts pictures of one shape along a new first axis.",
            "The bias (C,) must meet the first axis of (C, rows, columns): "
            "self.bias[:, None, None] has shape (C, 1, 1).",
        ),
        difficulty=3,
        minutes=8,
        mistakes=(
            Mistake(_NoBias, "The bias is not added."),
            Mistake(_OneBias, "Each kernel has its own bias; here all get the first one."),
            Mistake(_AlongColumns, "The bias goes along the columns, not one to each picture."),
            Mistake(_OneKernel, "Each picture has its own kernel; here all get the first one."),
            Mistake(_Turned, "This turns the kernels, which `corr2d` does not."),
            Mistake(_Batch, "There is an axis too many in front: no batch goes in or out."),
            Mistake(_Summed, "The pictures are added up. They belong one behind the other."),
            Mistake(_LastAxis, "The axis of the kernels comes first, not last."),
        ),
        starts=lambda kernel_size, out_channels: {"weight": Uniform(0, 1), "bias": Constant(0)},
    ),
    "input_gradient": Exercise(
        oracle=lambda weight, G: F.conv_transpose2d(G[None, None], weight[None, None])[0, 0],
        cases=_input_gradient_cases,
        hints=(
            "G has H - h + 1 rows, so H is the rows of G plus h - 1; the columns likewise.",
            "Start from zeros of shape (H, W). Go through all i, j of G: which window of X made "
            "Y[i, j]?",
            "Add G[i, j] * weight to the window gradient[i : i + h, j : j + w].",
        ),
        difficulty=4,
        minutes=12,
        core=False,
        mistakes=(
            Mistake(
                lambda weight, G: _back(weight.flip(0, 1), G),
                "G comes back through the weight turned round. Windows that you add up need it as "
                "it is; `corr2d` turns what it is given, as it did with the single 1.",
            ),
            Mistake(
                _last_window_only,
                "Where windows overlap, add: here the last one overwrites the others.",
            ),
            Mistake(
                lambda weight, G: _back(weight, torch.ones_like(G)),
                "G is taken for all ones: this is the gradient of the sum.",
            ),
            Mistake(
                lambda weight, G: _back(torch.ones_like(weight), G),
                "Each pixel of a window gets G through its own weight, not all of G.",
            ),
            Mistake(
                lambda weight, G: _back(weight, G)[
                    weight.shape[0] - 1 : G.shape[0], weight.shape[1] - 1 : G.shape[1]
                ],
                "The border is cut off: X is larger than G.",
            ),
            Mistake(
                lambda weight, G: _back(weight, G)[: G.shape[0], : G.shape[1]],
                "X is larger than G. By how many rows and columns?",
            ),
        ),
        ready=(F.conv_transpose2d, nn.grad.conv2d_input, torch.autograd.grad),
        instead="Send each G[i, j] back to its window yourself.",
    ),
}
