"""The convolutions as Modules: arguments, parameters and initialisation as in `torch.nn`.

Each class does what the class of its name in `torch.nn` does, whose documentation is the source of
its arguments; a `state_dict` moves either way, and one seed gives the same weights to both. Shapes
and errors are those of the function of `convlab.nn.functional` that `forward` calls.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import ClassVar

import torch
from torch import Tensor, nn

from convlab.arithmetic import output_padding_for, require_groups
from convlab.nn import arguments
from convlab.nn import functional as F
from convlab.validation import Size, per_axis

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(nn.Module):
    """The settings that all convolutions share, `weight`, `bias` and how they start."""

    function: ClassVar[Callable[..., Tensor]]
    axes: ClassVar[int]
    transposed: ClassVar[bool] = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        require_groups(in_channels, out_channels, groups)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis("kernel_size", kernel_size, self.axes)
        self.stride = per_axis("stride", stride, self.axes)
        self.dilation = per_axis("dilation", dilation, self.axes)
        self.output_padding = (0,) * self.axes
        self.padding, self.padding_mode = self._checked_padding(padding), padding_mode
        if padding_mode not in _PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {_PADDING_MODES}, got {padding_mode!r}")
        first, second = in_channels, out_channels
        if not self.transposed:
            first, second = second, first
        shape = (first, second // groups, *self.kernel_size)
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias = (
            nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight, then bias, uniformly within 1 / sqrt(numbers that make an output).

        Source: K. He et al., Delving Deep into Rectifiers, 2015, with torch's a = sqrt(5).
        """
        nn.init.kaiming_uniform_(self.weight, a=sqrt(5))
        if self.bias is not None:
            bound = 1 / sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def _checked_padding(self, padding):
        if not isinstance(padding, str):
            return per_axis("padding", padding, self.axes, least=0)
        if padding not in ("same", "valid"):
            raise ValueError(f'padding must be integers, "valid" or "same", got {padding!r}')
        if padding == "same" and max(self.stride) > 1:
            raise ValueError(f'stride must be 1 with padding "same", got {self.stride}')
        return padding

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}", f"kernel_size={self.kernel_size}"]
        shown.append(f"stride={self.stride}")
        usual = {"padding": 0, "dilation": 1, "output_padding": 0}
        for name, value in usual.items():
            if getattr(self, name) != (value,) * self.axes:
                shown.append(f"{name}={getattr(self, name)}")
        if self.groups != 1:
            shown.append(f"groups={self.groups}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


class _Conv(_ConvNd):
    def forward(self, input: Tensor) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._borders(), self.padding_mode)
            padding = 0
        settings = (self.stride, padding, self.dilation, self.groups)
        return self.function(input, self.weight, self.bias, *settings)

    def _borders(self):
        """The padding as `pad` wants it: (before, after), the last axis first."""
        pairs = arguments.borders(self.padding, self.kernel_size, self.dilation)
        return [count for pair in reversed(pairs) for count in pair]


class Conv1d(_Conv):
    """Convolution of (N, C, L): `weight` (out_channels, in_channels / groups, k), `bias`."""

    axes, function = 1, staticmethod(F.conv1d)


class Conv2d(_Conv):
    """Convolution of (N, C, H, W): `weight` (out_channels, in_channels / groups, h, w), `bias`."""

    axes, function = 2, staticmethod(F.conv2d)


class Conv3d(_Conv):
    """Convolution of (N, C, D, H, W): `weight` as in Conv2d with (d, h, w), `bias`."""

    axes, function = 3, staticmethod(F.conv3d)


class _ConvTranspose(_ConvNd):
    # Padding has no names here.
    padding: tuple[int, ...]  # pyrefly: ignore[bad-override-mutable-attribute]
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        if padding_mode != "zeros":
            raise ValueError(f'padding_mode must be "zeros" here, got {padding_mode!r}')
        padding = per_axis("padding", padding, self.axes, least=0)
        settings = (stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        super().__init__(in_channels, out_channels, kernel_size, *settings)
        self.output_padding = per_axis("output_padding", output_padding, self.axes, least=0)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """`output_size` says which of the sizes that the stride leaves open is wanted."""
        extra = self.output_padding
        if output_size is not None:
            wanted = tuple(output_size)[-self.axes :]
            size = tuple(input.shape[-self.axes :])
            settings = (self.kernel_size, self.stride, self.padding, self.dilation)
            extra = output_padding_for(size, wanted, *settings)
        settings = (self.stride, self.padding, extra, self.groups, self.dilation)
        return self.function(input, self.weight, self.bias, *settings)


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution of (N, C, L): `weight` (in_channels, out_channels / groups, k)."""

    axes, function = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of (N, C, H, W): `weight` as in ConvTranspose1d with (h, w)."""

    axes, function = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution of (N, C, D, H, W): `weight` as in ConvTranspose1d with (d, h, w)."""

    axes, function = 3, staticmethod(F.conv_transpose3d)
