"""The start page in real JupyterLab, driven as a learner would: run, attempt, check, be told."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.support import browser as chromium
from tests.support.browser import SECONDS


@pytest.fixture(scope="module")
def page(browser, jupyterlab):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60 * SECONDS)
    page.folder, address = jupyterlab
    page.goto(f"{address}/lab/tree/00_start_here.ipynb")
    expect(page.get_by_role("heading", name="00 Start here")).to_be_visible()
    # A cell that is run before the kernel is ready is not run at all.
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    run(page, "from convlab import")
    return page


def cell(page, source):
    """The notebook cell whose source contains `source`, scrolled into view."""
    panel = page.locator(".jp-WindowedPanel-outer")
    found = page.locator(".jp-CodeCell").filter(
        has=page.locator(".cm-content", has_text=re.compile(re.escape(source)))
    )
    for _ in range(60):
        if found.count():
            found.first.scroll_into_view_if_needed()
            return found.first
        panel.hover()
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(100)
    raise AssertionError(f"no cell with {source!r}")


def run(page, source):
    cell(page, source).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def attempt(page, body):
    """Write the exercise anew, run it and its check; the check's output."""
    editor = cell(page, "def double(X):").locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(f"def double(X):\n{body}")
    page.keyboard.press("Control+Enter")
    run(page, "double = check(double)")
    return cell(page, "double = check(double)").locator(".jp-OutputArea-output").last


def test_the_saved_pictures_are_there_before_anything_runs(page):
    assert cell(page, "plot.numbers(").locator("img").count() == 1


def test_a_wrong_attempt_is_told_what_is_wrong(page):
    output = attempt(page, "    return X + 2")
    expect(output).to_contain_text("✗ double: This adds 2 to each element.")
    expect(output).to_contain_text("X = tensor([1., 2., 3.])")


def test_an_error_names_the_learner_s_line(page):
    output = attempt(page, "    Y = 2 * X\n    return Y.no_such_thing")
    expect(output).to_contain_text("on line 3, `return Y.no_such_thing`")


def test_an_endless_loop_ends_and_the_kernel_lives(page):
    output = attempt(page, "    while True:\n        pass")
    expect(output).to_contain_text("✗ double: stopped after computing 10 s")
    source = 'hint("double")'
    run(page, source)
    last = cell(page, source).locator(".jp-OutputArea-output").last
    expect(last).to_contain_text("hint 1 of 2")


def test_the_right_answer_is_kept_in_the_course_folder(page):
    output = attempt(page, "    return 2 * X")
    expect(output).to_contain_text("✓ double: right on 11 inputs")
    command = [sys.executable, "-m", "convlab", "progress", str(page.folder)]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.match(r"00  Start here +✓ +1 of 1\n", table)


def test_an_absent_browser_is_a_failure(monkeypatch):
    monkeypatch.setattr(chromium, "CHROMIUM", None)
    with pytest.raises(pytest.fail.Exception, match="no Chromium is on the PATH"):
        chromium.require_browser()
