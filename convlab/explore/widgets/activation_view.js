// @ts-check
// What the explorer of activations consists of on the page, and how it is drawn.

import {logarithmic, panelOf, ticksOf} from "../../page/chart.js";
import {dial} from "../../page/dial.js";
import {add, draw} from "../../page/dom.js";
import {chosenOf, curveOf, endsOf, limitsOf, sceneOf} from "./activation_scene.js";

/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("./activation_scene.js").Chosen} Chosen */
/** @typedef {import("./activation_scene.js").Point} Point */
/** @typedef {import("./activation_scene.js").Settings} Settings */
/** @typedef {import("./activation_scene.js").State} State */
/** @typedef {import("./activation_scene.js").Tables} Tables */
/** @typedef {ReturnType<typeof panelOf>} Panel */
/** @typedef {ReturnType<typeof panelsOf>["panels"]} Panels */

const SLOPES = ["-0.25", "0", "0.25", "1", "1.25"];
const POWERS = ["1e-15", "1e-12", "1e-9", "1e-6", "1e-3", "1", "10"];
const LEAST = 1e-15;

/** A slider over a list of texts. @param {Element} parent @param {string} name @param {(at: number) => void} changed */
const stopsOf = (parent, name, changed) => {
  const line = add(parent, "div", {class: "setting"});
  add(line, "span", {}, name);
  const range = add(line, "input", {type: "range", min: 0, "aria-label": name});
  const text = add(line, "span", {class: "stop"});
  range.addEventListener("input", () => changed(Number(range.value)));
  return {
    /** @param {string[]} texts @param {number} at */
    show(texts, at) {
      range.max = String(texts.length - 1);
      range.value = String(at);
      range.setAttribute("aria-valuetext", texts[at]);
      text.textContent = texts[at];
    },
  };
};

/**
 * The sliders of the parameters of one activation.
 * @param {Element} parent
 * @param {(name: string, key: string, value: number | string) => void} changed
 */
const parametersOf = (parent, changed) => {
  const box = add(parent, "div", {class: "more"});
  let shown = "";
  /** @type {Record<string, ReturnType<typeof stopsOf>>} */
  let stops = {};
  return {
    /** @param {Chosen} chosen @param {Settings} settings */
    show({name, choices}, {parameters}) {
      if (shown !== name) {
        box.replaceChildren();
        shown = name;
        stops = {};
      }
      for (const [key, values] of Object.entries(choices)) {
        stops[key] ??= stopsOf(box, key, at => changed(name, key, values[at]));
        stops[key].show(values.map(String), values.indexOf(parameters[name][key]));
      }
    },
  };
};

/**
 * @typedef {object} Listeners
 * @property {(patch: Partial<Settings>) => void} choose
 * @property {(name: string, key: string, value: number | string) => void} adjust
 * @property {(at: number) => void} go
 * @property {(layers: number) => void} pass
 */

/** @param {HTMLElement} root @param {Listeners} listeners */
export const controlsOf = (root, {choose, adjust, go, pass}) => {
  const top = add(root, "div", {class: "bar"});
  /** @param {string} label @param {"name" | "other"} key */
  const choiceOf = (label, key) => {
    const select = add(add(top, "label", {}, label), "select", {"aria-label": label});
    select.addEventListener("change", () => choose({[key]: select.value}));
    return select;
  };
  const choices = {
    name: choiceOf("activation", "name"),
    other: choiceOf("compare with", "other"),
  };
  const lines = add(root, "div", {class: "settings halves"});
  const place = stopsOf(lines, "x", go);
  const line = add(lines, "div", {class: "setting", role: "group", "aria-label": "layers"});
  add(line, "span", {}, "layers");
  const depth = dial(line, "layers", "number", pass);
  const parameters = parametersOf(lines, adjust);
  return {
    /** @param {Tables} tables */
    offer({functions}) {
      for (const select of [choices.name, choices.other]) select.replaceChildren();
      add(choices.other, "option", {value: ""}, "nothing");
      for (const select of [choices.name, choices.other])
        for (const {name, label} of functions) add(select, "option", {value: name}, label);
    },
    /** @param {Tables} tables @param {Settings} settings */
    choose(tables, settings) {
      choices.name.value = settings.name;
      choices.other.value = settings.other;
      parameters.show(chosenOf(tables, settings)[0], settings);
    },
    /** @param {Tables} tables @param {State} state */
    point({x, layers: most}, {at, layers}) {
      place.show(x, at);
      depth.show([1, most], layers);
    },
  };
};

