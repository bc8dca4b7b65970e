// The list of nodes: a switch for each, its gate gradient, and what switching it would do.

import { decimalsFor, signed } from "./charts.js";
import { create } from "./elements.js";
import { moveAmong } from "./focus.js";

/** Decimals of what is said of one number alone; those in the list have as many as they need. */
const DIGITS = 5;

/** @param {Iterable<number>} values */
const largest = (values) => [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** A bar from a zero in the middle, with a mark for what was predicted. */
class Bar {
  constructor() {
    this.fill = create("i");
    this.mark = create("b");
    this.element = create("span", { className: "bar" }, [this.fill, this.mark]);
  }

  /**
   * @param {number} value
   * @param {number} limit that the whole width is
   * @param {number | null} [predicted]
   */
  show(value, limit, predicted = null) {
    const share = limit > 0 ? Math.max(Math.min(value / limit, 1), -1) : 0;
    this.fill.style.left = `${50 + 50 * Math.min(share, 0)}%`;
    this.fill.style.width = `${50 * Math.abs(share)}%`;
    this.mark.hidden = predicted === null;
    if (predicted !== null) {
      const at = limit > 0 ? Math.max(Math.min(predicted / limit, 1), -1) : 0;
      this.mark.style.left = `${50 + 50 * at}%`;
    }
  }
}

/**
 * @typedef {object} NodeHandlers
 * @property {(i: number) => boolean} toggle switches a node; whether it is on then
 * @property {(i: number, on: boolean) => void} paint
 * @property {(i: number) => void} select
 * @property {(i: number | null) => void} over
 */

/** All nodes in rows, layer by layer. */
export class NodeList {
  /**
   * @param {HTMLElement} element
   * @param {number[]} layerOf hidden layer of each node
   * @param {NodeHandlers} handlers
   */
  constructor(element, layerOf, handlers) {
    this.element = element;
    this.handlers = handlers;
    /** @type {Float64Array} shown last, [N] */
    this.gates = new Float64Array(layerOf.length);
    /** @type {Float64Array} shown last, [N] */
    this.gradient = new Float64Array(layerOf.length);
    this.rows = layerOf.map((_, i) => this.row(i));
    const isDeep = layerOf[layerOf.length - 1] > 0;
    const rows = this.rows.flatMap((row, i) => {
      const isFirst = isDeep && layerOf[i] !== layerOf[i - 1];
      const head = () =>
        create("p", { className: "layer", textContent: `layer ${layerOf[i] + 1}` });
      return isFirst ? [head(), row.element] : [row.element];
    });
    element.replaceChildren(...rows);
    this.focusable(0);
    this.listen();
  }

  /** @param {number} i */
  row(i) {
    const button = create("button", { type: "button", textContent: String(i), className: "node" });
    button.dataset.node = String(i);
    button.setAttribute("role", "switch");
    const [gradient, flip] = [new Bar(), new Bar()];
    const slope = create("span", { className: "number gradient" });
    const way = create("span", { className: "way" });
    const change = create("span", { className: "number flip" });
    const parts = [button, gradient.element, slope, flip.element, way, change];
    const element = create("div", { className: "node-row" }, parts);
    element.dataset.node = String(i);
    return { element, button, gradient, flip, slope, way, change };
  }

  /**
   * One row can be reached by tab; arrows move among them.
   * @param {number} i
   */
  focusable(i) {
    for (const [k, row] of this.rows.entries()) row.button.tabIndex = k === i ? 0 : -1;
  }

  listen() {
    /** @param {EventTarget | null} target */
    const nodeOf = (target) => {
      const row = target instanceof Element ? target.closest(".node-row") : null;
      return row instanceof HTMLElement ? Number(row.dataset.node) : null;
    };
    /** @param {EventTarget | null} target */
    const isSwitch = (target) => target instanceof Element && target.closest(".node") !== null;
    const { element, handlers } = this;
    /** @type {{ on: boolean, last: number } | null} */
    let painting = null;
    let isFinger = false;
    element.addEventListener("pointerdown", (event) => {
      // A finger that comes down may want to scroll: a click says that it did not.
      isFinger = event.pointerType === "touch";
      const i = nodeOf(event.target);
      if (i === null || event.button !== 0 || isFinger) return;
      if (isSwitch(event.target)) {
        painting = { on: handlers.toggle(i), last: i };
        this.rows[i].button.focus({ preventScroll: true });
        event.preventDefault();
      } else {
        handlers.select(i);
      }
    });
    element.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      const i = nodeOf(document.elementFromPoint(event.clientX, event.clientY));
      handlers.over(i);
      if (painting && i !== null && i !== painting.last && event.buttons & 1) {
        painting.last = i;
        handlers.paint(i, painting.on);
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, () => (painting = null));
    }
    element.addEventListener("pointerleave", () => handlers.over(null));
    element.addEventListener("focusin", (event) => {
      const i = nodeOf(event.target);
      if (i === null) return;
      this.focusable(i);
      handlers.select(i);
    });
    element.addEventListener("click", (event) => {
      const i = nodeOf(event.target);
      if (i === null) return;
      // A mouse has switched it already; a click without one is a keyboard's or a reading aid's.
      if (isSwitch(event.target)) {
        if (event.detail === 0 || isFinger) handlers.toggle(i);
      } else if (isFinger) {
        handlers.select(i);
      }
    });
    const buttons = this.rows.map((row) => row.button);
    element.addEventListener("keydown", (event) => {
      const i = nodeOf(event.target);
      if (i !== null) moveAmong(buttons, i, event);
    });
  }

  /**
   * Colours of the buttons, and of the text on them.
   * @param {string[]} colours
   * @param {string[]} inks
   */
  paint(colours, inks) {
    for (const [i, { button }] of this.rows.entries()) {
      button.style.setProperty("--colour", colours[i]);
      button.style.setProperty("--on-colour", inks[i]);
    }
  }

  /**
   * Shows gates; gradients follow with `showGradient`, changes with `showFlips`.
   * @param {Float64Array} gates [N]
   * @param {number} selected
   */
  show(gates, selected) {
    this.gates = gates;
    for (const [i, row] of this.rows.entries()) {
      const gate = gates[i];
      row.element.classList.toggle("selected", i === selected);
      row.button.className = `node ${gate === 0 ? "off" : gate === 1 ? "on" : "soft"}`;
      row.button.setAttribute("aria-checked", gate === 0 ? "false" : gate === 1 ? "true" : "mixed");
      row.way.textContent = gate < 0.5 ? "→ on" : "→ off";
      row.way.title = gate === 0 || gate === 1 ? "" : "from where the gate is now";
    }
  }

  /**
   * Shows the gate gradients.
   * @param {Float64Array} gradient [N]
   */
  showGradient(gradient) {
    this.gradient = gradient;
    const limit = largest(gradient);
    for (const [i, row] of this.rows.entries()) {
      row.gradient.show(gradient[i], limit);
      row.slope.textContent = signed(gradient[i], decimalsFor(limit));
      row.slope.title = signed(gradient[i], DIGITS);
    }
  }

  /**
   * Shows what switching would change; those not yet known are null.
   * @param {(number | null)[]} flips [N]
   */
  showFlips(flips) {
    /** @param {number} i */
    const predicted = (i) => (this.gates[i] < 0.5 ? 1 : -1) * this.gradient[i];
    const limit = largest(flips.filter((change) => change !== null));
    for (const [i, row] of this.rows.entries()) {
      const change = flips[i];
      const isHard = this.gates[i] === 0 || this.gates[i] === 1;
      row.flip.show(change ?? 0, limit, change !== null && isHard ? predicted(i) : null);
      row.change.textContent = change === null ? "…" : signed(change, decimalsFor(limit));
      row.change.title = change === null ? "" : signed(change, DIGITS);
      const state = this.gates[i] === 0 ? "off" : this.gates[i] === 1 ? "on" : "partly open";
      const way = this.gates[i] < 0.5 ? "on" : "off";
      const flip = change === null ? "" : `, switching ${way} ${signed(change, DIGITS)}`;
      const name = `node ${i}, ${state}, gate gradient ${signed(this.gradient[i], DIGITS)}${flip}`;
      row.button.setAttribute("aria-label", name);
    }
  }

  /** @param {number | null} i */
  highlight(i) {
    for (const [k, { element }] of this.rows.entries()) element.classList.toggle("over", k === i);
  }
}
