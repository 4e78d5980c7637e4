"""Explorers: the lessons' ideas under the mouse and the arrow keys.

Python computes every number with the course's own functions and sends them as tables; a script in
the page looks them up, colours and moves, so that most of it works in a saved page as well.
"""

from convlab.explore.cone import receptive_field
from convlab.explore.curves import activation
from convlab.explore.descending import descent
from convlab.explore.filtering import kernel
from convlab.explore.signal import conv1d
from convlab.explore.sliding import convolution

__all__ = ["activation", "conv1d", "convolution", "descent", "kernel", "receptive_field"]
