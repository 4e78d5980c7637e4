// The explorer of activations: looks values, slopes and products up in the tables of curves.py.

import {panelOf} from "../../page/chart.js";
import {copied} from "../../page/code.js";
import {dial} from "../../page/dial.js";
import {add, put, draw} from "../../page/dom.js";
import {split, bare, unpack} from "../../page/numbers.js";
import {playerOf, filmKeys} from "../../page/player.js";
import {shared} from "../../page/python.js";
import {rooted} from "../../page/root.js";

const SLOPES = ["-0.25", "0", "0.25", "1", "1.25"];
const POWERS = ["1e-15", "1e-12", "1e-9", "1e-6", "1e-3", "1", "10"];
const LEAST = 1e-15;
const power = text => Math.max(-15, Math.log10(Math.abs(text)));
const told = text => `${text[0] === "~" ? "≈" : "="} ${bare(text)}`;
const count = n => `${n} layer${n === 1 ? "" : "s"}`;

// A slider over a list of texts.
const stopsOf = (parent, name, changed) => {
  const line = add(parent, "div", {class: "setting"});
  add(line, "span", {}, name);
  const range = add(line, "input", {type: "range", min: 0, "aria-label": name});
  const text = add(line, "span", {class: "stop"});
  range.addEventListener("input", () => changed(+range.value));
  return {
    show(texts, at) {
      range.max = texts.length - 1;
      range.value = at;
      range.setAttribute("aria-valuetext", texts[at]);
      text.textContent = texts[at];
    },
  };
};

