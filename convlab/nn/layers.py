"""The layers without weights as Modules: arguments and attributes as in `torch.nn`.

Each class applies the function of `convlab.nn.functional` that it names, whose shapes and errors
it has. Source: the documentation of the class of the same name in `torch.nn`.
"""

from torch import nn

from convlab.nn import functional as F
from convlab.nn.arguments import per_axis


class _Layer(nn.Module):
    """A layer without weights: `function` of the input and the settings named in `settings`."""

    settings = ()
    shown = None

    def forward(self, input):
        return self.function(input, **{name: getattr(self, name) for name in self.settings})

    def extra_repr(self):
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown or self.settings)


class _MaxPool(_Layer):
    """The highest number of each window."""

    settings = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    shown = settings[:-1]

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode


class _MaxUnpool(_Layer):
    """Each number back to where its index says, zeros elsewhere."""

    settings = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size = per_axis("kernel_size", kernel_size, self.axes)
        self.stride = per_axis("stride", kernel_size if stride is None else stride, self.axes)
        self.padding = per_axis("padding", padding, self.axes, least=0)

    def forward(self, input, indices, output_size=None):
        settings = (self.kernel_size, self.stride, self.padding, output_size)
        return self.function(input, indices, *settings)


class _AvgPool(_Layer):
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
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
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
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        stride = kernel_size if stride is None else stride
        kernel_size, stride = per_axis("kernel_size", kernel_size, 1), per_axis("stride", stride, 1)
        padding = per_axis("padding", padding, 1, least=0)
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


class _AdaptiveAvgPool(_Layer):
    """The mean of windows that share the input out."""

    settings = ("output_size",)

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size


class _AdaptiveMaxPool(_Layer):
    """The highest number of windows that share the input out."""

    settings = ("output_size", "return_indices")
    shown = settings[:1]

    def __init__(self, output_size, return_indices=False):
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


class ReLU(_Layer):
    """max(0, x)."""

    function = staticmethod(F.relu)
    settings = ("inplace",)

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class SiLU(ReLU):
    """x * sigmoid(x)."""

    function = staticmethod(F.silu)


class LeakyReLU(_Layer):
    """x where it is positive, negative_slope * x elsewhere."""

    function = staticmethod(F.leaky_relu)
    settings = ("negative_slope", "inplace")

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class Sigmoid(_Layer):
    """1 / (1 + exp(-x))."""

    function = staticmethod(F.sigmoid)


class Tanh(_Layer):
    """The hyperbolic tangent."""

    function = staticmethod(F.tanh)


class Softplus(_Layer):
    """log(1 + exp(beta x)) / beta, and x where beta x is above the threshold."""

    function = staticmethod(F.softplus)
    settings = ("beta", "threshold")

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold


class GELU(_Layer):
    """x times the chance that a normal number is below x."""

    function = staticmethod(F.gelu)
    settings = ("approximate",)

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def extra_repr(self):
        return f"approximate={self.approximate!r}"
