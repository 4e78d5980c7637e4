// @ts-check
// What the explorer of a convolution along time shows: numbers, sentences and marks, from its state.

import {decodeAll, equals, factor} from "../../page/numbers.js";

/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("../../page/chart.js").Ends} Ends */
/** @typedef {import("../schema").Conv1dTable} PackedTable */
/** @typedef {import("../schema").Conv1dTables} PackedTables */
/** @typedef {import("../schema").Conv1dSettings} Settings */
/** @typedef {ReturnType<typeof tableOf>} Table */
/** @typedef {ReturnType<typeof tablesFrom>} Tables */
/** @typedef {ReturnType<typeof numbersOf>} Numbers */
/** @typedef {{panel: "X" | "Y", at: number}} Place an output or a sample */
/** @typedef {{k: number, number: Shown, kind: string}} Bar */
/** @typedef {{panel: "X" | "Y", place: number, number: Shown, main: boolean}} Dot */
/** @typedef {{x: number, k: number, y: number}} Meeting of a sample and a weight for an output */

const ZERO = {text: "0", exact: true};

/** @param {Shown} number @returns {Shown} */
const opposite = ({text, exact}) => ({
  text: text === "0" ? text : text[0] === "-" ? text.slice(1) : `-${text}`,
  exact,
});

/** @param {PackedTable} table */
export const tableOf = table => ({
  ...table,
  K: decodeAll(table.K),
  products: table.products.map(decodeAll),
  Y: Object.fromEntries(Object.entries(table.Y).map(([key, text]) => [key, decodeAll(text)])),
});

/** @param {PackedTables} tables */
export const tablesFrom = tables => ({
  ...tables,
  X: decodeAll(tables.X),
  products: tables.products.map(decodeAll),
  tables: Object.fromEntries(
    Object.entries(tables.tables).map(([name, table]) => [name, tableOf(table)]),
  ),
});

/**
 * The numbers of these settings, and where they stand along the signal: of a table's outputs every
 * stride-th, less what padding does not reach.
 * @param {Tables} tables
 * @param {Table} table
 * @param {Settings} settings
 */
export const numbersOf = ({X, most, products}, table, {stride, padding, dilation}) => {
  const {K} = table;
  const every = table.Y[dilation];
  const cut = most.padding[1] - padding;
  const rows = [...products, ...table.products];
  const half = (dilation * (K.length - 1)) / 2;
  return {
    K,
    Y: every.slice(cut, every.length - cut).filter((_, i) => i % stride === 0),
    /** @type {Ends} the first and the last sample, padding included */
    ends: [-padding, X.length + padding - 1],
    /** @param {number} x */
    inside: x => x >= 0 && x < X.length,
    /** @param {number} x */
    sample: x => X[x] ?? ZERO,
    /** @param {number} k @param {number} x */
    product(k, x) {
      const number = rows[table.rows[k]][x] ?? ZERO;
      return K[k].text[0] === "-" ? opposite(number) : number;
    },
    /** @param {number} y @param {number} k */
    meets: (y, k) => y * stride - padding + dilation * k,
    /** Where the middle of the window of an output is. @param {number} y */
    middle: y => y * stride - padding + half,
    /** @param {number} x */
    nearest: x => Math.round((x + padding - half) / stride),
  };
};

/**
 * The least and the most that can be pointed at.
 * @param {Numbers} numbers
 * @returns {Record<"X" | "Y", Ends>}
 */
export const rangesOf = ({ends, Y}) => ({X: ends, Y: [0, Y.length - 1]});

/** Who meets whom for what is pointed at. @param {Numbers} numbers @param {Place} pointed */
export const meetingsOf = ({K, Y, meets}, {panel, at}) => {
  /** @type {Meeting[]} */
  const meetings = [];
  for (const y of panel === "Y" ? [at] : Y.keys())
    for (const k of K.keys()) {
      const x = meets(y, k);
      if (panel === "Y" || x === at) meetings.push({x, k, y});
    }
  return meetings;
};

/** @param {string[]} terms */
const sum = terms =>
  terms.length <= 6
    ? terms.join(" + ")
    : [...terms.slice(0, 3), `… ${terms.length - 4} more …`, ...terms.slice(-1)].join(" + ");

/** @param {string[]} parts */
const listed = parts =>
  parts.length <= 5
    ? parts.join(", ")
    : `${parts.slice(0, 4).join(", ")} and ${parts.length - 4} more`;

/** @param {Numbers} numbers @param {number} x */
const nameOf = ({inside}, x) => (inside(x) ? `X[${x}]` : "padding");

/** @param {Numbers} numbers @param {Meeting} meeting */
const times = ({K, sample}, {x, k}) => `${factor(sample(x))}·${factor(K[k])}`;

