"""The explorer of kernels: its numbers are torch's, the picture of the page as well."""

import base64
import io
import json
import re
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from ipywidgets import Widget
from PIL import Image
from playwright.sync_api import expect
from torch.testing import assert_close

from convlab import data, explore
from convlab.explore.texts import write
from tests.support.browser import SECONDS
from tests.support.lab import notebook, run
from tests.support.oracle import numbers, unpacked

SOURCE = """\
import torch
from convlab import data, explore
K = torch.tensor({K})
explorer = explore.kernel(data.photo("flower")[:, 70:370, 150:470], K)
explorer"""
STATE = "print('K is', explorer.K.tolist())"
K = torch.randn(5, 5, generator=torch.Generator().manual_seed(1)).round(decimals=2)


def make():
    return explore.kernel(data.photo("flower")[:, 70:370, 150:470], K)


def filtered(X, K):
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def sum_text(K):
    return write(K.double().sum().round(decimals=6)).lstrip("~")


def square(weights):
    side = round(len(weights) ** 0.5)
    return torch.tensor(weights, dtype=torch.float32).reshape(side, side)


def test_the_photograph_is_grey_and_smaller_by_a_whole_factor():
    photo = data.photo()
    explorer = explore.kernel(photo)
    grey = torch.tensordot(torch.tensor([0.299, 0.587, 0.114]), photo, dims=1)
    factor = grey.shape[1] // explorer.X.shape[1]
    want = F.avg_pool2d(grey[None], factor)[0]
    assert explorer.X.shape == want.shape
    assert_close(explorer.X, want, rtol=0, atol=0.5 / 255 + 1e-6)
    stored = Image.open(io.BytesIO(base64.b64decode(unpacked(explorer)["photo"])))
    assert list(stored.get_flattened_data()) == (explorer.X * 255).round().flatten().tolist()


def test_a_small_photograph_stays_as_it_is():
    photo = torch.randint(0, 256, (20, 30), generator=torch.Generator().manual_seed(0)) / 255
    assert_close(explore.kernel(photo).X, photo)


@pytest.mark.parametrize("shape", [(330, 330), (3, 900, 700)])
def test_even_noise_is_made_small_enough_to_save(shape):
    photo = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    explorer = explore.kernel(photo, K)
    assert max(explorer.X.shape) <= 330
    state = Widget.get_manager_state(widgets=[explorer, explorer.layout])
    assert len(json.dumps(state)) < 60_000


def test_every_kernel_is_told_as_torch_has_it():
    explorer = make()
    kernels = unpacked(explorer)["kernels"]
    assert_close(square(kernels["as given"]["weights"]), K)
    assert square(kernels["Sobel x"]["weights"]).tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    for name, made in kernels.items():
        weights = square(made["weights"])
        assert made["texts"] == write(weights), name
        total = float(re.search(r"[=≈] (-?[\d.]+):", made["says"]).group(1))
        assert_close(total, float(weights.double().sum()), rtol=2e-3, atol=1e-6)
        explorer.chosen = explorer.chosen | {"weights": made["weights"]}
        assert_close(explorer.K, weights)
        assert_close(explorer.Y, filtered(explorer.X, weights))


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([[0.0] * 3, [0, 1, 0], [0] * 3], "keep their brightness"),
        ([[0.1] * 3, [0.1, -0.8, 0.1], [0.1] * 3], "become 0"),
        ([[1.0] * 3] * 3, "become brighter"),
        ([[0.0] * 3, [0, 0.5, 0], [0] * 3], "become darker"),
        ([[0.0] * 3, [0, -1, 0], [0] * 3], "become negative"),
    ],
)
def test_the_sum_of_a_kernel_says_what_becomes_of_flat_regions(weights, told):
    explorer = explore.kernel(torch.full((6, 6), 0.6), torch.tensor(weights))
    assert told in unpacked(explorer)["kernels"]["as given"]["says"]
    assert_close(explorer.Y, torch.full((4, 4), 0.6 * torch.tensor(weights).sum()))


