// @ts-check
// Plays the scenes of film.py: a script in a cell's output, without a kernel.

import {add, draw} from "../page/dom.js";

/** Numbers row after row. @typedef {{wide: number, cells: number[]}} Grid */

/**
 * `steps` holds the meetings of each step, one after the other: indices into X, K and the output.
 * @typedef {object} Scene
 * @property {string} title
 * @property {Grid} X
 * @property {Grid} inside
 * @property {Grid} K
 * @property {Grid} kept
 * @property {number[][]} steps
 */

/** @typedef {Record<"added" | "input" | "kernel" | "output" | "mark", string>} Colors */

/** A grid as it is drawn. @typedef {{name: string, left: number, wide: number, texts: (number | string)[], fills: string[], marked: Set<number>}} Drawn */

const CELL = 28;
const PACE = 600; // milliseconds a step

/** @param {Scene} scene @param {number} step */
const meetingsOf = ({steps}, step) => {
  const flat = steps[step];
  return Array.from({length: flat.length / 3}, (_, i) => flat.slice(3 * i, 3 * i + 3));
};

/** @param {Scene} scene */
const heightOf = ({X, kept}) =>
  22 + CELL * Math.max(...[X, kept].map(({cells, wide}) => cells.length / wide));

/** The output after a step; null where nothing was added yet. @param {Scene} scene @param {number} step */
const totalsOf = (scene, step) => {
  /** @type {(number | null)[]} */
  const totals = scene.kept.cells.map(() => null);
  for (let s = 0; s <= step; s++)
    for (const [x, k, y] of meetingsOf(scene, s))
      totals[y] = (totals[y] ?? 0) + scene.X.cells[x] * scene.K.cells[k];
  return totals;
};

/** Whether a step reads several numbers of the input, and not one that multiplies the kernel. @param {number[][]} meetings */
const slides = meetings => meetings.some(([x]) => x !== meetings[0][0]);

/** What a step does. @param {Scene} scene @param {number} step */
const captionOf = (scene, step) => {
  const {X, K} = scene;
  const meetings = meetingsOf(scene, step);
  if (!slides(meetings)) return `${X.cells[meetings[0][0]]} times the kernel is added`;
  const terms = meetings
    .filter(([x, k]) => X.cells[x] * K.cells[k])
    .map(([x, k]) => `${X.cells[x]}·${K.cells[k]}`);
  return `${terms.join(" + ") || "only zeros"} = ${totalsOf(scene, step)[meetings[0][2]]}`;
};

/**
 * Input, kernel and output, side by side.
 * @param {Scene} scene
 * @param {number} step
 * @param {Colors} colors
 * @returns {Drawn[]}
 */
const gridsOf = (scene, step, colors) => {
  const {X, K, inside, kept} = scene;
  const meetings = meetingsOf(scene, step);
  /** @type {(number | string)[]} */
  const inputs = [...X.cells];
  if (slides(meetings)) for (const [x, k] of meetings) inputs[x] = `${X.cells[x]}·${K.cells[k]}`;
  /** @param {Grid} real @param {string} color */
  const fillsOf = (real, color) => real.cells.map(is => (is ? color : colors.added));
  const middle = (X.wide + 1) * CELL;
  return [
    {
      name: "input",
      left: 0,
      wide: X.wide,
      texts: inputs,
      fills: fillsOf(inside, colors.input),
      marked: new Set(meetings.map(([x]) => x)),
    },
    {
      name: "kernel",
      left: middle,
      wide: K.wide,
      texts: K.cells,
      fills: K.cells.map(() => colors.kernel),
      marked: new Set(),
    },
    {
      name: "output",
      left: middle + (K.wide + 1) * CELL,
      wide: kept.wide,
      texts: totalsOf(scene, step).map(total => total ?? ""),
      fills: fillsOf(kept, colors.output),
      marked: new Set(meetings.map(([, , y]) => y)),
    },
  ];
};

