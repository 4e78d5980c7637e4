// @ts-check
// The tables that Python sends, packed in one text.

/** @typedef {import("./python.js").Model} Model */

/** @param {string} packed JSON, compressed and in base64 */
const unpack = async packed => {
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};

/**
 * Unpacks a trait of the model now and at each change; of several on the way the last counts.
 * @template T
 * @param {Model} model
 * @param {string} name
 * @param {(tables: T) => void} arrived
 * @param {(sentence: string) => void} failed is told why there is nothing to show
 */
export const tablesOf = (model, name, arrived, failed) => {
  const load = async () => {
    const packed = model.get(name);
    if (!packed) return;
    try {
      const tables = await unpack(packed);
      if (packed === model.get(name)) arrived(tables);
    } catch (error) {
      if (packed !== model.get(name)) return;
      failed("The tables of this explorer cannot be read. Run this cell again to make them anew.");
      console.error(error);
    }
  };
  model.on(`change:${name}`, load);
  load();
  return {close: () => model.off(`change:${name}`, load)};
};
