// What the pieces are put together from: squares for nodes, buttons, maps, and lines of text.

import { create, key, svg } from "../elements.js";
import { moveAmong } from "../focus.js";
import { Chart } from "../charts.js";
import { Heatmap } from "../heatmap.js";
import { gatesOf } from "../masks.js";
import { classZero } from "./given.js";

/** Pixels along a side of a map. */
const SIDE = 110;

/** Milliseconds without a change after which a text is read out. */
const REST = 500;

/** @typedef {import("./given.js").Given} Given */

/**
 * @param {bigint} mask
 * @param {number} i
 */
const isOn = (mask, i) => ((mask >> BigInt(i)) & 1n) === 1n;

/** A square for each node, filled where it is on; switches if there is something to do. */
export class Squares {
  /**
   * @param {number} n
   * @param {string} name
   * @param {((i: number) => void) | null} [toggle]
   */
  constructor(n, name, toggle = null) {
    this.name = name;
    this.toggle = toggle;
    /** @type {HTMLElement[]} */
    this.squares = Array.from({ length: n }, (_, i) => this.square(i));
    this.element = create("div", { className: toggle ? "squares" : "squares still" }, this.squares);
    this.element.setAttribute("role", toggle ? "group" : "img");
    this.element.setAttribute("aria-label", name);
    if (toggle) this.focusable(0);
  }

  /** @param {number} i */
  square(i) {
    const { toggle } = this;
    if (!toggle) return create("span", { textContent: String(i) });
    const own = create("button", { type: "button", textContent: String(i) });
    own.setAttribute("aria-label", `node ${i}`);
    own.addEventListener("click", () => toggle(i));
    own.addEventListener("focus", () => this.focusable(i));
    own.addEventListener("keydown", (event) => moveAmong(this.squares, i, event));
    return own;
  }

  /**
   * One square can be reached by tab; arrows move among them.
   * @param {number} i
   */
  focusable(i) {
    for (const [k, square] of this.squares.entries()) square.tabIndex = k === i ? 0 : -1;
  }

  /**
   * @param {bigint} mask
   * @param {number | null} [changed] the node that was switched last
   */
  show(mask, changed = null) {
    for (const [i, square] of this.squares.entries()) {
      square.classList.toggle("on", isOn(mask, i));
      square.classList.toggle("changed", i === changed);
      if (this.toggle) square.setAttribute("aria-pressed", String(isOn(mask, i)));
    }
    if (this.toggle) return;
    const on = this.squares.map((_, i) => i).filter((i) => isOn(mask, i));
    this.element.setAttribute("aria-label", `${this.name}; on: ${on.join(", ") || "none"}`);
  }
}

/** A small map of the prediction over the plane, with the circle of the data if it has one. */
export class SmallMap {
  /**
   * @param {Given} given
   * @param {number} extent half the side of the plane
   * @param {string} name of what it is a map
   */
  constructor(given, extent, name) {
    const { network, n, radius, colours } = given;
    this.n = n;
    const canvas = create("canvas");
    this.heatmap = new Heatmap(canvas, {
      network,
      plane: { side: SIDE, extent, labels: null },
      colours,
    });
    const viewBox = [-extent, -extent, 2 * extent, 2 * extent].join(" ");
    const circle = radius ? [svg("circle", { r: radius })] : [];
    this.element = create("div", { className: "map" }, [canvas, svg("svg", { viewBox }, circle)]);
    this.element.setAttribute("role", "img");
    const title = `Map of ${name}: probability of ${classZero(given)} over the plane`;
    this.element.setAttribute("aria-label", title);
  }

  /** @param {bigint} mask */
  show(mask) {
    const gates = gatesOf(mask, this.n);
    this.heatmap.draw(gates, { mode: "prediction", node: 0, shown: 0 });
  }
}

/**
 * A map of a mask; none for a network of other than two inputs.
 * @param {Given} given
 * @param {string} name
 */
export function mapOf(given, name) {
  return given.extent ? new SmallMap(given, given.extent, name) : null;
}

/**
 * What the colours of a map are.
 * @param {Given} given
 */
export function mapNote(given) {
  if (!given.extent) return [];
  const text = `Map: probability of ${classZero(given)}, from dark (0) to yellow (1)${given.radius ? "; circle: the data’s" : ""}.`;
  return [create("p", { className: "note", textContent: text })];
}

/**
 * A button.
 * @param {string} text
 * @param {() => void} act
 */
export function button(text, act) {
  const element = create("button", { type: "button", textContent: text });
  element.addEventListener("click", act);
  return element;
}

/**
 * Controls side by side.
 * @param {HTMLElement[]} elements
 */
export function row(...elements) {
  return create("div", { className: "row" }, elements);
}

/**
 * A chart with its own element.
 * @param {number} height
 * @param {string} label
 */
export function chart(height, label) {
  return new Chart(svg("svg", { role: "img" }), { height, label });
}

/**
 * A chart, what belongs to its axis, and the keys that say what its marks are, [class, text] each.
 * @param {Chart} own
 * @param {string[][]} keys
 * @param {HTMLElement[]} below
 */
export function withKeys(own, keys, ...below) {
  const items = keys.map(([name, text]) => key(name, text));
  const list = create("ul", { className: "keys" }, items);
  return create("div", { className: "plot" }, [own.element, ...below, list]);
}

/** A text about the present state, read out once it has come to rest. */
export class Statement {
  constructor() {
    this.element = create("p", { className: "said" });
    this.element.setAttribute("aria-live", "polite");
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** @param {string} text */
  show(text) {
    if (this.element.textContent === text) return;
    this.element.setAttribute("aria-busy", "true");
    this.element.textContent = text;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.element.setAttribute("aria-busy", "false"), REST);
  }
}

/**
 * Fills the element of a piece, and draws it again whenever its width changes.
 * @param {HTMLElement} element
 * @param {{ title: string, parts: Node[], charts: Chart[], draw: () => void }} piece
 */
export function furnish(element, { title, parts, charts, draw }) {
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", title);
  element.replaceChildren(create("p", { className: "title", textContent: title }), ...parts);
  let width = 0;
  new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    for (const own of charts) own.resize();
    draw();
  }).observe(element);
}
