// @ts-check
// Where strips and units are drawn, and what of them is lit: from state to numbers and paths.

import {SETTINGS} from "../changing.js";
import {enlarges, runsOf} from "../strips.js";

/** @typedef {import("../strips.js").Strip} Strip */
/** @typedef {import("../strips.js").Place} Place */
/** @typedef {import("../strips.js").Marks} Marks */

/**
 * What is shown: the strips, those of the network as it came, the axis, the layer that is chosen
 * to be changed, and whether `all` strips are shown where they are many.
 * @typedef {{strips: Strip[], originals: Strip[], axis: number, layer: string, all: boolean}} Shown
 */

/** Strip `i` in the picture: the height of its top, where unit 0 begins, how wide a unit is. @typedef {{i: number, y: number, left: number, wide: number, units: number}} Row */

/** @typedef {{rows: Row[], height: number, pitch: number, inputs: number}} Scene */

export const WIDTH = 680;
export const LEFT = 152;
export const WIDE = 390;
const [HIGH, HEAD, MANY, LINES] = [14, 20, 24, 600];

/** @typedef {ReturnType<typeof labelOf>} Label */
/** @typedef {ReturnType<typeof lightOf>} Light */

/** @param {Row} row @param {number} unit */
const startOf = ({left, wide}, unit) => left + unit * wide;

/** @param {Row} row @param {number} unit */
const middleOf = (row, unit) => startOf(row, unit + 0.5);

/** Whether there are so many strips that some are left out. @param {Strip[]} strips */
export const isLong = strips => strips.length > MANY;

/** The numbers of the strips that are shown. @param {Shown} shown */
const chosenOf = ({strips, all, layer}) =>
  [...strips.keys()].filter(
    i =>
      all ||
      !isLong(strips) ||
      enlarges(strips, i) ||
      i === strips.length - 1 ||
      strips[i].name === layer,
  );

/** Room on both sides for fields that reach into the padding, as far as the input stays in sight. @param {Strip[]} strips */
const marginOf = strips => {
  const count = strips[0].units;
  const excess = strips.map(({units, reach}) => {
    const [first] = reach(0) ?? [0];
    const [, last] = reach(units - 1) ?? [0, 0];
    return Math.max(-first, last - count + 1);
  });
  return Math.max(2, Math.min(0.6 * count, Math.max(...excess) + 0.5));
};

/** The rows from the input up. @param {Shown} shown @returns {Scene} */
export const sceneOf = shown => {
  const {strips} = shown;
  const chosen = chosenOf(shown);
  const pitch = chosen.length > 12 ? 25 : 36;
  const margin = marginOf(chosen.map(i => strips[i]));
  const inputs = strips[0].units;
  const scale = WIDE / (inputs + 2 * margin);
  const rows = chosen.map((i, n) => {
    const {units, spot} = strips[i];
    const [middle, wide] = spot;
    const y = HEAD + (chosen.length - 1 - n) * pitch + pitch / 2 - HIGH / 2;
    return {i, y, left: (middle - 0.5 * wide + margin + 0.5) * scale, wide: wide * scale, units};
  });
  return {rows, height: HEAD + rows.length * pitch + 12, pitch, inputs};
};

/** @param {Scene} scene @param {number} layer */
export const rowOf = ({rows}, layer) => rows.find(row => row.i === layer) ?? rows[0];

/** The highest row whose units differ in what they see. @param {Scene} scene @param {Strip[]} strips */
export const playableOf = ({rows}, strips) =>
  rows.findLast(({i, units}) => strips[i].step !== "0" && units > 1) ?? rows[0];

/** Units as boxes, `more` higher on each side; apart, where they are wide enough. @param {Row} row @param {[number, number][]} runs */
export const boxesOf = (row, runs, more = 0) => {
  const gap = row.wide >= 5 ? 1.5 : 0;
  const boxes = gap
    ? runs.flatMap(([a, b]) => Array.from({length: b - a + 1}, (_, n) => [a + n, a + n]))
    : runs;
  return boxes
    .map(([a, b]) => {
      const [from, to] = [startOf(row, a) + gap / 2, startOf(row, b + 1) - gap / 2];
      return `M${from} ${row.y - more}H${to}v${HIGH + 2 * more}H${from}z`;
    })
    .join("");
};

/** The words beside a strip. @param {Strip} strip @param {number} axis */
const detailOf = (strip, axis) => {
  if (!strip.kernel)
    return strip.operation + ((strip.spans ?? 0) > 1 ? ` reads ${strip.spans}` : "");
  const [k, s, d] = SETTINGS.map(name => strip[name]?.[axis]);
  return `${strip.operation} k${k} s${s}${strip.dilates ? ` d${d}` : ""} p${strip.padding}`;
};

/** A number beside a strip, with what it was. @param {number | string} now @param {number | string} [was] */
const movedOf = (now, was = "") => {
  const moved = String(was) !== String(now);
  const text = `${was}→${now}`;
  return {text: moved && text.length <= 7 ? text : String(now), moved};
};

/** All that stands beside strip `i`. @param {Shown} shown @param {number} i */
export const labelOf = ({strips, originals, axis, layer}, i) => {
  const strip = strips[i];
  const chosen = strip.name === layer;
  const name = `${chosen ? "▸ " : ""}${strip.name}`;
  const original = originals[i];
  return {
    layer: strip.name,
    name: name.length > 25 ? `…${name.slice(-24)}` : name,
    detail: i ? detailOf(strip, axis) : "",
    chosen,
    able: Boolean(strip.kernel),
    numbers: [
      movedOf(strip.units, original?.units),
      movedOf(strip.size, original?.size),
      movedOf(strip.step, original?.step),
    ],
  };
};

