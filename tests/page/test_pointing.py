"""What is pointed at, and what pinning does to it."""

import pytest

MODULE = "pointing.js"
SETUP = """() => {
  const pointing = pointingOf(() => seen.push([pointing.place?.at ?? null, pointing.pinned]));
  Object.assign(window, {seen: [], pointing});
}"""


@pytest.mark.parametrize(
    ("calls", "seen"),
    [
        ("point({at: 1}); point({at: 1}); point(null)", [[1, False], [None, False]]),
        ("pin({at: 1}); point({at: 2}); point(null)", [[1, True]]),
        ("pin({at: 1}); move({at: 2}); free(); free()", [[1, True], [2, True], [2, False]]),
        ("toggle({at: 1}); toggle({at: 2}); toggle({at: 2})", [[1, True], [2, True], [2, False]]),
        ("pin({at: 1}); leave(); move({at: 2})", [[1, True], [None, False], [2, False]]),
    ],
)
def test_who_points_hears_of_each_change_once(page, calls, seen):
    for call in calls.split("; "):
        page.evaluate(f"pointing.{call}")
    assert page.evaluate("seen") == seen
