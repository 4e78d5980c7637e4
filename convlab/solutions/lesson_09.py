"""Answers to the lesson that looks inside nn.Module."""

import copy
from collections import OrderedDict

import numpy
import torch
from torch import nn

from convlab.solutions.exercise import Exercise, Mistake

TITLE = "nn.Module from the inside"


def named_parameters(module):
    """All parameters of a module and of the modules inside, each once.

    module: has two dictionaries: module._parameters, of name to Parameter or None, and
    module._modules, of name to module.
    Returns a list of pairs (full name, Parameter), such as ("conv1.weight", ...): a module's
    own first, then its children's, in the order of the dictionaries.
    """
    pairs = [(name, one) for name, one in module._parameters.items() if one is not None]
    for path, child in module._modules.items():
        pairs += [(f"{path}.{name}", one) for name, one in named_parameters(child)]
    first = {}
    for name, one in pairs:
        first.setdefault(id(one), (name, one))
    return list(first.values())


found_and_saved = (2 + 1, 2 + 1 + 1)  # conv has 2, heads has 1; mean is saved with them


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
    return _watched(model, X, lambda inputs, output: output.detach().clone())


def _watched(model, X, kept):
    pairs = []

    def watched(name, forward):
        def call(*inputs):
            output = forward(*inputs)
            pairs.append((name, kept(inputs, output)))
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


class _Scale(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start))


class _Line(nn.Module):
    """Its own parameter is assigned last, after those of its children."""

    def __init__(self):
        super().__init__()
        self.first, self.second = _Scale(2.0), _Scale(3.0)
        self.bias = nn.Parameter(torch.tensor(1.0))


def _frozen(module):
    """A module whose parameters are not trained, as its repr, which `check` shows, says."""
    module.extra_repr = lambda: "requires_grad=False"
    return module.requires_grad_(False)


def _named_parameters_cases(generator):
    yield (_Line(),)
    yield (nn.Linear(2, 1, bias=False),)
    yield (nn.Sequential(_Line(), nn.Sequential(_Scale(4.0))),)
    tied = _Line()
    tied.second.weight = tied.first.weight
    yield (tied,)
    twice = _Scale(1.0)
    yield (nn.Sequential(twice, nn.ReLU(), twice),)
    yield (nn.Sequential(_Scale(1.0), _Scale(1.0)),)
    deep = nn.Sequential(nn.Sequential(_Scale(2.0)), _Scale(3.0))
    yield (deep,)
    yield (deep,)  # a second call
    yield (_frozen(_Scale(5.0)),)
    yield (nn.ReLU(),)
    yield (nn.BatchNorm1d(2),)
    yield (nn.Sequential(_named(conv=nn.Conv2d(1, 2, 3), head=nn.Linear(2, 3, bias=False))),)


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


def _doubled_by_a_hook(module):
    module.register_forward_hook(lambda module, inputs, output: 2 * output)
    module.extra_repr = lambda: "a hook doubles the output"
    return module


def _residual_cases(generator):
    X = torch.tensor([1.0, -2.0, 3.0])
    yield (_AddOne(), nn.ReLU()), (X,)
    yield (nn.ReLU(),), (X,)
    yield (_AddOne(),), (X,)
    yield (nn.ReLU(), _AddOne()), (X,)
    yield (_doubled_by_a_hook(_AddOne()),), (X,)
    yield (), (X,)
    yield (nn.Linear(3, 3),), (X,)
    yield (nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 3)), (torch.randn(2, 3, generator=generator),)
    convs = nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1)
    yield convs, (torch.randn(2, 2, 5, 6, generator=generator),)
    yield (nn.Conv1d(1, 1, 5, padding=2).double(),), (_double(generator, 3, 1, 7),)
    yield (nn.Linear(3, 3),), (torch.randn(3, 2, generator=generator).T,)
    yield (nn.Linear(3, 3),), (torch.randn(1, 3, generator=generator).expand(2, 3),)
    shared = nn.Linear(4, 4)
    yield (shared, nn.Sigmoid(), nn.Linear(4, 4)), (torch.randn(4, generator=generator),)