/** The outline around all that is seen, strip by strip. @param {Scene} scene @param {Marks[]} seen @param {number} layer */
const coneOf = ({rows}, seen, layer) => {
  /** @type {string[]} */
  const left = [];
  /** @type {string[]} */
  const right = [];
  let [low, high] = [Infinity, -Infinity];
  for (const row of layer === 0 ? rows : [...rows].reverse()) {
    const runs = runsOf(seen[row.i]);
    if (!runs.length) continue;
    low = Math.min(low, startOf(row, runs[0][0]));
    high = Math.max(high, startOf(row, runs[runs.length - 1][1] + 1));
    for (const y of layer === 0 ? [row.y + HIGH, row.y] : [row.y, row.y + HIGH]) {
      left.push(`${low},${y}`);
      right.unshift(`${high},${y}`);
    }
  }
  return `M${[...left, ...right].join("L")}z`;
};

/** Lines from each unit to those that it reads, where they can be told apart. @param {Scene} scene @param {Strip[]} strips @param {Marks[]} seen */
const linesOf = ({rows}, strips, seen) => {
  /** @type {string[]} */
  const lines = [];
  for (const row of rows)
    for (const {source, of} of strips[row.i].reads) {
      const below = rows.find(({i}) => i === source);
      if (!below) continue;
      for (const [unit] of [...seen[row.i].entries()].filter(([, on]) => on))
        for (const read of of(unit))
          if (seen[source][read])
            lines.push(
              `M${middleOf(row, unit)} ${row.y + HIGH}L${middleOf(below, read)} ${below.y}`,
            );
      if (lines.length > LINES) return "";
    }
  return lines.join("");
};

/** The frame of a field that reaches into the padding. @param {Scene} scene @param {[number, number] | null} field */
const reachOf = ({rows: [input], inputs}, field) => {
  if (!field || (field[0] >= 0 && field[1] < inputs)) return null;
  const [x, end] = [startOf(input, field[0]), startOf(input, field[1] + 1)];
  return {x, y: input.y - 5, width: end - x, height: HIGH + 10};
};

/** The numbers of the first and the last input that is seen, where there is room. @param {Scene} scene @param {Marks} marks */
const endsOf = ({rows: [input]}, marks) => {
  const first = marks.indexOf(1);
  const last = marks.lastIndexOf(1);
  if (first < 0) return [];
  const ends = startOf(input, last) - startOf(input, first) < 22 ? [first] : [first, last];
  return ends.map(unit => ({x: middleOf(input, unit), text: String(unit)}));
};

/**
 * What is lit when a place is pointed at.
 * @param {Scene} scene
 * @param {Strip[]} strips
 * @param {Marks[]} seen from the place
 * @param {Place} place
 */
export const lightOf = (scene, strips, seen, {layer, unit}) => {
  const row = rowOf(scene, layer);
  return {
    boxes: scene.rows.map(one => boxesOf(one, runsOf(seen[one.i]), 2)),
    cone: coneOf(scene, seen, layer),
    lines: linesOf(scene, strips, seen),
    mark: {x: startOf(row, unit), y: row.y - 3, width: row.wide, height: HIGH + 6},
    reach: reachOf(scene, layer ? strips[layer].reach(unit) : null),
    ends: endsOf(scene, seen[0]),
  };
};

/** The unit of a row that is nearest; of two that are as near, the second. @param {Row} row @param {number} x @returns {Place} */
const nearestOf = (row, x) => {
  const unit = Math.floor((x - row.left) / row.wide + 1e-9);
  return {layer: row.i, unit: Math.max(0, Math.min(row.units - 1, unit))};
};

/** The place under a point of the picture: the nearest strip, and in it the nearest unit. @param {Scene} scene @param {number} x @param {number} y */
export const placeAt = ({rows, pitch}, x, y) => {
  if (x < LEFT || x > LEFT + WIDE) return null;
  const row = rows.length - 1 - Math.floor((y - HEAD) / pitch);
  return nearestOf(rows[Math.max(0, Math.min(rows.length - 1, row))], x - LEFT);
};

/** The place that an arrow key leads to; null for other keys and at the ends. @param {Scene} scene @param {Place} place @param {string} key @returns {Place | null} */
export const placeBeside = (scene, {layer, unit}, key) => {
  const row = rowOf(scene, layer);
  const across = {ArrowLeft: -1, ArrowRight: 1}[key];
  if (across) return {layer, unit: Math.max(0, Math.min(row.units - 1, unit + across))};
  const up = {ArrowUp: 1, ArrowDown: -1}[key];
  const next = up && scene.rows[scene.rows.indexOf(row) + up];
  return next ? nearestOf(next, middleOf(row, unit)) : null;
};

/** The place of a film after or before this one: round and round the units of a strip. @param {Scene} scene @param {Strip[]} strips @param {Place} place @param {1 | -1} by @returns {Place} */
export const placeAfter = (scene, strips, {layer, unit}, by) => {
  const row = rowOf(scene, layer).units > 1 ? rowOf(scene, layer) : playableOf(scene, strips);
  const from = row.i === layer ? unit : -1;
  return {layer: row.i, unit: (from + by + row.units) % row.units};
};
