"""Real data that needs no download: each function names its source, licence, shape and range."""

from functools import lru_cache

import numpy
import torch

_PHOTOS = ("china", "flower")
_LUMA = (0.299, 0.587, 0.114)


def photo(name: str = "china", *, gray: bool = False) -> torch.Tensor:
    """A real photograph on the CPU, float32 in [0, 1]: (3, 427, 640) RGB, or (427, 640) grey.

    Args:
        name: "china" (a temple) or "flower" (a dahlia).
        gray: weigh red, green and blue into one channel (0.299, 0.587, 0.114).

    Raises:
        ValueError: no photograph has that name.

    Source: scikit-learn's `load_sample_image`; photographs by danielbuechele ("china") and
    vultilion ("flower"), CC BY 2.0. Grey weights: Recommendation ITU-R BT.601.
    """
    if name not in _PHOTOS:
        raise ValueError(f"name must be one of {_PHOTOS}, got {name!r}")
    picture = _load_photo(name)
    if gray:
        return torch.tensordot(torch.tensor(_LUMA), picture, dims=1)
    return picture.clone()


@lru_cache
def _load_photo(name):
    from sklearn.datasets import load_sample_image

    pixels = numpy.array(load_sample_image(f"{name}.jpg"))
    return torch.from_numpy(pixels).permute(2, 0, 1).float().div(255).contiguous()
