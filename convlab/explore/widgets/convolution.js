// @ts-check
// The explorer of convolution: looks numbers up in the tables of lattice.py, colours and moves.

import {codeOf} from "../../page/code.js";
import {add} from "../../page/dom.js";
import {gridOf, inInput, listenToGrid, placeOf} from "../../page/grid.js";
import {arrowOf} from "../../page/keys.js";
import {noteOf} from "../../page/note.js";
import {alike} from "../../page/numbers.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {pointingOf} from "../../page/pointing.js";
import {connect, shared} from "../../page/python.js";
import {rootOf} from "../../page/root.js";
import {tablesOf} from "../../page/tables.js";
import {wordsOf} from "../../page/words.js";
import {decodeTables, keyOf, pools, resultsOf, sceneOf, sideOf} from "./convolution_scene.js";
import {
  controlsOf,
  differences,
  isSquare,
  kernelTitle,
  lineOf,
  nearest,
  squareOf,
} from "./convolution_settings.js";
import {meaningOf, nameOf} from "./convolution_words.js";

/** @typedef {import("../../page/grid.js").Grid} Grid */
/** @typedef {import("../../page/python.js").Model} Model */
/** @typedef {import("../schema").ConvolutionAnswer} Answer */
/** @typedef {import("../schema").ConvolutionEdit} Edit */
/** @typedef {import("../schema").ConvolutionSettings} Settings */
/** @typedef {import("../schema").ConvolutionTable} Table */
/** @typedef {import("../schema").ConvolutionTables} Tables */
/** @typedef {import("./convolution_scene.js").Data} Data */
/** @typedef {import("./convolution_scene.js").Scene} Scene */
/** @typedef {import("./convolution_words.js").Place} Place */

/**
 * @typedef {object} State
 * @property {Data | null} data
 * @property {Map<string, Table>} answers tables that were asked for
 * @property {Settings} settings drawn as soon as its table is here
 * @property {boolean} square whether rows and columns go together
 * @property {Scene | null} scene what is drawn
 * @property {number} width of the stage
 */
/** @typedef {State & View & Links} Explorer */
/** @typedef {ReturnType<typeof viewOf>} View */
/**
 * @typedef {object} Links
 * @property {ReturnType<typeof pointingOf<Place>>} pointing
 * @property {ReturnType<typeof connect>} python
 * @property {ReturnType<typeof shared<Settings>>} trait the settings that Python reads
 */

const HELP =
  "Point at a number; click to pin it, double-click to edit it. Keys: arrows, Tab, Enter pins," +
  " Escape unpins, F2 or digits edit, Space plays.";
const NOTHING =
  "Nothing is left: the kernel, as wide as its dilation makes it, does not fit in the padded" +
  " input, or the padding cuts all away.";

/** @param {Explorer} explorer */
const gridsOf = ({X, K, P, Y}) => /** @type {const} */ ([X, K, P, Y]);

/** The cell that has the focus. @param {Explorer} explorer @returns {Place | null} */
const focusedPlace = explorer => {
  const grid = gridsOf(explorer).find(({focused}) => focused !== null);
  return grid ? /** @type {Place} */ ({grid: grid.name, id: grid.focused}) : null;
};

/**
 * What Python can compute, or without it what is at hand.
 * @param {Explorer} explorer
 * @param {Data} data
 */
const rangesOf = ({python}, data) => (python.here ? data.most : data.ranges);

// Drawing.

/**
 * Marks the cells that belong to what is pointed at, and says what they make.
 * @param {Explorer} explorer
 */
const drawPointed = explorer => {
  const {data, scene, pointing, words, P} = explorer;
  if (!data || !scene) return;
  const place = scene.empty ? null : pointing.place;
  const meaning = place && meaningOf(data, scene, place);
  const text = (/** @type {string} */ id) => meaning?.products.get(id)?.text ?? "";
  P.show({...scene.P, cells: scene.P.cells.map(cell => ({...cell, text: text(cell.id)}))});
  for (const grid of gridsOf(explorer)) {
    const pointed = place?.grid === grid.name ? [place.id] : [];
    const pinned = pointing.pinned ? pointed : [];
    grid.mark({...meaning?.marks[grid.name], pointed, pinned});
  }
  if (meaning) words.say(meaning.words + (pointing.pinned ? " (pinned)" : ""));
  else words.say(scene.empty ? NOTHING : "Point at a number.");
};

/** Whether a scene has a cell. @param {Scene} scene @param {Place} place */
const has = (scene, {grid, id}) =>
  scene[grid].cells.some(cell => cell.id === id) && !(grid === "K" && pools(scene.settings.mode));

