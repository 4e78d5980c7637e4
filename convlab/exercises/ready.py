"""Notice the use of a function that the learner is to build."""

import inspect
import sys
from collections.abc import Callable, Iterable
from types import CodeType

import torch
import torch.nn.functional as F
from torch._ops import OpOverload, OpOverloadPacket
from torch.overrides import TorchFunctionMode

# In all of these a name means one operation, but for `unfold`: F.unfold is none of the others.
_NAMESPACES = (F, torch, torch._C._nn)


class Watch(TorchFunctionMode):
    """Within it, uses of the functions `ready` are noted, whatever name they are called by.

    Functions of torch are seen where torch dispatches them, others by their code. A string names
    a function where the attempt was written. An attempt that is one of them is noted at once.
    """

    def __init__(self, ready: Iterable[Callable | str], attempt: Callable):
        super().__init__()
        self.used: list[str] = []
        self._labels: dict[object, str] = {}
        for function in ready:
            function = _globals(attempt).get(function) if isinstance(function, str) else function
            if function is not None:
                self._labels |= dict.fromkeys(_aliases(function), _label(function))
        for key in _aliases(attempt):
            self._note(key)

    def __enter__(self):
        self._outer = sys.getprofile()
        if any(isinstance(key, CodeType) for key in self._labels):
            sys.setprofile(self._see_call)
        return super().__enter__()

    def __exit__(self, exc_type, exc_val, exc_tb):
        sys.setprofile(self._outer)
        return super().__exit__(exc_type, exc_val, exc_tb)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self._note(_operation(func))
        return func(*args, **(kwargs or {}))

    def _see_call(self, frame, event, argument):
        if event == "call":
            self._note(frame.f_code)
            if self.used:  # known; and what it imports at its first call is slow to look at
                sys.setprofile(self._outer)

    def _note(self, key):
        try:
            label = self._labels.get(key)
        except TypeError:  # it has no hash, so it is none of them
            return
        if label is not None:
            self.used.append(label)


def _globals(attempt):
    """The names that are known where a function or a class was written."""
    functions = (attempt, *vars(attempt).values()) if inspect.isclass(attempt) else (attempt,)
    return next((f.__globals__ for f in functions if hasattr(f, "__globals__")), {})


def _aliases(function):
    """The function itself, its code, and what torch calls by its name elsewhere."""
    yield _operation(function)
    code = getattr(function, "__code__", None)
    if isinstance(code, CodeType):
        yield code
    name = getattr(function, "__name__", "")
    if function in [getattr(space, name, None) for space in _NAMESPACES]:
        yield from (getattr(space, name) for space in _NAMESPACES if hasattr(space, name))
        yield f"aten::{name}"
    elif function is getattr(torch.Tensor, name, None):
        yield f"aten::{name}"
        yield getattr(torch, name, function)


def _operation(function):
    """What stands for a function: of the overloads in torch.ops, the name that they share."""
    if isinstance(function, OpOverload):
        function = function.overloadpacket
    return function._qualified_op_name if isinstance(function, OpOverloadPacket) else function


def _label(function):
    name = function.__name__
    if function is getattr(torch.Tensor, name, None):
        return f"Tensor.{name}"
    if function is getattr(F, name, None):
        return f"F.{name}"
    return f"torch.{name}" if function is getattr(torch, name, None) else name
