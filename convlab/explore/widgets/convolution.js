// The explorer of convolution: looks numbers up in the tables of lattice.py, colours and moves.

import {copied} from "../../page/code.js";
import {dial} from "../../page/dial.js";
import {add, draw, put} from "../../page/dom.js";
import {cellOf} from "../../page/grid.js";
import {bare, equal, factor, same, split, unpack} from "../../page/numbers.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {kernelOf, shared} from "../../page/python.js";
import {alone, noteOf, rooted} from "../../page/root.js";

const MODES = {
  correlation: ["cross-correlation (conv2d)", "kernel"],
  convolution: ["true convolution (kernel turned)", "kernel, turned by 180°"],
  transposed: ["transposed convolution", "kernel"],
  max: ["max pooling", "window"],
  average: ["average pooling", "window"],
};
const NAMES = {kernel: "kernel size", stride: "stride", padding: "padding", dilation: "dilation"};
const NOTE = alone("the sliders stop at what is stored, and numbers cannot be edited.");
const pools = mode => mode === "max" || mode === "average";
const listed = (parts, most) =>
  parts.length <= most
    ? parts.join(", ")
    : `${parts.slice(0, most).join(", ")} and ${parts.length - most} more`;
const paired = ([rows, columns]) => (rows === columns ? rows : `(${rows}, ${columns})`);
const named = (name, id) => `${name}[${id.replace(",", ", ")}]`;

// The tensors have the caller's names as long as they are what the caller gave.
const codeOf = (data, {mode, ...settings}) => {
  const own = data.own && (pools(mode) || same(settings.kernel, data.given));
  const [X, K] = ["X", "K"].map(name => (own ? name : `explorer.${name}`));
  const pair = name => paired(settings[name]);
  const rest = `stride=${pair("stride")}, padding=${pair("padding")}`;
  const dilated = `${rest}, dilation=${pair("dilation")}`;
  const call = {
    correlation: `conv2d(${X}[None, None], ${K}[None, None], ${dilated})`,
    convolution: `conv2d(${X}[None, None], ${K}.flip(0, 1)[None, None], ${dilated})`,
    transposed: `conv_transpose2d(${X}[None, None], ${K}[None, None], ${dilated})`,
    max: `max_pool2d(${X}[None, None], ${pair("kernel")}, ${dilated})`,
    average: `avg_pool2d(${X}[None, None], ${pair("kernel")}, ${rest})`,
  }[mode];
  return `F.${call}[0, 0]`;
};

// The table for these settings: one that the kernel has sent, or one of the lattice.
const find = (data, sent, {mode, kernel, stride, padding, dilation}) => {
  const steps = mode === "transposed" ? stride : [1, 1];
  const key = [...kernel, ...dilation, ...steps].join();
  const axis = (name, i) => data.axes[mode][name][[kernel[i], dilation[i], steps[i]].join()];
  const kept =
    sent.get(mode + key) ||
    (key in data.tables[mode] && {
      ...data.tables[mode][key],
      rows: axis("rows", 0),
      columns: axis("columns", 1),
    });
  if (!kept) return null;
  const enough =
    mode === "transposed" ||
    (padding[0] <= kept.rows.padding && padding[1] <= kept.columns.padding);
  return enough ? {...kept, Y: split(kept.Y), where: split(kept.where || "")} : null;
};

