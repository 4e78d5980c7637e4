// @ts-check
// The elements of the explorer of receptive fields, and how a scene is put into them.

import {dial} from "../../page/dial.js";
import {add, draw, put} from "../../page/dom.js";
import {SETTINGS} from "../changing.js";
import {boxesOf, LEFT, WIDE, WIDTH} from "./receptive_field_scene.js";

/** @typedef {import("./receptive_field_scene.js").Scene} Scene */
/** @typedef {import("./receptive_field_scene.js").Row} Row */
/** @typedef {import("./receptive_field_scene.js").Label} Label */
/** @typedef {import("./receptive_field_scene.js").Light} Light */

const COLUMNS = [570, 622, 676]; // where the numbers end

/**
 * @param {HTMLElement} root
 * @param {(i: number, value: number) => void} change another value of a setting
 */
export const controlsOf = (root, change) => {
  const bar = add(root, "div", {class: "bar"});
  const choice = add(bar, "label", {}, "change layer");
  const layer = add(choice, "select", {"aria-label": "change layer"});
  const reset = add(bar, "button", {type: "button"}, "Reset all");
  const along = add(bar, "label", {}, "along");
  const axis = add(along, "select", {"aria-label": "along"});
  const every = add(bar, "label");
  const all = add(every, "input", {type: "checkbox"});
  const total = add(every, "span");
  const settings = add(root, "div", {class: "settings square three"});
  const dials = SETTINGS.map((setting, i) => {
    const name = setting === "kernel" ? "kernel size" : setting;
    const line = add(settings, "div", {class: "setting", role: "group", "aria-label": name});
    add(line, "span", {}, name);
    return dial(line, name, "chosen layer", value => change(i, value));
  });
  return {choice, layer, reset, along, axis, every, all, total, settings, dials};
};

/** @param {SVGSVGElement} svg */
const drawHead = svg => {
  draw(svg, "text", {x: 0, y: 12, class: "head"}, "layer");
  for (const [i, text] of ["units", "field", "step"].entries())
    draw(svg, "text", {x: COLUMNS[i], y: 12, class: "head end"}, text);
};

/** The words and numbers beside a strip. @param {SVGSVGElement} svg @param {Row} row @param {Label} label */
const drawLabel = (svg, {y}, {layer, name, detail, chosen, able, numbers}) => {
  const group = draw(svg, "g", {class: able ? "name able" : "name", "data-layer": layer});
  draw(group, "rect", {x: 0, y: y - 7, width: LEFT - 6, height: 27, class: "back"});
  draw(group, "text", {x: 0, y: y + (detail ? 5 : 11), class: chosen ? "chosen" : ""}, name);
  if (detail) draw(group, "text", {x: 0, y: y + 16, class: "small"}, detail);
  for (const [i, {text, moved}] of numbers.entries())
    draw(svg, "text", {x: COLUMNS[i], y: y + 11, class: moved ? "end moved" : "end"}, text);
};

/** The strips, and on each what is lit. @param {SVGSVGElement} plot @param {Scene} scene */
const drawStrips = (plot, {rows, height}) => {
  const cone = draw(plot, "path", {class: "cone"});
  const lines = draw(plot, "path", {class: "lines"});
  const seen = rows.map(row => {
    const d = boxesOf(row, [[0, row.units - 1]]);
    draw(plot, "path", {class: row.i ? "units" : "units first", d});
    return draw(plot, "path", {class: "seen"});
  });
  const reach = draw(plot, "rect", {class: "reach"});
  const mark = draw(plot, "rect", {class: "mark"});
  const ends = [0, 1].map(() => draw(plot, "text", {y: height - 2, class: "small"}));
  return {cone, lines, seen, reach, mark, ends};
};

/** @param {ReturnType<typeof drawStrips>} lights @param {Light} light @param {boolean} pinned */
const drawLight = (lights, light, pinned) => {
  for (const [i, d] of light.boxes.entries()) put(lights.seen[i], {d});
  put(lights.cone, {d: light.cone});
  put(lights.lines, {d: light.lines});
  put(lights.mark, {...light.mark, class: pinned ? "mark pinned" : "mark"});
  lights.reach.style.display = light.reach ? "" : "none";
  if (light.reach) put(lights.reach, light.reach);
  for (const [i, end] of lights.ends.entries()) {
    end.textContent = light.ends[i]?.text ?? "";
    if (light.ends[i]) put(end, {x: light.ends[i].x});
  }
};

/** @param {HTMLElement} root */
export const pictureOf = root => {
  const stage = add(root, "div", {
    class: "strips",
    tabindex: 0,
    role: "application",
    "aria-label": "units of the layers: arrow keys move",
  });
  const svg = put(draw(stage, "svg"), {"aria-hidden": "true"});
  /** @type {ReturnType<typeof drawStrips> | null} */
  let lights = null;
  return {
    stage,
    svg,
    /** All strips anew. @param {Scene} scene @param {Label[]} labels */
    show(scene, labels) {
      const {rows, height} = scene;
      svg.replaceChildren();
      put(svg, {viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height});
      drawHead(svg);
      for (const [n, label] of labels.entries()) drawLabel(svg, rows[n], label);
      lights = drawStrips(draw(svg, "svg", {x: LEFT, y: 0, width: WIDE, height}), scene);
    },
    /** The strips stay while the place that is pointed at moves. @param {Light} light @param {boolean} pinned */
    light(light, pinned) {
      if (lights) drawLight(lights, light, pinned);
    },
    scroll() {
      lights?.mark.scrollIntoView({block: "nearest"});
    },
    /** Where a pointer is, in the units of the drawing. @param {MouseEvent} event @returns {[number, number]} */
    pointOf(event) {
      const {left, top, width} = svg.getBoundingClientRect();
      const zoom = WIDTH / width;
      return [(event.clientX - left) * zoom, (event.clientY - top) * zoom];
    },
  };
};