def test_a_question_is_answered_with_torch_s_numbers():
    explorer, answers = make(), []
    explorer.send = answers.append
    asked = {"weights": [1.5, 0, -2, 3, 0.25, 1, 0, -1, 4], "at": [7, 11]}
    explorer._hear(explorer, {"ask": asked}, [])
    window, weights = explorer.X[7:10, 11:14], square(asked["weights"])
    assert answers[0]["ask"] == asked
    assert_close(numbers(answers[0]["products"]), (window * weights).flatten(), rtol=5e-3, atol=0)
    want = filtered(explorer.X, weights)[7, 11]
    assert_close(numbers(answers[0]["sum"])[0], want, rtol=5e-3, atol=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: explore.kernel("china"), TypeError, "photo must be a torch.Tensor, got str"),
        (lambda: explore.kernel(torch.ones(9)), ValueError, r"photo must be .*got shape \(9,\)"),
        (lambda: explore.kernel(torch.ones(1, 9, 9)), ValueError, r"got shape \(1, 9, 9\)"),
        (lambda: explore.kernel(torch.ones(9, 0)), ValueError, r"got shape \(9, 0\)"),
        (lambda: explore.kernel(torch.ones(9, 9) > 0), TypeError, "photo .* got torch.bool"),
        (lambda: explore.kernel(torch.ones(9, 9) * 255), ValueError, r"\[0, 1\], got 255 to 255"),
        (lambda: explore.kernel(torch.full((9, 9), torch.nan)), ValueError, "got nan to nan"),
        (lambda: explore.kernel(torch.ones(4, 9)), ValueError, r"at least 5 .* got \(4, 9\)"),
        (lambda: explore.kernel(torch.ones(9, 900)), ValueError, "made 3 times smaller"),
        (lambda: explore.kernel(K=3), TypeError, "K must be a torch.Tensor, got int"),
        (lambda: explore.kernel(K=torch.ones(4, 4)), ValueError, r"\(5, 5\), got shape \(4, 4\)"),
        (lambda: explore.kernel(K=torch.ones(3, 5)), ValueError, r"got shape \(3, 5\)"),
        (lambda: explore.kernel(K=torch.full((3, 3), torch.inf)), ValueError, "K must hold fin"),
        (lambda: explore.kernel(K=torch.ones(3, 3) * 1j), TypeError, "K must hold real numbers"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# In JupyterLab.


@pytest.fixture(scope="module")
def page(lab):
    page = lab(notebook(SOURCE.format(K=K.tolist()), STATE))
    run(page, 0)
    weights(page).first.wait_for(timeout=60 * SECONDS)
    return page


@pytest.fixture
def fresh(page):
    """The page with the kernel that it was given, and nothing pinned."""
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)
    page.get_by_label("kernel", exact=True).select_option("as given")
    return page


def weights(page):
    return page.locator(".convlab-explore .weights:not(.products) .cell")


def words(page):
    return page.locator(".convlab-explore .words")


def pictures(page):
    return page.locator(".convlab-explore .picture")


PIXELS = """() => {
  const canvas = document.querySelectorAll(".convlab-explore canvas")[1];
  const {width, height} = canvas;
  const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  return [height, width, [...bytes.filter((_, i) => i % 4 === 0)]];
}"""


def drawn(page):
    height, width, pixels = page.evaluate(PIXELS)
    return torch.tensor(pixels, dtype=torch.float32).reshape(height, width)


def picture_of(page, X, K):
    """Torch's picture, from black at the low end of the range drawn to white at the high one."""
    said = page.locator(".convlab-explore .pictures .title").nth(1).inner_text().replace("−", "-")
    low, high = (
        float(re.search(rf"{end} (-?[\d.]+)", said).group(1)) for end in ("black", "white")
    )
    return ((filtered(X, K) - low) / (high - low)).clamp(0, 1) * 255


def require_the_picture_of(page, X, K):
    assert_close(drawn(page), picture_of(page, X, K), rtol=0, atol=1)


def require_the_formula_of(page, X, K, place=None):
    """The words give the pixels of the window, at `place` if known, the kernel, and the sum."""
    begin = "" if place is None else rf"^Y\[{place[0]}, {place[1]}\] = "
    expect(words(page)).to_have_text(re.compile(rf"{begin}.* ≈ "))
    said = words(page).inner_text()
    row, column = map(int, re.match(r"Y\[(\d+), (\d+)\]", said).groups())
    terms = [[float(n) for n in t] for t in re.findall(r"\(?(-?[\d.]+)\)?·\(?(-?[\d.]+)\)?", said)]
    pixels, factors = torch.tensor(terms).T
    window = X[row : row + len(K), column : column + len(K)]
    assert_close(pixels, window.flatten(), rtol=5e-3, atol=0)
    assert_close(factors, K.flatten(), rtol=5e-3, atol=0)
    total = float(re.search(r"≈ (-?[\d.e-]+)", said).group(1))
    assert_close(total, float(filtered(X, K)[row, column]), rtol=5e-3, atol=1e-6)
    return row, column


