// @ts-check
// Elements of a page and of a drawing.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number>} Attributes */

/**
 * Sets attributes of an element, and returns it.
 * @template {Element} E
 * @param {E} element
 * @param {Attributes} attributes
 * @returns {E}
 */
export const put = (element, attributes) => {
  for (const name in attributes) element.setAttribute(name, String(attributes[name]));
  return element;
};

/**
 * A new element at the end of `parent`.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {Element} parent
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[T]}
 */
export const add = (parent, tag, attributes = {}, text = "") => {
  const element = put(document.createElement(tag), attributes);
  element.textContent = text;
  return parent.appendChild(element);
};

/**
 * A new element of a drawing at the end of `parent`.
 * @template {keyof SVGElementTagNameMap} T
 * @param {Element} parent
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {string} [text]
 * @returns {SVGElementTagNameMap[T]}
 */
export const draw = (parent, tag, attributes = {}, text = "") => {
  const element = put(document.createElementNS(SVG, tag), attributes);
  element.textContent = text;
  return parent.appendChild(element);
};
