"""The explorer of activations: its numbers against torch's, mouse and keys."""

import re
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect
from torch.testing import assert_close

from convlab import explore
from convlab.explore.texts import write
from tests.support.browser import SECONDS
from tests.support.lab import notebook, require_film, run, slide
from tests.support.oracle import numbers, unpacked

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "gelu", "silu")
PARAMETERS = {
    "leaky_relu": {"negative_slope": (0.01, 0.05, 0.1, 0.2, 0.5)},
    "softplus": {"beta": (1, 2, 5), "threshold": (2, 5, 20)},
    "gelu": {"approximate": ("none", "tanh")},
}
LABELS = dict(
    zip(NAMES, ("Sigmoid", "Tanh", "ReLU", "Leaky ReLU", "Softplus", "GELU", "SiLU"), strict=True)
)
FINE = torch.linspace(-6, 6, 97, dtype=torch.float64)


def torch_s(name, **parameters):
    found = getattr(torch, name) if name in ("sigmoid", "tanh") else getattr(F, name)
    return lambda x: found(x, **parameters)


def variants(name):
    choices = PARAMETERS.get(name, {})
    return [dict(zip(choices, chosen, strict=True)) for chosen in product(*choices.values())]


def through(function, x, layers):
    """y and dy/dx after so many equal activations, by one backward pass through all."""
    x = x.clone().requires_grad_()
    y = x
    for _ in range(layers):
        y = function(y)
    return y.detach(), torch.autograd.grad(y.sum(), x)[0]


def near(text, want):
    """Each number shown is one of those that rounding an almost equal number may give."""
    assert_close(numbers(text).double().expand_as(want), want, rtol=6e-3, atol=1e-30)


# The tables.


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_tables_is_torch_s(name):
    data = unpacked(explore.activation())
    found = data["functions"][name]
    assert found["label"] == LABELS[name]
    assert found["choices"] == {k: list(v) for k, v in PARAMETERS.get(name, {}).items()}
    pointed = FINE[:: data["every"]]
    assert data["x"] == write(pointed)
    for parameters in variants(name):
        table = found["tables"][",".join(map(str, parameters.values()))]
        function = torch_s(name, **parameters)
        y, slope = through(function, FINE, 1)
        near(table["y"], y)
        near(table["slope"], slope)
        for layers in (1, 2, 7, 20):
            near(table["through"][layers - 1], through(function, pointed, layers)[1])
        low, high = map(int, table["ends"])
        assert low <= y.min() <= y.max() <= high + 0.01
        assert_close(eval(table["code"], {"F": F, "torch": torch, "x": FINE}), y)
    assert len(table["through"]) == 20


def test_the_chosen_function_is_read_back():
    explorer = explore.activation("softplus")
    assert_close(explorer.function(FINE), F.softplus(FINE))
    chosen = explorer.settings["parameters"] | {"softplus": {"beta": 5, "threshold": 2}}
    explorer.settings = explorer.settings | {"parameters": chosen}
    assert_close(explorer.function(FINE), F.softplus(FINE, 5, 2))
    explorer.settings = explorer.settings | {"name": "tanh"}
    assert_close(explorer.function(FINE), torch.tanh(FINE))


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("swish", ValueError, "name must be one of 'sigmoid', .* 'silu', got 'swish'"),
        ("ReLU", ValueError, "got 'ReLU'"),
        (torch.relu, TypeError, "name must be a string, got builtin_function_or_method"),
    ],
)
def test_bad_names_are_refused(name, error, message):
    with pytest.raises(error, match=message):
        explore.activation(name)


# In JupyterLab.


@pytest.fixture(scope="module")
def page(lab):
    source = "from convlab import explore\nexplorer = explore.activation()\nexplorer"
    page = lab(notebook(source, "print(explorer.settings, explorer.function)"))
    run(page, 0)
    panel(page, "input").wait_for(timeout=60 * SECONDS)
    return page


