"""The explorers: of each one its Python, its script and its style, under its public name.

A widget computes with the course's own functions and shows through `page/`. It may import `base`
and its neighbours in `explore/`, and every room below, but no other widget.
"""
