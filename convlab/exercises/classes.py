"""A case of a class exercise: a layer is made, gets our numbers, and is called."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import nn

from convlab.exercises.compare import difference
from convlab.exercises.trials import ShapeError, Trial, WrongError, named
from convlab.solutions.exercise import Exercise


class ModuleTrial(Trial):
    """A trial of a class, whose layers called `layers` are followed one by one."""

    def __init__(self, cls: type, ours: nn.Module, layers: tuple[str, ...]):
        super().__init__(cls, ours, {})
        self.our_module, self.layers = ours, layers

    def values(self, watch: AbstractContextManager) -> None:
        """Make the learner's layer, give it our parameters, and compare what forward gives."""
        ours = self.our_module
        with watch:
            theirs = self.theirs(*self.settings.values())
        if not isinstance(theirs, nn.Module):
            raise ShapeError("the class must inherit from nn.Module")
        _require_layers(theirs, self.layers)
        _require_parameters(theirs, ours)
        # Parameters only: a buffer is the learner's own work.
        theirs.load_state_dict(dict(ours.named_parameters()), strict=False)
        self.theirs = theirs
        self.their_weights = dict(theirs.named_parameters())
        self.our_weights = dict(ours.named_parameters())
        with (
            _followed(ours, self.layers) as right,
            _followed(theirs, self.layers) as calls,
        ):
            try:
                super().values(watch)
            except WrongError:
                _require_counts(calls, right)
                _require_alike(calls, right)
                raise
            except RuntimeError:  # an earlier layer's shape may be the reason
                _require_alike(calls, right)
                raise
        _require_counts(calls, right)


def module_trials(
    cls: type, exercise: Exercise, answer: type, cases: Iterable[tuple]
) -> Iterator[ModuleTrial]:
    """A trial for each pair of a constructor's and forward's arguments, by the answer's names."""
    for constructor, forward in cases:
        trial = ModuleTrial(cls, exercise.oracle(*constructor), exercise.layers)
        trial.settings = named(answer, constructor)
        trial.inputs = named(answer.forward, (None, *forward))
        del trial.inputs["self"]
        yield trial


def _require_layers(theirs, layers):
    found = dict(theirs.named_children())
    for name in layers:
        if name not in found:
            names = ", ".join(found) or "none"
            raise ShapeError(f"no layer called {name} (found: {names}): set self.{name} = nn....")


def _require_parameters(theirs, ours):
    got, want = dict(theirs.named_parameters()), dict(ours.named_parameters())
    for name, parameter in want.items():
        if name not in got:
            names = ", ".join(got) or "none"
            child = name.partition(".")[0]
            remedy = (
                f"set self.{child} to a layer that has it"
                if "." in name
                else f"set self.{name} = nn.Parameter(...)"
            )
            raise ShapeError(f"no parameter called {name} (found: {names}): {remedy} in __init__")
        if got[name].shape != parameter.shape:
            shapes = f"expected {tuple(parameter.shape)}, got {tuple(got[name].shape)}"
            raise ShapeError(f"parameter {name} has the wrong shape: {shapes}")
        if parameter.requires_grad and not got[name].requires_grad:
            raise ShapeError(f"parameter {name} is frozen (requires_grad=False): never learned")
    for name in got:
        if name not in want:
            raise ShapeError(f"there is a parameter {name} that this layer does not need")


@contextmanager
def _followed(module, layers):
    """A list that grows by the name, input and output of each call of a layer."""
    calls: list[tuple[str, object, object]] = []

    def follow(name):
        def hook(layer, inputs, output):
            calls.append((name, _kept(inputs[0] if inputs else None), _kept(output)))

        return hook

    children = dict(module.named_children())
    handles = [children[name].register_forward_hook(follow(name)) for name in layers]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _kept(value):
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def _require_counts(calls, right):
    counts, wanted = (Counter(name for name, *_ in made) for made in (calls, right))
    for name, wanted_count in wanted.items():
        if counts[name] < wanted_count:
            raise WrongError(f"self.{name} is {_times(counts[name])} in forward")
        if counts[name] > wanted_count:
            remark = f"{_times(counts[name])} in one forward"
            raise WrongError(f"self.{name} is {remark}, expected {wanted_count}")


def _times(count):
    return {0: "never called", 1: "called once", 2: "called twice"}.get(
        count, f"called {count} times"
    )


def _require_alike(calls, right):
    """The first layer, in the order of the right calls, that gets or gives something else.

    Calls that were not made, since forward failed before, are not looked at.
    """
    got_by_name = {name: [call for call in calls if call[0] == name] for name, *_ in right}
    for name, *wanted in right:
        if not got_by_name[name]:
            return
        _, *made = got_by_name[name].pop(0)
        whats = f"goes into {name}", f"{name} gives"
        for what, got, want in zip(whats, made, wanted, strict=True):
            problem = difference(got, want)
            if problem:
                raise WrongError(f"the first that differs is what {what}: {problem}")
