"""Numbers as the explorers show them."""

import torch


def write(numbers: torch.Tensor) -> str:
    """Numbers as text, three digits or whole, with "~" before what is rounded."""
    numbers = numbers.flatten()
    if bool((numbers == numbers.round()).all()) and float(numbers.abs().max()) < 1e5:
        return " ".join(map(str, numbers.long().tolist()))
    texts = [_short(value) for value in numbers.tolist()]
    shown = torch.tensor([float(text) for text in texts], dtype=numbers.dtype)
    same = (shown == numbers).tolist()
    return " ".join(t if exact else f"~{t}" for t, exact in zip(texts, same, strict=True))


def _short(value):
    if value == round(value) and abs(value) < 1e5:
        return str(round(value))
    return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-")