/** @param {HTMLElement} root */
export const panelsOf = root => {
  const stage = add(root, "div", {class: "plots aside", inert: ""});
  const left = add(stage, "div");
  const panels = {
    y: panelOf(left, {
      title: "function",
      kind: "input",
      label: "curve, x",
      size: [400, 190],
      foot: 20,
    }),
    slope: panelOf(left, {title: "derivative", kind: "weights", size: [400, 150], still: true}),
    through: panelOf(stage, {
      title: "product of the slopes",
      kind: "output",
      label: "number of layers",
      size: [264, 368],
      foot: 20,
    }),
  };
  return {stage, panels};
};

/** What changes with the settings. @param {Panels} panels @param {Tables} tables @param {Settings} settings */
export const drawCurves = ({y, slope, through}, tables, settings) => {
  const chosen = chosenOf(tables, settings);
  const {low, high} = limitsOf(chosen);
  const ends = endsOf(tables);
  y.limit([0, tables.x.length - 1]);
  through.limit([1, tables.layers]);
  y.ruled(ends, [low, "0", high]);
  slope.ruled(ends, SLOPES);
  through.ruled([0, tables.layers + 1], POWERS, logarithmic);
  y.below(ticksOf(["-6", "-4", "-2", "0", "2", "4", "6"]));
  through.below(ticksOf(["1", "5", "10", "15", "20"]));
  chosen.forEach((one, second) => {
    const kind = second ? "curve other" : "curve";
    draw(y.base, "path", {class: kind, d: y.line(curveOf(one, "y", ends))});
    draw(slope.base, "path", {class: kind, d: slope.line(curveOf(one, "slope", ends))});
  });
};

/** The tangent of a curve. @param {Panel} panel @param {number} at @param {Point} point */
const drawTangent = ({x, y, marks}, at, point) => {
  const [value, rise] = [Number(point.y.text), 1.5 * Number(point.slope.text)];
  draw(marks, "line", {
    class: "tangent",
    x1: x.point(at - 1.5),
    y1: y.point(value - rise),
    x2: x.point(at + 1.5),
    y2: y.point(value + rise),
  });
};

/**
 * @typedef {object} Look of a dot
 * @property {boolean} main it is pointed at
 * @property {boolean} second it is of the activation compared with
 * @property {boolean} [gone] it lies below the scale
 * @property {boolean} [pinned]
 */

/** @param {Panel} panel @param {number} at @param {number} level @param {Look} look */
const drawDot = ({x, y, marks, high}, at, level, {main, second, gone, pinned}) => {
  const [cx, cy] = [x.point(at), y.point(level)];
  const first = main && !second;
  if (first) draw(marks, "line", {class: "guide", x1: cx, x2: cx, y1: 8, y2: high - 8});
  const kind = second || gone ? "hollow" : main ? "pointed" : "dot";
  draw(marks, "circle", {class: kind, cx, cy, r: main ? 5.5 : 3});
  if (first && pinned) draw(marks, "circle", {class: "pin", cx: cx + 7, cy: cy - 7, r: 4});
};

/** The products of one activation, for each number of layers. @param {Panel} panel @param {Shown[]} through @param {number} layers @param {boolean} second */
const drawProducts = (panel, through, layers, second) => {
  const sizes = through.map(({text}) => Math.abs(Number(text)));
  const levels = sizes.map(size => Math.max(LEAST, size));
  const kind = second ? "curve other" : "curve";
  draw(panel.marks, "path", {class: kind, d: panel.line(levels.map((level, i) => [i + 1, level]))});
  levels.forEach((level, i) => {
    drawDot(panel, i + 1, level, {main: i + 1 === layers, second, gone: sizes[i] < LEAST});
  });
};

/**
 * What changes with the pointer.
 * @param {Panels} panels
 * @param {{say(text: string): void}} words
 * @param {Tables} tables
 * @param {State} state
 */
export const drawMarks = (panels, words, tables, state) => {
  const {at, layers, pinned} = state;
  const {x, points, titles, said} = sceneOf(tables, state);
  const {y, slope, through} = panels;
  for (const panel of [y, slope, through]) panel.marks.replaceChildren();
  points.forEach((point, i) => {
    const second = i > 0;
    drawProducts(through, point.through, layers, second);
    if (!second) drawTangent(y, x, point);
    drawDot(y, x, Number(point.y.text), {main: true, second, pinned});
    drawDot(slope, x, Number(point.slope.text), {main: true, second});
  });
  y.title.textContent = titles.y;
  slope.title.textContent = titles.slope;
  through.title.textContent = titles.through;
  words.say(said);
  y.tell(at, said);
  through.tell(layers, said);
};
