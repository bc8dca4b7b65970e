// The picture: the map with its scale, the colours of the nodes, and the values at a point.

import { decimal, signed } from "./charts.js";
import { byId, definition } from "./elements.js";
import { Heatmap, paintBar } from "./heatmap.js";
import { Field, crossEntropy, probability, pushes } from "./network.js";
import { Plane } from "./plane.js";

export class Picture {
  /** `handlers` are those of the plane. */
  constructor(record, classNames, handlers) {
    Object.assign(this, { record, classNames });
    this.heatmap = new Heatmap(byId("heatmap"), record);
    this.plane = new Plane(byId("plane"), byId("overlay"), record, handlers);
    this.point = new Field(record.network, Float64Array.of(0), Float64Array.of(0));
  }

  /** How many nodes have no line within the map, with every node on. */
  outside() {
    const { plane, record } = this;
    plane.update(new Float64Array(record.network.n).fill(1), -1);
    return plane.segments.filter((segments) => segments.length === 0).length;
  }

  /** Colours the lines, and the buttons in a list of nodes, by how they push towards a class. */
  paintNodes(nodes, shown) {
    const { network, points } = this.record;
    const push = pushes(network, points, shown);
    const most = push.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
    // The middle of the map is white, and lost on a page: strength begins a step away from it.
    const place = (value) =>
      0.5 + Math.sign(value) * (0.16 + 0.3 * Math.sqrt(Math.abs(value) / most));
    const { diverging } = this.heatmap;
    const places = [...push].map((value) => (value === 0 ? 0.5 : place(value)));
    const colours = places.map((at) => diverging.css(at));
    const isDark = (at) =>
      diverging.at(at).reduce((sum, c, k) => sum + c * [0.3, 0.59, 0.11][k], 0) < 140;
    nodes.paint(
      colours,
      places.map((at) => (isDark(at) ? "#fff" : "#111")),
    );
    this.plane.paint(
      colours,
      [...push].map((value) => Math.sqrt(Math.abs(value) / most)),
    );
  }

  /** Draws the map of a state, and its scale. */
  draw(state, gates) {
    const scale = this.heatmap.draw(gates, state);
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

  /** Reads out the values at a point. */
  probe(at, state, gates) {
    this.plane.markAt(at);
    const { classNames: names, record, point } = this;
    if (!at) {
      byId("probe").textContent = "Point at the map to read its values.";
      return;
    }
    const [x0, x1] = at;
    Object.assign(point, { x0: Float64Array.of(x0), x1: Float64Array.of(x1), gates: null });
    point.set(gates);
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
}
