"""The explorer of gradient descent: its paths are those of a plain training loop."""

import json
import math
import re

import pytest
import torch
import torch.nn.functional as F
from ipywidgets import Widget
from playwright.sync_api import TimeoutError, expect
from torch.testing import assert_close

from convlab import explore
from tests.support.browser import SECONDS
from tests.support.lab import hear, notebook, require_film, require_heard, run, slide
from tests.support.oracle import numbers, unpacked

SOURCE = "from convlab import explore\nexplorer = explore.descent()\nexplorer"
STATE = "print('it has', explorer.start.tolist(), explorer.lr)"


LABELS = ("first weight at the start", "second weight at the start", "learning rate, typed")
FIRST = (0.4962566, 0.7682218, 0.03)


def by_a_loop(start, lr, steps=30):
    """Weights (steps + 1, 2), losses and gradients of lesson 04's loop."""
    X = torch.ones(1, 1, 6, 8)
    X[..., 2:6] = 0
    Y = F.conv2d(X, torch.tensor([[[[1.0, -1.0]]]]))
    weight = torch.tensor(start).reshape(1, 1, 1, 2)
    path, losses, gradients = [], [], []
    for _ in range(steps + 1):
        weight = weight.detach().requires_grad_()
        loss = ((F.conv2d(X, weight) - Y) ** 2).sum()
        loss.backward()
        path.append(weight.detach().flatten())
        losses.append(loss.detach())
        gradients.append(weight.grad.flatten())
        weight = weight - lr * weight.grad
    return torch.stack(path), torch.stack(losses), torch.stack(gradients)


def bowl(pairs):
    return 3 * (pairs[:, 0] - 1) ** 2 + (pairs[:, 1] + 1) ** 2


def close(texts, want):
    """Three digits; what is left of rounding in float32 near the lowest point aside."""
    assert_close(numbers(texts), want, rtol=6e-3, atol=1e-4)


def test_every_path_that_is_stored_is_that_of_a_training_loop():
    data = unpacked(explore.descent())
    assert len(data["starts"]) == 5
    assert len(data["rates"]) == 9
    for rate, paths in zip(data["rates"], data["paths"], strict=True):
        for start, path in zip(data["starts"], paths, strict=True):
            weights, losses, gradients = by_a_loop(start, rate)
            close(path["losses"], losses)
            for axis in (0, 1):
                close(path["weights"][axis], weights[:, axis])
                close(path["gradients"][axis], gradients[:, axis])


def test_the_default_is_lesson_04_s():
    explorer = explore.descent()
    torch.manual_seed(0)
    assert_close(explorer.start, torch.rand(1, 2)[0])
    assert_close(explorer.start, torch.tensor(FIRST[:2]))
    weights, losses, _ = by_a_loop(explorer.start.tolist(), 0.03)
    assert_close(explorer.path, weights)
    assert_close(explorer.losses, losses, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("lr", "how"),
    [
        (0.002, "crawls"),
        (0.02, "converges"),
        (0.03, "converges"),
        (1 / 30, "swings"),
        (0.034, "diverges"),
        (0.04, "diverges"),
    ],
)
def test_it_says_how_a_descent_goes(lr, how):
    assert told(explore.descent(lr=lr))["how"] == how


def told(explorer):
    return explorer.answer(explorer.chosen)["path"]


def test_near_the_valley_s_floor_it_sinks_at_first_and_diverges_all_the_same():
    path = told(explore.descent(start=torch.tensor([0.0, -0.001]), lr=0.034))
    losses = numbers(path["losses"])
    assert losses[-1] < losses[0]
    assert losses[-1] > losses[-5]
    assert path["how"] == "diverges"


def test_whole_numbers_are_taken_as_the_page_sends_them():
    explorer = explore.descent()
    explorer.chosen = {"start": [0, 1], "lr": 0.01}
    weights, losses, _ = by_a_loop([0.0, 1.0], 0.01)
    close(told(explorer)["losses"], losses)
    assert_close(explorer.path, weights)


def test_at_the_lowest_point_it_stands():
    assert told(explore.descent(bowl, start=torch.tensor([1.0, -1.0])))["how"] == "stands"


def test_a_path_ends_before_its_numbers_do():
    path = told(explore.descent(lr=100.0, steps=60))
    _, losses, _ = by_a_loop(explore.descent().start.tolist(), 100.0, 60)
    count = int(losses.isfinite().sum())
    assert 1 < len(path["losses"].split()) <= count < 61
    assert path["how"] == "diverges"


