// The panels below the map: flip paths, removal node by node, and one soft gate.

import { Chart, countAxis, decimal, lossAxis, signed, ticks } from "./charts.js";
import { maskAt, size } from "./masks.js";
import { lossText } from "./nodes.js";

/** Milliseconds between two steps of what is played. */
const PACE = 420;

/** Values of a gate at which the curve of its loss is computed. */
const GATE_STEPS = 20;

/** Calls `step` at a steady pace until it returns false; `onChange` hears of both ends. */
export class Player {
  constructor(step, onChange) {
    this.step = step;
    this.onChange = onChange;
    this.timer = null;
  }

  get isPlaying() {
    return this.timer !== null;
  }

  toggle() {
    if (this.isPlaying) this.stop();
    else this.start();
  }

  start() {
    const next = () => {
      if (this.step() === false) this.stop();
    };
    this.timer = window.setInterval(next, PACE);
    next();
    this.onChange();
  }

  stop() {
    if (!this.isPlaying) return;
    window.clearInterval(this.timer);
    this.timer = null;
    this.onChange();
  }
}

/** ln(loss) along a flip path, beside its exact covariance. */
export class PathPanel {
  constructor(elements, { network, table, covariance }) {
    Object.assign(this, { elements, network, table, exact: covariance });
    const n = network.n;
    const label = "ln(loss) after each flip of the path so far";
    this.trace = new Chart(elements.trace, { label });
    this.losses = [];
    this.of = null;
    elements.figure.hidden = !covariance;
    if (!covariance) return;
    const title = `Exact covariance of ln(loss) with the start of a path: ${decimal(covariance[0], 3)} at 0 flips, ${decimal(covariance[n], 3)} at the reversal`;
    this.covariance = new Chart(elements.covariance, { label: title });
  }

  /** Draws what stays as it is. */
  frame() {
    const { exact: covariance, network } = this;
    if (!covariance) return;
    const { n } = network;
    const [low, high] = [Math.min(0, ...covariance), Math.max(0, ...covariance)];
    const room = 0.06 * (high - low) || 1;
    const marks = ticks(low, high, 4);
    const digits = Math.max(0, -Math.floor(Math.log10(marks[1] - marks[0] || 1)));
    this.covariance.frame(countAxis(n, "flips"), {
      low: low - room,
      high: high + room,
      ticks: marks.map((value) => [value, decimal(value, digits)]),
    });
    const { still } = this.covariance;
    this.covariance.line(
      still,
      [
        [0, 0],
        [n, 0],
      ],
      "zero",
    );
    const points = [...covariance.entries()];
    this.covariance.line(still, points, "exact");
    for (const point of points) this.covariance.dot(still, point, "exact", 1.8);
  }

  /** Shows the path so far; `lossOf(mask)` gives losses that are not yet known. */
  show(path, lossOf) {
    const { elements, network } = this;
    if (!path) {
      this.of = null;
      this.losses = [];
    } else if (this.of !== `${path.seed}.${path.start}`) {
      this.of = `${path.seed}.${path.start}`;
      this.losses = [];
    }
    const step = path ? path.step : 0;
    for (let k = this.losses.length; path && k <= step; k++) {
      this.losses.push(Math.log(lossOf(maskAt(path, k))));
    }
    const known = this.losses.slice(0, path ? step + 1 : 0);
    const range = this.table ? this.table.range() : [Math.min(-2, ...known), Math.max(1, ...known)];
    this.trace.frameOnce(countAxis(network.n, "flips"), lossAxis(...range, "loss, logarithmic"));
    this.trace.show((group) => {
      this.trace.line(group, [...known.entries()], "path");
      for (const point of known.entries()) this.trace.dot(group, point, "path", 2);
      if (known.length > 0) this.trace.dot(group, [step, known[step]], "here", 4.5);
    });
    this.covariance?.show((group) => {
      if (!path) return;
      this.covariance.upright(group, step, "here");
      this.covariance.dot(group, [step, this.exact[step]], "here", 4.5);
    });
    elements.text.textContent = path ? this.sentence(path, known) : "No path yet.";
  }

  sentence(path, known) {
    const flips = `${path.step} of ${this.network.n} flips`;
    if (path.step < this.network.n) return flips;
    const [first, last] = [known[0], known[path.step]].map((x) => lossText(Math.exp(x)));
    return `${flips}: loss ${first} at the start, ${last} at its reversal`;
  }
}

/** Loss against nodes on: the best of each size, and removal from here. */
export class RemovalPanel {
  constructor(elements, { network, table, best }) {
    Object.assign(this, { elements, network, table, best });
    const label =
      "Loss against the number of nodes on: the best sub-network of each size, and greedy removal from here";
    this.chart = new Chart(elements.frontier, { label });
    this.trail = [];
    const keys = [["here", "this sub-network, and where it has been"]];
    if (table) {
      keys.push(
        ["exact", "the best of all of each size"],
        ["greedy", "removing the next best from here"],
      );
      const full = table.greedy(table.masks - 1).map((mask) => table.logLoss(mask));
      const low = Math.min(...best.map((row) => Math.log(row.loss)));
      const high = Math.max(...full, ...best.map((row) => Math.log(row.loss)));
      this.range = [low, high];
    }
    elements.keys.replaceChildren(...keys.map(([name, text]) => key(name, text)));
  }

