"""The explorer of a convolution along a signal: its numbers against torch's, mouse and keys."""

import base64
import json
import re
import zlib
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from ipywidgets import Widget
from playwright.sync_api import expect
from torch.testing import assert_close

from convlab import explore
from convlab.explore.texts import write
from convlab.page.bundle import script
from tests.support.browser import SECONDS
from tests.support.lab import notebook, require_film, run
from tests.support.oracle import numbers, unpacked

SCRIPT = Path(explore.__file__).parent / "widgets" / "conv1d_state.js"
RANGES = {"stride": range(1, 5), "padding": range(9), "dilation": range(1, 5)}
READY = {
    "as given": None,
    "average of 3": [1 / 3] * 3,
    "average of 8": [1 / 8] * 8,
    "causal average of 3": [1 / 3, 1 / 3, 1 / 3, 0, 0],
    "difference": [-1.0, 1],
    "central difference": [-1 / 2, 0, 1 / 2],
    "smoothed difference": [-1 / 8, -2 / 8, 0, 2 / 8, 1 / 8],
}


def drawn(*size, seed=0):
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


# No output lies halfway between two numbers of three digits, where the order of a sum would decide.
X = (drawn(24) / 0.16).round().mul(0.16).round(decimals=2)
K = torch.tensor([0.5, -1, 0, 2, 0.25])


def torch_s(X, K, stride=1, padding=0, dilation=1):
    return F.conv1d(X[None, None], K[None, None], None, stride, padding, dilation)[0, 0]


# The tables.


@pytest.mark.parametrize("name", READY)
def test_every_output_of_the_tables_is_torch_s(name):
    signal, kernel = drawn(20), drawn(4, seed=1)
    found = unpacked(explore.conv1d(signal, kernel))["tables"][name]
    weights = kernel if READY[name] is None else torch.tensor(READY[name])
    assert found["K"] == write(weights)
    assert sorted(found["Y"]) == [str(dilation) for dilation in RANGES["dilation"]]
    for dilation, text in found["Y"].items():
        assert text == write(torch_s(signal, weights, padding=8, dilation=int(dilation)))


def test_the_products_of_a_weight_are_found_in_its_row():
    signal, kernel = drawn(20), drawn(4, seed=1)
    explorer = explore.conv1d(signal, kernel)
    data = unpacked(explorer)
    for name, weights in READY.items():
        weights = kernel if weights is None else torch.tensor(weights)
        rows = [data["products"][row] for row in data["tables"][name]["rows"]]
        assert rows == [write(weight.abs() * signal) for weight in weights]


def edit(explorer, at, to=None, by=0):
    explorer.edit("as given", "2", at, to, by)


@pytest.mark.parametrize(
    ("move", "weight"),
    [
        ({"at": 1, "to": 0.6789}, 0.7),
        ({"at": 3, "by": 1}, 2.1),
        ({"at": 1, "by": -12}, -2.2),
        ({"at": 4, "by": 1}, 0.3),
        ({"at": 0, "to": -1.13, "by": 2}, -0.9),
    ],
)
def test_a_weight_is_put_on_a_step(move, weight):
    explorer = explore.conv1d(X, K)
    edit(explorer, **move)
    explorer.settings = explorer.settings | {"kernel": "edited"}
    want = K.clone()
    want[move["at"]] = weight
    assert_close(explorer.K, want)
    assert_close(explorer.Y, torch_s(X, want))
    assert K.tolist() == [0.5, -1, 0, 2, 0.25]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_code_of_moved_weights_runs(dtype):
    explorer = explore.conv1d(X.to(dtype), torch.tensor([1, -1]))
    edit(explorer, at=0, by=10)
    data = json.loads(zlib.decompress(base64.b64decode(explorer.edited)))
    weights = eval(data["code"], {"torch": torch})
    assert_close(F.conv1d(explorer.X[None, None], weights)[0, 0], 2 * X[:-1].to(dtype) - X[1:])


def test_the_kernel_of_the_example_has_a_name():
    explorer = explore.conv1d(X)
    assert next(iter(unpacked(explorer)["tables"])) == "beat minus its mean"
    assert abs(float(explorer.K.mean())) < 1e-6


def test_a_weight_too_large_is_refused():
    explorer = explore.conv1d(X, K)
    with pytest.raises(ValueError, match=r"^a weight may be at most 1,000,000, got 2e\+06$"):
        edit(explorer, at=0, to=2e6)
    assert explorer.edited == ""


