// The explorer of kernels: the browser's own filter draws, Python tells every sum.

import {copied} from "../../page/code.js";
import {add, draw, put} from "../../page/dom.js";
import {cellOf} from "../../page/grid.js";
import {bare, equal, factor, same, split, unpack} from "../../page/numbers.js";
import {kernelOf, shared} from "../../page/python.js";
import {alone, noteOf, rooted} from "../../page/root.js";

const HELP =
  "Point at a pixel; click or Enter pins it, Escape frees it; arrows move it, with Shift" +
  " by 10. A number of the kernel: drag it up or down, or double-click, Enter or digits; Page Up" +
  " and Page Down change it by 1.";
const NOTE = alone("the picture follows the numbers, their sums are missing.");
const UNABLE = alone("this browser cannot filter a picture by itself, so it stays as it is.");
let made = 0;

const filterOf = root => {
  const id = `convlab-filter-${Date.now()}-${made++}`;
  const holder = draw(root, "svg", {width: 0, height: 0, "aria-hidden": true, class: "holder"});
  const filter = draw(holder, "filter", {
    id,
    x: 0,
    y: 0,
    width: "100%",
    height: "100%",
    "color-interpolation-filters": "sRGB",
  });
  const matrix = draw(filter, "feConvolveMatrix", {preserveAlpha: true, edgeMode: "duplicate"});
  // The filter turns its kernel by 180 degrees, conv2d does not: so it is given turned.
  return (weights, {divisor, bias}) => {
    put(matrix, {
      order: Math.sqrt(weights.length),
      divisor,
      bias,
      kernelMatrix: [...weights].reverse().join(" "),
    });
    return `url(#${id})`;
  };
};

// A smaller kernel stands in the middle of a larger one, with zeros around it.
const resized = (weights, to) => {
  const from = Math.sqrt(weights.length),
    shift = (from - to) / 2;
  return Array.from({length: to * to}, (_, n) => {
    const row = Math.floor(n / to) + shift,
      column = (n % to) + shift;
    const inside = Math.min(row, column) >= 0 && Math.max(row, column) < from;
    return inside ? weights[row * from + column] : 0;
  });
};

