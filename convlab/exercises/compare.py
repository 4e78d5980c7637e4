"""Say in a learner's words how a result differs from the one that is right."""

import math
import numbers
from collections.abc import Callable

import torch

SHOWN_ELEMENTS = 40

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
    integers exactly, other numbers to a relative 1e-4; all else by `==`.
    """
    if isinstance(want, torch.Tensor):
        return _tensor_difference(got, want)
    if isinstance(want, (tuple, list)):
        return _sequence_difference(got, want)
    if isinstance(want, numbers.Real) and not isinstance(want, bool):
        return _number_difference(got, want)
    return None if type(got) is type(want) and got == want else f"expected {want!r}, got {got!r}"


def show(value: object) -> str:
    """A value in a few lines: small tensors whole, large ones by shape and dtype."""
    if isinstance(value, torch.Tensor) and value.numel() > SHOWN_ELEMENTS:
        return f"a {str(value.dtype).removeprefix('torch.')} tensor of shape {tuple(value.shape)}"
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


def _tensor_difference(got, want):
    if got is None:
        return "returned None: does it end with `return`?"
    if not isinstance(got, torch.Tensor):
        return f"returned {type(got).__name__}, expected a torch.Tensor"
    if got.shape != want.shape:
        return f"wrong shape: expected {tuple(want.shape)}, got {tuple(got.shape)}"
    if got.dtype != want.dtype:
        return f"wrong dtype: expected {want.dtype}, got {got.dtype}"
    if got.device != want.device:
        return f"wrong device: expected {want.device}, got {got.device}"
    got, want = got.detach(), want.detach()
    nans = int(got.isnan().sum() - want.isnan().sum())
    if nans > 0:
        return f"{nans} of {got.numel()} values are NaN"
    wrong = ~torch.isclose(got, want, **_tolerance(want.dtype), equal_nan=True)
    if not wrong.any():
        return None
    if want.numel() <= SHOWN_ELEMENTS:
        return f"wrong values:\n  expected {show(want)}\n  got      {show(got)}"
    index = tuple(wrong.nonzero()[0].tolist())
    count = f"{int(wrong.sum())} of {wrong.numel()} values are wrong"
    return f"{count}, the first at {index}: expected {want[index]:.6g}, got {got[index]:.6g}"


def _tolerance(dtype):
    tolerance = _TOLERANCES.get(dtype, 0.0)
    return {"rtol": tolerance, "atol": tolerance}


def _sequence_difference(got, want):
    if not isinstance(got, (tuple, list)):
        return f"expected {len(want)} values in a {type(want).__name__}, got {show(got)}"
    names, wanted = _names(got), _names(want)
    if wanted and names and names != wanted:
        return f"expected the names {', '.join(wanted)}, got {', '.join(names)}"
    if len(got) != len(want):
        return f"expected {len(want)} values, got {len(got)}"
    for position, (one, other) in enumerate(zip(got, want, strict=True)):
        remark = difference(one, other)
        if remark:
            return f"value {position}: {remark}"
    return None


def _names(pairs):
    """The names in a list of pairs (name, value), none in anything else."""
    found = [one[0] for one in pairs if isinstance(one, (tuple, list)) and len(one) == 2]
    whole = len(found) == len(pairs) and all(isinstance(name, str) for name in found)
    return found if whole else []


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
