// The picture: the map with its scale, the colours of the nodes, and the values at a point.

import { css, inkOn, pushColour } from "./colours.js";
import { decimal, signed } from "./charts.js";
import { crossEntropy, probability } from "./crossentropy.js";
import { byId, byIdAs, definition, isTouch } from "./elements.js";
import { Graph } from "./graph.js";
import { Heatmap, paintBar } from "./heatmap.js";
import { InputImage } from "./image.js";
import { Field } from "./field.js";
import { Plane } from "./plane.js";
import { listenTo } from "./pointer.js";
import { pushes } from "./pushes.js";
import { hasPlane } from "./record.js";
import { Scatter } from "./scatter.js";
import { Tip } from "./tip.js";

/**
 * @typedef {import("./colours.js").ColourMap} ColourMap
 * @typedef {import("./elements.js").Definition} Definition
 */

/**
 * The map, what lies over it, and what is read out of it.
 * @param {import("./record.js").OnPlane} record
 */
function mapOf(record) {
  return {
    heatmap: new Heatmap(byIdAs(HTMLCanvasElement, "heatmap"), record),
    plane: new Plane(byIdAs(SVGSVGElement, "overlay"), record),
    scatter: new Scatter(byIdAs(HTMLCanvasElement, "points"), record),
    tip: new Tip(byId("tip")),
    point: new Field(record.network, Float64Array.of(0), Float64Array.of(0)),
  };
}

/** The map, what lies over it, and the network beside it; without two inputs, the network alone. */
export class Picture {
  /**
   * @param {import("./record.js").Unpacked} record
   * @param {string[]} classNames
   * @param {import("./pointer.js").PlaneHandlers} handlers
   */
  constructor(record, classNames, handlers) {
    this.record = record;
    this.classNames = classNames;
    this.graph = new Graph(byId("graph"), record, (c) => classNames[c], handlers);
    this.image = new InputImage(record, classNames);
    /** @type {ColourMap | null} */
    this.scaleMap = null;
    for (const part of document.querySelectorAll(".of-plane")) {
      if (part instanceof HTMLElement) part.hidden = !hasPlane(record);
    }
    this.map = hasPlane(record) ? mapOf(record) : null;
    if (this.map) listenTo(byId("plane"), this.map.plane, handlers);
    const act = isTouch() ? "Touch" : "Point at";
    byId("probe-hint").textContent = `${act} the map to read its values.`;
  }

  /** How many nodes have no line within the map, with every node on. */
  outside() {
    const { map, record } = this;
    if (!map) return 0;
    const { plane } = map;
    plane.update(new Float64Array(record.network.n).fill(1), -1);
    return plane.segments.filter((segments) => segments.length === 0).length;
  }

  /**
   * Colours nodes and lines by how they push towards a class.
   * @param {{ paint: (colours: string[], inks: string[]) => void }[]} switches lists of nodes
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
    const idle = byId("idle-key");
    idle.hidden = !push.includes(0);
    idle.style.setProperty("--idle", css(pushColour(0)));
    this.map?.plane.paint(
      colours.map(css),
      [...shares].map((share) => Math.sqrt(Math.abs(share))),
    );
  }

  /**
   * Draws the map of a state, its scale, the lines over it and the network beside it.
   * @param {import("./state.js").State} state
   * @param {Float64Array} gates [N]
   */
  draw(state, gates) {
    this.graph.show(gates, state.node);
    if (!this.map) return;
    const { heatmap, plane } = this.map;
    const scale = heatmap.draw(gates, state);
    this.graph.showOutput(heatmap.context.canvas);
    plane.bends.classList.toggle("hidden", !state.lines);
    plane.update(gates, state.node);
    byId("plane").classList.toggle("pale", state.mode === "gradient");
    this.drawScale(state, scale);
  }

  /**
   * @param {import("./state.js").State} state
   * @param {ReturnType<Heatmap["draw"]>} scale
   */
  drawScale(state, scale) {
    const bar = byIdAs(HTMLCanvasElement, "scale-bar");
    if (this.scaleMap !== scale.map) paintBar(bar, scale.map);
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
   * @param {import("./state.js").State} state
   */
  drawPoints(state) {
    this.image.show(state.shown);
    if (this.map) byId("points-note").textContent = this.map.scatter.draw(state);
  }

  /** @param {number | null} i the node that the pointer is over */
  highlight(i) {
    this.map?.plane.highlight(i);
    this.graph.highlight(i);
  }

  /** Fits what is drawn into the room there is. */
  resize() {
    this.graph.resize();
  }

  /**
   * Reads out the values at a point.
   * @param {number[] | null} at
   * @param {import("./state.js").State} state
   * @param {Float64Array} gates [N]
   * @param {number | null} next the node that a click or another tap there switches
   */
  probe(at, state, gates, next) {
    if (!this.map) return;
    const { heatmap, plane, point, tip } = this.map;
    plane.markAt(at);
    byId("probe-hint").hidden = at !== null;
    byId("probe-values").hidden = at === null;
    if (!at) {
      byId("probe-values").replaceChildren();
      tip.hide();
      return;
    }
    const { classNames: names } = this;
    const [x0, x1] = at;
    point.columns = [Float64Array.of(x0), Float64Array.of(x1)];
    point.gates = null;
    point.set(gates);
    const label = heatmap.labelAt(x0, x1);
    const slope = new Float64Array(1);
    point.pointGradients(state.node, [label], slope);
    /** @type {Definition} */
    const chance = [
      `P(${names[state.shown]})`,
      decimal(probability(point.logits, state.shown, 0), 5),
    ];
    /** @type {Definition} */
    const loss = ["loss", decimal(crossEntropy(point.logits, label, 0), 5)];
    /** @type {Definition} */
    const gradient = [`opening node ${state.node}: ∂loss/∂b`, signed(slope[0], 5)];
    /** @type {Definition[]} */
    const entries = [
      ["x₀, x₁", `${decimal(x0, 3)}, ${decimal(x1, 3)}`],
      chance,
      ["label", names[label]],
      loss,
      gradient,
    ];
    byId("probe-values").replaceChildren(...entries.map(definition));
    const shown = { prediction: chance, loss, gradient }[state.mode];
    const act = isTouch() ? "touch again" : "click";
    const way = next !== null && gates[next] < 0.5 ? "on" : "off";
    const offer = next === null ? [] : [`${act} to switch node ${next} ${way}`];
    tip.show(plane.place(at), shown, [`label ${names[label]}`, ...offer]);
  }
}
