// @ts-check
// The explorer of receptive fields: follows the tables of strips.py down from a unit.

import {add} from "../../page/dom.js";
import {noteOf} from "../../page/note.js";
import {alike} from "../../page/numbers.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {pointingOf} from "../../page/pointing.js";
import {connect, shared} from "../../page/python.js";
import {rootOf} from "../../page/root.js";
import {tablesOf} from "../../page/tables.js";
import {wordsOf} from "../../page/words.js";
import {settingsOf} from "../changing.js";
import {enlarges, seenFrom, stripsOf} from "../strips.js";
import {
  isLong,
  labelOf,
  lightOf,
  placeAfter,
  placeAt,
  placeBeside,
  playableOf,
  sceneOf,
} from "./receptive_field_scene.js";
import {
  answerOf,
  changesWith,
  idsOf,
  layerOf,
  limitsOf,
  refusalOf,
  stateOf,
  withoutPython,
} from "./receptive_field_state.js";
import {controlsOf, pictureOf} from "./receptive_field_view.js";
import {sentenceOf} from "./receptive_field_words.js";

/** @typedef {import("../../page/python.js").Model} Model */
/** @typedef {import("../schema").ReceptiveFieldTables} Tables */
/** @typedef {import("../schema").ReceptiveFieldAnswer} Answer */
/** @typedef {import("../changing.js").Changes} Changes */
/** @typedef {import("../strips.js").Place} Place */
/** @typedef {import("./receptive_field_scene.js").Scene} Scene */
/** @typedef {import("./receptive_field_state.js").State} State */
/** @typedef {ReturnType<typeof pointingOf<Place>>} Pointing */

/**
 * @typedef {object} Explorer
 * @property {HTMLElement} root
 * @property {State} state
 * @property {ReturnType<typeof controlsOf>} controls
 * @property {ReturnType<typeof pictureOf>} picture
 * @property {ReturnType<typeof wordsOf>} words
 * @property {ReturnType<typeof noteOf>} note
 * @property {Pointing} pointing
 * @property {ReturnType<typeof playerOf>} player
 * @property {ReturnType<typeof connect>} python
 * @property {{tell(changes: Changes): void, close(): void}} trait
 */

/** @param {Explorer} explorer */
const showControls = ({state, controls, python}) => {
  const layer = layerOf(state);
  controls.settings.hidden = !layer;
  if (!layer) return;
  controls.layer.value = layer.name;
  const settings = state.changes[layer.name] ?? settingsOf(layer);
  for (const [i, dial] of controls.dials.entries())
    dial.show(limitsOf(state, layer, i, python.here), settings[i][state.axis]);
};

/** Shows what is seen from the place that is pointed at. @param {Explorer} explorer */
const light = ({state: {strips, scene}, picture, pointing: {place, pinned}, words}) => {
  if (!scene || !place) return;
  const seen = seenFrom(strips, place);
  picture.light(lightOf(scene, strips, seen, place), pinned);
  words.say(sentenceOf(strips, seen, place) + (pinned ? " (pinned)" : ""));
};

/** The place that is pointed at, as far as it is there in new strips. @param {Explorer} explorer @param {Scene} scene @returns {Place} */
const placeIn = ({state: {strips}, pointing: {place}}, scene) => {
  const row = scene.rows.find(({i}) => i === place?.layer);
  if (place && row) return {layer: row.i, unit: Math.min(place.unit, row.units - 1)};
  const {i, units} = playableOf(scene, strips);
  return {layer: i, unit: units >> 1};
};

/** @param {Explorer} explorer */
const showStrips = explorer => {
  const {state, controls, picture, pointing} = explorer;
  const {strips} = state;
  const scene = sceneOf(state);
  controls.every.hidden = !isLong(strips);
  controls.total.textContent = ` all ${strips.length} layers, with those that enlarge no field`;
  picture.show(
    scene,
    scene.rows.map(({i}) => labelOf(state, i)),
  );
  state.scene = scene;
  pointing.move(placeIn(explorer, scene));
  light(explorer);
};

/** Shows the strips of the changes, if they are here, or asks for them. @param {Explorer} explorer */
const follow = explorer => {
  const {state, controls, note, python, trait} = explorer;
  if (!state.tables) return;
  const answer = answerOf(state, state.changes);
  showControls(explorer);
  note.say(refusalOf(answer?.picture));
  if (!answer) return python.ask(state.changes);
  const {picture, tables} = answer;
  if (typeof picture === "string") return;
  controls.along.hidden = picture.every(ids => alike(ids, picture[0]));
  if (controls.along.hidden) state.axis = 0;
  controls.axis.value = String(state.axis);
  state.strips = stripsOf(tables, picture[state.axis]);
  state.originals = stripsOf(state.tables, idsOf(state.tables.pictures["{}"], state.axis));
  showStrips(explorer);
  trait.tell(state.changes);
};

/** Another choice, and the strips that come of it. @param {Explorer} explorer @param {Partial<State>} choice */
const choose = (explorer, choice) => {
  Object.assign(explorer.state, choice);
  follow(explorer);
};

