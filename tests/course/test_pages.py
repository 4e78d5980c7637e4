"""The exported lessons: one file each, no request, mathematics set, explorers that move."""

import base64
import re
from itertools import product

import nbformat
import pytest
import torch
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter, MarkdownExporter
from playwright.sync_api import expect

from convlab.course import pages
from convlab.course.cli import main
from convlab.course.copying import lesson_files
from tests.lessons.outputs import explorers
from tests.support.browser import SECONDS
from tests.support.grids import SHOWN, SWEEP, at, choose, grid, require_torch_s, words
from tests.support.lab import hear, require_heard

LESSONS = {path.stem: path for path in lesson_files()}
NUMBERS = ["01_cross_correlation", "05_stride_padding_channels", "12_transposed_convolution"]
MATHEMATICS = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$", re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    index, *written = pages.export(folder)
    assert index == folder / "index.html"
    assert [path.stem for path in written] == [*LESSONS, "pitfalls"]
    return folder


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.context.set_offline(True)
    page.set_default_timeout(20 * SECONDS)
    page.asked, page.errors = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(error))
    return page


def open_page(page, folder, name):
    page.asked.clear()
    page.goto((folder / f"{name}.html").as_uri())


def mathematics(notebook):
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    code = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
    return sum(len(MATHEMATICS.findall(code.sub("", text))) for text in texts)


@pytest.mark.parametrize("name", LESSONS)
def test_a_page_needs_nothing_else(page, folder, name):
    notebook = nbformat.read(LESSONS[name], as_version=4)
    open_page(page, folder, name)
    expect(page.locator(".convlab-explore")).to_have_count(
        sum(len(explorers(cell)) for cell in notebook.cells)
    )
    kinds = {url.split(":")[0] for url in page.asked}
    assert kinds <= {"file", "data", "blob"}
    assert [url for url in page.asked if url.startswith("file")] == [page.url]
    assert page.errors == []
    set_ = page.locator("math")
    assert set_.count() == mathematics(notebook)
    assert "\\" not in "".join(set_.all_text_contents())


@pytest.mark.slow
def test_links_lead_to_pages(folder):
    for path in folder.glob("*.html"):
        links = BeautifulSoup(path.read_text(), "html.parser").select("a[href]")
        inner = {link["href"] for link in links if not re.match("https?:|#", link["href"])}
        assert inner <= {other.name for other in folder.glob("*.html")}


def test_the_index_shows_every_lesson(page, folder):
    open_page(page, folder, "index")
    links = page.locator("li a")
    assert links.count() == len(LESSONS)
    for link, (name, path) in zip(links.all(), LESSONS.items(), strict=True):
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
        assert link.locator("strong").inner_text() == title.removeprefix("# ")
        assert link.get_attribute("href") == f"{name}.html"
        assert link.locator("img").evaluate("image => image.naturalWidth") > 100


@pytest.mark.parametrize("name", NUMBERS)
def test_its_explorer_shows_torch_s_numbers_at_every_stop_of_its_sliders(page, folder, name):
    open_page(page, folder, name)
    grid(page, "output").first.wait_for()
    note = page.locator(".convlab-explore .note")
    expect(note).to_contain_text("Not connected to Python", timeout=1 * SECONDS)
    choose(page, "correlation", (1, 1), (1, 1), (1, 1), (0, 0))
    X = torch.tensor([float(n) for n in page.evaluate(SHOWN)["X"]])
    most = {}
    for setting in ("kernel size", "dilation", "stride", "padding"):
        slider = page.get_by_label(f"{setting}, rows", exact=True)
        most[setting] = int(slider.get_attribute("max"))
    choose(page, "correlation", (most["kernel size"],) * 2, (1, 1), (1, 1), (most["padding"],) * 2)
    shown = page.evaluate(SHOWN)
    side = round(len(X) ** 0.5)
    X, K = X.view(side, side), torch.tensor([float(n) for n in shown["K"]]).view(*shown["size"])
    spans = [range(least, most[name] + 1) for name, least in zip(most, (1, 1, 1, 0), strict=True)]
    stops = [[(n, n) for n in stop] for stop in product(*spans)]
    found = page.evaluate(SWEEP, ["correlation", stops])
    right = sum(
        require_torch_s(shown, X, K[: stop[0][0], : stop[0][1]])
        for shown, stop in zip(found, stops, strict=True)
    )
    assert right > len(stops) / 2


def test_its_explorer_takes_keys_and_plays(page, folder):
    open_page(page, folder, "05_stride_padding_channels")
    at(page, "output", 0, 0).click()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(words(page)).to_contain_text("Y[0, 1] = ")
    hear(page)
    page.keyboard.press("Space")
    require_heard(page, "Y[0, 2] =", "Y[1, 0] =")
    page.keyboard.press("Space")


def test_without_scripts_there_is_a_picture(browser, folder):
    page = browser.new_page(java_script_enabled=False)
    page.goto((folder / "05_stride_padding_channels.html").as_uri())
    expect(page.get_by_alt_text("Explorer of convolution")).to_be_visible()


def test_with_scripts_the_picture_is_hidden(page, folder):
    open_page(page, folder, "05_stride_padding_channels")
    grid(page, "output").first.wait_for()
    expect(page.get_by_alt_text("Explorer of convolution")).to_be_hidden()


@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter])
def test_nbconvert_alone_shows_the_picture(exporter):
    path = LESSONS["05_stride_padding_channels"]
    cells = nbformat.read(path, as_version=4).cells
    cell = next(cell for cell in cells if "explore.convolution(" in cell.source)
    (shown,) = cell.outputs
    text, resources = exporter().from_filename(path)
    named = [
        name
        for name, data in resources.get("outputs", {}).items()
        if data == base64.b64decode(shown.data["image/png"])
    ]
    assert shown.data["image/png"] in text or f"]({named[0]})" in text


def test_the_command_writes_the_course_and_refuses_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pages, "lesson_files", lambda: [LESSONS["00_start_here"]])
    assert main(["export", str(tmp_path / "a" / "b")]) == 0
    written = {path.name for path in (tmp_path / "a" / "b").iterdir()}
    assert written == {"index.html", "00_start_here.html", "pitfalls.html"}
    assert str(tmp_path / "a" / "b" / "index.html") in capsys.readouterr().out
    (tmp_path / "file").write_text("")
    assert main(["export", str(tmp_path / "file")]) == 1
    assert "DIR must be a folder, got a file" in capsys.readouterr().err
