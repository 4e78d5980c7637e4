// @ts-check
// What pointing at a number says, and which cells it marks.

import {equals, factor} from "../../page/numbers.js";
import {pools} from "./convolution_scene.js";

/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("./convolution_scene.js").Data} Data */
/** @typedef {import("./convolution_scene.js").Input} Input */
/** @typedef {import("./convolution_scene.js").Meeting} Meeting */
/** @typedef {import("./convolution_scene.js").Output} Output */
/** @typedef {import("./convolution_scene.js").Scene} Scene */
/** @typedef {import("./convolution_scene.js").Weight} Weight */
/** @typedef {"X" | "K" | "P" | "Y"} Name of a grid */
/** @typedef {{grid: Name, id: string}} Place */

/**
 * A sentence; the products to show by kernel cell; the inputs or outputs of a maximum, and the
 * kernel cell that met it.
 * @typedef {object} Meaning
 * @property {string} words
 * @property {Map<string, Shown>} [products]
 * @property {string[]} [best]
 * @property {string[]} [winner]
 */
/** @typedef {ReturnType<typeof readerOf>} Reader */

const MOST_LISTED = 9;

/** @param {string} name @param {string} id */
export const nameOf = (name, id) => `${name}[${id.replace(",", ", ")}]`;

/** @param {number} number @param {string} word */
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

/** @param {string[]} parts */
const list = parts =>
  parts.length <= MOST_LISTED
    ? parts.join(", ")
    : `${parts.slice(0, MOST_LISTED).join(", ")} and ${parts.length - MOST_LISTED} more`;

/** @template {{id: string}} T @param {readonly T[]} cells */
const byId = cells => {
  const map = new Map(cells.map(cell => [cell.id, cell]));
  return (/** @type {string} */ id) => /** @type {T} */ (map.get(id));
};

/**
 * Reads a scene by the ids of its cells.
 * @param {Data} data
 * @param {Scene} scene
 */
const readerOf = (data, scene) => {
  const {mode} = scene.settings;
  const x = byId(scene.X.cells);
  const k = byId(scene.K.cells);
  const y = byId(scene.Y.cells);
  const share = pools(mode) ? `/${scene.K.cells.length}` : null;
  return {
    mode,
    x,
    k,
    y,
    /** @param {Meeting} meeting @returns {Shown} */
    product: meeting => {
      const {at} = x(meeting.x);
      return at < 0 ? {text: "0", exact: true} : data.products[k(meeting.k).at][at];
    },
    /** An input in a sum. @param {Meeting} meeting */
    term: meeting => factor(x(meeting.x).number) + (share ?? `·${factor(k(meeting.k).number)}`),
    /** Whether an input is the maximum of an output. @param {Meeting} meeting */
    wins: meeting => x(meeting.x).at >= 0 && x(meeting.x).at === y(meeting.y).where,
    /** @param {Meeting} meeting */
    cuts: meeting => y(meeting.y).kind === "cut",
    /** @param {string} id */
    output: id => (y(id).kind === "cut" ? "a number that padding cuts away" : nameOf("Y", id)),
  };
};

/**
 * A number for each kernel cell.
 * @param {Meeting[]} meetings
 * @param {(meeting: Meeting) => Shown} number
 */
const perWeight = (meetings, number) => new Map(meetings.map(one => [one.k, number(one)]));

/** @param {Reader} reader @param {Output} output @param {Meeting[]} meetings @returns {Meaning} */
const maximum = (reader, output, meetings) => {
  const best = meetings.find(reader.wins);
  const inside = meetings.map(({x}) => reader.x(x)).filter(({at}) => at >= 0);
  const values = inside.map(({text}) => text).join(", ");
  return {
    words:
      `${reader.output(output.id)} = max(${values}) = ${output.text}` +
      (best ? `, which is ${nameOf("X", best.x)}` : ""),
    products: perWeight(meetings, ({x}) => reader.x(x).number),
    best: best ? [best.x] : [],
    winner: best ? [best.k] : [],
  };
};