// All that is drawn: the cells of each grid, and who met whom as pairs {x, k, y} of their names.
const sceneOf = (data, table, {mode, kernel, stride, padding}) => {
  const turned = mode === "transposed",
    pooled = pools(mode);
  const [height, width] = data.size[0],
    across = data.size[1][1];
  const around = turned ? [0, 0] : padding;
  const border = {max: "−∞"}[mode] || "0";
  const input = [],
    weights = [],
    output = [],
    pairs = [];
  for (let i = -around[0]; i < height + around[0]; i++)
    for (let j = -around[1]; j < width + around[1]; j++) {
      const inside = i >= 0 && j >= 0 && i < height && j < width;
      const at = inside ? i * width + j : -1;
      input.push({
        id: `${i},${j}`,
        at,
        text: inside ? data.X[at] : border,
        kind: inside ? "" : "added",
      });
    }
  for (let a = 0; a < kernel[0]; a++)
    for (let b = 0; b < kernel[1]; b++)
      weights.push({
        id: `${a},${b}`,
        a,
        b,
        at: a * across + b,
        text: pooled ? "" : data.K[a * across + b],
        kind: "",
      });
  if (mode === "convolution") weights.reverse();
  const axes = [table.rows, table.columns];
  const places = axes.map((axis, n) => {
    const long = axis.meets[0].length,
      cut = turned ? 0 : axis.padding - padding[n];
    const found = [];
    for (let y = cut; y < long - cut; y += turned ? 1 : stride[n])
      found.push({y, cut: turned && (y < padding[n] || y >= long - padding[n])});
    return found;
  });
  const wide = table.columns.meets[0].length;
  const start = turned ? padding : [0, 0];
  places[0].forEach((row, i) =>
    places[1].forEach((column, j) => {
      const at = row.y * wide + column.y,
        cut = row.cut || column.cut;
      const id = `${i - start[0]},${j - start[1]}`;
      const y = {id, text: table.Y[at], kind: cut ? "cut" : "", where: table.where[at]};
      output.push(y);
      for (const k of turned ? weights.toReversed() : weights) {
        // in the order of the inputs
        const r = table.rows.meets[k.a][row.y],
          c = table.columns.meets[k.b][column.y];
        if (r < 0 || c < 0) continue;
        const x = `${r - table.rows.padding},${c - table.columns.padding}`;
        pairs.push({x, k: k.id, y: id});
      }
    }),
  );
  const kept = output.filter(cell => cell.kind !== "cut").length;
  return {
    mode,
    pairs,
    empty: kept === 0,
    X: {cells: input, wide: width + 2 * around[1]},
    K: {cells: weights, wide: kernel[1]},
    P: {cells: weights.map(({id}) => ({id, text: "", kind: ""})), wide: kernel[1]},
    Y: {cells: kept ? output : [], wide: places[1].length},
  };
};

