// @ts-check
// All that the explorer of convolution draws: the cells of its grids, and who met whom.

import {decodeAll} from "../../page/numbers.js";

/** @typedef {import("../../page/numbers.js").Shown} Shown */
/** @typedef {import("../schema").ConvolutionAxis} Axis */
/** @typedef {import("../schema").ConvolutionMode} Mode */
/** @typedef {import("../schema").ConvolutionPair} Pair */
/** @typedef {import("../schema").ConvolutionSettings} Settings */
/** @typedef {import("../schema").ConvolutionTable} Table */
/** @typedef {import("../schema").ConvolutionTables} Tables */

/** The numbers decoded. @typedef {Omit<Tables, "X" | "K" | "products"> & Numbers} Data */
/** @typedef {{X: Shown[], K: Shown[], products: Shown[][]}} Numbers */
/** A table decoded. @typedef {{rows: Axis, columns: Axis, Y: Shown[], where: number[]}} Results */

/**
 * `at` is its place among the numbers of X; -1 in the padding.
 * @typedef {Cell & {at: number}} Input
 */
/**
 * A number of the kernel, at row `a` and column `b`.
 * @typedef {Cell & {a: number, b: number, at: number}} Weight
 */
/**
 * `where` is the place of the input that is its maximum.
 * @typedef {Cell & {where: number}} Output
 */
/** @typedef {{id: string, text: string, kind: string, number: Shown}} Cell */
/**
 * The ids of an input, a number of the kernel and the output where they meet.
 * @typedef {{x: string, k: string, y: string}} Meeting
 */
/**
 * A row or column of outputs: its place in the table, and whether padding cuts it away.
 * @typedef {{place: number, cut: boolean}} Line
 */
/** @typedef {ReturnType<typeof sceneOf>} Scene */

/** @param {Mode} mode */
export const pools = mode => mode === "max" || mode === "average";

/** @param {Tables} tables @returns {Data} */
export const decodeTables = tables => ({
  ...tables,
  X: decodeAll(tables.X),
  K: decodeAll(tables.K),
  products: tables.products.map(decodeAll),
});

/**
 * Of transposed convolution there is a table a stride: all others only skip places.
 * @param {Settings} settings
 * @returns {Pair}
 */
const stridesOf = ({mode, stride}) => (mode === "transposed" ? stride : [1, 1]);

/** The name of the table that serves these settings. @param {Settings} settings */
export const keyOf = settings =>
  [...settings.kernel, ...settings.dilation, ...stridesOf(settings)].join();

/**
 * The table for these settings: one that Python has sent, or one at hand, or null.
 * @param {Data} data
 * @param {Map<string, Table>} answers by mode and key
 * @param {Settings} settings
 * @returns {Results | null}
 */
export const resultsOf = (data, answers, settings) => {
  const {mode, kernel, padding, dilation} = settings;
  const strides = stridesOf(settings);
  const key = keyOf(settings);
  const axes = data.axes[mode];
  /** @param {Record<string, Axis>} axis @param {0 | 1} i */
  const along = (axis, i) => axis[[kernel[i], dilation[i], strides[i]].join()];
  const numbers = data.tables[mode][key];
  const table =
    answers.get(mode + key) ??
    (numbers && {...numbers, rows: along(axes.rows, 0), columns: along(axes.columns, 1)});
  if (!table) return null;
  const {rows, columns, Y, where} = table;
  const enough = padding[0] <= rows.padding && padding[1] <= columns.padding;
  if (mode !== "transposed" && !enough) return null;
  return {rows, columns, Y: decodeAll(Y), where: where ? where.split(" ").map(Number) : []};
};

/** @param {Data} data @param {Settings} settings @returns {Input[]} */
const inputsOf = (data, {mode, padding}) => {
  const [height, width] = data.size[0];
  const [above, left] = mode === "transposed" ? [0, 0] : padding;
  const border = {text: mode === "max" ? "−∞" : "0", exact: true};
  const inputs = [];
  for (let i = -above; i < height + above; i++)
    for (let j = -left; j < width + left; j++) {
      const inside = i >= 0 && j >= 0 && i < height && j < width;
      const at = inside ? i * width + j : -1;
      const number = inside ? data.X[at] : border;
      const kind = inside ? "" : "added";
      inputs.push({id: `${i},${j}`, at, number, text: number.text, kind});
    }
  return inputs;
};

