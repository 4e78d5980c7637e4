// @ts-check
// The photograph and the photograph filtered, by the browser itself where it can.

import {add, draw, put} from "../../page/dom.js";
import {edgeOf, sideOf} from "./kernel_scene.js";

/** @typedef {import("../schema").KernelRange} Range */
/** @typedef {import("./kernel_scene.js").Photo} Photo */
/** @typedef {import("./kernel_scene.js").Place} Place */
/** @typedef {ReturnType<typeof picturesOf>} Pictures */
/** @typedef {ReturnType<typeof pictureOf>} Picture */

let filters = 0;

/** The pen of a canvas, which every browser has. @param {HTMLCanvasElement} canvas */
const penOf = canvas => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/** Whether a canvas has filters: in Safari it has not. */
export const canFilter = () => penOf(document.createElement("canvas")).filter !== undefined;

/**
 * A filter of the page that can be set to any kernel.
 * @param {HTMLElement} root
 */
const filterOf = root => {
  const id = `convlab-filter-${Date.now()}-${filters++}`;
  const holder = draw(root, "svg", {width: 0, height: 0, "aria-hidden": "true", class: "holder"});
  const filter = draw(holder, "filter", {
    id,
    x: 0,
    y: 0,
    width: "100%",
    height: "100%",
    "color-interpolation-filters": "sRGB",
  });
  const matrix = draw(filter, "feConvolveMatrix", {preserveAlpha: "true", edgeMode: "duplicate"});
  /**
   * The filter turns its kernel by 180 degrees, conv2d does not: so it is given turned.
   * @param {number[]} weights
   * @param {Range} range
   */
  return (weights, {divisor, bias}) => {
    const kernelMatrix = weights.toReversed().join(" ");
    put(matrix, {order: sideOf(weights), divisor, bias, kernelMatrix});
    return `url(#${id})`;
  };
};

/**
 * A canvas with a title and a ring over it.
 * @param {HTMLElement} parent
 * @param {string} title
 */
const pictureOf = (parent, title) => {
  const box = add(parent, "div", {class: "box"});
  const caption = add(box, "div", {class: "title"}, title);
  const body = add(box, "div", {
    class: "picture",
    tabindex: 0,
    role: "application",
    "aria-label": `${title}: arrows move the pointed pixel`,
  });
  const canvas = add(body, "canvas");
  const cover = draw(body, "svg", {"aria-hidden": "true", preserveAspectRatio: "none"});
  const lines = ["under", "over"].map(kind => draw(cover, "rect", {class: kind}));
  return {
    caption,
    body,
    canvas,
    cover,
    /** Puts the ring around pixels, not over them. @param {Place} place @param {number} side */
    ring({row, column}, side) {
      for (const line of lines)
        put(line, {x: column - 1, y: row - 1, width: side + 2, height: side + 2});
    },
  };
};

/** @param {string} text a PNG in base64 */
export const imageOf = async text => {
  const image = new Image();
  image.src = `data:image/png;base64,${text}`;
  await image.decode();
  return image;
};

/** @param {HTMLElement} parent */
export const picturesOf = parent => {
  const pictures = add(parent, "div", {class: "pictures"});
  const before = pictureOf(pictures, "photograph");
  const after = pictureOf(pictures, "filtered");
  const filter = filterOf(parent);
  const whole = document.createElement("canvas");
  /** @type {HTMLImageElement | null} */
  let image = null;
  return {
    before,
    after,
    /** @param {HTMLImageElement} photograph @returns {Photo} */
    load(photograph) {
      image = photograph;
      const {naturalWidth: wide, naturalHeight: high} = image;
      for (const canvas of [before.canvas, whole]) {
        canvas.width = wide;
        canvas.height = high;
      }
      for (const {cover} of [before, after]) put(cover, {viewBox: `0 0 ${wide} ${high}`});
      const pen = penOf(before.canvas);
      pen.drawImage(image, 0, 0);
      const levels = pen.getImageData(0, 0, wide, high).data.filter((_, i) => i % 4 === 0);
      return {wide, high, levels};
    },
    /** @param {number[]} weights @param {Range} range */
    filter(weights, range) {
      if (!image || !parent.isConnected) return;
      const edge = edgeOf(weights);
      const pen = penOf(whole);
      pen.filter = filter(weights, range);
      pen.drawImage(image, 0, 0);
      // Where the window does not fit, the filter makes pixels up: these are cut off.
      after.canvas.width = whole.width - 2 * edge;
      after.canvas.height = whole.height - 2 * edge;
      penOf(after.canvas).drawImage(whole, -edge, -edge);
    },
    /** Shows a filtered photograph that Python has made. @param {HTMLImageElement} filtered */
    show(filtered) {
      after.canvas.width = filtered.naturalWidth;
      after.canvas.height = filtered.naturalHeight;
      penOf(after.canvas).drawImage(filtered, 0, 0);
    },
    /** Titles and sizes. @param {Photo} photo @param {number[]} weights @param {Range} range */
    entitle({wide, high}, weights, {name}) {
      const edge = edgeOf(weights);
      after.body.style.padding = `${(100 * edge) / wide}%`;
      before.caption.textContent = `photograph, ${high}x${wide}: black 0, white 1`;
      after.caption.textContent = `filtered, ${high - 2 * edge}x${wide - 2 * edge}: ${name}`;
    },
    /**
     * Rings the window and its result.
     * @param {Place} at
     * @param {number[]} weights
     * @param {boolean} pinned
     */
    ring({row, column}, weights, pinned) {
      const edge = edgeOf(weights);
      before.ring({row, column}, sideOf(weights));
      after.ring({row: row + edge, column: column + edge}, 1);
      for (const {body} of [before, after]) body.classList.toggle("pinned", pinned);
    },
  };
};
