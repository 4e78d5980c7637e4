"""The pictures that lessons share; the same colour means the same thing in every lesson.

Each function draws one figure with pyplot and returns nothing: `plt.gcf()` and `plt.gca()` reach
it in the same cell. Values are coloured by cividis, signed values by a blue-to-red scale centred
on zero; marks use the Okabe-Ito palette, which colour-blind readers can tell apart.
"""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy
import torch
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

COLORS = {
    "input": "#0072B2",
    "kernel": "#D55E00",
    "output": "#009E73",
    "other": "#CC79A7",
    "mark": "#E69F00",
}
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
PATHS = ("#E69F00", "#FFFFFF", "#CC79A7")
VALUES, SIGNED = "cividis", "RdBu_r"
DPI = 100
WIDTH = 8.0

Box = tuple[slice, slice]


def numbers(
    *grids: torch.Tensor,
    titles: Sequence[str] = (),
    between: Sequence[str] = (),
    boxes: Mapping[int, Iterable[Box]] | None = None,
    decimals: int = 0,
    signed: bool | Sequence[bool] = False,
    limits: tuple[float, float] | None = None,
    cell: float = 0.42,
) -> None:
    """Small grids side by side with cells of one size, each value written in its cell.

    Args:
        grids: tensors (H, W); a vector (W,) is drawn as one row.
        titles: one a grid, wrapped to its width.
        between: signs to draw between neighbouring grids, such as ("*", "=").
        boxes: {index of a grid: [(rows, columns), ...]}: cells to outline, as slices
            (`numpy.s_[0:2, 0:2]` writes such a pair).
        decimals: digits after the point.
        signed: colour on a scale centred on zero; one for all grids or one a grid.
        limits: the values at the ends of the colour scale, for all grids; each grid's own range
            without it.
        cell: side of a cell in inches, made smaller where the row would be wider than a page.

    Raises:
        ValueError: a grid has neither 1 nor 2 axes, or is larger than 30 on a side.
    """
    tables = [_grid(value) for value in grids]
    gap, column = 0.45, 1.1
    across = sum(table.shape[1] for table in tables)
    cell = min(cell, (WIDTH - gap * (len(tables) - 1)) / across)
    widths = [max(cell * table.shape[1], column if titles else 0) for table in tables]
    wrapped = [
        textwrap.fill(title, max(8, int(width * 13)), break_long_words=False)
        for title, width in zip(titles, widths, strict=False)
    ]
    above = 0.1 + 0.19 * max((title.count("\n") + 1 for title in wrapped), default=0)
    width = sum(widths) + gap * (len(tables) - 1)
    height = cell * max(map(len, tables)) + above
    figure = plt.figure(figsize=(width, height), dpi=DPI)
    left = 0.0
    for index, (table, room) in enumerate(zip(tables, widths, strict=True)):
        wide, high = cell * table.shape[1], cell * table.shape[0]
        indent = left + (room - wide) / 2
        bottom = (height - above - high) / 2
        ax = figure.add_axes((indent / width, bottom / height, wide / width, high / height))
        _draw_grid(ax, table, decimals, _of(signed, index), limits, size=min(11, 24 * cell))
        if index < len(wrapped):
            ax.set_title(wrapped[index], fontsize=10)
        for rows, cols in (boxes or {}).get(index, ()):
            _outline(ax, rows, cols, table.shape)
        if index < min(len(between), len(tables) - 1):
            middle = (left + room + gap / 2) / width, (height - above) / 2 / height
            figure.text(*middle, between[index], ha="center", va="center", fontsize=16)
        left += room + gap


