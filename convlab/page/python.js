// @ts-check
// The way to Python and back: messages to it, and what it and the page both know.

import {alike} from "./numbers.js";

/**
 * An explorer's model as anywidget gives it; `alone` in a page that has no Python.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(content: unknown) => void} send
 * @property {(names: string, listener: (...given: any[]) => void) => void} on
 * @property {(names: string, listener: (...given: any[]) => void) => void} off
 * @property {boolean} [alone]
 */

const SLOW = 10000; // milliseconds after which a Python that has answered before counts as absent
const ABSENT = 3000; // and one that has not
const BURST = 25;

/**
 * Python, if it answers.
 * @param {Model} model
 * @param {(message: any) => void} hear gets what Python says
 * @param {(here: boolean) => void} changed is told when Python comes or goes
 */
export const connect = (model, hear, changed) => {
  let here = false;
  /** @type {number | undefined} */
  let waiting;
  /** @type {number | undefined} */
  let held;
  /** @param {boolean} now */
  const become = now => {
    here = now;
    changed(here);
  };
  /** @param {any} message */
  const listen = message => {
    clearTimeout(waiting);
    if (!here) become(true);
    hear(message);
  };
  /** @param {unknown} content */
  const send = content => {
    model.send(content);
    clearTimeout(waiting);
    waiting = setTimeout(become, model.alone ? 0 : here ? SLOW : ABSENT, false);
  };
  model.on("msg:custom", listen);
  send({ask: null});
  return {
    get here() {
      return here;
    },
    send,
    /** One message for a burst of questions: the last. @param {unknown} question */
    ask(question) {
      clearTimeout(held);
      held = setTimeout(send, BURST, {ask: question});
    },
    close() {
      clearTimeout(waiting);
      clearTimeout(held);
      model.off("msg:custom", listen);
    },
  };
};

/**
 * What the learner has chosen, for Python to read: `tell` says it at once, then ten times a second
 * while it changes. `obey` gets what Python, or another view, has chosen.
 * @template T
 * @param {Model} model
 * @param {string} name of the trait
 * @param {(value: T) => void} obey
 */
export const shared = (model, name, obey) => {
  let own = false;
  /** @type {T | null} */
  let next = null;
  /** @type {number | null} */
  let timer = null;
  const say = () => {
    const value = next;
    next = null;
    timer = value === null ? null : setTimeout(say, 100);
    if (value === null || alike(model.get(name), value)) return;
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
    /** @param {T} value */
    tell(value) {
      next = value;
      if (timer === null) say();
    },
    close() {
      say();
      if (timer !== null) clearTimeout(timer);
      model.off(`change:${name}`, hear);
    },
  };
};
