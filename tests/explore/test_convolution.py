"""The explorer of convolution in real JupyterLab: every number against torch's, mouse and keys."""

import re
from itertools import product
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect
from torch.testing import assert_close

from convlab import explore
from convlab.explore.lattice import MODES, POOLING
from convlab.explore.texts import write
from tests.support.browser import SECONDS
from tests.support.grids import SHOWN, SWEEP, at, cells, choose, grid, require_torch_s, words
from tests.support.lab import notebook, run, saved, settle, slide, stopped_clock, trust
from tests.support.oracle import combinations, draw, torch_s, unpacked

SOURCE = """\
import torch
from convlab import explore
X = torch.tensor({X})
K = torch.tensor({K})
explorer = explore.convolution(X, K)
explorer"""
X, K = draw(4, 5, seed=3), draw(3, 3, seed=4)
STATE = "print(explorer.X.tolist(), explorer.K.tolist(), explorer.settings['mode'])"


@pytest.fixture(scope="module")
def page(lab):
    page = lab(notebook(SOURCE.format(X=X.tolist(), K=K.tolist()), STATE))
    run(page, 0)
    grid(page, "output").first.wait_for(timeout=60 * SECONDS)
    page.mouse.move(0, 0)
    return page


@pytest.fixture
def fresh(page):
    """The page with the settings it began with and nothing pinned."""
    page.locator(".convlab-explore .title").first.click()
    page.mouse.move(0, 0)
    page.keyboard.press("Escape")
    choose(page, "correlation", (3, 3), (1, 1), (1, 1), (0, 0))
    return page


def test_it_shows_the_tensors_it_was_given(fresh):
    shown = fresh.evaluate(SHOWN)
    assert shown["X"] == write(X).split()
    assert shown["K"] == write(K).split()
    assert require_torch_s(shown, X, K)


