// The explorer of receptive fields: follows the tables of strips.py down from a unit.

import {dial} from "../../page/dial.js";
import {add, draw, put} from "../../page/dom.js";
import {same, unpack} from "../../page/numbers.js";
import {filmKeys, playerOf} from "../../page/player.js";
import {kernelOf, shared} from "../../page/python.js";
import {alone, noteOf, rooted} from "../../page/root.js";

const SETTINGS = ["kernel", "stride", "dilation"];
const LEFT = 152,
  WIDE = 390,
  HIGH = 14,
  HEAD = 20,
  MANY = 24,
  LINES = 600;
const signed = n => String(n).replace("-", "−");

// The strips of one axis, with the reads of each unit at hand.
const sceneOf = ({strips, reads, patterns}, ids) => {
  const offsets = patterns.map(gaps => {
    let place = 0;
    return gaps && [0, ...gaps.map(gap => (place += gap))];
  });
  const unroll = runs => {
    const first = [],
      kind = [];
    for (const [count, start, advance, which] of runs)
      for (let i = 0; i < count; i++) {
        first.push(start + i * advance);
        kind.push(which);
      }
    return {first, kind};
  };
  const edges = new Map();
  const edge = number => {
    if (!edges.has(number)) edges.set(number, unroll(reads[number]));
    const {first, kind} = edges.get(number);
    return unit => (offsets[kind[unit]] || []).map(offset => first[unit] + offset);
  };
  return ids.map(id => {
    const strip = strips[id],
      {first, kind} = unroll(strip.reach);
    return {
      ...strip,
      reads: strip.reads.map(([source, number]) => ({source, of: edge(number)})),
      reach: unit => (kind[unit] ? [first[unit], first[unit] + kind[unit] - 1] : null),
    };
  });
};

// For each strip, which units a unit sees; of an input, which units see it.
const seenFrom = (scene, layer, unit) => {
  const seen = scene.map(strip => new Uint8Array(strip.units));
  seen[layer][unit] = 1;
  if (layer === 0) {
    for (const [i, strip] of scene.entries())
      for (const {source, of} of strip.reads)
        if (seen[source].includes(1))
          seen[i].forEach((_, j) => {
            if (of(j).some(read => seen[source][read])) seen[i][j] = 1;
          });
    return seen;
  }
  for (let i = layer; i > 0; i--)
    seen[i].forEach((on, j) => {
      if (on)
        for (const {source, of} of scene[i].reads) for (const read of of(j)) seen[source][read] = 1;
    });
  return seen;
};

// Neighbours together: [first, last] of each run.
const runsOf = marks => {
  const runs = [];
  marks.forEach((on, i) => {
    if (!on) return;
    if (i && marks[i - 1]) runs.at(-1)[1] = i;
    else runs.push([i, i]);
  });
  return runs;
};
const listed = marks => {
  const runs = runsOf(marks),
    count = marks.reduce((sum, on) => sum + on, 0);
  const span = ([a, b]) => (a === b ? `${a}` : `${a} to ${b}`);
  if (runs.length === 1) return span(runs[0]);
  if (runs.length <= 4) return `${runs.slice(0, -1).map(span).join(", ")} and ${span(runs.at(-1))}`;
  return `${count} from ${runs[0][0]} to ${runs.at(-1)[1]}, with holes`;
};

const titled = name => (name === "input" ? "the input" : /^\d/.test(name) ? `layer ${name}` : name);

