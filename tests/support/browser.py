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
