"""A network as a graph of Origins: traced by `torch.fx`, sized on the meta device, never run."""

import copy
import math
from importlib import import_module

import torch
from torch import fx, nn

from convlab.receptive.measuring import measured
from convlab.receptive.operations import ALIKE, FUNCTIONS, MODULES, PARTS
from convlab.receptive.origins import Origin, UnknownError

# Where a function may come from to be known by its name alone. "torch" is a prefix: it takes in
# torchvision, whose stochastic_depth is an operation of its networks.
_LIBRARIES = ("torch", "_operator", "builtins", "convlab.nn")


def trace(
    model: nn.Module, input_shape: tuple[int, ...], measure: bool = False
) -> tuple[Origin, dict[str, Origin], dict[str, Origin]]:
    """The Origin of the model's output, those of all its layers by name, and where blocks end.

    The model stays as it is: a copy without numbers is traced, in `eval` mode.

    Args:
        input_shape: (N, C, *spatial axes).
        measure: measure operations that have no rule by gradients.

    Raises:
        ValueError: the model cannot be traced, refuses the shape, has not one tensor as input and
            output, or holds an operation without a rule; the message names it.
    """
    twin = without_numbers(model)
    dtype = next((p.dtype for p in twin.parameters()), torch.get_default_dtype())
    with torch.device("meta"), torch.no_grad():
        reader = _Reader(*_traced(twin), model if measure else None)
        try:
            reader.run(torch.empty(input_shape, dtype=dtype))
        except Exception as error:
            what = str(error).split("\n\nWhile executing")[0]
            if isinstance(error, UnknownError):
                raise ValueError(what) from None
            raise ValueError(
                f"{type(model).__name__} does not take an input of shape {tuple(input_shape)}:"
                f" {reader.at} fails with: {what}"
            ) from error
    return reader.result, reader.layers, reader.blocks


def without_numbers(model: nn.Module) -> nn.Module:
    """A copy on the meta device, in `eval` mode, which takes no memory."""
    numbers = {id(p): p.detach().to("meta") for p in (*model.parameters(), *model.buffers())}
    for p in model.parameters():
        numbers[id(p)] = nn.Parameter(numbers[id(p)], requires_grad=False)
    return copy.deepcopy(model, numbers).eval()


class _Tracer(fx.Tracer):
    """Layers of torch.nn and convlab.nn, and the functions of convlab.nn.functional, are leaves."""

    def __init__(self):
        super().__init__(autowrap_modules=(math, import_module("convlab.nn.functional")))

    def is_leaf_module(self, m, module_qualified_name):
        home = type(m).__module__
        return super().is_leaf_module(m, module_qualified_name) or home.startswith("convlab.nn")


def _traced(model):
    tracer = _Tracer()
    if tracer.is_leaf_module(model, ""):
        model = nn.Sequential(model)
    try:
        graph = tracer.trace(model)
        inputs = [n for n in graph.nodes if n.op == "placeholder" and not n.args]
        if len(inputs) != 1:
            raise UnknownError(f"it takes {len(inputs)} tensors, where one is allowed")
        return model, graph
    except Exception as error:
        raise ValueError(
            f"{type(model).__name__} cannot be traced: {error}. Its forward must take the same"
            " steps for every input: no if, while, int() or item() that asks for a tensor's"
            " numbers. Trace the parts for which that holds, or measure a unit of the whole with"
            " effective_receptive_field."
        ) from error


