"""One browser for the tests of a file."""

import pytest
from playwright.sync_api import sync_playwright

from tests.support.browser import CHROMIUM, require_browser


@pytest.fixture(scope="module")
def browser():
    require_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
