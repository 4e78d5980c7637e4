// @ts-check
// What the explorer of receptive fields knows, and what can be chosen next.

import {settingsOf, withSetting} from "../changing.js";

/** @typedef {import("../schema").ReceptiveFieldTables} Tables */
/** @typedef {import("../schema").ReceptiveFieldAnswer} Answer */
/** @typedef {import("../changing.js").Changes} Changes */
/** @typedef {import("../strips.js").Strip} Strip */

/**
 * What is known and chosen. The strips are those in the picture, which stays while Python is asked.
 * @typedef {object} State
 * @property {Tables | null} tables
 * @property {Map<string, Answer>} answers by the changes
 * @property {Changes} changes
 * @property {string} layer that is chosen to be changed
 * @property {number} axis
 * @property {boolean} all whether all strips are shown
 * @property {Strip[]} originals the strips of the network as it came
 * @property {Strip[]} strips
 * @property {import("./receptive_field_scene.js").Scene | null} scene
 */

/** @param {Changes} changes @returns {State} */
export const stateOf = changes => ({
  tables: null,
  answers: new Map(),
  changes,
  layer: "",
  axis: 0,
  all: false,
  originals: [],
  strips: [],
  scene: null,
});

/** The strips with some changes, if they are here. @param {State} state @param {Changes} changes */
export const answerOf = ({tables, answers}, changes) => {
  const key = JSON.stringify(changes);
  const stored = tables && key in tables.pictures ? {picture: tables.pictures[key], tables} : null;
  return answers.get(key) ?? stored;
};

/** @param {Answer["picture"]} picture @param {number} axis */
export const idsOf = (picture, axis) => (typeof picture === "string" ? [] : picture[axis]);

/**
 * The changes with another value of setting `i`. Without Python there are only those in one layer.
 * @param {State} state
 * @param {Strip} layer
 * @param {number} i
 * @param {number} value
 * @param {boolean} here
 */
export const changesWith = ({changes, axis}, layer, i, value, here) => {
  const own = layer.name in changes ? {[layer.name]: changes[layer.name]} : {};
  return withSetting(here ? changes : own, layer, i, axis, value);
};

/**
 * The least and the most that setting `i` can be.
 * @param {State} state
 * @param {Strip} layer
 * @param {number} i
 * @param {boolean} here whether Python is
 * @returns {[number, number]}
 */
export const limitsOf = (state, layer, i, here) => {
  if (i === 2 && !layer.dilates) return [1, 1];
  if (here && state.tables) return [1, Math.max(state.tables.most[i], ...settingsOf(layer)[i])];
  const settings = state.changes[layer.name] ?? settingsOf(layer);
  /** @param {number} value */
  const stored = value => answerOf(state, changesWith(state, layer, i, value, here)) !== null;
  let low = settings[i][state.axis];
  let high = low;
  while (low > 1 && stored(low - 1)) low--;
  while (stored(high + 1)) high++;
  return [low, high];
};

/** @param {State} state */
export const layerOf = ({originals, layer}) => originals.find(strip => strip.name === layer);

/** @param {Answer["picture"] | undefined} picture */
export const refusalOf = picture =>
  typeof picture === "string"
    ? `With these settings the network cannot be read, and the picture stays as it was: ${picture}`
    : "";

/** @param {State} state */
export const withoutPython = ({tables}) =>
  Object.keys(tables?.pictures ?? {}).length > 1
    ? "one layer at a time can differ, as far as is stored."
    : "the layers cannot be changed.";