const sentenceOf = (scene, seen, {layer, unit}) => {
  const strip = scene[layer],
    count = marks => marks.reduce((sum, on) => sum + on, 0);
  if (layer === 0) {
    const top = scene.at(-1),
      marks = seen.at(-1),
      number = count(marks);
    return number
      ? `Input ${unit} is seen by ${number} of the ${top.units} units of ${titled(top.name)}:` +
          ` ${listed(marks)}.`
      : `Input ${unit} is seen by no unit of ${titled(top.name)}.`;
  }
  const near = strip.reads.map(({source, of}) => {
    const marks = new Uint8Array(scene[source].units);
    for (const read of of(unit)) marks[read] = 1;
    const {name} = scene[source];
    return `${count(marks) ? listed(marks) : "nothing"} of ${titled(name)}`;
  });
  const number = count(seen[0]),
    runs = runsOf(seen[0]),
    ends = strip.reach(unit);
  const size = scene[0].units;
  let far = "It sees no input: only padding.";
  if (number) {
    const [from, to] = [runs[0][0], runs.at(-1)[1]];
    far =
      runs.length > 1
        ? `It sees ${number} of the inputs ${from} to ${to}: there are holes.`
        : number === size
          ? `It sees all ${number} inputs.`
          : number === 1
            ? `It sees 1 input, ${from}.`
            : `It sees ${number} inputs, ${from} to ${to}.`;
  }
  const out =
    ends && (ends[0] < 0 || ends[1] >= size)
      ? ` Its field reaches into the padding: from ${signed(ends[0])} to ${signed(ends[1])}.`
      : "";
  return `Unit ${unit} of ${titled(strip.name)} reads ${near.join(" and ")}. ${far}${out}`;
};