def _named(**layers: nn.Module):
    return OrderedDict(layers)


def _models():
    """Models, each with the shape of its input."""
    yield nn.Sequential(_AddOne(), nn.ReLU()), None
    yield nn.Sequential(_named(plus=_AddOne(), relu=nn.ReLU(), flat=nn.Flatten())), None
    yield nn.Sequential(nn.Sequential(_AddOne(), nn.ReLU()), _AddOne()), None
    hooked = nn.Sequential(_AddOne(), nn.ReLU())
    hooked[0].register_forward_hook(lambda module, inputs, output: None)
    yield hooked, None
    yield nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2)), (2, 1, 6, 8)
    yield nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)), (4, 3)
    yield nn.Sequential(nn.BatchNorm1d(2), nn.ReLU()), (3, 2)
    yield nn.Sequential(nn.Conv1d(2, 2, 3), nn.ReLU(inplace=True)).double(), (1, 2, 9)


def _called_models():
    """Models that note each of their own calls."""
    for layers in ((_AddOne(), nn.ReLU()), (_AddOne(),)):
        calls = []
        model = nn.Sequential(*layers)
        model.register_forward_hook(lambda module, inputs, output, calls=calls: calls.append(1))
        yield model, calls


def _hook_count(model):
    return [len(module._forward_hooks) for module in model.modules()]


def _layer_outputs_cases(generator):
    X = torch.tensor([[-3.0, -1.0, 2.0]])
    yield _Backwards(), X
    yield nn.Sequential(_AddOne(), nn.ReLU(inplace=True)), X
    for model, calls in _called_models():
        yield model, X
        # By now the oracle has called the model once, and the learner's function has returned.
        if len(calls) < 2:
            raise ValueError("the hook of another did not run: .forward goes past it")
        if len(calls) > 2:
            raise ValueError(f"the model ran {len(calls) - 1} times: once is enough")
    for model, shape in _models():
        before = _hook_count(model)
        modes = [module.training for module in model.modules()]
        X = torch.tensor([[-3.0, -1.0, 2.0]])
        if shape is not None:
            dtype = next(model.parameters()).dtype
            X = torch.randn(shape, generator=generator, dtype=dtype)
        yield model, X
        # Here the learner's function has returned: what it left on the model can be counted.
        after = _hook_count(model)
        if modes != [module.training for module in model.modules()]:
            raise ValueError("the model was in training, and is not now: leave it as it was")
        if sum(after) > sum(before):
            raise ValueError("a hook stayed on the model: call handle.remove() for each")
        if after != before:
            raise ValueError("a hook is gone that was on the model before: remove only yours")


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
    inner = _with(nn.Linear(2, 1), shift=torch.zeros(1))
    yield (_with(nn.Sequential(inner, _buffered(persistent=False)), low=torch.ones(1)),)
    yield (nn.ReLU(),)
    yield (nn.Linear(2, 1),)
    yield (_with(nn.ReLU(), scale=torch.ones(2)),)
    yield (_with(nn.Linear(2, 1), shift=torch.zeros(1), gain=torch.ones(1)),)
    yield (_buffered(persistent=True),)
    yield (_buffered(persistent=False),)
    yield (nn.Sequential(nn.BatchNorm1d(2), _with(nn.Linear(2, 2), scale=torch.ones(2))),)
    inner = nn.Sequential(nn.Linear(2, 2), _with(nn.ReLU(), low=torch.zeros(1)))
    outer = nn.Sequential(_named(encoder=inner, head=_with(nn.Tanh(), b=torch.ones(1))))
    listed = [torch.ones(2), _with(nn.Tanh(), c=torch.ones(1))]
    yield (_with(outer, a=torch.ones(3), note="not a tensor", extra=listed),)
    yield (_with(nn.ReLU(), scale=torch.ones(1), array=numpy.ones(2)),)
    yield (_with(nn.ReLU(), trained=torch.ones(2, requires_grad=True)),)
    yield (_with(nn.ReLU(), count=torch.tensor(3), _hidden=torch.ones(1)),)


