"""Lesson 02: what a learner may type for its exercises."""

import torch
import torch.nn.functional as F
from torch import nn

from convlab import convolve2d, corr2d
from convlab.solutions.lesson_02 import MultiConv2D as Right
from tests.support.answers import Answers, LessonAnswers, Wrong


def learnable(module):
    return [p for p in module.parameters() if p.requires_grad]


def all_saved(module):
    return sum(value.numel() for value in module.state_dict().values())


def first_axes(module):
    return sum(len(p) for p in learnable(module))


def weight_and_bias(module):
    return module.weight.numel() + module.bias.numel()


def one_level(module):
    inside = [p for m in (module, *module.children()) for p in m.parameters(recurse=False)]
    return sum(p.numel() for p in inside if p.requires_grad)


def by_names(module):
    total = 0
    for _, parameter in module.named_parameters():
        if parameter.requires_grad:
            total += parameter.nelement()
    return total


def by_walking(module):
    own = {p for m in module.modules() for p in m.parameters(recurse=False)}
    return sum(p.numel() for p in own if p.requires_grad)


def shared_twice(module):
    named = module.named_parameters(remove_duplicate=False)
    return sum(p.numel() for _, p in named if p.requires_grad)


def every_level(module):
    own = [p for m in module.modules() for p in m.parameters(recurse=False)]
    return sum(p.numel() for p in own if p.requires_grad)


def all_levels_twice(module):
    return sum(count_right(m) for m in module.modules())


def count_right(module):
    return sum(p.numel() for p in learnable(module))


def unfreezing(module):
    count = count_right(module)
    module.requires_grad_(True)
    return count


def by_eval(module):
    return count_right(module.eval())


def starting(weight, bias=torch.zeros):
    """A class that is right but for how it starts."""

    class MultiConv2D(Right):
        def __init__(self, kernel_size, out_channels):
            super().__init__(kernel_size, out_channels)
            self.weight = nn.Parameter(weight((out_channels, *kernel_size)))
            self.bias = nn.Parameter(bias(out_channels))

    return MultiConv2D


def computing(forward):
    """A class that starts as it should and computes `forward(weight, bias, X)`."""

    class MultiConv2D(Right):
        def forward(self, X):
            return forward(self.weight, self.bias, X)

    return MultiConv2D


def together(weight, X, bias=None):
    return F.conv2d(X[None, None], weight[:, None], bias)[0]


class PlainTensors(nn.Module):
    def __init__(self, kernel_size, out_channels):
        super().__init__()
        self.weight = torch.rand(out_channels, *kernel_size)
        self.bias = torch.zeros(out_channels)

    def forward(self, X):
        return together(self.weight, X, self.bias)


class ListOfKernels(nn.Module):
    def __init__(self, kernel_size, out_channels):
        super().__init__()
        self.weight = nn.ParameterList([torch.rand(kernel_size) for _ in range(out_channels)])
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, X):
        return torch.stack([corr2d(X, K) + b for K, b in zip(self.weight, self.bias, strict=True)])


class FrozenBias(Right):
    def __init__(self, kernel_size, out_channels):
        super().__init__(kernel_size, out_channels)
        self.bias = nn.Parameter(torch.zeros(out_channels), requires_grad=False)


class NoModule:
    def __init__(self, kernel_size, out_channels):
        self.weight = torch.rand(out_channels, *kernel_size)

    def forward(self, X):
        return together(self.weight, X)


class ByInit(nn.Module):
    def __init__(self, kernel_size, out_channels):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels))
        nn.init.uniform_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, X):
        Y = [corr2d(X, K) + b for K, b in zip(self.weight, self.bias, strict=True)]
        return torch.stack(Y, dim=0)


def back(weight, G):
    h, w = weight.shape
    return convolve2d(F.pad(G, (w - 1, w - 1, h - 1, h - 1)), weight)


def overwritten(weight, G):
    h, w = weight.shape
    gradient = torch.zeros(G.shape[0] + h - 1, G.shape[1] + w - 1, dtype=G.dtype)
    for i in range(G.shape[0]):
        for j in range(G.shape[1]):
            gradient[i : i + h, j : j + w] = G[i, j] * weight
    return gradient


def over_the_weight(weight, G):
    h, w = weight.shape
    rows, columns = G.shape
    gradient = torch.zeros(rows + h - 1, columns + w - 1, dtype=G.dtype)
    for a in range(h):
        for b in range(w):
            gradient[a : a + rows, b : b + columns] += weight[a, b] * G
    return gradient


def by_padding(weight, G):
    """Each window put on a picture of zeros of its own, and all of them added."""
    rows, columns = G.shape
    return sum(
        F.pad(G[i, j] * weight, (j, columns - 1 - j, i, rows - 1 - i))
        for i in range(rows)
        for j in range(columns)
    )


def always_float32(weight, G):
    return back(weight, G).float()


