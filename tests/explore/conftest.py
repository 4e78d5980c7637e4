"""One JupyterLab for the tests of a file."""

import nbformat
import pytest

from tests.browser import SECONDS
from tests.jupyterlab import served


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jupyter") / "course"
    with served(folder) as address:
        opened, errors = [], []

        def open_notebook(made):
            name = f"explorer_{len(opened)}"
            nbformat.write(made, folder / f"{name}.ipynb")
            page = browser.new_page(viewport={"width": 1100, "height": 1000})
            page.set_default_timeout(20 * SECONDS)
            page.on("pageerror", lambda error: errors.append(error))
            page.goto(f"{address}/lab/workspaces/{name}/tree/{name}.ipynb")
            # A cell that is run before the kernel is ready is not run at all.
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60 * SECONDS)
            opened.append(page)
            return page

        yield open_notebook
    assert errors == []
