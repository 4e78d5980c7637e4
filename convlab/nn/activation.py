"""Activations as Modules: arguments and attributes as in `torch.nn`.

Each class applies the function of `convlab.nn.functional` that it names, whose errors it has.
Source: the documentation of the class of the same name in `torch.nn`.
"""

from convlab.nn import functional as F
from convlab.nn.layer import Layer


class ReLU(Layer):
    """max(0, x)."""

    function = staticmethod(F.relu)
    settings = ("inplace",)

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class SiLU(ReLU):
    """x * sigmoid(x)."""

    function = staticmethod(F.silu)


class LeakyReLU(Layer):
    """x where it is positive, negative_slope * x elsewhere."""

    function = staticmethod(F.leaky_relu)
    settings = ("negative_slope", "inplace")

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False):
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    function = staticmethod(F.sigmoid)


class Tanh(Layer):
    """The hyperbolic tangent."""

    function = staticmethod(F.tanh)


class Softplus(Layer):
    """log(1 + exp(beta x)) / beta, and x where beta x is above the threshold."""

    function = staticmethod(F.softplus)
    settings = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold


class GELU(Layer):
    """x times the chance that a normal number is below x."""

    function = staticmethod(F.gelu)
    settings = ("approximate",)

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"
