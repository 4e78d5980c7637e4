"""Scenes against torch over a grid of settings, and the film as a browser plays it."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from convlab.plot.film import Film, sliding, sliding_over_zeros, stamping
from tests.support.browser import SECONDS


def draw(side, seed=0):
    return torch.randint(1, 9, (side, side), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("n", "k"), list(product((4, 5, 7), (1, 2, 3))))
def test_sliding_is_torch_s_convolution(n, k):
    X, K = draw(n), draw(k, seed=1)
    for stride, padding, dilation in product((1, 2, 3), (0, 1, 2), (1, 2)):
        if n + 2 * padding <= dilation * (k - 1):
            continue
        settings = {"stride": stride, "padding": padding, "dilation": dilation}
        want = F.conv2d(X[None, None], K[None, None], **settings)[0, 0]
        scene = sliding("", X, K, **settings)
        assert_close(scene.result(), want)
        assert len(scene.steps) == want.numel()


@pytest.mark.parametrize("make", [stamping, sliding_over_zeros])
@pytest.mark.parametrize(("n", "k"), list(product((1, 2, 3), (2, 3, 4))))
def test_both_views_are_torch_s_transposed_convolution(make, n, k):
    X, K = draw(n), draw(k, seed=1)
    for stride, padding, extra in product((1, 2, 3), range(k), (0, 1, 2)):
        size = (n - 1) * stride + k - 2 * padding + extra
        if extra >= stride or size < 1:
            continue
        settings = {"stride": stride, "padding": padding, "output_padding": extra}
        want = F.conv_transpose2d(X[None, None], K[None, None], **settings)[0, 0]
        assert_close(make("", X, K, **settings).result(), want)


def film():
    X, K = draw(2), draw(2, seed=1)
    return Film(stamping("stamps", X, K, stride=2), sliding_over_zeros("slides", X, K, stride=2))


def test_the_same_film_is_the_same_page():
    assert film()._repr_html_() == film()._repr_html_()
    assert repr(film()) == "A film of 2 scenes"


@pytest.fixture(scope="module")
def page(browser):
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(error))
    page.set_content(film()._repr_html_())
    yield page
    assert errors == []


def shown(page):
    """The numbers of the output, in reading order, as the page draws them."""
    return page.evaluate(
        """() => {
          const texts = [...document.querySelectorAll("svg text")];
          const start = texts.findIndex(text => text.textContent === "output");
          const at = text => ["y", "x"].map(name => +text.getAttribute(name));
          return texts.slice(start + 1).sort((a, b) => at(a)[0] - at(b)[0] || at(a)[1] - at(b)[1])
            .map(text => text.textContent);
        }"""
    )


@pytest.mark.parametrize("scene", [0, 1])
def test_the_slider_shows_every_step_s_numbers(page, scene):
    page.get_by_label("scene").select_option(index=scene)
    made = film().scenes[scene]
    touched = set()
    for number, (step, total) in enumerate(zip(made.steps, made.totals(), strict=True), start=1):
        touched |= {y for _, _, y in step}
        page.get_by_label("step").fill(str(number))
        numbers = total.flatten().tolist()
        assert shown(page) == [str(n) if i in touched else "" for i, n in enumerate(numbers)]


def test_it_plays_and_pauses(page):
    page.get_by_label("scene").select_option(index=1)
    page.clock.install(time=0)
    page.clock.pause_at(1 * SECONDS)
    page.get_by_role("button", name="Play").click()
    for step in (1, 2, 3):
        assert page.get_by_text(f"step {step} of 16").is_visible()
        page.clock.run_for(600)
    page.get_by_role("button", name="Pause").press("Enter")
    frame = shown(page)
    page.clock.run_for(10 * SECONDS)
    assert page.get_by_text("step 4 of 16").is_visible()
    assert shown(page) == frame
    page.get_by_label("step").press("ArrowRight")
    assert shown(page) != frame


def test_films_in_one_page_keep_to_themselves(browser):
    page = browser.new_page()
    first, second = film(), Film(sliding("</script> & <b>", draw(4), draw(2)))
    page.set_content(first._repr_html_() + second._repr_html_())
    assert page.locator("svg").count() == 2
    assert page.locator("option").all_inner_texts() == ["stamps", "slides", "</script> & <b>"]
    page.get_by_label("step").nth(1).fill("9")
    counts = page.locator("span").all_inner_texts()
    assert counts == ["step 1 of 4", "step 9 of 9"]
    page.close()