def _pairs_below(module, names):
    """Pairs of a walk that names each parameter by `names(path, name)`."""
    own = [(name, one) for name, one in module._parameters.items() if one is not None]
    inner = [
        (names(path, name), one)
        for path, child in module._modules.items()
        for name, one in _pairs_below(child, names)
    ]
    return own + inner


def _once(pairs):
    return list({id(one): (name, one) for name, one in reversed(pairs)}.values())[::-1]


def _own_only(module):
    return [(name, one) for name, one in module._parameters.items() if one is not None]


def _tied_twice(module):
    return _pairs_below(module, "{}.{}".format)


def _bare_names(module):
    return _once(_pairs_below(module, lambda path, name: name))


def _children_first(module):
    pairs = _once(_pairs_below(module, "{}.{}".format))
    return sorted(pairs, key=lambda pair: "." not in pair[0])


def _with_none(module):
    own = list(module._parameters.items())
    inner = [
        (f"{path}.{name}", one)
        for path, child in module._modules.items()
        for name, one in _with_none(child)
    ]
    return own + inner


def _one_level(module):
    pairs = _once(_pairs_below(module, "{}.{}".format))
    return [(name, one) for name, one in pairs if name.count(".") < 2]


def _by_level(module):
    pairs = _once(_pairs_below(module, "{}.{}".format))
    return sorted(pairs, key=lambda pair: pair[0].count("."))


def _trained_only(module):
    pairs = _once(_pairs_below(module, "{}.{}".format))
    return [(name, one) for name, one in pairs if one.requires_grad]


def _once_ever(module, met=set()):  # noqa: B006, the mistake itself
    pairs = _once(_pairs_below(module, "{}.{}".format))
    new = [(name, one) for name, one in pairs if one not in met]
    met.update(one for _, one in new)
    return new


def _last_name(model, X):
    *_, (last, _child) = model.named_children()
    return [(last, output) for _name, output in _layer_outputs(model, X)]


def _once_each(model, X):
    return list(dict(_layer_outputs(model, X)).items())


def _not_copied(model, X):
    return _watched(model, X, lambda inputs, output: output.detach())


def _inputs(model, X):
    return _watched(model, X, lambda inputs, output: inputs[0].detach().clone())


def _as_made(model, X):
    order = [name for name, _ in model.named_children()]
    return sorted(_layer_outputs(model, X), key=lambda pair: order.index(pair[0]))


class _ResidualLayers(_ResidualOracle):
    def forward(self, X):
        return self.layers(X)


class _ResidualEach(_ResidualOracle):
    def forward(self, X):
        for layer in self.layers:
            X = X + layer(X)
        return X


class _ResidualParallel(_ResidualOracle):
    def forward(self, X):
        return X + sum(layer(X) for layer in self.layers)


class _ResidualPastHooks(_ResidualOracle):
    def forward(self, X):
        Y = X
        for layer in self.layers:
            Y = layer.forward(Y)
        return X + Y


class _ResidualReversed(_ResidualOracle):
    def forward(self, X):
        return X + nn.Sequential(*reversed(self.layers))(X)


def _all_names(module):
    names = [name for name, _ in (*module.named_parameters(), *module.named_buffers())]
    return sorted(names + _forgotten_tensors(module))


def _own_tensors(module):
    return [name for name in _forgotten_tensors(module) if "." not in name]


def _bare_tensors(module):
    return sorted(name.rpartition(".")[2] for name in _forgotten_tensors(module))


def _with_buffers(module):
    unsaved = {name for name, _ in module.named_buffers()} - set(module.state_dict())
    return sorted([*_forgotten_tensors(module), *unsaved])