@pytest.fixture
def fresh(page):
    """The page with ReLU alone at x = 1, five layers, and nothing pinned."""
    page.mouse.move(0, 0)
    page.get_by_label("activation", exact=True).focus()
    page.keyboard.press("Escape")
    choose(page, "relu", x=1, layers=5)
    return page


def choose(page, name, other="", x=None, layers=None):
    page.get_by_label("activation", exact=True).select_option(name)
    page.get_by_label("compare with", exact=True).select_option(other)
    if x is not None:
        page.get_by_label("x", exact=True).fill(str(round((x + 6) * 4)))
    if layers is not None:
        page.get_by_label("layers, number", exact=True).fill(str(layers))


def panel(page, kind):
    return page.locator(f".convlab-explore .{kind} svg")


def words(page):
    return page.locator(".convlab-explore .words").inner_text()


NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
SENTENCE = re.compile(
    rf"([\w ]+): y [=≈] {NUMBER}, slope [=≈] {NUMBER}, slopes of (\d+) layers? multiplied"
    rf" [=≈] {NUMBER}\."
)


def require_torch_s(said, x, layers, **functions):
    """The words tell x, and value, slope and product of slopes of each function."""
    assert said.startswith(f"x = {x:g}. ")
    x = torch.tensor([float(x)], dtype=torch.float64)
    found = SENTENCE.findall(said.split(". ", 1)[1])
    assert len(found) == len(functions), said
    for (label, y, slope, number, passed), (name, parameters) in zip(
        found, functions.items(), strict=True
    ):
        assert (label.strip(), number) == (LABELS[name], str(layers))
        function = torch_s(name, **parameters)
        want = (*through(function, x, 1), through(function, x, layers)[1])
        for text, value in zip((y, slope, passed), want, strict=True):
            near(text, value)


@pytest.mark.parametrize("name", NAMES)
def test_every_activation_shows_torch_s_numbers(fresh, name):
    for parameters in variants(name):
        choose(fresh, name, x=1)
        for key, value in parameters.items():
            place = PARAMETERS[name][key].index(value)
            fresh.get_by_label(key, exact=True).fill(str(place))
        for x, layers in ((-2.75, 1), (0, 3), (1.5, 20)):
            choose(fresh, name, x=x, layers=layers)
            require_torch_s(words(fresh), x, layers, **{name: parameters})
        code = fresh.locator(".convlab-explore code").inner_text()
        shown = eval(code, {"F": F, "torch": torch, "x": FINE})
        assert_close(shown, torch_s(name, **parameters)(FINE))


def places(page, selector):
    return page.locator(f".convlab-explore {selector}").evaluate_all(
        "found => found.map(dot => [+dot.getAttribute('cx'), +dot.getAttribute('cy')])"
    )


def test_the_curves_the_tangent_and_the_products_are_where_they_belong(fresh):
    choose(fresh, "sigmoid", x=2, layers=7)
    (x, y), *_ = places(fresh, ".input .pointed")
    line = fresh.locator(".convlab-explore .tangent").evaluate(
        "line => ['x1', 'y1', 'x2', 'y2'].map(name => +line.getAttribute(name))"
    )
    across, up = (400 - 54) / 12, 190 - 28
    assert x == pytest.approx(46 + 8 * across)
    assert y == pytest.approx(8 + up * (1 - 0.881))
    rise, along = (line[1] - line[3]) / up, (line[2] - line[0]) / across
    assert rise / along == pytest.approx(0.105, rel=1e-3)
    assert [(line[0] + line[2]) / 2, (line[1] + line[3]) / 2] == pytest.approx([x, y])
    low, high = (368 - 28) / 16 * 16 + 8, 8
    found = places(fresh, ".output circle")
    for layers, (_, level) in enumerate(found, start=1):
        passed = through(torch.sigmoid, torch.tensor([2.0]).double(), layers)[1]
        want = high + (low - high) * (1 - passed.log10()) / 16
        assert level == pytest.approx(float(want), abs=0.2)
    assert len(found) == 20


