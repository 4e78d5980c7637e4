// A film: play, pause, steps, speed and keys.

import {add} from "./dom.js";

// Play, pause, one step back or on, and the speed. `move` takes 1 or -1. A film is not read out.
export const playerOf = (parent, move, words) => {
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
export const filmKeys = (root, player, free) => root.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    player.stop();
    free();
  } else if (event.key === " " && !event.target.matches("button, select, [type=checkbox]")) {
    event.preventDefault();
    player.toggle();
  }
});
