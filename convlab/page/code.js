// @ts-check
// A line of code with a button that copies it.

import {add} from "./dom.js";

/** @param {HTMLElement} parent */
export const codeOf = parent => {
  const line = add(parent, "div", {class: "code"});
  const code = add(line, "code");
  const button = add(line, "button", {type: "button"}, "Copy");
  /** @type {number | undefined} */
  let timer;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
    } catch {
      getSelection()?.selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  });
  return {
    /** @param {string} text */
    show(text) {
      code.textContent = text;
    },
  };
};
