// @ts-check
// The state of the explorer of gradient descent, and what it says of a path.

import {alike, decodeAll, factor} from "../../page/numbers.js";

/** @typedef {import("../../page/chart.js").Ends} Ends */
/** @typedef {import("../schema").DescentPath} PackedPath */
/** @typedef {import("../schema").DescentTables} PackedTables */
/** @typedef {import("../schema").DescentChosen} Chosen */
/** @typedef {ReturnType<typeof pathFrom>} Path */
/** @typedef {ReturnType<typeof tablesFrom>} Tables */
/** @typedef {Path & {lr: number}} Run a path at a learning rate */
/**
 * @typedef {object} State
 * @property {Tables | null} tables
 * @property {Chosen} chosen
 * @property {boolean} here whether Python is
 * @property {{ask: Chosen, path: Path} | null} answer the last of Python
 * @property {boolean} asked a question is on its way
 * @property {Run | null} run that is shown: of what is chosen, or of what was while it was asked for
 * @property {Run | null} kept to compare
 * @property {number} step
 */
/** @typedef {Partial<State>} Change */

const HOW = {
  converges: "Converges: the slope is nearly gone",
  crawls: "Crawls: still on its way",
  swings: "Swings: from side to side, as high as before",
  diverges: "Diverges: it climbs",
  stands: "Stands: there is no slope here",
};

/** @param {PackedPath} path */
export const pathFrom = ({how, weights, gradients, losses}) => ({
  how,
  weights: weights.map(decodeAll),
  gradients: gradients.map(decodeAll),
  losses: decodeAll(losses),
});

/** @param {PackedTables} tables */
export const tablesFrom = tables => ({
  ...tables,
  paths: tables.paths.map(paths => paths.map(pathFrom)),
});

/** @param {Chosen} chosen @returns {State} */
export const stateOf = chosen => ({
  tables: null,
  chosen,
  here: false,
  answer: null,
  asked: false,
  run: null,
  kept: null,
  step: 0,
});

/** @template T @param {T[]} values @param {(value: T) => number} distance */
export const nearest = (values, distance) =>
  values.reduce((best, value) => (distance(value) < distance(best) ? value : best));

/** @param {number[]} one @param {number[]} other */
const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);

/** The path of what is chosen, if Python has told it. @param {State} state */
export const pathOf = ({tables, chosen, answer}) => {
  if (answer && alike(answer.ask, chosen)) return answer.path;
  const rate = tables?.rates.indexOf(chosen.lr) ?? -1;
  const place = tables?.starts.findIndex(start => alike(start, chosen.start)) ?? -1;
  return tables && rate >= 0 && place >= 0 ? tables.paths[rate][place] : null;
};

/** The run of what is chosen, and a step that it has. @param {State} state @param {Change} change @returns {Change} */
export const settled = (state, change) => {
  const next = {...state, ...change};
  const path = pathOf(next);
  const run = path ? {...path, lr: next.chosen.lr} : next.run;
  return {...change, run, step: run ? Math.min(next.step, run.losses.length - 1) : next.step};
};

/** Another start or rate: without Python, the nearest of what is stored. @param {State} state @param {Partial<Chosen>} patch @returns {Change} */
export const choose = (state, patch) => {
  const {tables, chosen, here} = state;
  if (!tables) return {};
  const {start, lr} = {...chosen, ...patch};
  const stored = {
    start: nearest(tables.starts, one => apart(one, start)),
    lr: nearest(tables.rates, rate => Math.abs(rate - lr)),
  };
  return settled(state, {chosen: here ? {start, lr} : stored, step: tables.steps});
};

/** @param {State} state @param {{ask?: Chosen, path?: PackedPath}} message @returns {Change} */
export const answered = (state, {ask, path: packed}) => {
  if (!ask || !packed) return {};
  const path = pathFrom(packed);
  return settled(state, {answer: {ask, path}, asked: false, run: {...path, lr: ask.lr}});
};

/** Python comes or goes. @param {State} state @param {boolean} here @returns {Change} */
export const connected = (state, here) => {
  if (here) return {here};
  const gone = {here, asked: false};
  return pathOf(state) ? gone : {...gone, ...choose({...state, here}, {})};
};

/** @param {State} state @param {number} at @returns {Change} */
export const go = ({run, tables}, at) =>
  run && tables
    ? {step: Math.max(0, Math.min(tables.steps, run.losses.length - 1, Math.round(at)))}
    : {};

/** A step of the film. @param {State} state @param {number} by @returns {Change} */
export const move = ({run, step}, by) =>
  run ? {step: (step + by + run.losses.length) % run.losses.length} : {};

/** @param {State} state @param {boolean} on @returns {Change} */
export const keep = ({run}, on) => ({kept: on ? run : null});

/** Three digits of a place on the picture. @param {number} value @param {Ends} ends */
const within = (value, [low, high]) => Math.max(low, Math.min(high, Number(value.toPrecision(3))));

/** The start under the pointer, on the picture. @param {Tables} tables @param {number[]} place */
export const startAt = ({around}, place) =>
  place.map((value, axis) => {
    const [low, high] = around[axis];
    return Number(Math.max(low, Math.min(high, value)).toPrecision(3));
  });

/**
 * The start a little further on; without Python, the next that is stored.
 * @param {State} state
 * @param {number[]} way to the right and up
 * @param {boolean} far
 */
export const startBeside = ({tables, chosen: {start}, here}, way, far) => {
  if (!tables) return start;
  if (here)
    return start.map((value, axis) => {
      const [low, high] = tables.around[axis];
      return within(value + (way[axis] * (high - low)) / (far ? 8 : 40), [low, high]);
    });
  const ahead = tables.starts.filter(
    one => (one[0] - start[0]) * way[0] + (one[1] - start[1]) * way[1] > 0,
  );
  return ahead.length ? nearest(ahead, one => apart(one, start)) : start;
};

/** How a run goes, and the one it is compared with. @param {Run} run @param {Run | null} kept @param {number} steps */
export const aboutRun = ({how, losses}, kept, steps) => {
  const numbers = losses.map(({text}) => Number(text));
  const texts = losses.map(({text}) => text);
  const count = texts.length - 1;
  const turn = numbers.indexOf(Math.min(...numbers));
  const way =
    how === "diverges" && turn > 0
      ? `sinks from ${texts[0]} to ${texts[turn]} in ${turn} steps,` +
        ` then climbs to ${texts[count]} at step ${count}`
      : `goes from ${texts[0]} to ${texts[count]} in ${count} steps`;
  const cut = count < steps ? ", then too large for a number" : "";
  const other = kept ? ` Dashed: learning rate ${kept.lr}, ${kept.how}.` : "";
  return `${HOW[how]}. The loss ${way}${cut}.${other}`;
};

/** The numbers of a step, and how they give the next weights. @param {Run} run @param {number} step @param {number} steps */
export const aboutStep = ({weights, gradients, losses, lr}, step, steps) => {
  const [now, slopes] = [weights, gradients].map(part => part.map(numbers => numbers[step]));
  const listed = [now, slopes].map(part => part.map(({text}) => text).join(", "));
  const head =
    `Step ${step} of ${steps}: weights (${listed[0]}), loss ${losses[step].text},` +
    ` gradient (${listed[1]}).`;
  if (step === losses.length - 1) return head;
  const next = weights.map(
    (numbers, i) => `${now[i].text} − ${lr}·${factor(slopes[i])} ≈ ${numbers[step + 1].text}`,
  );
  return `${head} Next: ${next.join("; ")}`;
};
