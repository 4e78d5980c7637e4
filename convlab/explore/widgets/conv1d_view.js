// @ts-check
// What the explorer of a convolution along time consists of on the page, and how it is drawn.

import {lineOf, panelOf} from "../../page/chart.js";
import {dial} from "../../page/dial.js";
import {add, draw} from "../../page/dom.js";
import {marksOf, rangesOf} from "./conv1d_scene.js";

/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("../../page/chart.js").Ends} Ends */
/** @typedef {ReturnType<typeof panelOf>} Panel */
/** @typedef {import("./conv1d_scene.js").Bar} Bar */
/** @typedef {import("./conv1d_scene.js").Dot} Dot */
/** @typedef {import("./conv1d_state.js").State} State */
/** @typedef {import("./conv1d_scene.js").Settings} Settings */
/** @typedef {import("./conv1d_scene.js").Table} Table */
/** @typedef {import("./conv1d_scene.js").Tables} Tables */
/** @typedef {ReturnType<typeof panelsOf>["panels"]} Panels */

/** @type {("stride" | "padding" | "dilation")[]} */
const SLIDERS = ["stride", "padding", "dilation"];
const WIDE = 680;
const MANY = 120; // points, above which a curve has no dots

/** @param {HTMLElement} root @param {(patch: Partial<Settings>) => void} change */
export const controlsOf = (root, change) => {
  const top = add(root, "div", {class: "bar"});
  const choice = add(add(top, "label", {}, "kernel"), "select", {"aria-label": "kernel"});
  choice.addEventListener("change", () => change({kernel: choice.value}));
  const lines = add(root, "div", {class: "settings thirds"});
  const dials = SLIDERS.map(name => {
    const line = add(lines, "div", {class: "setting", role: "group", "aria-label": name});
    add(line, "span", {}, name);
    return dial(line, name, "samples", value => change({[name]: value}));
  });
  return {
    /** @param {Tables} tables @param {Table | null} edited @param {Settings} settings */
    show({tables, most}, edited, settings) {
      const names = [...Object.keys(tables), ...(edited ? ["edited"] : [])];
      if (choice.options.length !== names.length) {
        choice.replaceChildren();
        for (const name of names) add(choice, "option", {value: name}, name);
      }
      choice.value = settings.kernel;
      SLIDERS.forEach((name, i) => {
        dials[i].show(most[name], settings[name]);
      });
    },
  };
};

/** @param {HTMLElement} root */
export const panelsOf = root => {
  const stage = add(root, "div", {class: "plots", inert: ""});
  const pair = add(stage, "div", {class: "pair"});
  const panels = {
    K: panelOf(pair, {
      title: "kernel K: drag a bar",
      kind: "weights",
      label: "kernel, weight",
      size: [336, 116],
    }),
    P: panelOf(pair, {
      title: "products",
      kind: "weights",
      label: "products of the pointed place",
      size: [336, 116],
      still: true,
    }),
    X: panelOf(stage, {
      title: "signal X (dashed: the shape of the kernel)",
      kind: "input",
      label: "signal, sample",
      size: [WIDE, 142],
      foot: 20,
    }),
    Y: panelOf(stage, {
      title: "output Y, each at the middle of its window",
      kind: "output",
      label: "output",
      size: [WIDE, 138],
    }),
  };
  return {stage, panels};
};

/**
 * @param {Panel} panel
 * @param {{place: number, number: Shown, hollow: boolean}[]} points
 */
const drawCurve = ({x, y, base, line}, points) => {
  /** @type {Ends[]} */
  const values = points.map(({place, number}) => [place, +number.text]);
  draw(base, "path", {class: "curve", d: line(values)});
  if (points.length > MANY) return;
  points.forEach(({hollow}, i) => {
    const [cx, cy] = [x.point(values[i][0]), y.point(values[i][1])];
    draw(base, "circle", {class: hollow ? "hollow" : "dot", cx, cy, r: 2.6});
  });
};

/**
 * Bars from 0, each with its number where there is room for all.
 * @param {Panel} panel
 * @param {string} kind
 * @param {Bar[]} bars
 */
