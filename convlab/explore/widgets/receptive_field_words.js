// @ts-check
// What a unit reads and sees, in a sentence.

import {runsOf} from "../strips.js";

/** @typedef {import("../strips.js").Strip} Strip */
/** @typedef {import("../strips.js").Marks} Marks */

/** @param {number} n */
const signed = n => String(n).replace("-", "−");

/** @param {Marks} marks */
const countOf = marks => marks.reduce((sum, on) => sum + on, 0);

/** @param {string} name */
const titleOf = name => {
  if (name === "input") return "the input";
  return /^\d/.test(name) ? `layer ${name}` : name;
};

/** @param {Marks} marks */
const listOf = marks => {
  const runs = runsOf(marks);
  if (!runs.length) return "nothing";
  const spans = runs.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const last = spans.pop();
  if (!spans.length) return last;
  if (spans.length <= 3) return `${spans.join(", ")} and ${last}`;
  return `${countOf(marks)} from ${runs[0][0]} to ${runs[runs.length - 1][1]}, with holes`;
};

/** Who sees an input. @param {Strip[]} strips @param {Marks[]} seen @param {number} unit */
const usersOf = (strips, seen, unit) => {
  const {name, units} = strips[strips.length - 1];
  const marks = seen[seen.length - 1];
  const count = countOf(marks);
  if (!count) return `Input ${unit} is seen by no unit of ${titleOf(name)}.`;
  const users = `${count} of the ${units} units of ${titleOf(name)}`;
  return `Input ${unit} is seen by ${users}: ${listOf(marks)}.`;
};

/** What a unit reads of the strips below. @param {Strip[]} strips @param {Strip} strip @param {number} unit */
const readsOf = (strips, strip, unit) => {
  const parts = strip.reads.map(({source, of}) => {
    const marks = new Uint8Array(strips[source].units);
    for (const read of of(unit)) marks[read] = 1;
    return `${listOf(marks)} of ${titleOf(strips[source].name)}`;
  });
  return `Unit ${unit} of ${titleOf(strip.name)} reads ${parts.join(" and ")}.`;
};

/** What is seen of the input. @param {Marks} marks */
const fieldOf = marks => {
  const runs = runsOf(marks);
  if (!runs.length) return "It sees no input: only padding.";
  const [from, to] = [runs[0][0], runs[runs.length - 1][1]];
  const count = countOf(marks);
  if (runs.length > 1) return `It sees ${count} of the inputs ${from} to ${to}: there are holes.`;
  if (count === marks.length) return `It sees all ${count} inputs.`;
  return count === 1 ? `It sees 1 input, ${from}.` : `It sees ${count} inputs, ${from} to ${to}.`;
};

/** How far a field reaches into the padding. @param {[number, number] | null} ends @param {number} count of inputs */
const excessOf = (ends, count) => {
  if (!ends || (ends[0] >= 0 && ends[1] < count)) return "";
  const [from, to] = ends.map(signed);
  return ` Its field reaches into the padding: from ${from} to ${to}.`;
};

/**
 * @param {Strip[]} strips
 * @param {Marks[]} seen from the place
 * @param {import("../strips.js").Place} place
 */
export const sentenceOf = (strips, seen, {layer, unit}) => {
  if (layer === 0) return usersOf(strips, seen, unit);
  const strip = strips[layer];
  const excess = excessOf(strip.reach(unit), strips[0].units);
  return `${readsOf(strips, strip, unit)} ${fieldOf(seen[0])}${excess}`;
};
