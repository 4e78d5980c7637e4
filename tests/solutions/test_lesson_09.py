"""Lesson 09: what a learner may type for its exercises on nn.Module."""

from collections import OrderedDict

import torch
from torch import nn

from tests.support.answers import Answers, LessonAnswers, Wrong


def walk_by_recursion(module):
    found, seen = [], set()

    def visit(module, prefix):
        for name, one in module._parameters.items():
            if one is not None and one not in seen:
                seen.add(one)
                found.append((prefix + name, one))
        for name, child in module._modules.items():
            visit(child, prefix + name + ".")

    visit(module, "")
    return found


def walk_by_stack(module):
    found, stack = [], [("", module)]
    while stack:
        path, one = stack.pop()
        for name, parameter in one._parameters.items():
            if parameter is None or any(parameter is known for _, known in found):
                continue
            found.append((path + name, parameter))
        children = [(f"{path}{name}.", child) for name, child in one._modules.items()]
        stack += reversed(children)
    return found


def walk_by_generator(module):
    def steps(module, path=()):
        for name, one in module._parameters.items():
            if one is not None:
                yield ".".join((*path, name)), one
        for name, child in module._modules.items():
            yield from steps(child, (*path, name))

    first = OrderedDict()
    for name, one in steps(module):
        if id(one) not in first:
            first[id(one)] = name, one
    return list(first.values())


def walk_by_comprehensions(module):
    def every(module, prefix=""):
        own = [(prefix + n, p) for n, p in module._parameters.items() if p is not None]
        children = module._modules.items()
        return own + [pair for n, child in children for pair in every(child, f"{prefix}{n}.")]

    pairs = every(module)
    return [(n, p) for i, (n, p) in enumerate(pairs) if all(p is not q for _, q in pairs[:i])]


def walk_names_only(module):
    return [name for name, _ in walk_by_recursion(module)]


def walk_last_name(module):
    return list({id(p): (n, p) for n, p in tied_twice(module)}.values())


def tied_twice(module, prefix=""):
    pairs = [(prefix + n, p) for n, p in module._parameters.items() if p is not None]
    for name, child in module._modules.items():
        pairs += tied_twice(child, f"{prefix}{name}.")
    return pairs


def walk_joined(module):
    return [(name.replace(".", "_"), p) for name, p in walk_by_recursion(module)]


def walk_forgets_return(module):
    walk_by_recursion(module)


def walk_with_none(module):
    pairs = list(module._parameters.items())
    for path, child in module._modules.items():
        pairs += [(f"{path}.{name}", one) for name, one in walk_with_none(child)]
    return list({id(one): (name, one) for name, one in pairs[::-1]}.values())[::-1]


def walk_by_equality(module):
    found = []
    for name, one in tied_twice(module):
        if not any(torch.equal(one, known) for _, known in found):
            found.append((name, one))
    return found


def walk_by_level(module):
    found, waiting = [], [("", module)]
    while waiting:
        path, inner = waiting.pop(0)
        for name, one in inner._parameters.items():
            if one is not None and all(one is not other for _, other in found):
                found.append((path + name, one))
        waiting += [(f"{path}{name}.", child) for name, child in inner._modules.items()]
    return found


def walk_to_trained_ones(module):
    return [(name, one) for name, one in walk_by_stack(module) if one.requires_grad]


def walk_to_copies(module):
    return [(name, one.clone()) for name, one in walk_by_stack(module)]


def walk_to_data(module):
    return [(name, one.data) for name, one in walk_by_stack(module)]


def walk_with_kept_default(module, prefix="", seen=set()):  # noqa: B006, the mistake itself
    found = []
    for name, one in module._parameters.items():
        if one is not None and one not in seen:
            seen.add(one)
            found.append((prefix + name, one))
    for name, child in module._modules.items():
        found += walk_with_kept_default(child, f"{prefix}{name}.", seen)
    return found


def ready_walk(module):
    return list(module.named_parameters())


