// The network as a picture: nodes in their layers, each with what it sees of the plane, and the
// weights between them.

import { INPUT_SIDE, MOST_INPUTS, OUTPUT_SIDE, arrange } from "./arrange.js";
import { css, pushColour } from "./colours.js";
import { contextOf, create, isTouch, svg } from "./elements.js";
import { moveAmong } from "./focus.js";
import { Thumbs } from "./thumbs.js";

/** Widths of lines for the smallest and the largest weight between two layers, in pixels. */
const [THIN, THICK] = [0.5, 4];

/**
 * What the gate's value is called.
 * @param {number} gate
 */
export const stateOf = (gate) => (gate === 0 ? "off" : gate === 1 ? "on" : "soft");

/** The picture. */
export class Graph {
  /**
   * @param {HTMLElement} element
   * @param {import("./record.js").Unpacked} record
   * @param {(c: number) => string} name of a class
   * @param {{ toggle: (i: number) => void, over: (i: number | null) => void }} handlers
   */
  constructor(element, record, name, handlers) {
    this.element = element;
    this.network = record.network;
    this.name = name;
    this.handlers = handlers;
    this.thumbs = new Thumbs(record);
    this.edges = svg("svg", { class: "edges", "aria-hidden": "true" });
    this.heads = create("div", { className: "heads" });
    this.units = Array.from({ length: this.network.n }, (_, i) => this.unit(i));
    this.inputs = this.inputBoxes();
    this.map = create("canvas", { width: 116, height: 116 });
    this.output = create("span", { className: "output" }, this.thumbs.hasPlane ? [this.map] : []);
    this.output.setAttribute("aria-hidden", "true");
    /** @type {Float64Array} */
    this.push = new Float64Array(this.network.n);
    /** @type {Float64Array | null} */
    this.gates = null;
    /** The class that nodes push towards or away from. */
    this.shown = 0;
    /** @type {{ line: SVGElement, ends: number[] }[][]} of each node, the lines that begin or end at it */
    this.linesOf = Array.from(this.units, () => []);
    /** @type {number | null} */
    this.highlighted = null;
    const boxes = [...this.inputs, ...this.units.map((unit) => unit.button), this.output];
    element.replaceChildren(this.edges, this.heads, ...boxes);
    this.listen();
    this.resize();
  }

  /** @param {number} i */
  unit(i) {
    const { side } = this.thumbs;
    const canvas = create("canvas", { width: side, height: side });
    const number = create("span", { textContent: String(i) });
    const button = create("button", { type: "button", className: "unit" }, [canvas, number]);
    button.dataset.unit = String(i);
    button.tabIndex = i === 0 ? 0 : -1;
    button.setAttribute("role", "switch");
    return { button, canvas };
  }

  /** Boxes that stand for the inputs: a ramp for each axis of a plane, else their names. */
  inputBoxes() {
    const { inputs } = this.network.layers[0];
    const count = inputs <= MOST_INPUTS ? inputs : 1;
    return Array.from({ length: count }, (_, k) => {
      const text = count < inputs ? `${inputs}` : `x${String.fromCharCode(0x2080 + k)}`;
      const ramp = this.thumbs.hasPlane ? (k === 0 ? " across" : " up") : "";
      return create("span", { className: `input${ramp}`, textContent: text });
    });
  }

