// @ts-check
// The explorer of kernels: the browser's own filter draws; Python tells every sum, without it the page.

import {codeOf} from "../../page/code.js";
import {add} from "../../page/dom.js";
import {gridOf, inInput, listenToGrid, placeOf} from "../../page/grid.js";
import {arrowOf, keyOf} from "../../page/keys.js";
import {noteOf} from "../../page/note.js";
import {alike} from "../../page/numbers.js";
import {pointingOf} from "../../page/pointing.js";
import {connect, shared} from "../../page/python.js";
import {rootOf} from "../../page/root.js";
import {tablesOf} from "../../page/tables.js";
import {wordsOf} from "../../page/words.js";
import {canFilter, imageOf, picturesOf} from "./kernel_pictures.js";
import {
  decodeAnswer,
  decodeTables,
  edgeOf,
  indexOf,
  lineOf,
  nameOf,
  nearestWindow,
  resize,
  sceneOf,
  sideOf,
} from "./kernel_scene.js";

/** @typedef {import("../../page/python.js").Model} Model */
/** @typedef {import("../schema").KernelAnswer} Answer */
/** @typedef {import("../schema").KernelChosen} Chosen */
/** @typedef {import("../schema").KernelQuestion} Question */
/** @typedef {import("../schema").KernelTables} Tables */
/** @typedef {import("./kernel_scene.js").Data} Data */
/** @typedef {import("./kernel_scene.js").Photo} Photo */
/** @typedef {import("./kernel_scene.js").Place} Place */
/** @typedef {import("./kernel_scene.js").Reply} Reply */

/**
 * @typedef {object} State
 * @property {Content | null} content
 * @property {number[]} weights
 * @property {number} range which of the ranges of values is drawn
 * @property {string | null} spot the id of the cell that is pointed at
 * @property {Reply | null} reply the last answer
 * @property {Drag | null} drag
 */
/** @typedef {{data: Data, photo: Photo}} Content */
/**
 * A number that is dragged up or down: its place, where that began, and what it was.
 * @typedef {{index: number, y: number, from: string}} Drag
 */
/** @typedef {ReturnType<typeof viewOf>} View */
/**
 * @typedef {object} Links
 * @property {ReturnType<typeof pointingOf<Place>>} pointing at a window by its first pixel
 * @property {ReturnType<typeof connect>} python
 * @property {ReturnType<typeof shared<Chosen>>} trait the kernel and the range that Python reads
 */
/** @typedef {State & View & Links} Explorer */

const HELP =
  "Point at a pixel; click or Enter pins it, Escape frees it; arrows move it, with Shift by 10. A" +
  " number of the kernel: drag it up or down, or double-click, Enter or digits; Page Up and Page" +
  " Down change it by 1.";
const ALONE = "the picture and the sums follow the numbers.";
const UNABLE = "this browser cannot filter a picture by itself, so it stays as it is.";
const DRAG = 4; // pixels a step

// Drawing.

/** The window that is pointed at, and the numbers in it. @param {Explorer} explorer */
const drawWindow = explorer => {
  const {content, pointing, weights, range, able, python} = explorer;
  const {place, pinned} = pointing;
  if (!content || !place) return;
  const {X, K, P, stage, words, total, pictures, spot, reply} = explorer;
  /** @type {Question} */
  const question = {weights, at: [place.row, place.column], ...(able ? {} : {range})};
  const scene = sceneOf(content.data, content.photo, {
    question,
    pinned,
    spot,
    reply,
    alone: !python.here,
  });
  stage.classList.toggle("large", sideOf(weights) > 3);
  X.show(scene.X);
  K.show(scene.K);
  P.show(scene.P);
  for (const grid of [X, K, P]) grid.mark({met: spot === null ? [] : [spot]});
  P.caption.textContent = scene.title;
  words.say(scene.words);
  if (scene.says) total.textContent = scene.says;
  pictures.ring(place, weights, pinned);
  if (!scene.complete) python.ask(question);
};

