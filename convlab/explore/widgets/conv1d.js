// The explorer of a convolution along time: looks numbers up in the tables of signal.py and draws.

import {panelOf} from "../../page/chart.js";
import {copied} from "../../page/code.js";
import {dial} from "../../page/dial.js";
import {add, put, draw} from "../../page/dom.js";
import {split, bare, factor, equal, same, unpack} from "../../page/numbers.js";
import {playerOf, filmKeys} from "../../page/player.js";
import {kernelOf, shared} from "../../page/python.js";
import {rooted, noteOf, alone} from "../../page/root.js";

const NOTE = alone("ready kernels and sliders work, weights cannot be moved.");
const WIDE = 680;
const sum = terms => terms.length <= 6 ? terms.join(" + ")
  : [...terms.slice(0, 3), `… ${terms.length - 4} more …`, terms.at(-1)].join(" + ");
const listed = parts => parts.length <= 5 ? parts.join(", ")
  : `${parts.slice(0, 4).join(", ")} and ${parts.length - 4} more`;

// The numbers of these settings: every stride-th of a table's, less what padding does not reach.
const sceneOf = (data, table, {stride, padding, dilation}) => {
  const cut = data.most.padding[1] - padding, all = split(table.Y[dilation]);
  const Y = all.slice(cut, all.length - cut).filter((_, i) => i % stride === 0);
  const K = split(table.K), products = [...data.products, ...table.products.map(split)];
  const around = Array(padding).fill("0");
  return {
    K, Y, X: [...around, ...data.X, ...around], padding,
    inside: x => x >= 0 && x < data.X.length,
    x: x => data.X[x] ?? "0",
    product: (k, x) => products[table.rows[k]][x] ?? "0",
    meets: (y, k) => y * stride - padding + dilation * k,
    middle: y => y * stride - padding + dilation * (K.length - 1) / 2,
    nearest: x => Math.round((x + padding - dilation * (K.length - 1) / 2) / stride),
  };
};

// Who meets whom: the pairs {x, k, y} that a pointed output or sample is part of.
const pairsOf = (scene, {panel, at}) => {
  const pairs = [];
  const ys = panel === "Y" ? [at] : scene.Y.keys();
  for (const y of ys)
    for (const k of scene.K.keys()) {
      const x = scene.meets(y, k);
      if (panel === "Y" || x === at) pairs.push({x, k, y});
    }
  return pairs;
};

const wordsOf = (scene, pairs, {panel, at}, weight) => {
  const K = k => bare(scene.K[k]), X = x => bare(scene.x(x));
  const name = x => scene.inside(x) ? `X[${x}]` : "padding";
  const times = ({x, k}) => `${factor(X(x))}·${factor(K(k))}`;
  const from = ({x, k}) => equal(scene.product(k, x), scene.x(x), scene.K[k]);
  if (weight !== null) {
    const met = pairs.find(({k}) => k === weight), head = `K[${weight}] = ${K(weight)}`;
    return met ? `${head} meets ${name(met.x)} = ${X(met.x)} for Y[${met.y}]: ${times(met)}`
      + ` ${from(met)} ${bare(scene.product(weight, met.x))}` : `${head} meets nothing here`;
  }
  if (panel === "Y") {
    const used = pairs.flatMap(({x, k}) => [scene.x(x), scene.K[k]]);
    const result = `${equal(scene.Y[at], ...used)} ${bare(scene.Y[at])}`;
    return `Y[${at}] = ${sum(pairs.map(times))} ${result}`;
  }
  const head = scene.inside(at) ? `${name(at)} = ${X(at)}` : "A padded 0";
  if (!pairs.length) return `${head} is used by no output`;
  return `${head} is used by ${pairs.length} output${pairs.length === 1 ? "" : "s"}: `
    + listed(pairs.map(pair => `${times(pair)} in Y[${pair.y}]`));
};

const curve = (panel, places, texts, kind) => {
  const points = places.map((place, i) => `${panel.x(place)},${panel.y(+bare(texts[i]))}`);
  draw(panel.base, "polyline", {class: "curve", points: points.join(" ")});
  if (texts.length > 120) return;
  places.forEach((place, i) => draw(panel.base, "circle", {class: kind(place) ? "dot" : "hollow",
    cx: panel.x(place), cy: panel.y(+bare(texts[i])), r: 2.6}));
};

