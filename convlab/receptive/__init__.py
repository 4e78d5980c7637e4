"""Which part of the input a unit sees: exactly, by structure, and how strongly, by gradients.

What belongs here reads networks: tracing, the rules of operations, the graph of origins and axes,
and the fields that follow from it. It may import `validation` and `arithmetic`, and `plot` to draw.
"""

from convlab.receptive.effective import EffectiveField, effective_receptive_field
from convlab.receptive.field import ReceptiveField, receptive_field

__all__ = ["EffectiveField", "ReceptiveField", "effective_receptive_field", "receptive_field"]
