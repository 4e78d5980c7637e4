// @ts-check
// What the explorer of gradient descent consists of on the page, and how it is drawn.

import {chartOf, lineOf, logarithmic} from "../../page/chart.js";
import {add, draw, put} from "../../page/dom.js";
import {offer} from "../../page/root.js";
import {nearest} from "./descent_scene.js";

/** @typedef {import("../../page/chart.js").Chart} Chart */
/** @typedef {import("../../page/chart.js").Ends} Ends */
/** @typedef {import("./descent_scene.js").Chosen} Chosen */
/** @typedef {import("./descent_scene.js").Path} Path */
/** @typedef {import("./descent_scene.js").State} State */
/** @typedef {import("./descent_scene.js").Tables} Tables */
/** @typedef {ReturnType<typeof framed>} Framed */
/** @typedef {ReturnType<typeof chartsOf>} Charts */

const MARGIN = {top: 8, right: 8, bottom: 34, left: 38};
const WIDE = 276; // of a frame
const EDGE = 7; // left and right of the steps
const MOST = 1e6;

/**
 * The learning rate and the start.
 * @param {HTMLElement} root
 * @param {() => State} now
 * @param {(patch: Partial<Chosen>) => void} choose
 */
export const controlsOf = (root, now, choose) => {
  const top = add(root, "div", {class: "bar"});
  const label = add(top, "label", {class: "rate"}, "learning rate");
  const slider = add(label, "input", {type: "range", min: 0, "aria-label": "learning rate"});
  const free = {type: "number", step: "any"};
  const typed = add(label, "input", {...free, min: 0, "aria-label": "learning rate, typed"});
  add(top, "span", {}, "start");
  const weights = ["first", "second"].map(name =>
    add(top, "input", {...free, "aria-label": `${name} weight at the start`}),
  );
  /** @param {State} state */
  const show = ({tables, chosen: {start, lr}}) => {
    if (!tables) return;
    const {rates} = tables;
    slider.max = String(rates.length - 1);
    slider.value = String(rates.indexOf(nearest(rates, rate => Math.abs(rate - lr))));
    slider.setAttribute("aria-valuetext", String(lr));
    offer(typed, lr);
    weights.forEach((input, axis) => {
      offer(input, start[axis]);
    });
  };
  slider.addEventListener("input", () => choose({lr: now().tables?.rates[Number(slider.value)]}));
  typed.addEventListener("change", () => {
    const lr = Number(typed.value);
    if (lr > 0 && lr <= MOST) choose({lr});
    else show(now());
  });
  weights.forEach((input, axis) => {
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (input.value === "" || Math.abs(value) > MOST) return show(now());
      choose({start: now().chosen.start.map((old, i) => (i === axis ? value : old))});
    });
  });
  return {show};
};

/**
 * A chart with a frame, which cuts what is drawn inside, and names of its axes.
 * @param {HTMLElement} parent
 * @param {string} label
 * @param {number} high
 * @param {[below: string, beside: string]} names
 */
const framed = (parent, label, high, [below, beside]) => {
  const box = add(parent, "div", {
    class: "chart",
    tabindex: 0,
    role: "application",
    "aria-label": label,
  });
  const {top: y, left: x, right, bottom} = MARGIN;
  const chart = chartOf(box, [x + WIDE + right, y + high + bottom], MARGIN);
  const {svg, marks} = chart;
  const size = {x, y, width: WIDE, height: high};
  const inside = draw(svg, "svg", {...size, viewBox: `${x} ${y} ${WIDE} ${high}`});
  svg.insertBefore(inside, marks);
  put(svg, {"aria-hidden": "true"});
  draw(marks, "rect", {class: "frame", ...size});
  const middle = {"text-anchor": "middle"};
  draw(marks, "text", {x: x + WIDE / 2, y: y + high + 30, ...middle}, below);
  const turned = `translate(${x - 28} ${y + high / 2}) rotate(-90)`;
  draw(marks, "text", {transform: turned, ...middle}, beside);
  return Object.assign(chart, {box, inside});
};

