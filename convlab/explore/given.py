"""What explorers take from a caller."""

import torch


def real(name: str, value: torch.Tensor) -> torch.Tensor:
    """A copy of a tensor of real numbers on the CPU, without its history.

    Raises:
        TypeError: value is no tensor, or one of booleans or complex numbers.
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(value).__name__}")
    if value.dtype == torch.bool or value.is_complex():
        raise TypeError(f"{name} must hold real numbers, got {value.dtype}")
    return value.detach().cpu().clone()
