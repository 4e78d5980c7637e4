// @ts-check
// A chart: a drawing with two scales, their ticks, and the place of the pointer.

import {add, draw, put} from "./dom.js";

/** @typedef {[low: number, high: number]} Ends */
/** @typedef {[value: number, text: string]} Tick */
/** @typedef {{top: number, right: number, bottom: number, left: number}} Margin */

/**
 * Where a value stands in a drawing, and which value stands at a point of it.
 * @typedef {{point: (value: number) => number, value: (point: number) => number}} Scale
 */

/** @param {Ends} values @param {Ends} points @returns {Scale} */
export const linear = ([from, to], [start, end]) => ({
  point: value => start + ((value - from) * (end - start)) / (to - from),
  value: point => from + ((point - start) * (to - from)) / (end - start),
});

/**
 * By powers of ten; what lies beyond the ends, as 0 does, stands just outside.
 * @param {Ends} values
 * @param {Ends} points
 * @returns {Scale}
 */
export const logarithmic = ([from, to], points) => {
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const [least, most] = [low - (high - low) / 20, high + (high - low) / 20];
  const exponents = linear([low, high], points);
  return {
    point: value => exponents.point(Math.max(least, Math.min(most, Math.log10(value)))),
    value: point => 10 ** exponents.value(point),
  };
};

/** Ticks at numbers that are texts, each once. @param {string[]} texts @returns {Tick[]} */
export const ticksOf = texts => [...new Set(texts)].map(text => [Number(text), text]);

/** @param {Ends[]} points @returns the `d` of a path */
export const lineOf = points =>
  points.map((point, i) => `${i ? "L" : "M"}${point.join(" ")}`).join("");

/**
 * What stays while one points lies in `base`, what is pointed at in `marks`. In units of the
 * drawing, the scales go over `across` and `up`.
 * @param {Element} parent
 * @param {[wide: number, high: number]} size
 * @param {Margin} margin
 */
export const chartOf = (parent, [wide, high], {top, right, bottom, left}) => {
  const svg = draw(parent, "svg", {class: "plot", viewBox: `0 0 ${wide} ${high}`});
  const base = draw(svg, "g");
  const marks = draw(svg, "g");
  /** @type {Ends} */
  const across = [left, wide - right];
  /** @type {Ends} */
  const up = [high - bottom, top];
  const chart = {
    svg,
    base,
    marks,
    high,
    across,
    up,
    x: linear([0, 1], across),
    y: linear([0, 1], up),
    /** New scales, and nothing on them. @param {Ends} places @param {Ends} numbers */
    scale(places, numbers, kind = linear) {
      chart.x = linear(places, across);
      chart.y = kind(numbers, up);
      base.replaceChildren();
    },
    /** Texts under places, with a mark so long. @param {Tick[]} ticks */
    below(ticks, mark = 0) {
      for (const [place, text] of ticks) {
        const x = chart.x.point(place);
        draw(base, "text", {x, y: up[0] + 16, "text-anchor": "middle"}, text);
        if (mark) draw(base, "path", {class: "tick", d: `M${x} ${up[0]}v${mark}`});
      }
    },
    /** Texts beside numbers, with a mark so long. @param {Tick[]} ticks */
    beside(ticks, mark = 0) {
      for (const [number, text] of ticks) {
        const y = chart.y.point(number);
        draw(base, "text", {x: left - 6, y: y + 4, "text-anchor": "end"}, text);
        if (mark) draw(base, "path", {class: "tick", d: `M${left} ${y}h-${mark}`});
      }
    },
    /** Lines across at numbers. @param {Tick[]} ticks */
    rules(ticks) {
      for (const [number] of ticks) {
        const y = chart.y.point(number);
        const kind = number === 0 ? "axis zero" : "axis";
        draw(base, "line", {class: kind, x1: across[0], x2: across[1], y1: y, y2: y});
      }
    },
    /** Through these places and numbers. @param {Ends[]} values @returns the `d` of a path */
    line: values => lineOf(values.map(([x, y]) => [chart.x.point(x), chart.y.point(y)])),
    /** The place and the number under the pointer. @param {MouseEvent} event @returns {Ends} */
    under(event) {
      const {left, top, width, height} = svg.getBoundingClientRect();
      const [x, y] = [event.clientX - left, event.clientY - top];
      return [chart.x.value((x * wide) / width), chart.y.value((y * high) / height)];
    },
  };
  return chart;
};

/** @typedef {ReturnType<typeof chartOf>} Chart */

/**
 * @typedef {object} Panel how a chart with a title is made
 * @property {string} title
 * @property {string} kind a class of colours
 * @property {string} [label] the title, if it is another
 * @property {[wide: number, high: number]} size
 * @property {number} [foot] the room below
 * @property {boolean} [still] it cannot be pointed at
 */

/**
 * A chart with a title; a slider, whose value is the place, where it can be pointed at.
 * @param {Element} parent
 * @param {Panel} panel
 */
export const panelOf = (parent, {title, kind, label = title, size, foot = 8, still = false}) => {
  const box = add(parent, "div", {class: `box ${kind}`});
  const heading = add(box, "div", {class: "title"}, title);
  const chart = chartOf(box, size, {top: 8, right: 8, bottom: foot, left: 46});
  put(chart.svg, {"aria-label": label, ...(still ? {role: "img"} : {role: "slider", tabindex: 0})});
  return Object.assign(chart, {
    title: heading,
    /**
     * New scales with a line across at each of these numbers, the first and the last at the ends.
     * @param {Ends} places
     * @param {string[]} texts
     */
    ruled(places, texts, kind = linear) {
      const ticks = ticksOf(texts);
      chart.scale(places, [ticks[0][0], ticks[ticks.length - 1][0]], kind);
      chart.rules(ticks);
      chart.beside(ticks);
    },
    /** The first and the last place that can be pointed at. @param {Ends} ends */
    limit: ([least, most]) => put(chart.svg, {"aria-valuemin": least, "aria-valuemax": most}),
    /** The place pointed at. @param {number} place @param {string} text what is there */
    tell: (place, text) => put(chart.svg, {"aria-valuenow": place, "aria-valuetext": text}),
  });
};
