// What lies over the map: circle, training square, and a line for each node where its input is 0.

import { GridNetwork } from "./compute/grid.js";
import { svg } from "./elements.js";
import { Labels } from "./labels.js";
import { contour, distanceTo, straight } from "./lines.js";

/** Side of the drawing, in its own units. */
export const SIZE = 400;

/** Points along a side of the grid on which the lines of deeper nodes are followed. */
const CONTOUR = 80;

/** How near, in units of the drawing, a click has to be to a line. */
const REACH = 9;

/**
 * @param {number} a
 * @param {number} b
 */
const lesser = (a, b) => Math.min(a, b);
/**
 * @param {number} a
 * @param {number} b
 */
const greater = (a, b) => Math.max(a, b);
/** @param {number[]} at */
const fixed = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** The lines over the map. */
export class Plane {
  /**
   * @param {SVGElement} overlay
   * @param {import("./record.js").OnPlane} record
   */
  constructor(overlay, { network, plane, about, points }) {
    const { extent } = plane;
    this.overlay = overlay;
    this.network = network;
    this.extent = extent;
    /** @type {import("./lines.js").Segment[][]} */
    this.segments = Array.from({ length: network.n }, () => []);
    /**
     * The same in units of the drawing.
     * @type {number[][][][]}
     */
    this.drawn = Array.from(this.segments, () => []);
    /** @type {Float64Array | null} */
    this.gates = null;
    this.fine = network.isShallow ? null : new GridNetwork(network, CONTOUR, CONTOUR, extent);
    this.lines = Array.from({ length: network.n }, (_, i) => this.line(i));
    this.labels = new Labels(network.n, SIZE);
    // Numbers lie over all lines.
    this.strokes = svg("g", {}, this.lines);
    this.bends = svg("g", { class: "bends" }, [this.strokes, ...this.labels.texts]);
    this.point = svg("g", { class: "mark", visibility: "hidden" }, [
      svg("circle", { r: 5, class: "edge" }),
      svg("circle", { r: 5, class: "ring" }),
    ]);
    overlay.classList.toggle("many", this.labels.isMany);
    overlay.append(...this.frames(about, points), this.bends, this.point);
    new ResizeObserver(() => this.resize()).observe(overlay);
  }

  /** Keeps the numbers of lines as large as they are, however large the map is. */
  resize() {
    this.labels.unit = SIZE / (this.overlay.clientWidth || SIZE);
    this.overlay.style.setProperty("--unit", `${this.labels.unit.toFixed(3)}px`);
    this.labels.place(this.drawn);
  }

  /**
   * The square of the data and its circle, each with a darker edge below.
   * @param {import("./record.js").About} about
   * @param {import("./field.js").Field} points
   */
  frames(about, points) {
    const unit = SIZE / 2 / this.extent;
    // Built-in data fills a square; points from a file have the box around them.
    /** @param {Float64Array} values */
    const range = (values) =>
      about.points ? [values.reduce(lesser), values.reduce(greater)] : [-1, 1];
    const [[left, right], [bottom, top]] = [range(points.x0), range(points.x1)];
    const frame = {
      x: SIZE / 2 + left * unit,
      y: SIZE / 2 - top * unit,
      width: (right - left) * unit,
      height: (top - bottom) * unit,
    };
    /** @type {SVGElement[]} */
    const still = [
      svg("rect", { ...frame, class: "edge" }),
      svg("rect", { ...frame, class: "square" }),
    ];
    if (about.radius) {
      const circle = { cx: SIZE / 2, cy: SIZE / 2, r: about.radius * unit };
      still.unshift(svg("circle", { ...circle, class: "edge" }));
      still.push(svg("circle", { ...circle, class: "circle" }));
    }
    return still;
  }

  /** @param {number} i */
  line(i) {
    const parts = ["halo", "bend", "ticks"].map((name) => svg("path", { class: name }));
    return svg("g", { "data-node": i }, parts);
  }

  /**
   * Where a point of the plane is in the drawing.
   * @param {number[]} at
   */
  place([x0, x1]) {
    const unit = SIZE / 2 / this.extent;
    return [SIZE / 2 + unit * x0, SIZE / 2 - unit * x1];
  }

  /**
   * Colours and widths of the lines.
   * @param {string[]} colours of css
   * @param {number[]} strengths from 0 to 1
   */
  paint(colours, strengths) {
    for (const [i, line] of this.lines.entries()) {
      line.style.setProperty("--colour", colours[i]);
      line.style.setProperty("--width", (1.1 + 1.9 * strengths[i]).toFixed(2));
    }
  }

  /**
   * Follows the gates: dashes what is off, and moves the lines of deeper layers.
   * @param {Float64Array} gates [N]
   * @param {number} selected
   */
  update(gates, selected) {
    // Lines that nobody sees can wait.
    if (this.gates === null || this.hasLines) this.follow(gates);
    this.mark("off", (i) => gates[i] === 0);
    this.mark("selected", (i) => i === selected);
  }

