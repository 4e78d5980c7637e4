// @ts-check
// The live line: a sentence about what is pointed at, read out when it changes.

import {add} from "./dom.js";

/** @param {HTMLElement} root */
export const wordsOf = root => {
  const line = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  return {
    /** @param {string} text */
    say(text) {
      line.textContent = text;
    },
    /** A film is not read out. @param {boolean} quiet */
    set quiet(quiet) {
      line.setAttribute("aria-live", quiet ? "off" : "polite");
    },
  };
};
