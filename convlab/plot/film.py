"""Convolutions step by step, as films that play without a kernel.

A convolution and its transpose are tables of meetings (x, k, y): number x of the input meets number
k of the kernel, and the product is added to number y of the output. A `Scene` keeps such a table,
cut into steps; a `Film` plays it. Everything is square, with one channel.
Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from convlab.page.bundle import script
from convlab.plot.pictures import COLORS

_ADDED = "#F7F7F7"  # zeros around the input and in it; results that are cut away
_INPUT, _KERNEL, _OUTPUT = "#CFE3F3", "#F6DDCF", "#CDEBDD"
_COLORS = {
    "added": _ADDED,
    "input": _INPUT,
    "kernel": _KERNEL,
    "output": _OUTPUT,
    "mark": COLORS["mark"],
}
_SCRIPT = Path(__file__).with_suffix(".js")
_PAGE = """\
<div style="max-width:700px">
<p>A film: run this cell, or trust the notebook, and it plays here.</p>
<script type="application/json">{data}</script>
<script>
{{
{script}}}
</script>
</div>"""


class Scene(NamedTuple):
    """A table of meetings in steps.

    X (H, W) and K (h, w) hold whole numbers; `inside` (H, W) is False at zeros added to X,
    `kept` (H', W') at the results that are cut away. A step is a list of (x, k, y), each an index
    into X, K or the output, row after row.
    """

    title: str
    X: torch.Tensor
    inside: torch.Tensor
    K: torch.Tensor
    kept: torch.Tensor
    steps: list[list[tuple[int, int, int]]]

    def totals(self) -> Iterator[torch.Tensor]:
        """The output (H', W') after each step."""
        Y = torch.zeros(self.kept.shape, dtype=self.X.dtype)
        for step in self.steps:
            x, k, y = torch.tensor(step).T
            products = self.X.flatten()[x] * self.K.flatten()[k]
            Y = Y.flatten().index_add(0, y, products).reshape(Y.shape)
            yield Y

    def result(self) -> torch.Tensor:
        """What is kept of the output after the last step."""
        *_, last = self.totals()
        rows, columns = self.kept.any(1), self.kept.any(0)
        return last[rows][:, columns]


def sliding(
    title: str,
    X: torch.Tensor,
    K: torch.Tensor,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Scene:
    """The convolution of X (n, n) with K (k, k): one step an output number, zeros around drawn.

    Source: `torch.nn.functional.conv2d`.
    """
    X, K, around = _whole(X), _whole(K), (padding,) * 4
    return _slide(title, _pad(X, around), _pad(torch.ones_like(X), around) > 0, K, stride, dilation)


def stamping(
    title: str,
    X: torch.Tensor,
    K: torch.Tensor,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
) -> Scene:
    """The transposed convolution of X (n, n) with K (k, k): one step an input number.

    Each step adds the kernel, times that number; `padding` cuts the border of the result away.

    Source: `torch.nn.functional.conv_transpose2d`.
    """
    X, K, n, k = _whole(X), _whole(K), len(X), len(K)
    side = (n - 1) * stride + k + max(0, output_padding - padding)
    kept = torch.zeros(side, side, dtype=torch.bool)
    end = (n - 1) * stride + k - padding + output_padding
    kept[padding:end, padding:end] = True
    steps = [
        [
            (i * n + j, a * k + b, (i * stride + a) * side + j * stride + b)
            for a in range(k)
            for b in range(k)
        ]
        for i in range(n)
        for j in range(n)
    ]
    return Scene(title, X, torch.ones_like(X, dtype=torch.bool), K, kept, steps)


def sliding_over_zeros(
    title: str,
    X: torch.Tensor,
    K: torch.Tensor,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
) -> Scene:
    """The same result as `stamping`, one step an output number.

    Zeros between the numbers of X and around them, then a convolution with K turned by 180 degrees.

    Source: Dumoulin and Visin, chapter 4.
    """
    X, K, border = _whole(X), _whole(K), len(K) - 1 - padding
    around = (border, border + output_padding) * 2
    side = (len(X) - 1) * stride + 1
    spread, inside = X.new_zeros(side, side), X.new_zeros(side, side)
    spread[::stride, ::stride], inside[::stride, ::stride] = X, 1
    return _slide(title, _pad(spread, around), _pad(inside, around) > 0, K.flip(0, 1))


class Film:
    """Scenes to choose from, with a button to play and a slider for the steps.

    It is a short script in the notebook, so it plays in JupyterLab and in a saved page alike, with
    no kernel; a notebook that is not trusted shows a line of text instead. Its text is the same at
    each run.
    """

    def __init__(self, *scenes: Scene):
        self.scenes = scenes

    def __repr__(self) -> str:
        return f"A film of {len(self.scenes)} scenes"

    def _repr_html_(self) -> str:
        data = {"scenes": [_plain(scene) for scene in self.scenes], "colors": _COLORS}
        # In a script only "<" has a meaning of its own, in JSON the escape means the same.
        text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
        return _PAGE.format(data=text, script=script(_SCRIPT))


def _plain(scene: Scene) -> dict[str, object]:
    """A scene as film.js takes it."""
    grids = {name: grid for name, grid in scene._asdict().items() if torch.is_tensor(grid)}
    steps = [[index for meeting in step for index in meeting] for step in scene.steps]
    cells = {
        name: {"wide": grid.shape[1], "cells": grid.int().flatten().tolist()}
        for name, grid in grids.items()
    }
    return {"title": scene.title, "steps": steps, **cells}


def _slide(title, X, inside, K, stride=1, dilation=1):
    k, wide = len(K), X.shape[1]
    places = (len(X) - dilation * (k - 1) - 1) // stride + 1
    steps = [
        [
            (
                (i * stride + a * dilation) * wide + j * stride + b * dilation,
                a * k + b,
                i * places + j,
            )
            for a in range(k)
            for b in range(k)
        ]
        for i in range(places)
        for j in range(places)
    ]
    return Scene(title, X, inside, K, torch.ones(places, places, dtype=torch.bool), steps)


def _whole(X):
    return X.detach().cpu().long()


def _pad(X, around):
    return torch.nn.functional.pad(X, around)