  /**
   * Gives a class to the lines of some nodes, and to their numbers.
   * @param {string} name
   * @param {(i: number) => boolean} has
   */
  mark(name, has) {
    for (const [i, line] of this.lines.entries()) {
      for (const part of [line, this.labels.texts[i]]) part.classList.toggle(name, has(i));
    }
  }

  /**
   * Moves the lines that gates other than those of last time have moved.
   * @param {Float64Array} gates [N]
   */
  follow(gates) {
    const { network, extent, fine } = this;
    const before = this.gates;
    const changed = before ? gates.findIndex((gate, i) => gate !== before[i]) : 0;
    if (changed < 0) return;
    fine?.update(gates);
    for (const [i, line] of this.lines.entries()) {
      // A gate moves the lines of the layers after its own.
      if (before && network.layerOf[i] <= network.layerOf[changed]) continue;
      const { weights, biases } = network.hidden[0];
      this.segments[i] =
        fine && network.layerOf[i] > 0
          ? contour(fine.z[i], CONTOUR, extent)
          : straight([weights[2 * i], weights[2 * i + 1]], biases[i], extent);
      this.shape(i, line);
    }
    this.labels.place(this.drawn);
    this.gates = Float64Array.from(gates);
  }

  /**
   * Draws the line of a node, with ticks on its active side.
   * @param {number} i
   * @param {SVGGElement} line
   */
  shape(i, line) {
    const [halo, bend, ticks] = line.children;
    const points = this.segments[i].map((ends) => ends.map((end) => this.place(end)));
    this.drawn[i] = points;
    const path = points.map(([a, b]) => `M${fixed(a)}L${fixed(b)}`).join("");
    bend.setAttribute("d", path);
    if (points.length === 0) {
      halo.setAttribute("d", "");
      ticks.setAttribute("d", "");
      return;
    }
    // Three ticks along a straight line, one in the middle of a bent one.
    const parts = points.length === 1 ? [0.2, 0.5, 0.8] : [0.5];
    const [a, b] = points[Math.floor(points.length / 2)];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    let across = [(a[1] - b[1]) / length, (b[0] - a[0]) / length];
    const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    // Deeper nodes are known on a grid: as far beside the line as its next point.
    const beside = this.network.layerOf[i] > 0 ? SIZE / CONTOUR : 2;
    if (!this.isActive(i, [middle[0] + beside * across[0], middle[1] + beside * across[1]])) {
      across = across.map((d) => -d);
    }
    /** @param {number} part */
    const tick = (part) => {
      const at = [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])];
      return `M${fixed(at)}l${fixed(across.map((d) => 7 * d))}`;
    };
    const active = parts.map(tick).join("");
    ticks.setAttribute("d", active);
    halo.setAttribute("d", path + active);
  }

  /**
   * Whether a node's input is positive at a point of the drawing.
   * @param {number} i
   * @param {number[]} at
   */
  isActive(i, [x, y]) {
    const { network, extent, fine } = this;
    const [x0, x1] = [extent * ((2 * x) / SIZE - 1), extent * (1 - (2 * y) / SIZE)];
    if (!fine || network.layerOf[i] === 0) {
      const { weights, biases } = network.hidden[0];
      return weights[2 * i] * x0 + weights[2 * i + 1] * x1 + biases[i] > 0;
    }
    /** @param {number} u */
    const cell = (u) =>
      Math.min(Math.max(Math.floor((CONTOUR * (u / extent + 1)) / 2), 0), CONTOUR - 1);
    return fine.z[i][cell(x1) * CONTOUR + cell(x0)] > 0;
  }

  /** @param {number | null} i */
  highlight(i) {
    this.mark("over", (k) => k === i);
    if (i !== null) this.strokes.append(this.lines[i]);
  }

  /**
   * Marks the point that is read out.
   * @param {number[] | null} point
   */
  markAt(point) {
    this.point.setAttribute("visibility", point ? "visible" : "hidden");
    if (point) this.point.setAttribute("transform", `translate(${fixed(this.place(point))})`);
  }

  get hasLines() {
    return !this.bends.classList.contains("hidden");
  }

  /**
   * Where in the plane the pointer is.
   * @param {PointerEvent} event
   */
  pointOf(event) {
    const box = this.overlay.getBoundingClientRect();
    /**
     * @param {number} at
     * @param {number} from
     * @param {number} length
     */
    const part = (at, from, length) => this.extent * ((2 * (at - from)) / length - 1);
    return [part(event.clientX, box.left, box.width), -part(event.clientY, box.top, box.height)];
  }

  /**
   * The node whose line is nearest to a point; none if all are far.
   * @param {number[]} point
   * @param {number} [reach] in units of the drawing
   */
  nearest(point, reach = REACH) {
    if (!this.hasLines) return null;
    /** @type {number | null} */
    let best = null;
    let least = (reach * 2 * this.extent) / SIZE;
    for (const [i, segments] of this.segments.entries()) {
      for (const segment of segments) {
        const distance = distanceTo(segment, point);
        if (distance < least) [best, least] = [i, distance];
      }
    }
    return best;
  }
}
