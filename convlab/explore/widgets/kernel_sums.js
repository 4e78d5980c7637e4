// @ts-check
// The sum in a window where Python does not answer: computed and written as `Kernel.answer` does.

/** @typedef {import("../../page/numbers.js").Shown} Shown */

/** Three digits, or whole, as `texts.write` has it. @param {number} value */
const textOf = value => {
  if (Number.isInteger(value) && Math.abs(value) < 1e5) return String(value || 0); // -0 is 0
  const [digits, exponent] = value.toExponential(2).split("e").map(Number);
  const far = exponent < -4 || exponent > 2;
  return far ? `${digits}e${exponent}` : String(Number(value.toPrecision(3)));
};

/** @param {number} value @param {(value: number) => number} read @returns {Shown} */
const shown = (value, read) => {
  const text = textOf(value);
  return {text, exact: read(Number(text)) === value};
};

/** Without what rounding has left where nothing should be. @param {number} value */
const clean = value => Math.round(value * 1e6) / 1e6;

/** @param {number[]} numbers */
const total = numbers => shown(clean(numbers.reduce((sum, number) => sum + number, 0)), Number);

/**
 * What Python would answer, but for what the sum of the kernel means.
 * @param {number[]} levels of the window, of 256
 * @param {number[]} weights
 */
export const sumsOf = (levels, weights) => {
  const pixels = levels.map(level => Math.fround(level / 255));
  const products = pixels.map((pixel, n) => pixel * Math.fround(weights[n]));
  const {text, exact} = total(weights);
  return {
    products: products.map(product => shown(Math.fround(product), Math.fround)),
    sum: total(products),
    says: `Sum of the kernel ${exact ? "=" : "≈"} ${text}.`,
  };
};
