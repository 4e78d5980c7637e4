// @ts-check
// The root of an explorer, and what all controls in it keep to.

import {add} from "./dom.js";

// Inputs into which a number is being typed.
const typing = new WeakSet();

/**
 * A control shows a value, unless a number is being typed into it: answers may come meanwhile.
 * @param {HTMLInputElement} input
 * @param {string | number} value
 */
export const offer = (input, value) => {
  if (!typing.has(input)) input.value = String(value);
};

/** @param {Event} event */
const noticeTyping = event => {
  if (event instanceof KeyboardEvent && event.key !== "Enter") return;
  const {target} = event;
  if (!(target instanceof HTMLInputElement)) return;
  if (event.type === "input" && target.type === "number") typing.add(target);
  else typing.delete(target);
};

/**
 * Keys stay inside: JupyterLab would take d, b, x for its own.
 * @param {HTMLElement} el
 * @param {string} name
 */
export const rootOf = (el, name) => {
  const root = add(el, "div", {
    class: "convlab-explore",
    role: "group",
    "aria-label": name,
    "data-lm-suppress-shortcuts": "true",
  });
  for (const kind of ["keydown", "keypress", "keyup"])
    root.addEventListener(kind, event => event.stopPropagation());
  for (const kind of ["input", "change", "focusout", "keydown"])
    root.addEventListener(kind, noticeTyping, {capture: true});
  return root;
};