def ready_in_children(module):
    pairs = [(n, p) for n, p in module._parameters.items() if p is not None]
    for path, child in module._modules.items():
        pairs += [(f"{path}.{n}", p) for n, p in child.named_parameters()]
    return pairs


def caught(model, X, keep=lambda output: output.detach().clone()):
    pairs, handles = [], []

    def hook_for(name):
        def hook(module, inputs, output):
            pairs.append((name, keep(output)))

        return hook

    for name, child in model.named_children():
        handles.append(child.register_forward_hook(hook_for(name)))
    model(X)
    for handle in handles:
        handle.remove()
    return pairs


def closure_in_a_loop(model, X):
    pairs, handles = [], []
    for name, child in model.named_children():

        def hook(module, inputs, output):
            pairs.append((name, output.detach().clone()))  # noqa: B023, the mistake itself

        handles.append(child.register_forward_hook(hook))
    model(X)
    for handle in handles:
        handle.remove()
    return pairs


def past_the_hooks(model, X):
    pairs, handles = [], []
    for name, child in model.named_children():
        hook = lambda m, i, output, name=name: pairs.append((name, output.detach().clone()))  # noqa: E731
        handles.append(child.register_forward_hook(hook))
    model.forward(X)
    for handle in handles:
        handle.remove()
    return pairs


def leaves_hooks(model, X):
    pairs = []
    for name, child in model.named_children():
        child.register_forward_hook(
            lambda m, i, output, name=name: pairs.append((name, output.detach().clone()))
        )
    model(X)
    return pairs


def clears_all_hooks(model, X):
    pairs = caught(model, X)
    for child in model.children():
        child._forward_hooks.clear()
    return pairs


def runs_twice(model, X):
    model(X)
    return caught(model, X)


def in_evaluation(model, X):
    model.eval()
    return caught(model, X)


def in_evaluation_and_back(model, X):
    model.eval()
    try:
        return caught(model, X)
    finally:
        model.train()


def without_copies(model, X):
    return caught(model, X, keep=lambda output: output.detach())


def as_dictionary(model, X):
    return dict(caught(model, X))


def of_all_modules(model, X):
    pairs, handles = [], []
    for name, module in model.named_modules():
        handles.append(
            module.register_forward_hook(
                lambda m, i, output, name=name: pairs.append((name, output.detach().clone()))
            )
        )
    model(X)
    for handle in handles:
        handle.remove()
    return pairs


def layer_by_layer(model, X):
    pairs = []
    for name, child in model.named_children():
        X = child(X)
        pairs.append((name, X.detach().clone()))
    return pairs


def by_default_argument(model, X):
    pairs = []
    handles = [
        child.register_forward_hook(
            lambda module, inputs, output, name=name: pairs.append((name, output.clone().detach()))
        )
        for name, child in model.named_children()
    ]
    try:
        model(X)
    finally:
        for handle in handles:
            handle.remove()
    return pairs


def by_names_of_modules(model, X):
    names = {child: name for name, child in model.named_children()}
    pairs = []

    def hook(module, inputs, output):
        pairs.append([names[module], output.detach().clone()])

    handles = [child.register_forward_hook(hook) for child in names]
    model(X)
    for handle in handles:
        handle.remove()
    return pairs


def by_class(model, X):
    class Catch:
        def __init__(self, name):
            self.name = name

        def __call__(self, module, inputs, output):
            pairs.append((self.name, torch.clone(output.detach())))

    pairs = []
    handles = [c.register_forward_hook(Catch(n)) for n, c in model.named_children()]
    model(X)
    [handle.remove() for handle in handles]
    return pairs


class Sequence(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, X):
        return X + self.layers(X)


class Loop(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, X):
        Y = X
        for layer in self.layers:
            Y = layer(Y)
        return Y + X


class ByIndex(Loop):
    def forward(self, X):
        Y = X.clone()
        for i in range(len(self.layers)):
            Y = self.layers[i](Y)
        return torch.add(X, Y)


