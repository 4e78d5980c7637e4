// The explorer of gradient descent: draws the paths that Python has found, and asks for others.

import {add, put, draw} from "../../page/dom.js";
import {split, bare, factor, same, unpack} from "../../page/numbers.js";
import {playerOf, filmKeys} from "../../page/player.js";
import {kernelOf, shared} from "../../page/python.js";
import {rooted, offer, noteOf, alone} from "../../page/root.js";

const HELP = "Click on the picture or drag to choose the start; arrows move it, with Shift farther."
  + " Point at a step of the loss, or move along it with the arrows. Enter keeps a run to compare,"
  + " Escape forgets it, Space plays.";
const NOTE = alone("only the starts and the learning rates that are stored can be chosen.");
const HOW = {
  converges: "Converges: the slope is nearly gone",
  crawls: "Crawls: still on its way",
  swings: "Swings: from side to side, as high as before",
  diverges: "Diverges: it climbs",
  stands: "Stands: there is no slope here",
};
const MARGIN = {left: 38, bottom: 34, top: 8, right: 8};
const WIDE = 276;
const nearest = (values, distance) => values.reduce((best, value) =>
  distance(value) < distance(best) ? value : best);

const lineOf = points => points.map((p, i) => `${i ? "L" : "M"}${p.join(" ")}`).join("");

// A drawing with axes: its frame, and what is drawn inside and cut at the frame.
const chartOf = (parent, name, high, label) => {
  const {left, bottom, top, right} = MARGIN;
  const box = add(parent, "div", {class: "chart", tabindex: 0, role: "application",
    "aria-label": name});
  const size = [left + WIDE + right, top + high + bottom];
  const svg = draw(box, "svg", {viewBox: `0 0 ${size.join(" ")}`, "aria-hidden": true});
  const frame = draw(svg, "g", {transform: `translate(${left} ${top})`});
  const inside = draw(frame, "svg", {width: WIDE, height: high});
  const axes = draw(frame, "g", {class: "axes"});
  draw(axes, "rect", {width: WIDE, height: high, class: "frame"});
  draw(axes, "text", {x: WIDE / 2, y: high + 30, "text-anchor": "middle"}, label[0]);
  draw(axes, "text", {transform: `translate(-28 ${high / 2}) rotate(-90)`,
    "text-anchor": "middle"}, label[1]);
  const tick = (x, y, text) => {
    const across = y === null, anchor = across ? "middle" : "end";
    draw(axes, "text", {x: across ? x : -5, y: across ? high + 15 : y + 4, "text-anchor": anchor},
      text);
    draw(axes, "path", {d: across ? `M${x} ${high}v4` : `M0 ${y}h-3`});
  };
  // Where the pointer is, from 0 to 1 to the right and upwards.
  const where = event => {
    const {x, y, width, height} = box.querySelector(".frame").getBoundingClientRect();
    return [(event.clientX - x) / width, 1 - (event.clientY - y) / height];
  };
  return {box, inside, tick, where, high};
};

// A path with its steps: a line, its dots, and a larger dot for the pointed step.
const trackOf = parent => {
  const whole = draw(parent, "path", {class: "track whole"});
  const lines = ["under", "over"].map(kind => draw(parent, "path", {class: `track ${kind}`}));
  const dots = draw(parent, "g", {class: "dots"});
  const now = draw(parent, "circle", {class: "now", r: 6});
  return (points, step) => {
    const seen = points.slice(0, step + 1);
    put(whole, {d: lineOf(points)});
    for (const line of lines) put(line, {d: lineOf(seen)});
    dots.replaceChildren();
    seen.forEach(([cx, cy], i) => draw(dots, "circle", {cx, cy, r: i ? 2.6 : 5}));
    const [cx, cy] = points[step];
    put(now, {cx, cy});
  };
};