def test_the_scales_hold_all_numbers_between_round_ends():
    data = unpacked(explore.conv1d(drawn(30) + 1, drawn(5, seed=1) * 30))
    tables = data["tables"].values()
    pairs = [(data["limits"], [data["X"]])]
    pairs += [(table["limits"]["Y"], table["Y"].values()) for table in tables]
    for table in tables:
        pairs.append((table["limits"]["P"], [data["products"][row] for row in table["rows"]]))
    for (low, high), texts in pairs:
        values = numbers(" ".join(texts))
        assert float(low) <= min(0, values.min() + 1e-6)
        assert float(high) >= max(0, values.max() - 1e-6)
        assert all(re.fullmatch(r"-?(0|[125]0*|0\.0*[125])", end) for end in (low, high))


@pytest.mark.parametrize("signal", [torch.zeros(3), torch.tensor([5.0]), -torch.ones(4)])
def test_flat_and_short_signals_are_shown(signal):
    explorer = explore.conv1d(signal, torch.zeros(1))
    assert_close(explorer.Y, torch.zeros(len(signal)))
    low, high = map(float, unpacked(explorer)["limits"])
    assert low < high


def test_a_long_signal_and_kernel_stay_small():
    explorer = explore.conv1d(drawn(200), drawn(15, seed=1))
    edit(explorer, at=0, by=1)
    state = Widget.get_manager_state(widgets=[explorer, explorer.layout])
    assert len(str(state)) < 70_000


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: explore.conv1d([1.0]), TypeError, "signal must be a torch.Tensor, got list"),
        (lambda: explore.conv1d(X, 2), TypeError, "kernel must be a torch.Tensor, got int"),
        (lambda: explore.conv1d(X > 0), TypeError, "signal must hold real numbers, got torch.bool"),
        (lambda: explore.conv1d(X, K * 1j), TypeError, "kernel must hold real numbers"),
        (lambda: explore.conv1d(X[None]), ValueError, r"one axis of 1 to 200, got shape \(1, 24\)"),
        (lambda: explore.conv1d(torch.ones(201)), ValueError, r"got shape \(201,\)"),
        (lambda: explore.conv1d(X, torch.ones(16)), ValueError, r"1 to 15, got shape \(16,\)"),
        (lambda: explore.conv1d(torch.ones(0)), ValueError, r"signal .* got shape \(0,\)"),
        (lambda: explore.conv1d(X / 0), ValueError, "signal must hold finite numbers"),
        (
            lambda: explore.conv1d(X, K * 1e7),
            ValueError,
            "finite numbers up to 1,000,000",
        ),
        (lambda: explore.conv1d(X[:3], K), ValueError, "kernel does not fit"),
        (lambda: explore.conv1d(stride=0), ValueError, "stride must be at least 1, got 0"),
        (lambda: explore.conv1d(stride=5), ValueError, "stride must be at most 4, got 5"),
        (
            lambda: explore.conv1d(padding=(1,)),
            TypeError,
            r"padding must be an integer, got \(1,\)",
        ),
        (lambda: explore.conv1d(dilation=1.5), TypeError, "dilation must be an integer"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("dtype", [torch.int64, torch.float16, torch.float64])
def test_other_dtypes_are_taken(dtype):
    explorer = explore.conv1d(torch.arange(6).to(dtype), torch.tensor([1, 2]).to(dtype), stride=2)
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    assert_close(explorer.Y, torch.tensor([2.0, 8.0, 14.0], dtype=wide))
    assert_close(explorer.X, torch.arange(6, dtype=wide))
    codes = {name: table["code"] for name, table in unpacked(explorer)["tables"].items()}
    weights = eval(codes["average of 3"], {"torch": torch})
    assert weights.dtype == wide


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_a_tensor_on_the_gpu_is_shown():
    assert_close(explore.conv1d(X.cuda(), K).Y, torch_s(X, K))


# In JupyterLab.


SOURCE = f"""\
import torch
from convlab import explore
X, K = torch.tensor({X.tolist()}), torch.tensor({K.tolist()})
explorer = explore.conv1d(X, K)
explorer"""


@pytest.fixture(scope="module")
def page(lab):
    page = lab(notebook(SOURCE, "print(explorer.K.tolist(), explorer.settings)"))
    run(page, 0)
    panel(page, "output").wait_for(timeout=60 * SECONDS)
    return page


@pytest.fixture
def fresh(page):
    """The page with the settings it began with and nothing pinned."""
    page.mouse.move(0, 0)
    page.get_by_label("kernel", exact=True).focus()
    page.keyboard.press("Escape")
    choose(page, "as given")
    return page


def choose(page, kernel, stride=1, padding=0, dilation=1):
    page.get_by_label("kernel", exact=True).select_option(kernel)
    for name, value in {"stride": stride, "padding": padding, "dilation": dilation}.items():
        page.get_by_label(f"{name}, samples", exact=True).fill(str(value))


def panel(page, kind):
    return page.locator(f".convlab-explore .{kind} svg").first


def words(page):
    return page.locator(".convlab-explore .words")


def at(page, name, index):
    """Points at a number with the keys."""
    one = panel(page, name)
    one.focus()
    here = int(one.get_attribute("aria-valuenow"))
    for _ in range(abs(index - here)):
        page.keyboard.press("ArrowRight" if index > here else "ArrowLeft")


def require_formula(page, y, x, weights, products):
    """The words about Y[y] are right, and as many products as weights are drawn."""
    said = words(page).inner_text()
    head, formula = said.split(" = ", 1)
    assert head == f"Y[{y}]"
    terms, total = re.split(r" [=≈] ", formula)
    shown = re.findall(r"\(?(-?[\d.]+)\)?·\(?(-?[\d.]+)\)?", terms)
    pairs = list(zip(write(x).split(), write(weights).split(), strict=True))
    pairs = [tuple(text.replace("~", "") for text in pair) for pair in pairs]
    assert shown == (pairs if len(pairs) <= 6 else [*pairs[:3], pairs[-1]])
    assert total == write((x * weights).sum()[None]).replace("~", "")
    assert page.locator(".convlab-explore .product").count() == len(products)


SWEEP = """combinations => {
  const root = document.querySelector(".convlab-explore"), found = [];
  const svg = root.querySelector(".output svg");
  const select = root.querySelector("select");
  const put = (label, value) => {
    const slider = root.querySelector(`[aria-label="${label}, samples"]`);
    slider.value = value;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
  };
  for (const [kernel, settings] of combinations) {
    select.value = kernel;
    select.dispatchEvent(new Event("change", {bubbles: true}));
    for (const name in settings) put(name, settings[name]);
    const values = [];
    svg.focus();
    const press = key => svg.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    for (let i = 0; i < 60; i++) press("ArrowLeft");
    while (root.querySelectorAll(".output .dot").length) {
      values.push(root.querySelector(".words").textContent.split(/ [=≈] /).at(-1));
      const before = svg.getAttribute("aria-valuenow");
      press("ArrowRight");
      if (svg.getAttribute("aria-valuenow") === before) break;
    }
    found.push([values, root.querySelector("code").textContent]);
  }
  return found;
}"""


def test_the_sliders_show_what_the_line_of_code_gives(fresh):
    settings = [
        (name, dict(zip(RANGES, chosen, strict=True)))
        for name, chosen in product(READY, product((1, 3), (0, 5), (1, 4)))
    ]
    found = fresh.evaluate(SWEEP, settings)
    scope = {"explorer": SimpleNamespace(X=X, K=K), "F": F, "torch": torch}
    assert len({code for _, code in found}) == len(settings)
    for (values, code), (name, chosen) in zip(found, settings, strict=True):
        weights = K if READY[name] is None else torch.tensor(READY[name])
        try:
            want = eval(code, scope)
        except RuntimeError:
            assert values == []
            continue
        assert_close(want, torch_s(X, weights, **chosen))
        assert values == [text.replace("~", "") for text in write(want).split()], code


def test_pointing_at_an_output_shows_what_it_is_made_of(fresh):
    choose(fresh, "as given", stride=2, padding=3, dilation=2)
    box = panel(fresh, "output").bounding_box()
    fresh.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40)
    y = int(re.match(r"Y\[(\d+)\]", words(fresh).inner_text())[1])
    window = F.pad(X, (3, 3))[2 * y : 2 * y + 9 : 2]
    require_formula(fresh, y, window, K, window * K)
    first, last = 2 * y - 3, 2 * y + 5
    band = panel(fresh, "input").locator(".window").bounding_box()
    each = panel(fresh, "input").bounding_box()["width"] / 680 * (680 - 54) / (24 + 6)
    assert band["width"] == pytest.approx((last - first + 1) * each, abs=3)
    assert panel(fresh, "input").locator(".met").count() == 5
    guide = panel(fresh, "output").locator("line.guide").bounding_box()
    assert guide["x"] == pytest.approx(band["x"] + band["width"] / 2, abs=2)
    assert guide["x"] == pytest.approx(box["x"] + box["width"] * 0.6, abs=each + 2)