class Appended(Loop):
    def __init__(self, *layers):
        nn.Module.__init__(self)
        self.layers = nn.ModuleList()
        for layer in layers:
            self.layers.append(layer)


class PlainList(Loop):
    def __init__(self, *layers):
        nn.Module.__init__(self)
        self.layers = list(layers)


class OtherName(Sequence):
    def __init__(self, *layers):
        nn.Module.__init__(self)
        self.body = nn.Sequential(*layers)

    def forward(self, X):
        return X + self.body(X)


class CallsTheList(Loop):
    def forward(self, X):
        return X + self.layers(X)


class InPlace(Loop):
    def forward(self, X):
        Y = X
        for layer in self.layers:
            Y = layer(Y)
        Y += X
        return Y


class PastHooks(Loop):
    def forward(self, X):
        Y = X
        for layer in self.layers:
            Y = layer.forward(Y)
        return X + Y


class NoSuperInit(nn.Module):
    def __init__(self, *layers):
        self.layers = nn.ModuleList(layers)


class Doubled(Sequence):
    def forward(self, X):
        return self.layers(X) + self.layers(X)


def tensors_by_vars(module):
    names = []
    for path, inner in module.named_modules():
        for name, value in vars(inner).items():
            if torch.is_tensor(value):
                names.append(f"{path}.{name}" if path else name)
    return sorted(names)


def tensors_by_recursion(module, prefix=""):
    names = [prefix + n for n, v in module.__dict__.items() if isinstance(v, torch.Tensor)]
    for name, child in module.named_children():
        names += tensors_by_recursion(child, f"{prefix}{name}.")
    return sorted(names)


def tensors_by_dir(module):
    names = []
    for path, inner in module.named_modules():
        kept = {*inner._parameters, *inner._buffers}
        values = {n: getattr(inner, n) for n in dir(inner) if n not in kept}
        found = [n for n, v in values.items() if isinstance(v, torch.Tensor)]
        names += [".".join(filter(None, (path, n))) for n in found]
    return sorted(names)


def tensors_by_set(module):
    return sorted(
        {
            (path + "." + name).lstrip(".")
            for path, inner in module.named_modules()
            for name in inner.__dict__
            if isinstance(inner.__dict__[name], torch.Tensor)
        }
    )


def tensors_outside_the_state(module):
    names = [name for name, value in vars(module).items() if torch.is_tensor(value)]
    return sorted(name for name in names if name not in module.state_dict())


def tensors_with_point(module):
    return sorted(
        f"{path}.{name}"
        for path, inner in module.named_modules()
        for name, value in vars(inner).items()
        if torch.is_tensor(value)
    )


def tensors_unsorted(module):
    return tensors_by_vars(module)[::-1]


def tensors_themselves(module):
    return [value for value in vars(module).values() if torch.is_tensor(value)]


def with_a_shape(module):
    return sorted(
        f"{path}.{name}".lstrip(".")
        for path, inner in module.named_modules()
        for name, value in vars(inner).items()
        if hasattr(value, "shape")
    )


def also_in_lists(module, prefix=""):
    names = [prefix + n for n, value in vars(module).items() if isinstance(value, torch.Tensor)]
    for name, value in vars(module).items():
        if isinstance(value, list):
            for index, one in enumerate(value):
                if isinstance(one, nn.Module):
                    names += also_in_lists(one, f"{prefix}{name}.{index}.")
    for name, child in module.named_children():
        names += also_in_lists(child, f"{prefix}{name}.")
    return sorted(names)


def tensors_without_gradients(module):
    inner = dict(module.named_modules())
    names = tensors_by_vars(module)
    owner = lambda name: getattr(inner[name.rpartition(".")[0]], name.rpartition(".")[2])  # noqa: E731
    return [name for name in names if not owner(name).requires_grad]


