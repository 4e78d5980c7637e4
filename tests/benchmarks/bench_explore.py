"""The explorer of convolution beside `ipywidgets.interact`: from hand to pixels, in one browser.

Run on a quiet machine: `pytest tests/benchmarks/bench_explore.py -n0 -s`.
"""

from statistics import median

import pytest
from playwright.sync_api import expect

from tests.explore.conftest import lab  # noqa: F401
from tests.support.browser import SECONDS
from tests.support.grids import at, choose
from tests.support.lab import notebook, run

FRAME = 1000 / 60
OURS = "from convlab import explore\nexplore.convolution()"
THEIRS = """\
import matplotlib.pyplot as plt
from ipywidgets import interact
from torch.nn import functional as F
from convlab import explore, plot
given = explore.convolution()
X, K = given.X, given.K

@interact(stride=(1, 3), padding=(0, 3))
def show(stride=1, padding=0):
    X_padded = F.pad(X, (padding,) * 4)
    Y = F.conv2d(X[None, None], K[None, None], stride=stride, padding=padding)[0, 0]
    plot.numbers(X_padded, K, Y, titles=["input", "kernel", "output"], between="∗=")
    plt.show()"""

# A time counts from the event's own time stamp until the frame that shows its effect is painted.
WATCH = """type => {
  window.watch?.abort();
  window.watch = new AbortController();
  window.spans = [];
  const root = document.querySelector(".convlab-explore");
  root.addEventListener(type, event => requestAnimationFrame(() => setTimeout(() =>
    window.spans.push(performance.now() - event.timeStamp))),
    {capture: true, signal: window.watch.signal});
}"""
WATCH_PICTURE = """() => {
  window.spans = [];
  let start = null;
  document.addEventListener("keydown", event => { start = event.timeStamp; }, true);
  const output = document.querySelector(".jupyter-widgets.widget-output, .widget-interact");
  const area = output.querySelector(".jp-OutputArea") || output;
  let last = output.querySelector("img")?.src;
  new MutationObserver(async () => {
    const image = area.querySelector("img");
    if (!image || image.src === last || start === null) return;
    last = image.src;
    const begun = start;
    await image.decode();
    requestAnimationFrame(() => setTimeout(() => window.spans.push(performance.now() - begun)));
  }).observe(area, {subtree: true, childList: true, attributes: true});
}"""
SWEEP = """async stops => {
  const root = document.querySelector(".convlab-explore"), frames = [];
  const slider = name => root.querySelector(`[aria-label="${name}, rows"]`);
  const frame = () => new Promise(requestAnimationFrame);
  let before = await frame();
  for (const stop of stops) {
    for (const [name, value] of Object.entries(stop)) {
      slider(name).value = value;
      slider(name).dispatchEvent(new Event("input", {bubbles: true}));
    }
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""


@pytest.fixture(scope="module")
def page(lab):  # noqa: F811
    page = lab(notebook(OURS))
    run(page, 0)
    at(page, "output", 0, 0).wait_for(timeout=60 * SECONDS)
    page.wait_for_timeout(5 * SECONDS)  # what JupyterLab still loads
    return page


def told(name, spans):
    spans = sorted(spans)
    print(f"\n{name}: median {median(spans):.1f} ms, highest {spans[-1]:.1f} ms of {len(spans)}")
    return median(spans)


def test_from_pointer_to_pixels(page):
    page.evaluate(WATCH, "pointerover")
    boxes = [cell.bounding_box() for cell in page.locator(".convlab-explore .output .cell").all()]
    page.mouse.move(0, 0)
    for _ in range(6):
        for box in boxes:
            page.mouse.move(box["x"] + 8, box["y"] + 8)
            page.wait_for_timeout(50)
    spans = page.evaluate("window.spans")
    assert len(spans) >= 6 * len(boxes) - 1
    assert told("pointer to pixels", spans) <= 2 * FRAME


def test_from_slider_to_pixels(page):
    page.evaluate(WATCH, "keydown")
    slider = page.get_by_label("stride, rows", exact=True)
    slider.focus()
    for key in ["ArrowRight", "ArrowLeft"] * 30:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
    spans = page.evaluate("window.spans")
    assert len(spans) == 60
    assert told("slider to pixels", spans) <= 70


def test_no_frame_is_late_in_a_sweep(page):
    choose(page, "correlation", (3, 3), (1, 1), (1, 1), (0, 0))
    page.get_by_label("same for rows and columns").check()
    stops = [
        {"kernel size": k, "stride": s, "padding": p, "dilation": d}
        for k in (1, 2, 3)
        for d in (1, 2)
        for p in (0, 1, 2)
        for s in (1, 2, 3)
    ]
    frames = page.evaluate(SWEEP, stops * 3)
    told("frames of a sweep", frames)
    assert max(frames) <= 50


def test_interact_with_a_figure_is_slower(lab):  # noqa: F811
    page = lab(notebook(THEIRS))
    run(page, 0)
    page.locator(".jp-OutputArea img").first.wait_for(timeout=60 * SECONDS)
    page.wait_for_timeout(5 * SECONDS)
    page.evaluate(WATCH_PICTURE)
    page.locator(".noUi-handle").first.focus()
    for number, key in enumerate(["ArrowRight", "ArrowLeft"] * 10, start=1):
        page.keyboard.press(key)
        page.wait_for_function("number => window.spans.length === number", arg=number)
    expect(page.locator(".jp-OutputArea img").first).to_be_visible()
    assert told("interact with a figure, slider to pixels", page.evaluate("window.spans")) > 70
