"""What scripts in a page share: modules for elements, numbers, grids, charts, films and Python.

What belongs here serves more than one script; `bundle` joins a script with what it imports. It
imports no other room.
"""
