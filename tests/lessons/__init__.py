"""The notebook suite: lessons run under nbval, as committed and solved, and are compared with care."""
