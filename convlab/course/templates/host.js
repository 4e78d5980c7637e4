// @ts-check
// Explorers in a page without a kernel: the state that the notebook keeps, and nobody who answers.

/** @typedef {import("../../page/python.js").Model} Model */
/** What a notebook keeps of an explorer: its traits. @typedef {{_css: string, _esm: string, [name: string]: unknown}} State */

/** @param {State} state @returns {Model} */
const modelOf = state => {
  const events = new EventTarget();
  return {
    get: name => state[name],
    set(name, value) {
      state[name] = value;
      events.dispatchEvent(new Event(`change:${name}`));
    },
    on(names, listener) {
      for (const name of names.split(" ")) events.addEventListener(name, listener);
    },
    off(names, listener) {
      for (const name of names.split(" ")) events.removeEventListener(name, listener);
    },
    alone: true,
    save_changes() {},
    send() {},
  };
};

/** @param {HTMLElement} place @param {State} state */
const render = async (place, state) => {
  const style = document.createElement("style");
  style.textContent = state._css;
  document.head.append(style);
  const url = URL.createObjectURL(new Blob([state._esm], {type: "text/javascript"}));
  const {default: explorer} = await import(url);
  URL.revokeObjectURL(url);
  explorer.render({model: modelOf(state), el: place});
};

/** @type {Record<string, {state: State}>} */
const states = JSON.parse(document.getElementById("explorers")?.textContent ?? "{}");
for (const place of document.querySelectorAll("[data-explorer]"))
  if (place instanceof HTMLElement) await render(place, states[place.dataset.explorer ?? ""].state);