const render = ({model, el}) => {
  const root = rooted(el, "Explorer of activations");
  let data = null, wanted = model.get("settings"), at = 0, layers = 5, pinned = false;

  const top = add(root, "div", {class: "bar"});
  const choiceOf = (name, key) => {
    const made = add(add(top, "label", {}, name), "select", {"aria-label": name});
    made.addEventListener("change", () => change({[key]: made.value}));
    return made;
  };
  const choice = choiceOf("activation", "name"), other = choiceOf("compare with", "other");
  const settings = add(root, "div", {class: "settings halves"});
  const place = stopsOf(settings, "x", index => go(index));
  const line = add(settings, "div", {class: "setting", role: "group", "aria-label": "layers"});
  add(line, "span", {}, "layers");
  const depth = dial(line, "layers", "number", value => pass(value));
  const more = add(settings, "div", {class: "more"});
  const stage = add(root, "div", {class: "plots aside", inert: ""});
  const left = add(stage, "div");
  const panels = {
    y: panelOf(left, "function", "input", 400, 190, 20),
    slope: panelOf(left, "derivative", "weights", 400, 150),
    through: panelOf(stage, "product of the slopes", "output", 264, 368, 20),
  };
  put(panels.y.svg, {"aria-label": "curve, x"});
  put(panels.through.svg, {"aria-label": "number of layers", "aria-valuemin": 1});
  panels.slope.svg.removeAttribute("tabindex");
  put(panels.slope.svg, {role: "img"});
  const words = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  const player = playerOf(root, by => move(by), words);
  const code = copied(root);
  add(root, "div", {class: "help"}, "Move over the curve; click pins x. Click or drag at the layers. Keys:"
    + " left and right move, Enter pins, Escape unpins, Space plays. The layers are equal"
    + " activations, one after the other; a hollow dot at the bottom is 0, or nearer than 1e-15.");

  const tableOf = name => {
    const {choices, tables} = data.functions[name];
    return tables[Object.keys(choices).map(key => wanted.parameters[name][key]).join()];
  };
  const change = patch => {
    wanted = {...wanted, ...patch};
    follow();
  };
  const follow = () => {
    fill();
    mark();
    python.tell(wanted);
  };
  const shown = () => [wanted.name, ...wanted.other ? [wanted.other] : []];

  // What changes with the settings.
  const fill = () => {
    choice.value = wanted.name;
    other.value = wanted.other;
    parameters();
    const tables = shown().map(tableOf), ends = tables.map(table => table.ends);
    const low = ends.map(([end]) => end).sort((a, b) => a - b)[0];
    const high = ends.map(([, end]) => end).sort((a, b) => b - a)[0];
    const [from, to] = [+data.x[0], +data.x.at(-1)];
    panels.y.scale(from, to, [low, "0", high]);
    panels.slope.scale(from, to, SLOPES);
    panels.through.scale(0, data.layers + 1, POWERS, power);
    for (const text of ["-6", "-4", "-2", "0", "2", "4", "6"]) panels.y.below(text, text);
    for (const text of ["1", "5", "10", "15", "20"]) panels.through.below(text, text);
    tables.forEach((table, second) => {
      for (const name of ["y", "slope"]) {
        const texts = split(table[name]), step = (to - from) / (texts.length - 1);
        curve(panels[name], texts.map((_, i) => from + i * step), texts, second);
      }
    });
    code(tables[0].code);
  };
  const curve = (panel, places, texts, second, base = panel.base) => {
    const points = places.map((x, i) => `${panel.x(x)},${panel.y(bare(texts[i]))}`);
    draw(base, "polyline", {class: second ? "curve other" : "curve", points: points.join(" ")});
  };
  let named = "";
  const parameters = () => {
    const {choices} = data.functions[wanted.name];
    if (named !== wanted.name) {
      more.replaceChildren();
      more.stops = Object.keys(choices).map(key => [key, stopsOf(more, key, index => {
        const own = {...wanted.parameters[wanted.name], [key]: choices[key][index]};
        change({parameters: {...wanted.parameters, [wanted.name]: own}});
      })]);
      named = wanted.name;
    }
    for (const [key, stops] of more.stops)
      stops.show(choices[key], choices[key].indexOf(wanted.parameters[wanted.name][key]));
  };

  // What changes with the pointer.
  const mark = () => {
    const x = data.x[at];
    place.show(data.x, at);
    depth.show([1, data.layers], layers);
    for (const name in panels) panels[name].marks.replaceChildren();
    const sentences = shown().map((name, second) => {
      const table = tableOf(name), {label} = data.functions[name];
      const [y, slope] = ["y", "slope"].map(key => split(table[key])[at * data.every]);
      const through = table.through.map(texts => split(texts)[at]);
      curve(panels.through, through.map((_, i) => i + 1), through.map(bare), second,
        panels.through.marks);
      through.forEach((text, i) => dot("through", i + 1, text, second, i + 1 === layers));
      if (!second) tangent(x, y, slope);
      dot("y", x, y, second, true);
      dot("slope", x, slope, second, true);
      const product = told(through[layers - 1]);
      if (second) {
        panels.y.title.textContent += `; dashed ${label}: y ${told(y)}`;
        panels.slope.title.textContent += `; dashed: ${told(slope)}`;
      } else {
        panels.y.title.textContent = `${label}: y ${told(y)}`;
        panels.slope.title.textContent = `its derivative: dy/dx ${told(slope)}`;
        panels.through.title.textContent = `${count(layers)}, slopes multiplied ${product}`;
      }
      return `${label}: y ${told(y)}, slope ${told(slope)}, slopes of ${count(layers)} multiplied`
        + ` ${product}.`;
    });
    const said = `x = ${x}. ${sentences.join(" ")}${pinned ? " (pinned)" : ""}`;
    words.textContent = said;
    panels.y.tell(at, data.x.length - 1, said);
    panels.through.tell(layers, data.layers, said);
  };
  const dot = (name, place, text, second, main) => {
    const panel = panels[name], [x, y] = [panel.x(place), panel.y(bare(text))];
    const gone = name === "through" && Math.abs(bare(text)) < LEAST;
    if (main && !second)
      draw(panel.marks, "line", {class: "guide", x1: x, x2: x, y1: HEAD, y2: panel.high - HEAD});
    const kind = second || gone ? "hollow" : main ? "pointed" : "dot";
    draw(panel.marks, "circle", {class: kind, cx: x, cy: y, r: main ? 5.5 : 3});
    if (pinned && main && name === "y" && !second)
      draw(panel.marks, "circle", {class: "pin", cx: x + 7, cy: y - 7, r: 4});
  };
  const tangent = (place, value, slope) => {
    const panel = panels.y, [x, y] = [panel.x(place), panel.y(bare(value))];
    const right = 1.5 * (panel.x(1) - panel.x(0));
    const up = 1.5 * (panel.y(1) - panel.y(0)) * bare(slope);
    draw(panel.marks, "line", {class: "tangent", x1: x - right, y1: y - up, x2: x + right,
      y2: y + up});
  };

  const go = index => {
    at = Math.max(0, Math.min(data.x.length - 1, index));
    mark();
  };
  const pass = number => {
    layers = Math.max(1, Math.min(data.layers, number));
    mark();
  };
  const move = by => {
    if (!data) return;
    pinned = false;
    go((at + by + data.x.length) % data.x.length);
  };
  const pin = on => {
    pinned = on;
    if (data) mark();
  };

  // The pointer.
  const nearest = (panel, event) => {
    const [from, to] = [+data.x[0], +data.x.at(-1)], place = panel.at(panel.spot(event)[0]);
    return Math.round((place - from) / (to - from) * (data.x.length - 1));
  };
  for (const panel of [panels.y, panels.slope]) {
    panel.svg.addEventListener("pointermove", event => {
      if (!pinned && !player.playing) go(nearest(panel, event));
    });
    panel.svg.addEventListener("click", event => {
      player.stop();
      panels.y.svg.focus({preventScroll: true});
      const before = at;
      go(nearest(panel, event));
      pin(!(pinned && at === before));
    });
  }
  const {svg} = panels.through; // pressed, so that the way to the curves changes nothing
  for (const kind of ["pointerdown", "pointermove"])
    svg.addEventListener(kind, event => {
      if (kind === "pointerdown") svg.setPointerCapture(event.pointerId);
      if (event.buttons) pass(Math.round(panels.through.at(panels.through.spot(event)[0])));
    });

  // The keys.
  stage.addEventListener("keydown", event => {
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    const deep = event.target === panels.through.svg;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (by && deep) pass(layers + by);
    else if (by) {
      player.stop();
      go(at + by);
    } else if (event.key === "Enter") pin(!pinned);
    else return;
    event.preventDefault();
  });
  filmKeys(root, player, () => pin(false));

  const load = async () => {
    const found = await unpack(model.get("data"));
    data = {...found, x: split(found.x)};
    add(other, "option", {value: ""}, "nothing");
    for (const name in data.functions)
      for (const select of [choice, other])
        add(select, "option", {value: name}, data.functions[name].label);
    at = data.x.indexOf("1");
    stage.inert = false;
    follow();
  };
  const python = shared(model, "settings", chosen => {
    wanted = chosen;
    if (data) follow();
  });
  load();
  return () => {
    player.stop();
    python.close();
  };
};

export default {render};