const render = ({model, el}) => {
  const root = rooted(el, "Explorer of gradient descent");
  let data = null, run = null, kept = null, step = 0, dragged = false;
  let {start, lr} = model.get("chosen"), surface = null, curve = null, answer = null, asked = false;

  const top = add(root, "div", {class: "bar"});
  const label = add(top, "label", {class: "rate"}, "learning rate");
  const slider = add(label, "input", {type: "range", min: 0, "aria-label": "learning rate"});
  const typed = add(label, "input", {type: "number", min: 0, step: "any",
    "aria-label": "learning rate, typed"});
  add(top, "span", {}, "start");
  const first = ["first", "second"].map(name => add(top, "input",
    {type: "number", step: "any", "aria-label": `${name} weight at the start`}));
  const stage = add(root, "div", {class: "stage descending"});
  const how = add(root, "div", {class: "how"});
  const words = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  const note = noteOf(root);
  const player = playerOf(root, by => move(by), words);
  const keeper = add(player.bar, "button", {type: "button"}, "Keep to compare");
  add(root, "div", {class: "help"}, HELP);

  const stored = () => {
    const rate = data.rates.indexOf(lr), place = data.starts.findIndex(one => same(one, start));
    return rate < 0 || place < 0 ? null : data.paths[rate][place];
  };
  const found = () => answer && same(answer.ask, {start, lr}) ? answer.path : stored();
  // One question at a time, so that a path is drawn while the start is still being dragged.
  const ask = () => {
    if (!asked) kernel.send({ask: {start, lr}});
    asked = true;
  };

  // Places on the screen.
  const place = (values, axis) => {
    const [low, high] = data.around[axis];
    return values.map(value => {
      const part = Math.max(-4, Math.min(5, (value - low) / (high - low))); // far outside is enough
      return axis ? (1 - part) * surface.high : part * WIDE;
    });
  };
  const along = step => 7 + step / data.steps * (WIDE - 14);
  const onSurface = made => {
    const [x, y] = made.weights.map((texts, axis) => place(split(texts).map(bare).map(Number), axis));
    return x.map((_, i) => [x[i], y[i]]);
  };
  const onCurve = made => split(made.losses).map((text, i) => {
    const height = (Math.log10(Number(bare(text))) - data.low) / (data.high - data.low);
    const y = (1 - Math.max(-0.05, Math.min(1.05, height))) * curve.high;
    return [along(i), y];
  });

  const build = () => {
    const [[left, right], [low, high]] = data.around;
    const tall = (high - low) / (right - left) * WIDE;
    surface = chartOf(stage, "loss of two weights: arrows move the start",
      tall > 150 && tall < 380 ? tall : WIDE, ["first weight", "second weight"]);
    draw(surface.inside, "image", {href: `data:image/png;base64,${data.picture}`, width: WIDE,
      height: surface.high, preserveAspectRatio: "none"});
    draw(surface.inside, "path", {class: "level", d: data.lines,
      transform: `scale(${WIDE / 1000} ${surface.high / 1000})`});
    data.ticks.forEach((ticks, axis) => ticks.forEach(([value, text]) => {
      const [at] = place([value], axis);
      axis ? surface.tick(0, at, text) : surface.tick(at, null, text);
    }));
    curve = chartOf(stage, "loss after each step: arrows choose the step",
      surface.high, ["step", "loss"]);
    for (const [at, text] of data.decades) {
      const y = (1 - at / (data.high - data.low)) * curve.high;
      curve.tick(0, y, text);
      draw(curve.inside, "path", {class: "rule", d: `M0 ${y}h${WIDE}`});
    }
    for (let n = 0; n <= data.steps; n += Math.ceil(data.steps / 6))
      curve.tick(along(n), null, n);
    for (const chart of [surface, curve]) {
      chart.kept = draw(chart.inside, "path", {class: "kept"});
      chart.track = trackOf(chart.inside);
    }
    slider.max = data.rates.length - 1;
    listen();
  };

  const show = () => {
    const [last] = split(run.losses).slice(-1), [begin] = split(run.losses);
    const count = split(run.losses).length - 1;
    step = Math.min(step, count);
    surface.track(onSurface(run), step);
    curve.track(onCurve(run), step);
    put(surface.kept, {d: kept ? lineOf(onSurface(kept)) : ""});
    put(curve.kept, {d: kept ? lineOf(onCurve(kept)) : ""});
    keeper.textContent = kept ? "Forget the kept run" : "Keep to compare";
    const cut = count < data.steps ? ", then too large for a number" : "";
    const losses = split(run.losses).map(bare), lowest = nearest(losses, Number);
    const turn = losses.indexOf(lowest);
    const way = run.how === "diverges" && turn > 0 ? `sinks from ${bare(begin)} to ${lowest} in ${turn}`
      + ` steps, then climbs to ${bare(last)} at step ${count}`
      : `goes from ${bare(begin)} to ${bare(last)} in ${count} steps`;
    how.textContent = `${HOW[run.how]}. The loss ${way}${cut}.`
      + (kept ? ` Dashed: learning rate ${kept.lr}, ${kept.how}.` : "");
    const at = part => part.map(texts => bare(split(texts)[step]));
    const weights = at(run.weights), slope = at(run.gradients), loss = split(run.losses)[step];
    const head = `Step ${step} of ${data.steps}: weights (${weights.join(", ")}), loss`
      + ` ${bare(loss)}, gradient (${slope.join(", ")}).`;
    const next = step < count ? run.weights.map(texts => bare(split(texts)[step + 1])) : null;
    words.textContent = next ? `${head} Next: ${weights.map((weight, i) =>
      `${weight} − ${run.lr}·${factor(slope[i])} ≈ ${next[i]}`).join("; ")}` : head;
  };
  const follow = () => {
    if (!data) return;
    const rate = data.rates.indexOf(lr);
    slider.value = data.rates.indexOf(rate < 0 ? nearest(data.rates, r => Math.abs(r - lr)) : lr);
    slider.setAttribute("aria-valuetext", lr);
    offer(typed, lr);
    first.forEach((input, i) => offer(input, start[i]));
    const made = found();
    if (!made) return ask();
    run = {...made, lr};
    show();
    python.tell({start, lr});
  };
  // Without a kernel process, the nearest of what is stored.
  const choose = patch => {
    player.stop();
    const wanted = {start, lr, ...patch};
    lr = kernel.here ? wanted.lr : nearest(data.rates, rate => Math.abs(rate - wanted.lr));
    start = kernel.here ? wanted.start : nearest(data.starts, one =>
      Math.hypot(one[0] - wanted.start[0], one[1] - wanted.start[1]));
    step = data.steps;
    follow();
  };
  const move = by => {
    if (!run) return;
    const count = split(run.losses).length;
    step = (step + by + count) % count;
    show();
  };
  const keep = on => {
    kept = on ? run : null;
    if (run) show();
  };

  const seek = event => {
    const parts = surface.where(event).map(part => Math.max(0, Math.min(1, part)));
    choose({start: parts.map((part, axis) => {
      const [low, high] = data.around[axis];
      return Number((low + part * (high - low)).toPrecision(3));
    })});
  };
  const listen = () => {
    surface.box.addEventListener("pointerdown", event => {
      dragged = true;
      surface.box.setPointerCapture(event.pointerId);
      seek(event);
    });
    surface.box.addEventListener("pointermove", event => { if (dragged) seek(event); });
    for (const kind of ["pointerup", "pointercancel"])
      surface.box.addEventListener(kind, () => { dragged = false; });
    surface.box.addEventListener("keydown", event => {
      const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (!kernel.here) return choose({start: beside(by)});
      choose({start: start.map((value, axis) => {
        const [low, high] = data.around[axis], far = (high - low) / (event.shiftKey ? 8 : 40);
        return Math.max(low, Math.min(high, Number((value + by[axis] * far).toPrecision(3))));
      })});
    });
    curve.box.addEventListener("pointermove", event => {
      if (player.playing) return;
      const [x] = curve.where(event);
      const part = (x * WIDE - along(0)) / (along(data.steps) - along(0));
      step = Math.max(0, Math.min(data.steps, Math.round(part * data.steps)));
      if (run) show();
    });
    curve.box.addEventListener("pointerleave", () => {
      if (player.playing || !run) return;
      step = data.steps;
      show();
    });
    curve.box.addEventListener("keydown", event => {
      const by = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1}[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      player.stop();
      move(by);
    });
  };
  // The stored start that lies next in a direction.
  const beside = by => {
    const forward = one => (one[0] - start[0]) * by[0] + (one[1] - start[1]) * by[1];
    const ahead = data.starts.filter(one => forward(one) > 0);
    return ahead.length ? nearest(ahead, one => Math.hypot(one[0] - start[0], one[1] - start[1]))
      : start;
  };

  slider.addEventListener("input", () => choose({lr: data.rates[slider.value]}));
  typed.addEventListener("change", () => {
    if (Number(typed.value) > 0 && Number(typed.value) <= 1e6) choose({lr: Number(typed.value)});
    else follow();
  });
  first.forEach((input, axis) => input.addEventListener("change", () => {
    const value = Number(input.value);
    if (input.value === "" || Math.abs(value) > 1e6) return follow();
    choose({start: start.map((old, i) => i === axis ? value : old)});
  }));
  keeper.addEventListener("click", () => keep(!kept));
  filmKeys(root, player, () => keep(false));
  root.addEventListener("keydown", event => {
    if (event.key === "Enter" && event.target.classList.contains("chart")) keep(!kept);
  });

  const kernel = kernelOf(model, message => {
    if (!message.path) return;
    [answer, run, asked] = [message, {...message.path, lr: message.ask.lr}, false];
    show();
    follow();
  }, () => {
    asked = false;
    note(kernel.here ? "" : NOTE);
    if (data && !kernel.here && !found()) choose({});
  });
  const load = async () => {
    data = await unpack(model.get("data"));
    build();
    step = data.steps;
    follow();
  };
  const python = shared(model, "chosen", chosen => {
    ({start, lr} = chosen);
    follow();
  });
  load();
  return () => {
    player.stop();
    kernel.close();
    python.close();
  };
};

export default {render};
