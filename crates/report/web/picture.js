// The picture: the map with its scale, the colours of the nodes, and the values at a point.

import { css, inkOn, pushColour } from "./colours.js";
import { decimal, signed } from "./charts.js";
import { crossEntropy, probability } from "./crossentropy.js";
import { byId, definition, isTouch } from "./elements.js";
import { Graph } from "./graph.js";
import { Heatmap, paintBar } from "./heatmap.js";
import { InputImage } from "./image.js";
import { Field } from "./field.js";
import { Plane } from "./plane.js";
import { listenTo } from "./pointer.js";
import { pushes } from "./pushes.js";
import { Scatter } from "./scatter.js";
import { Tip } from "./tip.js";

/** The map, what lies over it, and the network beside it; without two inputs, the network alone. */
export class Picture {
  /**
   * @param {any} record as unpacked
   * @param {string[]} classNames
   * @param {import("./pointer.js").PlaneHandlers} handlers
   */
  constructor(record, classNames, handlers) {
    this.record = record;
    this.classNames = classNames;
    this.graph = new Graph(byId("graph"), record, (c) => classNames[c], handlers);
    this.image = new InputImage(record, classNames);
    this.hasPlane = record.network.layers[0].inputs === 2;
    for (const part of document.querySelectorAll(".of-plane")) {
      if (part instanceof HTMLElement) part.hidden = !this.hasPlane;
    }
    if (!this.hasPlane) return;
    this.heatmap = new Heatmap(byId("heatmap"), record);
    this.plane = new Plane(byId("overlay"), record);
    this.scatter = new Scatter(byId("points"), record);
    this.tip = new Tip(byId("tip"));
    this.point = new Field(record.network, Float64Array.of(0), Float64Array.of(0));
    listenTo(byId("plane"), this.plane, handlers);
  }

  /** How many nodes have no line within the map, with every node on. */
  outside() {
    const { plane, record } = this;
    if (!plane) return 0;
    plane.update(new Float64Array(record.network.n).fill(1), -1);
    return plane.segments.filter((segments) => segments.length === 0).length;
  }

  /**
   * Colours nodes and lines by how they push towards a class.
   * @param {any[]} switches lists of nodes
   * @param {number} shown the class
   */
  paintNodes(switches, shown) {
    const { network, points } = this.record;
    const push = pushes(network, points, shown);
    const most = push.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
    const shares = push.map((value) => value / most);
    const colours = [...shares].map(pushColour);
    for (const list of switches) list.paint(colours.map(css), colours.map(inkOn));
    this.graph.paint(shares, shown);
    this.plane?.paint(
      colours.map(css),
      [...shares].map((share) => Math.sqrt(Math.abs(share))),
    );
  }

  /**
   * Draws the map of a state, its scale, the lines over it and the network beside it.
   * @param {any} state
   * @param {Float64Array} gates [N]
   */
  draw(state, gates) {
    this.graph.show(gates, state.node);
    if (!this.hasPlane) return;
    const scale = this.heatmap.draw(gates, state);
    this.graph.showOutput(this.heatmap.context.canvas);
    this.plane.bends.classList.toggle("hidden", !state.lines);
    this.plane.update(gates, state.node);
    byId("plane").classList.toggle("pale", state.mode === "gradient");
    this.drawScale(state, scale);
  }

  drawScale(state, scale) {
    if (this.scaleMap !== scale.map) paintBar(byId("scale-bar"), scale.map);
    this.scaleMap = scale.map;
    const digits = scale.high < 1 ? Math.ceil(-Math.log10(scale.high)) : 0;
    const past = state.mode === "prediction" ? "" : "≥ ";
    byId("scale-low").textContent =
      state.mode === "gradient" ? `≤ ${decimal(scale.low, digits)}` : "0";
    byId("scale-high").textContent = past + decimal(scale.high, digits);
    byId("scale-title").textContent = {
      prediction: `probability of ${this.classNames[state.shown]}`,
      loss: "loss at a point (nats)",
      gradient: `opening node ${state.node}: ∂loss/∂b at a point (nats)`,
    }[state.mode];
  }

  /**
   * Draws the evaluation points, whose values have to be up to date.
   * @param {any} state
   */
  drawPoints(state) {
    this.image.show(state.shown);
    if (this.hasPlane) byId("points-note").textContent = this.scatter.draw(state);
  }

  /** @param {number | null} i the node that the pointer is over */
  highlight(i) {
    this.plane?.highlight(i);
    this.graph.highlight(i);
  }

  /** Fits what is drawn into the room there is. */
  resize() {
    this.graph.resize();
  }

  /**
   * Reads out the values at a point.
   * @param {number[] | null} at
   * @param {any} state
   * @param {Float64Array} gates [N]
   */
  probe(at, state, gates) {
    if (!this.hasPlane) return;
    this.plane.markAt(at);
    if (!at) {
      const act = isTouch() ? "Touch" : "Point at";
      byId("probe").textContent = `${act} the map to read its values.`;
      this.tip.hide();
      return;
    }
    const { classNames: names, record, point } = this;
    const [x0, x1] = at;
    point.columns = [Float64Array.of(x0), Float64Array.of(x1)];
    point.gates = null;
    point.set(gates);
    const label = this.heatmap.labelAt(x0, x1, record.extent);
    const slope = new Float64Array(1);
    point.pointGradients(state.node, [label], slope);
    const chance = [
      `P(${names[state.shown]})`,
      decimal(probability(point.logits, state.shown, 0), 5),
    ];
    const loss = ["loss", decimal(crossEntropy(point.logits, label, 0), 5)];
    const gradient = [`opening node ${state.node}: ∂loss/∂b`, signed(slope[0], 5)];
    const entries = [
      ["x₀, x₁", `${decimal(x0, 3)}, ${decimal(x1, 3)}`],
      chance,
      ["label", names[label]],
      loss,
      gradient,
    ];
    byId("probe").replaceChildren(...entries.map(definition));
    const shown = { prediction: chance, loss, gradient }[state.mode];
    this.tip.show(this.plane.place(at), shown, `label ${names[label]}`);
  }
}
