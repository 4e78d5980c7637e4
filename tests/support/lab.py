"""Notebooks with explorers in real JupyterLab."""

import re
from contextlib import contextmanager

import nbformat
from ipywidgets import Widget
from playwright.sync_api import expect

from tests.support.browser import SECONDS


def notebook(*cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    for i, cell in enumerate(made.cells):
        cell.id = f"cell-{i}"
    return made


def saved(explorer):
    """A notebook that shows an explorer as it was saved, with nothing run."""
    made = notebook("explorer")
    made.cells[0].outputs = [
        nbformat.v4.new_output("display_data", data, metadata=metadata)
        for data, metadata in explorer.outputs()
    ]
    state = Widget.get_manager_state(widgets=[explorer, explorer.layout])
    made.metadata.widgets = {"application/vnd.jupyter.widget-state+json": state}
    return made


def run(page, index):
    page.locator(".jp-CodeCell .cm-content").nth(index).click()
    page.keyboard.press("Control+Enter")


def hear(page):
    """Keep all that the live line says from now on: a film may be quicker than a test."""
    page.evaluate(
        """() => {
          const words = document.querySelector(".convlab-explore .words");
          window.heard = [];
          window.hearing?.disconnect();
          window.hearing = new MutationObserver(() => window.heard.push(words.textContent));
          window.hearing.observe(words, {childList: true, characterData: true, subtree: true});
        }"""
    )


def require_heard(page, *parts):
    """The live line says these parts, one after the other."""
    page.wait_for_function(
        """parts => {
          let next = 0;
          for (const said of window.heard) if (said.includes(parts[next])) next += 1;
          return next >= parts.length;
        }""",
        arg=parts,
    )


def settle(page):
    """Wait until the page has laid out what has changed, and observers of sizes have seen it."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


@contextmanager
def stopped_clock(page):
    """The clock of a page stands still but for `run_for`."""
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    yield page.clock
    page.clock.resume()


def require_film(page, *parts):
    """Space plays, three steps a second that say these parts in turn; Space stops it for good."""
    words = page.locator(".convlab-explore .words")
    page.clock.install(time=0)
    page.clock.pause_at(SECONDS)
    page.keyboard.press("Space")
    for part in parts:
        expect(words).to_contain_text(part)
        page.clock.run_for(SECONDS / 3 + 1)
    page.keyboard.press("Space")
    said = words.inner_text()
    page.clock.run_for(10 * SECONDS)
    assert words.inner_text() == said


def luminance(color):
    """WCAG's relative luminance of a colour as Chromium writes it."""
    parts = [float(n) for n in re.findall(r"[\d.]+(?:e-?\d+)?", color.replace("srgb", ""))][:3]
    if "rgb(" in color or "rgba(" in color:
        parts = [part / 255 for part in parts]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def slide(slider, value):
    """Move a slider as it is dragged: the focus stays where it is."""
    slider.evaluate(
        """(slider, value) => {
          slider.value = value;
          slider.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        value,
    )


def trust(page):
    page.keyboard.press("Control+Shift+c")
    page.keyboard.type("Trust Notebook")
    page.locator(".lm-CommandPalette-item", has_text="Trust Notebook").click()
    page.locator(".jp-Dialog button.jp-mod-warn").click()
