// @ts-check
// Numbers come from Python as texts, "~" before one that is rounded: decoded once, at the door.

/** A number as it is shown, and whether that is all of it. @typedef {{text: string, exact: boolean}} Shown */

/** @param {string} text @returns {Shown} */
export const decode = text =>
  text[0] === "~" ? {text: text.slice(1), exact: false} : {text, exact: true};

/** Numbers in a row, a space between them. @param {string} texts */
export const decodeAll = texts => (texts === "" ? [] : texts.split(" ").map(decode));

/** A number as it stands in a product. @param {Shown} number */
export const factor = ({text}) => (text[0] === "-" ? `(${text})` : text);

/** The sign between numbers. @param {Shown[]} numbers */
export const equals = (...numbers) => (numbers.every(({exact}) => exact) ? "=" : "≈");

/** Whether two plain values (numbers, texts, lists, objects) are alike. @param {unknown} one @param {unknown} other */
export const alike = (one, other) => JSON.stringify(one) === JSON.stringify(other);