// What pointing at a cell says: which cells are marked, the products, and a sentence.
const meaningOf = (data, scene, grid, id) => {
  const of = name => new Map(scene[name].cells.map(cell => [cell.id, cell]));
  const X = of("X"),
    K = of("K"),
    Y = of("Y"),
    pooled = pools(scene.mode);
  const key = {X: "x", K: "k", P: "k", Y: "y"}[grid];
  const pairs = scene.pairs.filter(pair => pair[key] === id);
  const product = ({x, k}) => (X.get(x).at < 0 ? "0" : data.products[K.get(k).at][X.get(x).at]);
  const times = ({x, k}) =>
    factor(bare(X.get(x).text)) +
    (pooled ? `/${scene.K.cells.length}` : `·${factor(bare(K.get(k).text))}`);
  const value = cell => bare(cell.text);
  const marks = {X: new Set(), K: new Set(), Y: new Set(), best: new Set(), products: new Map()};
  for (const {x, k, y} of pairs) {
    marks.X.add(x);
    marks.K.add(k);
    marks.Y.add(y);
  }
  const won = ({x, y}) => X.get(x).at >= 0 && Y.get(y).where === String(X.get(x).at);
  const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const result = y => (Y.get(y).kind === "cut" ? "a number that padding cuts away" : named("Y", y));
  let words;
  if (grid === "Y") {
    const y = Y.get(id),
      head = result(id),
      seen = pairs.map(pair => X.get(pair.x));
    for (const pair of pairs)
      marks.products.set(pair.k, pooled ? X.get(pair.x).text : product(pair));
    if (scene.mode === "max") {
      const best = pairs.find(won),
        inside = seen.filter(cell => cell.at >= 0).map(value);
      if (best) {
        marks.best.add(best.x);
        marks.winner = best.k;
      }
      words =
        `${head} = max(${inside.join(", ")}) = ${value(y)}` +
        (best ? `, which is ${named("X", best.x)}` : "");
    } else if (scene.mode === "average") {
      const texts = seen.map(cell => cell.text);
      words =
        `${head} = (${texts.map(text => factor(bare(text))).join(" + ")}) / ${texts.length}` +
        ` ${equal(y.text, ...texts)} ${value(y)}`;
    } else {
      const used = pairs.flatMap(pair => [X.get(pair.x).text, K.get(pair.k).text]);
      const sum = pairs.length ? pairs.map(times).join(" + ") : "nothing";
      words = `${head} = ${sum} ${equal(y.text, ...used)} ${value(y)}`;
    }
  } else if (grid === "X") {
    const x = X.get(id);
    const head = x.at < 0 ? `A padded ${value(x)}` : `${named("X", id)} = ${value(x)}`;
    const gone = pairs.filter(({y}) => Y.get(y).kind === "cut").length;
    const outputs = many(marks.Y.size - gone, "output");
    if (scene.mode === "max") {
      const best = pairs.filter(won);
      for (const {y} of best) marks.best.add(y);
      words = `${head} is seen by ${outputs}, and is the highest for ${best.length}`;
    } else {
      if (!pooled) for (const pair of pairs) marks.products.set(pair.k, product(pair));
      const uses = pairs
        .filter(({y}) => Y.get(y).kind !== "cut")
        .map(pair => `${times(pair)} in ${result(pair.y)}`);
      words =
        `${head} is used by ${outputs}${uses.length ? ": " : ""}${listed(uses, 9)}` +
        (gone ? `; ${gone} more ${gone === 1 ? "falls" : "fall"} where padding cuts` : "");
    }
    if (!pairs.length) words = `${head} is used by no output`;
  } else {
    const k = K.get(id),
      inputs = many(pairs.length, "input");
    words = pooled
      ? `This place of the window looks at ${inputs}`
      : `${named("K", id)} = ${value(k)} multiplies ${inputs}: ${listed(
          pairs.map(pair => `${times(pair)} ${equal(product(pair))} ${bare(product(pair))}`),
          9,
        )}`;
    if (!pairs.length) words = "This place of the kernel meets no input";
  }
  return {words, marks};
};

