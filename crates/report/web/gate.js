// The panel of one gate: the loss as it opens, and its slope.

import { ticks } from "./axes.js";
import { Chart, decimal, decimalsFor, signed } from "./charts.js";
import { key } from "./elements.js";

/** Values of a gate at which the curve of its loss is computed. */
const GATE_STEPS = 20;

/** The loss as one gate moves from 0 to 1, with its tangent. */
export class GatePanel {
  /** @param {{ curve: SVGSVGElement, caption: HTMLElement, keys: HTMLElement }} elements */
  constructor(elements) {
    this.elements = elements;
    const label =
      "Loss against the selected node's gate from 0 to 1, with the tangent at its present value";
    this.chart = new Chart(elements.curve, { label });
    const keys = [
      ["exact", "loss"],
      ["tangent", "its slope: the gate gradient"],
      ["greedy", "from off to on"],
    ];
    elements.keys.replaceChildren(...keys.map(([name, text]) => key(name, text)));
  }

  /**
   * Shows a node's gate.
   * @param {number} node
   * @param {number} gate
   * @param {number} loss
   * @param {number} slope
   * @param {(gate: number) => number} lossWith the loss with the node's gate there
   */
  show(node, gate, loss, slope, lossWith) {
    /** @param {number} k */
    const at = (k) => [k / GATE_STEPS, lossWith(k / GATE_STEPS)];
    const points = Array.from({ length: GATE_STEPS + 1 }, (_, k) => at(k));
    const tangent = [0, 1].map((x) => [x, loss + slope * (x - gate)]);
    const values = points.map((point) => point[1]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const room = 0.12 * (most - least) || 0.01;
    const [low, high] = [least - room, most + room];
    const marks = ticks(low, high, 4);
    const digits = Math.max(0, -Math.floor(Math.log10(marks[1] - marks[0] || 1)));
    /** @type {import("./axes.js").Tick[]} */
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
    this.elements.caption.textContent = sentence(gate, slope, {
      toOff: points[0][1] - loss,
      toOn: points[GATE_STEPS][1] - loss,
    });
  }
}

/**
 * What opening and switching a gate does. Changes are from where it is, as in the list of nodes; a gate
 * that is partly open can be switched both ways.
 * @param {number} gate
 * @param {number} slope
 * @param {{ toOff: number, toOn: number }} changes of the loss
 */
function sentence(gate, slope, { toOff, toOn }) {
  const whole = toOn - toOff;
  const decimals = decimalsFor(Math.max(Math.abs(slope), Math.abs(whole)));
  /** @param {number} value */
  const text = (value) => signed(value, decimals);
  const opening = `opening: slope ${text(slope)} here; `;
  if (gate === 1) return `${opening}switching off: ${text(toOff)}`;
  if (gate === 0) return `${opening}switching on: ${text(toOn)}`;
  return `${opening}from here to off ${text(toOff)}, to on ${text(toOn)}; from off to on ${text(whole)}`;
}

/**
 * The part of a straight line that lies between two heights.
 * @param {number[][]} ends
 * @param {number} low
 * @param {number} high
 */
function clip([a, b], low, high) {
  const slope = b[1] - a[1];
  if (slope === 0) return [a, b];
  /** @param {number} y */
  const at = (y) => Math.min(Math.max((y - a[1]) / slope, 0), 1);
  const ends = [at(low), at(high)].sort((x, y) => x - y);
  return ends.map((x) => [x, a[1] + slope * x]);
}
