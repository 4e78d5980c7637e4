"""The device of a lesson, and the settings under which CPU and CUDA give the same numbers."""

import os

import torch


def device(seed: int = 0) -> torch.device:
    """The lesson's device, as `choose` finds it, after making the lesson `repeatable`.

    `CONVLAB_DEVICE` ("cpu", "cuda", "cuda:1", ...) decides; without it, CUDA where there is one.
    Seeds torch, turns TF32 off, asks cuDNN for repeatable algorithms and prints tensors with four
    decimals. Draw random numbers on the CPU and move them: the generators of CPU and CUDA differ.

    Args:
        seed: what `torch.manual_seed` is given.

    Raises:
        ValueError: CONVLAB_DEVICE names no device that torch can use here.
    """
    here = choose()
    repeatable(seed)
    return here


def repeatable(seed: int = 0) -> None:
    """Seed torch, make CPU and CUDA agree, and print tensors with four decimals.

    Source: PyTorch documentation, notes on reproducibility and on CUDA semantics (TF32).
    """
    torch.manual_seed(seed)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.set_printoptions(precision=4, sci_mode=False, linewidth=100)


def choose() -> torch.device:
    """The device that CONVLAB_DEVICE names, else CUDA where there is one; nothing is changed.

    Raises:
        ValueError: CONVLAB_DEVICE names no device that torch can use here.
    """
    name = os.environ.get("CONVLAB_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        here = torch.device(name)
        torch.empty(1, device=here)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"CONVLAB_DEVICE must name a device that torch can use here, such as 'cpu', "
            f"got {name!r}: {reason}"
        ) from error
    return here