def test_a_long_formula_is_shortened(fresh):
    choose(fresh, "average of 8")
    at(fresh, "output", 2)
    require_formula(fresh, 2, X[2:10], torch.full((8,), 1 / 8), X[2:10])
    expect(words(fresh)).to_contain_text("… 4 more …")


def test_pointing_at_a_sample_shows_all_that_use_it(fresh):
    """Who uses a sample: those outputs whose gradient for it is not zero."""
    settings = {"stride": 2, "padding": 1, "dilation": 2}
    choose(fresh, "as given", **settings)
    ones = torch.ones(5)
    users = torch.autograd.functional.jacobian(lambda x: torch_s(x, ones, **settings), X)
    for x in (0, 11, 23):
        at(fresh, "input", x)
        used = users[:, x].nonzero().flatten().tolist()
        said = words(fresh).inner_text()
        assert f"X[{x}] = {write(X[x])} is used by {len(used) or 'no'} output" in said
        assert re.findall(r"Y\[(\d+)\]", said) == list(map(str, used))
        assert panel(fresh, "output").locator(".met").count() == len(used)


def test_a_click_pins_and_another_frees(fresh):
    box = panel(fresh, "output").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + 40
    fresh.mouse.click(*middle)
    pinned = words(fresh).inner_text()
    assert pinned.endswith("(pinned)")
    fresh.mouse.move(middle[0] + 100, middle[1])
    assert words(fresh).inner_text() == pinned
    fresh.mouse.click(*middle)
    fresh.mouse.move(middle[0] + 100, middle[1])
    assert words(fresh).inner_text() != pinned.removesuffix(" (pinned)")


