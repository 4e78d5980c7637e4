"""Chromium for tests."""

import shutil

import pytest

SECONDS = 1000  # as Playwright counts time
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def require_browser():
    """Fail without a browser: who wants no test of one says so with -m "not browser"."""
    if not CHROMIUM:
        pytest.fail('no Chromium is on the PATH; -m "not browser" leaves its tests out')


def load(page, script):
    """Run the text of a module in a page; what it exports becomes global there."""
    page.evaluate(
        """async script => {
          const url = "data:text/javascript," + encodeURIComponent(script);
          Object.assign(window, await import(url));
        }""",
        script,
    )
