// @ts-check
// What is pointed at: it goes as the pointer goes, unless it is pinned.

import {alike} from "./numbers.js";

/**
 * @template Place plain data that says what is pointed at
 * @param {() => void} changed
 */
export const pointingOf = changed => {
  /** @type {Place | null} */
  let place = null;
  let pinned = false;
  /** @param {Place | null} next @param {boolean} pin */
  const become = (next, pin) => {
    if (pin === pinned && alike(next, place)) return;
    place = next;
    pinned = pin;
    changed();
  };
  return {
    get place() {
      return place;
    },
    get pinned() {
      return pinned;
    },
    /** What is pinned stays. @param {Place | null} next */
    point(next) {
      if (!pinned) become(next, false);
    },
    /** What is pinned moves along. @param {Place} next */
    move(next) {
      become(next, pinned);
    },
    /** @param {Place} next */
    pin(next) {
      become(next, true);
    },
    /** Pins a place, or frees it where it is pinned already. @param {Place} next */
    toggle(next) {
      become(next, !(pinned && alike(next, place)));
    },
    free() {
      become(place, false);
    },
    leave() {
      become(null, false);
    },
  };
};