/** @param {Explorer} explorer @param {number} i @param {number} value */
const change = (explorer, i, value) => {
  const {state, python} = explorer;
  const layer = layerOf(state);
  if (layer) choose(explorer, {changes: changesWith(state, layer, i, value, python.here)});
};

/** @param {Explorer} explorer @param {1 | -1} by */
const step = ({state: {scene, strips}, pointing}, by) => {
  if (scene && pointing.place) pointing.move(placeAfter(scene, strips, pointing.place, by));
};

/** @param {HTMLSelectElement} select @param {[string, string][]} options value and words */
const fill = (select, options) => {
  select.replaceChildren();
  for (const [value, words] of options) add(select, "option", {value}, words);
};

/** @param {Explorer} explorer @param {Tables} tables */
const begin = (explorer, tables) => {
  const {controls} = explorer;
  const originals = stripsOf(tables, idsOf(tables.pictures["{}"], 0));
  const layers = new Set(originals.filter(strip => strip.kernel).map(strip => strip.name));
  const layer = originals.findLast((strip, i) => strip.kernel && enlarges(originals, i));
  fill(
    controls.axis,
    tables.axes.map((name, i) => [String(i), name]),
  );
  fill(
    controls.layer,
    [...layers].reverse().map(name => [name, name]),
  );
  controls.choice.hidden = controls.reset.hidden = !layer;
  choose(explorer, {tables, originals, layer: layer?.name ?? ""});
};

/** @param {Explorer} explorer */
const listenToControls = explorer => {
  const {layer, reset, axis, all} = explorer.controls;
  layer.addEventListener("change", () => choose(explorer, {layer: layer.value}));
  reset.addEventListener("click", () => choose(explorer, {changes: {}}));
  axis.addEventListener("change", () => choose(explorer, {axis: +axis.value}));
  all.addEventListener("change", () => choose(explorer, {all: all.checked}));
};

/** @param {Explorer} explorer */
const listenToPointer = explorer => {
  const {state, picture, pointing, player} = explorer;
  /** @param {MouseEvent} event */
  const placeOf = event => state.scene && placeAt(state.scene, ...picture.pointOf(event));
  picture.svg.addEventListener("pointermove", event => {
    const place = placeOf(event);
    if (place && !player.playing) pointing.point(place);
  });
  picture.svg.addEventListener("click", event => {
    const name = event.target instanceof Element && event.target.closest(".able");
    if (name) return choose(explorer, {layer: name.getAttribute("data-layer") ?? ""});
    const place = placeOf(event);
    if (!place) return;
    player.stop();
    pointing.toggle(place);
  });
};

/** @param {Explorer} explorer */
const listenToKeys = ({root, state, picture, pointing, player}) => {
  picture.stage.addEventListener("keydown", event => {
    const {place} = pointing;
    if (!state.scene || !place || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) {
      const next = placeBeside(state.scene, place, event.key) ?? place;
      player.stop();
      pointing.move(next);
      if (next.layer !== place.layer) picture.scroll();
    } else if (event.key === "Enter") pointing.toggle(place);
    else return;
    event.preventDefault();
  });
  filmKeys(root, player, pointing.free);
};

const HELP =
  "Point at a unit to see its field; click to pin it; click the name of a" +
  " layer to change that layer. Keys: arrows, Enter pins, Escape unpins, Space plays.";

/** @param {Model} model @param {HTMLElement} el @returns {Explorer} */
const explorerOf = (model, el) => {
  const root = rootOf(el, "Explorer of receptive fields");
  const state = stateOf(model.get("changes"));
  const controls = controlsOf(root, (i, value) => change(explorer, i, value));
  const picture = pictureOf(root);
  const words = wordsOf(root);
  const note = noteOf(root, () => withoutPython(state));
  const pointing = /** @type {Pointing} */ (pointingOf(() => light(explorer)));
  const player = playerOf(root, by => step(explorer, by), words);
  add(root, "div", {class: "help"}, HELP);
  /** @param {{ask?: Changes} & Partial<Answer>} message */
  const hear = ({ask, picture, tables}) => {
    if (!ask || !picture || !tables) return;
    state.answers.set(JSON.stringify(ask), {picture, tables});
    follow(explorer);
  };
  const python = connect(model, hear, here => {
    showControls(explorer);
    note.connect(here);
  });
  const trait = shared(model, "changes", changes => choose(explorer, {changes}));
  /** @type {Explorer} */
  const explorer = {root, state, controls, picture, words, note, pointing, player, python, trait};
  return explorer;
};

/** @param {{model: Model, el: HTMLElement}} view */
const render = ({model, el}) => {
  const explorer = explorerOf(model, el);
  const {note, player, python, trait} = explorer;
  listenToControls(explorer);
  listenToPointer(explorer);
  listenToKeys(explorer);
  /** @param {Tables} packed */
  const arrived = packed => begin(explorer, packed);
  const tables = tablesOf(model, "data", arrived, note.say);
  return () => {
    player.stop();
    tables.close();
    python.close();
    trait.close();
  };
};

export default {render};
