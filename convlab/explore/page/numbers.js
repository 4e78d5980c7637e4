// Numbers come from Python as texts, "~" before one that is rounded.

export const split = text => text === "" ? [] : text.split(" ");

export const bare = text => text.replace("~", "");

export const factor = text => text[0] === "-" ? `(${text})` : text;

export const equal = (...texts) => texts.some(text => text[0] === "~") ? "≈" : "=";

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const unpack = async packed => {
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};
