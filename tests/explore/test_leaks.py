"""What explorers leave behind when their lesson is closed: nothing."""

import nbformat
import pytest
from playwright.sync_api import expect

from convlab.course import lesson_files
from tests.browser import SECONDS
from tests.jupyterlab import served
from tests.lessons.outputs import WIDGET

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
def page(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jupyter") / "course"
    with served(folder) as address:
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        page.set_default_timeout(30 * SECONDS)
        page.add_init_script(f"({WATCH})()")
        page.goto(f"{address}/lab")
        page.locator(".jp-DirListing-item").first.wait_for(timeout=60 * SECONDS)
        yield page


def explorers(path):
    """The calls in a lesson that show an explorer."""
    for cell in nbformat.read(path, as_version=4).cells:
        if any(WIDGET in output.get("data", {}) for output in cell.get("outputs", ())):
            yield cell.source.splitlines()[-1]


def shown(page, call):
    """The explorer of a call, scrolled to: JupyterLab draws the cells that are in sight."""
    panel = page.locator(".jp-WindowedPanel-outer")
    cell = page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content", has_text=call))
    explorer = cell.locator(".convlab-explore")
    for _ in range(400):
        if explorer.count():
            return explorer
        found = cell.evaluate_all("cells => cells.map(cell => cell.scrollIntoView()).length")
        if not found:
            panel.evaluate("panel => panel.scrollBy(0, 500)")
        page.wait_for_timeout(40)
    raise AssertionError(f"{call} shows no explorer")


def test_fourteen_lessons_opened_and_closed_leave_nothing(page):
    held = 0
    for path in lesson_files():
        page.locator(f'.jp-DirListing-item[title*="{path.name}"]').dblclick()
        tab = page.locator(".lm-TabBar-tab", has_text=path.name)
        page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for()
        for call in explorers(path):
            shown(page, call).locator("button.play").evaluate_all(
                "buttons => buttons.forEach(button => button.click())"
            )
        held = max(held, page.evaluate("window.held.size"))
        tab.locator(".lm-TabBar-tabCloseIcon").click()
        page.wait_for_timeout(300)
        for discard in page.get_by_role("button", name="Discard").all():
            discard.click()  # JupyterLab has noted Python's version in the notebook
        expect(tab).to_have_count(0)
    page.wait_for_timeout(500)
    assert held > 0
    assert page.evaluate("[...window.held.values()]") == []
