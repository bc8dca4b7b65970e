// Small line charts, drawn as SVG. Colours come from the style sheet, by class.

import { svg } from "./elements.js";

/** Pixels around the axes. */
const MARGIN = { top: 8, right: 12, bottom: 30, left: 44 };

/** A number for reading: so many decimals, and a proper minus sign. */
export function decimal(value, digits) {
  if (!Number.isFinite(value)) return "–";
  // No "−0.000".
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** The same with its sign in front. */
export function signed(value, digits) {
  const text = decimal(value, digits);
  return text.startsWith("−") || Number(text) === 0 ? text : `+${text}`;
}

/**
 * Decimals that leave a value of this size three digits: 2 to 5.
 * @param {number} size
 */
export function decimalsFor(size) {
  return size > 0 ? Math.min(Math.max(2 - Math.floor(Math.log10(size)), 2), 5) : 3;
}

/**
 * A loss for reading.
 * @param {number} loss
 * @param {number} [digits] decimals
 */
export function lossText(loss, digits = 5) {
  return loss >= 0.001 ? decimal(loss, digits) : loss.toExponential(3).replace("-", "−");
}

const WHOLE = new Intl.NumberFormat("en-US");

/**
 * A whole number for reading.
 * @param {number} value
 */
export function whole(value) {
  return WHOLE.format(value);
}

/** About `count` even values that are easy to read. */
export function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= raw * 0.999);
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    out.push(Number((k * step).toPrecision(12)));
  }
  return out;
}

/** Losses at which a logarithmic axis is marked, as [ln(loss), text]. */
export function lossTicks(low, high) {
  const fine = high - low < 6;
  const steps = high - low > 16 ? [1] : fine ? [1, 2, 5] : [1, 3];
  const out = [];
  for (let power = Math.floor(low / Math.LN10); power <= high / Math.LN10; power++) {
    for (const step of steps) {
      const at = Math.log(step * 10 ** power);
      const text =
        power < -3 || power > 4 ? `${step}e${power}` : String(+(step * 10 ** power).toPrecision(1));
      if (at >= low - 1e-9 && at <= high + 1e-9) out.push([at, text]);
    }
  }
  return out;
}

/** One chart: still parts are drawn by `frame`, moving ones by `show`. */
export class Chart {
  /**
   * @param {any} element
   * @param {{ height?: number, label: string }} options
   */
  constructor(element, { height = 190, label }) {
    this.element = element;
    this.height = height;
    element.setAttribute("height", height);
    element.setAttribute("class", "chart");
    element.setAttribute("aria-label", label);
    /** @type {number | undefined} */
    this.width = undefined;
    /** @type {any} */
    this.xAxis = null;
    /** @type {any} */
    this.yAxis = null;
    this.still = svg("g");
    this.moving = svg("g");
    element.replaceChildren(this.still, this.moving);
  }

  /** Measures anew how much room there is. */
  resize() {
    this.width = undefined;
  }

  /** Draws the axes, as wide as there is room for: `x` and `y` are { low, high, ticks: [[value, text]], title }. */
  frame(x, y) {
    this.xAxis = x;
    this.yAxis = y;
    this.width ??= this.element.clientWidth || 360;
    this.still.replaceChildren();
    const [left, right] = [MARGIN.left, this.width - MARGIN.right];
    const [top, bottom] = [MARGIN.top, this.height - MARGIN.bottom];
    for (const [value, text] of y.ticks ?? []) {
      const at = this.y(value);
      this.still.append(svg("line", { x1: left, x2: right, y1: at, y2: at, class: "grid" }));
      this.text(this.still, text, left - 6, at + 3.5, "end");
    }
    for (const [value, text] of x.ticks) {
      const at = this.x(value);
      this.still.append(svg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4, class: "axis" }));
      this.text(this.still, text, at, bottom + 15, "middle");
    }
    this.still.append(svg("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "axis" }));
    this.text(this.still, x.title, (left + right) / 2, this.height - 3, "middle");
    if (y.title) {
      const middle = (top + bottom) / 2;
      const title = this.text(this.still, y.title, 0, 0, "middle");
      title.setAttribute("transform", `translate(10 ${middle}) rotate(-90)`);
    }
  }

  /** Draws the axes if they are not those that are there. */
  frameOnce(x, y) {
    const same =
      this.width &&
      ["low", "high"].every((end) => this.xAxis[end] === x[end] && this.yAxis[end] === y[end]);
    if (!same) this.frame(x, y);
  }

  x(value) {
    const { low, high } = this.xAxis;
    const width = this.width - MARGIN.left - MARGIN.right;
    return MARGIN.left + (width * (value - low)) / (high - low || 1);
  }

  y(value) {
    const { low, high } = this.yAxis;
    const height = this.height - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + height * (1 - (value - low) / (high - low || 1));
  }

  text(group, content, x, y, anchor, name = "label") {
    const text = svg("text", { x, y, "text-anchor": anchor, class: name });
    text.textContent = content;
    group.append(text);
    return text;
  }

  /** Says something in the middle of the chart. */
  say(group, content) {
    const [x, y] = [(MARGIN.left + this.width - MARGIN.right) / 2, this.height / 2];
    this.text(group, content, x, y, "middle");
  }

  /** Adds a line through points (x, y). */
  line(group, points, name) {
    const path = points.map(([x, y]) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`);
    if (path.length > 0)
      group.append(svg("path", { d: `M${path.join("L")}`, class: `line ${name}` }));
  }

  /**
   * @param {any} group
   * @param {number[]} at
   * @param {string} name its class
   */
  dot(group, [x, y], name, r = 4) {
    group.append(svg("circle", { cx: this.x(x), cy: this.y(y), r, class: `dot ${name}` }));
  }

  /** Many dots, as one path: a round stroke without length is a dot. */
  dots(group, points, name) {
    const at = ([x, y]) => `M${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}h0`;
    group.append(svg("path", { d: points.map(at).join(""), class: `dots ${name}` }));
  }

  /** A line at x; what is beyond an end of the axis is shown there. */
  upright(group, x, name) {
    const [y1, y2] = [MARGIN.top, this.height - MARGIN.bottom];
    const at = this.x(Math.min(Math.max(x, this.xAxis.low), this.xAxis.high));
    group.append(svg("line", { x1: at, x2: at, y1, y2, class: `line ${name}` }));
  }

  area(group, points, name) {
    const base = this.height - MARGIN.bottom;
    const path = points.map(([x, y]) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`);
    const [first, last] = [points[0][0], points[points.length - 1][0]].map((x) => this.x(x));
    const d = `M${first} ${base}L${path.join("L")}L${last} ${base}Z`;
    group.append(svg("path", { d, class: name }));
  }

  /** Replaces what moves. */
  show(draw) {
    this.moving.replaceChildren();
    draw(this.moving);
  }
}

/** An axis of losses on a logarithmic scale, with a little room at both ends. */
export function lossAxis(low, high, title) {
  const room = 0.04 * (high - low) || 0.5;
  const [from, to] = [low - room, high + room];
  return { low: from, high: to, ticks: lossTicks(from, to), title };
}

/** An axis with about `count` even marks. */
export function evenAxis(low, high, count, title = "") {
  const marks = ticks(low, high, count);
  const step = marks[1] - marks[0] || 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { low, high, ticks: marks.map((value) => [value, decimal(value, digits)]), title };
}

/** An axis that counts from 0 to n. */
export function countAxis(n, title) {
  const marks = ticks(0, n, Math.min(n, 10)).filter(Number.isInteger);
  return { low: 0, high: n, ticks: marks.map((k) => [k, String(k)]), title };
}
