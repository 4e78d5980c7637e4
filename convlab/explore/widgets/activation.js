// @ts-check
// The explorer of activations: looks values, slopes and products up in the tables of activation.py.

import {codeOf} from "../../page/code.js";
import {add} from "../../page/dom.js";
import {arrowOf, keyOf} from "../../page/keys.js";
import {noteOf} from "../../page/note.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {shared} from "../../page/python.js";
import {rootOf} from "../../page/root.js";
import {storeOf} from "../../page/store.js";
import {tablesOf} from "../../page/tables.js";
import {wordsOf} from "../../page/words.js";
import {chosenOf, endsOf, tablesFrom} from "./activation_scene.js";
import {controlsOf, drawCurves, drawMarks, panelsOf} from "./activation_view.js";

/** @typedef {import("../../page/python.js").Model} Model */
/** @typedef {import("./activation_scene.js").PackedTables} PackedTables */
/** @typedef {import("./activation_scene.js").Settings} Settings */
/** @typedef {import("./activation_scene.js").State} State */
/** @typedef {import("./activation_view.js").Panels} Panels */
/** @typedef {ReturnType<typeof storeOf<State>>} Store */
/** @typedef {ReturnType<typeof playerOf>} Player */

const HELP =
  "Move over the curve; click pins x. Click or drag at the layers. Keys:" +
  " left and right move, Enter pins, Escape unpins, Space plays. The layers are equal" +
  " activations, one after the other; a hollow dot at the bottom is 0, or nearer than 1e-15.";

/** @param {number} value @param {number} least @param {number} most */
const clip = (value, least, most) => Math.max(least, Math.min(most, value));

/** @param {State} state @param {number} at @returns {Partial<State>} */
const go = ({tables}, at) => (tables ? {at: clip(at, 0, tables.x.length - 1)} : {});

/** @param {State} state @param {number} layers @returns {Partial<State>} */
const pass = ({tables}, layers) => (tables ? {layers: clip(layers, 1, tables.layers)} : {});

/** A step of the film. @param {State} state @param {1 | -1} by @returns {Partial<State>} */
const step = ({tables, at}, by) => {
  if (!tables) return {};
  const count = tables.x.length;
  return {at: (at + by + count) % count, pinned: false};
};

/** A click pins, and frees where it has pinned. @param {State} state @param {number} at @returns {Partial<State>} */
const pin = (state, at) => {
  const change = go(state, at);
  return {...change, pinned: !(state.pinned && change.at === state.at)};
};

/** @param {State} state @param {Partial<Settings>} patch @returns {Partial<State>} */
const choose = ({settings}, patch) => ({settings: {...settings, ...patch}});

/** @param {State} state @param {string} name @param {string} key @param {number | string} value @returns {Partial<State>} */
const adjust = (state, name, key, value) => {
  const {parameters} = state.settings;
  return choose(state, {
    parameters: {...parameters, [name]: {...parameters[name], [key]: value}},
  });
};

/** Pointing at x, and pinning it. @param {Panels} panels @param {Store} store @param {Player} player */
const listenToCurves = ({y, slope}, store, player) => {
  for (const {svg, under} of [y, slope]) {
    /** @param {MouseEvent} event */
    const nearest = event => {
      const {tables} = store.state;
      if (!tables) return 0;
      const [from, to] = endsOf(tables);
      return Math.round(((under(event)[0] - from) / (to - from)) * (tables.x.length - 1));
    };
    svg.addEventListener("pointermove", event => {
      if (!store.state.pinned && !player.playing) store.set(go(store.state, nearest(event)));
    });
    svg.addEventListener("click", event => {
      player.stop();
      y.svg.focus({preventScroll: true});
      store.set(pin(store.state, nearest(event)));
    });
  }
};

/** Layers are chosen with a pressed pointer, so that the way to the curves changes nothing. @param {Panels["through"]} panel @param {Store} store */
const listenToLayers = ({svg, under}, store) => {
  /** @param {MouseEvent} event */
  const follow = event => {
    if (event.buttons) store.set(pass(store.state, Math.round(under(event)[0])));
  };
  svg.addEventListener("pointerdown", event => {
    svg.setPointerCapture(event.pointerId);
    follow(event);
  });
  svg.addEventListener("pointermove", follow);
};

/** @param {HTMLElement} stage @param {Panels} panels @param {Store} store @param {Player} player */
const listenToKeys = (stage, {through}, store, player) =>
  stage.addEventListener("keydown", event => {
    const {at, layers, pinned} = store.state;
    const [right] = arrowOf(event) ?? [0];
    if (right && event.target === through.svg) store.set(pass(store.state, layers + right));
    else if (right) {
      player.stop();
      store.set(go(store.state, at + right));
    } else if (keyOf(event) === "Enter") store.set({pinned: !pinned});
    else return;
    event.preventDefault();
  });

/** @param {HTMLElement} root @param {Store} store */
const viewOf = (root, store) => {
  const controls = controlsOf(root, {
    choose: patch => store.set(choose(store.state, patch)),
    adjust: (name, key, value) => store.set(adjust(store.state, name, key, value)),
    go: at => store.set(go(store.state, at)),
    pass: layers => store.set(pass(store.state, layers)),
  });
  const {stage, panels} = panelsOf(root);
  const words = wordsOf(root);
  const note = noteOf(root, "");
  const player = playerOf(root, by => store.set(step(store.state, by)), words);
  const code = codeOf(root);
  add(root, "div", {class: "help"}, HELP);
  /** @param {State} state @param {State} before */
  const draw = (state, before) => {
    const {tables, settings} = state;
    if (!tables) return;
    if (tables !== before.tables) {
      controls.offer(tables);
      stage.inert = false;
    }
    if (tables !== before.tables || settings !== before.settings) {
      controls.choose(tables, settings);
      drawCurves(panels, tables, settings);
      code.show(chosenOf(tables, settings)[0].table.code);
    }
    controls.point(tables, state);
    drawMarks(panels, words, tables, state);
  };
  return {stage, panels, note, player, draw};
};

/** @param {{model: Model, el: HTMLElement}} place */
const render = ({model, el}) => {
  const root = rootOf(el, "Explorer of activations");
  /** @type {State} */
  const first = {tables: null, settings: model.get("settings"), at: 0, layers: 5, pinned: false};
  const store = storeOf(first);
  const {stage, panels, note, player, draw} = viewOf(root, store);
  store.watch(draw);
  listenToCurves(panels, store, player);
  listenToLayers(panels.through, store);
  listenToKeys(stage, panels, store, player);
  filmKeys(root, player, () => store.set({pinned: false}));
  /** @param {Settings} settings */
  const obey = settings => store.set({settings});
  const chosen = shared(model, "settings", obey);
  store.watch(({settings}, before) => {
    if (settings !== before.settings) chosen.tell(settings);
  });
  /** @param {PackedTables} packed */
  const arrived = packed => {
    const tables = tablesFrom(packed);
    store.set({tables, at: tables.x.indexOf("1")});
  };
  const data = tablesOf(model, "data", arrived, note.say);
  return () => {
    player.stop();
    for (const open of [chosen, data]) open.close();
  };
};

export default {render};
