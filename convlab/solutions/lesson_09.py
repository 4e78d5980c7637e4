"""Answers to the lesson that looks inside nn.Module."""

import copy
from collections import OrderedDict

import torch
from torch import nn

from convlab.solutions.exercise import Exercise

TITLE = "nn.Module from the inside"


found_and_saved = (2 + 1, 2 + 1 + 1)  # conv has 2, heads has 1; mean is saved with them


class Residual(nn.Module):
    """X plus what the layers, one after the other, make of X.

    layers: any number of modules, also none; they keep the shape.
    They are found as layers.0, layers.1, ...
    forward takes X of any shape and gives the same shape.
    """

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, X):
        Y = X
        for layer in self.layers:
            Y = layer(Y)
        return X + Y


def layer_outputs(model, X):
    """Run model(X) once and catch what each child gives, at each of its calls.

    Returns a list of pairs (name of the child, copy of its output),
    in the order of the calls. No hook of this function stays on the model.
    """
    pairs = []

    def catch_as(name):
        def catch(module, inputs, output):
            pairs.append((name, output.detach().clone()))

        return catch

    children = model.named_children()
    handles = [child.register_forward_hook(catch_as(name)) for name, child in children]
    try:
        model(X)
    finally:  # also when the model raises
        for handle in handles:
            handle.remove()
    return pairs


def forgotten_tensors(module):
    """Names of the tensors that are plain attributes, also of modules inside.

    Returns a sorted list of full names, such as "scale" or "encoder.0.scale".
    Parameters and buffers, saved or not, are left out; tensors inside lists or
    dictionaries as well.
    """
    return sorted(
        f"{path}.{name}".removeprefix(".")
        for path, inner in module.named_modules()
        for name, value in vars(inner).items()
        if isinstance(value, torch.Tensor)
    )


def _found_and_saved():
    module = nn.Module()
    module.conv = nn.Conv2d(1, 4, 3)
    # A list is no module, which is what the exercise is about.
    module.extra = [nn.Linear(4, 4), nn.Linear(4, 2)]  # pyrefly: ignore[bad-argument-type]
    module.heads = nn.ModuleList([nn.Linear(4, 2, bias=False)])
    module.scale = torch.ones(4)
    module.register_buffer("mean", torch.zeros(4))
    return len(list(module.parameters())), len(module.state_dict())


class _ResidualOracle(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*copy.deepcopy(layers))

    def forward(self, X):
        return torch.add(self.layers(X), X)


def _layer_outputs(model, X):
    """Without hooks: the forward of each child is replaced for one call."""
    pairs = []

    def watched(name, forward):
        def call(*inputs):
            output = forward(*inputs)
            pairs.append((name, output.detach().clone()))
            return output

        return call

    children = dict(model.named_children())
    for name, child in children.items():
        child.forward = watched(name, child.forward)
    try:
        model(X)
    finally:
        for child in children.values():
            del child.forward
    return pairs


def _forgotten_tensors(module):
    registered = [*module._parameters, *module._buffers]
    own = [
        name
        for name in dir(module)
        if name not in registered and isinstance(getattr(module, name), torch.Tensor)
    ]
    inner = [
        f"{child}.{name}"
        for child, inside in module.named_children()
        for name in _forgotten_tensors(inside)
    ]
    return sorted(own + inner)


class _AddOne(nn.Module):
    def forward(self, X):
        return X + 1


class _Backwards(nn.Module):
    """Children that run in another order than they were made, one of them twice, one never."""

    def __init__(self):
        super().__init__()
        self.last = nn.Flatten()
        self.plus = _AddOne()
        self.unused = nn.Tanh()
        self.relu = nn.ReLU()

    def forward(self, X):
        return self.last(self.relu(self.plus(self.relu(X))))


def _double(generator, *shape):
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _residual_cases(generator):
    X = torch.tensor([1.0, -2.0, 3.0])
    yield (nn.ReLU(),), (X,)
    yield (_AddOne(),), (X,)
    yield (_AddOne(), nn.ReLU()), (X,)
    yield (nn.ReLU(), _AddOne()), (X,)
    yield (), (X,)
    yield (nn.Linear(3, 3),), (X,)
    yield (nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 3)), (torch.randn(2, 3, generator=generator),)
    convs = nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1)
    yield convs, (torch.randn(2, 2, 5, 6, generator=generator),)
    yield (nn.Conv1d(1, 1, 5, padding=2).double(),), (_double(generator, 3, 1, 7),)
    shared = nn.Linear(4, 4)
    yield (shared, nn.Sigmoid(), nn.Linear(4, 4)), (torch.randn(4, generator=generator),)


def _named(**layers: nn.Module):
    return OrderedDict(layers)


