// @ts-check
// Reads the tables of strips.py: which units a unit reads, and all that it sees.

/** @typedef {import("./schema").StripTables} Tables */
/** @typedef {import("./schema").StripRun} Run */

/**
 * A strip with its reads at hand: for each unit, which units of the strip `source` below it reads,
 * and the first and the last input that it would see if all layers went on.
 * @typedef {Omit<import("./schema").Strip, "reads" | "reach"> & {
 *   reads: {source: number, of: (unit: number) => number[]}[],
 *   reach: (unit: number) => [number, number] | null,
 * }} Strip
 */

/** @typedef {{layer: number, unit: number}} Place */
/** @typedef {Uint8Array} Marks 1 for each unit that is marked */

/** @param {number[] | null} gaps */
const offsetsOf = gaps => {
  if (!gaps) return [];
  const offsets = [0];
  for (const gap of gaps) offsets.push(offsets[offsets.length - 1] + gap);
  return offsets;
};

/** Runs unit by unit. @param {Run[]} runs */
const unroll = runs => {
  const units = runs.flatMap(([count, first, advance, kind]) =>
    Array.from({length: count}, (_, i) => ({first: first + i * advance, kind})),
  );
  return {first: units.map(unit => unit.first), kind: units.map(unit => unit.kind)};
};

/**
 * The strips of one axis, from the input up.
 * @param {Tables} tables
 * @param {number[]} ids
 * @returns {Strip[]}
 */
export const stripsOf = ({strips, reads, patterns}, ids) => {
  const offsets = patterns.map(offsetsOf);
  /** @type {Map<number, (unit: number) => number[]>} */
  const edges = new Map();
  for (const [, number] of ids.flatMap(id => strips[id].reads)) {
    if (edges.has(number)) continue;
    const {first, kind} = unroll(reads[number]);
    edges.set(number, unit => offsets[kind[unit]].map(offset => first[unit] + offset));
  }
  return ids.map(id => {
    const {first, kind} = unroll(strips[id].reach);
    return {
      ...strips[id],
      reads: strips[id].reads.map(([source, number]) => ({
        source,
        of: edges.get(number) ?? (() => []),
      })),
      reach: unit => (kind[unit] ? [first[unit], first[unit] + kind[unit] - 1] : null),
    };
  });
};

/** Whether a strip differs from the one below in the field or the step of its units. @param {Strip[]} strips @param {number} i */
export const enlarges = (strips, i) => {
  if (i === 0) return true;
  const strip = strips[i];
  const below = strips[strip.reads[0].source];
  return strip.size !== below.size || strip.step !== below.step;
};

/** Marks all that the marked units of `layer` and below see. @param {Strip[]} strips @param {Marks[]} seen @param {number} layer */
const spreadDown = (strips, seen, layer) => {
  for (let i = layer; i > 0; i--)
    seen[i].forEach((on, unit) => {
      if (!on) return;
      for (const {source, of} of strips[i].reads)
        for (const read of of(unit)) seen[source][read] = 1;
    });
};

/** Marks all units that see a marked input. @param {Strip[]} strips @param {Marks[]} seen */
const spreadUp = (strips, seen) => {
  for (const [i, {reads}] of strips.entries())
    for (const {source, of} of reads)
      if (seen[source].includes(1))
        seen[i].forEach((_, unit) => {
          if (of(unit).some(read => seen[source][read])) seen[i][unit] = 1;
        });
};

/**
 * For each strip, which units a unit sees; of an input, which units see it.
 * @param {Strip[]} strips
 * @param {Place} place
 * @returns {Marks[]}
 */
export const seenFrom = (strips, {layer, unit}) => {
  const seen = strips.map(({units}) => new Uint8Array(units));
  seen[layer][unit] = 1;
  if (layer) spreadDown(strips, seen, layer);
  else spreadUp(strips, seen);
  return seen;
};

/** Neighbours together: the first and the last of each run. @param {Marks} marks */
export const runsOf = marks => {
  /** @type {[number, number][]} */
  const runs = [];
  marks.forEach((on, i) => {
    if (!on) return;
    if (i && marks[i - 1]) runs[runs.length - 1][1] = i;
    else runs.push([i, i]);
  });
  return runs;
};
