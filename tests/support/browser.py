"""Chromium for tests."""

import os
import shutil

import pytest

SECONDS = 1000  # as Playwright counts time
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def require_browser():
    """Skip without a browser, unless CONVLAB_REQUIRE_BROWSER=1 makes its absence a failure."""
    if CHROMIUM:
        return
    if os.environ.get("CONVLAB_REQUIRE_BROWSER") == "1":
        pytest.fail("CONVLAB_REQUIRE_BROWSER=1, but no Chromium is on the PATH")
    pytest.skip("no Chromium on the PATH")


def load(page, script):
    """Run the text of a module in a page; what it exports becomes global there."""
    page.evaluate(
        """async script => {
          const url = "data:text/javascript," + encodeURIComponent(script);
          Object.assign(window, await import(url));
        }""",
        script,
    )