def test_another_loss_start_and_range():
    start = torch.tensor([3.0, 2.0])
    explorer = explore.descent(bowl, start=start, lr=0.1, steps=7, around=((-2, 4), (-4, 4)))
    weights = [start]
    for _ in range(7):
        first, second = weights[-1]
        weights.append(torch.stack([first - 0.6 * (first - 1), second - 0.2 * (second + 1)]))
    assert_close(explorer.path, torch.stack(weights))
    assert_close(explorer.losses, bowl(torch.stack(weights)))
    assert explorer.lr == 0.1
    state = Widget.get_manager_state(widgets=[explorer, explorer.layout])
    assert len(json.dumps(state)) < 60_000


def test_sixty_steps_are_still_small_enough_to_save():
    explorer = explore.descent(steps=60)
    state = Widget.get_manager_state(widgets=[explorer, explorer.layout])
    assert len(json.dumps(state)) < 60_000


def test_fewer_starts_are_stored_where_paths_are_long():
    counts = [len(unpacked(explore.descent(steps=steps))["starts"]) for steps in (15, 30, 60)]
    assert counts == [10, 5, 1]


def test_a_loss_too_rough_to_show_is_refused():
    with pytest.raises(ValueError, match=r"the loss is too large to show: .* more than 27,000"):
        explore.descent(lambda w: 1 + (1e4 * w[:, 0] * w[:, 1]).sin())


