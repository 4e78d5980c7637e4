// A line of code to copy.

import {add} from "./dom.js";

// A text to copy, with a button.
export const copied = parent => {
  const line = add(parent, "div", {class: "code"});
  const code = add(line, "code");
  const button = add(line, "button", {type: "button"}, "Copy");
  let timer = null;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return text => { code.textContent = text; };
};
