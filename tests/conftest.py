"""One browser and one JupyterLab for all tests of a worker; marks; which files start first."""

import pytest

from tests.support.browser import CHROMIUM, SECONDS, require_browser
from tests.support.jupyterlab import served

LONGEST_FIRST = ("slow", "browser", "lesson")


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        import torch  # the process that hands out the tests needs none

        torch.set_num_threads(1)  # a worker has one processor


@pytest.hookimpl(tryfirst=True)  # -m comes later
def pytest_collection_modifyitems(items):
    ranks = {}
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        marks = [name for name in LONGEST_FIRST if item.get_closest_marker(name)]
        rank = LONGEST_FIRST.index(marks[0]) if marks else len(LONGEST_FIRST)
        ranks[_scope(item)] = min(rank, ranks.get(_scope(item), rank))
    items.sort(key=lambda item: ranks[_scope(item)])


def _scope(item):
    """What one worker takes as a whole: a file, a class, a pass of a notebook."""
    return item.nodeid.rpartition("::")[0]


@pytest.fixture(scope="session")
def _chromium():
    from playwright.sync_api import expect, sync_playwright

    require_browser()
    expect.set_options(timeout=60 * SECONDS)  # other programs may be at work on this machine
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser(_chromium):
    """The worker's browser; pages that a file leaves open are closed after it."""
    yield _chromium
    for context in _chromium.contexts:
        context.close()


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory):
    """A course folder, and the address at which `convlab lab` serves it."""
    folder = tmp_path_factory.mktemp("jupyter") / "course"
    with served(folder) as address:
        yield folder, address
