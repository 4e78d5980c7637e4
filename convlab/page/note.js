// @ts-check
// The line under an explorer that is read out when it changes: a remark, or that Python is absent.

import {add} from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {string | (() => string)} without what does not work without Python
 */
export const noteOf = (root, without) => {
  const line = add(root, "div", {class: "note", role: "alert"});
  let remark = "";
  let connected = true;
  const absent = () => {
    const loss = typeof without === "string" ? without : without();
    return `Not connected to Python: ${loss} In JupyterLab, run this cell.`;
  };
  const show = () => {
    const text = remark || (connected ? "" : absent());
    if (line.textContent !== text) line.textContent = text;
  };
  return {
    /** @param {string} text the remark; empty for none */
    say(text) {
      remark = text;
      show();
    },
    /** @param {boolean} here */
    connect(here) {
      connected = here;
      show();
    },
  };
};