def by_autograd(weight, G):
    shape = [g + k - 1 for g, k in zip(G.shape, weight.shape, strict=True)]
    X = torch.zeros(shape, dtype=G.dtype, requires_grad=True)
    return torch.autograd.grad(corr2d(X, weight), X, G)[0]


ANSWERS = {
    "parameter_count": Answers(
        wrong=[
            Wrong(15, "one thing more"),
            Wrong(30, "one bias for the whole layer"),
            Wrong(9, "each of its cells"),
            Wrong(9423, "not one an element"),
            Wrong(10_000, "picture's size"),
            Wrong(150_000, "share the same weights"),
            Wrong(150_001, "share the same weights"),
            Wrong(2, "How many numbers"),
        ],
        right=[16, 3 * 5 + 1, 16.0, torch.tensor(16)],
    ),
    "count_parameters": Answers(
        wrong=[
            Wrong(lambda module: sum(p.numel() for p in module.parameters()), "Frozen"),
            Wrong(lambda module: len(learnable(module)), "counts parameters"),
            Wrong(
                lambda module: sum(v.numel() for v in module.state_dict().values()), "state dict"
            ),
            Wrong(
                lambda module: sum(p.numel() for p in module.parameters(False) if p.requires_grad),
                "modules inside",
            ),
            Wrong(first_axes, "length of its first axis only"),
            Wrong(weight_and_bias, "no attribute"),
            Wrong(one_level, "may have modules inside"),
            Wrong(shared_twice),
            Wrong(every_level, "that two layers hold is counted twice"),
            Wrong(all_levels_twice, "use one of them"),
            Wrong(unfreezing, "module was changed"),
            Wrong(by_eval, "module was changed"),
            Wrong(lambda module: count_right(module.train()), "module was changed"),
            Wrong(lambda module: [p.numel() for p in learnable(module)], "expected a number"),
        ],
        right=[
            lambda module: sum(p.numel() for p in module.parameters() if p.requires_grad),
            lambda module: sum(p.data.flatten().shape[0] for p in learnable(module)),
            by_names,
            by_walking,
        ],
    ),
    "MultiConv2D": Answers(
        wrong=[
            Wrong(starting(torch.randn), "weight must start uniform between 0 and 1"),
            Wrong(starting(torch.zeros), "weight must start uniform between 0 and 1"),
            Wrong(starting(lambda size: 10 * torch.rand(size) - 5), "weight must start uniform"),
            Wrong(starting(lambda size: torch.rand(size) / 2), "weight must start uniform"),
            Wrong(starting(lambda size: torch.rand(size[1:]).repeat(size[0], 1, 1)), "independent"),
            Wrong(starting(torch.rand, bias=torch.ones), "bias must start at 0"),
            Wrong(starting(torch.rand, bias=torch.rand), "bias must start at 0"),
            Wrong(PlainTensors, "set self.weight = nn.Parameter"),
            Wrong(ListOfKernels, "no parameter called weight"),
            Wrong(NoModule, "must inherit from nn.Module"),
            Wrong(FrozenBias, "parameter bias is frozen"),
            Wrong(computing(lambda weight, bias, X: together(weight, X)), "bias is not added"),
            Wrong(computing(lambda weight, bias, X: together(weight, X) + bias[0]), "its own bias"),
            Wrong(computing(lambda weight, bias, X: together(weight, X, bias)[None]), "too many"),
            Wrong(computing(lambda weight, bias, X: together(weight, X, bias).sum(0)), "added up"),
            Wrong(
                computing(lambda weight, bias, X: together(weight, X) + bias), "along the columns"
            ),
            Wrong(
                computing(lambda weight, bias, X: together(weight.detach(), X, bias)), "gradient"
            ),
        ],
        right=[
            Right,
            ByInit,
            starting(lambda size: torch.empty(size).uniform_(0, 1)),
            computing(lambda weight, bias, X: together(weight, X, bias)),
            computing(lambda weight, bias, X: together(weight, X) + bias.reshape(-1, 1, 1)),
        ],
    ),
    "input_gradient": Answers(
        wrong=[
            Wrong(lambda weight, G: back(weight.flip(0, 1), G), "the weight turned round"),
            Wrong(overwritten, "overwrites"),
            Wrong(lambda weight, G: back(weight, torch.ones_like(G)), "all ones"),
            Wrong(lambda weight, G: back(torch.ones_like(weight), G), "its own weight"),
            Wrong(lambda weight, G: back(weight, G)[: G.shape[0], : G.shape[1]], "larger than G"),
            Wrong(always_float32, "wrong dtype"),
            Wrong(lambda weight, G: corr2d(G, weight)),
            Wrong(by_autograd, "the one you are building"),
            Wrong(
                lambda weight, G: F.conv_transpose2d(G[None, None], weight[None, None])[0, 0],
                "the one you are building: F.conv_transpose2d",
            ),
        ],
        right=[back, over_the_weight, by_padding, lambda weight, G: back(G, weight)],
    ),
}


class TestLesson02(LessonAnswers):
    lesson, answers = "02", ANSWERS
