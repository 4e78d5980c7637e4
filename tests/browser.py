"""Chromium for tests."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

SECONDS = 1000  # as Playwright counts time
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def require_browser():
    """Skip without a browser, unless CONVLAB_REQUIRE_BROWSER=1 makes its absence a failure."""
    if CHROMIUM:
        return
    if os.environ.get("CONVLAB_REQUIRE_BROWSER") == "1":
        pytest.fail("CONVLAB_REQUIRE_BROWSER=1, but no Chromium is on the PATH")
    pytest.skip("no Chromium on the PATH")


@contextmanager
def new_page(**settings):
    """An empty page of a browser that is closed afterwards."""
    require_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(**settings)
        browser.close()