/** @param {Explorer} explorer @param {Data} data @param {Scene} scene */
const drawScene = (explorer, data, scene) => {
  const {X, K, P, Y, stage, width, code, pointing} = explorer;
  const focus = focusedPlace(explorer);
  const pooling = pools(scene.settings.mode);
  X.show(scene.X);
  K.show(scene.K);
  Y.show(scene.Y);
  K.box.hidden = pooling;
  K.entitle(kernelTitle(data, scene.settings));
  P.caption.textContent = pooling ? "in the window" : "products";
  code.show(lineOf(data, scene.settings));
  stage.style.setProperty("--cell", `${sideOf(scene, width)}px`);
  if (pointing.place && !has(scene, pointing.place)) pointing.leave();
  else drawPointed(explorer);
  if (focus && !alike(focus, focusedPlace(explorer))) explorer[focus.grid].enter(focus.id);
};

/** @param {Explorer} explorer */
const drawControls = explorer => {
  const {data, controls, settings, square} = explorer;
  if (data) controls.show(rangesOf(explorer, data)[settings.mode], settings, square);
};

/**
 * Draws what is wanted, if its table is here; an edit draws when it ends.
 * @param {Explorer} explorer
 */
const follow = explorer => {
  const {data, answers, settings, python, trait} = explorer;
  if (!data) return;
  drawControls(explorer);
  if (gridsOf(explorer).some(({editing}) => editing)) return;
  const results = resultsOf(data, answers, settings);
  if (!results) return python.ask(settings);
  explorer.scene = sceneOf(data, results, settings);
  drawScene(explorer, data, explorer.scene);
  trait.tell(settings);
};

// What the learner and Python change.

/** @param {Explorer} explorer @param {Partial<Settings>} patch */
const change = (explorer, patch) => {
  const {data, stage, note, settings: before} = explorer;
  if (!data) return;
  const goal = {...before, ...patch};
  explorer.settings = nearest(rangesOf(explorer, data)[goal.mode], goal);
  note.say(differences(goal, explorer.settings));
  if (explorer.settings.mode !== before.mode) stage.style.minHeight = "";
  alike(explorer.settings, before) ? drawControls(explorer) : follow(explorer);
};

/**
 * The film: to the next output, or the next input that is stamped.
 * @param {Explorer} explorer
 * @param {1 | -1} by
 */
const step = ({scene, pointing}, by) => {
  if (!scene) return;
  const grid = scene.settings.mode === "transposed" ? "X" : "Y";
  const {cells} = scene[grid];
  if (!cells.length) return;
  const {place} = pointing;
  const before = by > 0 ? -1 : 0;
  const now = place?.grid === grid ? cells.findIndex(({id}) => id === place.id) : before;
  pointing.free();
  pointing.point({grid, id: cells[(now + by + cells.length) % cells.length].id});
};

/** @param {Explorer} explorer @param {Place} place @param {string} [start] */
const edit = (explorer, {grid, id}, start) => {
  const {scene, python, note, player, pointing} = explorer;
  if (!scene || !python.here || grid === "P" || grid === "Y") return;
  if (grid === "K" && pools(scene.settings.mode)) return;
  const cell = scene[grid].cells.find(other => other.id === id);
  if (!cell || cell.at < 0) return;
  note.say("");
  player.stop();
  pointing.free();
  explorer[grid].edit(id, {
    label: `new value of ${nameOf(grid, id)}`,
    value: cell.text,
    start,
    end(text) {
      follow(explorer);
      const typed = text?.trim() ?? cell.text;
      /** @type {Edit} */
      const content = [grid, cell.at, typed];
      if (typed !== cell.text) python.send({edit: content});
    },
  });
};

// What the learner does.

/** Points at the cell that has the focus, or at nothing. @param {Explorer} explorer */
const rest = explorer => {
  if (!explorer.player.playing) explorer.pointing.point(focusedPlace(explorer));
};

/** @param {Explorer} explorer */
const listenToPointer = explorer => {
  const {stage, player, pointing} = explorer;
  stage.addEventListener("pointerover", event => {
    const place = /** @type {Place | null} */ (placeOf(event));
    if (place && !player.playing) pointing.point(place);
  });
  stage.addEventListener("pointerleave", () => rest(explorer));
  stage.addEventListener("click", event => {
    const place = /** @type {Place | null} */ (placeOf(event));
    if (!place || inInput(event)) return;
    player.stop();
    explorer[place.grid].enter(place.id);
    // The second click of a double click does not free what the first has pinned.
    event.detail < 2 ? pointing.toggle(place) : pointing.pin(place);
  });
};

