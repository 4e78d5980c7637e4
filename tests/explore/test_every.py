"""What all explorers have in common: size, words and picture, keys, labels, themes, width."""

import base64
import json
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from ipywidgets import Widget
from playwright.sync_api import expect

from convlab import explore, plot
from tests.support.browser import SECONDS
from tests.support.lab import luminance, notebook, run, settle

EXPLORERS = {
    "activation": "explore.activation()",
    "conv1d": "explore.conv1d()",
    "convolution": "explore.convolution()",
    "descent": "explore.descent()",
    "kernel": "explore.kernel()",
    "receptive_field": "explore.receptive_field()",
}
each = pytest.mark.parametrize("name", EXPLORERS)


def make(name):
    return eval(EXPLORERS[name], {"explore": explore})


@pytest.fixture(scope="module")
def shown():
    """An explorer of each kind, and what a cell shows of it."""
    explorers = {name: make(name) for name in EXPLORERS}
    return {name: (explorer, explorer.outputs()) for name, explorer in explorers.items()}


@each
def test_what_a_notebook_saves_is_small(shown, name):
    explorer, outputs = shown[name]
    state = Widget.get_manager_state(widgets=[explorer, explorer.layout])
    assert len(json.dumps(state)) < 70_000
    _, (picture, _) = outputs
    assert len(picture["image/png"]) < 50_000


@each
def test_where_no_widget_runs_there_are_a_sentence_and_a_picture(shown, name):
    explorer, ((view, _), (data, metadata)) = shown[name]
    assert view["text/plain"] == data["text/plain"] == repr(explorer)
    assert metadata["image/png"]["alt"] == repr(explorer)
    assert repr(explorer).startswith("Explorer of ")
    assert repr(explorer).endswith(".")
    assert " at 0x" not in repr(explorer)
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert plt.get_fignums() == []


@each
def test_its_model_id_is_its_own(shown, name):
    (first, _), second = shown[name], make(name)
    ids = {one.model_id for one in (first, second, first.layout, second.layout)}
    assert len(ids) == 4
    assert {len(one) for one in ids} == {32}


@pytest.mark.slow
def test_a_fresh_process_gives_the_same_ids():
    """A saved notebook repeats only if they do: nothing in them may come from the process."""
    calls = ", ".join(EXPLORERS.values())
    code = f"from convlab import explore; print(*(one.model_id for one in ({calls})))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0].split() for process in processes)
    assert first == second
    assert len(set(first)) == len(EXPLORERS)


def test_colours_are_those_of_the_pictures(shown):
    style = shown["convolution"][0]._css
    for name in ("input", "kernel", "output", "mark"):
        assert plot.COLORS[name] in style


# In JupyterLab: one notebook with every explorer.


@pytest.fixture(scope="module")
def page(lab):
    cells = [f"from convlab import explore\n{source}" for source in EXPLORERS.values()]
    page = lab(notebook(*cells))
    for index in range(len(cells)):
        run(page, index)
        page.locator(".convlab-explore").nth(index).wait_for(timeout=60 * SECONDS)
    return page


@pytest.fixture
def root(page, name):
    found = page.locator(".convlab-explore").nth(list(EXPLORERS).index(name))
    found.scroll_into_view_if_needed()
    return found


@each
def test_the_picture_is_hidden_where_it_runs(page, root):
    cell = root.locator("xpath=ancestor::div[contains(@class, 'jp-CodeCell')]")
    expect(cell.locator("img.jp-needs-light-background")).to_have_count(1)
    expect(cell.locator("img.jp-needs-light-background")).to_be_hidden()


@pytest.fixture(scope="module")
def commands(page):
    """What the shortcuts of JupyterLab do: the ids of the notebook's commands, from now on."""
    page.evaluate(
        """() => {
          window.commands = [];
          window.jupyterapp.commands.commandExecuted.connect((_, {id}) => commands.push(id));
        }"""
    )
    return lambda: [
        name for name in page.evaluate("commands.splice(0)") if name.startswith("notebook:")
    ]


FOCUSABLE = "button:visible, select:visible, input:visible:not([disabled]), [tabindex='0']:visible"