/** @param {Reader} reader @param {Output} output @param {Meeting[]} meetings @returns {Meaning} */
const average = (reader, output, meetings) => {
  const numbers = meetings.map(({x}) => reader.x(x).number);
  const sum = numbers.map(factor).join(" + ");
  return {
    words:
      `${reader.output(output.id)} = (${sum}) / ${numbers.length}` +
      ` ${equals(output.number, ...numbers)} ${output.text}`,
    products: perWeight(meetings, ({x}) => reader.x(x).number),
  };
};

/** @param {Reader} reader @param {Output} output @param {Meeting[]} meetings @returns {Meaning} */
const weightedSum = (reader, output, meetings) => {
  const numbers = meetings.flatMap(({x, k}) => [reader.x(x).number, reader.k(k).number]);
  const sum = meetings.length ? meetings.map(reader.term).join(" + ") : "nothing";
  return {
    words: `${reader.output(output.id)} = ${sum} ${equals(output.number, ...numbers)} ${output.text}`,
    products: perWeight(meetings, reader.product),
  };
};

/** @param {Reader} reader @param {Input} input @param {Meeting[]} meetings @returns {Meaning} */
const inputMeaning = (reader, input, meetings) => {
  const {id, at, text} = input;
  const head = at < 0 ? `A padded ${text}` : `${nameOf("X", id)} = ${text}`;
  const left = meetings.filter(meeting => !reader.cuts(meeting));
  const cut = meetings.length - left.length;
  const outputs = count(new Set(left.map(({y}) => y)).size, "output");
  if (!meetings.length) return {words: `${head} is used by no output`};
  if (reader.mode === "max") {
    const best = meetings.filter(reader.wins).map(({y}) => y);
    const words = `${head} is seen by ${outputs}, and is the highest for ${best.length}`;
    return {words, best};
  }
  const uses = left.map(meeting => `${reader.term(meeting)} in ${reader.output(meeting.y)}`);
  const words =
    `${head} is used by ${outputs}${uses.length ? ": " : ""}${list(uses)}` +
    (cut ? `; ${cut} more ${cut === 1 ? "falls" : "fall"} where padding cuts` : "");
  return reader.mode === "average"
    ? {words}
    : {words, products: perWeight(meetings, reader.product)};
};

/** @param {Reader} reader @param {Weight} weight @param {Meeting[]} meetings @returns {Meaning} */
const weightMeaning = (reader, {id, text}, meetings) => {
  if (!meetings.length) return {words: "This place of the kernel meets no input"};
  const inputs = count(meetings.length, "input");
  if (pools(reader.mode)) return {words: `This place of the window looks at ${inputs}`};
  const products = meetings.map(meeting => {
    const product = reader.product(meeting);
    return `${reader.term(meeting)} ${equals(product)} ${product.text}`;
  });
  return {words: `${nameOf("K", id)} = ${text} multiplies ${inputs}: ${list(products)}`};
};

/** @param {Reader} reader @param {Place} place @param {Meeting[]} meetings */
const describe = (reader, {grid, id}, meetings) => {
  if (grid === "X") return inputMeaning(reader, reader.x(id), meetings);
  if (grid !== "Y") return weightMeaning(reader, reader.k(id), meetings);
  const {mode} = reader;
  const output = mode === "max" ? maximum : mode === "average" ? average : weightedSum;
  return output(reader, reader.y(id), meetings);
};

/**
 * What pointing at a cell says: a sentence, the products, and the cells that it marks in each grid.
 * @param {Data} data
 * @param {Scene} scene
 * @param {Place} place
 */
export const meaningOf = (data, scene, place) => {
  const part = /** @type {const} */ ({X: "x", K: "k", P: "k", Y: "y"})[place.grid];
  const meetings = scene.meetings.filter(meeting => meeting[part] === place.id);
  const meaning = describe(readerOf(data, scene), place, meetings);
  const {words, products = new Map(), best = [], winner = []} = meaning;
  return {
    words,
    products,
    marks: {
      X: {met: meetings.map(({x}) => x), best: place.grid === "X" ? [] : best},
      K: {met: meetings.map(({k}) => k)},
      P: {met: [...products.keys()], best: winner},
      Y: {met: meetings.map(({y}) => y), best: place.grid === "X" ? best : []},
    },
  };
};
