// @ts-check
// A number that is typed into a cell, in place.

import {add} from "./dom.js";

/**
 * @typedef {object} Edit
 * @property {string} label
 * @property {string} value stands there at first, selected
 * @property {string} [start] stands there instead: a key that has begun the edit
 * @property {(text: string) => void} [typed] hears of each change
 * @property {(by: 1 | -1) => string} [step] the value after the arrow up or down
 * @property {(text: string | null) => void} end hears the text at the end; null where it is dropped
 */

/**
 * Enter and leaving the cell keep what is typed, Escape drops it.
 * @param {HTMLElement} cell
 * @param {Edit} edit
 * @param {(text: string | null, pressed: boolean) => void} close is told whether a key has ended it;
 * as the input goes, a browser may say that it has lost the focus, and it is told again
 */
export const typeInto = (cell, {label, value, start, typed, step}, close) => {
  cell.textContent = "";
  const input = add(cell, "input", {"aria-label": label, type: "text", inputmode: "decimal"});
  input.value = start ?? value;
  input.focus();
  if (start === undefined) input.select();
  else typed?.(start);
  /** @param {boolean} keep @param {boolean} pressed */
  const end = (keep, pressed) => close(keep ? input.value : null, pressed);
  input.addEventListener("input", () => typed?.(input.value));
  input.addEventListener("blur", () => end(true, false));
  input.addEventListener("keydown", event => {
    event.stopPropagation();
    const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : null;
    if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter", true);
    else if (by && step) input.value = step(by);
    else return;
    event.preventDefault();
  });
};
