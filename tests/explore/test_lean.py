"""A notebook straight from the clone: pictures of its explorers, and no error, until it runs."""

from playwright.sync_api import expect

from convlab import explore
from convlab.course.saved import make_lean
from tests.support.lab import run, saved


def test_the_picture_stands_until_the_cell_is_run(lab):
    notebook = saved(explore.convolution())
    notebook.cells[0].source = "from convlab import explore\nexplore.convolution()"
    make_lean(notebook)
    page = lab(notebook)
    outputs, picture = page.locator(".jp-OutputArea"), page.locator(".jp-OutputArea img")
    expect(picture).to_be_visible()
    expect(outputs).not_to_contain_text("rror")
    expect(outputs).not_to_contain_text("model not found")
    assert page.locator(".convlab-explore").count() == 0
    run(page, 0)
    expect(page.locator(".convlab-explore .cell").first).to_be_visible()
    expect(picture).to_be_hidden()
