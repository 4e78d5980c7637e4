// @ts-check
// The settings of the explorer of convolution: what is possible, the controls, the line of code.

import {dial} from "../../page/dial.js";
import {add} from "../../page/dom.js";
import {alike} from "../../page/numbers.js";
import {pools} from "./convolution_scene.js";

/** @typedef {import("../schema").ConvolutionMode} Mode */
/** @typedef {import("../schema").ConvolutionPair} Pair */
/** @typedef {import("../schema").ConvolutionRanges} Ranges */
/** @typedef {import("../schema").ConvolutionSettings} Settings */
/** @typedef {import("./convolution_scene.js").Data} Data */
/** @typedef {keyof typeof NAMES} Name of a setting that is a pair of numbers */

const MODES = {
  correlation: "cross-correlation (conv2d)",
  convolution: "true convolution (kernel turned)",
  transposed: "transposed convolution",
  max: "max pooling",
  average: "average pooling",
};

// In the order in which they are settled: the padding of a pooling depends on the kernel size.
const NAMES = {kernel: "kernel size", stride: "stride", padding: "padding", dilation: "dilation"};
const SETTINGS = /** @type {Name[]} */ (Object.keys(NAMES));

/** A pair as torch takes it. @param {Pair} pair */
const pairText = ([rows, columns]) => (rows === columns ? String(rows) : `(${rows}, ${columns})`);

/** Whether rows and columns have the same settings. @param {Settings} settings */
export const isSquare = settings => SETTINGS.every(name => settings[name][0] === settings[name][1]);

/**
 * The settings of the rows for the columns as well.
 * @param {Settings} settings
 * @returns {Settings}
 */
export const squareOf = settings => {
  const square = {...settings};
  for (const name of SETTINGS) square[name] = [settings[name][0], settings[name][0]];
  return square;
};

/**
 * The least and the most of a setting on one axis.
 * @param {Ranges} ranges
 * @param {Settings} settings
 * @param {Name} name
 * @param {0 | 1} axis
 * @returns {Pair}
 */
const limitsOf = (ranges, {mode, kernel}, name, axis) => {
  const [low, high] = ranges[name][axis];
  const top = name === "padding" && pools(mode) ? kernel[axis] >> 1 : high; // torch's own limit
  return [Math.min(low, top), Math.min(high, top)];
};

/**
 * The settings nearest to those that are goal for.
 * @param {Ranges} ranges
 * @param {Settings} goal
 */
export const nearest = (ranges, goal) => {
  const settings = {...goal};
  /** @param {Name} name @param {0 | 1} axis */
  const clip = (name, axis) => {
    const [low, high] = limitsOf(ranges, settings, name, axis);
    return Math.max(low, Math.min(high, goal[name][axis]));
  };
  for (const name of SETTINGS) settings[name] = [clip(name, 0), clip(name, 1)];
  return settings;
};

/**
 * Which settings are not as goal; empty if all are.
 * @param {Settings} goal
 * @param {Settings} settings
 */
export const differences = (goal, settings) => {
  const others = SETTINGS.filter(name => !alike(goal[name], settings[name])).map(
    name => `${NAMES[name]} ${pairText(settings[name])} instead of ${pairText(goal[name])}`,
  );
  return others.length ? `As far as is possible here: ${others.join(", ")}.` : "";
};

/** The title of the kernel. @param {Data} data @param {Settings} settings */
export const kernelTitle = ({period}, {mode, kernel}) => {
  const title = {convolution: "kernel, turned by 180°", max: "window", average: "window"};
  const larger = kernel.some((size, axis) => size > period[axis]);
  return `${title[/** @type {"max"} */ (mode)] ?? "kernel"}${larger ? ", repeated" : ""}`;
};

/**
 * The line of torch that computes what is shown. The tensors have the caller's names as long as
 * they are what the caller gave.
 * @param {Data} data
 * @param {Settings} settings
 */
export const lineOf = (data, {mode, kernel, stride, padding, dilation}) => {
  const own = data.own && (pools(mode) || alike(kernel, data.period));
  const [X, K] = ["X", "K"].map(name => (own ? name : `explorer.${name}`));
  const rest = `stride=${pairText(stride)}, padding=${pairText(padding)}`;
  const all = `${rest}, dilation=${pairText(dilation)}`;
  const call = {
    correlation: `conv2d(${X}[None, None], ${K}[None, None], ${all})`,
    convolution: `conv2d(${X}[None, None], ${K}.flip(0, 1)[None, None], ${all})`,
    transposed: `conv_transpose2d(${X}[None, None], ${K}[None, None], ${all})`,
    max: `max_pool2d(${X}[None, None], ${pairText(kernel)}, ${all})`,
    average: `avg_pool2d(${X}[None, None], ${pairText(kernel)}, ${rest})`,
  }[mode];
  return `F.${call}[0, 0]`;
};

/**
 * @param {HTMLElement} root
 * @param {object} hands
 * @param {(mode: Mode) => void} hands.choose
 * @param {(square: boolean) => void} hands.square
 * @param {(name: Name, axis: 0 | 1, value: number) => void} hands.turn
 */
export const controlsOf = (root, {choose, square, turn}) => {
  const top = add(root, "div", {class: "bar"});
  const choice = add(add(top, "label", {}, "mode"), "select", {"aria-label": "mode"});
  for (const [mode, title] of Object.entries(MODES)) add(choice, "option", {value: mode}, title);
  const label = add(top, "label");
  const box = add(label, "input", {type: "checkbox"});
  label.append(" same for rows and columns");
  const settings = add(root, "div", {class: "settings"});
  const dials = SETTINGS.map(name => {
    const line = add(settings, "div", {class: "setting", role: "group", "aria-label": NAMES[name]});
    add(line, "span", {}, NAMES[name]);
    /** @param {string} axis @param {0 | 1} i */
    const along = (axis, i) => dial(line, NAMES[name], axis, value => turn(name, i, value));
    return {name, rows: along("rows", 0), columns: along("columns", 1)};
  });
  choice.addEventListener("change", () => choose(/** @type {Mode} */ (choice.value)));
  box.addEventListener("change", () => square(box.checked));
  return {
    /**
     * @param {Ranges} ranges
     * @param {Settings} chosen
     * @param {boolean} alike whether rows and columns go together
     */
    show(ranges, chosen, alike) {
      choice.value = chosen.mode;
      box.checked = alike;
      settings.classList.toggle("square", alike);
      for (const {name, rows, columns} of dials) {
        rows.show(limitsOf(ranges, chosen, name, 0), chosen[name][0]);
        columns.show(limitsOf(ranges, chosen, name, 1), chosen[name][1]);
        columns.hidden = alike;
      }
    },
  };
};
