"""Say in a learner's words how a result differs from the one that is right."""

import math
import numbers
from collections.abc import Callable, Mapping

import torch
from torch import nn

SHOWN_ELEMENTS = 40

_CLOSURE = "a function looks a loop's variable up when it runs, not when it is made"

# Wide enough that neither the order of a sum matters nor a constant such as 1/9 that was rounded
# to float32 on the way; dtypes not named are exact.
_TOLERANCES = {
    torch.float64: 1e-6,
    torch.complex128: 1e-6,
    torch.float32: 1e-4,
    torch.complex64: 1e-4,
    torch.float16: 1e-2,
    torch.bfloat16: 1e-1,
}


def difference(got: object, want: object) -> str | None:
    """The first difference between a learner's result and the right one, or None.

    Tensors: type, shape, dtype, device, NaN, then values. Tuples and lists element by element;
    integers exactly, other numbers to a relative 1e-4; Modules and Parameters must be the same;
    all else by `==`.
    """
    if got is None and want is not None:
        return "returned None: does it end with `return`?"
    if isinstance(want, nn.Parameter):
        copied = "the numbers are right, but in another tensor: give the parameter itself"
        return None if got is want else _tensor_difference(got, want) or copied
    if isinstance(want, torch.Tensor):
        return _tensor_difference(got, want)
    if isinstance(want, (tuple, list)):
        return _sequence_difference(got, want)
    if isinstance(want, nn.Module):
        return _module_difference(got, want)
    if isinstance(want, numbers.Real) and not isinstance(want, bool):
        return _number_difference(got, want)
    return None if type(got) is type(want) and got == want else f"expected {want!r}, got {got!r}"


def show(value: object) -> str:
    """A value in a few lines: small tensors whole, large ones by shape and dtype."""
    if isinstance(value, torch.Tensor) and value.numel() > SHOWN_ELEMENTS:
        return f"a {_dtype(value)} tensor of shape {tuple(value.shape)}"
    if isinstance(value, torch.Tensor):
        return repr(value.detach())
    text = text_of(value, repr)
    return text if len(text) <= 500 else f"{text[:500]} …"


def text_of(value: object, write: Callable[[object], str]) -> str:
    """`repr` or `str` of what a learner made, whose own writing may fail."""
    try:
        return write(value)
    except Exception as error:
        return f"a {type(value).__name__} that cannot be written ({type(error).__name__})"


def indented(text: str, columns: int) -> str:
    """The lines after the first moved to the right, so that they stand under it."""
    return text.replace("\n", "\n" + " " * columns)


def remark(got: object, want: object, inputs: Mapping[str, object]) -> str:
    """What the inputs add to a difference: which dtype is kept, where a NaN comes from; or ""."""
    if not isinstance(got, torch.Tensor) or not isinstance(want, torch.Tensor):
        return ""
    tensors = {n: v for n, v in inputs.items() if isinstance(v, torch.Tensor)}
    if got.shape != want.shape:
        return ""
    if got.dtype != want.dtype:
        like = [name for name, value in tensors.items() if value.dtype == want.dtype]
        return f"; keep the dtype of {like[0]}" if like else ""
    bad = got.isnan() & ~want.isnan()
    like = [name for name, value in tensors.items() if value.shape == got.shape]
    if not bad.any() or not like:
        return ""
    return f", where {like[0]} is {tensors[like[0]][tuple(bad.nonzero()[0])].item():g}"


def _tensor_difference(got, want):
    if not isinstance(got, torch.Tensor):
        return f"returned {type(got).__name__}, expected a torch.Tensor"
    if got.shape != want.shape:
        return f"wrong shape: expected {tuple(want.shape)}, got {tuple(got.shape)}"
    if got.dtype != want.dtype:
        return f"wrong dtype: expected {want.dtype}, got {got.dtype}"
    if got.device != want.device:
        return f"wrong device: expected {want.device}, got {got.device}"
    got, want = got.detach(), want.detach()
    nans = got.isnan() & ~want.isnan()
    if nans.any():
        index = tuple(nans.nonzero()[0].tolist())
        place = f", the first at {index}" if got.dim() else ""
        return f"{int(nans.sum())} of {got.numel()} values are NaN{place}"
    wrong = ~torch.isclose(got, want, **_tolerance(want.dtype), equal_nan=True)
    if not wrong.any():
        return None
    if want.numel() <= SHOWN_ELEMENTS:
        lines = [f"  {what:<8} {show(value)}" for what, value in (("expected", want), ("got", got))]
        return "\n".join(["wrong values:", *(indented(line, 11) for line in lines)])
    index = tuple(wrong.nonzero()[0].tolist())
    count = f"{int(wrong.sum())} of {wrong.numel()} values are wrong"
    return f"{count}, the first at {index}: expected {want[index]:.6g}, got {got[index]:.6g}"


def _tolerance(dtype):
    tolerance = _TOLERANCES.get(dtype, 0.0)
    return {"rtol": tolerance, "atol": tolerance}


def _dtype(value):
    return str(value.dtype).removeprefix("torch.")


def _sequence_difference(got, want):
    if not isinstance(got, (tuple, list)):
        return f"expected {len(want)} values in a {type(want).__name__}, got {show(got)}"
    names, wanted = _names(got), _names(want)
    if wanted and names and names != wanted:
        named = f"expected the names {wanted}, got {names}"
        return _alike(got, want) or named
    if len(got) != len(want):
        lists = show(want), show(got)
        strings = all(isinstance(value, str) for value in (*got, *want))
        return "expected {}, got {}".format(
            *(lists if strings else (f"{len(want)} values", len(got)))
        )
    for position, (one, other) in enumerate(zip(got, want, strict=True)):
        problem = difference(one, other)
        if problem and all(isinstance(value, (numbers.Real, str, slice)) for value in want):
            return f"expected {show(want)}, got {show(got)}"
        if problem:
            return _alike(got, want) or f"value {position}: {problem}"
    return None


def _names(pairs):
    """The names in a list of pairs (name, value), none in anything else."""
    found = [one[0] for one in pairs if isinstance(one, (tuple, list)) and len(one) == 2]
    whole = len(found) == len(pairs) and all(isinstance(name, str) for name in found)
    return found if whole else []


def _alike(got, want):
    """All values are one, or all have the same first element, though the right ones differ."""
    if len(got) < 2 or difference(want[0], want[-1]) is None:
        return None
    if all(value is got[0] for value in got):
        return f"all {len(got)} values are the same object: make a new one for each"
    firsts = [value[0] for value in got if isinstance(value, tuple) and value]
    right = {value[0] for value in want if isinstance(value, tuple) and isinstance(value[0], str)}
    if len(firsts) == len(got) and len(right) > 1 and all(first == firsts[0] for first in firsts):
        return f"all {len(got)} values begin with {firsts[0]!r}: {_CLOSURE}"
    return None


def _module_difference(got, want):
    if got is want:
        return None
    if not isinstance(got, nn.Module):
        return f"returned {type(got).__name__}, expected the module that was given"
    return "returned another module than the one that was given: fill that one and return it"


def _number_difference(got, want):
    if isinstance(got, torch.Tensor) and got.numel() == 1:
        got = got.item()
    if not isinstance(got, numbers.Real) or isinstance(got, bool):
        return f"expected a number, got {show(got)}"
    exact = isinstance(want, int)
    try:
        close = got == want if exact else math.isclose(got, want, rel_tol=1e-4, abs_tol=1e-6)
        return None if close else f"expected {want:.6g}, got {got:.6g}"
    except OverflowError:  # an integer beyond all floats
        return f"expected {want:.6g}, got {show(got)}"
