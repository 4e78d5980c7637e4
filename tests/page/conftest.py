"""A page with the module of `page/` that a test file names as MODULE, and its SETUP done."""

from pathlib import Path

import pytest

import convlab.page
from convlab.page.bundle import script
from tests.support.browser import load


@pytest.fixture
def blank(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def page(blank, request):
    load(blank, script(Path(convlab.page.__file__).with_name(request.module.MODULE)))
    blank.evaluate(request.module.SETUP)
    return blank
