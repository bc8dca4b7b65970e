// The list of nodes: a switch for each, its gate gradient, and what flipping it would do.

import { decimal, signed } from "./charts.js";

/** Digits of gradients and changes. */
const DIGITS = 5;

function create(name, properties = {}, children = []) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** A bar from a zero in the middle, with a mark for what was predicted. */
class Bar {
  constructor() {
    this.fill = create("i");
    this.mark = create("b");
    this.element = create("span", { className: "bar" }, [this.fill, this.mark]);
  }

  show(value, limit, predicted = null) {
    const share = limit > 0 ? Math.max(Math.min(value / limit, 1), -1) : 0;
    this.fill.style.left = `${50 + 50 * Math.min(share, 0)}%`;
    this.fill.style.width = `${50 * Math.abs(share)}%`;
    this.fill.className = value < 0 ? "negative" : "positive";
    this.mark.hidden = predicted === null;
    if (predicted !== null) {
      this.mark.style.left = `${50 + 50 * Math.max(Math.min(predicted / limit, 1), -1)}%`;
    }
  }
}

/** All nodes in rows; `handlers`: toggle(i), paint(i, on), select(i), over(i or null), key(event). */
export class NodeList {
  constructor(element, n, handlers) {
    this.element = element;
    this.handlers = handlers;
    this.rows = Array.from({ length: n }, (_, i) => this.row(i));
    element.replaceChildren(...this.rows.map((row) => row.element));
    this.focusable(0);
    this.listen();
  }

  row(i) {
    const button = create("button", { type: "button", textContent: i, className: "node" });
    button.dataset.node = i;
    button.setAttribute("role", "switch");
    const [gradient, flip] = [new Bar(), new Bar()];
    const [slope, change] = [create("span"), create("span")];
    slope.className = "number gradient";
    change.className = "number flip";
    const parts = [button, gradient.element, slope, flip.element, change];
    const element = create("div", { className: "node-row" }, parts);
    element.dataset.node = i;
    return { element, button, gradient, flip, slope, change };
  }

  /** One row can be reached by tab; arrows move among them. */
  focusable(i) {
    for (const [k, row] of this.rows.entries()) row.button.tabIndex = k === i ? 0 : -1;
  }

  listen() {
    const nodeOf = (target) => {
      const row = target instanceof Element ? target.closest(".node-row") : null;
      return row ? Number(row.dataset.node) : null;
    };
    let painting = null;
    this.element.addEventListener("pointerdown", (event) => {
      const i = nodeOf(event.target);
      if (i === null || event.button !== 0) return;
      if (event.target.closest(".node")) {
        event.target.releasePointerCapture?.(event.pointerId);
        painting = { on: this.handlers.toggle(i), last: i };
        this.rows[i].button.focus({ preventScroll: true });
        event.preventDefault();
      } else {
        this.handlers.select(i);
      }
    });
    this.element.addEventListener("pointermove", (event) => {
      const i = nodeOf(document.elementFromPoint(event.clientX, event.clientY));
      this.handlers.over(i);
      if (painting && i !== null && i !== painting.last && event.buttons & 1) {
        painting.last = i;
        this.handlers.paint(i, painting.on);
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, () => (painting = null));
    }
    this.element.addEventListener("pointerleave", () => this.handlers.over(null));
    this.element.addEventListener("focusin", (event) => {
      const i = nodeOf(event.target);
      this.focusable(i);
      this.handlers.select(i);
    });
    this.element.addEventListener("click", (event) => {
      // Pointers have switched it already; what is left comes from a keyboard or a reading aid.
      if (event.detail === 0 && event.target.closest(".node")) {
        this.handlers.toggle(nodeOf(event.target));
      }
    });
    this.element.addEventListener("keydown", (event) => this.move(event, nodeOf(event.target)));
  }

  move(event, i) {
    const last = this.rows.length - 1;
    const to = {
      ArrowDown: i + 1,
      ArrowRight: i + 1,
      ArrowUp: i - 1,
      ArrowLeft: i - 1,
      Home: 0,
      End: last,
    };
    if (event.key in to) {
      event.preventDefault();
      this.rows[Math.min(Math.max(to[event.key], 0), last)].button.focus();
    }
  }

  /** Colours of the buttons: `colours` are css colours, `inks` of the text on them. */
  paint(colours, inks) {
    for (const [i, { button }] of this.rows.entries()) {
      button.style.setProperty("--colour", colours[i]);
      button.style.setProperty("--on-colour", inks[i]);
    }
  }

  /** Shows gates and gradients; changes follow with `showFlips`. */
  show({ gates, gradient, selected }) {
    this.gradient = gradient;
    this.gates = gates;
    const limit = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    for (const [i, row] of this.rows.entries()) {
      const gate = gates[i];
      row.element.classList.toggle("selected", i === selected);
      row.button.className = `node ${gate === 0 ? "off" : gate === 1 ? "on" : "soft"}`;
      row.button.setAttribute("aria-checked", gate === 0 ? "false" : gate === 1 ? "true" : "mixed");
      row.gradient.show(gradient[i], limit);
      row.slope.textContent = signed(gradient[i], DIGITS);
    }
  }

  /** Shows what flipping would change; those not yet known are null. */
  showFlips(flips) {
    const known = flips.filter((change) => change !== null);
    const predicted = (i) => (this.gates[i] < 0.5 ? 1 : -1) * this.gradient[i];
    const limit = known.reduce((most, change) => Math.max(most, Math.abs(change)), 0);
    for (const [i, row] of this.rows.entries()) {
      const change = flips[i];
      const isHard = this.gates[i] === 0 || this.gates[i] === 1;
      row.flip.show(change ?? 0, limit, change !== null && isHard ? predicted(i) : null);
      row.change.textContent = change === null ? "…" : signed(change, DIGITS);
      const state = this.gates[i] === 0 ? "off" : this.gates[i] === 1 ? "on" : "partly open";
      const flip = change === null ? "" : `, change if flipped ${signed(change, DIGITS)}`;
      const name = `node ${i}, ${state}, gate gradient ${signed(this.gradient[i], DIGITS)}${flip}`;
      row.button.setAttribute("aria-label", name);
    }
  }

  highlight(i) {
    for (const [k, { element }] of this.rows.entries()) element.classList.toggle("over", k === i);
  }
}

/** A loss for reading. */
export function lossText(loss) {
  return loss >= 0.001 ? decimal(loss, 5) : loss.toExponential(3).replace("-", "−");
}
