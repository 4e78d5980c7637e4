"""Explorers in their lessons, as saved: each moves, and none leaves anything behind."""

import time

import nbformat
import pytest
from playwright.sync_api import expect

from convlab.course.copying import lesson_files
from tests.lessons.outputs import explorers
from tests.support.browser import SECONDS

# Scripts of explorers come from blob: addresses. What they hold open outside of their own elements
# is kept in `held`, until it is given back.
WATCH = """() => {
  const held = window.held = new Map();
  const ours = () => new Error().stack.includes("blob:");
  const wrap = (home, name, make) => { home[name] = make(home[name]); };
  const outside = target => target === window || target === document || target === document.body
    || target instanceof MediaQueryList;
  wrap(EventTarget.prototype, "addEventListener", original => function (type, listener, ...rest) {
    if (outside(this) && ours()) held.set(listener, `listener of ${type}`);
    return original.call(this, type, listener, ...rest);
  });
  wrap(EventTarget.prototype, "removeEventListener", original => function (...given) {
    held.delete(given[1]);
    return original.apply(this, given);
  });
  for (const [set, clear] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"],
      ["requestAnimationFrame", "cancelAnimationFrame"]]) {
    wrap(window, set, original => (call, ...rest) => {
      const mine = ours();
      const id = original.call(window, (...given) => {
        if (set !== "setInterval") held.delete(`${set} ${id}`);
        return call(...given);
      }, ...rest);
      if (mine) held.set(`${set} ${id}`, set);
      return id;
    });
    wrap(window, clear, original => id => {
      held.delete(`${set} ${id}`);
      return original.call(window, id);
    });
  }
  for (const name of ["ResizeObserver", "MutationObserver", "IntersectionObserver"]) {
    wrap(window, name, Original => class extends Original {
      observe(...given) {
        if (ours()) held.set(this, name);
        return super.observe(...given);
      }
      disconnect() {
        held.delete(this);
        return super.disconnect();
      }
    });
  }
}"""


@pytest.fixture(scope="module")
def page(browser, jupyterlab):
    page = browser.new_page(viewport={"width": 1100, "height": 1000})
    page.set_default_timeout(30 * SECONDS)
    page.add_init_script(f"({WATCH})()")
    page.goto(f"{jupyterlab[1]}/lab/workspaces/tour")
    page.locator(".jp-DirListing-item").first.wait_for(timeout=60 * SECONDS)
    return page


def calls(path):
    """The calls in a lesson that show an explorer."""
    for cell in nbformat.read(path, as_version=4).cells:
        if explorers(cell):
            yield next(line for line in cell.source.splitlines() if "explore." in line)


def opened(page, path):
    """The tab of a lesson in which all explorers move; more than one try may be needed.

    ipywidgets looks for a saved explorer for two seconds. If what is saved arrives within the last
    tenth of them, JupyterLab says for good that there is none.
    """
    for _ in range(4):
        page.locator(f'.jp-DirListing-item[title*="{path.name}"]').dblclick()
        tab = page.locator(".lm-TabBar-tab", has_text=path.name)
        page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for()
        if all(moves(page, call) for call in calls(path)):
            return tab
        close(page, tab)
    raise AssertionError(f"{path.name} does not show all its explorers")


def close(page, tab):
    tab.locator(".lm-TabBar-tabCloseIcon").click()
    page.wait_for_timeout(300)
    for discard in page.get_by_role("button", name="Discard").all():
        discard.click()  # JupyterLab has noted Python's version in the notebook
    expect(tab).to_have_count(0)


def found(page, call):
    """The output of a call."""
    cell = page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content", has_text=call))
    return cell.locator(".jp-OutputArea-output").first


def moves(page, call):
    """Scroll to the explorer of a call, as JupyterLab draws the cells in sight, and move it."""
    panel, output = page.locator(".jp-WindowedPanel-outer"), found(page, call)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if output.locator(".convlab-explore").count():
            require_motion(output)
            return True
        if output.filter(has_text="model not found").count():
            return False
        there = output.evaluate_all("outputs => outputs.map(one => one.scrollIntoView()).length")
        if not there:
            panel.evaluate(
                """panel => {
                  const end = panel.scrollTop + panel.clientHeight > panel.scrollHeight - 2;
                  panel.scrollTo(0, end ? 0 : panel.scrollTop + 500);
                }"""
            )
        page.wait_for_timeout(40)
    raise AssertionError(f"{call} shows nothing")


def require_motion(output):
    """What the explorer says changes: its film plays, or an arrow key points at the next pixel."""
    words, play = output.locator(".words"), output.locator("button.play")
    expect(words).not_to_be_empty()
    before = words.inner_text()
    if play.count():
        play.evaluate("button => button.click()")
    else:
        output.locator(".picture").first.press("ArrowRight")
    expect(words).not_to_have_text(before)


def test_fourteen_lessons_opened_and_closed_leave_nothing(page):
    held = 0
    for path in lesson_files():
        tab = opened(page, path)
        held = max(held, page.evaluate("window.held.size"))
        close(page, tab)
    page.wait_for_timeout(500)
    assert held > 0
    assert page.evaluate("[...window.held.values()]") == []