const render = ({model, el}) => {
  const root = rooted(el, "Explorer of convolution");
  const sent = new Map();
  let data = null,
    scene = null,
    pointed = null,
    pinned = false,
    square = true,
    width = 660,
    refusal = "";
  let wanted = model.get("settings"),
    shown = null;

  const top = add(root, "div", {class: "bar"});
  const choice = add(add(top, "label", {}, "mode"), "select", {"aria-label": "mode"});
  for (const mode in MODES) add(choice, "option", {value: mode}, MODES[mode][0]);
  const label = add(top, "label");
  const squared = add(label, "input", {type: "checkbox"});
  label.append(" same for rows and columns");
  const settings = add(root, "div", {class: "settings"});
  const dials = {};
  for (const name in NAMES) {
    const line = add(settings, "div", {class: "setting", role: "group", "aria-label": NAMES[name]});
    add(line, "span", {}, NAMES[name]);
    dials[name] = ["rows", "columns"].map((axis, i) =>
      dial(line, NAMES[name], axis, value => {
        const pair = [...wanted[name]];
        pair[i] = value;
        change({[name]: square ? [value, value] : pair});
      }),
    );
  }
  const stage = add(root, "div", {class: "stage"});
  const grids = {};
  const frame = (parent, name, kind, title) => {
    const box = add(parent, "div", {class: "box"});
    const caption = add(box, "div", {class: "title"}, title);
    const body = add(box, "div", {class: `grid ${kind}`, role: "grid", "aria-label": title});
    grids[name] = {caption, body, cells: [], byId: new Map()};
  };
  frame(stage, "X", "input", "input");
  const middle = add(stage, "div", {class: "middle"});
  frame(middle, "K", "weights", "kernel");
  frame(middle, "P", "weights products", "products");
  frame(stage, "Y", "output", "output");
  const words = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  const note = noteOf(root);
  const player = playerOf(root, by => move(by), words);
  const code = copied(root);
  add(
    root,
    "div",
    {class: "help"},
    "Point at a number; click to pin it, double-click to edit" +
      " it. Keys: arrows, Tab, Enter pins, Escape unpins, F2 or digits edit, Space plays.",
  );

  // Settings: what is wanted is drawn as soon as its table is here.
  const ranges = () => (kernel.here ? data.most[wanted.mode] : data.ranges[wanted.mode]);
  const limit = (name, i) => {
    const [low, high] = ranges()[name];
    const half = name === "padding" && pools(wanted.mode);
    return [low, half ? Math.min(high, wanted.kernel[i] >> 1) : high]; // torch's own limit
  };
  const change = patch => {
    const before = wanted,
      asked = {...wanted, ...patch};
    wanted = {...asked};
    for (const name in NAMES)
      wanted[name] = asked[name].map((value, i) => {
        const [low, high] = limit(name, i);
        return Math.max(low, Math.min(high, value));
      });
    const other = Object.keys(NAMES)
      .filter(name => !same(asked[name], wanted[name]))
      .map(name => `${NAMES[name]} ${paired(wanted[name])} instead of ${paired(asked[name])}`);
    refusal = other.length ? `As far as is possible here: ${other.join(", ")}.` : "";
    tell();
    if (wanted.mode !== before.mode) stage.style.minHeight = "";
    same(wanted, before) ? controls() : follow();
  };
  const follow = () => {
    if (!data) return;
    controls();
    if (stage.querySelector("input")) return; // an edit draws when it ends
    const table = find(data, sent, wanted);
    if (!table) return kernel.ask(wanted);
    shown = wanted;
    scene = sceneOf(data, table, shown);
    draw();
    python.tell(shown);
  };
  const controls = () => {
    choice.value = wanted.mode;
    squared.checked = square;
    settings.classList.toggle("square", square);
    for (const name in NAMES)
      dials[name].forEach((one, i) => {
        one.show(limit(name, i), wanted[name][i]);
        one.hidden = square && i === 1;
      });
  };

  // Drawing.
  const draw = () => {
    const focused = root.contains(document.activeElement) &&
      document.activeElement.dataset.id && {...document.activeElement.dataset};
    for (const name in grids) fill(name);
    const larger = shown.kernel.some((size, i) => size > data.given[i]);
    const title = MODES[shown.mode][1] + (larger ? ", repeated" : "");
    grids.K.body.parentElement.hidden = pools(shown.mode);
    grids.K.caption.textContent = title;
    grids.K.body.setAttribute("aria-label", title);
    grids.P.caption.textContent = pools(shown.mode) ? "in the window" : "products";
    code(codeOf(data, shown));
    fit();
    const hidden = pointed?.grid === "K" && pools(shown.mode);
    if (pointed && (hidden || !grids[pointed.grid].byId.has(pointed.id))) {
      pointed = null;
      pinned = false;
    }
    mark();
    if (focused) {
      const kept = grids[focused.grid].byId.get(focused.id) || grids[focused.grid].cells[0];
      if (kept) enter(kept);
    }
  };
  const fill = name => {
    const grid = grids[name],
      {cells, wide} = scene[name];
    if (same(grid.drawn, scene[name])) return;
    grid.drawn = scene[name];
    grid.body.replaceChildren();
    grid.body.style.setProperty("--wide", wide);
    grid.wide = wide;
    grid.byId = new Map();
    grid.cells = cells.map((cell, i) => {
      const row = i % wide ? grid.body.lastChild : add(grid.body, "div", {role: "row"});
      const made = add(
        row,
        "div",
        {class: `cell ${cell.kind}`, role: "gridcell", "data-grid": name, "data-id": cell.id},
        bare(cell.text),
      );
      if (name !== "P") made.tabIndex = i ? -1 : 0;
      grid.byId.set(cell.id, made);
      return made;
    });
  };
  const fit = () => {
    const longest = name => Math.max(1, ...scene[name].cells.map(cell => bare(cell.text).length));
    const letters = Math.max(longest("X"), longest("K"), longest("Y"));
    const least = Math.max(22, 6.5 * letters + 7);
    const columns = grids.X.wide + grids.K.wide + grids.Y.wide;
    const room = (width - 52) / columns - 2; // gaps of 26 and of 2, as in the CSS
    stage.style.setProperty("--cell", `${Math.floor(Math.max(least, Math.min(34, room)))}px`);
  };
  const tell = () => note(refusal || (kernel.here ? "" : NOTE));
  const mark = () => {
    for (const name in grids)
      for (const cell of grids[name].cells)
        cell.classList.remove("met", "best", "pointed", "pinned");
    for (const cell of grids.P.cells) cell.textContent = "";
    if (!pointed || scene.empty) {
      words.textContent = scene.empty
        ? "Nothing is left: the kernel, as wide as its dilation makes" +
          " it, does not fit in the padded input, or the padding cuts all away."
        : "Point at a number.";
      return;
    }
    const {words: said, marks} = meaningOf(data, scene, pointed.grid, pointed.id);
    const put = (name, ids, kind) =>
      ids.forEach(id => grids[name].byId.get(id)?.classList.add(kind));
    put("X", marks.X, "met");
    put("K", marks.K, "met");
    put("Y", marks.Y, "met");
    put(pointed.grid === "X" ? "Y" : "X", marks.best, "best");
    marks.products.forEach((text, id) => {
      grids.P.byId.get(id).textContent = bare(text);
    });
    put("P", [...marks.products.keys()], "met");
    if (marks.winner) put("P", [marks.winner], "best");
    put(pointed.grid, [pointed.id], "pointed");
    if (pinned) put(pointed.grid, [pointed.id], "pinned");
    words.textContent = said + (pinned ? " (pinned)" : "");
  };
  const point = (grid, id) => {
    if (pointed && pointed.grid === grid && pointed.id === id) return;
    pointed = grid ? {grid, id} : null;
    if (scene) mark();
  };
  const rest = () => {
    const {grid, id} = root.contains(document.activeElement) ? document.activeElement.dataset : {};
    if (!pinned && !player.playing) point(grid, id);
  };
  const enter = cell => {
    const grid = grids[cell.dataset.grid];
    for (const other of grid.cells) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus({preventScroll: true});
  };
  const pin = on => {
    pinned = on && pointed !== null;
    mark();
  };

  // One step of the film: to the next output, or the next input that is stamped.
  const move = by => {
    if (!scene) return;
    const name = shown.mode === "transposed" ? "X" : "Y",
      {cells} = grids[name];
    if (!cells.length) return;
    const now =
      pointed && pointed.grid === name
        ? cells.indexOf(grids[name].byId.get(pointed.id))
        : by > 0
          ? -1
          : 0;
    pinned = false;
    point(name, cells[(now + by + cells.length) % cells.length].dataset.id);
  };

  const edit = (cell, start) => {
    const {grid, id} = cell.dataset;
    const {at} = scene[grid].cells.find(other => other.id === id);
    if (!"XK".includes(grid) || at < 0 || (grid === "K" && pools(shown.mode))) return;
    if (!kernel.here) return;
    refusal = "";
    tell();
    player.stop();
    pin(false);
    const text = cell.textContent;
    cell.textContent = "";
    const input = add(cell, "input", {
      "aria-label": `new value of ${named(grid, id)}`,
      inputmode: "decimal",
    });
    input.value = start ?? text;
    input.focus();
    if (start === undefined) input.select();
    let done = false;
    const end = keep => {
      if (done) return;
      done = true;
      const typed = input.value.trim();
      cell.textContent = text;
      cell.focus();
      follow();
      if (keep && typed !== text) kernel.send({edit: [grid, at, typed]});
    };
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", event => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        end(event.key === "Enter");
      }
    });
  };

  // The pointer.
  stage.addEventListener("pointerover", event => {
    const cell = cellOf(event);
    if (cell && !pinned && !player.playing) point(cell.dataset.grid, cell.dataset.id);
  });
  stage.addEventListener("pointerleave", rest);
  stage.addEventListener("click", event => {
    const cell = cellOf(event);
    if (!cell || event.target.tagName === "INPUT") return;
    player.stop();
    const {grid, id} = cell.dataset;
    const again = pinned && pointed.grid === grid && pointed.id === id && event.detail < 2;
    point(grid, id);
    enter(cell);
    pin(!again);
  });
  stage.addEventListener("dblclick", event => {
    const cell = cellOf(event);
    if (cell && event.target.tagName !== "INPUT") edit(cell);
  });

  // The keys.
  stage.addEventListener("focusin", event => {
    const cell = event.target;
    if (!cell.classList.contains("cell") || player.playing) return;
    if (!pinned) point(cell.dataset.grid, cell.dataset.id);
  });
  root.addEventListener("focusout", () =>
    setTimeout(() => {
      if (!root.contains(document.activeElement) && !stage.matches(":hover")) rest();
    }),
  );
  stage.addEventListener("keydown", event => {
    const cell = event.target;
    if (!cell.classList.contains("cell") || event.ctrlKey || event.metaKey || event.altKey) return;
    const {cells, wide} = grids[cell.dataset.grid],
      now = cells.indexOf(cell);
    const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide}[event.key];
    if (by) {
      player.stop();
      const next = cells[now + by];
      const sideways = /Left|Right/.test(event.key);
      const same = next && (!sideways || Math.floor((now + by) / wide) === Math.floor(now / wide));
      if (same) {
        enter(next);
        next.scrollIntoView({block: "nearest", inline: "nearest"});
        point(next.dataset.grid, next.dataset.id);
      }
    } else if (event.key === "Enter") {
      const {grid, id} = cell.dataset;
      const again = pinned && pointed.grid === grid && pointed.id === id;
      point(grid, id);
      pin(!again);
    } else if (event.key === "F2") edit(cell);
    else if (/^[-.\d]$/.test(event.key)) edit(cell, event.key);
    else return;
    event.preventDefault();
  });
  filmKeys(root, player, () => {
    refusal = "";
    tell();
    pin(false);
  });
  choice.addEventListener("change", () => change({mode: choice.value}));
  squared.addEventListener("change", () => {
    square = squared.checked;
    const patch = {};
    for (const name in NAMES) patch[name] = square ? Array(2).fill(wanted[name][0]) : wanted[name];
    change(patch);
  });

  const kernel = kernelOf(
    model,
    message => {
      refusal = message.refused || refusal;
      tell();
      if (message.table) {
        const {mode, kernel: size, stride, dilation} = message.ask;
        const steps = mode === "transposed" ? stride : [1, 1];
        sent.set(mode + [...size, ...dilation, ...steps].join(), message.table);
        follow();
      }
    },
    () => {
      if (data) controls();
      tell();
    },
  );
  const load = async () => {
    const packed = model.get("data"),
      found = await unpack(packed);
    if (packed !== model.get("data")) return;
    data = {...found, X: split(found.X), K: split(found.K), products: found.products.map(split)};
    sent.clear();
    follow();
  };
  const python = shared(model, "settings", chosen => {
    wanted = chosen;
    squareOf();
    follow();
  });
  const squareOf = () => {
    square = Object.keys(NAMES).every(name => wanted[name][0] === wanted[name][1]);
  };
  // The width is kept: to ask for it while drawing would lay out the page twice. The height does not
  // shrink again, so that nothing below jumps while a slider moves.
  const resized = new ResizeObserver(([{contentRect}]) => {
    stage.style.minHeight = width === contentRect.width ? `${contentRect.height}px` : "";
    width = contentRect.width;
    if (scene) fit();
  });
  squareOf();
  resized.observe(stage);
  model.on("change:data", load);
  load();
  return () => {
    model.off("change:data", load);
    player.stop();
    kernel.close();
    python.close();
    resized.disconnect();
  };
};

export default {render};
