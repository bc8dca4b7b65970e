// A strip of small switches, one for each node: on a phone it stays in view below the map.

import { create } from "./elements.js";
import { moveAmong } from "./focus.js";
import { stateOf } from "./graph.js";

/** The strip. */
export class Chips {
  /**
   * @param {HTMLElement} element
   * @param {number} n
   * @param {(i: number) => void} toggle
   */
  constructor(element, n, toggle) {
    this.buttons = Array.from({ length: n }, (_, i) => {
      const button = create("button", {
        type: "button",
        textContent: String(i),
        ariaLabel: `node ${i}`,
      });
      button.setAttribute("role", "switch");
      button.tabIndex = i === 0 ? 0 : -1;
      button.addEventListener("click", () => toggle(i));
      button.addEventListener("keydown", (event) => moveAmong(this.buttons, i, event));
      button.addEventListener("focus", () => {
        for (const [k, other] of this.buttons.entries()) other.tabIndex = k === i ? 0 : -1;
      });
      return button;
    });
    this.element = element;
    /** @type {number | null} shown last */
    this.selected = null;
    element.replaceChildren(...this.buttons);
  }

  /**
   * Colours of the switches, and of the text on them.
   * @param {string[]} colours
   * @param {string[]} inks
   */
  paint(colours, inks) {
    for (const [i, button] of this.buttons.entries()) {
      button.style.setProperty("--colour", colours[i]);
      button.style.setProperty("--on-colour", inks[i]);
    }
  }

  /**
   * Shows the gates, and which node is selected.
   * @param {Float64Array} gates [N]
   * @param {number} selected
   */
  show(gates, selected) {
    for (const [i, button] of this.buttons.entries()) {
      const state = stateOf(gates[i]);
      button.className = `chip ${state}${i === selected ? " selected" : ""}`;
      button.setAttribute("aria-checked", { off: "false", on: "true", soft: "mixed" }[state]);
    }
    if (selected !== this.selected) this.reveal(selected);
    this.selected = selected;
  }

  /**
   * Brings a switch into sight along the strip; the page stays where it is.
   * @param {number} i
   */
  reveal(i) {
    const [strip, chip] = [this.element, this.buttons[i]].map((part) =>
      part.getBoundingClientRect(),
    );
    const before = chip.left - strip.left;
    const beyond = chip.right - strip.right;
    if (before >= 0 && beyond <= 0) return;
    // In the middle, so that its neighbours can be seen as well.
    this.element.scrollLeft += (before + beyond) / 2;
  }
}