@each
def test_no_key_reaches_the_shortcuts_of_jupyterlab(page, root, commands):
    assert root.locator(FOCUSABLE).count() > 1
    for kind in ("button", "select", "input[type=range]:not([disabled])", "[tabindex='0']"):
        target = root.locator(f"{kind} >> visible=true")
        if not target.count():
            continue
        target.first.focus()
        commands()
        for key in ("d", "d", "b", "a", "x", "m", "z", "Shift+M"):
            page.keyboard.press(key)
        page.keyboard.press("Escape")
        assert commands() == []
        assert page.evaluate("document.activeElement.closest('.convlab-explore') !== null")


def test_the_shortcuts_work_outside(page, commands):
    count = page.locator(".jp-Cell").count()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".jp-Cell")).to_have_count(count + 1)
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator(".jp-Cell")).to_have_count(count)
    assert {"notebook:insert-cell-below", "notebook:delete-cell"} <= set(commands())


@each
def test_everything_that_takes_a_key_has_a_name_and_shows_its_focus(page, root):
    """What Tab reaches in it; the focus must be seen, and the words of its live line change."""
    assert root.get_attribute("aria-label").startswith("Explorer of ")
    assert root.locator("[aria-live]").count() == 1
    root.locator("select, button, input").locator("visible=true").first.focus()
    seen = 0
    for _ in range(60):
        told = page.evaluate(
            """() => {
              const here = document.activeElement, style = getComputedStyle(here);
              if (!here.closest(".convlab-explore")) return null;
              const label = here.getAttribute("aria-label") || here.textContent
                || here.labels?.[0]?.textContent;
              return [here.tagName, (label || "").trim(), style.outlineStyle, style.outlineWidth];
            }"""
        )
        if told is None:
            break
        tag, label, style, width = told
        seen += 1
        assert label, tag
        assert style != "none", (tag, label)
        assert float(width.removesuffix("px")) >= 2, (tag, label)
        page.keyboard.press("Tab")
    assert seen > 2


INKS = """root => [...root.querySelectorAll("*")].flatMap(element => {
  const text = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const box = element.getBoundingClientRect();
  if (!text || !box.width || element.closest("select, :disabled, .sr")) return [];
  const style = getComputedStyle(element);
  const clear = "rgba(0, 0, 0, 0)";
  let below = element;
  while (getComputedStyle(below).backgroundColor === clear) below = below.parentElement;
  const ink = element instanceof SVGElement ? style.fill : style.color;
  return [[ink, getComputedStyle(below).backgroundColor, element.textContent]];
})"""


PAPER = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim()"


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@each
def test_it_follows_the_theme_and_can_be_read(page, root, theme):
    light = str(theme == "Light").lower()
    if page.locator(f"body[data-jp-theme-light={light}]").count() == 0:
        paper = page.evaluate(PAPER)
        page.get_by_role("menuitem", name="Settings", exact=True).first.click()
        page.get_by_text("Theme", exact=True).hover()
        page.get_by_text(f"JupyterLab {theme}", exact=True).click()
        page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
        # The style sheet comes after the attribute.
        page.wait_for_function(f"was => ![was, ''].includes({PAPER})", arg=paper)
    inks = root.evaluate(INKS)
    assert len(inks) > 5
    for ink, paper, text in inks:
        darker, lighter = sorted((luminance(ink), luminance(paper)))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ink, paper)
    own = root.evaluate("root => getComputedStyle(root).backgroundColor")
    assert (luminance(own) > 0.5) == (theme == "Light")


SPANS = """root => {
  const cell = root.closest(".jp-OutputArea-output");
  return [root, cell].map(one => one.getBoundingClientRect()).map(({left, right}) => right - left)
    .concat(root.scrollWidth - root.clientWidth);
}"""


@pytest.fixture
def narrow(page):
    """The page is so narrow that a cell is narrower than an explorer would be."""
    page.set_viewport_size({"width": 700, "height": 1000})
    yield
    page.set_viewport_size({"width": 1100, "height": 1000})


@each
def test_it_is_no_wider_than_it_need_be(root):
    own, _, hidden = root.evaluate(SPANS)
    assert own <= 700
    assert hidden <= 0


@each
def test_it_fits_a_narrow_cell(page, root, narrow):
    settle(page)
    own, cell, hidden = root.evaluate(SPANS)
    assert own <= cell < 600
    assert hidden <= 0
