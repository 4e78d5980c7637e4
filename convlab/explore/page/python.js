// The way to Python and back: messages to it, and what it and the page both know.

import {add} from "./dom.js";
import {same} from "./numbers.js";

// The kernel, if one answers. `hear` gets its messages; `changed` is called when it comes or goes.
export const kernelOf = (model, hear, changed) => {
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
export const shared = (model, name, obey) => {
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