@pytest.mark.parametrize("mode", MODES)
def test_every_setting_of_the_sliders_shows_torch_s_numbers(fresh, mode):
    choose(fresh, "correlation", (1, 1), (1, 1), (1, 1), (0, 0))
    fits = [
        settings
        for settings in combinations(unpacked(explore.convolution(X, K))["ranges"][mode])
        if mode not in POOLING
        or all(p <= k // 2 for p, k in zip(settings[3], settings[0], strict=True))
    ]
    found = fresh.evaluate(SWEEP, [mode, fits])
    assert len({(shown["code"], *shown["size"]) for shown in found}) == len(fits)
    right = 0
    for shown, (kernel, _, _, _) in zip(found, fits, strict=True):
        assert shown["size"] == list(kernel)
        right += require_torch_s(shown, X, K[: kernel[0], : kernel[1]])
    assert right > len(fits) * 0.8


def test_sliders_beyond_the_lattice_ask_the_kernel(fresh):
    choose(fresh, "correlation", (3, 3), (1, 1), (3, 1), (3, 0))
    fresh.get_by_label("kernel size, rows, typed").fill("5")
    fresh.keyboard.press("Enter")
    expect(fresh.locator(".convlab-explore code")).to_contain_text("stride=(3, 1), padding=(3, 0)")
    expect(grid(fresh, "weights")).to_have_count(15)
    larger = K[torch.arange(5) % 3]
    assert require_torch_s(fresh.evaluate(SHOWN), X, larger)


def test_nothing_below_the_grids_jumps_while_a_slider_moves(fresh):
    play, padding = fresh.get_by_role("button", name="Play"), fresh.get_by_label("padding, rows")
    slide(padding.first, 3)
    settle(fresh)
    place = play.bounding_box()
    slide(padding.first, 0)
    settle(fresh)
    assert play.bounding_box() == place
    choose(fresh, "max", (1, 1), (1, 1), (1, 1), (0, 0))
    settle(fresh)
    assert play.bounding_box()["y"] < place["y"]


def test_the_sliders_of_rows_and_columns_move_as_one(fresh):
    fresh.get_by_label("same for rows and columns").check()
    fresh.get_by_label("stride, rows", exact=True).fill("2")
    expect(fresh.locator(".convlab-explore code")).to_contain_text("stride=2")
    expect(fresh.get_by_label("stride, columns", exact=True)).to_be_hidden()
    assert require_torch_s(fresh.evaluate(SHOWN), X, K)


def test_pointing_at_an_output_shows_what_it_is_made_of(fresh):
    at(fresh, "output", 1, 2).hover()
    window = X[1:4, 2:5]
    assert cells(fresh, "input", "met") == set(product(range(1, 4), range(2, 5)))
    assert cells(fresh, "output", "pointed") == {(1, 2)}
    shown = fresh.locator(".convlab-explore .products .cell").all_inner_texts()
    assert shown == write(window * K).split()
    said = words(fresh).inner_text()
    terms = re.findall(r"\(?(-?\d+)\)?·\(?(-?\d+)\)?", said)
    assert torch.tensor([[float(n) for n in t] for t in terms]).T.tolist() == [
        window.flatten().tolist(),
        K.flatten().tolist(),
    ]
    total = write(torch_s("correlation", X, K)[1:2, 2:3])
    assert re.match(r"Y\[1, 2\] = ", said)
    assert said.endswith(f"= {total}")
    fresh.mouse.move(0, 0)
    expect(words(fresh)).to_have_text("Point at a number.")


def test_the_turned_kernel_meets_the_window_from_the_end(fresh):
    choose(fresh, "convolution", (3, 3), (1, 1), (1, 1), (0, 0))
    assert grid(fresh, "weights").all_inner_texts() == write(K.flip(0, 1)).split()
    at(fresh, "output", 0, 0).hover()
    shown = fresh.locator(".convlab-explore .products .cell").all_inner_texts()
    assert shown == write(X[:3, :3] * K.flip(0, 1)).split()


@pytest.mark.parametrize("mode", ["correlation", "convolution", "transposed"])
def test_pointing_at_an_input_or_a_weight_shows_all_that_use_it(fresh, mode):
    """Who uses a number: those results whose gradient for it is not zero."""
    settings = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    choose(fresh, mode, (2, 2), settings["dilation"], settings["stride"], settings["padding"])
    # A padded number is used as well: for the weights the padding is part of the input.
    rows, columns = settings["padding"] if mode != "transposed" else (0, 0)
    padded = torch.ones(4 + 2 * rows, 5 + 2 * columns)
    inner = settings | ({} if mode == "transposed" else {"padding": 0})

    on_input = torch.autograd.functional.jacobian(
        lambda x: torch_s(mode, x, torch.ones(2, 2), **settings), torch.ones(4, 5)
    )
    on_weight = torch.autograd.functional.jacobian(
        lambda k: torch_s(mode, padded, k, **inner), torch.ones(2, 2)
    )
    for i, j in ((0, 0), (1, 2), (3, 4)):
        at(fresh, "input", i, j).hover()
        users = {tuple(place) for place in on_input[:, :, i, j].nonzero().tolist()}
        cut = cells(fresh, "output", "cut")
        assert cells(fresh, "output", "met") - cut == users
        assert f"X[{i}, {j}] = {write(X[i, j])} " in words(fresh).inner_text()
    for a, b in product(range(2), repeat=2):
        at(fresh, "weights", a, b).hover()
        users = {tuple(place) for place in on_weight[:, :, a, b].nonzero().tolist()}
        assert cells(fresh, "output", "met") - cells(fresh, "output", "cut") == users
        assert f"K[{a}, {b}] = {write(K[a, b])} multiplies" in words(fresh).inner_text()


def test_the_highest_number_is_named(fresh):
    choose(fresh, "max", (2, 3), (1, 1), (2, 2), (0, 1))
    at(fresh, "output", 1, 0).hover()
    Y, where = F.max_pool2d(X[None, None], (2, 3), 2, (0, 1), return_indices=True)
    place = divmod(int(where[0, 0, 1, 0]), 5)
    said = words(fresh).inner_text()
    assert said.endswith(f"= {write(Y[0, 0, 1, 0])}, which is X[{place[0]}, {place[1]}]")
    assert cells(fresh, "input", "best") == {place}


def test_a_click_pins_and_another_frees(fresh):
    at(fresh, "output", 0, 1).click()
    at(fresh, "input", 3, 4).hover()
    assert cells(fresh, "output", "pinned") == {(0, 1)}
    assert words(fresh).inner_text().startswith("Y[0, 1] = ")
    at(fresh, "output", 0, 1).click()
    at(fresh, "input", 3, 4).hover()
    assert cells(fresh, "output", "pinned") == set()
    assert words(fresh).inner_text().startswith("X[3, 4] = ")


def test_a_double_click_edits_here_and_in_python(fresh):
    for kind, place, old, new in (("input", (1, 1), X, "4.5"), ("weights", (0, 1), K, "-8")):
        cell = at(fresh, kind, *place)
        cell.dblclick()
        fresh.keyboard.type(new)
        fresh.keyboard.press("Enter")
        expect(cell).to_have_text(new)
        assert cells(fresh, kind, "pinned") == set()
        old = old.clone()
        old[place] = float(new)
        expect(grid(fresh, kind)).to_have_text(write(old).split())
    edited_X, edited_K = X.clone(), K.clone()
    edited_X[1, 1], edited_K[0, 1] = 4.5, -8
    run(fresh, 1)
    printed = fresh.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(printed).to_contain_text(f"{edited_X.tolist()} {edited_K.tolist()} correlation")
    assert require_torch_s(fresh.evaluate(SHOWN), edited_X, edited_K)
    at(fresh, "input", 1, 1).dblclick()
    fresh.keyboard.type("9" * 9)
    fresh.keyboard.press("Enter")
    expect(fresh.locator(".convlab-explore .note")).to_contain_text("X takes numbers up to 1,000,0")
    at(fresh, "input", 1, 1).dblclick()
    fresh.keyboard.type("abc")
    fresh.keyboard.press("Enter")
    expect(fresh.locator(".convlab-explore .note")).to_have_text("X takes numbers, got 'abc'")
    for kind, place, old in (("input", (1, 1), X), ("weights", (0, 1), K)):
        cell = at(fresh, kind, *place)
        cell.dblclick()
        fresh.keyboard.type(write(old[place]))
        fresh.keyboard.press("Enter")
        expect(cell).to_have_text(write(old[place]))


def test_what_is_being_typed_stays_when_something_else_moves(fresh):
    padding = fresh.get_by_label("padding, rows", exact=True)
    typed = fresh.get_by_label("kernel size, rows, typed")
    typed.fill("2")
    slide(padding, 2)
    typed.press("Enter")
    expect(grid(fresh, "weights")).to_have_count(6)
    at(fresh, "input", 0, 0).dblclick()
    fresh.keyboard.type("7")
    slide(padding, 1)
    fresh.keyboard.type(".5")
    fresh.keyboard.press("Enter")
    expect(at(fresh, "input", 0, 0)).to_have_text("7.5")
    edited = X.clone()
    edited[0, 0] = 7.5
    assert require_torch_s(fresh.evaluate(SHOWN), edited, K[:2])
    at(fresh, "input", 0, 0).dblclick()
    slide(padding, 0)
    fresh.keyboard.press("Escape")
    assert fresh.locator(".convlab-explore .input .added").count() == 0
    at(fresh, "input", 0, 0).dblclick()
    fresh.keyboard.type(write(X[0, 0]))
    fresh.keyboard.press("Enter")
    expect(at(fresh, "input", 0, 0)).to_have_text(write(X[0, 0]))


def test_it_plays_pauses_and_steps(fresh):
    with stopped_clock(fresh) as clock:
        fresh.get_by_role("button", name="Play").click()
        for place in ("[0, 0]", "[0, 1]", "[0, 2]"):
            assert words(fresh).inner_text().startswith(f"Y{place} =")
            clock.run_for(334)
        kept = words(fresh).inner_text()
        fresh.get_by_role("button", name="Pause").click()
        clock.run_for(10 * SECONDS)
    assert words(fresh).inner_text() == kept
    fresh.get_by_role("button", name="step back").click()
    expect(words(fresh)).not_to_have_text(kept)
    fresh.get_by_role("button", name="step", exact=True).click()
    expect(words(fresh)).to_have_text(kept)


def test_a_kernel_made_larger_is_said_to_be_repeated_and_pooling_has_none(alone):
    page = alone(explore.convolution(X, K[:2, :2]))
    title = page.locator(".convlab-explore .weights:not(.products)").locator("..").locator(".title")
    expect(title).to_have_text("kernel")
    choose(page, "correlation", (3, 2), (1, 1), (1, 1), (0, 0))
    expect(title).to_have_text("kernel, repeated")
    choose(page, "max", (2, 2), (1, 1), (1, 1), (0, 0))
    expect(title).to_be_hidden()
    at(page, "output", 0, 0).hover()
    winner = page.locator(".convlab-explore .products .best")
    expect(winner).to_have_text(write(X[:2, :2].max()))
    page.close()


@pytest.mark.parametrize("mode", MODES)
def test_the_picture_has_a_kernel_where_there_is_one(mode):
    explore.convolution(X, K, mode=mode).draw()
    figure = plt.gcf()
    plt.close(figure)
    kernel = [] if mode in POOLING else ["kernel"]
    assert [axes.get_title() for axes in figure.axes] == ["input", *kernel, "output"]


def test_pooling_lets_go_of_a_weight_and_tells_what_a_place_of_its_window_sees(alone):
    page = alone(explore.convolution(X, K))
    at(page, "weights", 0, 0).click()
    expect(words(page)).to_have_text(re.compile(r"K\[0, 0\] = .*\(pinned\)"))
    page.mouse.move(0, 0)
    page.get_by_label("mode", exact=True).select_option("max")
    expect(words(page)).to_have_text("Point at a number.")
    page.locator(".convlab-explore .products .cell").first.hover()
    expect(words(page)).to_have_text("This place of the window looks at 6 inputs")
    assert cells(page, "input", "met") == {(i, j) for i in range(2) for j in range(3)}
    page.close()


def test_a_setting_that_must_follow_another_is_named(alone):
    page = alone(explore.convolution(X, K, dilation=2, padding=2))
    note = page.locator(".convlab-explore .note")
    mode = page.get_by_label("mode", exact=True)
    mode.select_option("average")
    expect(note).to_have_text(
        "As far as is possible here: padding 1 instead of 2, dilation 1 instead of 2."
    )
    mode.select_option("correlation")
    expect(note).to_contain_text("Not connected to Python")
    page.close()


def test_average_pooling_tells_the_share_of_an_input(alone):
    page = alone(explore.convolution(X, K[:2, :2], mode="average"))
    at(page, "input", 1, 0).hover()
    share = f"{write(X[1, 0])}/4"
    expect(words(page)).to_have_text(
        f"X[1, 0] = {write(X[1, 0])} is used by 2 outputs: {share} in Y[0, 0], {share} in Y[1, 0]"
    )
    page.close()


DRAWN = """() => {
  window.drawn = new Set();
  const observer = new MutationObserver(records => {
    for (const {target} of records) {
      const grid = target.closest("[role=grid]");
      if (grid) window.drawn.add(grid.ariaLabel);
    }
  });
  observer.observe(document.querySelector(".convlab-explore .stage"),
    {subtree: true, childList: true});
}"""


def test_only_what_changes_is_drawn_anew(alone):
    page = alone(explore.convolution(X, K))
    stride = page.get_by_label("stride, rows", exact=True)
    grid(page, "output").first.wait_for()
    page.evaluate(DRAWN)
    slide(stride, 1)
    assert page.evaluate("[...drawn]") == []
    slide(stride, 2)
    assert page.evaluate("[...drawn]") == ["output"]
    page.close()


def test_a_long_kernel_keeps_only_the_settings_it_begins_with(alone):
    """What is at hand is as generous as fits."""
    X, K = draw(6, 6, whole=False), draw(1, 5, whole=False)
    explorer = explore.convolution(X, K, stride=(1, 3), padding=3)
    assert unpacked(explorer)["ranges"]["max"]["kernel"] == [[1, 1], [5, 5]]
    page = alone(explorer)
    page.get_by_label("mode", exact=True).select_option("max")
    expect(page.locator(".convlab-explore code")).to_contain_text("padding=(0, 2)")
    assert require_torch_s(page.evaluate(SHOWN), X, K)
    page.close()


def test_the_line_of_code_names_the_explorer_s_tensors_once_they_are_its_own(alone):
    page = alone(explore.convolution(X, K))
    code = page.locator(".convlab-explore code")
    expect(code).to_contain_text("F.conv2d(X[None, None], K[None, None]")
    choose(page, "correlation", (2, 3), (1, 1), (1, 1), (0, 0))
    expect(code).to_contain_text("F.conv2d(explorer.X[None, None], explorer.K[None, None]")
    choose(page, "max", (2, 3), (1, 1), (1, 1), (0, 0))
    expect(code).to_contain_text("F.max_pool2d(X[None, None], (2, 3)")
    page.close()
    for other in (explore.convolution(), explore.convolution(X.int(), K.int())):
        assert not unpacked(other)["own"]
    edited = explore.convolution(X, K)
    edited.edit("K", 0, 2.0)
    assert not unpacked(edited)["own"]


def test_what_padding_cuts_away_is_told_apart(alone):
    page = alone(explore.convolution(X, K, padding=1, mode="transposed"))
    at(page, "input", 0, 0).hover()
    said = words(page).inner_text()
    assert "is used by 4 outputs: " in said
    assert said.endswith("; 5 more fall where padding cuts")
    at(page, "output", 0, 0).hover()
    terms = [f"{write(X[i, j])}·{write(K[1 - i, 1 - j])}" for i in (0, 1) for j in (0, 1)]
    got = words(page).inner_text().replace("(", "").replace(")", "")
    assert got.startswith(f"Y[0, 0] = {' + '.join(terms)} = ")
    page.get_by_label("mode", exact=True).select_option("correlation")
    choose(page, "correlation", (3, 3), (2, 2), (1, 1), (0, 0))
    at(page, "input", 0, 0).hover()
    expect(words(page)).to_contain_text("Nothing is left")
    page.close()


def test_the_line_of_code_is_copied(fresh):
    fresh.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fresh.get_by_role("button", name="Copy", exact=True).click()
    copied = fresh.evaluate("navigator.clipboard.readText()")
    scope = {"F": F, "X": X, "K": K, "explorer": SimpleNamespace(X=X, K=K)}
    assert_close(eval(copied, scope), torch_s("correlation", X, K))


def test_the_keyboard_alone_does_it_all(fresh):
    press = fresh.keyboard.press
    for kind in ("input", "weights", "output"):
        at(fresh, kind, 0, 0).click()
        press("Escape")
    fresh.get_by_label("mode", exact=True).focus()
    for _ in range(60):
        press("Tab")
        if fresh.evaluate("document.activeElement.dataset.grid") == "X":
            break
    assert words(fresh).inner_text().startswith("X[0, 0] = ")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown"):
        press(key)
    assert words(fresh).inner_text().startswith("X[1, 2] = ")
    press("Tab")
    press("ArrowRight")
    assert words(fresh).inner_text().startswith("K[0, 1] = ")
    press("Tab")
    press("ArrowDown")
    assert words(fresh).inner_text().startswith("Y[1, 0] = ")
    press("Enter")
    assert cells(fresh, "output", "pinned") == {(1, 0)}
    press("Escape")
    assert cells(fresh, "output", "pinned") == set()
    with stopped_clock(fresh) as clock:
        press("Space")
        assert words(fresh).inner_text().startswith("Y[1, 1] = ")
        clock.run_for(334)
        kept = words(fresh).inner_text()
        assert kept.startswith("Y[1, 2] = ")
        press("Space")
        clock.run_for(10 * SECONDS)
    assert words(fresh).inner_text() == kept


def test_the_keyboard_edits(fresh):
    at(fresh, "input", 0, 0).focus()
    fresh.keyboard.press("ArrowRight")
    fresh.keyboard.type("7.25")
    fresh.keyboard.press("Enter")
    expect(at(fresh, "input", 0, 1)).to_have_text("7.25")
    fresh.keyboard.press("F2")
    fresh.keyboard.type("1")
    fresh.keyboard.press("Escape")
    expect(at(fresh, "input", 0, 1)).to_have_text("7.25")
    fresh.keyboard.press("F2")
    fresh.keyboard.type(write(X[0, 1]))
    fresh.keyboard.press("Enter")
    expect(at(fresh, "input", 0, 1)).to_have_text(write(X[0, 1]))


def test_reduced_motion_begins_slowly(fresh):
    for motion, speed in (("reduce", "1"), ("no-preference", "3")):
        fresh.emulate_media(reduced_motion=motion)
        run(fresh, 0)
        expect(fresh.get_by_label("speed")).to_have_value(speed)


def test_a_saved_notebook_works_before_anything_is_run(lab):
    page = lab(saved(explore.convolution(X, K)))
    expect(page.locator(".jp-OutputArea-output img")).to_be_visible()
    trust(page)
    grid(page, "output").first.wait_for()
    note = page.locator(".convlab-explore .note")
    expect(note).to_contain_text("Not connected to Python", timeout=20 * SECONDS)
    choose(page, "transposed", (2, 3), (2, 1), (3, 2), (1, 0))
    assert require_torch_s(page.evaluate(SHOWN), X, K[:2])
    assert page.get_by_label("kernel size, rows", exact=True).get_attribute("max") == "3"
    at(page, "input", 0, 0).dblclick()
    assert page.locator(".convlab-explore .cell input").count() == 0
    page.close()
