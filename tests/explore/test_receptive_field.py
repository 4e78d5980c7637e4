"""The explorer of receptive fields in real JupyterLab: what is marked against `receptive_field`."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from playwright.sync_api import expect
from torch import nn

from convlab import explore, plot, receptive_field
from tests.support.browser import SECONDS
from tests.support.lab import hear, notebook, require_heard, run
from tests.support.oracle import unpacked
from tests.support.strips import conv, example, seen, strips

SOURCE = "from convlab import explore\nexplorer = explore.receptive_field()\nexplorer"
STATE = "print(explorer.changes, explorer.field)"
SHAPE = (1, 1, 32, 32)
TOP = 5


@pytest.fixture(scope="module")
def page(lab):
    page = lab(notebook(SOURCE, STATE))
    run(page, 0)
    page.locator(".convlab-explore .mark").wait_for(timeout=60 * SECONDS)
    page.mouse.move(0, 0)
    return page


@pytest.fixture(scope="module")
def data():
    return unpacked(explore.receptive_field())


@pytest.fixture
def fresh(page):
    """The page with the network as it came and nothing pinned."""
    page.mouse.move(0, 0)
    page.locator(".convlab-explore .strips").focus()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset all").click()
    page.get_by_label("change layer").select_option("conv4")
    return page


# A unit is known by where its box begins among all boxes of its strip.
MARKED = """() => {
  const root = document.querySelector(".convlab-explore");
  const starts = path => (path.getAttribute("d") || "").split("M").slice(1)
    .map(part => part.split(" ")[0]);
  const all = [...root.querySelectorAll(".units")].map(starts);
  return [...root.querySelectorAll(".seen")].map((path, i) =>
    starts(path).map(start => all[i].indexOf(start)));
}"""
NUMBERS = """() => [...document.querySelectorAll(".convlab-explore .strips .end:not(.head)")]
  .map(text => text.textContent.split("→").at(-1))"""


def marked(page):
    return [set(units) for units in page.evaluate(MARKED)]


def words(page):
    return page.locator(".convlab-explore .words").inner_text()


def place(page, layer, unit):
    """Where a unit is on the screen: the middle of its box."""
    return page.evaluate(
        """([layer, unit]) => {
          const path = document.querySelectorAll(".convlab-explore .units")[layer];
          const units = path.getAttribute("d").split("M").length - 1;
          const box = path.getBoundingClientRect();
          return [box.left + (unit + 0.5) / units * box.width, box.top + box.height / 2];
        }""",
        [layer, unit],
    )


def point(page, layer, unit):
    page.mouse.move(*place(page, layer, unit))


def slide(page, layer, **settings):
    page.get_by_label("change layer").select_option(layer)
    for name, value in settings.items():
        slider = page.get_by_label(f"{name.replace('_', ' ')}, chosen layer", exact=True)
        expect(slider).to_be_enabled()
        slider.fill(str(value))


def require_numbers(page, **layers):
    """The numbers beside the strips are those of the network with these (k, s, p, d)."""
    field = receptive_field(example(**layers), SHAPE)
    rows = [(32, 1, 1)]
    rows += [(field.at(r.layer).shape[0], r.size[0], r.step[0]) for r in field.table()]
    want = [str(number) for row in rows for number in row]
    page.wait_for_function(f"want => JSON.stringify(({NUMBERS})()) === want", arg=dumped(want))
    return field


def dumped(texts):
    return "[" + ",".join(f'"{text}"' for text in texts) + "]"


def test_pointing_at_a_unit_shows_all_it_sees(fresh, data):
    shown = strips(data)
    field = receptive_field(example(), SHAPE)
    for layer in range(1, TOP + 1):
        for unit in (0, shown[layer]["units"] // 2, shown[layer]["units"] - 1):
            point(fresh, layer, unit)
            assert marked(fresh) == seen(data, shown, layer, unit)
            said, here = words(fresh), field.at(shown[layer]["name"])
            box, far = here.box((unit, unit))[0], here.box((unit, unit), clip=False)[0]
            assert said.startswith(f"Unit {unit} of {shown[layer]['name']} reads ")
            assert f"sees {box.stop - box.start} inputs, {box.start} to {box.stop - 1}." in said
            reaches = f"padding: from {far.start} to {far.stop - 1}.".replace("-", "−")
            assert (reaches in said) == (far != box)
            assert fresh.locator(".convlab-explore .reach").is_visible() == (far != box)


def test_pointing_at_an_input_shows_all_that_see_it(fresh, data):
    shown = strips(data)
    for unit in (0, 13):
        point(fresh, 0, unit)
        users = [
            {j for j in range(strip["units"]) if unit in seen(data, shown, i, j)[0]}
            for i, strip in enumerate(shown)
        ]
        assert marked(fresh) == users
        assert words(fresh).startswith(f"Input {unit} is seen by {len(users[TOP])} of the 16 ")


def test_the_sliders_change_the_sizes_and_the_field(fresh, data):
    slide(fresh, "conv2", dilation=3)
    require_numbers(fresh, conv2=(3, 1, 3, 3))
    shown = strips(data, '{"conv2":[[3,3],[1,1],[3,3]]}')
    point(fresh, 2, 16)
    assert marked(fresh) == seen(data, shown, 2, 16)
    slide(fresh, "conv1", kernel_size=1)
    require_numbers(fresh, conv2=(3, 1, 3, 3), conv1=(1, 1, 0, 1))
    point(fresh, 2, 16)
    assert "3 of the inputs 13 to 19: there are holes" in words(fresh)


def test_python_has_what_the_page_shows(fresh):
    slide(fresh, "pool", kernel_size=5, stride=1)
    slide(fresh, "conv4", kernel_size=9)
    field = require_numbers(fresh, pool=(5, 1, 0, 1), conv4=(9, 1, 8, 2))
    run(fresh, 1)
    printed = fresh.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(printed).to_contain_text(f"{field}")
    fresh.get_by_role("button", name="Reset all").click()
    require_numbers(fresh)


def test_what_cannot_be_read_is_said_and_the_picture_stays(fresh):
    slide(fresh, "conv1", stride=4)
    slide(fresh, "conv2", stride=4)
    require_numbers(fresh, conv1=(3, 4, 1, 1), conv2=(3, 4, 1, 1))
    slide(fresh, "pool", kernel_size=9)
    note = fresh.locator(".convlab-explore .note")
    expect(note).to_contain_text("cannot be read, and the picture stays as it was: ")
    require_numbers(fresh, conv1=(3, 4, 1, 1), conv2=(3, 4, 1, 1))
    slide(fresh, "pool", kernel_size=2)
    expect(note).to_have_text("")


def test_a_click_on_a_name_chooses_the_layer(fresh):
    fresh.locator(".convlab-explore .able", has_text="conv3").click()
    expect(fresh.get_by_label("change layer")).to_have_value("conv3")


def test_the_keyboard_alone_does_it_all(fresh, data):
    press, shown = fresh.keyboard.press, strips(data)
    point(fresh, TOP, 8)
    fresh.mouse.move(0, 0)
    fresh.locator(".convlab-explore .strips").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "ArrowDown"):
        press(key)
    assert words(fresh).startswith("Unit 9 of pool reads ")
    assert marked(fresh) == seen(data, shown, 3, 9)
    press("ArrowDown")
    assert words(fresh).startswith("Unit 19 of conv2 reads ")  # of 18 and 19, which are as near
    press("ArrowUp")
    press("Enter")
    point(fresh, 1, 1)
    assert words(fresh).startswith("Unit 9 of pool reads ")
    assert words(fresh).endswith("(pinned)")
    press("Escape")
    point(fresh, 1, 2)
    assert words(fresh).startswith("Unit 2 of conv1 reads ")
    fresh.mouse.move(0, 0)
    press("Space")
    expect(fresh.locator(".convlab-explore .words")).not_to_contain_text("Unit 2 of conv1 reads ")
    press("Space")
    expect(fresh.get_by_role("button", name="Play")).to_be_visible()
    assert " of conv1 reads " in words(fresh)


def test_a_film_goes_from_unit_to_unit_until_it_is_stopped(alone):
    page = alone(explore.receptive_field())
    expect(page.locator(".words")).to_contain_text("Unit 8 of conv4 reads")
    page.clock.install()
    page.locator(".strips").focus()
    page.keyboard.press("Space")
    for unit in (9, 10, 11):
        assert words(page).startswith(f"Unit {unit} of conv4 reads ")
        page.clock.run_for(1000 / 3)
    page.keyboard.press("Space")
    page.clock.run_for(5 * SECONDS)
    assert words(page).startswith("Unit 12 of conv4 reads ")
    page.close()


def test_a_click_pins_and_another_frees(fresh):
    fresh.mouse.click(*place(fresh, TOP, 3))
    point(fresh, TOP, 5)
    assert words(fresh).startswith("Unit 3 of conv4 ")
    fresh.mouse.click(*place(fresh, TOP, 3))
    point(fresh, TOP, 5)
    assert words(fresh).startswith("Unit 5 of conv4 ")


def test_a_field_in_the_padding_is_drawn_whole_and_a_film_finds_units_to_play(alone):
    layers = conv(3, 1, 1), conv(2, 2), conv(3, 1, 1), conv(4)
    page = alone(explore.receptive_field(nn.Sequential(*layers), (1, 1, 8, 8)))
    stage, reach = page.locator(".strips"), page.locator(".reach")
    expect(page.locator(".words")).to_contain_text("Unit 2 of layer 2 reads")
    stage.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".words")).to_contain_text("Its field reaches into the padding: from −")
    box, drawn = page.locator(".strips > svg").bounding_box(), reach.bounding_box()
    unit = box["width"] / 680
    assert box["x"] + 152 * unit < drawn["x"]
    assert drawn["x"] + drawn["width"] < box["x"] + (152 + 390) * unit
    hear(page)
    page.keyboard.press("Space")
    require_heard(page, "Unit 0 of layer 2", "Unit 1 of layer 2", "Unit 2 of layer 2")
    page.close()


def test_axes_that_differ_and_layers_that_add_nothing_are_a_choice(alone):
    layers = [layer for _ in range(9) for layer in (conv((3, 1)), conv(1), nn.Sequential(conv(1)))]
    model = nn.Sequential(*layers, conv((1, 4)))
    page = alone(explore.receptive_field(model, (1, 1, 40, 30)))
    names = page.locator(".convlab-explore .able")
    expect(names).to_have_count(1 + 9)  # along rows; the last layer is always there
    page.get_by_label("along").select_option("columns")
    expect(names).to_have_count(2)  # and the chosen one
    page.get_by_label("all 29 layers").check()
    expect(names).to_have_count(28)
    assert "sees 4 inputs" in words(page)
    page.get_by_label("along").select_option("rows")
    assert "sees 19 inputs" in words(page)
    page.close()


def test_it_works_in_a_page_without_python(alone, data):
    page = alone(explore.receptive_field())
    note = page.locator(".convlab-explore .note")
    expect(note).to_contain_text("Not connected to Python", timeout=20 * SECONDS)
    slide(page, "conv1", kernel_size=5, dilation=2)
    require_numbers(page, conv1=(5, 1, 4, 2))
    assert page.get_by_label("kernel size, chosen layer", exact=True).get_attribute("max") == "5"
    slide(page, "pool", stride=1)
    require_numbers(page, pool=(2, 1, 0, 1))
    point(page, TOP, 9)
    shown = strips(data, '{"pool":[[2,2],[1,1],[1,1]]}')
    assert marked(page) == seen(data, shown, TOP, 9)
    page.close()


@pytest.mark.parametrize(("last", "layer"), [("pool", "pool"), ("whole", "pool")])
def test_where_no_widget_runs_a_field_is_drawn_that_has_room_beside_it(last, layer):
    layers = {"conv": conv(3, p=1), "pool": nn.MaxPool2d(2)}
    if last == "whole":  # its unit sees everything, which shows nothing
        layers["whole"] = conv(4)
    net = nn.Sequential()
    for name, module in layers.items():
        net.add_module(name, module)
    explore.receptive_field(net, (1, 1, 8, 8)).draw()
    bars = [(bar, to_hex(bar.get_facecolor()[0])) for bar in plt.gca().collections]
    plt.close()
    inputs = [color for bar, color in bars if bar.get_paths()[0].get_extents().y0 < 0]
    rows = receptive_field(net, (1, 1, 8, 8)).at(layer).box((2, 2))[0]
    marked = [i for i, color in enumerate(inputs) if color == plot.COLORS["mark"].lower()]
    assert len(inputs) == 8
    assert marked == list(range(rows.start, rows.stop))
