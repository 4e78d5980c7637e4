"""What the layers without weights share."""

from torch import nn


class Layer(nn.Module):
    """A layer without weights: `function` of the input and the settings named in `settings`."""

    settings = ()
    shown = None

    def forward(self, input):
        return self.function(input, **{name: getattr(self, name) for name in self.settings})

    def extra_repr(self):
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown or self.settings)
