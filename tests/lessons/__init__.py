"""The notebook suite: every lesson runs, as committed and solved, and repeats its outputs."""
