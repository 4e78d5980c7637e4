// @ts-check
// What the explorer of kernels shows of one window: its pixels, the kernel, their products, a sum.

import {alike, decode, decodeAll, equals, factor} from "../../page/numbers.js";
import {sumsOf} from "./kernel_sums.js";

/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("../schema").KernelAnswer} Answer */
/** @typedef {import("../schema").KernelDescription} Description */
/** @typedef {import("../schema").KernelQuestion} Question */
/** @typedef {import("../schema").KernelTables} Tables */

/** The first row and column of a window. @typedef {{row: number, column: number}} Place */
/** A kernel's numbers decoded. @typedef {Omit<Description, "texts"> & {texts: Shown[]}} Kernel */
/**
 * The tables decoded.
 * @typedef {Omit<Tables, "levels" | "kernels"> & {levels: Shown[], kernels: Record<string, Kernel | undefined>}} Data
 */
/**
 * An answer decoded.
 * @typedef {{ask: Question, texts: Shown[], says: string, products: Shown[], sum: Shown}} Reply
 */
/**
 * The pixels of the photograph, row after row, as numbers of 256 levels.
 * @typedef {{wide: number, high: number, levels: Uint8ClampedArray}} Photo
 */

/**
 * @typedef {object} View what is looked at
 * @property {Question} question the window and the kernel
 * @property {boolean} pinned
 * @property {string | null} spot the id of the cell that is pointed at
 * @property {Reply | null} reply the last answer
 * @property {boolean} alone without Python
 */

/** @param {Tables} tables @returns {Data} */
export const decodeTables = tables => {
  /** @type {Data["kernels"]} */
  const kernels = {};
  for (const [name, kernel] of Object.entries(tables.kernels))
    kernels[name] = {...kernel, texts: decodeAll(kernel.texts)};
  return {...tables, levels: decodeAll(tables.levels), kernels};
};

/** @param {{ask: Question} & Answer} answer @returns {Reply} */
export const decodeAnswer = ({ask, texts, says, products, sum}) => ({
  ask,
  says,
  texts: decodeAll(texts),
  products: decodeAll(products),
  sum: decode(sum),
});

/** The side of a square kernel. @param {number[]} weights */
export const sideOf = weights => Math.sqrt(weights.length);

/** How far a kernel reaches around its middle. @param {number[]} weights */
export const edgeOf = weights => (sideOf(weights) - 1) / 2;

/**
 * A kernel of another size: a smaller one stands in the middle of a larger one, with zeros around.
 * @param {number[]} weights
 * @param {number} to its side
 */
export const resize = (weights, to) => {
  const from = sideOf(weights);
  const shift = (from - to) / 2;
  return Array.from({length: to * to}, (_, n) => {
    const row = Math.floor(n / to) + shift;
    const column = (n % to) + shift;
    const inside = Math.min(row, column) >= 0 && Math.max(row, column) < from;
    return inside ? weights[row * from + column] : 0;
  });
};

/**
 * The nearest place where a window fits.
 * @param {Photo} photo
 * @param {number} side
 * @param {Place} place
 * @returns {Place}
 */
export const nearestWindow = ({wide, high}, side, {row, column}) => ({
  row: Math.max(0, Math.min(high - side, row)),
  column: Math.max(0, Math.min(wide - side, column)),
});

/**
 * The name of a kernel among those to pick; empty for the learner's own.
 * @param {Data} data
 * @param {number[]} weights
 */
export const nameOf = ({kernels}, weights) =>
  Object.keys(kernels).find(name => alike(kernels[name]?.weights, weights)) ?? "";

/** The line of torch that filters. @param {number[]} weights */
export const lineOf = weights => {
  const side = sideOf(weights);
  const texts = weights.map(number => (Number.isInteger(number) ? `${number}.` : number));
  const rows = Array.from({length: side}, (_, i) => texts.slice(i * side, i * side + side));
  const kernel = rows.map(row => `[${row.join(", ")}]`).join(", ");
  return `F.conv2d(explorer.X[None, None], torch.tensor([[[${kernel}]]]))[0, 0]`;
};

/** The place of a cell among the numbers of a kernel. @param {string} id @param {number} side */
export const indexOf = (id, side) => {
  const [row, column] = id.split(",").map(Number);
  return row * side + column;
};

/**
 * The levels of a window, row after row.
 * @param {Photo} photo
 * @param {Place} at
 * @param {number} side
 */
const windowOf = ({wide, levels}, {row, column}, side) =>
  Array.from(
    {length: side * side},
    (_, n) => levels[(row + Math.floor(n / side)) * wide + column + (n % side)],
  );

/**
 * The sum of a window in words; of a cell that is pointed at only its product.
 * @param {View} view
 * @param {Shown[]} pixels
 * @param {Shown[]} texts of the kernel
 * @param {{products: Shown[], sum: Shown} | null} answer
 */
const sentenceOf = ({question, pinned, spot}, pixels, texts, answer) => {
  const [row, column] = question.at;
  const name = `Y[${row}, ${column}]`;
  const terms = pixels.map(({text}, n) => `${text}·${factor(texts[n])}`);
  if (spot !== null && answer) {
    const [down, along] = spot.split(",").map(Number);
    const n = indexOf(spot, sideOf(question.weights));
    const product = answer.products[n];
    return (
      `In ${name}, K[${down}, ${along}] multiplies X[${row + down}, ${column + along}]: ${terms[n]}` +
      ` ${equals(pixels[n], texts[n], product)} ${product.text}`
    );
  }
  const sum = answer ? ` ${equals(...pixels, ...texts, answer.sum)} ${answer.sum.text}` : "";
  return `${name} = ${terms.join(" + ")}${sum}${pinned ? " (pinned)" : ""}`;
};

/**
 * @param {Data} data
 * @param {Photo} photo
 * @param {View} view
 */
export const sceneOf = (data, photo, view) => {
  const {question, reply} = view;
  const {weights, at} = question;
  const side = sideOf(weights);
  const ids = weights.map((_, n) => `${Math.floor(n / side)},${n % side}`);
  const spot = ids.find(id => id === view.spot) ?? null; // another kernel may be smaller
  const description =
    reply && alike(reply.ask.weights, weights) ? reply : data.kernels[nameOf(data, weights)];
  const levels = windowOf(photo, {row: at[0], column: at[1]}, side);
  const own = view.alone ? sumsOf(levels, weights) : null;
  const answer = reply && alike(reply.ask, question) ? reply : own;
  const pixels = levels.map(level => data.levels[level]);
  const texts = description?.texts ?? weights.map(number => decode(String(number)));
  /** @param {(n: number) => {text: string, paper?: string, ink?: string}} cell */
  const rows = cell => ({wide: side, cells: ids.map((id, n) => ({id, ...cell(n)}))});
  return {
    X: rows(n => ({
      text: pixels[n].text,
      paper: `rgb(${levels[n]}, ${levels[n]}, ${levels[n]})`,
      ink: levels[n] > 117 ? "black" : "white", // both read at 4.5 to 1
    })),
    K: rows(n => ({text: texts[n].text})),
    P: rows(n => ({text: answer ? answer.products[n].text : ""})),
    title: answer ? `products, their sum ${equals(answer.sum)} ${answer.sum.text}` : "products",
    words: sentenceOf({...view, spot}, pixels, texts, answer),
    says: description?.says ?? own?.says ?? null,
    complete: answer !== null && answer !== own,
  };
};