EXERCISES = {
    "named_parameters": Exercise(
        oracle=lambda module: list(module.named_parameters()),
        cases=_named_parameters_cases,
        hints=(
            "A module's own: go through module._parameters.items() and leave out what is None.",
            "For each child in module._modules.items(): call named_parameters(child), and put "
            'the child\'s name and a point in front: f"{path}.{name}".',
            "Each once: keep a list or a dictionary of what you have met, and compare by `is` or "
            "by id(parameter), which is the same for the same object only.",
        ),
        difficulty=4,
        minutes=10,
        mistakes=(
            Mistake(_own_only, "The parameters of the children are missing."),
            Mistake(_with_none, "None is no parameter, and a tied one is listed once."),
            Mistake(_tied_twice, "A parameter that is met in two places is listed twice."),
            Mistake(_bare_names, "The way to a parameter is missing in front of its name."),
            Mistake(_children_first, "A module's own parameters come before its children's."),
            Mistake(_one_level, "This stops at the children: there are modules inside them."),
            Mistake(
                _by_level, "This goes level by level; all below a child comes before the next."
            ),
            Mistake(_trained_only, "A parameter is one also while it is not trained."),
            Mistake(
                _once_ever,
                "A second call with the same module gives less: a default such as seen=set() is "
                "made once and keeps what it holds.",
            ),
        ),
        ready=(
            nn.Module.named_parameters,
            nn.Module.parameters,
            nn.Module.state_dict,
            nn.Module.named_modules,
        ),
        instead="Walk through module._parameters and module._modules.",
    ),
    "found_and_saved": Exercise(
        oracle=_found_and_saved,
        hints=(
            "Go through the five attributes. Which of them is a parameter, a module, a buffer?",
            "A convolution has a weight and a bias. A list and a plain tensor are not found.",
            "The state dict holds all parameters that are found, and the buffers.",
        ),
        difficulty=2,
        minutes=3,
        mistakes=(
            Mistake((3, 3), "The state dict holds more than parameters."),
            Mistake((7, 8), "A Python list hides its layers."),
            Mistake(
                (4, 5),
                "This counts a tensor that is neither parameter nor buffer, or a bias "
                "that is not there.",
            ),
            Mistake((3, 5), "A plain tensor is not saved."),
            Mistake((2, 3), "A layer has a bias unless you say otherwise."),
            Mistake((4, 4), "A buffer is not given by parameters()."),
            Mistake((48, 52), "This counts numbers, not tensors."),
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
        difficulty=3,
        minutes=8,
        core=False,
        mistakes=(
            Mistake(
                _last_name,
                "Every pair has the last child's name: a function that is made in a loop sees "
                "the loop's variable as it is when the function runs.",
            ),
            Mistake(_once_each, "A child that runs twice is there only once."),
            Mistake(_not_copied, "A later layer has changed an output: keep a copy."),
            Mistake(_inputs, "These are the inputs of the children."),
            Mistake(_as_made, "The order is that of the calls, not of the children."),
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
        difficulty=3,
        minutes=6,
        core=False,
        mistakes=(
            Mistake(_ResidualLayers, "X itself is not added."),
            Mistake(_ResidualEach, "X is added after each layer: once, at the end, is asked."),
            Mistake(_ResidualParallel, "Every layer gets X here; they come one after the other."),
            Mistake(_ResidualReversed, "The layers run from the last to the first."),
            Mistake(_ResidualPastHooks, ".forward goes past a layer's hooks: call the layer."),
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
        difficulty=3,
        minutes=10,
        core=False,
        mistakes=(
            Mistake(_own_tensors, "The modules inside are left out."),
            Mistake(_bare_tensors, "The way to a tensor is missing in front of its name."),
            Mistake(_all_names, "Parameters and buffers are not forgotten ones."),
            Mistake(_with_buffers, "A buffer that is not saved is left out on purpose."),
        ),
    ),
}
