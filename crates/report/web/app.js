// The page as a whole: what is shown follows from one state, and every action makes a new one.

import { Chart, decimal, lossAxis, signed, whole } from "./charts.js";
import { Heatmap, paintBar } from "./heatmap.js";
import { flipPath, gatesOf, maskAt, maskText, randomMask, size } from "./masks.js";
import { Field, crossEntropy, probability, pushes } from "./network.js";
import { NodeList, lossText } from "./nodes.js";
import { Plane } from "./plane.js";
import { unpack } from "./record.js";
import { History, MODES, decode, encode, gatesIn } from "./state.js";
import { GatePanel, PathPanel, Player, RemovalPanel, key, nextBest } from "./walks.js";

/** Milliseconds of work on flip effects before the page is let go on. */
const SLICE = 10;

/** Milliseconds of rest before the address follows, as browsers allow few changes a second. */
const REST = 250;

/** Bars of the histogram. */
const BINS = 100;

const byId = (id) => document.getElementById(id);

class App {
  constructor(record) {
    this.record = record;
    const { network } = record;
    this.n = network.n;
    this.history = new History();
    this.classNames = classNames(record);
    this.heatmap = new Heatmap(byId("heatmap"), record);
    this.point = new Field(network, Float64Array.of(0), Float64Array.of(0));
    this.nodes = new NodeList(byId("nodes"), this.n, {
      toggle: (i) => this.toggle(i),
      paint: (i, on) => this.switchTo([i], on, false),
      select: (i) => this.select(i),
      over: (i) => this.over(i),
    });
    this.plane = new Plane(byId("plane"), byId("overlay"), record, {
      toggle: (i) => this.toggle(i),
      cut: (nodes, on, isFirst) => this.switchTo(nodes, on, isFirst),
      hover: (at) => this.probe(at ?? this.state.at),
      pin: (at) => this.change({ at }, { undo: false }),
      over: (i) => this.over(i),
    });
    this.makePanels();
    this.makeControls();
    describe(this);
    this.state = this.read();
    this.shownPushes = null;
    this.render();
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      const { trace, covariance } = this.pathPanel;
      const charts = [
        this.histogram,
        trace,
        covariance,
        this.removalPanel.chart,
        this.gatePanel.chart,
      ];
      for (const chart of charts) chart?.resize();
      this.frame();
      this.render();
    });
    window.addEventListener("hashchange", () => {
      if (window.location.hash === encode(this.state, this.n)) return;
      this.stop();
      this.state = this.read();
      this.render();
    });
  }

  read() {
    const { network, extent } = this.record;
    return decode(window.location.hash, { n: this.n, classes: network.classes, extent });
  }

  makePanels() {
    const { record } = this;
    this.pathPanel = new PathPanel(
      {
        trace: byId("trace"),
        covariance: byId("covariance"),
        figure: byId("covariance-figure"),
        text: byId("path-text"),
      },
      record,
    );
    this.removalPanel = new RemovalPanel(
      { frontier: byId("frontier"), keys: byId("frontier-keys"), text: byId("removal-text") },
      record,
    );
    this.gatePanel = new GatePanel({
      curve: byId("gate-curve"),
      caption: byId("gate-caption"),
      keys: byId("gate-keys"),
    });
    byId("place").hidden = !record.table;
    byId("best").hidden = !record.best;
    if (record.table) {
      const label = `Histogram of ln(loss) over all ${whole(record.table.masks)} sub-networks`;
      this.histogram = new Chart(byId("histogram"), { height: 112, label });
      byId("place-title").textContent = `All ${whole(record.table.masks)} sub-networks by loss`;
      const keys = [key("present", "this sub-network"), key("reversal", "its reversal")];
      byId("place-keys").replaceChildren(...keys);
    }
    this.frame();
  }

  /** Draws the parts of charts that stay as they are, in the room that there is. */
  frame() {
    if (this.histogram) this.drawHistogram();
    this.pathPanel.frame();
  }

  drawHistogram() {
    const { table } = this.record;
    const [low, high] = table.range();
    const heights = table.histogram(BINS);
    const step = (high - low) / BINS || 1;
    const most = Math.max(...heights);
    const axis = lossAxis(low, high);
    axis.title = "loss, logarithmic";
    this.histogram.frame(axis, { low: 0, high: 1.05 * most });
    const bars = [...heights].flatMap((height, k) => [
      [low + k * step, height],
      [low + (k + 1) * step, height],
    ]);
    this.histogram.area(this.histogram.still, bars, "bars");
  }

  makeControls() {
    const on = (id, act) => byId(id).addEventListener("click", act);
    const full = (1n << BigInt(this.n)) - 1n;
    on("all-on", () => this.setMask(full));
    on("all-off", () => this.setMask(0n));
    on("reverse", () => this.reverse());
    on("random", () => this.random());
    on("undo", () => this.undo());
    on("copy", () => this.copyLink());
    byId("p").addEventListener("input", (event) => {
      this.change({ p: Number(event.target.value) }, { undo: false });
    });
    byId("lines").addEventListener("change", (event) => {
      this.change({ lines: event.target.checked }, { undo: false });
    });
    byId("gate").addEventListener("input", (event) => this.setGate(Number(event.target.value)));
    byId("gate").addEventListener("change", () => (this.isDragging = false));
    this.makeModes();
    this.makeWalks(on);
    for (const element of [byId("plane"), byId("nodes")]) {
      element.addEventListener("keydown", (event) => this.shortcut(event));
    }
    byId("plane").addEventListener("keydown", (event) => this.movePoint(event));
    document.addEventListener("keydown", (event) => {
      const isText = event.target instanceof HTMLInputElement && event.target.type === "text";
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !isText) {
        event.preventDefault();
        this.undo();
      }
    });
  }

  makeModes() {
    const titles = { prediction: "Prediction", loss: "Loss", gradient: "Gate gradient" };
    const choices = MODES.map((mode) => {
      const [label, input] = [document.createElement("label"), document.createElement("input")];
      Object.assign(input, { type: "radio", name: "mode", value: mode });
      input.addEventListener("change", () => this.change({ mode }, { undo: false }));
      label.append(input, titles[mode]);
      return label;
    });
    byId("modes").replaceChildren(...choices);
    const shown = byId("shown");
    for (const [c, name] of this.classNames.entries()) shown.add(new Option(name, c));
    shown.addEventListener("change", () => {
      this.change({ shown: Number(shown.value) }, { undo: false });
    });
  }

  makeWalks(on) {
    this.pathPlayer = new Player(
      () => this.stepPath(1),
      () => (byId("path-play").textContent = this.pathPlayer.isPlaying ? "Pause" : "Play"),
    );
    this.greedyPlayer = new Player(
      () => this.removeNext(),
      () => (byId("greedy-play").textContent = this.greedyPlayer.isPlaying ? "Pause" : "Play"),
    );
    on("path-new", () => {
      this.newPath();
      if (!this.pathPlayer.isPlaying) this.pathPlayer.start();
    });
    on("path-play", () => {
      const { path } = this.state;
      if (!this.pathPlayer.isPlaying && (!path || path.step === this.n)) this.newPath();
      this.greedyPlayer.stop();
      this.pathPlayer.toggle();
    });
    on("path-step", () => this.stepBy(1));
    on("path-back", () => this.stepBy(-1));
    on("greedy", () => {
      this.stop();
      this.removeNext();
    });
    on("greedy-play", () => {
      this.pathPlayer.stop();
      this.greedyPlayer.toggle();
    });
    on("best", () => {
      const best = this.record.best[size(this.state.mask)];
      this.setMask(BigInt(best.mask));
    });
  }

  // Actions.

  /** Makes a new state, which leaves a path unless it says otherwise. */
  change(patch, { undo = true } = {}) {
    if (undo) this.history.push(this.state);
    this.state = { ...this.state, ...patch };
    this.render();
  }

  setMask(mask) {
    this.stop();
    this.change({ mask, soft: null, path: null });
  }

  /** Switches a node; whether it is on then. */
  toggle(i) {
    this.stop();
    const mask = this.state.mask ^ (1n << BigInt(i));
    this.change({ mask, soft: null, path: null, node: i });
    this.say();
    return ((mask >> BigInt(i)) & 1n) === 1n;
  }

  /** Switches several nodes on or off. */
  switchTo(nodes, on, undo) {
    this.stop();
    let { mask } = this.state;
    for (const i of nodes) {
      const bit = 1n << BigInt(i);
      mask = on ? mask | bit : mask & ~bit;
    }
    if (mask !== this.state.mask) this.change({ mask, soft: null, path: null }, { undo });
  }

  reverse() {
    this.setMask(((1n << BigInt(this.n)) - 1n) ^ this.state.mask);
    this.say();
  }

  random() {
    this.setMask(randomMask(this.n, this.state.p));
    this.say();
  }

  undo() {
    this.stop();
    const before = this.history.pop();
    if (!before) return;
    this.state = { ...this.state, ...before };
    this.render();
    this.say();
  }

  select(i) {
    if (i !== this.state.node) this.change({ node: i }, { undo: false });
  }

  /** Opens the selected gate; at either end it is a switch again. */
  setGate(gate) {
    this.stop();
    const { node, mask } = this.state;
    const bit = 1n << BigInt(node);
    const isHard = gate === 0 || gate === 1;
    const next = gate >= 0.5 ? mask | bit : mask & ~bit;
    const soft = isHard ? null : { node, gate };
    this.change({ mask: next, soft, path: null }, { undo: !this.isDragging });
    this.isDragging = true;
  }

  newPath() {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const path = { ...flipPath(this.n, seed), step: 0 };
    this.change({ path, mask: path.start, soft: null });
  }

  stepBy(steps) {
    this.stop();
    if (!this.state.path) this.newPath();
    else this.stepPath(steps);
  }

  /** Goes on along the path; false at its end. */
  stepPath(steps) {
    const { path } = this.state;
    if (!path) return false;
    const step = Math.min(Math.max(path.step + steps, 0), this.n);
    const node = path.order[Math.max(step - 1, 0)];
    const next = { ...path, step };
    this.change({ path: next, mask: maskAt(path, step), soft: null, node }, { undo: false });
    return step < this.n;
  }

  /** Removes the node whose removal leaves the smallest loss; false when there is none. */
  removeNext() {
    const next = nextBest(this.state.mask, this.flips);
    if (next === null) return false;
    const mask = this.state.mask & ~(1n << BigInt(next));
    this.change({ mask, soft: null, path: null, node: next });
    this.say();
    return mask !== 0n;
  }

  stop() {
    this.pathPlayer.stop();
    this.greedyPlayer.stop();
  }

  shortcut(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      a: () => this.setMask((1n << BigInt(this.n)) - 1n),
      n: () => this.setMask(0n),
      r: () => this.reverse(),
      x: () => this.random(),
      g: () => this.removeNext(),
      z: () => this.undo(),
    };
    acts[event.key]?.();
  }

  movePoint(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const { extent } = this.record;
    const step = (event.shiftKey ? 0.2 : 0.02) * (extent / 2);
    const from = this.state.at ?? [0, 0];
    const inside = (x) => Math.min(Math.max(x, -extent), extent);
    const at = from.map((x, d) => inside(Number((x + step * move[d]).toFixed(6))));
    this.change({ at }, { undo: false });
    byId("said").textContent = byId("probe").innerText.replace(/\s+/g, " ");
  }

  async copyLink() {
    this.writeAddress();
    const link = byId("link");
    link.value = window.location.href;
    const said = byId("copy");
    try {
      await navigator.clipboard.writeText(link.value);
      said.textContent = "Copied";
    } catch {
      // Without leave to write the clipboard, the link is there to be copied by hand.
      link.hidden = false;
      link.select();
      said.textContent = "Copy it below";
    }
    window.setTimeout(() => (said.textContent = "Copy link"), 1600);
  }

  // What is shown.

  render() {
    performance.mark("change");
    const { state, record } = this;
    this.gates = gatesIn(state, this.n);
    if (this.shownPushes !== state.shown) this.paintNodes();
    this.drawMap();
    performance.measure("heatmap", "change");
    const { points, labels } = record;
    points.set(this.gates);
    this.loss = points.loss(labels);
    this.gradient = points.gradient(labels);
    this.nodes.show({ gates: this.gates, gradient: this.gradient, selected: state.node });
    this.showControls();
    this.plane.update(this.gates, state.node);
    this.showNumbers();
    this.probe(state.at);
    this.pathPanel.show(state.path, (mask) => this.lossOf(mask));
    this.startFlips();
    performance.measure("update", "change");
    window.clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => this.writeAddress(), REST);
  }

  /** Loss of any mask. */
  lossOf(mask) {
    if (mask === this.state.mask && !this.state.soft) return this.loss;
    return this.record.points.lossAt(gatesOf(mask, this.n), this.record.labels);
  }

  paintNodes() {
    const { network, points } = this.record;
    const push = pushes(network, points, this.state.shown);
    this.shownPushes = this.state.shown;
    const most = push.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
    // The middle of the map is white, and lost on a page: strength begins a step away from it.
    const place = (value) =>
      0.5 + Math.sign(value) * (0.16 + 0.3 * Math.sqrt(Math.abs(value) / most));
    const { diverging } = this.heatmap;
    const places = [...push].map((value) => (value === 0 ? 0.5 : place(value)));
    const colours = places.map((at) => diverging.css(at));
    const isDark = (at) =>
      diverging.at(at).reduce((sum, c, k) => sum + c * [0.3, 0.59, 0.11][k], 0) < 140;
    this.nodes.paint(
      colours,
      places.map((at) => (isDark(at) ? "#fff" : "#111")),
    );
    this.plane.paint(
      colours,
      [...push].map((value) => Math.sqrt(Math.abs(value) / most)),
    );
  }

  drawMap() {
    const { state } = this;
    const scale = this.heatmap.draw(this.gates, state);
    paintBar(byId("scale-bar"), scale.map);
    const digits = scale.high < 1 ? Math.ceil(-Math.log10(scale.high)) : 0;
    const past = state.mode === "prediction" ? "" : "≥ ";
    byId("scale-low").textContent =
      state.mode === "gradient" ? `≤ ${decimal(scale.low, digits)}` : "0";
    byId("scale-high").textContent = past + decimal(scale.high, digits);
    byId("scale-title").textContent = {
      prediction: `probability of ${this.classNames[state.shown]}`,
      loss: "loss at a point (nats)",
      gradient: `∂loss/∂b of node ${state.node} at a point (nats)`,
    }[state.mode];
    byId("plane").classList.toggle("pale", state.mode === "gradient");
  }

  showControls() {
    const { state } = this;
    for (const input of byId("modes").querySelectorAll("input")) {
      input.checked = input.value === state.mode;
    }
    byId("shown-label").hidden = this.record.network.classes === 2 || state.mode !== "prediction";
    byId("shown").value = state.shown;
    byId("lines").checked = state.lines;
    this.plane.bends.classList.toggle("hidden", !state.lines);
    byId("p").value = state.p;
    byId("p-value").textContent = state.p.toFixed(2);
    byId("undo").disabled = this.history.isEmpty;
    byId("path-back").disabled = !state.path || state.path.step === 0;
    byId("path-step").disabled = state.path?.step === this.n;
    byId("greedy").disabled = state.mask === 0n;
    byId("greedy-play").disabled = state.mask === 0n;
    const gate = this.gates[state.node];
    byId("gate").value = gate;
    byId("soft-node").textContent = state.node;
    byId("soft-value").textContent = gate.toFixed(2);
    for (const name of document.querySelectorAll(".shown-class")) {
      name.textContent = this.classNames[state.shown];
    }
  }

  showNumbers() {
    const { state, n, record } = this;
    const { table, points, labels } = record;
    const count = size(state.mask);
    this.reversed = this.lossOf(((1n << BigInt(n)) - 1n) ^ state.mask);
    const entries = [
      ["loss", lossText(this.loss), "nats, on the evaluation points"],
      [
        "nodes on",
        state.soft ? `${count} of ${n}, one soft` : `${count} of ${n}`,
        `mask ${maskText(state.mask, n)}`,
      ],
      ["accuracy", `${(100 * points.accuracy(labels)).toFixed(2)} %`, "of the evaluation points"],
    ];
    if (!state.soft)
      entries.push(["reversal", lossText(this.reversed), "loss of the opposite mask"]);
    if (table) entries.splice(1, 0, this.standing());
    byId("numbers").replaceChildren(...entries.map(definition));
    this.histogram?.show((group) => {
      if (!state.soft) this.histogram.upright(group, Math.log(this.reversed), "reversal");
      this.histogram.upright(group, Math.log(this.loss), "here");
    });
  }

  /** The rank, and the share of all masks that are worse. */
  standing() {
    const { table } = this.record;
    const [first, last] = table.ranks(this.loss);
    const worse = (100 * (table.masks - last)) / table.masks;
    // Among millions, "100.0 %" would be wrong for all but the very best.
    const share = worse > 99.95 && worse < 100 ? worse.toFixed(4) : worse.toFixed(1);
    const note = `of ${whole(table.masks)}; ${share} % are worse`;
    if (this.state.soft)
      return ["rank", "–", `a soft gate is no sub-network; ${share} % are worse`];
    return ["rank", first === last ? whole(first) : `${whole(first)}–${whole(last)}`, note];
  }

  /** What flipping each node would change: at once if that is quick, else a slice at a time. */
  startFlips() {
    window.clearTimeout(this.flipTimer);
    this.flips = Array(this.n).fill(null);
    let i = 0;
    const { points, labels } = this.record;
    const work = () => {
      const start = performance.now();
      for (; i < this.n && performance.now() - start < SLICE; i++) {
        const to = this.gates[i] >= 0.5 ? 0 : 1;
        this.flips[i] = points.lossWith(i, to, labels) - this.loss;
      }
      this.nodes.showFlips(this.flips);
      if (i < this.n) this.flipTimer = window.setTimeout(work);
      else this.afterFlips();
    };
    work();
  }

  afterFlips() {
    const { state, record } = this;
    this.removalPanel.show(state, this.loss, this.flips);
    // The rest can wait until the map is on the screen.
    this.flipTimer = window.setTimeout(() => {
      this.settleRank();
      const { node } = state;
      const lossWith = (gate) => record.points.lossWith(node, gate, record.labels);
      this.gatePanel.show(node, this.gates[node], this.loss, this.gradient[node], lossWith);
    });
  }

  /** Tells the masks apart that the table's rounding makes equal to this one. */
  settleRank() {
    const { table } = this.record;
    if (!table || this.state.soft) return;
    const lossOf = (mask) => this.lossOf(BigInt(mask));
    const rank = table.rank(Number(this.state.mask), this.loss, lossOf);
    if (rank !== null) byId("numbers").children[1].querySelector("dd").textContent = whole(rank);
  }

  /** Reads out the values at a point. */
  probe(at) {
    this.plane.markAt(at);
    const { state, classNames: names, record, point } = this;
    if (!at) {
      byId("probe").textContent = "Point at the map to read its values.";
      return;
    }
    const [x0, x1] = at;
    Object.assign(point, { x0: Float64Array.of(x0), x1: Float64Array.of(x1), gates: null });
    point.set(this.gates);
    const label = this.heatmap.labelAt(x0, x1, record.extent);
    const slope = new Float64Array(1);
    point.pointGradients(state.node, [label], slope);
    const entries = [
      ["x₀, x₁", `${decimal(x0, 3)}, ${decimal(x1, 3)}`],
      [`P(${names[state.shown]})`, decimal(probability(point.logits, state.shown, 0), 5)],
      ["label", names[label]],
      ["loss", decimal(crossEntropy(point.logits, label, 0), 5)],
      [`∂loss/∂b of node ${state.node}`, signed(slope[0], 5)],
    ];
    byId("probe").replaceChildren(...entries.map(definition));
  }

  over(i) {
    if (i === this.highlighted) return;
    this.highlighted = i;
    this.plane.highlight(i);
    this.nodes.highlight(i);
  }

  /** Tells who cannot see the page what has become of it. */
  say() {
    const count = size(this.state.mask);
    byId("said").textContent = `${count} of ${this.n} nodes on, loss ${lossText(this.loss)}`;
  }

  writeAddress() {
    const hash = encode(this.state, this.n);
    if (hash !== window.location.hash) window.history.replaceState(null, "", hash);
  }
}