/**
 * The kernel as it lies on the input.
 * @param {Data} data
 * @param {Settings} settings
 * @returns {Weight[]}
 */
const weightsOf = (data, {mode, kernel}) => {
  const across = data.size[1][1];
  const weights = [];
  for (let a = 0; a < kernel[0]; a++)
    for (let b = 0; b < kernel[1]; b++) {
      const at = a * across + b;
      const number = data.K[at];
      const text = pools(mode) ? "" : number.text;
      weights.push({id: `${a},${b}`, a, b, at, number, text, kind: ""});
    }
  return mode === "convolution" ? weights.reverse() : weights;
};

/**
 * The rows, or the columns, of a table that are shown.
 * @param {Axis} axis
 * @param {boolean} transposed where padding cuts away what is shown all the same
 * @param {number} stride
 * @param {number} padding
 */
const linesOf = (axis, transposed, stride, padding) => {
  const long = axis.meets[0].length;
  const border = transposed ? 0 : axis.padding - padding;
  const step = transposed ? 1 : stride;
  /** @type {Line[]} */
  const lines = [];
  for (let place = border; place < long - border; place += step)
    lines.push({place, cut: transposed && (place < padding || place >= long - padding)});
  return lines;
};

/**
 * The outputs, row after row, and all that meet in them, in the order of the inputs.
 * @param {Results} results
 * @param {Settings} settings
 * @param {Weight[]} weights
 */
const outputsOf = ({rows, columns, Y, where}, {mode, stride, padding}, weights) => {
  const transposed = mode === "transposed";
  const down = linesOf(rows, transposed, stride[0], padding[0]);
  const along = linesOf(columns, transposed, stride[1], padding[1]);
  const wide = columns.meets[0].length;
  const [above, left] = transposed ? padding : [0, 0];
  const inOrder = transposed ? weights.toReversed() : weights;
  /** @type {Output[]} */
  const outputs = [];
  /** @type {Meeting[]} */
  const meetings = [];
  down.forEach((row, i) => {
    along.forEach((column, j) => {
      const at = row.place * wide + column.place;
      const number = Y[at];
      const id = `${i - above},${j - left}`;
      const kind = row.cut || column.cut ? "cut" : "";
      outputs.push({id, text: number.text, kind, number, where: where[at]});
      for (const {id: k, a, b} of inOrder) {
        const r = rows.meets[a][row.place];
        const c = columns.meets[b][column.place];
        if (r < 0 || c < 0) continue;
        meetings.push({x: `${r - rows.padding},${c - columns.padding}`, k, y: id});
      }
    });
  });
  return {outputs, meetings, wide: along.length};
};

/**
 * @param {Data} data
 * @param {Results} results
 * @param {Settings} settings
 */
export const sceneOf = (data, results, settings) => {
  const {mode, kernel, padding} = settings;
  const weights = weightsOf(data, settings);
  const {outputs, meetings, wide} = outputsOf(results, settings, weights);
  const empty = outputs.every(({kind}) => kind === "cut");
  const around = mode === "transposed" ? 0 : padding[1];
  return {
    settings,
    meetings,
    empty,
    X: {cells: inputsOf(data, settings), wide: data.size[0][1] + 2 * around},
    K: {cells: weights, wide: kernel[1]},
    P: {cells: weights.map(({id}) => ({id, text: "", kind: ""})), wide: kernel[1]},
    Y: {cells: empty ? [] : outputs, wide},
  };
};

/**
 * The side of a cell in pixels: as wide as the longest number needs, wider where there is room.
 * @param {Scene} scene
 * @param {number} width of the stage
 */
export const sideOf = ({X, K, Y}, width) => {
  const letters = [...X.cells, ...K.cells, ...Y.cells].map(({text}) => text.length);
  const least = Math.max(22, 6.5 * Math.max(...letters) + 7);
  const room = (width - 52) / (X.wide + K.wide + Y.wide) - 2; // gaps of 26 and of 2, as in the CSS
  return Math.floor(Math.max(least, Math.min(34, room)));
};