const bars = (panel, parent, texts, kind, state = () => "") => {
  const half = Math.min(16, panel.x(0.38) - panel.x(0));
  const longest = Math.max(...texts.map(text => bare(text || "").length));
  const written = longest * 6.5 < panel.x(1) - panel.x(0);
  texts.forEach((text, i) => {
    if (text === undefined) return;
    const y = panel.y(+bare(text)), zero = panel.y(0);
    draw(parent, "rect", {class: `${kind} ${state(i)}`, x: panel.x(i) - half, width: 2 * half,
      y: Math.min(y, zero - 0.5), height: Math.abs(y - zero) + 1});
    if (!written) return;
    const below = text.includes("-") ? y + 12 : y - 4;
    draw(parent, "text", {x: panel.x(i), "text-anchor": "middle",
      y: Math.max(10, Math.min(panel.high - 2, below))}, bare(text));
  });
};

const render = ({model, el}) => {
  const root = rooted(el, "Explorer of a convolution along a signal");
  let data = null, edited = null, scene = null, refusal = "";
  let wanted = model.get("settings"), pointed = {panel: "Y", at: 0}, weight = null, pinned = false;

  const top = add(root, "div", {class: "bar"});
  const choice = add(add(top, "label", {}, "kernel"), "select", {"aria-label": "kernel"});
  const settings = add(root, "div", {class: "settings thirds"});
  const dials = {};
  for (const name of ["stride", "padding", "dilation"]) {
    const line = add(settings, "div", {class: "setting", role: "group", "aria-label": name});
    add(line, "span", {}, name);
    dials[name] = dial(line, name, "samples", value => change({[name]: value}));
  }
  const stage = add(root, "div", {class: "plots", inert: ""});
  const pair = add(stage, "div", {class: "pair"});
  const panels = {
    K: panelOf(pair, "kernel K: drag a bar", "weights", 336, 116),
    P: panelOf(pair, "products", "weights", 336, 116),
    X: panelOf(stage, "signal X (dashed: the shape of the kernel)", "input", WIDE, 142, 20),
    Y: panelOf(stage, "output Y, each at the middle of its window", "output", WIDE, 138),
  };
  const names = {K: "kernel, weight", X: "signal, sample", Y: "output"};
  for (const name in names) put(panels[name].svg, {"aria-label": names[name]});
  panels.P.svg.removeAttribute("tabindex");
  put(panels.P.svg, {role: "img", "aria-label": "products of the pointed place"});
  const words = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  const note = noteOf(root);
  const player = playerOf(root, by => move(by), words);
  const code = copied(root);
  add(root, "div", {class: "help"}, "Point at an output, a sample or a weight; click pins. Keys:"
    + " left and right move, up and down change a weight, Enter pins, Escape unpins, Space plays.");

  const table = () => wanted.kernel === "edited" ? edited : data.tables[wanted.kernel];
  const change = patch => {
    wanted = {...wanted, ...patch};
    follow();
  };
  const follow = () => {
    if (!data || !table()) return;
    controls();
    scene = sceneOf(data, table(), wanted);
    weight = weight < scene.K.length ? weight : null;
    stage.inert = false;
    fill();
    mark();
    python.tell(wanted);
  };
  const controls = () => {
    const names = [...Object.keys(data.tables), ...edited ? ["edited"] : []];
    if (choice.options.length !== names.length) {
      choice.replaceChildren();
      for (const name of names) add(choice, "option", {value: name}, name);
    }
    choice.value = wanted.kernel;
    for (const name in dials) dials[name].show(data.most[name], wanted[name]);
  };

  // What changes with the settings.
  const fill = () => {
    const {K, Y, X, padding, inside, middle} = scene, {limits, reach} = table();
    const ends = [-padding - 0.5, data.X.length + padding - 0.5];
    const around0 = ([low, high]) => [low, "0", high];
    panels.X.scale(...ends, around0(data.limits));
    panels.Y.scale(...ends, around0(limits.Y));
    panels.K.scale(-0.5, K.length - 0.5, [`-${reach}`, "0", reach]);
    panels.P.scale(-0.5, K.length - 0.5, around0(limits.P));
    curve(panels.X, [...X.keys()].map(i => i - padding), X, inside);
    curve(panels.Y, [...Y.keys()].map(middle), Y, () => true);
    const every = [5, 10, 20, 50].find(step => data.X.length / step < 15);
    for (let at = 0; at < data.X.length; at += every) panels.X.below(at, at);
    const {stride, dilation} = wanted;
    code(`F.conv1d(explorer.X[None, None], ${table().code}, stride=${stride}, padding=${padding},`
      + ` dilation=${dilation})[0, 0]`);
  };

  // What changes with the pointer.
  const mark = () => {
    const count = {X: scene.X.length, Y: scene.Y.length};
    const least = {X: -scene.padding, Y: 0};
    for (const name in count) put(panels[name].svg, {"aria-valuemin": least[name]});
    const {panel} = pointed;
    pointed.at = Math.max(least[panel], Math.min(least[panel] + count[panel] - 1, pointed.at));
    for (const name in panels) panels[name].marks.replaceChildren();
    if (!scene.Y.length) {
      bars(panels.K, panels.K.marks, scene.K, "bar");
      words.textContent = "Nothing is left: the kernel, as wide as its dilation makes it, does not"
        + " fit in the padded signal.";
      return;
    }
    const pairs = pairsOf(scene, pointed), used = new Set(pairs.map(({k}) => k));
    const own = k => weight === k ? "chosen" : used.has(k) || weight !== null ? "" : "idle";
    const products = scene.K.map((_, k) => pairs.find(one => one.k === k))
      .map(one => one && scene.product(one.k, one.x));
    bars(panels.K, panels.K.marks, scene.K, "bar", own);
    bars(panels.P, panels.P.marks, products, "bar product", own);
    if (panel === "Y") windowed(pairs);
    const lit = name => panel === name ? [pointed.at]
      : [...new Set(pairs.map(one => name === "X" ? one.x : one.y))];
    for (const at of lit("X")) dot("X", at, at, scene.x(at), panel === "X");
    for (const at of lit("Y")) dot("Y", scene.middle(at), at, scene.Y[at], panel === "Y");
    const chosen = pairs.find(({k}) => k === weight);
    if (chosen) dot("X", chosen.x, chosen.x, scene.x(chosen.x), true);
    const said = wordsOf(scene, pairs, pointed, weight);
    words.textContent = said + (pinned ? " (pinned)" : "");
    panels.P.title.textContent = panel === "Y"
      ? `products; their sum is Y[${pointed.at}]`
      : `products of ${scene.inside(pointed.at) ? `X[${pointed.at}]` : "a padded 0"}`;
    panels[panel].tell(pointed.at, count[panel] + least[panel] - 1, said);
    panels.K.tell(weight ?? 0, scene.K.length - 1, weight === null ? "" : said);
  };
  const dot = (name, place, at, text, main) => {
    const panel = panels[name], [x, y] = [panel.x(place), panel.y(+bare(text))];
    if (main) draw(panel.marks, "line", {class: "guide", x1: x, x2: x, y1: 0, y2: panel.high});
    draw(panel.marks, "circle", {class: main ? "pointed" : "met", cx: x, cy: y, r: main ? 6 : 4});
    if (main && pinned) draw(panel.marks, "circle", {class: "pin", cx: x + 7, cy: y - 7, r: 4});
  };
  // The window on the signal, with the kernel's own shape in it.
  const windowed = pairs => {
    const {x, marks, high} = panels.X, [first, last] = [pairs[0].x, pairs.at(-1).x];
    draw(marks, "rect", {class: "window", x: x(first - 0.5), y: 1, height: high - 17,
      width: x(last + 0.5) - x(first - 0.5)});
    const points = pairs.map(one => `${x(one.x)},${panels.K.y(+bare(scene.K[one.k]))}`);
    draw(marks, "polyline", {class: "shape", points: points.join(" ")});
  };

  const point = (panel, at) => {
    pointed = {panel, at};
    weight = null;
    mark();
  };
  const move = by => {
    if (!scene || !scene.Y.length) return;
    const now = pointed.panel === "Y" ? pointed.at : by > 0 ? -1 : 0;
    pinned = false;
    point("Y", (now + by + scene.Y.length) % scene.Y.length);
  };
  const choose = at => {
    weight = at === null ? null : Math.max(0, Math.min(scene.K.length - 1, at));
    mark();
  };

  // Changes of weights. While one is on its way the others wait; those of one weight become one.
  let busy = false, waiting = [], editing = false;
  const edit = content => {
    if (!kernel.here) return;
    player.stop();
    refusal = "";
    const last = waiting.at(-1), same = last && last.at === content.at;
    if (same) waiting.pop();
    const more = same && content.by;
    waiting.push(more ? {...last, by: (last.by || 0) + content.by} : content);
    if (!busy) next();
  };
  const next = () => {
    const content = waiting.shift();
    busy = content !== undefined;
    if (!busy) return;
    const from = editing ? "edited" : wanted.kernel;
    editing = true;
    kernel.send({edit: {...content, kernel: from, reach: table().reach}});
  };

  // The pointer.
  const nearest = (name, event) => {
    const place = panels[name].at(panels[name].spot(event)[0]);
    return name === "Y" ? scene.nearest(place) : Math.round(place);
  };
  for (const name of ["X", "Y"]) {
    const {svg} = panels[name];
    svg.addEventListener("pointermove", event => {
      if (!pinned && !player.playing) point(name, nearest(name, event));
    });
    svg.addEventListener("click", event => {
      player.stop();
      const at = nearest(name, event), before = pointed;
      point(name, at);
      pinned = !(pinned && before.panel === name && before.at === pointed.at);
      mark();
    });
  }
  let drag = null;
  panels.K.svg.addEventListener("pointerdown", event => {
    drag = {at: nearest("K", event), from: event.clientY, moved: false};
    panels.K.svg.setPointerCapture(event.pointerId);
    choose(drag.at);
  });
  panels.K.svg.addEventListener("pointermove", event => {
    if (!drag) return player.playing || choose(nearest("K", event));
    drag.moved ||= Math.abs(event.clientY - drag.from) > 3;
    if (!drag.moved) return;
    const to = panels.K.value(panels.K.spot(event)[1]), most = +table().reach;
    edit({at: drag.at, to: Math.max(-most, Math.min(most, to))});
  });
  const drop = () => { drag = null; };
  for (const kind of ["pointerup", "pointercancel"]) panels.K.svg.addEventListener(kind, drop);
  panels.K.svg.addEventListener("pointerleave", () => {
    if (!drag && document.activeElement !== panels.K.svg) choose(null);
  });

  // The keys.
  panels.K.svg.addEventListener("focus", () => choose(weight ?? 0));
  panels.K.svg.addEventListener("blur", () => choose(null));
  for (const name of ["X", "Y"])
    panels[name].svg.addEventListener("focus", () => {
      if (!pinned && !player.playing && pointed.panel !== name)
        point(name, name === "Y" ? 0 : pairsOf(scene, pointed)[0]?.x ?? 0);
    });
  stage.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const name = Object.keys(panels).find(one => panels[one].svg === event.target);
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    const steps = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (by) {
      player.stop();
      if (name === "K") choose((weight ?? 0) + by);
      else point(name, (pointed.panel === name ? pointed.at : 0) + by);
    } else if (steps && name === "K") edit({at: weight ?? 0, by: steps});
    else if (event.key === "Enter" && name !== "K") {
      if (pointed.panel !== name) point(name, pointed.at);
      pinned = !pinned;
      mark();
    } else if (!steps) return;
    event.preventDefault();
  });
  filmKeys(root, player, () => {
    pinned = false;
    if (scene) mark();
  });
  choice.addEventListener("change", () => {
    editing = choice.value === "edited";
    change({kernel: choice.value});
  });

  const tell = () => note(refusal || (kernel.here ? "" : NOTE));
  const kernel = kernelOf(model, message => {
    refusal = message.refused || refusal;
    tell();
    next();
  }, () => {
    busy = false;
    waiting = [];
    tell();
  });
  const load = async () => {
    const packed = {data: model.get("data"), edited: model.get("edited")};
    const found = await Promise.all([packed.data, packed.edited].map(text => text && unpack(text)));
    if (packed.data !== model.get("data") || packed.edited !== model.get("edited")) return;
    data = {...found[0], X: split(found[0].X), products: found[0].products.map(split)};
    edited = found[1] || null;
    if (editing) wanted = {...wanted, kernel: "edited"};
    follow();
  };
  const python = shared(model, "settings", chosen => {
    wanted = chosen;
    editing = wanted.kernel === "edited";
    follow();
  });
  editing = wanted.kernel === "edited";
  model.on("change:data change:edited", load);
  load();
  return () => {
    model.off("change:data change:edited", load);
    player.stop();
    kernel.close();
    python.close();
  };
};

export default {render};
