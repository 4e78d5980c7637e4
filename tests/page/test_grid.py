"""The grid of numbers: what is drawn anew, where the keys lead, what is typed into a cell."""

import pytest

MODULE = "grid.js"
SETUP = """() => {
  const grid = gridOf(document.body, "X", "input", "input");
  const id = (i, wide) => `${Math.floor(i / wide)},${i % wide}`;
  const rows = (texts, wide) =>
    ({wide, cells: [...texts].map((text, i) => ({id: id(i, wide), text}))});
  const ends = [], cell = at => document.querySelector(`[data-id="${at}"]`);
  const edit = (at, start) =>
    grid.edit(at, {label: "number", value: cell(at).textContent, start, end: t => ends.push(t)});
  listenToGrid(grid, {edit, press: (at, key) => key === "x" && ends.push(at) > 0});
  Object.assign(window, {grid, rows, ends, cell});
  grid.show(rows("123456", 3));
}"""
TEXTS = "[...document.querySelectorAll('.cell')].map(cell => cell.textContent).join('')"
FOCUS = "document.activeElement.dataset.id"


def test_cells_that_stay_are_kept_and_others_are_new(page):
    page.evaluate("before = [...document.querySelectorAll('.cell')]")
    page.evaluate("grid.show(rows('123756', 3))")
    assert page.evaluate(TEXTS) == "123756"
    assert page.evaluate("before.every(cell => cell.isConnected)")
    page.evaluate("grid.show(rows('123756', 2))")
    assert page.evaluate(TEXTS) == "123756"
    assert page.locator("[role=row]").count() == 3
    assert not page.evaluate("before.some(cell => cell.isConnected)")


def test_marks_are_those_of_the_last_call(page):
    page.evaluate("grid.mark({met: ['0,0', '0,1'], best: ['0,1']})")
    page.evaluate("grid.mark({met: ['0,1', '5,5']})")
    assert page.locator(".met").get_attribute("data-id") == "0,1"
    assert page.locator(".best").count() == 0


def test_arrows_stay_in_the_grid_and_one_cell_is_in_the_tab_order(page):
    page.keyboard.press("Tab")
    places = []
    for key in ("Right", "Right", "Right", "Down", "Down", "Left", "Up", "Up"):
        page.keyboard.press(f"Arrow{key}")
        places.append(page.evaluate(FOCUS))
    assert places == ["0,1", "0,2", "0,2", "1,2", "1,2", "1,1", "0,1", "0,1"]
    assert page.locator("[tabindex='0']").get_attribute("data-id") == "0,1"
    page.keyboard.press("x")
    assert page.evaluate("ends") == ["0,1"]


@pytest.mark.parametrize(
    ("keys", "end"),
    [("F2 9 Enter", "9"), ("7 8 Enter", "78"), ("- 1 Escape", None), ("F2 5 Tab", "5")],
)
def test_what_is_typed_ends_once(page, keys, end):
    page.keyboard.press("Tab")
    for key in keys.split():
        page.keyboard.press(key)
    assert page.evaluate("ends") == [end]
    assert page.evaluate(TEXTS) == "123456"
    if not keys.endswith("Tab"):
        assert page.evaluate(FOCUS) == "0,0"


def test_what_is_typed_stays_when_its_cell_does_and_goes_with_it(page):
    page.locator(".cell").first.dblclick()
    page.evaluate("grid.show(rows('923456', 3))")
    page.keyboard.type("40")
    assert page.locator("input").input_value() == "40"
    assert page.evaluate("grid.editing")
    page.evaluate("grid.show(rows('12', 1))")
    assert page.evaluate("[ends, grid.editing]") == [[], False]
    assert page.evaluate(TEXTS) == "12"
