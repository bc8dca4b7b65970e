// What lies over the map: circle, training square, and a line for each node where its input is 0.

import { allPreActivations, preActivations } from "./network.js";
import { grid } from "./record.js";

/** Side of the drawing, in its own units. */
const SIZE = 400;

/** Points along a side of the grid on which the lines of deeper nodes are followed. */
const CONTOUR = 100;

/** How near, in units of the drawing, a click has to be to a line. */
const REACH = 9;

export function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The part of w · x + c = 0 inside of [-extent, extent]², as segments; none if it misses it. */
export function straight([w0, w1], c, extent) {
  const ends = [];
  const push = (x0, x1) => {
    const isInside = Math.max(Math.abs(x0), Math.abs(x1)) <= extent * (1 + 1e-9);
    const isNew = ends.every(([a, b]) => Math.hypot(a - x0, b - x1) > 1e-9);
    if (isInside && isNew) ends.push([x0, x1]);
  };
  for (const edge of [-extent, extent]) {
    if (w1 !== 0) push(edge, -(c + w0 * edge) / w1);
    if (w0 !== 0) push(-(c + w1 * edge) / w0, edge);
  }
  return ends.length >= 2 ? [[ends[0], ends[1]]] : [];
}

/** Where values on a grid of side² pixels change sign, as segments (marching squares). */
export function contour(values, side, extent) {
  const centre = (k) => extent * ((2 * k + 1) / side - 1);
  const segments = [];
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corners = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ];
      const ends = [];
      for (let k = 0; k < 4; k++) {
        const [a, b] = [corners[k], corners[(k + 1) % 4]];
        const [u, v] = [a, b].map(([x, y]) => values[y * side + x]);
        if (u > 0 === v > 0) continue;
        const part = u / (u - v);
        ends.push([0, 1].map((d) => centre(a[d]) + part * (centre(b[d]) - centre(a[d]))));
      }
      for (let k = 0; k + 1 < ends.length; k += 2) segments.push([ends[k], ends[k + 1]]);
    }
  }
  return segments;
}

function distanceTo([a, b], [x, y]) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const part = length > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0;
  const at = Math.min(Math.max(part, 0), 1);
  return Math.hypot(a[0] + at * dx - x, a[1] + at * dy - y);
}

const lesser = (a, b) => Math.min(a, b);
const greater = (a, b) => Math.max(a, b);

/** The lines over the map, and what the pointer does to them. */
export class Plane {
  /** `handlers`: toggle(i), cut([i], on), hover(point or null), pin(point), over(i or null). */
  constructor(element, overlay, { network, extent, about, points }, handlers) {
    Object.assign(this, { element, overlay, network, extent, handlers });
    this.segments = Array.from({ length: network.n }, () => []);
    this.gates = null;
    const unit = (SIZE / 2 / extent) * 1;
    // Built-in data fills a square; points from a file have the box around them.
    const range = (values) =>
      about.points ? [values.reduce(lesser), values.reduce(greater)] : [-1, 1];
    const [[left, right], [bottom, top]] = [range(points.x0), range(points.x1)];
    const frame = {
      x: SIZE / 2 + left * unit,
      y: SIZE / 2 - top * unit,
      width: (right - left) * unit,
      height: (top - bottom) * unit,
    };
    const still = [
      svg("rect", { ...frame, class: "edge" }),
      svg("rect", { ...frame, class: "square" }),
    ];
    if (about.radius) {
      const circle = { cx: SIZE / 2, cy: SIZE / 2, r: about.radius * unit };
      still.unshift(svg("circle", { ...circle, class: "edge" }));
      still.push(svg("circle", { ...circle, class: "circle" }));
    }
    this.lines = Array.from({ length: network.n }, (_, i) => this.line(i));
    this.bends = svg("g", { class: "bends" }, this.lines);
    this.mark = svg("g", { class: "mark", visibility: "hidden" }, [
      svg("circle", { r: 5, class: "edge" }),
      svg("circle", { r: 5, class: "ring" }),
    ]);
    overlay.append(...still, this.bends, this.mark);
    this.listen();
  }

  line(i) {
    const label = svg("text", {});
    label.textContent = i;
    const parts = ["halo", "bend", "ticks"].map((name) => svg("path", { class: name }));
    return svg("g", { "data-node": i }, [...parts, label]);
  }

  /** Where a point of the plane is in the drawing. */
  place([x0, x1]) {
    const unit = SIZE / 2 / this.extent;
    return [SIZE / 2 + unit * x0, SIZE / 2 - unit * x1];
  }

  /** Colours and widths of the lines: `colours` are css colours, `strengths` from 0 to 1. */
  paint(colours, strengths) {
    for (const [i, line] of this.lines.entries()) {
      line.style.setProperty("--colour", colours[i]);
      line.style.setProperty("--width", (1.1 + 1.9 * strengths[i]).toFixed(2));
    }
  }

