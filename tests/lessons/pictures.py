"""Compare pictures as a person would: another font rendering is nothing, a missing curve is."""

import io

import numpy
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter

REACH = 2  # pixels by which a mark may move
TOLERANCE = 0.25  # of the full range of a colour channel
ALLOWED_SHARE = 1.5e-4  # of all pixels may have no counterpart: edges of letters
ALLOWED_PIXELS = 12  # or as many as these in a small picture
SIZE_TOLERANCE = 0.02  # of the width or height: labels set in another rendering change both


def picture_difference(saved: bytes, fresh: bytes) -> str | None:
    """How a fresh PNG differs from the saved one, or None.

    Each pixel of either picture must lie within the range of colours that the other shows within
    `REACH` pixels of it; a few edge pixels may not. One small digit for another can pass: numbers
    that matter are printed or asserted by the lesson, too.
    """
    saved_image, fresh_image = _open(saved), _open(fresh)
    sizes = f"saved {saved_image.size}, fresh {fresh_image.size}"
    for one, other in zip(saved_image.size, fresh_image.size, strict=True):
        if abs(one - other) > SIZE_TOLERANCE * one:
            return f"pictures differ in size: {sizes}"
    first = _pixels(saved_image)
    second = _pixels(fresh_image.resize(saved_image.size, Image.Resampling.BILINEAR))
    alone = max(_alone(first, second), _alone(second, first))
    allowed = max(ALLOWED_PIXELS, ALLOWED_SHARE * first.shape[0] * first.shape[1])
    return f"pictures differ: {alone} pixels have no counterpart" if alone > allowed else None


def _open(png):
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _pixels(image):
    return numpy.asarray(image, dtype=numpy.float32) / 255


def _alone(pixels, others):
    window = (2 * REACH + 1, 2 * REACH + 1, 1)
    low = minimum_filter(others, window, mode="nearest") - TOLERANCE
    high = maximum_filter(others, window, mode="nearest") + TOLERANCE
    return int(((pixels < low) | (pixels > high)).any(axis=2).sum())
