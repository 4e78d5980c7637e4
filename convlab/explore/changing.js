// @ts-check
// Other settings of a layer, as changing.py takes them.

import {alike} from "../page/numbers.js";

/** @typedef {import("./schema").ReceptiveFieldChanges} Changes */
/** @typedef {import("./strips.js").Strip} Strip */

/** @type {["kernel", "stride", "dilation"]} */
export const SETTINGS = ["kernel", "stride", "dilation"];

/** The settings of a layer, each with a number for each axis. @param {Strip} strip */
export const settingsOf = ({kernel = [], stride = [], dilation = []}) => [kernel, stride, dilation];

/**
 * The changes with another value of setting `i` along an axis; along all, if it is the same there.
 * @param {Changes} changes
 * @param {Strip} layer as it came
 * @param {number} i
 * @param {number} axis
 * @param {number} value
 * @returns {Changes}
 */
export const withSetting = (changes, layer, i, axis, value) => {
  const {[layer.name]: own = settingsOf(layer), ...others} = changes;
  const uniform = own[i].every(n => n === own[i][0]);
  const values = own[i].map((n, a) => (uniform || a === axis ? value : n));
  const settings = own.map((old, q) => (q === i ? values : old));
  return alike(settings, settingsOf(layer)) ? others : {...others, [layer.name]: settings};
};