/** A path with its steps: a line, its dots, a larger dot for the pointed step; and a kept path. @param {SVGElement} parent */
const trackOf = parent => {
  const kept = draw(parent, "path", {class: "kept"});
  const whole = draw(parent, "path", {class: "track whole"});
  const lines = ["under", "over"].map(kind => draw(parent, "path", {class: `track ${kind}`}));
  const dots = draw(parent, "g", {class: "dots"});
  const now = draw(parent, "circle", {class: "now", r: 6});
  /** @param {Ends[]} points @param {number} step @param {Ends[]} others */
  return (points, step, others) => {
    const seen = points.slice(0, step + 1);
    put(kept, {d: lineOf(others)});
    put(whole, {d: lineOf(points)});
    for (const line of lines) put(line, {d: lineOf(seen)});
    dots.replaceChildren();
    seen.forEach(([cx, cy], i) => {
      draw(dots, "circle", {cx, cy, r: i ? 2.6 : 5});
    });
    const [cx, cy] = points[step];
    put(now, {cx, cy});
  };
};

/** The loss over two weights. @param {HTMLElement} parent @param {Tables} tables */
const surfaceOf = (parent, {around, picture, lines, ticks}) => {
  const [[left, right], [low, high]] = around;
  const tall = ((high - low) / (right - left)) * WIDE;
  const size = {width: WIDE, height: tall > 150 && tall < 380 ? tall : WIDE};
  const names = /** @type {[string, string]} */ (["first weight", "second weight"]);
  const label = "loss of two weights: arrows move the start";
  const surface = framed(parent, label, size.height, names);
  surface.scale(...around);
  surface.below(ticks[0], 4);
  surface.beside(ticks[1], 3);
  const href = `data:image/png;base64,${picture}`;
  const at = {x: MARGIN.left, y: MARGIN.top};
  draw(surface.inside, "image", {href, ...at, ...size, preserveAspectRatio: "none"});
  const transform = `translate(${at.x} ${at.y}) scale(${WIDE / 1000} ${size.height / 1000})`;
  draw(surface.inside, "path", {class: "level", d: lines, transform});
  const limits = around.map(
    ([least, most]) =>
      /** @type {Ends} */ ([least - 4 * (most - least), most + 4 * (most - least)]),
  );
  /** Far outside is enough. @param {Path} path @returns {Ends[]} */
  const points = ({weights}) => {
    const [x, y] = weights.map((numbers, axis) => {
      const [least, most] = limits[axis];
      return numbers.map(({text}) => Math.max(least, Math.min(most, Number(text))));
    });
    return x.map((_, i) => [surface.x.point(x[i]), surface.y.point(y[i])]);
  };
  return Object.assign(surface, {height: size.height, points, track: trackOf(surface.inside)});
};

/** The loss after each step. @param {HTMLElement} parent @param {number} high @param {Tables} tables */
const curveOf = (parent, high, {steps, decades, low, high: top}) => {
  const label = "loss after each step: arrows choose the step";
  const curve = framed(parent, label, high, ["step", "loss"]);
  const edge = (EDGE * steps) / (WIDE - 2 * EDGE);
  curve.scale([-edge, steps + edge], [low, top], logarithmic);
  curve.rules(decades);
  curve.beside(decades, 3);
  const every = Math.ceil(steps / 6);
  const named = Array.from({length: Math.floor(steps / every) + 1}, (_, i) => i * every);
  curve.below(
    named.map(step => [step, String(step)]),
    4,
  );
  /** @param {Path} path @returns {Ends[]} */
  const points = ({losses}) =>
    losses.map(({text}, step) => [curve.x.point(step), curve.y.point(Number(text))]);
  return Object.assign(curve, {points, track: trackOf(curve.inside)});
};

/** @param {HTMLElement} stage @param {Tables} tables */
export const chartsOf = (stage, tables) => {
  stage.replaceChildren();
  const surface = surfaceOf(stage, tables);
  return {surface, curve: curveOf(stage, surface.height, tables)};
};

/** @param {Charts} charts @param {State} state */
export const drawRuns = ({surface, curve}, {run, kept, step}) => {
  if (!run) return;
  surface.track(surface.points(run), step, kept ? surface.points(kept) : []);
  curve.track(curve.points(run), step, kept ? curve.points(kept) : []);
};
