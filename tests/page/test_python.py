"""The trait of an explorer that the learner and Python both set: who hears of what, and when."""

from math import ceil

import pytest

MODULE = "python.js"
SETUP = """() => {
  const saved = [], heard = [], listeners = new Set(), state = {chosen: 0};
  const model = {
    get: name => state[name],
    set(name, value) { state[name] = value; for (const listener of listeners) listener(); },
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
    save_changes: () => saved.push(state.chosen),
  };
  const python = shared(model, "chosen", value => heard.push(value));
  Object.assign(window, {saved, heard, listeners, model, python});
}"""


@pytest.fixture
def blank(blank):
    """Its clock stands still."""
    blank.clock.install(time=0)
    blank.goto("about:blank")
    blank.clock.pause_at(1000)
    return blank


def test_python_is_told_at_once_then_ten_times_a_second_and_the_last(page):
    for value in range(1, 61):
        page.evaluate("value => python.tell(value)", value)
        page.clock.run_for(16)
    assert page.evaluate("saved") == [1, *(ceil(ms / 16) for ms in range(100, 60 * 16, 100))]
    page.clock.run_for(100)
    assert page.evaluate("saved").pop() == 60
    page.clock.run_for(100)
    page.evaluate("python.tell(61)")
    assert page.evaluate("saved").pop() == 61


def test_what_is_told_is_not_heard(page):
    page.evaluate("python.tell(1); python.tell(2)")
    page.clock.run_for(100)
    assert page.evaluate("[saved, heard]") == [[1, 2], []]


def test_what_is_so_already_is_not_told(page):
    page.evaluate("python.tell(1); python.tell(2); python.tell(1)")
    page.clock.run_for(200)
    assert page.evaluate("saved") == [1]
    page.evaluate("python.tell(4)")
    assert page.evaluate("saved") == [1, 4]


def test_what_python_chooses_is_heard_and_what_waited_is_dropped(page):
    page.evaluate("python.tell(1); python.tell(2); model.set('chosen', 3)")
    page.clock.run_for(200)
    assert page.evaluate("[saved, heard, model.get('chosen')]") == [[1], [3], 3]


def test_the_end_tells_what_waits_and_leaves_nothing(page):
    page.evaluate("python.tell(1); python.tell(2); python.close()")
    assert page.evaluate("[saved, listeners.size]") == [[1, 2], 0]
    page.evaluate("model.set('chosen', 9)")
    page.clock.run_for(200)
    assert page.evaluate("[saved, heard]") == [[1, 2], []]
