// @ts-check
// A grid of numbers: cells in rows, each with an id of its own, under the pointer and the keys.

import {typeInto} from "./cell.js";
import {add} from "./dom.js";
import {arrowOf, keyOf} from "./keys.js";

/**
 * What a cell shows; `kind` are class names, `paper` and `ink` colours of its own.
 * @typedef {{id: string, text: string, kind?: string, paper?: string, ink?: string}} Cell
 */
/** Cells row after row, `wide` in each. @typedef {{cells: readonly Cell[], wide: number}} Rows */
/**
 * The ids of the cells that have a class name.
 * @typedef {Record<string, Iterable<string>>} Marks
 */
/** @typedef {import("./cell.js").Edit} Edit */
/** @typedef {import("./keys.js").Way} Way */
/** @typedef {ReturnType<typeof gridOf>} Grid */

/** The cell of an event, as the name of its grid and its id. @param {Event} event */
export const placeOf = ({target}) => {
  const cell = target instanceof Element ? target.closest(".cell") : null;
  if (!(cell instanceof HTMLElement)) return null;
  const {grid = "", id = ""} = cell.dataset;
  return {grid, id};
};

/** Whether an event belongs to a number that is being typed. @param {Event} event */
export const inInput = ({target}) => target instanceof HTMLInputElement;

/**
 * The id of the next cell one way, if there is one.
 * @param {Rows} rows
 * @param {string} id
 * @param {Way} way
 */
const neighbour = ({cells, wide}, id, [right, up]) => {
  const at = cells.findIndex(cell => cell.id === id);
  const column = (at % wide) + right;
  return column < 0 || column >= wide ? undefined : cells[at - up * wide + right]?.id;
};

/**
 * Whether the same cells stand in the same places.
 * @param {Rows} one
 * @param {Rows} other
 */
const alignedWith = (one, other) =>
  one.wide === other.wide &&
  one.cells.length === other.cells.length &&
  one.cells.every(({id}, i) => id === other.cells[i].id);

/**
 * New cells in rows, still empty.
 * @param {HTMLElement} body
 * @param {string} name
 * @param {Rows} rows
 * @param {boolean} inTabOrder
 */
const lay = (body, name, {cells, wide}, inTabOrder) => {
  body.replaceChildren();
  body.style.setProperty("--wide", String(wide));
  /** @type {Map<string, HTMLElement>} */
  const elements = new Map();
  let row = body;
  cells.forEach(({id}, i) => {
    if (i % wide === 0) row = add(body, "div", {role: "row"});
    const attributes = {class: "cell", role: "gridcell", "data-grid": name, "data-id": id};
    const element = add(row, "div", attributes);
    if (inTabOrder) element.tabIndex = i ? -1 : 0;
    elements.set(id, element);
  });
  return elements;
};

/**
 * Brings a cell up to date where it differs from what it was; its marks are put on afterwards.
 * @param {HTMLElement} element
 * @param {Cell} cell
 * @param {Cell | undefined} before
 * @param {boolean} typing whether a number is being typed into it, which stays
 */
const dress = (element, {text, kind, paper, ink}, before, typing) => {
  if (text !== before?.text && !typing) element.textContent = text;
  if (kind !== before?.kind) element.className = `cell ${kind ?? ""}`;
  if (paper !== before?.paper) element.style.background = paper ?? "";
  if (ink !== before?.ink) element.style.color = ink ?? "";
};

/**
 * @template {string} Name
 * @param {HTMLElement} parent
 * @param {Name} name
 * @param {string} kind class names
 * @param {string} title
 * @param {boolean} [inTabOrder] whether Tab reaches it before one of its cells was clicked
 */
export const gridOf = (parent, name, kind, title, inTabOrder = true) => {
  const box = add(parent, "div", {class: "box"});
  const caption = add(box, "div", {class: "title"}, title);
  const body = add(box, "div", {class: `grid ${kind}`, role: "grid", "aria-label": title});
  let rows = /** @type {Rows} */ ({cells: [], wide: 0});
  let elements = /** @type {Map<string, HTMLElement>} */ (new Map());
  let marks = /** @type {Marks} */ ({});
  let typing = /** @type {string | null} */ (null);
  const grid = {
    name,
    box,
    caption,
    body,
    /** @param {string} text the title, for readers as well */
    entitle(text) {
      caption.textContent = text;
      body.setAttribute("aria-label", text);
    },
    /** The id of the cell that has the focus. */
    get focused() {
      const {activeElement: cell} = document;
      return cell instanceof HTMLElement && body.contains(cell) ? (cell.dataset.id ?? null) : null;
    },
    get editing() {
      return typing !== null;
    },
    /** Draws what has changed; cells that stay in their places are kept. @param {Rows} next */
    show(next) {
      const kept = alignedWith(rows, next) ? rows.cells : [];
      if (!kept.length) {
        typing = null; // what is being typed goes with its cell
        elements = lay(body, name, next, inTabOrder);
      }
      next.cells.forEach((cell, i) => {
        const element = elements.get(cell.id);
        if (element) dress(element, cell, kept[i], cell.id === typing);
      });
      rows = next;
    },
    /** @param {Marks} next all that are marked; other cells lose their marks */
    mark(next) {
      for (const kind in marks)
        for (const id of marks[kind]) elements.get(id)?.classList.remove(kind);
      for (const kind in next) for (const id of next[kind]) elements.get(id)?.classList.add(kind);
      marks = next;
    },
    /**
     * Moves the focus to a cell, or to the first where that one is gone.
     * @param {string} id
     * @param {boolean} [scroll] whether it is brought into sight
     */
    enter(id, scroll = false) {
      const cell = elements.get(id) ?? elements.values().next().value;
      for (const other of elements.values()) other.tabIndex = -1;
      if (cell) cell.tabIndex = 0;
      cell?.focus({preventScroll: true});
      if (scroll) cell?.scrollIntoView({block: "nearest", inline: "nearest"});
    },
    /** @param {string} id @param {Way} way */
    next: (id, way) => neighbour(rows, id, way),
    /** @param {string} id @param {Edit} edit */
    edit(id, edit) {
      const cell = elements.get(id);
      if (!cell) return;
      typing = id;
      typeInto(cell, edit, (text, pressed) => {
        if (typing === null) return;
        typing = null;
        cell.textContent = rows.cells.find(other => other.id === id)?.text ?? "";
        if (pressed) grid.enter(id);
        edit.end(text);
      });
    },
  };
  return grid;
};

/**
 * The keys of a grid: arrows go from cell to cell; a double click, F2 and digits edit.
 * @param {Grid} grid
 * @param {object} hands
 * @param {(id: string) => void} [hands.moved] hears to which cell an arrow has gone
 * @param {(id: string, start?: string) => void} hands.edit
 * @param {(id: string, key: string) => boolean} hands.press says whether it has used another key
 */
export const listenToGrid = (grid, {moved, edit, press}) => {
  grid.body.addEventListener("dblclick", event => {
    const place = placeOf(event);
    if (place && !inInput(event)) edit(place.id);
  });
  grid.body.addEventListener("keydown", event => {
    const place = placeOf(event);
    if (!place) return;
    const {id} = place;
    const key = keyOf(event);
    const way = arrowOf(event);
    if (way) {
      const next = grid.next(id, way);
      if (next !== undefined) {
        grid.enter(next, true);
        moved?.(next);
      }
    } else if (key === "F2") edit(id);
    else if (/^[-.\d]$/.test(key)) edit(id, key);
    else if (!press(id, key)) return;
    event.preventDefault();
  });
};