class _Reader(fx.Interpreter):
    """Runs the graph on a tensor without numbers, and notes the Origin of every tensor."""

    result: Origin  # known at the last node, the output

    def __init__(self, twin, graph, model):
        super().__init__(twin, garbage_collect_values=False, graph=graph)
        self.model, self.origins, self.layers, self.blocks = model, {}, {}, {}
        self.at = "its input"

    def run_node(self, n):
        self.at = f"{n.name} ({n.op} {n.target})"
        value = self._alike(n)
        if value is None:
            value = super().run_node(n)
        if n.op == "get_attr":
            value = value.to("meta")
        self.origins[n] = self._origin(n, value)
        return value

    def _origin(self, node, value):
        if node.op == "placeholder":
            return self._input(value)
        args, kwargs = fx.node.map_arg(
            (node.args, node.kwargs),
            lambda n: self.env[n] if self.origins[n] is None else self.origins[n],
        )
        if node.op == "output":
            (self.result,) = args
            if not isinstance(self.result, Origin):
                got = type(value).__name__
                raise UnknownError(f"the model must return one tensor of its input's, got {got}")
            if not value.numel():  # older releases of torch size a kernel that does not fit
                raise ValueError(f"nothing is left: the result would be {tuple(value.shape)}")
            return None
        shape = _shape(value)
        if shape is None or not any(self.origins[n] is not None for n in node.all_input_nodes):
            return None
        return self._named(node, self._read(node, shape, args, kwargs))

    def _input(self, value):
        if not isinstance(value, torch.Tensor):
            return None
        spatial = value.shape[2:]
        dims = [((axis, size),) for axis, size in enumerate(spatial)]
        origin = Origin([((None, size),) for size in value.shape[:2]] + dims, count=len(spatial))
        origin.name, origin.operation = "input", "input"
        return origin

    def _alike(self, node):
        """The result of an operation element by element: its shape is known without a run.

        On the meta device it would import PyTorch's compiler, which takes seconds.
        """
        values = [v for v in map(self.env.get, node.all_input_nodes) if torch.is_tensor(v)]
        if not values or self._rule(node)[1] not in ALIKE:
            return None
        if node.op == "call_module":
            return torch.empty_like(values[0])
        shape = torch.broadcast_shapes(*(value.shape for value in values))
        return torch.empty(shape, dtype=values[0].dtype)

    def _read(self, node, shape, args, kwargs):
        operation, rule, settings = self._rule(node)
        try:
            if rule is None:
                raise UnknownError("it has no rule")
            args = (*(args[:1] if settings else args), *settings)
            several = shape and isinstance(shape[0], tuple)
            if several and rule not in PARTS:  # indices beside the maxima
                return (FUNCTIONS[rule](shape[0], *args, **kwargs),) * len(shape)
            return FUNCTIONS[rule](shape, *args, **kwargs)
        except UnknownError as reason:
            if self.model is None:
                raise UnknownError(
                    f"what {node.name} ({operation}) reads is not known: {reason}."
                    ' fallback="measure" measures it by gradients.'
                ) from None
            return measured(self.model, node, self.origins, self.env, shape)

    def _rule(self, node):
        """What the operation is called, the name of its rule (or None), a module's settings."""
        if node.op == "call_module":
            module = self.fetch_attr(node.target)
            rule, names, *more = MODULES.get(type(module).__name__, (None, ""))
            settings = [getattr(module, name) for name in names.split()] + more
            return type(module).__name__, rule, settings
        if node.op not in ("call_method", "call_function"):
            return node.op, None, ()
        method = node.op == "call_method"
        name = node.target if method else node.target.__name__
        ours = method or (node.target.__module__ or "").startswith(_LIBRARIES)
        rule = name.rstrip("_")
        return name, rule if ours and rule in FUNCTIONS else None, ()

    def _named(self, node, origin):
        for one in origin if isinstance(origin, tuple) else (origin,):
            for block, _ in node.meta.get("nn_module_stack", {}).values():
                self.blocks[block] = one
            if not one.name:
                module = node.op == "call_module" and node.target not in self.layers
                one.name = node.target if module else node.name
                one.operation, _, _ = self._rule(node)
                self.layers.setdefault(one.name, one)
        return origin


def _shape(value):
    """The shape of a tensor, or the shapes of several; None for what holds no tensor."""
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, (tuple, list)) and any(isinstance(v, torch.Tensor) for v in value):
        return tuple(_shape(v) for v in value)
    return None