/** @param {Explorer} explorer */
const listenToKeys = explorer => {
  const {root, stage, note, player, pointing} = explorer;
  stage.addEventListener("focusin", event => {
    const place = /** @type {Place | null} */ (placeOf(event));
    if (place && !inInput(event) && !player.playing) pointing.point(place);
  });
  root.addEventListener("focusout", () =>
    setTimeout(() => {
      if (!root.contains(document.activeElement) && !stage.matches(":hover")) rest(explorer);
    }),
  );
  stage.addEventListener("keydown", event => {
    if (arrowOf(event)) player.stop();
  });
  for (const grid of gridsOf(explorer))
    listenToGrid(grid, {
      moved: id => pointing.move({grid: grid.name, id}),
      edit: (id, start) => edit(explorer, {grid: grid.name, id}, start),
      press(id, key) {
        if (key === "Enter") pointing.toggle({grid: grid.name, id});
        return key === "Enter";
      },
    });
  filmKeys(root, player, () => {
    note.say("");
    pointing.free();
  });
};

/**
 * Keeps the width: to ask for it while drawing would lay out the page twice. The height does not
 * shrink again, so that nothing below jumps while a slider moves.
 * @param {Explorer} explorer
 */
const watchSize = explorer => {
  const {stage} = explorer;
  const observer = new ResizeObserver(([{contentRect}]) => {
    stage.style.minHeight = explorer.width === contentRect.width ? `${contentRect.height}px` : "";
    explorer.width = contentRect.width;
    if (explorer.scene)
      stage.style.setProperty("--cell", `${sideOf(explorer.scene, explorer.width)}px`);
  });
  observer.observe(stage);
  return observer;
};

/**
 * The elements from top to bottom.
 * @param {HTMLElement} el
 * @param {Parameters<typeof controlsOf>[1]} hands
 * @param {(by: 1 | -1) => void} move takes one step of the film
 */
const viewOf = (el, hands, move) => {
  const root = rootOf(el, "Explorer of convolution");
  const controls = controlsOf(root, hands);
  const stage = add(root, "div", {class: "stage"});
  const X = gridOf(stage, "X", "input", "input");
  const middle = add(stage, "div", {class: "middle"});
  const K = gridOf(middle, "K", "weights", "kernel");
  const P = gridOf(middle, "P", "weights products", "products", false);
  const Y = gridOf(stage, "Y", "output", "output");
  const words = wordsOf(root);
  const note = noteOf(root, "the sliders stop at what is stored, and numbers cannot be edited.");
  const player = playerOf(root, move, words);
  const code = codeOf(root);
  add(root, "div", {class: "help"}, HELP);
  return {root, controls, stage, X, K, P, Y, words, note, player, code};
};

/**
 * @param {Explorer} explorer
 * @param {{refused?: string, ask?: Settings} & Partial<Answer>} message
 */
const hear = (explorer, {refused, ask, table}) => {
  if (refused) explorer.note.say(refused);
  if (!ask || !table) return;
  explorer.answers.set(ask.mode + keyOf(ask), table);
  follow(explorer);
};

/** @param {{model: Model, el: HTMLElement}} place */
const render = ({model, el}) => {
  const settings = /** @type {Settings} */ (model.get("settings"));
  /** @type {State} */
  const state = {
    data: null,
    answers: new Map(),
    settings,
    square: isSquare(settings),
    scene: null,
    width: 660,
  };
  const view = viewOf(
    el,
    {
      choose: mode => change(explorer, {mode}),
      square(square) {
        explorer.square = square;
        change(explorer, square ? squareOf(explorer.settings) : {});
      },
      turn(name, axis, value) {
        const pair = explorer.square ? [value, value] : explorer.settings[name].with(axis, value);
        change(explorer, {[name]: pair});
      },
    },
    by => step(explorer, by),
  );
  /** @type {Links} */
  const links = {
    pointing: pointingOf(() => drawPointed(explorer)),
    python: connect(
      model,
      message => hear(explorer, message),
      here => {
        view.note.connect(here);
        drawControls(explorer);
      },
    ),
    trait: shared(model, "settings", chosen => {
      explorer.settings = chosen;
      explorer.square = isSquare(chosen);
      follow(explorer);
    }),
  };
  /** @type {Explorer} */
  const explorer = Object.assign(state, view, links);
  const loader = tablesOf(
    model,
    "data",
    (/** @type {Tables} */ tables) => {
      explorer.data = decodeTables(tables);
      explorer.answers.clear();
      follow(explorer);
    },
    view.note.say,
  );
  listenToPointer(explorer);
  listenToKeys(explorer);
  const size = watchSize(explorer);
  return () => {
    loader.close();
    view.player.stop();
    links.python.close();
    links.trait.close();
    size.disconnect();
  };
};

export default {render};
