// @ts-check
// The explorer of a convolution along time: looks numbers up in the tables of conv1d.py and draws.

import {codeOf} from "../../page/code.js";
import {add} from "../../page/dom.js";
import {arrowOf, keyOf} from "../../page/keys.js";
import {noteOf} from "../../page/note.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {connect, shared} from "../../page/python.js";
import {rootOf} from "../../page/root.js";
import {storeOf} from "../../page/store.js";
import {tablesOf} from "../../page/tables.js";
import {wordsOf} from "../../page/words.js";
import {tableOf, tablesFrom} from "./conv1d_scene.js";
import {
  answered,
  ask,
  edit,
  enter,
  next,
  pin,
  point,
  set,
  settled,
  stateOf,
  step,
  weigh,
} from "./conv1d_state.js";
import {codeFor, controlsOf, drawMarks, drawNumbers, panelsOf} from "./conv1d_view.js";

/** @typedef {import("../../page/python.js").Model} Model */
/** @typedef {ReturnType<typeof playerOf>} Player */
/** @typedef {import("./conv1d_scene.js").Settings} Settings */
/** @typedef {import("./conv1d_state.js").Move} Move */
/** @typedef {import("./conv1d_state.js").State} State */
/** @typedef {import("./conv1d_view.js").Panels} Panels */
/** @typedef {ReturnType<typeof storeOf<State>>} Store */

const HELP =
  "Point at an output, a sample or a weight; click pins. Keys: left and right move, up and down" +
  " change a weight, Enter pins, Escape unpins, Space plays.";
const DRAG = 3; // pixels, from which on a pressed pointer drags

/**
 * Pointing at a weight, dragging it, keys.
 * @param {Panels["K"]} panel
 * @param {Store} store
 * @param {Player} player
 * @param {(move: Move) => void} move
 */
const listenToWeights = ({svg, under}, store, player, move) => {
  /** @type {{at: number, from: number, moved: boolean} | null} */
  let drag = null;
  const drop = () => {
    drag = null;
  };
  /** @param {number | null} at */
  const choose = at => store.set(weigh(store.state, at));
  svg.addEventListener("pointerdown", event => {
    const at = Math.round(under(event)[0]);
    drag = {at, from: event.clientY, moved: false};
    svg.setPointerCapture(event.pointerId);
    choose(at);
  });
  svg.addEventListener("pointermove", event => {
    const [place, number] = under(event);
    if (!drag) return player.playing || choose(Math.round(place));
    drag.moved ||= Math.abs(event.clientY - drag.from) > DRAG;
    const most = Number(store.state.table?.reach);
    if (drag.moved) move({at: drag.at, to: Math.max(-most, Math.min(most, number)), by: 0});
  });
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", drop);
  svg.addEventListener("pointerleave", () => {
    if (!drag && document.activeElement !== svg) choose(null);
  });
  svg.addEventListener("focus", () => choose(store.state.weight ?? 0));
  svg.addEventListener("blur", () => choose(null));
  svg.addEventListener("keydown", event => {
    const [right, up] = arrowOf(event) ?? [0, 0];
    const at = store.state.weight ?? 0;
    if (!right && !up) return;
    event.preventDefault();
    if (up) return move({at, to: null, by: up});
    player.stop();
    choose(at + right);
  });
};

/**
 * Pointing at a sample or an output, pinning it, keys.
 * @param {Panels["X"]} panel
 * @param {"X" | "Y"} name
 * @param {Store} store
 * @param {Player} player
 */
const listenToPlot = ({svg, under}, name, store, player) => {
  /** @param {number} at */
  const place = at => ({panel: name, at});
  /** @param {MouseEvent} event */
  const nearest = event => {
    const [x] = under(event);
    return place(name === "X" ? Math.round(x) : (store.state.numbers?.nearest(x) ?? 0));
  };
  svg.addEventListener("pointermove", event => {
    if (!store.state.pinned && !player.playing) store.set(point(store.state, nearest(event)));
  });
  svg.addEventListener("click", event => {
    player.stop();
    store.set(pin(store.state, nearest(event)));
  });
  svg.addEventListener("focus", () => {
    if (!player.playing) store.set(enter(store.state, name));
  });
  svg.addEventListener("keydown", event => {
    const {pointed, pinned} = store.state;
    const here = pointed.panel === name;
    const way = arrowOf(event);
    if (way?.[0]) {
      player.stop();
      store.set(point(store.state, place((here ? pointed.at : 0) + way[0])));
    } else if (keyOf(event) === "Enter")
      store.set({...(here ? {} : point(store.state, place(pointed.at))), pinned: !pinned});
    else if (!way) return;
    event.preventDefault();
  });
};

/** @param {HTMLElement} root @param {Store} store */
const viewOf = (root, store) => {
  const controls = controlsOf(root, patch => store.set(set(store.state, patch)));
  const {stage, panels} = panelsOf(root);
  const words = wordsOf(root);
  const note = noteOf(root, "ready kernels and sliders work, weights cannot be moved.");
  const player = playerOf(root, by => store.set(step(store.state, by)), words);
  const code = codeOf(root);
  add(root, "div", {class: "help"}, HELP);
  /** @param {State} state @param {State} before */
  const draw = (state, before) => {
    const {tables, edited, settings, numbers, pointed, weight, pinned, refusal} = state;
    if (refusal !== before.refusal) note.say(refusal);
    if (!tables || !numbers) return;
    const same = numbers === before.numbers;
    if (!same) {
      stage.inert = false;
      controls.show(tables, edited, settings);
      drawNumbers(panels, state);
      code.show(codeFor(state));
    }
    if (!same || pointed !== before.pointed || weight !== before.weight || pinned !== before.pinned)
      drawMarks(panels, words, state);
  };
  return {panels, player, note, draw};
};

/** @param {{model: Model, el: HTMLElement}} place */
const render = ({model, el}) => {
  const root = rootOf(el, "Explorer of a convolution along a signal");
  const store = storeOf(stateOf(model.get("settings")));
  const {panels, player, note, draw} = viewOf(root, store);
  const python = connect(
    model,
    message => store.set(answered(store.state, message)),
    here => {
      store.set({sent: null, waiting: []});
      note.connect(here);
    },
  );
  const chosen = shared(
    model,
    "settings",
    /** @param {Settings} settings */ settings => store.set(set(store.state, settings)),
  );
  store.watch(draw);
  store.watch(({numbers, settings}, before) => {
    if (numbers !== before.numbers) chosen.tell(settings);
  });
  store.watch(state => {
    const message = next(state);
    if (!message) return;
    store.set(message.change);
    python.send({edit: message.edit});
  });

  /** @param {Move} move */
  const move = move => {
    if (!python.here) return;
    player.stop();
    store.set(ask(store.state, move));
  };
  listenToWeights(panels.K, store, player, move);
  listenToPlot(panels.X, "X", store, player);
  listenToPlot(panels.Y, "Y", store, player);
  filmKeys(root, player, () => store.set({pinned: false}));

  const tables = [
    tablesOf(
      model,
      "data",
      /** @param {import("../schema").Conv1dTables} tables */ tables =>
        store.set(settled(store.state, {tables: tablesFrom(tables)})),
      note.say,
    ),
    tablesOf(
      model,
      "edited",
      /** @param {import("../schema").Conv1dTable} table */ table =>
        store.set(edit(store.state, tableOf(table))),
      note.say,
    ),
  ];
  return () => {
    player.stop();
    for (const open of [python, chosen, ...tables]) open.close();
  };
};

export default {render};
