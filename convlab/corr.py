"""Cross-correlation of one channel without padding: the functions that the first lessons build.

Deep learning calls this operation convolution; `convolve2d` is the one that mathematics calls so.
Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
"""

from itertools import product

import torch
from torch import nn

from convlab.validation import per_axis

_AXES = {1: "(W,)", 2: "(H, W)", 3: "(D, H, W)"}


def corr1d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Slide kernel K (k,) along signal X (W,) and sum the products: Y (W - k + 1,).

    X and K share a dtype and a device, which Y keeps; gradients reach both.

    Raises:
        TypeError: not a tensor, a dtype without arithmetic, or two dtypes.
        ValueError: wrong number of axes, an empty tensor, two devices, or a kernel larger than X.

    Source: `torch.nn.functional.conv1d` without padding, on one channel.
    """
    return _corr(X, K, axes=1)


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Slide kernel K (h, w) over picture X (H, W) and sum the products: Y (H - h + 1, W - w + 1).

    Y[i, j] = sum over a, b of X[i + a, j + b] * K[a, b]. X and K share a dtype and a device,
    which Y keeps; gradients reach both. Errors as in `corr1d`.

    Source: A. Zhang et al., Dive into Deep Learning, section 7.2; `torch.nn.functional.conv2d`.
    """
    return _corr(X, K, axes=2)


def corr3d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Slide kernel K (d, h, w) through volume X (D, H, W): Y (D - d + 1, H - h + 1, W - w + 1).

    X and K share a dtype and a device, which Y keeps; gradients reach both. Errors as in `corr1d`.

    Source: `torch.nn.functional.conv3d` without padding, on one channel.
    """
    return _corr(X, K, axes=3)


def convolve2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Convolve X (H, W) with K (h, w) as mathematics does: `corr2d` with K turned by 180 degrees.

    Y (H - h + 1, W - w + 1) holds the positions where K lies wholly inside X ('valid').
    Errors as in `corr1d`.

    Source: `scipy.signal.convolve2d(X, K, mode="valid")`.
    """
    _require_pair(X, K, axes=2)
    return corr2d(X, K.flip(0, 1))


def corr2d_loop(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """The same as `corr2d`, written as the definition reads: one Python step an output element.

    Source: A. Zhang et al., Dive into Deep Learning, section 7.2.
    """
    _require_pair(X, K, axes=2)
    h, w = K.shape
    Y = torch.zeros(_valid_shape(X, K), dtype=X.dtype, device=X.device)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


def corr2d_fft(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """The same as `corr2d` by the Fourier transform: its cost does not grow with the kernel.

    The spectrum of Y is the spectrum of X times the conjugate spectrum of K. The transform wraps
    around at the border; the positions where K lies wholly inside X are those that do not.
    Float16 and bfloat16 are computed in float32, integers in float64 and rounded: exact while
    the sums stay below 2**52 / (H * W). Complex tensors are supported. Errors as in `corr1d`.

    Source: the cross-correlation theorem, R. Bracewell, The Fourier Transform, 1965.
    """
    _require_pair(X, K, axes=2)
    if X.is_complex():
        spectrum = torch.fft.fft2(X) * torch.fft.fft2(K.conj(), s=X.shape).conj()
        return torch.fft.ifft2(spectrum)[_valid_slices(X, K)].to(X.dtype)
    working = _fft_dtype(X.dtype)
    spectrum = torch.fft.rfft2(X.to(working)) * torch.fft.rfft2(K.to(working), s=X.shape).conj()
    Y = torch.fft.irfft2(spectrum, s=X.shape)[_valid_slices(X, K)]
    return (Y if X.is_floating_point() else Y.round()).to(X.dtype)


class Conv2D(nn.Module):
    """A layer of one channel: `corr2d` with a learnable `weight` (h, w) plus a learnable `bias` ().

    Args:
        kernel_size: h = w as an integer, or (h, w); each at least 1.

    The weight starts uniform in [0, 1), the bias at 0; `forward` takes X (H, W) and gives
    (H - h + 1, W - w + 1).

    Raises:
        TypeError: kernel_size is not an integer or a tuple of integers.
        ValueError: kernel_size is below 1, or a tuple of more or fewer than two.

    Source: A. Zhang et al., Dive into Deep Learning, section 7.2.
    """

    def __init__(self, kernel_size: int | tuple[int, int]):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(per_axis("kernel_size", kernel_size, 2)))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return corr2d(X, self.weight) + self.bias

    def extra_repr(self) -> str:
        return f"kernel_size={tuple(self.weight.shape)}"


def _corr(X, K, axes):
    _require_pair(X, K, axes)
    shape = _valid_shape(X, K)
    Y = X.new_zeros(shape)
    for offset in product(*map(range, K.shape)):
        shifted = tuple(slice(start, start + n) for start, n in zip(offset, shape, strict=True))
        Y = Y + K[offset] * X[shifted]
    return Y


def _valid_shape(X, K):
    return tuple(n - k + 1 for n, k in zip(X.shape, K.shape, strict=True))


def _valid_slices(X, K):
    return tuple(slice(n) for n in _valid_shape(X, K))


def _fft_dtype(dtype):
    if not dtype.is_floating_point:
        return torch.float64
    return torch.promote_types(dtype, torch.float32)


def _require_pair(X, K, axes):
    for name, value in (("X", X), ("K", K)):
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"{name} must be a torch.Tensor, got {type(value).__name__}")
    shapes = f"X has shape {tuple(X.shape)}, K has shape {tuple(K.shape)}"
    for name, value in (("X", X), ("K", K)):
        if value.dim() != axes:
            plural = "axis" if axes == 1 else "axes"
            raise ValueError(f"{name} must have {axes} {plural} {_AXES[axes]}: {shapes}")
        if value.numel() == 0:
            raise ValueError(f"{name} must not be empty: {shapes}")
        if value.dtype == torch.bool:
            raise TypeError(f"{name} must hold numbers, got torch.bool: {shapes}")
    if X.dtype != K.dtype:
        raise TypeError(f"X and K must share a dtype, got {X.dtype} and {K.dtype}: {shapes}")
    if X.device != K.device:
        raise ValueError(f"X and K must share a device, got {X.device} and {K.device}: {shapes}")
    if any(k > n for n, k in zip(X.shape, K.shape, strict=True)):
        raise ValueError(f"K must not be larger than X on any axis: {shapes}")
