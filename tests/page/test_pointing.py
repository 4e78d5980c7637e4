"""What is pointed at, and what pinning does to it."""

from pathlib import Path

import pytest

import convlab.page
from convlab.page.bundle import script
from tests.support.browser import load

SCRIPT = script(Path(convlab.page.__file__).parent / "pointing.js")
POINTING = """() => {
  const pointing = pointingOf(() => seen.push([pointing.place?.at ?? null, pointing.pinned]));
  Object.assign(window, {seen: [], pointing});
}"""


@pytest.fixture
def page(browser):
    page = browser.new_page()
    load(page, SCRIPT)
    page.evaluate(POINTING)
    yield page
    page.close()


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