/** The picture, as far as the browser can make it. @param {Explorer} explorer */
const drawPicture = ({content, able, pictures, weights, range}) => {
  if (content && able) pictures.filter(weights, content.data.ranges[range]);
};

/** @param {Explorer} explorer */
const drawAll = explorer => {
  const {content, pointing, weights, range, pictures, kernels, size, ranges, code} = explorer;
  if (!content) return;
  const {data, photo} = content;
  if (pointing.place) pointing.move(nearestWindow(photo, sideOf(weights), pointing.place));
  pictures.entitle(photo, weights, data.ranges[range]);
  drawPicture(explorer);
  kernels.value = nameOf(data, weights);
  size.value = String(sideOf(weights));
  ranges.value = String(range);
  code.show(lineOf(weights));
  drawWindow(explorer);
};

// What the learner changes.

/** @param {Explorer} explorer @param {Partial<Chosen>} patch */
const choose = (explorer, patch) => {
  const {content, weights, pointing, trait} = explorer;
  const {place} = pointing;
  Object.assign(explorer, patch);
  if (content && place) {
    const shift = edgeOf(weights) - edgeOf(explorer.weights); // the middle of the window stays
    const window = {row: place.row + shift, column: place.column + shift};
    pointing.move(nearestWindow(content.photo, sideOf(explorer.weights), window));
  }
  drawAll(explorer);
  trait.tell({weights: explorer.weights, range: explorer.range});
};

/**
 * Puts a number into the kernel, and says whether it is one.
 * @param {Explorer} explorer
 * @param {number} index
 * @param {string} text
 */
const write = (explorer, index, text) => {
  const {content, weights} = explorer;
  const value = text.trim() === "" ? NaN : Number(text.replace(",", "."));
  const fits = content !== null && Math.abs(value) <= content.data.largest;
  if (fits && value !== weights[index])
    choose(explorer, {weights: weights.with(index, value || 0)}); // -0 is 0
  return fits;
};

/**
 * A number some steps further, as a number input steps.
 * @param {string} text
 * @param {number} by
 * @param {number} size
 */
const stepBy = (text, by, size) => {
  const holder = document.createElement("div");
  const input = add(holder, "input", {type: "number", step: size, value: text});
  by > 0 ? input.stepUp(by) : input.stepDown(-by);
  return input.value;
};

/** @param {Explorer} explorer @param {string} id @param {string} [start] */
const edit = (explorer, id, start) => {
  const {K, content, note, weights} = explorer;
  if (!content) return;
  const index = indexOf(id, sideOf(weights));
  const old = String(weights[index]);
  let refusal = "";
  K.edit(id, {
    label: `new number ${index + 1} of the kernel`,
    value: old,
    start,
    typed(text) {
      const fine = write(explorer, index, text) || /^-?$/.test(text);
      refusal = fine ? "" : `Only numbers up to ${content.data.largest} are taken, got “${text}”.`;
      note.say(refusal);
    },
    step(by) {
      const text = stepBy(String(explorer.weights[index]), by, 0.1);
      write(explorer, index, text);
      return text;
    },
    end(text) {
      if (text === null || refusal) write(explorer, index, old);
      if (text === null) note.say("");
    },
  });
};

/** @param {Explorer} explorer @param {string | null} id of a cell */
const look = (explorer, id) => {
  if (explorer.spot === id) return;
  explorer.spot = id;
  drawWindow(explorer);
};

// What the learner does.

/**
 * The window around the pixel under the pointer.
 * @param {Explorer} explorer
 * @param {Content} content
 * @param {PointerEvent | MouseEvent} event
 * @param {HTMLElement} body
 */
