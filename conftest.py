"""Registers the notebook suite for `tests/` and `notebooks/` alike."""

pytest_plugins = ["tests.lessons.plugin"]
