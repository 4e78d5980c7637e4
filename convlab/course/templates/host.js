// Explorers in a page without a kernel: the state that the notebook keeps, and nobody who answers.
const states = JSON.parse(document.getElementById("explorers").textContent);

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

for (const place of document.querySelectorAll("[data-explorer]")) {
  const {state} = states[place.dataset.explorer];
  const style = document.createElement("style");
  style.textContent = state._css;
  document.head.append(style);
  const url = URL.createObjectURL(new Blob([state._esm], {type: "text/javascript"}));
  const {default: explorer} = await import(url);
  URL.revokeObjectURL(url);
  explorer.render({model: modelOf(state), el: place});
}