const windowAt = ({weights, pictures}, {photo}, event, body) => {
  const {width, height} = pictures.before.canvas.getBoundingClientRect();
  const {left, top} = body.getBoundingClientRect();
  const edge = edgeOf(weights);
  return nearestWindow(photo, sideOf(weights), {
    row: Math.floor(((event.clientY - top) / height) * photo.high) - edge,
    column: Math.floor(((event.clientX - left) / width) * photo.wide) - edge,
  });
};

/** @param {Explorer} explorer @param {HTMLElement} body of a picture */
const listenToPicture = (explorer, body) => {
  const {pointing} = explorer;
  body.addEventListener("pointermove", event => {
    const {content} = explorer;
    if (content && !pointing.pinned) pointing.point(windowAt(explorer, content, event, body));
  });
  body.addEventListener("click", event => {
    const {content} = explorer;
    if (content) pointing.toggle(windowAt(explorer, content, event, body));
  });
  body.addEventListener("keydown", event => {
    const {content, weights} = explorer;
    const {place} = pointing;
    if (!content || !place) return;
    const way = arrowOf(event);
    if (way) {
      const far = event.shiftKey ? 10 : 1;
      const next = {row: place.row - far * way[1], column: place.column + far * way[0]};
      pointing.move(nearestWindow(content.photo, sideOf(weights), next));
    } else if (keyOf(event) === "Enter") pointing.toggle(place);
    else return;
    event.preventDefault();
  });
};

/** Dragging a number up makes it larger. @param {Explorer} explorer */
const listenToDrag = explorer => {
  const {K} = explorer;
  K.body.addEventListener("pointerdown", event => {
    const {target} = event;
    const place = placeOf(event);
    if (!(target instanceof Element) || !place || inInput(event) || event.button) return;
    event.preventDefault();
    K.enter(place.id);
    const index = indexOf(place.id, sideOf(explorer.weights));
    explorer.drag = {index, y: event.clientY, from: String(explorer.weights[index])};
    target.setPointerCapture(event.pointerId); // the cell, which a double click edits
  });
  K.body.addEventListener("pointermove", event => {
    if (!explorer.drag) return;
    const {index, y, from} = explorer.drag;
    const steps = Math.round((y - event.clientY) / DRAG);
    write(explorer, index, steps ? stepBy(from, steps, 0.1) : from);
  });
  for (const kind of ["pointerup", "pointercancel"])
    K.body.addEventListener(kind, () => {
      explorer.drag = null;
    });
};

/** @param {Explorer} explorer */
const listenToCells = explorer => {
  const {stage, K} = explorer;
  stage.addEventListener("pointerover", event => {
    if (!explorer.drag) look(explorer, placeOf(event)?.id ?? null);
  });
  stage.addEventListener("pointerleave", () => {
    if (!explorer.drag) look(explorer, null);
  });
  K.body.addEventListener("focusin", ({target}) => {
    if (target instanceof Element && target.matches(".cell:focus-visible"))
      look(explorer, K.focused);
  });
  K.body.addEventListener("focusout", () => look(explorer, null));
  listenToGrid(K, {
    edit: (id, start) => edit(explorer, id, start),
    press(id, key) {
      const by = key === "PageUp" ? 1 : key === "PageDown" ? -1 : null;
      const index = indexOf(id, sideOf(explorer.weights));
      if (by) write(explorer, index, stepBy(String(explorer.weights[index]), by, 1));
      else if (key === "Enter") edit(explorer, id);
      return by !== null || key === "Enter";
    },
  });
};

/** @param {Explorer} explorer */
const listenToControls = explorer => {
  const {root, kernels, size, ranges, pointing} = explorer;
  root.addEventListener("keydown", ({key}) => {
    if (key === "Escape") pointing.free();
  });
  kernels.addEventListener("change", () => {
    const kernel = explorer.content?.data.kernels[kernels.value];
    if (kernel) choose(explorer, {weights: kernel.weights, range: kernel.range});
  });
  size.addEventListener("change", () =>
    choose(explorer, {weights: resize(explorer.weights, +size.value)}),
  );
  ranges.addEventListener("change", () => choose(explorer, {range: +ranges.value}));
};

