"""What the explorer of convolution shows on a page, read and moved by tests."""

from types import SimpleNamespace

import torch.nn.functional as F

from convlab.explore.texts import write


def grid(page, kind):
    return page.locator(f".convlab-explore .{kind}:not(.products) .cell")


def cells(page, kind, state):
    """The places (row, column) of the cells of a grid that are in a state such as "met"."""
    return {
        tuple(map(int, name.split(",")))
        for name in page.evaluate(
            """([kind, state]) => [...document.querySelectorAll(
                `.convlab-explore .${kind}:not(.products) .cell.${state}`)].map(c => c.dataset.id)
            """,
            [kind, state],
        )
    }


def at(page, kind, row, column):
    return page.locator(f'.convlab-explore .{kind}:not(.products) .cell[data-id="{row},{column}"]')


def words(page):
    return page.locator(".convlab-explore .words")


def choose(page, mode, kernel, dilation, stride, padding):
    page.get_by_label("mode", exact=True).select_option(mode)
    page.get_by_label("same for rows and columns").uncheck()
    chosen = {"kernel size": kernel, "stride": stride, "dilation": dilation, "padding": padding}
    for name, pair in chosen.items():
        for axis, value in zip(("rows", "columns"), pair, strict=True):
            slider = page.get_by_label(f"{name}, {axis}", exact=True)
            if slider.is_enabled():
                slider.fill(str(value))


SHOWN = """() => {
  const root = document.querySelector(".convlab-explore");
  const grid = kind => [...root.querySelectorAll(`.${kind}:not(.products) .cell:not(.cut)`)];
  return {
    X: grid("input").filter(c => !c.classList.contains("added")).map(c => c.textContent),
    K: grid("weights").map(c => c.textContent),
    Y: grid("output").map(c => c.textContent),
    code: root.querySelector("code").textContent,
    size: ["rows", "columns"].map(axis =>
      +root.querySelector(`[aria-label="kernel size, ${axis}, typed"]`).value),
  };
}"""


def require_torch_s(shown, X, K):
    """The numbers shown are those that the line of code beside them gives."""
    scope = {"X": X, "K": K, "F": F, "explorer": SimpleNamespace(X=X, K=K)}
    if "pool" not in shown["code"]:
        assert shown["K"] == write(K.flip(0, 1) if "flip" in shown["code"] else K).split()
    try:
        want = eval(shown["code"], scope)
    except RuntimeError:
        assert shown["Y"] == []
        return 0
    assert shown["Y"] == write(want).replace("~", "").split(), shown["code"]
    return 1


SWEEP = """([mode, combinations]) => {
  const root = document.querySelector(".convlab-explore"), found = [];
  const put = (label, value) => {
    const slider = root.querySelector(`[aria-label="${label}"]`);
    if (slider.disabled || +slider.value === value) return;
    slider.value = value;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
  };
  const select = root.querySelector("select");
  select.value = mode;
  select.dispatchEvent(new Event("change", {bubbles: true}));
  for (const settings of combinations) {
    ["kernel size", "dilation", "stride", "padding"].forEach((name, i) =>
      ["rows", "columns"].forEach((axis, j) => put(`${name}, ${axis}`, settings[i][j])));
    found.push((SHOWN)());
  }
  return found;
}""".replace("SHOWN", SHOWN)