const drawBars = ({x, y, marks, high}, kind, bars) => {
  const wide = x.point(1) - x.point(0);
  const half = Math.min(16, 0.38 * wide);
  const written = Math.max(...bars.map(({number}) => number.text.length)) * 6.5 < wide;
  const zero = y.point(0);
  for (const {k, number, kind: own} of bars) {
    const [middle, end] = [x.point(k), y.point(+number.text)];
    draw(marks, "rect", {
      class: `${kind} ${own}`,
      x: middle - half,
      width: 2 * half,
      y: Math.min(end, zero - 0.5),
      height: Math.abs(end - zero) + 1,
    });
    if (!written) continue;
    const beyond = number.text[0] === "-" ? end + 12 : end - 4;
    const inside = Math.max(10, Math.min(high - 2, beyond));
    draw(marks, "text", {x: middle, y: inside, "text-anchor": "middle"}, number.text);
  }
};

/** @param {Panel} panel @param {Dot} dot @param {boolean} pinned */
const drawDot = ({x, y, marks, high}, {place, number, main}, pinned) => {
  const [cx, cy] = [x.point(place), y.point(+number.text)];
  if (main) draw(marks, "line", {class: "guide", x1: cx, x2: cx, y1: 0, y2: high});
  draw(marks, "circle", {class: main ? "pointed" : "met", cx, cy, r: main ? 6 : 4});
  if (main && pinned) draw(marks, "circle", {class: "pin", cx: cx + 7, cy: cy - 7, r: 4});
};

/**
 * The window on the signal, with the kernel's own shape in it.
 * @param {Panels} panels
 * @param {{x: number, number: Shown}[]} samples
 */
const drawWindow = ({X: {x, marks, high}, K}, samples) => {
  const [left, right] = [x.point(samples[0].x - 0.5), x.point(samples[samples.length - 1].x + 0.5)];
  draw(marks, "rect", {class: "window", x: left, y: 1, height: high - 17, width: right - left});
  const shape = lineOf(samples.map(({x: at, number}) => [x.point(at), K.y.point(+number.text)]));
  draw(marks, "path", {class: "shape", d: shape});
};

/** Texts of ticks that name 0, too. @param {[string, string]} limits */
const around0 = ([low, high]) => [low, "0", high];

/** What changes with the settings. @param {Panels} panels @param {State} state */
export const drawNumbers = ({X, Y, K, P}, {tables, table, numbers}) => {
  if (!tables || !table || !numbers) return;
  const [first, last] = numbers.ends;
  const along = /** @type {Ends} */ ([first - 0.5, last + 0.5]);
  const weights = /** @type {Ends} */ ([-0.5, numbers.K.length - 0.5]);
  const limits = rangesOf(numbers);
  X.limit(limits.X);
  Y.limit(limits.Y);
  K.limit([0, numbers.K.length - 1]);
  X.ruled(along, around0(tables.limits));
  Y.ruled(along, around0(table.limits.Y));
  K.ruled(weights, around0([`-${table.reach}`, table.reach]));
  P.ruled(weights, around0(table.limits.P));
  const samples = Array.from({length: last - first + 1}, (_, i) => first + i);
  const {inside, sample, middle} = numbers;
  drawCurve(
    X,
    samples.map(x => ({place: x, number: sample(x), hollow: !inside(x)})),
  );
  drawCurve(
    Y,
    numbers.Y.map((number, y) => ({place: middle(y), number, hollow: false})),
  );
  const every = [5, 10, 20, 50].find(step => tables.X.length / step < 15) ?? 50;
  X.below(samples.filter(x => inside(x) && x % every === 0).map(x => [x, String(x)]));
};

/** The line of code that gives the output. @param {State} state */
export const codeFor = ({table, settings: {stride, padding, dilation}}) =>
  `F.conv1d(explorer.X[None, None], ${table?.code}, stride=${stride}, padding=${padding},` +
  ` dilation=${dilation})[0, 0]`;

/**
 * What changes with the pointer.
 * @param {Panels} panels
 * @param {{say(text: string): void}} words
 * @param {State} state
 */
export const drawMarks = (panels, words, {numbers, pointed, weight, pinned}) => {
  if (!numbers) return;
  const {said, weights, pointer} = marksOf(numbers, {pointed, weight, pinned});
  for (const panel of Object.values(panels)) panel.marks.replaceChildren();
  words.say(said);
  drawBars(panels.K, "bar", weights);
  if (!pointer) return;
  drawBars(panels.P, "bar product", pointer.products);
  if (pointer.window.length) drawWindow(panels, pointer.window);
  for (const dot of pointer.dots) drawDot(panels[dot.panel], dot, pinned);
  panels.P.title.textContent = pointer.title;
  panels[pointed.panel].tell(pointed.at, pointer.said);
  panels.K.tell(weight ?? 0, weight === null ? "" : pointer.said);
};