def test_a_click_on_a_dot_pins_even_if_the_kernel_was_in_hand(fresh):
    at(fresh, "output", 3)
    dot = fresh.locator(".convlab-explore .output .pointed").bounding_box()
    panel(fresh, "weights").first.click()
    fresh.mouse.click(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    expect(words(fresh)).to_contain_text(re.compile(r"Y\[3\] .*\(pinned\)"))


def require_edited(page, want):
    """The kernel in Python is what the page shows, and so is the output."""
    at(page, "output", 3)
    window = X[3:8]
    expect(words(page)).to_contain_text(write((window * want).sum()[None]).replace("~", ""))
    require_formula(page, 3, window, want, window * want)
    run(page, 1)
    printed = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(printed).to_contain_text(f"{want.tolist()} {{'kernel': 'edited'")


def test_a_weight_is_dragged_and_the_output_follows(fresh):
    kernel = panel(fresh, "weights")
    box = kernel.bounding_box()
    x = box["x"] + box["width"] * (46 + (336 - 54) * 1.5 / 5) / 336
    height = lambda value: box["y"] + box["height"] * (8 + (5 - value) * 10) / 116  # noqa: E731
    at(fresh, "output", 3)
    fresh.mouse.move(x, height(-1))
    fresh.mouse.down()
    fresh.mouse.move(x, height(1), steps=4)
    want = K.clone()
    want[1] = 1
    total = write((X[3:8] * want).sum()[None]).replace("~", "")
    code = fresh.locator(".convlab-explore code")
    expect(code).to_contain_text("torch.tensor([[[0.5, 1.0, 0.0, 2.0, 0.25]]])")
    expect(words(fresh)).to_contain_text("K[1] = 1 meets X[4]")
    fresh.mouse.move(x, height(4), steps=4)
    fresh.mouse.up()
    want[1] = 4
    expect(code).to_contain_text("torch.tensor([[[0.5, 4.0, 0.0, 2.0, 0.25]]])")
    assert total != write((X[3:8] * want).sum()[None])
    require_edited(fresh, want)


# All at once: faster than the kernel can answer.
PRESS = """keys => keys.forEach(key => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true})))"""


def test_the_keyboard_alone_does_it_all(fresh):
    press = fresh.keyboard.press
    fresh.get_by_label("dilation, samples, typed").focus()
    press("Tab")
    press("ArrowRight")
    expect(words(fresh)).to_contain_text("K[1] = -1")
    fresh.evaluate(PRESS, ["ArrowUp"] * 3 + ["ArrowRight", "ArrowDown"])
    code = fresh.locator(".convlab-explore code")
    expect(code).to_contain_text("torch.tensor([[[0.5, -0.25, -0.25, 2.0, 0.25]]])")
    require_edited(fresh, torch.tensor([0.5, -0.25, -0.25, 2, 0.25]))
    panel(fresh, "weights").focus()
    press("Tab")
    expect(words(fresh)).to_contain_text(re.compile(r"^X\["))
    press("Tab")
    expect(words(fresh)).to_contain_text(re.compile(r"^Y\["))
    press("Enter")
    expect(words(fresh)).to_contain_text("(pinned)")
    press("Escape")
    expect(words(fresh)).not_to_contain_text("(pinned)")
    at(fresh, "output", 0)
    press("Space")
    expect(words(fresh)).to_contain_text(re.compile(r"^Y\[[^0]"))
    press("Space")
    expect(fresh.locator(".convlab-explore .play")).to_have_text("▶ Play")


def test_a_film_goes_from_output_to_output_until_it_is_stopped(alone):
    page = alone(explore.conv1d(X, K))
    at(page, "output", 1)
    require_film(page, "Y[2] =", "Y[3] =", "Y[4] =")
    page.close()


def test_a_weight_tells_its_product(alone):
    page = alone(explore.conv1d(X, K))
    at(page, "output", 3)
    at(page, "weights", 1)
    expect(words(page)).to_have_text("K[1] = -1 meets X[4] = 0.8 for Y[3]: 0.8·(-1) = -0.8")
    page.keyboard.press("ArrowRight")
    expect(words(page)).to_have_text("K[2] = 0 meets X[5] = 0.64 for Y[3]: 0.64·0 = 0")
    page.close()


MOVES = """async ([source, refused]) => {
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const {stateOf, ask, next, answered} = await import(url);
  let state = {...stateOf({kernel: "as given"}), table: {reach: "2"}};
  const become = change => { state = {...state, ...change}; };
  become(ask(state, {at: 0, to: null, by: 1}));
  const first = next(state);
  become(first.change);
  for (const move of [{at: 1, to: 3, by: 0}, {at: 1, to: null, by: 2}, {at: 1, to: null, by: -1},
      {at: 2, to: null, by: 1}, {at: 2, to: 0.5, by: 0}])
    become(ask(state, move));
  const early = next(state);
  become(answered(state, refused ? {refused} : {here: true}));
  const second = next(state);
  become(second.change);
  become(answered(state, {here: true}));
  return {edits: [first.edit, second.edit, next(state).edit], early, refusal: state.refusal};
}"""


@pytest.mark.parametrize(("refused", "kernel"), [("", "edited"), ("too large", "as given")])
def test_moves_wait_for_python_and_those_of_one_weight_become_one(browser, refused, kernel):
    page = browser.new_page()
    found = page.evaluate(MOVES, [script(SCRIPT), refused])
    page.close()
    assert found["early"] is None
    assert found["edits"] == [
        ["as given", "2", 0, None, 1],
        [kernel, "2", 1, 3, 1],
        ["edited", "2", 2, 0.5, 0],
    ]
    assert found["refusal"] == ""


def test_it_works_in_a_page_without_python(alone):
    page = alone(explore.conv1d(X, K))
    panel(page, "output").wait_for()
    note = page.locator(".convlab-explore .note")
    expect(note).to_contain_text("Not connected to Python", timeout=20 * SECONDS)
    choose(page, "smoothed difference", stride=2, padding=2, dilation=3)
    at(page, "output", 4)
    weights = torch.tensor(READY["smoothed difference"])
    window = F.pad(X, (2, 2))[8:21:3]
    require_formula(page, 4, window, weights, window * weights)
    panel(page, "weights").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("kernel", exact=True)).to_have_value("smoothed difference")
    page.close()
