// @ts-check
// The state of the explorer of a convolution along time; each change gives what becomes new.

import {alike} from "../../page/numbers.js";
import {meetingsOf, numbersOf, rangesOf} from "./conv1d_scene.js";

/** @typedef {import("../schema").Conv1dEdit} Edit */
/** @typedef {import("./conv1d_scene.js").Numbers} Numbers */
/** @typedef {import("./conv1d_scene.js").Place} Place */
/** @typedef {import("./conv1d_scene.js").Settings} Settings */
/** @typedef {import("./conv1d_scene.js").Table} Table */
/** @typedef {import("./conv1d_scene.js").Tables} Tables */

/** @typedef {{at: number, to: number | null, by: number}} Move of a weight to a number, then by steps */
/**
 * @typedef {object} State
 * @property {Tables | null} tables
 * @property {Table | null} edited the kernel that the learner has changed
 * @property {Settings} settings
 * @property {boolean} editing the edited kernel is chosen, or will be when it comes
 * @property {Table | null} table of the chosen kernel
 * @property {Numbers | null} numbers with the chosen settings
 * @property {Place} pointed
 * @property {number | null} weight that is pointed at
 * @property {boolean} pinned
 * @property {Move[]} waiting moves for Python, while `sent` is on its way
 * @property {{editing: boolean} | null} sent whether one was editing before
 * @property {string} refusal
 */
/** @typedef {Partial<State>} Change */

/** @param {Settings} settings @returns {State} */
export const stateOf = settings => ({
  tables: null,
  edited: null,
  settings,
  editing: settings.kernel === "edited",
  table: null,
  numbers: null,
  pointed: {panel: "Y", at: 0},
  weight: null,
  pinned: false,
  waiting: [],
  sent: null,
  refusal: "",
});

/** @param {number} value @param {[number, number]} limits */
const clip = (value, [least, most]) => Math.max(least, Math.min(most, value));

/** @param {Numbers} numbers @param {Place} place @returns {Place} */
const within = (numbers, {panel, at}) => ({panel, at: clip(at, rangesOf(numbers)[panel])});

/**
 * Other tables or settings; the numbers stay while there is no table for them.
 * @param {State} state
 * @param {Change} change
 * @returns {Change}
 */
export const settled = (state, change) => {
  const {tables, edited, settings, pointed, weight} = {...state, ...change};
  const table = settings.kernel === "edited" ? edited : tables?.tables[settings.kernel];
  if (!tables || !table) return change;
  const numbers = numbersOf(tables, table, settings);
  return {
    ...change,
    table,
    numbers,
    pointed: within(numbers, pointed),
    weight: weight !== null && weight < numbers.K.length ? weight : null,
  };
};

/** @param {State} state @param {Partial<Settings>} patch @returns {Change} */
export const set = (state, patch) => {
  const settings = {...state.settings, ...patch};
  const editing = patch.kernel === undefined ? state.editing : patch.kernel === "edited";
  return settled(state, {settings, editing});
};

/** @param {State} state @param {Table} edited @returns {Change} */
export const edit = (state, edited) => {
  const {settings, editing} = state;
  return settled(state, {edited, settings: editing ? {...settings, kernel: "edited"} : settings});
};

/** @param {State} state @param {Place} place @returns {Change} */
export const point = ({numbers}, place) =>
  numbers ? {pointed: within(numbers, place), weight: null} : {};

/** A click pins, and frees where it has pinned. @param {State} state @param {Place} place @returns {Change} */
export const pin = (state, place) => {
  const change = point(state, place);
  return {...change, pinned: !(state.pinned && alike(change.pointed, state.pointed))};
};

/** A step of the film, from output to output. @param {State} state @param {1 | -1} by @returns {Change} */
export const step = (state, by) => {
  const count = state.numbers?.Y.length;
  if (!count) return {};
  const {panel, at} = state.pointed;
  const from = panel === "Y" ? at : by > 0 ? -1 : 0;
  return {...point(state, {panel: "Y", at: (from + by + count) % count}), pinned: false};
};

/** The focus comes to a plot. @param {State} state @param {"X" | "Y"} panel @returns {Change} */
export const enter = (state, panel) => {
  const {numbers, pinned, pointed} = state;
  if (!numbers || pinned || pointed.panel === panel) return {};
  return point(state, {panel, at: panel === "Y" ? 0 : (meetingsOf(numbers, pointed)[0]?.x ?? 0)});
};

/** A weight is pointed at, or none. @param {State} state @param {number | null} at @returns {Change} */
export const weigh = ({numbers}, at) =>
  numbers ? {weight: at === null ? null : clip(at, [0, numbers.K.length - 1])} : {};

/** A move waits for Python; those of one weight become one. @param {State} state @param {Move} move @returns {Change} */
export const ask = ({waiting}, move) => {
  const last = waiting[waiting.length - 1];
  if (last?.at !== move.at) return {waiting: [...waiting, move]};
  const joined = move.to === null ? {...last, by: last.by + move.by} : move;
  return {waiting: [...waiting.slice(0, -1), joined]};
};

/** The next move on its way, and what Python is told. @param {State} state @returns {{change: Change, edit: Edit} | null} */
export const next = ({sent, waiting: [move, ...waiting], settings, editing, table}) => {
  if (sent || !move || !table) return null;
  const {at, to, by} = move;
  return {
    change: {sent: {editing}, waiting, editing: true},
    edit: [editing ? "edited" : settings.kernel, table.reach, at, to, by],
  };
};

/** @param {State} state @param {{refused?: string}} message @returns {Change} */
export const answered = ({sent, editing}, {refused = ""}) => ({
  sent: null,
  refusal: refused,
  editing: refused && sent ? sent.editing : editing,
});
