"""Pooling and unpooling as Modules: arguments and attributes as in `torch.nn`.

Each class applies the function of `convlab.nn.functional` that it names, whose shapes and errors
it has. Source: the documentation of the class of the same name in `torch.nn`.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from torch import Tensor

from convlab.nn import functional as F
from convlab.nn.arguments import AdaptiveSize
from convlab.nn.layer import Layer
from convlab.validation import Size, per_axis


class _MaxPool(Layer):
    """The highest number of each window."""

    settings = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    shown = settings[:-1]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode


class _MaxUnpool(Layer):
    """Each number back to where its index says, zeros elsewhere."""

    function: ClassVar[Callable[..., Tensor]]
    axes: ClassVar[int]
    settings = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        super().__init__()
        self.kernel_size = per_axis("kernel_size", kernel_size, self.axes)
        self.stride = per_axis("stride", kernel_size if stride is None else stride, self.axes)
        self.padding = per_axis("padding", padding, self.axes, least=0)

    # Of all layers here, this one takes two tensors.
    def forward(  # pyrefly: ignore[bad-override]
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Tensor:
        settings = (self.kernel_size, self.stride, self.padding, output_size)
        return self.function(input, indices, *settings)


class _AvgPool(Layer):
    """The mean of each window."""

    settings = (
        "kernel_size",
        "stride",
        "padding",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    )
    shown = settings[:3]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L)."""

    function = staticmethod(F.avg_pool1d)
    settings = _AvgPool.settings[:-1]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):
        stride = kernel_size if stride is None else stride
        kernel_size, stride = per_axis("kernel_size", kernel_size, 1), per_axis("stride", stride, 1)
        padding = per_axis("padding", padding, 1, least=0)
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


class _AdaptiveAvgPool(Layer):
    """The mean of windows that share the input out."""

    settings = ("output_size",)

    def __init__(self, output_size: AdaptiveSize):
        super().__init__()
        self.output_size = output_size


class _AdaptiveMaxPool(Layer):
    """The highest number of windows that share the input out."""

    settings = ("output_size", "return_indices")
    shown = settings[:1]

    def __init__(self, output_size: AdaptiveSize, return_indices: bool = False):
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices


class MaxPool1d(_MaxPool):
    """The highest number of each window of (N, C, L)."""

    function = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The highest number of each window of (N, C, H, W)."""

    function = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The highest number of each window of (N, C, D, H, W)."""

    function = staticmethod(F.max_pool3d)


class MaxUnpool1d(_MaxUnpool):
    """What `MaxPool1d` took from (N, C, L), back where its indices say."""

    axes, function = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """What `MaxPool2d` took from (N, C, H, W), back where its indices say."""

    axes, function = 2, staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """What `MaxPool3d` took from (N, C, D, H, W), back where its indices say."""

    axes, function = 3, staticmethod(F.max_unpool3d)


class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W)."""

    function = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of each window of (N, C, D, H, W)."""

    function = staticmethod(F.avg_pool3d)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of windows that share (N, C, L) out."""

    function = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of windows that share (N, C, H, W) out."""

    function = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of windows that share (N, C, D, H, W) out."""

    function = staticmethod(F.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The highest number of windows that share (N, C, L) out."""

    function = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The highest number of windows that share (N, C, H, W) out."""

    function = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The highest number of windows that share (N, C, D, H, W) out."""

    function = staticmethod(F.adaptive_max_pool3d)