def test_the_browser_draws_what_torch_computes_for_every_kernel(fresh):
    explorer = make()
    ranges = set()
    for name, made in unpacked(explorer)["kernels"].items():
        fresh.get_by_label("kernel", exact=True).select_option(name)
        require_the_picture_of(fresh, explorer.X, square(made["weights"]))
        ranges.add(fresh.get_by_label("drawn").input_value())
        assert drawn(fresh).unique().numel() > 50
    assert len(ranges) == 4


def test_another_size_keeps_the_middle_of_the_kernel(fresh):
    X = make().X
    fresh.get_by_label("size").select_option("3")
    require_the_picture_of(fresh, X, K[1:4, 1:4])
    fresh.get_by_label("size").select_option("5")
    require_the_picture_of(fresh, X, F.pad(K[1:4, 1:4], (1, 1, 1, 1)))


def test_pointing_at_a_pixel_of_either_picture_shows_its_sum(fresh):
    X = make().X
    for index, (row, column) in enumerate([(40, 60), (50, 80)]):
        box = pictures(fresh).nth(index).bounding_box()
        scale = box["width"] / X.shape[1]
        middle = {"x": (column + 0.5) * scale, "y": (row + 0.5) * scale}
        pictures(fresh).nth(index).hover(position=middle)
        require_the_formula_of(fresh, X, K, (row - 2, column - 2))
        products = fresh.locator(".convlab-explore .products .cell").all_inner_texts()
        window = X[row - 2 : row + 3, column - 2 : column + 3]
        assert products == write(window * K).replace("~", "").split()


def test_a_click_pins_and_another_frees(fresh):
    pictures(fresh).nth(0).click(position={"x": 50, "y": 50})
    kept = words(fresh).inner_text()[:10]
    expect(words(fresh)).to_contain_text("(pinned)")
    pictures(fresh).nth(1).hover(position={"x": 200, "y": 90})
    assert words(fresh).inner_text().startswith(kept)
    pictures(fresh).nth(0).click(position={"x": 50, "y": 50})
    expect(words(fresh)).not_to_contain_text("pinned")
    pictures(fresh).nth(1).hover(position={"x": 200, "y": 90})
    assert not words(fresh).inner_text().startswith(kept)


def test_numbers_are_edited_by_mouse_here_and_in_python(fresh):
    X, edited = make().X, K.clone()
    weights(fresh).nth(7).dblclick()
    expect(weights(fresh).nth(7).locator("input")).to_be_focused()
    fresh.keyboard.type("2.5")
    edited[1, 2] = 2.5
    require_the_picture_of(fresh, X, edited)
    fresh.keyboard.press("Enter")
    box = weights(fresh).nth(24).bounding_box()
    fresh.get_by_label("drawn").select_option("3")
    fresh.mouse.move(box["x"] + 9, box["y"] + 9)
    fresh.mouse.down()
    fresh.mouse.move(box["x"] + 9, box["y"] - 31, steps=3)
    fresh.mouse.up()
    edited[4, 4] += 1
    require_the_picture_of(fresh, X, edited)
    run(fresh, 1)
    printed = fresh.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(printed).to_contain_text("K is")
    got = eval(printed.inner_text().removeprefix("K is"))
    assert_close(torch.tensor(got), edited)
    total = fresh.locator(".convlab-explore .total")
    expect(total).to_contain_text(sum_text(edited))


@pytest.mark.parametrize("typed", ["10000", "1/9"])
def test_what_is_no_number_up_to_1000_is_refused_and_leaves_what_was(fresh, typed):
    note = fresh.locator(".convlab-explore .note")
    for key in ("Enter", "Escape"):
        weights(fresh).nth(0).dblclick()
        fresh.keyboard.type(typed)
        expect(note).to_have_text(f"Only numbers up to 1000 are taken, got “{typed}”.")
        fresh.keyboard.press(key)
        assert weights(fresh).all_inner_texts() == write(K).replace("~", "").split()
    expect(note).to_be_empty()


def test_a_refusal_does_not_outlast_its_edit(fresh):
    for typed in ("1/9", "3"):
        weights(fresh).nth(0).focus()
        fresh.keyboard.type(typed)
        fresh.keyboard.press("Enter")
    expect(weights(fresh).nth(0)).to_have_text("3")
    expect(fresh.locator(".convlab-explore .note")).to_be_empty()


