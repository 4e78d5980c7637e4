// A slider with a typed value.

import {add} from "./dom.js";
import {offer} from "./root.js";

// A slider and a typed value for one number: `show` sets its range and where it stands.
export const dial = (parent, name, axis, changed) => {
  const box = add(parent, "div", {class: "dial"});
  add(box, "span", {class: "axis"}, axis);
  const label = `${name}, ${axis}`;
  const range = add(box, "input", {type: "range", "aria-label": label});
  const typed = add(box, "input", {type: "number", "aria-label": `${label}, typed`});
  const clip = value => Math.min(+range.max, Math.max(+range.min, Math.round(value)));
  range.addEventListener("input", () => changed(+range.value));
  typed.addEventListener("change", () => {
    if (typed.value !== "") changed(clip(+typed.value));
    typed.value = range.value;
  });
  return {
    show([low, high], value) {
      for (const input of [range, typed]) {
        input.min = low;
        input.max = high;
        offer(input, value);
        input.disabled = low === high;
      }
    },
    set hidden(hidden) { box.hidden = hidden; },
  };
};
