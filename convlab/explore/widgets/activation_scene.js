// @ts-check
// What the explorer of activations shows: curves, numbers and sentences, from its state.

import {decodeAll, equals} from "../../page/numbers.js";

/** @typedef {import("../../page/chart.js").Ends} Ends */
/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("../schema").ActivationSettings} Settings */
/** @typedef {import("../schema").ActivationTable} PackedTable */
/** @typedef {import("../schema").ActivationTables} PackedTables */
/** @typedef {ReturnType<typeof tablesFrom>} Tables */
/**
 * @typedef {object} State
 * @property {Tables | null} tables
 * @property {Settings} settings
 * @property {number} at which x is pointed at
 * @property {number} layers
 * @property {boolean} pinned
 */

/** @param {PackedTable} table */
const tableOf = table => ({
  ...table,
  y: decodeAll(table.y),
  slope: decodeAll(table.slope),
  through: table.through.map(decodeAll),
});

/** @param {PackedTables} packed */
export const tablesFrom = ({x, every, layers, functions}) => ({
  x: decodeAll(x).map(({text}) => text),
  every,
  layers,
  functions: Object.entries(functions).map(([name, {label, choices, tables}]) => ({
    name,
    label,
    choices,
    tables: Object.fromEntries(
      Object.entries(tables).map(([chosen, table]) => [chosen, tableOf(table)]),
    ),
  })),
});

/** @param {Tables} tables @returns {Ends} */
export const endsOf = ({x}) => [Number(x[0]), Number(x[x.length - 1])];

/** The chosen activation and the one compared with it. @param {Tables} tables @param {Settings} settings */
export const chosenOf = ({functions}, {name, other, parameters}) =>
  [name, other]
    .flatMap(one => functions.find(activation => activation.name === one) ?? [])
    .map(({name, label, choices, tables}) => ({
      name,
      label,
      choices,
      table:
        tables[
          Object.keys(choices)
            .map(key => parameters[name][key])
            .join()
        ],
    }));

/** @typedef {ReturnType<typeof chosenOf>[number]} Chosen */

/** The values or slopes of an activation along x. @param {Chosen} chosen @param {"y" | "slope"} kind @param {Ends} ends */
export const curveOf = ({table}, kind, [from, to]) => {
  const numbers = table[kind];
  const step = (to - from) / (numbers.length - 1);
  return numbers.map(({text}, i) => /** @type {Ends} */ ([from + i * step, Number(text)]));
};

/** The lowest and the highest end of all. @param {Chosen[]} chosen */
export const limitsOf = chosen => {
  const ends = chosen.map(({table}) => table.ends);
  const [low] = ends.map(([end]) => end).sort((a, b) => Number(a) - Number(b));
  const [high] = ends.map(([, end]) => end).sort((a, b) => Number(b) - Number(a));
  return {low, high};
};

/** @param {Shown} number */
const told = number => `${equals(number)} ${number.text}`;

/** @param {number} layers */
const counted = layers => `${layers} layer${layers === 1 ? "" : "s"}`;

/** What is true of an activation at x. @param {Chosen} chosen @param {Tables} tables @param {State} state */
const pointOf = ({label, table}, {every}, {at, layers}) => {
  const through = table.through.map(row => row[at]);
  return {
    label,
    y: table.y[at * every],
    slope: table.slope[at * every],
    through,
    product: through[layers - 1],
  };
};

/** @typedef {ReturnType<typeof pointOf>} Point */

/** The titles of the plots. @param {Point[]} points @param {number} layers */
const titlesOf = ([{label, y, slope, product}, other], layers) => ({
  y: `${label}: y ${told(y)}${other ? `; dashed ${other.label}: y ${told(other.y)}` : ""}`,
  slope: `its derivative: dy/dx ${told(slope)}${other ? `; dashed: ${told(other.slope)}` : ""}`,
  through: `${counted(layers)}, slopes multiplied ${told(product)}`,
});

/** What is pointed at: its numbers, and what is said of them. @param {Tables} tables @param {State} state */
export const sceneOf = (tables, state) => {
  const {at, layers, pinned} = state;
  const points = chosenOf(tables, state.settings).map(chosen => pointOf(chosen, tables, state));
  const sentences = points.map(
    ({label, y, slope, product}) =>
      `${label}: y ${told(y)}, slope ${told(slope)}, slopes of ${counted(layers)} multiplied` +
      ` ${told(product)}.`,
  );
  return {
    x: Number(tables.x[at]),
    points,
    titles: titlesOf(points, layers),
    said: `x = ${tables.x[at]}. ${sentences.join(" ")}${pinned ? " (pinned)" : ""}`,
  };
};