def test_the_keyboard_alone_does_it_all(fresh):
    press, X = fresh.keyboard.press, make().X
    fresh.get_by_label("drawn").focus()
    press("Tab")
    start = require_the_formula_of(fresh, X, K)
    for key in ("Shift+ArrowRight", "ArrowRight", "Shift+ArrowUp", "ArrowDown"):
        press(key)
    require_the_formula_of(fresh, X, K, (start[0] - 9, start[1] + 11))
    press("Enter")
    expect(words(fresh)).to_contain_text("(pinned)")
    press("Tab")
    press("Tab")
    for key in ("ArrowRight", "ArrowDown", "PageUp", "PageUp", "ArrowDown", "Enter", "ArrowDown"):
        press(key)
    press("Enter")
    press("ArrowRight")
    fresh.keyboard.type("-4")
    press("Enter")
    edited = K.clone()
    edited[1, 1] += 2
    edited[2, 1] -= 0.1
    edited[2, 2] = -4
    require_the_picture_of(fresh, X, edited)
    expect(words(fresh)).to_contain_text(f"K[2, 2] multiplies X[{start[0] - 7}, {start[1] + 13}]")
    press("Escape")
    expect(words(fresh)).not_to_contain_text("(pinned)")


def test_a_window_at_the_border_stays_inside_as_the_kernel_grows(fresh):
    X = make().X
    fresh.get_by_label("kernel", exact=True).select_option("Sobel x")
    pictures(fresh).nth(0).hover(position={"x": 1, "y": 1})
    fresh.get_by_label("size").select_option("5")
    require_the_formula_of(
        fresh, X, F.pad(square([-1, 0, 1, -2, 0, 2, -1, 0, 1]), (1,) * 4), (0, 0)
    )


def test_the_line_of_code_does_the_same(fresh):
    X = make().X
    line = fresh.locator(".convlab-explore code").inner_text()
    assert_close(
        eval(line, {"F": F, "explorer": SimpleNamespace(X=X), "torch": torch}), filtered(X, K)
    )


WITHOUT_FILTERS = """() => {
  const drawing = CanvasRenderingContext2D.prototype;
  window.kept = Object.getOwnPropertyDescriptor(drawing, "filter");
  delete drawing.filter;
}"""
IS_DRAWN = f"""wanted => {{
  const [, , pixels] = ({PIXELS})();
  return pixels.length === wanted.length
    && pixels.every((pixel, i) => Math.abs(pixel - wanted[i]) <= 1);
}}"""
WITH_FILTERS = """() =>
  Object.defineProperty(CanvasRenderingContext2D.prototype, "filter", window.kept)"""


def test_where_the_browser_has_no_filters_python_sends_the_picture(fresh):
    X, edited = make().X, K.clone()
    edited[0, 0] = 2
    fresh.evaluate(WITHOUT_FILTERS)
    run(fresh, 0)
    expect(words(fresh)).to_contain_text("≈")
    weights(fresh).first.focus()
    fresh.keyboard.type("2")
    fresh.keyboard.press("Enter")
    fresh.wait_for_function(IS_DRAWN, arg=picture_of(fresh, X, edited).flatten().tolist())
    require_the_picture_of(fresh, X, edited)
    fresh.evaluate(WITH_FILTERS)
    run(fresh, 0)
    expect(words(fresh)).to_contain_text("≈")
    require_the_picture_of(fresh, X, K)


def test_it_works_in_a_page_without_python(alone):
    explorer = make()
    page = alone(explorer)
    weights(page).first.wait_for()
    note = page.locator(".convlab-explore .note")
    expect(note).to_contain_text("Not connected to Python", timeout=20 * SECONDS)
    require_the_picture_of(page, explorer.X, K)
    edited = K.clone()
    edited[0, 0] = 0.5
    weights(page).first.focus()
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    require_the_picture_of(page, explorer.X, edited)
    total = page.locator(".convlab-explore .total")
    expect(total).to_have_text(
        re.compile(rf"Sum of the kernel [=≈] {re.escape(sum_text(edited))}\.")
    )
    page.mouse.move(0, 0)
    page.locator("body").evaluate("body => document.activeElement.blur()")
    require_the_formula_of(page, explorer.X, edited)
    page.close()


@pytest.mark.parametrize("scale", [1, 0.001, 30])
def test_a_page_without_python_writes_the_sums_that_python_would(alone, scale):
    explorer = make()
    weights = [round(float(weight) * scale, 5) for weight in K.flatten()]
    explorer.chosen = {"weights": weights, "range": 3}
    page = alone(explorer)
    cells = page.locator(".convlab-explore .products .cell")
    cells.first.wait_for()
    expect(cells.first).not_to_be_empty()
    row, column = require_the_formula_of(page, explorer.X, explorer.K)
    answer = explorer.answer({"weights": weights, "at": (row, column)})
    assert cells.all_inner_texts() == answer["products"].replace("~", "").split()
    assert words(page).inner_text().endswith(f"≈ {answer['sum'].lstrip('~')}")