const render = ({model, el}) => {
  const root = rooted(el, "Explorer of kernels");
  let data = null,
    photo = null,
    levels = null,
    size = null,
    pinned = false,
    spot = null;
  let weights = model.get("chosen").weights,
    range = model.get("chosen").range;
  let at = null,
    answer = null,
    dragged = null,
    refusal = "";

  const top = add(root, "div", {class: "bar"});
  const pick = add(add(top, "label", {}, "kernel"), "select", {"aria-label": "kernel"});
  const sized = add(add(top, "label", {}, "size"), "select", {"aria-label": "size"});
  for (const one of [3, 5]) add(sized, "option", {value: one}, `${one}x${one}`);
  const drawn = add(add(top, "label", {}, "drawn"), "select", {"aria-label": "drawn"});

  const pictures = add(root, "div", {class: "pictures"});
  const frame = title => {
    const box = add(pictures, "div", {class: "box"});
    const caption = add(box, "div", {class: "title"}, title);
    const body = add(box, "div", {
      class: "picture",
      tabindex: 0,
      role: "application",
      "aria-label": `${title}: arrows move the pointed pixel`,
    });
    const canvas = add(body, "canvas");
    const cover = draw(body, "svg", {"aria-hidden": true, preserveAspectRatio: "none"});
    const ring = ["under", "over"].map(kind => draw(cover, "rect", {class: kind}));
    return {caption, body, canvas, cover, ring};
  };
  const before = frame("photograph"),
    after = frame("filtered");

  const stage = add(root, "div", {class: "stage filtering"});
  const grids = {};
  for (const [name, kind, title] of [
    ["X", "input", "pixels"],
    ["K", "weights", "numbers of the kernel"],
    ["P", "weights products", "products"],
  ]) {
    const box = add(stage, "div", {class: "box"});
    const caption = add(box, "div", {class: "title"}, title);
    const body = add(box, "div", {class: `grid ${kind}`, role: "grid", "aria-label": title});
    grids[name] = {caption, body, cells: []};
  }
  const total = add(root, "div", {class: "total"});
  const words = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  const note = noteOf(root);
  const code = copied(root);
  add(root, "div", {class: "help"}, HELP);
  const filter = filterOf(root),
    whole = document.createElement("canvas");
  const side = () => Math.sqrt(weights.length);

  // Safari has no filters on a canvas: there the kernel process sends the picture.
  const able = whole.getContext("2d").filter !== undefined;
  const warn = () => note(refusal || (kernel.here ? "" : able ? NOTE : UNABLE));

  // The pictures.
  const paint = () => {
    if (!photo || !root.isConnected || !able) return;
    const pen = whole.getContext("2d"),
      edge = (side() - 1) / 2;
    pen.filter = filter(weights, data.ranges[range]);
    pen.drawImage(photo, 0, 0);
    // Where the window does not fit, the filter makes pixels up: these are cut off.
    [after.canvas.width, after.canvas.height] = [size.wide - 2 * edge, size.high - 2 * edge];
    after.canvas.getContext("2d").drawImage(whole, -edge, -edge);
  };
  const imageOf = async text => {
    const image = new Image();
    image.src = `data:image/png;base64,${text}`;
    await image.decode();
    return image;
  };
  const receive = async ({ask, picture}) => {
    const image = await imageOf(picture);
    if (!same(ask.weights, weights) || ask.range !== range) return;
    [after.canvas.width, after.canvas.height] = [image.naturalWidth, image.naturalHeight];
    after.canvas.getContext("2d").drawImage(image, 0, 0);
  };
  const frames = () => {
    const edge = (side() - 1) / 2,
      {wide, high} = size;
    after.body.style.padding = `${(100 * edge) / wide}%`;
    const limits = data.ranges[range].name;
    before.caption.textContent = `photograph, ${high}x${wide}: black 0, white 1`;
    after.caption.textContent = `filtered, ${high - 2 * edge}x${wide - 2 * edge}: ${limits}`;
  };
  const rings = () => {
    const k = side(),
      edge = (k - 1) / 2;
    // Around the pixels, not over them.
    const place = (ring, x, y, wide) => {
      for (const one of ring) put(one, {x: x - 1, y: y - 1, width: wide + 2, height: wide + 2});
    };
    place(before.ring, at.column, at.row, k);
    place(after.ring, at.column + edge, at.row + edge, 1);
    for (const {body} of [before, after]) body.classList.toggle("pinned", pinned);
  };

  // The numbers.
  const known = () =>
    answer && same(answer.ask.weights, weights)
      ? answer
      : Object.values(data.kernels).find(one => same(one.weights, weights));
  const question = () => ({weights, at: [at.row, at.column], ...(able ? {} : {range})});
  const fill = () => {
    const k = side();
    stage.classList.toggle("large", k > 3);
    for (const name in grids) {
      const {body} = grids[name];
      body.replaceChildren();
      body.style.setProperty("--wide", k);
      grids[name].cells = weights.map((_, n) => {
        const row = n % k ? body.lastChild : add(body, "div", {role: "row"});
        const cell = add(row, "div", {class: "cell", role: "gridcell"});
        cell.dataset.grid = name;
        cell.dataset.n = n;
        if (name === "K") cell.tabIndex = n ? -1 : 0;
        return cell;
      });
    }
  };
  const tell = () => {
    const k = side(),
      told = answer && same(answer.ask, question()) ? answer : null;
    const texts = known() ? known().texts.split(" ") : weights.map(String);
    if (grids.K.cells.length !== weights.length) fill();
    const seen = weights.map(
      (_, n) => levels[(at.row + Math.floor(n / k)) * size.wide + at.column + (n % k)],
    );
    const products = told ? told.products.split(" ") : [];
    grids.P.caption.textContent = told
      ? `products, their sum ${equal(told.sum)} ${bare(told.sum)}`
      : "products";
    seen.forEach((level, n) => {
      const pixel = grids.X.cells[n],
        weight = grids.K.cells[n];
      pixel.textContent = bare(data.levels[level]);
      pixel.style.background = `rgb(${level}, ${level}, ${level})`;
      pixel.style.color = level > 117 ? "black" : "white"; // both read at 4.5 to 1
      if (!weight.querySelector("input")) weight.textContent = bare(texts[n]);
      grids.P.cells[n].textContent = bare(products[n] || "");
      for (const name in grids) grids[name].cells[n].classList.toggle("met", n === spot);
    });
    const terms = seen.map((level, n) => `${bare(data.levels[level])}·${factor(bare(texts[n]))}`);
    const used = [...seen.map(level => data.levels[level]), ...texts, told ? told.sum : ""];
    const one = n =>
      `${terms[n]} ${equal(data.levels[seen[n]], texts[n], products[n])}` + ` ${bare(products[n])}`;
    const name = `Y[${at.row}, ${at.column}]`;
    const [down, along] = [Math.floor(spot / k), spot % k];
    words.textContent =
      spot !== null && told
        ? `In ${name}, K[${down}, ${along}] multiplies` +
          ` X[${at.row + down}, ${at.column + along}]: ${one(spot)}`
        : `${name} = ${terms.join(" + ")}${told ? ` ${equal(...used)} ${bare(told.sum)}` : ""}` +
          (pinned ? " (pinned)" : "");
    total.textContent = known()
      ? known().says
      : kernel.here
        ? total.textContent
        : "What the numbers add up to needs Python.";
    rings();
    if (!told) kernel.ask(question());
  };
  const controls = () => {
    const named = Object.keys(data.kernels).find(name => same(data.kernels[name].weights, weights));
    pick.value = named || "";
    sized.value = side();
    drawn.value = range;
    const k = side(),
      rows = Array.from({length: k}, (_, i) => weights.slice(i * k, i * k + k));
    const text = rows.map(
      row => `[${row.map(n => (Number.isInteger(n) ? `${n}.` : n)).join(", ")}]`,
    );
    code(`F.conv2d(explorer.X[None, None], torch.tensor([[[${text.join(", ")}]]]))[0, 0]`);
  };
  const show = () => {
    if (!data) return;
    const k = side();
    at = {row: Math.min(at.row, size.high - k), column: Math.min(at.column, size.wide - k)};
    frames();
    paint();
    controls();
    tell();
  };
  const keep = () => python.tell({weights, range});
  const weigh = to => {
    const moved = (side() - Math.sqrt(to.length)) / 2;
    at = {row: Math.max(0, at.row + moved), column: Math.max(0, at.column + moved)};
    weights = to;
    show();
    keep();
  };

  // The pointed pixel: the first row and column of its window.
  const point = (row, column) => {
    const k = side();
    at = {
      row: Math.max(0, Math.min(size.high - k, row)),
      column: Math.max(0, Math.min(size.wide - k, column)),
    };
    tell();
  };
  const pin = on => {
    pinned = on;
    if (data) tell();
  };
  const seek = event => {
    const box = before.canvas.getBoundingClientRect();
    const other = event.currentTarget.getBoundingClientRect();
    const edge = (side() - 1) / 2;
    point(
      Math.floor(((event.clientY - other.top) / box.height) * size.high) - edge,
      Math.floor(((event.clientX - other.left) / box.width) * size.wide) - edge,
    );
  };
  for (const {body} of [before, after]) {
    body.addEventListener("pointermove", event => {
      if (data && !pinned) seek(event);
    });
    body.addEventListener("click", event => {
      if (!data) return;
      const {row, column} = at;
      seek(event);
      pin(!(pinned && row === at.row && column === at.column));
    });
    body.addEventListener("keydown", event => {
      if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
      const far = event.shiftKey ? 10 : 1;
      const by = {
        ArrowLeft: [0, -far],
        ArrowRight: [0, far],
        ArrowUp: [-far, 0],
        ArrowDown: [far, 0],
      }[event.key];
      if (by) point(at.row + by[0], at.column + by[1]);
      else if (event.key === "Enter") pin(!pinned);
      else return;
      event.preventDefault();
    });
  }
  root.addEventListener("keydown", event => {
    if (event.key === "Escape") pin(false);
  });

  // The numbers of the kernel. A number input steps them, as the browser steps any number.
  const stepped = (text, by, step) => {
    const input = add(document.createElement("div"), "input", {type: "number", step, value: text});
    by > 0 ? input.stepUp(by) : input.stepDown(-by);
    return input.value;
  };
  const write = (n, text) => {
    const value = text.trim() === "" ? NaN : Number(text.replace(",", "."));
    const fits = Math.abs(value) <= data.largest;
    if (fits && value !== weights[n]) weigh(weights.map((old, i) => (i === n ? value || 0 : old)));
    return fits;
  };
  const enter = cell => {
    for (const other of grids.K.cells) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus({preventScroll: true});
  };
  const edit = (cell, start) => {
    const n = +cell.dataset.n,
      old = weights[n];
    cell.textContent = "";
    const input = add(cell, "input", {
      "aria-label": `new number ${n + 1} of the kernel`,
      type: "text",
      inputmode: "decimal",
    });
    input.value = start ?? old;
    input.focus();
    if (start === undefined) input.select();
    else write(n, start);
    let done = false;
    const refuse = text => {
      refusal = text;
      warn();
    };
    const end = kept => {
      if (done) return;
      done = true;
      input.remove();
      if (!kept || refusal) write(n, String(old));
      tell();
      if (!kept) refuse("");
    };
    input.addEventListener("input", () =>
      refuse(
        write(n, input.value) || /^-?$/.test(input.value)
          ? ""
          : `Only numbers up to ${data.largest} are taken, got “${input.value}”.`,
      ),
    );
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", event => {
      event.stopPropagation();
      const by = {ArrowUp: 1, ArrowDown: -1}[event.key];
      if (by) {
        input.value = stepped(String(weights[n]), by, 0.1);
        write(n, input.value);
      } else if (event.key === "Enter" || event.key === "Escape") {
        end(event.key === "Enter");
        enter(grids.K.cells[n]);
      } else return;
      event.preventDefault();
    });
  };
  const body = grids.K.body,
    cellOf = event => event.target.closest(".cell");
  const mark = n => {
    if (spot === n || !data) return;
    spot = n;
    tell();
  };
  stage.addEventListener("pointerover", event => {
    if (!dragged) mark(cellOf(event) ? +cellOf(event).dataset.n : null);
  });
  stage.addEventListener("pointerleave", () => {
    if (!dragged) mark(null);
  });
  body.addEventListener("dblclick", event => {
    if (cellOf(event) && event.target.tagName !== "INPUT") edit(cellOf(event));
  });
  body.addEventListener("pointerdown", event => {
    const cell = cellOf(event);
    if (!cell || event.target.tagName === "INPUT" || event.button) return;
    event.preventDefault();
    enter(cell);
    dragged = {n: +cell.dataset.n, y: event.clientY, from: String(weights[+cell.dataset.n])};
    body.setPointerCapture(event.pointerId);
  });
  body.addEventListener("pointermove", event => {
    if (!dragged) return;
    const steps = Math.round((dragged.y - event.clientY) / 4);
    write(dragged.n, steps ? stepped(dragged.from, steps, 0.1) : dragged.from);
  });
  const drop = () => {
    dragged = null;
  };
  body.addEventListener("pointerup", drop);
  body.addEventListener("pointercancel", drop);
  body.addEventListener("focusin", event => {
    if (event.target.matches(".cell:focus-visible")) mark(+event.target.dataset.n);
  });
  body.addEventListener("focusout", () => mark(null));
  body.addEventListener("keydown", event => {
    const cell = event.target;
    if (!cell.classList.contains("cell") || event.ctrlKey || event.metaKey || event.altKey) return;
    const k = side(),
      n = +cell.dataset.n;
    const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -k, ArrowDown: k}[event.key];
    const step = {PageUp: 1, PageDown: -1}[event.key];
    if (by) {
      const next = grids.K.cells[n + by];
      if (next && (Math.abs(by) > 1 || Math.floor((n + by) / k) === Math.floor(n / k))) enter(next);
    } else if (step) write(n, stepped(String(weights[n]), step, 1));
    else if (event.key === "Enter" || event.key === "F2") edit(cell);
    else if (/^[-.\d]$/.test(event.key)) edit(cell, event.key);
    else return;
    event.preventDefault();
  });

  pick.addEventListener("change", () => {
    if (!pick.value) return;
    range = data.kernels[pick.value].range;
    weigh(data.kernels[pick.value].weights);
  });
  sized.addEventListener("change", () => weigh(resized(weights, +sized.value)));
  drawn.addEventListener("change", () => {
    range = +drawn.value;
    show();
    keep();
  });

  const kernel = kernelOf(
    model,
    message => {
      if (!message.ask) return;
      answer = message;
      if (message.picture) receive(message);
      if (data) tell();
    },
    () => {
      warn();
      if (data) tell();
    },
  );
  const load = async () => {
    const sent = model.get("data"),
      found = await unpack(sent);
    const file = await imageOf(found.photo);
    if (sent !== model.get("data")) return;
    size = {wide: file.naturalWidth, high: file.naturalHeight};
    const pen = before.canvas.getContext("2d");
    for (const one of [before.canvas, whole]) [one.width, one.height] = [size.wide, size.high];
    pen.drawImage(file, 0, 0);
    levels = pen.getImageData(0, 0, size.wide, size.high).data.filter((_, i) => i % 4 === 0);
    for (const {cover} of [before, after]) put(cover, {viewBox: `0 0 ${size.wide} ${size.high}`});
    data = {...found, levels: found.levels.split(" ")};
    photo = file;
    add(pick, "option", {value: "", disabled: true}, "your own");
    for (const name in data.kernels) add(pick, "option", {value: name}, name);
    data.ranges.forEach(({name}, i) => add(drawn, "option", {value: i}, name));
    at = {row: size.high >> 1, column: size.wide >> 1};
    show();
  };
  const python = shared(model, "chosen", chosen => {
    ({weights, range} = chosen);
    show();
  });
  // The filter is found only once the explorer stands in the page.
  const placed = new ResizeObserver(paint);
  placed.observe(before.body);
  load();
  return () => {
    kernel.close();
    python.close();
    placed.disconnect();
  };
};

export default {render};