  listen() {
    const { element, handlers } = this;
    /** @param {EventTarget | null} target */
    const unitOf = (target) => {
      const button = target instanceof Element ? target.closest(".unit") : null;
      return button instanceof HTMLElement ? Number(button.dataset.unit) : null;
    };
    element.addEventListener("click", (event) => {
      const i = unitOf(event.target);
      if (i !== null) handlers.toggle(i);
    });
    element.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "touch") handlers.over(unitOf(event.target));
    });
    element.addEventListener("pointerleave", () => handlers.over(null));
    element.addEventListener("focusin", (event) => {
      const i = unitOf(event.target);
      for (const [k, { button }] of this.units.entries()) button.tabIndex = k === i ? 0 : -1;
    });
    const buttons = this.units.map((unit) => unit.button);
    element.addEventListener("keydown", (event) => {
      const i = unitOf(event.target);
      if (i !== null) moveAmong(buttons, i, event);
    });
  }

  /** Places everything anew in the room there is. */
  resize() {
    const { element, network } = this;
    const width = element.clientWidth;
    if (width === 0) return;
    const widths = network.hidden.map((layer) => layer.outputs);
    const at = arrange(widths, network.layers[0].inputs, width, isTouch());
    element.style.height = `${at.height}px`;
    /**
     * @param {HTMLElement} box
     * @param {number[]} place
     * @param {number} size
     */
    const put = (box, [x, y], size) => {
      box.style.transform = `translate(${(x - size / 2).toFixed(1)}px, ${(y - size / 2).toFixed(1)}px)`;
      box.style.width = box.style.height = `${size}px`;
    };
    for (const [i, { button }] of this.units.entries()) put(button, at.nodes[i], at.size);
    for (const [k, box] of this.inputs.entries()) put(box, at.inputs[k], INPUT_SIDE);
    put(this.output, at.output, OUTPUT_SIDE);
    element.classList.toggle("dense", !at.hasEdges);
    this.edges.setAttribute("viewBox", `0 0 ${width} ${at.height}`);
    this.heads.replaceChildren(
      ...this.titles().map((text, k) => {
        const head = create("span", { textContent: text });
        head.style.top = `${at.heads[k]}px`;
        return head;
      }),
    );
    this.drawEdges(at);
  }

  /** Headings: inputs, layers, output. */
  titles() {
    const { hidden } = this.network;
    /** @param {number} n */
    const count = (n) => `${n} ${n === 1 ? "node" : "nodes"}`;
    const layers = hidden.map(({ outputs }, k) =>
      hidden.length === 1 ? count(outputs) : `layer ${k + 1}: ${count(outputs)}`,
    );
    return ["inputs", ...layers, "output"];
  }

  /**
   * Draws a line for every weight between two things that are shown.
   * @param {import("./arrange.js").Arrangement} at
   */
  drawEdges(at) {
    const { network } = this;
    this.linesOf = Array.from({ length: network.n }, () => []);
    const frame = { class: "frame", x: -5, width: this.element.clientWidth + 10, rx: 10 };
    this.edges.replaceChildren(...at.frames.map((own) => svg("rect", { ...frame, ...own })));
    if (!at.hasEdges) return;
    const reach = { input: INPUT_SIDE / 2, node: at.size / 2, output: OUTPUT_SIDE / 2 };
    for (const [k, layer] of network.layers.entries()) {
      const isFirst = k === 0;
      const isLast = layer === network.last;
      // Many inputs are one box: no weight is one of its own.
      if (isFirst && layer.inputs !== at.inputs.length) continue;
      const weights = isLast ? [this.readout()] : rowsOf(layer);
      const most = Math.max(...weights.map((row) => Math.max(...row.map(Math.abs)))) || 1;
      for (const [o, row] of weights.entries()) {
        for (const [i, weight] of row.entries()) {
          const from = isFirst ? at.inputs[i] : at.nodes[network.first[k - 1] + i];
          const to = isLast ? at.output : at.nodes[network.first[k] + o];
          const path = curve(
            [from[0], from[1] + (isFirst ? reach.input : reach.node)],
            [to[0], to[1] - (isLast ? reach.output : reach.node)],
          );
          const side = isLast ? (weight < 0 ? "away" : "towards") : weight < 0 ? "less" : "more";
          const line = svg("path", { d: path, class: `edge ${side}` });
          const share = Math.abs(weight) / most;
          line.style.strokeWidth = `${(THIN + (THICK - THIN) * share).toFixed(2)}px`;
          const ends = isFirst ? [] : [network.first[k - 1] + i];
          if (!isLast) ends.push(network.first[k] + o);
          for (const end of ends) this.linesOf[end].push({ line, ends });
          this.edges.append(line);
        }
      }
    }
    if (this.gates) for (let i = 0; i < network.n; i++) this.fadeLines(i, this.gates);
  }

  /** Weights into the output: towards the class that is shown, against the mean of the others. */
  readout() {
    const { last, classes } = this.network;
    /** @param {number} c */
    const sign = (c) => (c === this.shown ? 1 : -1 / (classes - 1));
    return Array.from({ length: last.inputs }, (_, i) => {
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += sign(c) * last.weights[c * last.inputs + i];
      return sum;
    });
  }

  /**
   * Colours the nodes by how they push towards a class.
   * @param {Float64Array} push [N], from -1 to 1
   * @param {number} shown the class
   */
  paint(push, shown) {
    this.push = push;
    this.shown = shown;
    for (const [i, { button, canvas }] of this.units.entries()) {
      button.style.setProperty("--colour", css(pushColour(push[i])));
      this.thumbs.paint(canvas, i, push[i]);
    }
    if (!this.thumbs.hasPlane) this.output.textContent = this.name(shown);
    this.resize();
  }

  /**
   * Shows the gates, and which node is selected.
   * @param {Float64Array} gates [N]
   * @param {number} selected
   */
  show(gates, selected) {
    const { network, units, thumbs } = this;
    const from = thumbs.update(gates);
    const before = this.gates;
    this.gates = Float64Array.from(gates);
    for (const [i, { button, canvas }] of units.entries()) {
      button.classList.toggle("selected", i === selected);
      if (network.layerOf[i] >= from) thumbs.paint(canvas, i, this.push[i]);
      if (before && before[i] === gates[i]) continue;
      const state = stateOf(gates[i]);
      button.classList.toggle("off", state === "off");
      button.classList.toggle("soft", state === "soft");
      button.setAttribute("aria-checked", { off: "false", on: "true", soft: "mixed" }[state]);
      button.setAttribute("aria-label", `node ${i}, ${state === "soft" ? "partly open" : state}`);
      this.fadeLines(i, gates);
    }
  }

  /**
   * Weights into and out of a node that is off carry nothing.
   * @param {number} i
   * @param {Float64Array} gates [N]
   */
  fadeLines(i, gates) {
    for (const { line, ends } of this.linesOf[i]) {
      line.classList.toggle(
        "off",
        ends.some((end) => gates[end] === 0),
      );
    }
  }

  /**
   * Shows the map, small, as what comes out.
   * @param {HTMLCanvasElement} map
   */
  showOutput(map) {
    contextOf(this.map).drawImage(map, 0, 0, this.map.width, this.map.height);
  }

  /** @param {number | null} i */
  highlight(i) {
    if (this.highlighted !== null) this.mark(this.highlighted, false);
    if (i !== null) this.mark(i, true);
    this.highlighted = i;
  }

  /**
   * @param {number} i
   * @param {boolean} isOver
   */
  mark(i, isOver) {
    this.units[i].button.classList.toggle("over", isOver);
    for (const { line } of this.linesOf[i]) line.classList.toggle("over", isOver);
  }
}

/**
 * Rows of a layer's weights.
 * @param {import("./network.js").Layer} layer
 */
function rowsOf({ inputs, outputs, weights }) {
  return Array.from({ length: outputs }, (_, o) => [
    ...weights.subarray(o * inputs, (o + 1) * inputs),
  ]);
}

/**
 * A line from above to below that leaves and arrives upright.
 * @param {number[]} from
 * @param {number[]} to
 */
function curve([x, y], [u, v]) {
  const half = (v - y) / 2;
  const numbers = [x, y, x, y + half, u, v - half, u, v].map((value) => value.toFixed(1));
  return `M${numbers.slice(0, 2).join(" ")}C${numbers.slice(2).join(" ")}`;
}
