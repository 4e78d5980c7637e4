// @ts-check
// A slider and a typed value for one number.

import {add} from "./dom.js";
import {offer} from "./root.js";

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} axis
 * @param {(value: number) => void} changed
 */
export const dial = (parent, name, axis, changed) => {
  const box = add(parent, "div", {class: "dial"});
  add(box, "span", {class: "axis"}, axis);
  const label = `${name}, ${axis}`;
  const range = add(box, "input", {type: "range", "aria-label": label});
  const typed = add(box, "input", {type: "number", "aria-label": `${label}, typed`});
  /** @param {number} value */
  const clip = value => Math.min(+range.max, Math.max(+range.min, Math.round(value)));
  range.addEventListener("input", () => changed(+range.value));
  typed.addEventListener("change", () => {
    if (typed.value !== "") changed(clip(+typed.value));
    typed.value = range.value;
  });
  return {
    /** Sets the range and where it stands. @param {[number, number]} limits @param {number} value */
    show([low, high], value) {
      for (const input of [range, typed]) {
        input.min = String(low);
        input.max = String(high);
        offer(input, value);
        input.disabled = low === high;
      }
    },
    /** @param {boolean} hidden */
    set hidden(hidden) {
      box.hidden = hidden;
    },
  };
};
