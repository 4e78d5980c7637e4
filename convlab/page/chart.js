// What explorers with plots share: drawings with a scale.

import {add, draw, put} from "./dom.js";

const [LEFT, RIGHT, HEAD] = [46, 8, 8];

// A drawing with its own scale: `x` and `y` turn places and numbers into points of the drawing,
// `at` and `value` turn points back. `foot` is the room below for `below`.
export const panelOf = (parent, name, kind, wide, high, foot = 8) => {
  const box = add(parent, "div", {class: `box ${kind}`});
  const title = add(box, "div", {class: "title"}, name);
  const svg = draw(box, "svg", {
    class: "plot",
    viewBox: `0 0 ${wide} ${high}`,
    tabindex: 0,
    role: "slider",
    "aria-label": name,
    "aria-valuemin": 0,
  });
  const base = draw(svg, "g"),
    marks = draw(svg, "g");
  const panel = {svg, title, base, marks, high};
  // `ticks` are texts from the lowest to the highest number; `turn` is log10 for some scales.
  panel.scale = (from, to, ticks, turn = Number) => {
    const [least, most] = [turn(ticks[0]), turn(ticks.at(-1))];
    const room = high - HEAD - foot,
      across = wide - LEFT - RIGHT;
    panel.x = place => LEFT + ((place - from) * across) / (to - from);
    panel.at = point => from + ((point - LEFT) * (to - from)) / across;
    panel.y = number => HEAD + ((most - turn(number)) * room) / (most - least);
    panel.value = point => most - ((point - HEAD) * (most - least)) / room;
    base.replaceChildren();
    for (const text of new Set(ticks)) {
      const y = panel.y(text);
      draw(base, "line", {
        class: "axis",
        x1: LEFT,
        x2: wide - RIGHT,
        y1: y,
        y2: y,
        "stroke-dasharray": text === "0" ? "none" : "2 4",
      });
      draw(base, "text", {x: LEFT - 6, y: y + 4, "text-anchor": "end"}, text);
    }
  };
  panel.below = (place, text) =>
    draw(base, "text", {x: panel.x(place), y: high - 4, "text-anchor": "middle"}, text);
  // Where the pointer is, in the units of the drawing.
  panel.spot = event => {
    const {left, top, width, height} = svg.getBoundingClientRect();
    return [((event.clientX - left) * wide) / width, ((event.clientY - top) * high) / height];
  };
  panel.tell = (at, most, text) =>
    put(svg, {"aria-valuenow": at, "aria-valuemax": most, "aria-valuetext": text});
  return panel;
};