ANSWERS = {
    "named_parameters": Answers(
        wrong=[
            Wrong(ready_walk, "that is the one you are building: named_parameters"),
            Wrong(ready_in_children, "that is the one you are building: named_parameters"),
            Wrong(walk_by_level, "level by level"),
            Wrong(walk_to_trained_ones, "while it is not trained"),
            Wrong(walk_to_copies, "give the parameter itself"),
            Wrong(walk_to_data, "give the parameter itself"),
            Wrong(walk_with_kept_default, "A second call with the same module"),
            Wrong(walk_names_only, "expected 2 values in a tuple, got '0.weight'"),
            Wrong(walk_last_name, "expected the names ['0.weight'], got ['2.weight']"),
            Wrong(tied_twice, "listed twice"),
            Wrong(walk_joined, "expected the names ['0.weight'], got ['0_weight']"),
            Wrong(walk_forgets_return, "returned None"),
            Wrong(walk_with_none, "expected the names ['weight'], got ['weight', 'bias']"),
            Wrong(
                walk_by_equality, "expected the names ['0.weight', '1.weight'], got ['0.weight']"
            ),
        ],
        right=[walk_by_recursion, walk_by_stack, walk_by_generator, walk_by_comprehensions],
    ),
    "found_and_saved": Answers(
        wrong=[
            Wrong((3, 3), "more than parameters"),
            Wrong((7, 8), "hides its layers"),
            Wrong((3, 5), "not saved"),
            Wrong((2, 3), "has a bias"),
            Wrong((48, 52), "numbers, not tensors"),
            Wrong((4, 3), "0 of 2"),
            Wrong(3, "expected a tuple of 2 values"),
        ],
        right=[(3, 4), [3, 4], (3.0, 4.0), (torch.tensor(3), 4)],
    ),
    "layer_outputs": Answers(
        wrong=[
            Wrong(closure_in_a_loop, "a function that is made in a loop"),
            Wrong(past_the_hooks, ".forward goes past it"),
            Wrong(leaves_hooks, "a hook stayed on the model"),
            Wrong(clears_all_hooks, "a hook is gone that was on the model"),
            Wrong(runs_twice, "the model ran 2 times"),
            Wrong(in_evaluation, "leave it as it was"),
            Wrong(in_evaluation_and_back),
            Wrong(without_copies, "keep a copy"),
            Wrong(as_dictionary, "expected"),
            Wrong(
                of_all_modules,
                "got ['relu', 'plus', 'relu', 'last', '']",
            ),
            Wrong(layer_by_layer, "got ['last', 'plus', 'unused', 'relu']"),
        ],
        right=[caught, by_default_argument, by_names_of_modules, by_class],
    ),
    "Residual": Answers(
        wrong=[
            Wrong(PlainList, "no parameter called layers.0.weight"),
            Wrong(OtherName, "no parameter called layers.0.weight"),
            Wrong(CallsTheList, "Module [ModuleList] is missing"),
            Wrong(InPlace, "X was changed in place"),
            Wrong(NoSuperInit, "Module.__init__() call"),
            Wrong(Doubled),
            Wrong(PastHooks, "goes past a layer's hooks"),
        ],
        right=[Sequence, Loop, ByIndex, Appended],
    ),
    "forgotten_tensors": Answers(
        wrong=[
            Wrong(tensors_outside_the_state, "modules inside"),
            Wrong(tensors_with_point),
            Wrong(tensors_unsorted),
            Wrong(with_a_shape, "expected ['scale'], got ['array', 'scale']"),
            Wrong(also_in_lists),
            Wrong(tensors_themselves),
            Wrong(tensors_without_gradients, "ReLU(plain: trained)"),
            Wrong(lambda module: sorted(module.state_dict())),
        ],
        right=[tensors_by_vars, tensors_by_recursion, tensors_by_dir, tensors_by_set],
    ),
}


class TestLesson09(LessonAnswers):
    lesson, answers = "09", ANSWERS
