"""The course as a whole: the command line, a learner's copy, the doctor, the exported pages.

What belongs here handles lessons as files. It stands on top and may import every room.
"""
