// What explorers share: elements, tables, the kernel, sliders, playing.

const add = (parent, tag, attributes = {}, text = "") => {
  const made = document.createElement(tag);
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  made.textContent = text;
  return parent.appendChild(made);
};

// Numbers come as texts, "~" before one that is rounded.
const split = text => text === "" ? [] : text.split(" ");
const bare = text => text.replace("~", "");
const factor = text => text[0] === "-" ? `(${text})` : text;
const equal = (...texts) => texts.some(text => text[0] === "~") ? "≈" : "=";
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const unpack = async packed => {
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};

// A control shows a value, unless a number is being typed into it: answers may come meanwhile.
const offer = (input, value) => { if (!input.typing) input.value = value; };

// The root of an explorer. Its keys stay inside: JupyterLab would take d, b, x for its own.
const rooted = (el, name) => {
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

// A line that is read out when it changes.
const noteOf = root => {
  const line = add(root, "div", {class: "note", role: "alert"});
  return text => { if (line.textContent !== text) line.textContent = text; };
};
const alone = what => `Not connected to Python: ${what} In JupyterLab, run this cell.`;

// The kernel, if one answers. `hear` gets its messages; `changed` is called when it comes or goes.
const kernelOf = (model, hear, changed) => {
  const kernel = {here: false, timers: new Set()};
  let waiting = null, held = null;
  const later = (ms, what) => {
    const timer = setTimeout(() => { kernel.timers.delete(timer); what(); }, ms);
    kernel.timers.add(timer);
    return timer;
  };
  const cancel = timer => { clearTimeout(timer); kernel.timers.delete(timer); };
  const listen = message => {
    cancel(waiting);
    if (!kernel.here) { kernel.here = true; changed(); }
    hear(message);
  };
  kernel.send = content => {
    model.send(content);
    cancel(waiting);
    waiting = later(model.alone ? 0 : kernel.here ? 10000 : 3000, () => {
      kernel.here = false;
      changed();
    });
  };
  // One message for a burst of questions: the last.
  kernel.ask = question => {
    cancel(held);
    held = later(25, () => kernel.send({ask: question}));
  };
  kernel.close = () => {
    for (const timer of [...kernel.timers]) cancel(timer);
    model.off("msg:custom", listen);
  };
  model.on("msg:custom", listen);
  kernel.send({ask: null});
  return kernel;
};

// What the learner has chosen, for Python to read: `tell` says it at once, then ten times a second
// while it changes. `obey` gets what Python, or another view, has chosen.
const shared = (model, name, obey) => {
  let own = false, next = null, timer = null;
  const say = () => {
    const value = next;
    next = null;
    timer = value && setTimeout(say, 100);
    if (!value || same(model.get(name), value)) return;
    own = true;
    model.set(name, value);
    own = false;
    model.save_changes();
  };
  const hear = () => {
    if (own) return;
    next = null;
    obey(model.get(name));
  };
  model.on(`change:${name}`, hear);
  return {
    tell(value) {
      next = value;
      if (timer === null) say();
    },
    close() {
      say();
      clearTimeout(timer);
      model.off(`change:${name}`, hear);
    },
  };
};

// A slider and a typed value for one number: `show` sets its range and where it stands.
const dial = (parent, name, axis, changed) => {
  const box = add(parent, "div", {class: "dial"});
  add(box, "span", {class: "axis"}, axis);
  const label = `${name}, ${axis}`;
  const range = add(box, "input", {type: "range", "aria-label": label});
  const typed = add(box, "input", {type: "number", "aria-label": `${label}, typed`});
  const clip = value => Math.min(+range.max, Math.max(+range.min, Math.round(value)));
  range.addEventListener("input", () => changed(+range.value));
  typed.addEventListener("change", () => {
    if (typed.value !== "") changed(clip(+typed.value));
    typed.value = range.value;
  });
  return {
    show([low, high], value) {
      for (const input of [range, typed]) {
        input.min = low;
        input.max = high;
        offer(input, value);
        input.disabled = low === high;
      }
    },
    set hidden(hidden) { box.hidden = hidden; },
  };
};

// Play, pause, one step back or on, and the speed. `move` takes 1 or -1. A film is not read out.
const playerOf = (parent, move, words) => {
  const slow = matchMedia("(prefers-reduced-motion: reduce)");
  const bar = add(parent, "div", {class: "bar"});
  const back = add(bar, "button", {type: "button", "aria-label": "step back"}, "◀");
  const play = add(bar, "button", {type: "button", class: "play"}, "▶ Play");
  const on = add(bar, "button", {type: "button", "aria-label": "step"}, "▶");
  const label = add(bar, "label", {}, "speed ");
  const speed = add(label, "input", {type: "range", min: 1, max: 12, value: slow.matches ? 1 : 3});
  let timer = null;
  const player = {
    get playing() { return timer !== null; },
    stop() {
      clearTimeout(timer);
      timer = null;
      play.textContent = "▶ Play";
      words.setAttribute("aria-live", "polite");
    },
    start() {
      play.textContent = "❚❚ Pause";
      words.setAttribute("aria-live", "off");
      tick();
    },
    toggle() { player.playing ? player.stop() : player.start(); },
    bar,
  };
  const tick = () => {
    if (!parent.isConnected) return player.stop();
    move(1);
    timer = setTimeout(tick, 1000 / speed.value);
  };
  play.addEventListener("click", player.toggle);
  back.addEventListener("click", () => { player.stop(); move(-1); });
  on.addEventListener("click", () => { player.stop(); move(1); });
  return player;
};

// Escape stops the film and frees what is pinned; Space plays, where it does not press a button.
const filmKeys = (root, player, free) => root.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    player.stop();
    free();
  } else if (event.key === " " && !event.target.matches("button, select, [type=checkbox]")) {
    event.preventDefault();
    player.toggle();
  }
});

// A text to copy, with a button.
const copied = parent => {
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

// An element of a drawing. `attributes` may be set again with `put`.
const put = (made, attributes) => {
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  return made;
};
const draw = (parent, tag, attributes = {}, text = "") => {
  const made = put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  made.textContent = text;
  return parent.appendChild(made);
};
