"""Where the tests of explorers run them: in JupyterLab, and in a page without Python."""

import nbformat
import pytest

from convlab.course.pages import page_of
from tests.support.browser import SECONDS
from tests.support.lab import saved


@pytest.fixture(scope="module")
def lab(browser, jupyterlab, request):
    """Opens a notebook in JupyterLab; no script may fail there."""
    folder, address = jupyterlab
    opened, errors = [], []

    def open_notebook(made):
        name = f"{request.module.__name__.rpartition('.')[2]}_{len(opened)}"
        nbformat.write(made, folder / f"{name}.ipynb")
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        page.set_default_timeout(60 * SECONDS)
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(f"{address}/lab/workspaces/{name}/tree/{name}.ipynb")
        # A cell that is run before the kernel is ready is not run at all.
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60 * SECONDS)
        opened.append(page)
        return page

    yield open_notebook
    assert errors == []


@pytest.fixture(scope="module")
def alone(browser, tmp_path_factory):
    """Opens an explorer in an exported page: nothing runs but the page's own script."""
    file, errors = tmp_path_factory.mktemp("alone") / "explorer.html", []

    def open_page(explorer):
        file.write_text(page_of(saved(explorer), "explorer"))
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        page.set_default_timeout(60 * SECONDS)
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(file.as_uri())
        return page

    yield open_page
    assert errors == []