/** @param {Numbers} numbers @param {Meeting[]} meetings @param {number} weight */
const aboutWeight = (numbers, meetings, weight) => {
  const {K, sample, product} = numbers;
  const head = `K[${weight}] = ${K[weight].text}`;
  const meeting = meetings.find(({k}) => k === weight);
  if (!meeting) return `${head} meets nothing here`;
  const {x, y} = meeting;
  const result = product(weight, x);
  const sign = equals(result, sample(x), K[weight]);
  return (
    `${head} meets ${nameOf(numbers, x)} = ${sample(x).text} for Y[${y}]: ` +
    `${times(numbers, meeting)} ${sign} ${result.text}`
  );
};

/** @param {Numbers} numbers @param {Meeting[]} meetings @param {number} y */
const aboutOutput = (numbers, meetings, y) => {
  const {K, Y, sample} = numbers;
  const terms = meetings.map(meeting => times(numbers, meeting));
  const sign = equals(Y[y], ...meetings.flatMap(({x, k}) => [sample(x), K[k]]));
  return `Y[${y}] = ${sum(terms)} ${sign} ${Y[y].text}`;
};

/** @param {Numbers} numbers @param {Meeting[]} meetings @param {number} x */
const aboutSample = (numbers, meetings, x) => {
  const {inside, sample} = numbers;
  const head = inside(x) ? `X[${x}] = ${sample(x).text}` : "A padded 0";
  if (!meetings.length) return `${head} is used by no output`;
  const uses = meetings.map(meeting => `${times(numbers, meeting)} in Y[${meeting.y}]`);
  const outputs = `${uses.length} output${uses.length === 1 ? "" : "s"}`;
  return `${head} is used by ${outputs}: ${listed(uses)}`;
};

/**
 * @param {Numbers} numbers
 * @param {Meeting[]} meetings
 * @param {Place} pointed
 * @param {number | null} weight
 */
const sentenceOf = (numbers, meetings, {panel, at}, weight) => {
  if (weight !== null) return aboutWeight(numbers, meetings, weight);
  return (panel === "Y" ? aboutOutput : aboutSample)(numbers, meetings, at);
};

/**
 * Dots on the signal and the output; `main` are those one points at.
 * @param {Numbers} numbers
 * @param {Meeting[]} meetings
 * @param {Place} pointed
 * @param {number | null} weight
 * @returns {Dot[]}
 */
const dotsOf = ({Y, sample, middle}, meetings, {panel, at}, weight) => {
  const unique = /** @param {number[]} places */ places => [...new Set(places)];
  const xs = panel === "X" ? [at] : unique(meetings.map(({x}) => x));
  const ys = panel === "Y" ? [at] : unique(meetings.map(({y}) => y));
  const chosen = meetings.find(({k}) => k === weight);
  /** @param {number} x @param {boolean} main @returns {Dot} */
  const onSignal = (x, main) => ({panel: "X", place: x, number: sample(x), main});
  /** @param {number} y @returns {Dot} */
  const onOutput = y => ({panel: "Y", place: middle(y), number: Y[y], main: panel === "Y"});
  return [
    ...xs.map(x => onSignal(x, panel === "X")),
    ...ys.map(onOutput),
    ...(chosen ? [onSignal(chosen.x, true)] : []),
  ];
};

/**
 * What is drawn of what is pointed at: bars of weights and products, dots, the kernel's own shape
 * along the samples under it.
 * @param {Numbers} numbers
 * @param {{pointed: Place, weight: number | null, pinned: boolean}} pointer
 */
export const marksOf = (numbers, {pointed, weight, pinned}) => {
  const {K, Y, inside, product} = numbers;
  if (!Y.length)
    return {
      said:
        "Nothing is left: the kernel, as wide as its dilation makes it, does not fit in the padded" +
        " signal.",
      weights: K.map((number, k) => ({k, number, kind: ""})),
    };
  const {panel, at} = pointed;
  const meetings = meetingsOf(numbers, pointed);
  /** @param {number} k */
  const first = k => meetings.find(meeting => meeting.k === k);
  /** @param {number} k */
  const kindOf = k => (weight === k ? "chosen" : first(k) || weight !== null ? "" : "idle");
  const said = sentenceOf(numbers, meetings, pointed, weight);
  const met = [...K.keys()].flatMap(k => first(k) ?? []);
  const place = inside(at) ? `X[${at}]` : "a padded 0";
  return {
    said: said + (pinned ? " (pinned)" : ""),
    weights: K.map((number, k) => ({k, number, kind: kindOf(k)})),
    pointer: {
      said,
      title: panel === "Y" ? `products; their sum is Y[${at}]` : `products of ${place}`,
      products: met.map(({k, x}) => ({k, number: product(k, x), kind: kindOf(k)})),
      dots: dotsOf(numbers, meetings, pointed, weight),
      window: panel === "Y" ? meetings.map(({x, k}) => ({x, number: K[k]})) : [],
    },
  };
};