def test_a_slope_of_zero_is_hollow_at_the_bottom(fresh):
    choose(fresh, "relu", x=-1, layers=3)
    assert len(places(fresh, ".output .hollow")) == 20
    assert {y for _, y in places(fresh, ".output .hollow")} == {348}
    require_torch_s(words(fresh), -1, 3, relu={})


def test_two_are_compared(fresh):
    choose(fresh, "leaky_relu", "gelu", x=-0.5, layers=4)
    require_torch_s(words(fresh), -0.5, 4, leaky_relu={"negative_slope": 0.5}, gelu={})
    assert fresh.locator(".convlab-explore .curve.other").count() == 3


def test_the_pointer_moves_x_and_the_layers(fresh):
    choose(fresh, "tanh")
    box = panel(fresh, "weights").bounding_box()
    unit = box["width"] / 400
    fresh.mouse.move(box["x"] + unit * (46 + 346 * 7.26 / 12), box["y"] + 30)
    require_torch_s(words(fresh), 1.25, 5, tanh={})
    fresh.mouse.down()
    fresh.mouse.up()
    assert words(fresh).endswith("(pinned)")
    fresh.mouse.move(box["x"] + 80, box["y"] + 30)
    deep = panel(fresh, "output").bounding_box()
    fresh.mouse.move(deep["x"] + deep["width"] * (46 + 210 * 11.2 / 21) / 264, deep["y"] + 50)
    require_torch_s(words(fresh), 1.25, 5, tanh={})
    fresh.mouse.down()
    require_torch_s(words(fresh), 1.25, 11, tanh={})
    fresh.mouse.up()
    fresh.keyboard.press("Escape")
    fresh.mouse.move(box["x"] + unit * 46, box["y"] + 30)
    require_torch_s(words(fresh), -6, 11, tanh={})


def test_the_keyboard_alone_does_it_all(fresh):
    press = fresh.keyboard.press
    fresh.get_by_label("layers, number, typed").focus()
    press("Tab")
    press("ArrowRight")
    press("ArrowRight")
    press("ArrowLeft")
    require_torch_s(words(fresh), 1.25, 5, relu={})
    press("Enter")
    assert words(fresh).endswith("(pinned)")
    press("Escape")
    assert not words(fresh).endswith("(pinned)")
    press("Tab")
    press("ArrowRight")
    press("ArrowRight")
    require_torch_s(words(fresh), 1.25, 7, relu={})
    press("Space")
    expect(fresh.locator(".convlab-explore .words")).not_to_contain_text("x = 1.25")
    press("Space")
    expect(fresh.locator(".convlab-explore .play")).to_have_text("▶ Play")


def test_a_film_moves_x_until_it_is_stopped(alone):
    page = alone(explore.activation("tanh"))
    choose(page, "tanh", x=5.75)
    panel(page, "input").focus()
    require_film(page, "x = 6.", "x = -6.", "x = -5.75.")
    page.close()


def test_python_reads_what_is_chosen(fresh):
    choose(fresh, "softplus", "tanh")
    fresh.get_by_label("beta", exact=True).fill("2")
    fresh.get_by_label("threshold", exact=True).fill("1")
    run(fresh, 1)
    printed = fresh.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(printed).to_contain_text("'name': 'softplus', 'other': 'tanh'")
    expect(printed).to_contain_text("beta=5, threshold=5)")


def test_enter_ends_typing_even_if_the_number_stays(fresh):
    typed = fresh.get_by_label("layers, number, typed")
    typed.fill("5")
    typed.press("Enter")
    slide(fresh.get_by_label("layers, number", exact=True), 12)
    expect(typed).to_have_value("12")


def test_it_works_in_a_page_without_python(alone):
    page = alone(explore.activation("tanh"))
    panel(page, "input").wait_for()
    require_torch_s(words(page), 1, 5, tanh={})
    choose(page, "gelu", "softplus", x=-1, layers=2)
    page.get_by_label("approximate", exact=True).fill("1")
    usual = {"beta": 1, "threshold": 20}
    require_torch_s(words(page), -1, 2, gelu={"approximate": "tanh"}, softplus=usual)
    page.close()
