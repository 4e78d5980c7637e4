"""The door of every room: what is let in, in which form, and what is said to the rest."""

from fractions import Fraction

import numpy
import pytest
import torch

from convlab.validation import finite, integer, integers, number, per_axis, real_tensor


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (integers("n", 3), (3,)),
        (integers("n", (1, 2)), (1, 2)),
        (integers("n", [4]), (4,)),
        (integers("n", numpy.int64(5)), (5,)),
        (integers("n", -2, least=-2, most=-2), (-2,)),
        (integer("n", 7, most=7), 7),
        (per_axis("n", 2, 3), (2, 2, 2)),
        (per_axis("n", (1, 2), 2), (1, 2)),
        (per_axis("n", [0], 2, least=0), (0, 0)),
        (number("x", 1, 0, 1), 1.0),
        (number("x", Fraction(1, 2), 0, 1), 0.5),
        (number("x", numpy.float32(0.25), 0, 1), 0.25),
    ],
)
def test_one_form(value, want):
    assert value == want
    assert type(value) is type(want)


def test_a_tensor_is_copied_without_its_history():
    X = torch.ones(2, requires_grad=True)
    Y = real_tensor("X", X * 2)
    assert torch.equal(Y, torch.tensor([2.0, 2.0]))
    assert not Y.requires_grad
    Z = torch.ones(2)
    assert real_tensor("Z", Z).data_ptr() != Z.data_ptr()


def test_a_finite_tensor_is_handed_on():
    X = torch.tensor([-3.0, 3.0])
    assert finite("X", X, 3) is X
    empty = torch.ones(0)
    assert finite("X", empty, 3) is empty


WRONG_TYPES = [
    (lambda: integers("n", 1.0), "n must be an integer or a tuple of integers, got 1.0"),
    (lambda: integers("n", True), "n must be an integer or a tuple of integers, got True"),
    (lambda: integers("n", (1, None)), r"n must be an integer or a tuple .* got \(1, None\)"),
    (lambda: integers("n", ()), r"n must be an integer or a tuple of integers, got \(\)"),
    (lambda: integers("n", "3"), "n must be an integer or a tuple of integers, got '3'"),
    (lambda: integer("n", (1,)), r"n must be an integer, got \(1,\)"),
    (lambda: integer("n", False), "n must be an integer, got False"),
    (lambda: per_axis("n", None, 2), "n must be an integer or a tuple of integers, got None"),
    (lambda: number("x", "1", 0, 1), "x must be a number, got str"),
    (lambda: number("x", True, 0, 1), "x must be a number, got bool"),
    (lambda: number("x", 1j, 0, 1), "x must be a number, got complex"),
    (lambda: real_tensor("X", [1.0]), "X must be a torch.Tensor, got list"),
    (lambda: real_tensor("X", torch.ones(2) > 0), "X must hold real numbers, got torch.bool"),
    (lambda: real_tensor("X", torch.ones(2) * 1j), "X must hold real numbers, got torch.complex64"),
]
OUT_OF_RANGE = [
    (lambda: integers("n", 0), "n must be at least 1, got 0"),
    (lambda: integers("n", (3, -1), least=0), r"n must be at least 0, got \(3, -1\)"),
    (lambda: integers("n", (1, 9), most=8), r"n must be at most 8, got \(1, 9\)"),
    (lambda: integer("n", 9, most=8), "n must be at most 8, got 9"),
    (lambda: per_axis("n", (1, 2, 3), 2), r"n must be an integer or 2 of them, got \(1, 2, 3\)"),
    (lambda: per_axis("n", (1, 0), 2), r"n must be at least 1, got \(1, 0\)"),
    (lambda: number("x", 0, 0, 1e6), "x must be above 0 and at most 1,000,000, got 0"),
    (lambda: number("x", 1.5, 0, 1), "x must be above 0 and at most 1, got 1.5"),
    (lambda: number("x", 10**400, 0, 1), "x must be above 0 and at most 1, got 1000"),
    (lambda: number("x", float("nan"), 0, 1), "x must be above 0 and at most 1, got nan"),
    (lambda: finite("X", torch.tensor([4.0]), 3), r"X must hold finite numbers up to 3, got\n"),
    (lambda: finite("X", torch.tensor([float("nan")]), 3), "X must hold finite numbers up to 3"),
    (lambda: finite("X", torch.tensor([-float("inf")]), 3), "X must hold finite numbers up to 3"),
]


@pytest.mark.parametrize(("call", "message"), WRONG_TYPES)
def test_another_type_is_refused(call, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        call()


@pytest.mark.parametrize(("call", "message"), OUT_OF_RANGE)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