def _models():
    """Models, each with the shape of its input."""
    yield nn.Sequential(_AddOne(), nn.ReLU()), None
    yield nn.Sequential(_named(plus=_AddOne(), relu=nn.ReLU(), flat=nn.Flatten())), None
    yield _Backwards(), None
    yield nn.Sequential(_AddOne(), nn.ReLU(inplace=True)), None
    yield nn.Sequential(nn.Sequential(_AddOne(), nn.ReLU()), _AddOne()), None
    hooked = nn.Sequential(_AddOne(), nn.ReLU())
    hooked[0].register_forward_hook(lambda module, inputs, output: None)
    yield hooked, None
    yield nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2)), (2, 1, 6, 8)
    yield nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)), (4, 3)
    yield nn.Sequential(nn.Conv1d(2, 2, 3), nn.ReLU(inplace=True)).double(), (1, 2, 9)


def _hook_count(model):
    return [len(module._forward_hooks) for module in model.modules()]


def _layer_outputs_cases(generator):
    for model, shape in _models():
        before = _hook_count(model)
        X = torch.tensor([[-3.0, -1.0, 2.0]])
        if shape is not None:
            dtype = next(model.parameters()).dtype
            X = torch.randn(shape, generator=generator, dtype=dtype)
        yield model, X
        # Here the learner's function has returned: what it left on the model can be counted.
        after = _hook_count(model)
        if sum(after) > sum(before):
            raise RuntimeError("a hook stayed on the model: call handle.remove() for each")
        if after != before:
            raise RuntimeError("a hook is gone that was on the model before: remove only yours")


def _with(module, **tensors):
    """Give a module plain tensors, and let its repr, which `check` shows, say so."""
    text = module.extra_repr()
    for name, value in tensors.items():
        setattr(module, name, value)
    note = f"plain: {', '.join(tensors)}"
    module.extra_repr = lambda: f"{text}, {note}" if text else note
    return module


def _buffered(persistent):
    module = nn.Module()
    module.register_buffer("mean", torch.zeros(2), persistent=persistent)
    module.extra_repr = lambda: f"buffer mean, persistent={persistent}"
    return module


def _forgotten_tensors_cases(generator):
    yield (nn.ReLU(),)
    yield (nn.Linear(2, 1),)
    yield (_with(nn.ReLU(), scale=torch.ones(2)),)
    yield (_with(nn.Linear(2, 1), shift=torch.zeros(1), gain=torch.ones(1)),)
    yield (_buffered(persistent=True),)
    yield (_buffered(persistent=False),)
    yield (nn.Sequential(nn.BatchNorm1d(2), _with(nn.Linear(2, 2), scale=torch.ones(2))),)
    inner = nn.Sequential(nn.Linear(2, 2), _with(nn.ReLU(), low=torch.zeros(1)))
    outer = nn.Sequential(_named(encoder=inner, head=_with(nn.Tanh(), b=torch.ones(1))))
    yield (_with(outer, a=torch.ones(3), note="not a tensor", extra=[torch.ones(2)]),)
    yield (_with(nn.ReLU(), trained=torch.ones(2, requires_grad=True)),)
    yield (_with(nn.ReLU(), count=torch.tensor(3), _hidden=torch.ones(1)),)


EXERCISES = {
    "found_and_saved": Exercise(
        oracle=_found_and_saved,
        hints=(
            "Go through the five attributes. Which of them is a parameter, a module, a buffer?",
            "A convolution has a weight and a bias. A list and a plain tensor are not found.",
            "The state dict holds all parameters that are found, and the buffers.",
        ),
    ),
    "Residual": Exercise(
        oracle=_ResidualOracle,
        cases=_residual_cases,
        hints=(
            "A plain list or tuple would hide the parameters. Which two containers do not?",
            "In __init__: self.layers = nn.ModuleList(layers).",
            "forward needs X twice: once through the layers, and once for the sum. "
            "Start with Y = X, and let each layer in self.layers change Y.",
        ),
    ),
    "layer_outputs": Exercise(
        oracle=_layer_outputs,
        cases=_layer_outputs_cases,
        hints=(
            "model.named_children() gives (name, child). Register a hook on each child, keep the "
            "handles in a list, run model(X), and remove them all.",
            "A hook gets (module, inputs, output). It appends (name, output.detach().clone()).",
            "A function that is made in a loop sees the loop's `name` as it is when it runs: "
            "the last one. Make the hook in a function: def catch_as(name), which defines the "
            "hook and returns it.",
        ),
    ),
    "forgotten_tensors": Exercise(
        oracle=_forgotten_tensors,
        cases=_forgotten_tensors_cases,
        hints=(
            "Parameters and buffers lie in dictionaries of their own. What does vars(module) hold?",
            "For each path, inner in module.named_modules(): go through vars(inner).items() and "
            "keep the names whose value is a torch.Tensor.",
            'The full name is f"{path}.{name}", without the point in front where path is "".',
        ),
    ),
}