/** The elements from top to bottom. @param {HTMLElement} el */
const viewOf = el => {
  const root = rootOf(el, "Explorer of kernels");
  const top = add(root, "div", {class: "bar"});
  const [kernels, size, ranges] = ["kernel", "size", "drawn"].map(name =>
    add(add(top, "label", {}, name), "select", {"aria-label": name}),
  );
  for (const side of [3, 5]) add(size, "option", {value: side}, `${side}x${side}`);
  const pictures = picturesOf(root);
  const stage = add(root, "div", {class: "stage filtering"});
  const X = gridOf(stage, "X", "input", "pixels", false);
  const K = gridOf(stage, "K", "weights", "numbers of the kernel");
  const P = gridOf(stage, "P", "weights products", "products", false);
  const total = add(root, "div", {class: "total"});
  const words = wordsOf(root);
  const able = canFilter();
  const note = noteOf(root, able ? ALONE : UNABLE);
  const code = codeOf(root);
  add(root, "div", {class: "help"}, HELP);
  return {root, kernels, size, ranges, pictures, stage, X, K, P, total, words, able, note, code};
};

/** @param {Explorer} explorer @param {Tables} tables */
const load = async (explorer, tables) => {
  const {kernels, ranges, pictures, pointing} = explorer;
  const data = decodeTables(tables);
  const photo = pictures.load(await imageOf(tables.photo));
  explorer.content = {data, photo};
  for (const select of [kernels, ranges]) select.replaceChildren();
  add(kernels, "option", {value: "", disabled: "true"}, "your own");
  for (const name in data.kernels) add(kernels, "option", {value: name}, name);
  for (const [i, {name}] of data.ranges.entries()) add(ranges, "option", {value: i}, name);
  pointing.move({row: photo.high >> 1, column: photo.wide >> 1});
  drawAll(explorer);
};

/** @param {Explorer} explorer @param {{ask?: Question} & Partial<Answer>} message */
const hear = async (explorer, message) => {
  if (!message.ask) return;
  const {ask, picture} = message;
  explorer.reply = decodeAnswer(/** @type {{ask: Question} & Answer} */ (message));
  drawWindow(explorer);
  if (!picture) return;
  const image = await imageOf(picture);
  if (alike(ask.weights, explorer.weights) && ask.range === explorer.range)
    explorer.pictures.show(image);
};

/** @param {{model: Model, el: HTMLElement}} place */
const render = ({model, el}) => {
  const view = viewOf(el);
  const {weights, range} = /** @type {Chosen} */ (model.get("chosen"));
  /** @type {State} */
  const state = {content: null, weights, range, spot: null, reply: null, drag: null};
  /** @type {Links} */
  const links = {
    pointing: pointingOf(() => drawWindow(explorer)),
    python: connect(
      model,
      message => hear(explorer, message),
      here => {
        view.note.connect(here);
        drawWindow(explorer);
      },
    ),
    trait: shared(model, "chosen", chosen => {
      Object.assign(explorer, chosen);
      drawAll(explorer);
    }),
  };
  /** @type {Explorer} */
  const explorer = Object.assign(state, view, links);
  const loader = tablesOf(
    model,
    "data",
    (/** @type {Tables} */ tables) => load(explorer, tables),
    view.note.say,
  );
  for (const {body} of [view.pictures.before, view.pictures.after]) listenToPicture(explorer, body);
  listenToCells(explorer);
  listenToDrag(explorer);
  listenToControls(explorer);
  // The filter is found only once the explorer stands in the page.
  const observer = new ResizeObserver(() => drawPicture(explorer));
  observer.observe(view.pictures.before.body);
  return () => {
    loader.close();
    links.python.close();
    links.trait.close();
    observer.disconnect();
  };
};

export default {render};
