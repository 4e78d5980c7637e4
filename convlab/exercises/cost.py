"""Count the operations and the multiplications of a call."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

_aten = torch.ops.aten
_ELEMENTWISE = {
    *(_aten.mul, _aten.mul_, _aten.div, _aten.div_, _aten.square, _aten.pow, _aten.pow_),
    *(_aten.addcmul, _aten.addcmul_, _aten.addcdiv, _aten.addcdiv_),
}
_SUMS = {_aten.mv, _aten.dot, _aten.vdot}  # as many as the first argument has elements


def prepare() -> None:
    """Let torch import what a dispatch mode needs, so that no time limit strikes meanwhile."""
    with Cost():
        torch.zeros(1).neg()


class Cost(TorchDispatchMode):
    """Counts torch's operations within it, and the multiplications and divisions in them.

    Views compute nothing and are left out.
    Products of matrices and convolutions by torch's own formulas, products of tensors by their
    elements, whatever way they were written (loops, einsum, @). Python's own numbers and Fourier
    transforms are not seen.
    """

    def __init__(self):
        super().__init__()
        self.operations = 0
        self.multiplications = 0

    def __torch_dispatch__(self, func, types, args: tuple = (), kwargs=None):
        result = func(*args, **(kwargs or {}))
        operation = func.overloadpacket
        self.operations += not func.is_view
        if operation in flop_registry:  # a product and a sum are two operations there
            self.multiplications += (
                flop_registry[operation](*args, **(kwargs or {}), out_val=result) // 2
            )
        elif operation in _SUMS:
            self.multiplications += args[0].numel()
        elif operation in _ELEMENTWISE:
            self.multiplications += result.numel()
        return result