  /** Follows the gates: dashes what is off, and moves the lines of deeper layers. */
  update(gates, selected) {
    const { network, extent } = this;
    const isFirst = this.gates === null;
    let deeper = null;
    // Bends that nobody sees can wait.
    const follows = !network.isShallow && (this.hasLines || isFirst);
    if (follows) {
      const [x0, x1] = grid(extent, CONTOUR);
      deeper = allPreActivations(network, gates, x0, x1);
    }
    for (const [i, line] of this.lines.entries()) {
      line.classList.toggle("off", gates[i] === 0);
      line.classList.toggle("selected", i === selected);
      const isDeep = network.layerOf[i] > 0;
      if (isDeep ? !follows : !isFirst) continue;
      const { weights, biases } = network.hidden[0];
      this.segments[i] = isDeep
        ? contour(deeper[i], CONTOUR, extent)
        : straight([weights[2 * i], weights[2 * i + 1]], biases[i], extent);
      this.shape(i, line, gates);
    }
    this.gates = Float64Array.from(gates);
  }

  shape(i, line, gates) {
    const [halo, bend, ticks, label] = line.children;
    const points = this.segments[i].map((ends) => ends.map((end) => this.place(end)));
    const fixed = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
    const path = points.map(([a, b]) => `M${fixed(a)}L${fixed(b)}`).join("");
    bend.setAttribute("d", path);
    if (points.length === 0) {
      halo.setAttribute("d", "");
      ticks.setAttribute("d", "");
      label.setAttribute("visibility", "hidden");
      return;
    }
    // Three ticks along a straight line, one in the middle of a bent one.
    const parts = points.length === 1 ? [0.2, 0.5, 0.8] : [0.5];
    const [a, b] = points[Math.floor(points.length / 2)];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    let across = [(a[1] - b[1]) / length, (b[0] - a[0]) / length];
    const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    if (!this.isActive(i, gates, [middle[0] + 2 * across[0], middle[1] + 2 * across[1]])) {
      across = across.map((d) => -d);
    }
    const tick = (part) => {
      const at = [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])];
      return `M${fixed(at)}l${fixed(across.map((d) => 7 * d))}`;
    };
    const active = parts.map(tick).join("");
    ticks.setAttribute("d", active);
    halo.setAttribute("d", path + active);
    const inside = (x) => Math.min(Math.max(x, 9), SIZE - 9);
    label.setAttribute("x", inside(a[0] + 9 * across[0]).toFixed(1));
    label.setAttribute("y", inside(a[1] + 9 * across[1]).toFixed(1));
    label.setAttribute("visibility", "visible");
  }

  isActive(i, gates, [x, y]) {
    const unit = SIZE / 2 / this.extent;
    const z = preActivations(this.network, gates, (x - SIZE / 2) / unit, (SIZE / 2 - y) / unit);
    return z[i] > 0;
  }

  highlight(i) {
    for (const [k, line] of this.lines.entries()) line.classList.toggle("over", k === i);
    if (i !== null) this.bends.append(this.lines[i]);
  }

  /** Marks the point that is read out. */
  markAt(point) {
    this.mark.setAttribute("visibility", point ? "visible" : "hidden");
    if (point) {
      const [x, y] = this.place(point);
      this.mark.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
  }

  get hasLines() {
    return !this.bends.classList.contains("hidden");
  }

  pointOf(event) {
    const box = this.overlay.getBoundingClientRect();
    const part = (at, from, length) => this.extent * ((2 * (at - from)) / length - 1);
    return [part(event.clientX, box.left, box.width), -part(event.clientY, box.top, box.height)];
  }

  /** The node whose line is nearest to a point; none if all are far. */
  nearest(point) {
    if (!this.hasLines) return null;
    const reach = (REACH * 2 * this.extent) / SIZE;
    let [best, least] = [null, reach];
    for (const [i, segments] of this.segments.entries()) {
      for (const segment of segments) {
        const distance = distanceTo(segment, point);
        if (distance < least) [best, least] = [i, distance];
      }
    }
    return best;
  }

  listen() {
    const { element, handlers } = this;
    let drag = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const point = this.pointOf(event);
      drag = { from: point, last: point, cut: new Set(), on: null };
      if (event.pointerType === "mouse") element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      const point = this.pointOf(event);
      handlers.hover(point);
      if (drag) this.cut(drag, point);
      else handlers.over(this.nearest(point));
    });
    element.addEventListener("pointerup", (event) => {
      const point = this.pointOf(event);
      if (drag && drag.cut.size === 0) {
        const node = this.nearest(point);
        if (node === null) handlers.pin(point);
        else handlers.toggle(node);
      }
      drag = null;
    });
    element.addEventListener("pointercancel", () => (drag = null));
    element.addEventListener("pointerleave", () => {
      handlers.hover(null);
      handlers.over(null);
    });
  }

  /** Switches every line that the pointer crosses the way it switched the first. */
  cut(drag, point) {
    if (!this.hasLines) return;
    const far = Math.hypot(point[0] - drag.from[0], point[1] - drag.from[1]);
    // A hand that clicks trembles.
    if (far < (4 * 2 * this.extent) / SIZE && drag.cut.size === 0) return;
    const [before, after] = [drag.last, point].map(([x0, x1]) =>
      preActivations(this.network, this.gates, x0, x1),
    );
    drag.last = point;
    const crossed = [...before.keys()].filter((i) => before[i] > 0 !== after[i] > 0);
    const fresh = crossed.filter((i) => !drag.cut.has(i));
    if (fresh.length === 0) return;
    const isFirst = drag.on === null;
    if (isFirst) drag.on = this.gates[fresh[0]] === 0;
    for (const i of fresh) drag.cut.add(i);
    this.handlers.cut(fresh, drag.on, isFirst);
  }
}
