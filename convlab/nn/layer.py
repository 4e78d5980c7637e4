"""What the layers without weights share."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from torch import Tensor, nn

from convlab.nn.arguments import Maxima


class Layer(nn.Module):
    """A layer without weights: `function` of the input and the settings named in `settings`."""

    function: ClassVar[Callable[..., Maxima]]
    settings: ClassVar[Sequence[str]] = ()
    shown: ClassVar[Sequence[str]] = ()

    def forward(self, input: Tensor) -> Maxima:
        return self.function(input, **{name: getattr(self, name) for name in self.settings})

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown or self.settings)