/** Cells that are marked come last: their frames lie above the others. @param {SVGSVGElement} svg @param {Drawn} grid @param {string} mark */
const drawGrid = (svg, {name, left, wide, texts, fills, marked}, mark) => {
  draw(svg, "text", {x: left, y: 12, fill: "currentColor", "font-size": 13}, name);
  const order = [...texts.keys()].sort((a, b) => +marked.has(a) - +marked.has(b));
  for (const i of order) {
    const [x, y] = [left + (i % wide) * CELL, 20 + Math.floor(i / wide) * CELL];
    const frame = marked.has(i)
      ? {stroke: mark, "stroke-width": 3}
      : {stroke: "#999", "stroke-width": 0.5};
    draw(svg, "rect", {x, y, width: CELL, height: CELL, fill: fills[i], ...frame});
    const place = {x: x + CELL / 2, y: y + CELL / 2 + 4, "text-anchor": "middle"};
    draw(svg, "text", {...place, "font-size": 12, fill: "#111"}, String(texts[i]));
  }
};

/** @param {HTMLElement} stage @param {Scene} scene @param {number} step @param {Colors} colors */
const drawScene = (stage, scene, step, colors) => {
  const grids = gridsOf(scene, step, colors);
  const width = grids[2].left + scene.kept.wide * CELL + 2;
  const height = heightOf(scene);
  stage.replaceChildren();
  const svg = draw(stage, "svg", {
    viewBox: `-1 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": scene.title,
    style: "max-width:100%;display:block",
  });
  for (const grid of grids) drawGrid(svg, grid, colors.mark);
};

// The attribute keeps JupyterLab's own shortcuts away from arrow keys and space.
const OWN_KEYS = {"data-lm-suppress-shortcuts": "true"};

/** @param {HTMLElement} root @param {Scene[]} scenes */
const elementsOf = (root, scenes) => {
  const bar = add(root, "div", {style: "display:flex;flex-wrap:wrap;gap:8px;align-items:center"});
  const choice = add(bar, "select", {
    ...OWN_KEYS,
    "aria-label": "scene",
    style: "font:inherit;max-width:100%",
  });
  for (const {title} of scenes) add(choice, "option", {}, title);
  const look = {...OWN_KEYS, type: "button", style: "font:inherit;width:6em"};
  const button = add(bar, "button", look, "▶ Play");
  const range = {...OWN_KEYS, type: "range", min: 1, value: 1, "aria-label": "step"};
  const slider = add(bar, "input", range);
  const count = add(bar, "span");
  const caption = add(root, "div", {style: "margin:6px 0;min-height:1.5em"});
  const tallest = Math.max(...scenes.map(heightOf));
  const stage = add(root, "div", {style: `min-height:${tallest}px`});
  return {choice, button, slider, count, caption, stage};
};

/** @param {HTMLElement} root @param {Scene[]} scenes @param {Colors} colors */
const play = (root, scenes, colors) => {
  const {choice, button, slider, count, caption, stage} = elementsOf(root, scenes);
  /** @type {number | null} */
  let timer = null;
  const show = () => {
    const scene = scenes[choice.selectedIndex];
    const step = +slider.value - 1;
    caption.textContent = captionOf(scene, step);
    drawScene(stage, scene, step, colors);
    count.textContent = `step ${step + 1} of ${scene.steps.length}`;
  };
  const stop = () => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    button.textContent = "▶ Play";
  };
  const tick = () => {
    if (!root.isConnected) return stop();
    slider.value = slider.value === slider.max ? "1" : String(+slider.value + 1);
    show();
  };
  const start = () => {
    slider.max = String(scenes[choice.selectedIndex].steps.length);
    slider.value = "1";
    show();
  };
  button.addEventListener("click", () => {
    if (timer !== null) return stop();
    button.textContent = "❚❚ Pause";
    timer = setInterval(tick, PACE);
  });
  slider.addEventListener("input", () => {
    stop();
    show();
  });
  choice.addEventListener("change", start);
  start();
};

const root = document.currentScript?.parentElement;
const data = root?.querySelector("[type='application/json']");
if (root && data) {
  const {scenes, colors} = JSON.parse(data.textContent ?? "");
  root.querySelector("p")?.remove();
  play(root, scenes, colors);
}