const render = ({model, el}) => {
  const root = rooted(el, "Explorer of receptive fields");
  const sent = new Map();
  let data = null,
    scene = null,
    before = null,
    axis = 0,
    all = false,
    chosen = "",
    refusal = "";
  let wanted = model.get("changes"),
    pointed = null,
    pinned = false,
    view = null;

  const top = add(root, "div", {class: "bar"});
  const choice = add(add(top, "label", {}, "change layer"), "select", {
    "aria-label": "change layer",
  });
  const reset = add(top, "button", {type: "button"}, "Reset all");
  const along = add(top, "label", {}, "along");
  const turned = add(along, "select", {"aria-label": "along"});
  const every = add(top, "label");
  const everything = add(every, "input", {type: "checkbox"});
  const total = add(every, "span");
  const settings = add(root, "div", {class: "settings square three"});
  const dials = SETTINGS.map((name, i) => {
    const label = name === "kernel" ? "kernel size" : name;
    const line = add(settings, "div", {class: "setting", role: "group", "aria-label": label});
    add(line, "span", {}, label);
    return dial(line, label, "chosen layer", value => change(i, value));
  });
  const stage = add(root, "div", {
    class: "strips",
    tabindex: 0,
    role: "application",
    "aria-label": "units of the layers: arrow keys move",
  });
  const svg = put(draw(stage, "svg"), {"aria-hidden": "true"});
  const words = add(root, "div", {class: "words", role: "status", "aria-live": "polite"});
  const note = noteOf(root);
  const player = playerOf(root, by => move(by), words);
  add(
    root,
    "div",
    {class: "help"},
    "Point at a unit to see its field; click to pin it; click the name of a" +
      " layer to change that layer. Keys: arrows, Enter pins, Escape unpins, Space plays.",
  );

  // Settings: a change is drawn as soon as its strips are here.
  const find = changes => {
    const key = JSON.stringify(changes);
    if (sent.has(key)) return sent.get(key);
    return key in data.pictures ? {picture: data.pictures[key], tables: data} : null;
  };
  const original = name => {
    const strip = before.find(one => one.name === name);
    return SETTINGS.map(setting => strip[setting]);
  };
  const withOne = (i, value) => {
    const were = original(chosen),
      now = wanted[chosen] || were;
    const alike = now[i].every(n => n === now[i][0]);
    const made = now.map((values, q) =>
      q !== i ? values : values.map((n, a) => (alike || a === axis ? value : n)),
    );
    const others = kernel.here ? {...wanted} : {}; // what is stored has changes in one layer
    delete others[chosen];
    return same(made, were) ? others : {...others, [chosen]: made};
  };
  const change = (i, value) => {
    if (chosen) {
      wanted = withOne(i, value);
      follow();
    }
  };
  const limit = i => {
    const own = original(chosen)[i],
      now = (wanted[chosen] || original(chosen))[i][axis];
    const strip = before.find(one => one.name === chosen);
    if (i === 2 && !strip.dilates) return [1, 1];
    if (kernel.here) return [1, Math.max(data.most[i], ...own)];
    let [low, high] = [now, now];
    while (low > 1 && find(withOne(i, low - 1))) low--;
    while (find(withOne(i, high + 1))) high++;
    return [low, high];
  };
  const follow = () => {
    if (!data) return;
    const found = find(wanted);
    refusal = found && typeof found.picture === "string" ? found.picture : "";
    controls();
    tell();
    if (!found) return kernel.ask(wanted);
    if (refusal) return;
    const alike = found.picture.every(ids => same(ids, found.picture[0]));
    along.hidden = alike;
    if (alike) turned.value = axis = 0;
    scene = sceneOf(found.tables, found.picture[axis]);
    before = sceneOf(data, data.pictures["{}"][axis]);
    show();
    python.tell(wanted);
  };
  const controls = () => {
    choice.value = chosen;
    settings.hidden = !chosen;
    if (!chosen) return;
    const now = wanted[chosen] || original(chosen);
    dials.forEach((one, i) => one.show(limit(i), now[i][axis]));
  };
  const tell = () => {
    const stored = data && Object.keys(data.pictures).length > 1;
    const why = stored
      ? "one layer at a time can differ, as far as is stored."
      : "the layers cannot be changed.";
    note(
      refusal
        ? `With these settings the network cannot be read, and the picture stays` +
            ` as it was: ${refusal}`
        : kernel.here
          ? ""
          : alone(why),
    );
  };

  // Drawing: the strips stay while the unit that is pointed at moves.
  const adds = (strips, i) => {
    if (i === 0) return true;
    const strip = strips[i],
      below = strips[strip.reads[0].source];
    return strip.size !== below.size || strip.step !== below.step;
  };
  const show = () => {
    every.hidden = scene.length <= MANY;
    total.textContent = ` all ${scene.length} layers, with those that enlarge no field`;
    const kept = scene
      .map((_, i) => i)
      .filter(
        i =>
          all ||
          scene.length <= MANY ||
          adds(scene, i) ||
          i === scene.length - 1 ||
          scene[i].name === chosen,
      );
    const pitch = kept.length > 12 ? 25 : 36,
      count = scene[0].units;
    // Room for fields that reach into the padding, as far as the input stays in sight.
    const over = Math.max(
      ...kept.flatMap(i => {
        const {units, reach} = scene[i],
          [first] = reach(0) || [0];
        const [, last] = reach(units - 1) || [0, 0];
        return [-first, last - count + 1];
      }),
    );
    const margin = Math.max(2, Math.min(0.6 * count, over + 0.5));
    const scale = WIDE / (count + 2 * margin);
    const high = HEAD + kept.length * pitch + 12;
    svg.replaceChildren();
    put(svg, {viewBox: `0 0 680 ${high}`, width: 680, height: high});
    const heads = [
      [570, "units"],
      [622, "field"],
      [676, "step"],
    ];
    draw(svg, "text", {x: 0, y: 12, class: "head"}, "layer");
    for (const [x, text] of heads) draw(svg, "text", {x, y: 12, class: "head end"}, text);
    const plot = draw(svg, "svg", {x: LEFT, y: 0, width: WIDE, height: high});
    const cone = draw(plot, "path", {class: "cone"});
    const lines = draw(plot, "path", {class: "lines"});
    const rows = kept.map((i, row) => {
      const strip = scene[i],
        y = HEAD + (kept.length - 1 - row) * pitch + pitch / 2 - HIGH / 2;
      const [start, wide] = strip.spot;
      const x = unit => (start + (unit - 0.5) * wide + margin + 0.5) * scale;
      const gap = wide * scale >= 5 ? 1.5 : 0;
      const boxes = (runs, more = 0) =>
        (gap
          ? runs.flatMap(([a, b]) => Array.from({length: b - a + 1}, (_, n) => [a + n, a + n]))
          : runs
        )
          .map(
            ([a, b]) =>
              `M${x(a) + gap / 2} ${y - more}H${x(b + 1) - gap / 2}v${HIGH + 2 * more}H${x(a) + gap / 2}z`,
          )
          .join("");
      const name = draw(svg, "g", {class: "name"});
      draw(name, "rect", {x: 0, y: y - 7, width: LEFT - 6, height: 27, class: "back"});
      const label = `${strip.name === chosen ? "▸ " : ""}${strip.name}`;
      put(
        draw(
          name,
          "text",
          {x: 0, y: y + (i ? 5 : 11)},
          label.length > 25 ? `…${label.slice(-24)}` : label,
        ),
        {class: strip.name === chosen ? "chosen" : ""},
      );
      if (i) draw(name, "text", {x: 0, y: y + 16, class: "small"}, detail(strip));
      if (strip.kernel) {
        name.classList.add("able");
        name.addEventListener("click", () => choose(strip.name));
      }
      ["units", "size", "step"].forEach((key, q) => {
        const [was, now] = [before[i]?.[key] ?? "", strip[key]].map(String);
        const moved = `${was}→${now}`,
          text = was === now || moved.length > 7 ? now : moved;
        draw(
          svg,
          "text",
          {x: heads[q][0], y: y + 11, class: was === now ? "end" : "end moved"},
          text,
        );
      });
      draw(plot, "path", {class: i ? "units" : "units first", d: boxes([[0, strip.units - 1]])});
      return {i, y, x, wide, boxes, strip, seen: draw(plot, "path", {class: "seen"})};
    });
    const reach = draw(plot, "rect", {class: "reach"});
    const mark = draw(plot, "rect", {class: "mark"});
    const ends = [0, 1].map(() => draw(plot, "text", {y: high - 2, class: "small"}));
    view = {rows, cone, lines, reach, mark, ends, pitch, high};
    if (!pointed || !rows.some(row => row.i === pointed.layer)) {
      const {i} = movable();
      pointed = {layer: i, unit: scene[i].units >> 1};
    }
    pointed.unit = Math.min(pointed.unit, scene[pointed.layer].units - 1);
    spread();
  };
  // The highest layer whose units differ in what they see.
  const movable = () =>
    view.rows.findLast(({strip}) => strip.step !== "0" && strip.units > 1) || view.rows[0];
  const detail = strip => {
    if (!strip.kernel) return strip.operation + (strip.spans > 1 ? ` reads ${strip.spans}` : "");
    const [k, s, d] = SETTINGS.map(name => strip[name][axis]);
    return `${strip.operation} k${k} s${s}${strip.dilates ? ` d${d}` : ""} p${strip.padding}`;
  };
  const spread = () => {
    const {layer, unit} = pointed,
      seen = seenFrom(scene, layer, unit);
    const {rows, cone, lines, reach, mark, ends} = view,
      left = [],
      right = [];
    let [low, high] = [Infinity, -Infinity];
    const way = layer === 0 ? rows : [...rows].reverse();
    for (const row of way) {
      const runs = runsOf(seen[row.i]);
      row.seen.setAttribute("d", row.boxes(runs, 2));
      if (!runs.length) continue;
      low = Math.min(low, row.x(runs[0][0]));
      high = Math.max(high, row.x(runs.at(-1)[1] + 1));
      for (const y of layer === 0 ? [row.y + HIGH, row.y] : [row.y, row.y + HIGH]) {
        left.push(`${low},${y}`);
        right.unshift(`${high},${y}`);
      }
    }
    cone.setAttribute("d", `M${[...left, ...right].join("L")}z`);
    lines.setAttribute("d", fan(seen));
    const row = rows.find(one => one.i === layer);
    put(mark, {
      x: row.x(unit),
      y: row.y - 3,
      width: row.x(unit + 1) - row.x(unit),
      height: HIGH + 6,
      class: pinned ? "mark pinned" : "mark",
    });
    const field = layer && scene[layer].reach(unit),
      count = scene[0].units;
    const out = field && (field[0] < 0 || field[1] >= count);
    reach.style.display = out ? "" : "none";
    if (out)
      put(reach, {
        x: rows[0].x(field[0]),
        y: rows[0].y - 5,
        height: HIGH + 10,
        width: rows[0].x(field[1] + 1) - rows[0].x(field[0]),
      });
    const runs = runsOf(seen[0]),
      edge = runs.length ? [runs[0][0], runs.at(-1)[1]] : [];
    ends.forEach((text, n) => {
      const near = n && rows[0].x(edge[1]) - rows[0].x(edge[0]) < 22;
      text.textContent = !edge.length || near ? "" : edge[n];
      if (edge.length) put(text, {x: (rows[0].x(edge[n]) + rows[0].x(edge[n] + 1)) / 2});
    });
    words.textContent = sentenceOf(scene, seen, pointed) + (pinned ? " (pinned)" : "");
  };
  // Which unit reads which, where there are few enough to be told apart.
  const fan = seen => {
    const {rows} = view,
      parts = [];
    const middle = (row, unit) => (row.x(unit) + row.x(unit + 1)) / 2;
    for (const here of rows)
      for (const {source, of} of here.strip.reads) {
        const below = rows.find(row => row.i === source);
        if (below)
          seen[here.i].forEach((on, unit) => {
            if (on)
              for (const read of of(unit))
                if (seen[source][read])
                  parts.push(
                    `M${middle(here, unit)} ${here.y + HIGH}L${middle(below, read)} ${below.y}`,
                  );
          });
        if (parts.length > LINES) return "";
      }
    return parts.join("");
  };
  const point = (layer, unit) => {
    if (pointed && pointed.layer === layer && pointed.unit === unit) return;
    pointed = {layer, unit};
    spread();
  };
  const pin = on => {
    pinned = on;
    if (scene) spread();
  };
  const choose = name => {
    chosen = name;
    follow();
  };

  // The pointer: the nearest strip, and in it the nearest unit.
  const unitAt = event => {
    const box = svg.getBoundingClientRect(),
      zoom = 680 / box.width;
    const x = (event.clientX - box.left) * zoom - LEFT,
      y = (event.clientY - box.top) * zoom;
    if (!view || x < 0 || x > WIDE) return null;
    const {rows, pitch} = view,
      up = Math.floor((y - HEAD) / pitch);
    return nearest(rows[Math.max(0, Math.min(rows.length - 1, rows.length - 1 - up))], x);
  };
  const nearest = (row, x) => {
    const unit = Math.floor((x - row.x(0)) / (row.x(1) - row.x(0)));
    return {layer: row.i, unit: Math.max(0, Math.min(row.strip.units - 1, unit))};
  };
  svg.addEventListener("pointermove", event => {
    const found = unitAt(event);
    if (found && !pinned && !player.playing) point(found.layer, found.unit);
  });
  svg.addEventListener("click", event => {
    const found = unitAt(event);
    if (!found) return;
    player.stop();
    const again = pinned && same(found, pointed);
    point(found.layer, found.unit);
    pin(!again);
  });

  // The keys.
  const move = by => {
    if (!scene) return;
    const layer = scene[pointed.layer].units > 1 ? pointed.layer : movable().i;
    const count = scene[layer].units,
      unit = layer === pointed.layer ? pointed.unit : -1;
    point(layer, (unit + by + count) % count);
  };
  stage.addEventListener("keydown", event => {
    if (!scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const {layer, unit} = pointed,
      {rows} = view;
    const across = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    const up = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (across || up) player.stop();
    if (across) {
      point(layer, Math.max(0, Math.min(scene[layer].units - 1, unit + across)));
    } else if (up) {
      const at = rows.findIndex(row => row.i === layer),
        next = rows[at + up];
      if (next) {
        const found = nearest(next, (rows[at].x(unit) + rows[at].x(unit + 1)) / 2);
        point(found.layer, found.unit);
        view.mark.scrollIntoView({block: "nearest"});
      }
    } else if (event.key === "Enter") pin(!pinned);
    else return;
    event.preventDefault();
  });
  filmKeys(root, player, () => pin(false));
  choice.addEventListener("change", () => choose(choice.value));
  reset.addEventListener("click", () => {
    wanted = {};
    follow();
  });
  turned.addEventListener("change", () => {
    axis = +turned.value;
    follow();
  });
  everything.addEventListener("change", () => {
    all = everything.checked;
    follow();
  });

  const kernel = kernelOf(
    model,
    message => {
      if (!("picture" in message)) return;
      sent.set(JSON.stringify(message.ask), message);
      follow();
    },
    () => {
      if (scene) controls();
      tell();
    },
  );
  const load = async () => {
    data = await unpack(model.get("data"));
    before = sceneOf(data, data.pictures["{}"][0]);
    data.axes.forEach((name, i) => add(turned, "option", {value: i}, name));
    const names = [...new Set(before.filter(strip => strip.kernel).map(strip => strip.name))];
    for (const name of [...names].reverse()) add(choice, "option", {value: name}, name);
    chosen = before.findLast((strip, i) => strip.kernel && adds(before, i))?.name || "";
    choice.parentElement.hidden = reset.hidden = !chosen;
    follow();
  };
  const python = shared(model, "changes", chosen => {
    wanted = chosen;
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
