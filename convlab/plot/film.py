"""Convolutions step by step, as still pictures and as films that play without a kernel.

A convolution and its transpose are tables of meetings (x, k, y): number x of the input meets number
k of the kernel, and the product is added to number y of the output. A `Scene` keeps such a table,
cut into steps; `stills` and `Film` draw it. Everything is square, with one channel.
Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch

from convlab.plot.pictures import COLORS, DPI, WIDTH

_ADDED = "#F7F7F7"  # zeros around the input and in it; results that are cut away
_INPUT, _KERNEL, _OUTPUT = "#CFE3F3", "#F6DDCF", "#CDEBDD"


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


def stills(*scenes: Scene, columns: int = 2) -> None:
    """The first step of each scene: input and output, what is read and what is written outlined."""
    rows = -(-len(scenes) // columns)
    _, axes = plt.subplots(
        rows, columns, squeeze=False, figsize=(WIDTH, 2.25 * rows), dpi=DPI, layout="constrained"
    )
    for ax in axes.flat:
        ax.set_axis_off()
    gap = 1.6
    wide = max(len(scene.X) + len(scene.kept) for scene in scenes) + gap
    high = max(max(len(scene.X), len(scene.kept)) for scene in scenes)
    for ax, scene in zip(axes.flat, scenes, strict=False):
        *_, Y = scene.totals()
        start = (wide - len(scene.X) - gap - len(Y)) / 2
        arrow = start + len(scene.X) + gap / 2
        read, _, written = (set(column) for column in zip(*scene.steps[0], strict=True))
        _draw(ax, scene.X, scene.inside, _INPUT, start, high, read)
        _draw(ax, Y, scene.kept, _OUTPUT, arrow + gap / 2, high, written)
        ax.text(arrow, high / 2, "→", ha="center", va="center", fontsize=14)
        ax.set(xlim=(-0.1, wide + 0.1), ylim=(high + 0.1, -0.1), aspect="equal")
        ax.set_title(scene.title, fontsize=10)


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
        data = [
            {
                "title": scene.title,
                **{
                    name: {"wide": grid.shape[1], "cells": grid.int().flatten().tolist()}
                    for name, grid in scene._asdict().items()
                    if isinstance(grid, torch.Tensor)
                },
                "steps": [[n for meeting in step for n in meeting] for step in scene.steps],
            }
            for scene in self.scenes
        ]
        text = json.dumps(data, separators=(",", ":"))
        colors = {
            "MARK": COLORS["mark"],
            "ADDED": _ADDED,
            "INPUT": _INPUT,
            "KERNEL": _KERNEL,
            "OUTPUT": _OUTPUT,
        }
        page = _PAGE
        for name, value in (colors | {"SCENES": text}).items():
            page = page.replace(name, value)
        return page


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


def _draw(ax, grid, real, color, left, high, marked):
    top = (high - len(grid)) / 2
    wide = grid.shape[1]
    for index, (value, is_real) in enumerate(
        zip(grid.flatten().tolist(), real.flatten().tolist(), strict=True)
    ):
        x, y = left + index % wide, top + index // wide
        lines = {"edgecolor": "#999999", "linewidth": 0.5, "zorder": 1}
        if index in marked:
            lines = {"edgecolor": COLORS["mark"], "linewidth": 2.2, "zorder": 2}
        ax.add_patch(plt.Rectangle((x, y), 1, 1, facecolor=color if is_real else _ADDED, **lines))
        ink = "black" if is_real else "#777777"
        ax.text(x + 0.5, y + 0.5, value, ha="center", va="center", fontsize=7.5, color=ink)


_PAGE = """\
<div style="max-width:700px">
<p>A film: run this cell, or trust the notebook, and it plays here.</p>
<script>
(() => {
const root = document.currentScript.parentElement, scenes = SCENES;
const SVG = "http://www.w3.org/2000/svg", cell = 28;
const add = (parent, tag, values = {}, text = "", space) => {
  const made = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const name in values) made.setAttribute(name, values[name]);
  made.textContent = text;
  return parent.appendChild(made);
};
root.querySelector("p").remove();
// The attribute keeps JupyterLab's own shortcuts away from arrow keys and space.
const control = (tag, values, text) =>
  add(bar, tag, {"data-lm-suppress-shortcuts": "true", ...values}, text);
const bar = add(root, "div", {style: "display:flex;flex-wrap:wrap;gap:8px;align-items:center"});
const choice = control("select", {"aria-label": "scene", style: "font:inherit;max-width:100%"});
scenes.forEach(scene => add(choice, "option", {}, scene.title));
const button = control("button", {type: "button", style: "font:inherit;width:6em"}, "▶ Play");
const slider = control("input", {type: "range", min: 1, value: 1, "aria-label": "step"});
const count = add(bar, "span");
const caption = add(root, "div", {style: "margin:6px 0;min-height:1.5em"});
const high = scene => Math.max(...[scene.X, scene.kept].map(g => g.cells.length / g.wide));
const tallest = 22 + Math.max(...scenes.map(high)) * cell;
const stage = add(root, "div", {style: `min-height:${tallest}px`});
const meetings = (scene, step) => {
  const flat = scene.steps[step], found = [];
  for (let i = 0; i < flat.length; i += 3) found.push(flat.slice(i, i + 3));
  return found;
};
const grid = (svg, name, left, wide, texts, fills, marked) => {
  add(svg, "text", {x: left, y: 12, fill: "currentColor", "font-size": 13}, name, SVG);
  const order = [...texts.keys()].sort((a, b) => marked.has(a) - marked.has(b));
  for (const i of order) {
    const x = left + (i % wide) * cell, y = 20 + Math.floor(i / wide) * cell;
    add(svg, "rect", {x, y, width: cell, height: cell, fill: fills[i],
      stroke: marked.has(i) ? "MARK" : "#999", "stroke-width": marked.has(i) ? 3 : 0.5}, "", SVG);
    add(svg, "text", {x: x + cell / 2, y: y + cell / 2 + 4, "text-anchor": "middle",
      "font-size": 12, fill: "#111"}, texts[i], SVG);
  }
};
const show = () => {
  const scene = scenes[choice.selectedIndex], step = slider.value - 1;
  const {X, K, inside, kept} = scene, now = meetings(scene, step), totals = kept.cells.map(() => 0);
  const seen = new Set(), texts = [...X.cells];
  for (let s = 0; s <= step; s++) for (const [x, k, y] of meetings(scene, s)) {
    totals[y] += X.cells[x] * K.cells[k];
    seen.add(y);
  }
  const read = new Set(now.map(m => m[0])), written = new Set(now.map(m => m[2]));
  if (read.size > 1) for (const [x, k] of now) texts[x] = X.cells[x] + "·" + K.cells[k];
  const products = now.map(([x, k]) => [X.cells[x], K.cells[k]]).filter(([x, k]) => x * k);
  const terms = products.map(pair => pair.join("·")).join(" + ") || "only zeros";
  caption.textContent = read.size > 1 ? `${terms} = ${totals[now[0][2]]}`
    : `${X.cells[now[0][0]]} times the kernel is added`;
  const middle = (X.wide + 1) * cell, right = middle + (K.wide + 1) * cell;
  const width = right + kept.wide * cell + 2, height = 22 + high(scene) * cell;
  stage.replaceChildren();
  const svg = add(stage, "svg", {viewBox: `-1 0 ${width} ${height}`, width, height, role: "img",
    "aria-label": scene.title, style: "max-width:100%;display:block"}, "", SVG);
  const blue = i => inside.cells[i] ? "INPUT" : "ADDED";
  const green = i => kept.cells[i] ? "OUTPUT" : "ADDED";
  grid(svg, "input", 0, X.wide, texts, texts.map((_, i) => blue(i)), read);
  grid(svg, "kernel", middle, K.wide, K.cells, K.cells.map(() => "KERNEL"), new Set());
  const results = totals.map((total, i) => seen.has(i) ? total : "");
  grid(svg, "output", right, kept.wide, results, results.map((_, i) => green(i)), written);
  count.textContent = `step ${step + 1} of ${scene.steps.length}`;
};
let timer = null;
const stop = () => { clearInterval(timer); timer = null; button.textContent = "▶ Play"; };
const tick = () => {
  if (!root.isConnected) return stop();
  slider.value = slider.value === slider.max ? 1 : +slider.value + 1;
  show();
};
const start = () => {
  slider.max = scenes[choice.selectedIndex].steps.length;
  slider.value = 1;
  show();
};
button.onclick = () => {
  if (timer) return stop();
  button.textContent = "❚❚ Pause";
  timer = setInterval(tick, 600);
};
slider.oninput = () => { stop(); show(); };
choice.onchange = start;
start();
})();
</script>
</div>"""
