// The root of an explorer, and what it says of itself.

import {add} from "./dom.js";

// The root of an explorer. Its keys stay inside: JupyterLab would take d, b, x for its own.
export const rooted = (el, name) => {
  const root = add(el, "div", {class: "convlab-explore", role: "group", "aria-label": name,
    "data-lm-suppress-shortcuts": "true"});
  for (const kind of ["keydown", "keypress", "keyup"])
    root.addEventListener(kind, event => event.stopPropagation());
  for (const kind of ["input", "change", "focusout", "keydown"])
    root.addEventListener(kind, ({type, key, target}) => {
      if (type === "keydown" && key !== "Enter") return;
      target.typing = type === "input" && target.type === "number";
    }, {capture: true});
  return root;
};

// A control shows a value, unless a number is being typed into it: answers may come meanwhile.
export const offer = (input, value) => { if (!input.typing) input.value = value; };

// A line that is read out when it changes.
export const noteOf = root => {
  const line = add(root, "div", {class: "note", role: "alert"});
  return text => { if (line.textContent !== text) line.textContent = text; };
};

export const alone = what => `Not connected to Python: ${what} In JupyterLab, run this cell.`;
