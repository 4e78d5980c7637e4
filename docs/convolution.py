"""Film `explore.convolution` for the README: `python docs/convolution.py` writes the GIF."""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from convlab.course.pages import export

LESSON = "05_stride_padding_channels"
STRIDE, PADDING = "stride, rows", "padding, rows"
FILE = Path(__file__).with_suffix(".gif")


def film(page):
    """Pictures (PNG) and how long each is shown, in milliseconds."""
    root = page.locator(".convlab-explore")
    box = page.evaluate(
        """() => {
          const {x, y, width} = document.querySelector(".convlab-explore").getBoundingClientRect();
          const words = document.querySelector(".words").getBoundingClientRect();
          return {x, y, width, height: words.bottom - y};
        }"""
    )
    for stride, padding in ((1, 0), (2, 0), (1, 1)):
        page.get_by_label(STRIDE, exact=True).fill(str(stride))
        page.get_by_label(PADDING, exact=True).fill(str(padding))
        places = root.locator(".output .cell")
        for number in range(min(places.count(), 12)):
            places.nth(number).hover()
            yield page.screenshot(clip=box), 700 if number else 1400


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        export(Path(folder))
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport={"width": 1000, "height": 900})
        page.goto((Path(folder) / f"{LESSON}.html").as_uri())
        page.locator(".convlab-explore").scroll_into_view_if_needed()
        page.get_by_label(PADDING, exact=True).fill("1")  # the largest that is shown
        pictures, times = zip(*film(page), strict=True)
    opened = [Image.open(io.BytesIO(picture)).convert("RGB").quantize(48) for picture in pictures]
    first, *rest = opened
    first.save(FILE, save_all=True, append_images=rest, duration=times, loop=0, optimize=True)


if __name__ == "__main__":
    main()