  /** Shows where a mask stands; `flips` are the changes that its flips would make. */
  show(state, loss, flips) {
    const { network, table } = this;
    const count = size(state.mask);
    const here = [count, Math.log(loss)];
    if (
      !state.soft &&
      this.trail.every(([a, b]) => a !== here[0] || Math.abs(b - here[1]) > 1e-9)
    ) {
      this.trail = [...this.trail.slice(-199), here];
    }
    const [low, high] = this.range ?? [
      Math.min(-3, ...this.trail.map((at) => at[1])),
      Math.max(0.5, ...this.trail.map((at) => at[1])),
    ];
    const range = [Math.min(low, here[1]), Math.max(high, here[1])];
    this.chart.frameOnce(countAxis(network.n, "nodes on"), lossAxis(...range, "loss, logarithmic"));
    this.chart.show((group) => {
      for (const point of this.trail) this.chart.dot(group, point, "trail", 2);
      if (table) {
        const greedy = table.greedy(Number(state.mask));
        const steps = greedy.map((mask) => [size(BigInt(mask)), table.logLoss(mask)]);
        const best = this.best.map((row) => [row.size, Math.log(row.loss)]);
        this.chart.line(group, steps, "greedy");
        this.chart.line(group, best, "exact");
        for (const point of best) this.chart.dot(group, point, "exact", 1.8);
      }
      this.chart.dot(group, here, "here", 4.5);
    });
    this.elements.text.textContent = this.sentence(state, count, loss, flips);
  }

  sentence(state, count, loss, flips) {
    const parts = [];
    const next = nextBest(state.mask, flips);
    if (next !== null) {
      parts.push(`Next best to remove: node ${next}, to loss ${lossText(loss + flips[next])}.`);
    }
    if (this.best) {
      const best = this.best[count];
      const isBest = BigInt(best.mask) === state.mask && !state.soft;
      const masks =
        count === 0 || count === this.network.n ? "the only one" : `loss ${lossText(best.loss)}`;
      parts.push(
        isBest
          ? `This is the best of all with ${count} on.`
          : `Best of all with ${count} on: ${masks}.`,
      );
    }
    return parts.join(" ");
  }
}

/** The node that is on and whose removal leaves the smallest loss; the highest if several tie. */
export function nextBest(mask, flips) {
  let best = null;
  for (const [i, change] of flips.entries()) {
    if (change === null) return null;
    if (!((mask >> BigInt(i)) & 1n)) continue;
    if (best === null || change <= flips[best]) best = i;
  }
  return best;
}

/** The loss as one gate moves from 0 to 1, with its tangent. */
export class GatePanel {
  constructor(elements) {
    this.elements = elements;
    const label =
      "Loss against the selected node's gate from 0 to 1, with the tangent at its present value";
    this.chart = new Chart(elements.curve, { label });
    const keys = [
      ["exact", "loss"],
      ["tangent", "slope: the gate gradient"],
      ["greedy", "from off to on: the flip"],
    ];
    elements.keys.replaceChildren(...keys.map(([name, text]) => key(name, text)));
  }

  /** `lossWith(gate)` is the loss with the node's gate there. */
  show(node, gate, loss, slope, lossWith) {
    const at = (k) => [k / GATE_STEPS, lossWith(k / GATE_STEPS)];
    const points = Array.from({ length: GATE_STEPS + 1 }, (_, k) => at(k));
    const tangent = [0, 1].map((x) => [x, loss + slope * (x - gate)]);
    const values = points.map((point) => point[1]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const room = 0.12 * (most - least) || 0.01;
    const [low, high] = [least - room, most + room];
    const marks = ticks(low, high, 4);
    const digits = Math.max(0, -Math.floor(Math.log10(marks[1] - marks[0] || 1)));
    const gates = [0, 0.25, 0.5, 0.75, 1].map((x) => [x, String(x)]);
    this.chart.frame(
      { low: 0, high: 1, ticks: gates, title: `gate of node ${node}` },
      { low, high, ticks: marks.map((value) => [value, decimal(value, digits)]), title: "loss" },
    );
    this.chart.show((group) => {
      this.chart.line(group, [points[0], points[GATE_STEPS]], "greedy");
      this.chart.line(group, points, "exact");
      this.chart.line(group, clip(tangent, low, high), "tangent");
      this.chart.dot(group, [gate, loss], "here", 4.5);
    });
    const whole = points[GATE_STEPS][1] - points[0][1];
    this.elements.caption.textContent = `slope here ${signed(slope, 5)}, the whole way ${signed(whole, 5)}`;
  }
}

/** The part of a straight line that lies between two heights. */
function clip([a, b], low, high) {
  const slope = b[1] - a[1];
  if (slope === 0) return [a, b];
  const at = (y) => Math.min(Math.max((y - a[1]) / slope, 0), 1);
  const ends = [at(low), at(high)].sort((x, y) => x - y);
  return ends.map((x) => [x, a[1] + slope * x]);
}

/** An entry of a chart's key. */
export function key(name, text) {
  const item = document.createElement("li");
  const mark = document.createElement("i");
  mark.className = `key ${name}`;
  item.append(mark, text);
  return item;
}
