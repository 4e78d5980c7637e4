// @ts-check
// Keys that move something.

/** @typedef {[right: number, up: number]} Way */

/** @type {Record<string, Way | undefined>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** The key; none where it is the browser's, with Ctrl, Alt or the like. @param {KeyboardEvent} event */
export const keyOf = event => (event.ctrlKey || event.metaKey || event.altKey ? "" : event.key);

/** Which way an arrow goes. @param {KeyboardEvent} event */
export const arrowOf = event => ARROWS[keyOf(event)];
