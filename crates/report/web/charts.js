// Small line charts, drawn as SVG. Colours come from the style sheet, by class.

import { svg } from "./elements.js";

/** Pixels around the axes; on the left it is more where the marks are long. */
const MARGIN = { top: 8, right: 12, bottom: 30, left: 44 };

/** Pixels of a figure of a mark, and of what else is beside the upright axis. */
const [FIGURE, BESIDE] = [6.8, 21];

/**
 * A number for reading: so many decimals, and a proper minus sign; a dash where there is none.
 * @param {number | null} value
 * @param {number} digits
 */
export function decimal(value, digits) {
  if (value === null || !Number.isFinite(value)) return "–";
  // No "−0.000".
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/**
 * The same with its sign in front.
 * @param {number} value
 * @param {number} digits
 */
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

/** One chart: still parts are drawn by `frame`, moving ones by `show`. */
export class Chart {
  /**
   * @param {SVGSVGElement} element
   * @param {{ height?: number, label: string }} options
   */
  constructor(element, { height = 190, label }) {
    this.element = element;
    this.height = height;
    element.setAttribute("height", String(height));
    element.setAttribute("class", "chart");
    element.setAttribute("aria-label", label);
    /** Pixels; 0 until it is measured. */
    this.width = 0;
    /** Pixels from the left edge to the upright axis. */
    this.left = MARGIN.left;
    /** @type {import("./axes.js").Axis} */
    this.xAxis = { low: 0, high: 1 };
    /** @type {import("./axes.js").Axis} */
    this.yAxis = { low: 0, high: 1 };
    this.still = svg("g");
    this.moving = svg("g");
    element.replaceChildren(this.still, this.moving);
  }

  /** Measures anew how much room there is. */
  resize() {
    this.width = 0;
  }

  /**
   * Draws the axes, as wide as there is room for.
   * @param {import("./axes.js").MarkedAxis} x
   * @param {import("./axes.js").Axis} y
   */
  frame(x, y) {
    this.xAxis = x;
    this.yAxis = y;
    this.width ||= this.element.clientWidth || 360;
    this.still.replaceChildren();
    const longest = Math.max(0, ...(y.ticks ?? []).map(([, text]) => text.length));
    this.left = Math.max(MARGIN.left, Math.ceil(BESIDE + FIGURE * longest));
    const [left, right] = [this.left, this.width - MARGIN.right];
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

  /**
   * Draws the axes if they are not those that are there.
   * @param {import("./axes.js").MarkedAxis} x
   * @param {import("./axes.js").Axis} y
   */
  frameOnce(x, y) {
    if (this.width === 0 || !reachesAs(this.xAxis, x) || !reachesAs(this.yAxis, y))
      this.frame(x, y);
  }

  /** @param {number} value */
  x(value) {
    const { low, high } = this.xAxis;
    const width = this.width - this.left - MARGIN.right;
    return this.left + (width * (value - low)) / (high - low || 1);
  }

  /** @param {number} value */
  y(value) {
    const { low, high } = this.yAxis;
    const height = this.height - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + height * (1 - (value - low) / (high - low || 1));
  }

  /**
   * @param {SVGElement} group
   * @param {string} content
   * @param {number} x
   * @param {number} y
   * @param {"start" | "middle" | "end"} anchor
   * @param {string} [name] its class
   */
  text(group, content, x, y, anchor, name = "label") {
    const text = svg("text", { x, y, "text-anchor": anchor, class: name });
    text.textContent = content;
    group.append(text);
    return text;
  }

  /**
   * Says something in the middle of the chart.
   * @param {SVGElement} group
   * @param {string} content
   */
  say(group, content) {
    const [x, y] = [(this.left + this.width - MARGIN.right) / 2, this.height / 2];
    this.text(group, content, x, y, "middle");
  }

  /**
   * Adds a line through points (x, y).
   * @param {SVGElement} group
   * @param {number[][]} points
   * @param {string} name its class
   */
  line(group, points, name) {
    const path = points.map(([x, y]) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`);
    if (path.length > 0)
      group.append(svg("path", { d: `M${path.join("L")}`, class: `line ${name}` }));
  }

  /**
   * @param {SVGElement} group
   * @param {number[]} at
   * @param {string} name its class
   * @param {number} [r] radius
   */
  dot(group, [x, y], name, r = 4) {
    group.append(svg("circle", { cx: this.x(x), cy: this.y(y), r, class: `dot ${name}` }));
  }

  /**
   * Many dots, as one path: a round stroke without length is a dot.
   * @param {SVGElement} group
   * @param {number[][]} points
   * @param {string} name its class
   */
  dots(group, points, name) {
    /** @param {number[]} point */
    const at = ([x, y]) => `M${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}h0`;
    group.append(svg("path", { d: points.map(at).join(""), class: `dots ${name}` }));
  }

  /**
   * A line at x; what is beyond an end of the axis is shown there.
   * @param {SVGElement} group
   * @param {number} x
   * @param {string} name its class
   */
  upright(group, x, name) {
    const [y1, y2] = [MARGIN.top, this.height - MARGIN.bottom];
    const at = this.x(Math.min(Math.max(x, this.xAxis.low), this.xAxis.high));
    group.append(svg("line", { x1: at, x2: at, y1, y2, class: `line ${name}` }));
  }

  /**
   * Fills what is below a line.
   * @param {SVGElement} group
   * @param {number[][]} points
   * @param {string} name its class
   */
  area(group, points, name) {
    const base = this.height - MARGIN.bottom;
    const path = points.map(([x, y]) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`);
    const [first, last] = [points[0][0], points[points.length - 1][0]].map((x) => this.x(x));
    const d = `M${first} ${base}L${path.join("L")}L${last} ${base}Z`;
    group.append(svg("path", { d, class: name }));
  }

  /**
   * Replaces what moves.
   * @param {(group: SVGElement) => void} draw
   */
  show(draw) {
    this.moving.replaceChildren();
    draw(this.moving);
  }
}

/**
 * Whether two axes have the same ends.
 * @param {import("./axes.js").Axis} one
 * @param {import("./axes.js").Axis} other
 */
const reachesAs = (one, other) => one.low === other.low && one.high === other.high;