/** A name and its value, with a note if there is one. */
function definition([name, value, note]) {
  const [box, term, data] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  term.textContent = name;
  data.textContent = value;
  box.append(term, data);
  if (note) {
    const small = document.createElement("dd");
    small.className = "quiet";
    small.textContent = note;
    box.append(small);
  }
  return box;
}

function classNames({ about, network }) {
  const name = (c) => (about.radius ? ["inside", "outside"][c] : `class ${c}`);
  return Array.from({ length: network.classes }, (_, c) => name(c));
}

/** What the page says of the network itself. */
function describe(app) {
  const { about, network, points, table, covariance, side } = app.record;
  const sizes = [2, ...network.layers.map((layer) => layer.outputs)].join("–");
  const data = about.data && `${about.data} ${about.radius ? "circle" : "data"}`;
  const parts = [
    `${sizes} network ${about.model ?? ""}`,
    about.trained && about.trained.data !== about.data && `trained on ${about.trained.data}`,
    about.points ? `points of ${about.points}` : data,
    `${whole(points.count)} evaluation points`,
    `${about.ablation ?? "zero"} ablation`,
  ];
  byId("about").textContent = parts.filter(Boolean).join(" · ");
  byId("replaced").textContent =
    about.ablation === "mean" ? "its mean over the evaluation points in the full network" : "0";
  const circle = about.radius && [
    "circle",
    `circle of the data, radius ${decimal(about.radius, 3)}`,
  ];
  const keys = [
    circle,
    ["square", "training square [−1, 1]²"],
    ["towards", "a node bends here; on its ticked side it pushes towards "],
    ["away", "the same, away from "],
    ["switched-off", "a node that is off"],
  ];
  byId("keys").replaceChildren(...keys.filter(Boolean).map(([name, text]) => key(name, text)));
  for (const item of byId("keys").querySelectorAll(".towards, .away")) {
    item.parentElement.append(
      Object.assign(document.createElement("b"), { className: "shown-class" }),
    );
  }
  byId("rank-note").textContent = table
    ? rankNote(table)
    : `With ${app.n} nodes the losses of all sub-networks are too many for this page: no ranks here.`;
  if (covariance && covariance[0] > 0) {
    const correlation = decimal(covariance[app.n] / covariance[0], 3);
    byId("reversal-note").textContent =
      `Over all sub-networks, the correlation of ln(loss) with that of the reversal is ${correlation}, exactly.`;
  }
  const hidden = app.plane.network.n - visibleLines(app);
  byId("outside-view").textContent = hidden > 0 ? `Lines outside of the map: ${hidden}.` : "";
  const revision = about.revision ? `, revision ${about.revision.slice(0, 10)}` : "";
  byId("source").textContent =
    `Made by cargo run -p experiments -- explore, seed ${about.seed}${revision}. The map has ` +
    `${side} × ${side} pixels. This page works without a network connection.`;
}

function rankNote(table) {
  const half = table.step / 2;
  const percent = (100 * Math.expm1(half)).toPrecision(2);
  return (
    `1 is the smallest loss of all ${whole(table.masks)} sub-networks. The page carries each of their ` +
    `losses as ln(loss) in 16 bits, rounded by at most ${half.toPrecision(2)}, so ${percent} % of the ` +
    `loss. Those that rounding makes equal to this one are evaluated again, so that the rank is exact; ` +
    `where they are too many, the first and the last rank it may have are given. Equal losses share a rank.`
  );
}

/** How many nodes bend within the map, with every node on. */
function visibleLines({ plane, n }) {
  const full = new Float64Array(n).fill(1);
  plane.update(full, -1);
  return plane.segments.filter((segments) => segments.length > 0).length;
}

const app = new App(unpack(JSON.parse(byId("record").textContent)));
document.documentElement.dataset.ready = String(app.n);