def images(
    *pictures: torch.Tensor,
    titles: Sequence[str] = (),
    columns: int = 3,
    signed: bool | Sequence[bool] = False,
    limits: tuple[float, float] | None = None,
    boxes: Mapping[int, Iterable[Box]] | None = None,
    bar: bool = False,
) -> None:
    """Pictures in rows of `columns`.

    Args:
        pictures: (H, W) in grey, or (3, H, W) RGB in [0, 1].
        titles: one a picture, saying what to see.
        signed: colour values on a scale centred on zero instead of grey; one for all pictures or
            one a picture.
        limits: the values drawn darkest and brightest; each picture's own range without it.
        boxes: {index of a picture: [(rows, columns), ...]}: regions to outline, as slices.
        bar: add the scale of values beside each picture.

    Raises:
        ValueError: a picture is neither (H, W) nor (3, H, W).
    """
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    height = WIDTH / columns * pictures[0].shape[-2] / pictures[0].shape[-1]
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        figsize=(WIDTH, min(rows * (height + 0.35), 10)),
        dpi=DPI,
        layout="constrained",
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for index, (ax, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
        drawn = ax.imshow(_pixels(picture), **_scale(picture, _of(signed, index), limits))
        if index < len(titles):
            ax.set_title(titles[index], fontsize=10)
        for box_rows, box_columns in (boxes or {}).get(index, ()):
            _outline(ax, box_rows, box_columns, picture.shape[-2:])
        if bar and picture.dim() == 2:
            figure.colorbar(drawn, ax=ax, shrink=0.8)


def field(
    picture: torch.Tensor,
    box: tuple[slice, ...],
    reach: tuple[slice, ...] | None = None,
    title: str = "",
) -> None:
    """A receptive field outlined on a signal, a picture, or three slices of a volume.

    Args:
        picture: (L,) or (C, L), (H, W) or (3, H, W), (D, H, W) or (1, D, H, W).
        box: the field, one slice per spatial axis; a volume is cut through its middle.
        reach: how far it goes on into the padding, dashed; its slices may start below zero.

    Raises:
        ValueError: picture has not one to three spatial axes, as many as box has slices.
    """
    count = len(box)
    channels = picture.shape[0] if picture.dim() == count + 1 else 1
    allowed = {1: (channels,), 2: (1, 3), 3: (1,)}[count]
    if picture.dim() not in (count, count + 1) or channels not in allowed:
        raise ValueError(
            f"picture must have the {count} axes of box, or channels before them (any number for"
            f" one axis, 1 or 3 for two, 1 for three), got shape {tuple(picture.shape)}"
        )
    if channels == 1:
        picture = picture.reshape(picture.shape[-count:])
    reach = reach or box
    if count == 1:
        _draw_on_signal(picture, box[0], reach[0])
        plt.title(title)
        return
    if count == 2:
        _, ax = plt.subplots(figsize=(WIDTH / 2, WIDTH / 2), dpi=DPI, layout="constrained")
        _draw_on_picture(ax, picture, box, reach)
        ax.set_title(title, fontsize=10)
        return
    figure, columns = plt.subplots(1, 3, figsize=(WIDTH, 3), dpi=DPI, layout="constrained")
    for axis, ax in enumerate(columns):
        middle = (box[axis].start + box[axis].stop) // 2
        others = [a for a in range(3) if a != axis]
        slice_ = picture.select(axis, min(middle, picture.shape[axis] - 1))
        _draw_on_picture(ax, slice_, [box[a] for a in others], [reach[a] for a in others])
        ax.set_title(f"{'DHW'[axis]} = {middle}", fontsize=10)
    figure.suptitle(title)


def lines(
    curves: Mapping[str, torch.Tensor | Sequence[float]],
    x: torch.Tensor | Sequence[float] | None = None,
    *,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    log: str = "",
    marker: str = "",
) -> None:
    """Curves over one axis, each named in the legend.

    Args:
        curves: {name: values (n,)}.
        x: where the values stand (n,); 0, 1, ... without it.
        log: axes with a logarithmic scale: "", "x", "y" or "xy".
        marker: matplotlib's marker for each value, "o" for one.
    """
    _, ax = plt.subplots(figsize=(WIDTH * 0.75, 3.2), dpi=DPI, layout="constrained")
    for (name, values), color in zip(curves.items(), cycle(LINES), strict=False):
        values = _flat(values)
        ax.plot(
            range(len(values)) if x is None else _flat(x),
            values,
            label=name,
            color=color,
            marker=marker,
        )
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    if len(curves) > 1:
        ax.legend(fontsize=9)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.grid(alpha=0.3)


def descent(
    loss: Callable[[torch.Tensor], torch.Tensor],
    paths: Mapping[str, torch.Tensor],
    *,
    around: tuple[tuple[float, float], tuple[float, float]],
    labels: tuple[str, str] = ("first weight", "second weight"),
    title: str = "",
) -> None:
    """Paths of gradient descent over the loss of two weights, on a logarithmic colour scale.

    Args:
        loss: gives the losses (n,) of n pairs of weights (n, 2).
        paths: {name: the weights after each step (steps + 1, 2)}.
        around: the drawn range of each weight: ((low, high), (low, high)).
        labels: what the two weights are called.
    """
    first, second = (torch.linspace(low, high, 121) for low, high in around)
    grid = torch.cartesian_prod(first, second)
    surface = loss(grid).detach().cpu().reshape(len(first), len(second)).T.clamp(min=1e-3)
    figure, ax = plt.subplots(figsize=(WIDTH * 0.75, 4.4), dpi=DPI, layout="constrained")
    first, second, surface = first.numpy(), second.numpy(), surface.numpy()
    drawn = ax.pcolormesh(first, second, surface, cmap=VALUES, norm=LogNorm(), shading="gouraud")
    ax.contour(
        first,
        second,
        numpy.log(surface),
        levels=12,
        colors="white",
        linewidths=0.5,
        linestyles="solid",
    )
    outlined = [withStroke(linewidth=3.5, foreground="black")]
    for (name, path), color in zip(paths.items(), cycle(PATHS), strict=False):
        weights = path.detach().cpu().numpy()
        ax.plot(*weights.T, color, marker="o", markersize=4, label=name, path_effects=outlined)
    ax.set(title=title, xlabel=labels[0], ylabel=labels[1], xlim=around[0], ylim=around[1])
    ax.set_aspect("equal")
    ax.legend(fontsize=9, facecolor="#444444", labelcolor="white")
    figure.colorbar(drawn, label="loss")


def _draw_on_signal(signal, box, reach):
    _, ax = plt.subplots(figsize=(WIDTH * 0.75, 2.4), dpi=DPI, layout="constrained")
    for values in torch.atleast_2d(signal.detach().cpu()):
        ax.plot(values.numpy(), color=COLORS["input"])
    ax.axvspan(box.start - 0.5, box.stop - 0.5, color=COLORS["mark"], alpha=0.4)
    for edge in (reach.start - 0.5, reach.stop - 0.5):
        ax.axvline(edge, color=COLORS["mark"], linestyle="--")


def _draw_on_picture(ax, picture, box, reach):
    pixels = _pixels(picture)
    ax.imshow(pixels, cmap="gray")
    _frame(ax, *reach, linestyle="--")
    _frame(ax, *box)
    high, wide = pixels.shape[:2]
    ax.set_xlim(min(0, reach[1].start) - 1, max(wide, reach[1].stop))
    ax.set_ylim(max(high, reach[0].stop), min(0, reach[0].start) - 1)
    ax.set_axis_off()


def _grid(value):
    value = torch.atleast_2d(value.detach().cpu())
    if value.dim() != 2 or max(value.shape) > 30:
        shape = tuple(value.shape)
        raise ValueError(f"grids must be (H, W) or (W,) of at most 30 a side, got {shape}")
    return value


def _of(signed, index):
    return signed if isinstance(signed, bool) else signed[index]


def _draw_grid(ax, grid, decimals, signed, limits, size):
    drawn = ax.imshow(grid.float().numpy(), **_scale(grid, signed, limits) | {"cmap": _map(signed)})
    for (row, column), value in _cells(grid):
        red, green, blue, _ = drawn.cmap(drawn.norm(float(value)))
        light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
        ax.text(
            column,
            row,
            f"{round(value, decimals) + 0.0:.{decimals}f}",
            ha="center",
            va="center",
            fontsize=size,
            color="black" if light else "white",
        )
    ax.set_xticks([i - 0.5 for i in range(1, grid.shape[1])], minor=True)
    ax.set_yticks([i - 0.5 for i in range(1, grid.shape[0])], minor=True)
    ax.grid(which="minor", color="white", linewidth=1)
    ax.tick_params(which="both", length=0, labelbottom=False, labelleft=False)


def _cells(grid):
    for row, values in enumerate(grid.tolist()):
        for column, value in enumerate(values):
            yield (row, column), value


def _outline(ax, rows, columns, shape):
    top, bottom, _ = rows.indices(shape[0])
    left, right, _ = columns.indices(shape[1])
    _frame(ax, slice(top, bottom), slice(left, right))


def _frame(ax, rows, columns, linestyle="-"):
    """The cells of two slices that may start below zero."""
    ax.add_patch(
        Rectangle(
            (columns.start - 0.5, rows.start - 0.5),
            columns.stop - columns.start,
            rows.stop - rows.start,
            fill=False,
            edgecolor=COLORS["mark"],
            linewidth=3,
            linestyle=linestyle,
            clip_on=False,
            zorder=3,
        )
    )


def _pixels(picture):
    picture = picture.detach().cpu()
    if picture.dim() == 2:
        return picture.float().numpy()
    if picture.dim() == 3 and picture.shape[0] == 3:
        return picture.permute(1, 2, 0).clamp(0, 1).numpy()
    raise ValueError(f"pictures must be (H, W) or (3, H, W), got shape {tuple(picture.shape)}")


def _scale(picture, signed, limits):
    if signed:
        reach = float(picture.abs().max()) or 1.0
        low, high = limits or (-reach, reach)
    else:
        low, high = limits or (float(picture.min()), float(picture.max()))
    if low == high:
        high = low + 1
    return {"cmap": SIGNED if signed else "gray", "vmin": low, "vmax": high}


def _map(signed):
    return SIGNED if signed else VALUES


def _flat(values):
    return values.detach().cpu().tolist() if isinstance(values, torch.Tensor) else list(values)
