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
    element.replaceChildren(...this.buttons);
    this.element = element;
    /** The node that is selected: its switch is kept in sight. */
    this.selected = 0;
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
    if (selected !== this.selected) this.bring(this.buttons[selected]);
    this.selected = selected;
  }

  /**
   * Moves a switch into the strip's middle if it is out of sight; the page stays where it is.
   * @param {HTMLElement} button
   */
  bring({ offsetLeft, offsetWidth }) {
    const { element } = this;
    const left = offsetLeft - element.offsetLeft - element.scrollLeft;
    if (left >= 0 && left + offsetWidth <= element.clientWidth) return;
    element.scrollLeft += left - (element.clientWidth - offsetWidth) / 2;
  }
}
