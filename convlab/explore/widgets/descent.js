// @ts-check
// The explorer of gradient descent: draws the paths that Python has found, and asks for others.

import {add} from "../../page/dom.js";
import {arrowOf} from "../../page/keys.js";
import {noteOf} from "../../page/note.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {connect, shared} from "../../page/python.js";
import {rootOf} from "../../page/root.js";
import {storeOf} from "../../page/store.js";
import {tablesOf} from "../../page/tables.js";
import {wordsOf} from "../../page/words.js";
import {
  aboutRun,
  aboutStep,
  answered,
  choose,
  connected,
  go,
  keep,
  move,
  pathOf,
  settled,
  startAt,
  startBeside,
  stateOf,
  tablesFrom,
} from "./descent_scene.js";
import {chartsOf, controlsOf, drawRuns} from "./descent_view.js";

/** @typedef {import("../../page/python.js").Model} Model */
/** @typedef {import("./descent_scene.js").Chosen} Chosen */
/** @typedef {import("./descent_scene.js").PackedTables} PackedTables */
/** @typedef {import("./descent_scene.js").State} State */
/** @typedef {import("./descent_scene.js").Tables} Tables */
/** @typedef {import("./descent_view.js").Charts} Charts */
/** @typedef {ReturnType<typeof playerOf>} Player */
/** @typedef {ReturnType<typeof storeOf<State>>} Store */

const HELP =
  "Click on the picture or drag to choose the start; arrows move it, with Shift farther." +
  " Point at a step of the loss, or move along it with the arrows. Enter keeps a run to compare," +
  " Escape forgets it, Space plays.";

/**
 * The start is chosen on the picture.
 * @param {Charts["surface"]} surface
 * @param {Store} store
 * @param {(start: number[]) => void} begin
 */
const listenToSurface = ({box, under}, store, begin) => {
  let dragged = false;
  /** @param {PointerEvent} event */
  const seek = event => {
    const {tables} = store.state;
    if (tables) begin(startAt(tables, under(event)));
  };
  const drop = () => {
    dragged = false;
  };
  box.addEventListener("pointerdown", event => {
    dragged = true;
    box.setPointerCapture(event.pointerId);
    seek(event);
  });
  box.addEventListener("pointermove", event => {
    if (dragged) seek(event);
  });
  box.addEventListener("pointerup", drop);
  box.addEventListener("pointercancel", drop);
  box.addEventListener("keydown", event => {
    const way = arrowOf(event);
    if (!way) return;
    event.preventDefault();
    begin(startBeside(store.state, way, event.shiftKey));
  });
};

/** The step is pointed at on the curve. @param {Charts["curve"]} curve @param {Store} store @param {Player} player */
const listenToCurve = ({box, under}, store, player) => {
  /** @param {number} step */
  const point = step => {
    if (!player.playing) store.set(go(store.state, step));
  };
  box.addEventListener("pointermove", event => point(under(event)[0]));
  box.addEventListener("pointerleave", () => point(Number.POSITIVE_INFINITY));
  box.addEventListener("keydown", event => {
    const way = arrowOf(event);
    if (!way) return;
    event.preventDefault();
    player.stop();
    store.set(move(store.state, way[0] + way[1]));
  });
};

/** @param {HTMLElement} root @param {Store} store */
const viewOf = (root, store) => {
  /** @param {Partial<Chosen>} patch */
  const begin = patch => {
    player.stop();
    store.set(choose(store.state, patch));
  };
  const toggle = () => store.set(keep(store.state, !store.state.kept));
  const controls = controlsOf(root, () => store.state, begin);
  const stage = add(root, "div", {class: "stage descending"});
  const how = add(root, "div", {class: "how"});
  const words = wordsOf(root);
  const note = noteOf(
    root,
    "only the starts and the learning rates that are stored can be chosen.",
  );
  const player = playerOf(root, by => store.set(move(store.state, by)), words);
  const keeper = add(player.bar, "button", {type: "button"}, "Keep to compare");
  add(root, "div", {class: "help"}, HELP);
  keeper.addEventListener("click", toggle);
  stage.addEventListener("keydown", event => {
    if (event.key === "Enter") toggle();
  });
  filmKeys(root, player, () => store.set({kept: null}));
  /** @type {Charts | null} */
  let charts = null;
  /** @param {Tables} tables */
  const build = tables => {
    charts = chartsOf(stage, tables);
    listenToSurface(charts.surface, store, start => begin({start}));
    listenToCurve(charts.curve, store, player);
  };
  /** @param {State} state @param {State} before */
  const draw = (state, before) => {
    const {tables, run, kept, step} = state;
    controls.show(state);
    const fresh = tables !== before.tables;
    if (tables && fresh) build(tables);
    if (!tables || !run || !charts) return;
    if (!fresh && run === before.run && kept === before.kept && step === before.step) return;
    drawRuns(charts, state);
    keeper.textContent = kept ? "Forget the kept run" : "Keep to compare";
    how.textContent = aboutRun(run, kept, tables.steps);
    words.say(aboutStep(run, step, tables.steps));
  };
  return {note, player, draw};
};

/** @param {{model: Model, el: HTMLElement}} place */
const render = ({model, el}) => {
  const root = rootOf(el, "Explorer of gradient descent");
  const store = storeOf(stateOf(model.get("chosen")));
  const {note, player, draw} = viewOf(root, store);
  const python = connect(
    model,
    message => store.set(answered(store.state, message)),
    here => {
      note.connect(here);
      store.set(connected(store.state, here));
    },
  );
  /** @param {Chosen} chosen */
  const obey = chosen => store.set(settled(store.state, {chosen}));
  const shown = shared(model, "chosen", obey);
  store.watch(draw);
  store.watch((state, before) => {
    const {tables, chosen, asked, run} = state;
    const path = pathOf(state);
    if (path && run !== before.run) shown.tell(chosen);
    // One question at a time, so that a path is drawn while the start is still being dragged.
    if (path || asked || !tables) return;
    store.set({asked: true});
    python.send({ask: chosen});
  });
  /** @param {PackedTables} packed */
  const arrived = packed => {
    const tables = tablesFrom(packed);
    store.set(settled(store.state, {tables, step: tables.steps}));
  };
  const data = tablesOf(model, "data", arrived, note.say);
  return () => {
    player.stop();
    for (const open of [python, shown, data]) open.close();
  };
};

export default {render};
