"""Explorers: the lessons' ideas under the mouse and the arrow keys.

What belongs here shows a tensor, a network or a loss and lets it be moved: Python computes every
number with the course's own functions and sends tables, a script looks them up, colours and moves,
so that most of it works in a saved page as well. It may import every room but `exercises`,
`solutions` and `course`.
"""

from convlab.explore.widgets.activation import activation
from convlab.explore.widgets.conv1d import conv1d
from convlab.explore.widgets.convolution import convolution
from convlab.explore.widgets.descent import descent
from convlab.explore.widgets.kernel import kernel
from convlab.explore.widgets.receptive_field import receptive_field

__all__ = ["activation", "conv1d", "convolution", "descent", "kernel", "receptive_field"]