def test_equal_losses_lie_on_the_lines_of_the_picture():
    """Along a line the loss of the bowl is the same, to what a line of 81 points can show."""
    data = unpacked(explore.descent(bowl, around=((-2, 4), (-4, 4))))
    lines = [line for line in data["lines"].split("M") if line]
    assert len(lines) > 8
    for line in lines:
        points = torch.tensor([[float(n) for n in p.split()] for p in line.split("L")]) / 1000
        losses = bowl(torch.stack([-2 + 6 * points[:, 0], 4 - 8 * points[:, 1]], dim=1))
        assert losses.max() - losses.min() < 0.1 * losses.mean() + 0.05


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: explore.descent(3), TypeError, "loss must be callable, got int"),
        (lambda: explore.descent(lambda w: 1.0), TypeError, "a torch.Tensor, got float"),
        (lambda: explore.descent(lambda w: w), ValueError, r"\(6561, 2\), got shape \(6561, 2\)"),
        (lambda: explore.descent(lambda w: w[:, 0].detach() ** 2), ValueError, "have a gradient"),
        (lambda: explore.descent(lambda w: w[:, 0]), ValueError, "at least 0, got -0.6 to 2.2"),
        (lambda: explore.descent(lambda w: w[:, 0].log()), ValueError, "finite and at least 0"),
        (lambda: explore.descent(start=[0, 0]), TypeError, "start must be .*, got list"),
        (lambda: explore.descent(start=torch.zeros(1, 2)), ValueError, r"\(2,\), got shape \(1, 2"),
        (lambda: explore.descent(start=torch.zeros(2) * 1j), TypeError, "start must hold real"),
        (lambda: explore.descent(start=torch.full((2,), math.nan)), ValueError, "start must hold"),
        (lambda: explore.descent(lr="fast"), TypeError, "lr must be a number, got str"),
        (lambda: explore.descent(lr=0), ValueError, "lr must be above 0 .* got 0"),
        (lambda: explore.descent(lr=math.nan), ValueError, "lr must be above 0 .* got nan"),
        (lambda: explore.descent(steps=2.0), TypeError, "steps must be an integer, got 2.0"),
        (lambda: explore.descent(steps=0), ValueError, "steps must be at least 1, got 0"),
        (lambda: explore.descent(steps=61), ValueError, "steps must be at most 60, got 61"),
        (lambda: explore.descent(around=3), TypeError, "around must be .* got 3"),
        (lambda: explore.descent(around=((0, 1),)), ValueError, "two finite ranges"),
        (lambda: explore.descent(around=((1, 0), (0, 1))), ValueError, "two finite ranges"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# In JupyterLab.


@pytest.fixture(scope="module")
def page(lab):
    page = lab(notebook(SOURCE, STATE))
    run(page, 0)
    chart(page, 0).wait_for(timeout=60 * SECONDS)
    return page


@pytest.fixture
def fresh(page):
    """The page with the start and the rate that it began with, and nothing kept."""
    page.mouse.move(0, 0)
    page.keyboard.press("Escape")
    for label, value in (*zip(LABELS, (0, 0, 0.01), strict=True), *zip(LABELS, FIRST, strict=True)):
        page.get_by_label(label, exact=True).fill(str(value))
        page.keyboard.press("Enter")
    require_the_step(page, 30)
    return page


def chart(page, index):
    return page.locator(".convlab-explore .chart").nth(index)


def words(page):
    return page.locator(".convlab-explore .words")


def how(page):
    return page.locator(".convlab-explore .how")


def chosen(page):
    return [float(page.get_by_label(label, exact=True).input_value()) for label in LABELS]


TELLS = r"""([head, want]) => {
  const said = document.querySelector(".convlab-explore .words").textContent;
  const number = String.raw`(-?[\d.]+(?:e[-+]?\d+)?)`, pair = `\\(${number}, ${number}\\)`;
  const now = said.match(`weights ${pair}, loss ${number}, gradient ${pair}`)?.slice(1) ?? [];
  const next = [...said.matchAll(`≈ ${number}`)].map(found => found[1]);
  const got = [...now, ...next.length ? next : now.slice(0, 2)].map(Number);
  return said.startsWith(head) && got.length === want.length
    && got.every((value, i) => Math.abs(value - want[i]) <= 6e-3 * Math.abs(want[i]) + 1e-4);
}"""


def require_the_step(page, step, steps=30):
    """The words give the weights, the loss and the gradient of this step, and the next weights."""
    *start, lr = chosen(page)
    weights, losses, gradients = by_a_loop(start, lr, steps)
    want = [*weights[step], losses[step], *gradients[step], *weights[min(step + 1, steps)]]
    told = [f"Step {step} of {steps}: ", torch.stack(want).tolist()]
    try:
        page.wait_for_function(TELLS, arg=told)  # Python may have been asked
    except TimeoutError:
        raise AssertionError((words(page).inner_text(), *told)) from None


def dots(page, index):
    return chart(page, index).locator(".dots circle")


def test_every_rate_of_the_slider_shows_the_path_of_the_loop(fresh):
    slider = fresh.get_by_label("learning rate", exact=True)
    slider.focus()
    fresh.keyboard.press("Home")
    rates, seen = unpacked(explore.descent())["rates"], []
    for _ in rates:
        require_the_step(fresh, 30)
        seen.append((chosen(fresh)[2], how(fresh).inner_text().split(":")[0]))
        fresh.keyboard.press("ArrowRight")
    assert [rate for rate, _ in seen] == rates
    assert {verdict for _, verdict in seen} == {"Crawls", "Converges", "Swings", "Diverges"}


def test_a_click_chooses_the_start_and_a_drag_moves_it(fresh):
    frame = chart(fresh, 0).locator(".frame").bounding_box()
    at = {axis: frame[axis] + frame[side] / 4 for axis, side in (("x", "width"), ("y", "height"))}
    fresh.mouse.move(at["x"], at["y"])
    fresh.mouse.down()
    expect(how(fresh)).to_be_visible()
    assert_close(chosen(fresh)[:2], [0.1, 0.35], rtol=0, atol=0.02)
    require_the_step(fresh, 30)
    fresh.mouse.move(at["x"] + frame["width"] / 2, at["y"], steps=5)
    fresh.mouse.up()
    assert_close(chosen(fresh)[:2], [1.5, 0.35], rtol=0, atol=0.02)
    require_the_step(fresh, 30)
    drawn = dots(fresh, 0).first.bounding_box()
    assert_close(drawn["x"] + drawn["width"] / 2, at["x"] + frame["width"] / 2, rtol=0, atol=2)
    assert_close(drawn["y"] + drawn["height"] / 2, at["y"], rtol=0, atol=2)
    run(fresh, 1)
    printed = fresh.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(printed).to_contain_text(f"it has [{chosen(fresh)[0]}")


def test_any_rate_can_be_typed_and_what_is_none_is_not_taken(fresh):
    typed = fresh.get_by_label("learning rate, typed")
    typed.fill("0.0123")
    typed.press("Enter")
    require_the_step(fresh, 30)
    typed.fill("-1")
    typed.press("Enter")
    assert chosen(fresh)[2] == 0.0123


def test_a_run_that_sinks_before_it_climbs_says_both(fresh):
    for label, value in zip(LABELS, (1.64, -1.52, 0.034), strict=True):
        fresh.get_by_label(label, exact=True).fill(str(value))
        fresh.keyboard.press("Enter")
    require_the_step(fresh, 30)
    _, losses, _ = by_a_loop((1.64, -1.52), 0.034)
    turn = int(losses.argmin())
    assert 0 < turn < 30
    expect(how(fresh)).to_contain_text(
        f"in {turn} steps, then climbs to {losses[30]:.3g} at step 30"
    )


def test_what_is_being_typed_stays_when_something_else_moves(fresh):
    typed = fresh.get_by_label("second weight at the start")
    typed.fill("0.5")
    slide(fresh.get_by_label("learning rate", exact=True), 1)
    typed.press("Enter")
    assert chosen(fresh)[1] == 0.5
    require_the_step(fresh, 30)


def test_pointing_at_a_step_tells_it(fresh):
    frame = chart(fresh, 1).locator(".frame").bounding_box()
    fresh.mouse.move(frame["x"] + frame["width"] * 0.2, frame["y"] + 50)
    step = int(re.match(r"Step (\d+)", words(fresh).inner_text()).group(1))
    assert 5 <= step <= 7
    require_the_step(fresh, step)
    for index in (0, 1):
        assert dots(fresh, index).count() == step + 1


def test_it_plays_and_steps_from_the_keyboard_alone(fresh):
    fresh.get_by_label("second weight at the start").focus()
    fresh.keyboard.press("Tab")
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowRight"):
        fresh.keyboard.press(key)
    want = [FIRST[0] - 2.8 / 40 + 2.8 / 8, FIRST[1] - 3.4 / 40]
    assert_close(chosen(fresh)[:2], want, rtol=0, atol=0.01)
    require_the_step(fresh, 30)
    fresh.keyboard.press("Tab")
    for _ in range(2):
        fresh.keyboard.press("ArrowLeft")
    require_the_step(fresh, 28)
    fresh.keyboard.press("ArrowRight")
    require_the_step(fresh, 29)
    fresh.keyboard.press("ArrowRight")
    hear(fresh)
    fresh.keyboard.press("Space")
    require_heard(fresh, "Step 0 of 30", "Step 1 of 30", "Step 2 of 30")
    fresh.keyboard.press("Space")
    expect(fresh.locator(".convlab-explore .play")).to_have_text("▶ Play")
    require_the_step(fresh, int(re.match(r"Step (\d+)", words(fresh).inner_text()).group(1)))


def test_a_film_goes_down_step_by_step_until_it_is_stopped(alone):
    page = alone(explore.descent())
    chart(page, 0).focus()
    require_film(page, "Step 0 of 30", "Step 1 of 30", "Step 2 of 30")
    page.close()


def test_a_run_is_kept_to_compare(fresh):
    kept = chart(fresh, 1).locator(".kept")
    assert not kept.get_attribute("d")
    chart(fresh, 0).focus()
    fresh.keyboard.press("Enter")
    drawn = kept.get_attribute("d")
    fresh.get_by_label("learning rate, typed").fill("0.04")
    fresh.keyboard.press("Enter")
    expect(how(fresh)).to_contain_text("Dashed: learning rate 0.03, converges")
    expect(how(fresh)).to_contain_text("Diverges")
    assert kept.get_attribute("d") == drawn
    assert chart(fresh, 1).locator(".over").get_attribute("d") != drawn
    fresh.keyboard.press("Escape")
    assert not kept.get_attribute("d")


def test_it_works_in_a_page_without_python(alone):
    explorer = explore.descent()
    page = alone(explorer)
    chart(page, 0).wait_for()
    note = page.locator(".convlab-explore .note")
    expect(note).to_contain_text("Not connected to Python", timeout=20 * SECONDS)
    starts = unpacked(explorer)["starts"]
    seen = set()
    chart(page, 0).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        assert chosen(page)[:2] in starts
        seen.add(tuple(chosen(page)[:2]))
        require_the_step(page, 30)
    assert len(seen) > 2
    page.get_by_label("learning rate, typed").fill("0.0241")
    page.keyboard.press("Enter")
    assert chosen(page)[2] == 0.02
    require_the_step(page, 30)
    page.close()
