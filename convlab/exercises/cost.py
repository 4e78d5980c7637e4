"""Count the multiplications of a call."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

_aten = torch.ops.aten
_ELEMENTWISE = {
    *(_aten.mul, _aten.mul_, _aten.div, _aten.div_, _aten.square, _aten.pow, _aten.pow_),
    *(_aten.addcmul, _aten.addcmul_, _aten.addcdiv, _aten.addcdiv_),
}
_SUMS = {_aten.mv, _aten.dot, _aten.vdot}  # as many as the first argument has elements


class Multiplications(TorchDispatchMode):
    """Within it, `count` grows by the multiplications and divisions that torch makes.

    Products of matrices and convolutions by torch's own formulas, products of tensors by their
    elements, whatever way they were written (loops, einsum, @). Python's own numbers and Fourier
    transforms are not seen.
    """

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args: tuple = (), kwargs=None):
        result = func(*args, **(kwargs or {}))
        operation = func.overloadpacket
        if operation in flop_registry:  # a product and a sum are two operations there
            self.count += flop_registry[operation](*args, **(kwargs or {}), out_val=result) // 2
        elif operation in _SUMS:
            self.count += args[0].numel()
        elif operation in _ELEMENTWISE:
            self.count += result.numel()
        return result
