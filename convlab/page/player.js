// @ts-check
// A film: play, pause, one step back or on, the speed; and its keys.

import {add} from "./dom.js";

const [SLOWEST, USUAL, FASTEST] = [1, 3, 12]; // steps a second

/**
 * @param {HTMLElement} parent
 * @param {(by: 1 | -1) => void} move takes one step
 * @param {{quiet: boolean}} words the live line, which is not read out while the film runs
 */
export const playerOf = (parent, move, words) => {
  const slow = matchMedia("(prefers-reduced-motion: reduce)");
  const bar = add(parent, "div", {class: "bar"});
  const back = add(bar, "button", {type: "button", "aria-label": "step back"}, "◀");
  const play = add(bar, "button", {type: "button", class: "play"}, "▶ Play");
  const on = add(bar, "button", {type: "button", "aria-label": "step"}, "▶");
  const label = add(bar, "label", {}, "speed ");
  const start = slow.matches ? SLOWEST : USUAL;
  const speed = add(label, "input", {type: "range", min: SLOWEST, max: FASTEST, value: start});
  /** @type {number | null} */
  let timer = null;
  const tick = () => {
    if (!parent.isConnected) return player.stop();
    move(1);
    timer = setTimeout(tick, 1000 / +speed.value);
  };
  const player = {
    bar,
    get playing() {
      return timer !== null;
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      play.textContent = "▶ Play";
      words.quiet = false;
    },
    start() {
      play.textContent = "❚❚ Pause";
      words.quiet = true;
      tick();
    },
    toggle() {
      player.playing ? player.stop() : player.start();
    },
  };
  play.addEventListener("click", player.toggle);
  back.addEventListener("click", () => {
    player.stop();
    move(-1);
  });
  on.addEventListener("click", () => {
    player.stop();
    move(1);
  });
  return player;
};

/**
 * Escape stops the film and frees what is pinned; Space plays, where it does not press a button.
 * @param {HTMLElement} root
 * @param {{stop(): void, toggle(): void}} player
 * @param {() => void} free
 */
export const filmKeys = (root, player, free) =>
  root.addEventListener("keydown", event => {
    const button =
      event.target instanceof Element && event.target.matches("button, select, [type=checkbox]");
    if (event.key === "Escape") {
      player.stop();
      free();
    } else if (event.key === " " && !button) {
      event.preventDefault();
      player.toggle();
    }
  });
