// The value under the pointer, beside it.

import { create } from "./elements.js";
import { SIZE } from "./plane.js";

/** Share of the map's side between the point and what is said of it. */
const BESIDE = 0.025;

/** A small box over the map. */
export class Tip {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.name = create("span");
    this.value = create("b");
    this.notes = create("small");
    element.append(this.name, " ", this.value, this.notes);
  }

  /**
   * Says a value at a place of the map's drawing.
   * @param {number[]} place in the drawing's units
   * @param {import("./elements.js").Definition} entry name and value
   * @param {string[]} notes each a line below it
   */
  show([x, y], [name, value], notes) {
    const { element } = this;
    this.name.textContent = name;
    this.value.textContent = value;
    this.notes.replaceChildren(...notes.map((text) => create("span", { textContent: text })));
    element.hidden = false;
    // On whichever side has more room, so that it neither leaves the map nor lies on the point.
    const [right, below] = [x > SIZE / 2, y < SIZE / 4];
    const [across, down] = [x / SIZE, y / SIZE].map((share) => 100 * share);
    const beside = 100 * BESIDE;
    element.style.left = right ? "" : `${across + beside}%`;
    element.style.right = right ? `${100 - across + beside}%` : "";
    element.style.top = below ? `${down + beside}%` : "";
    element.style.bottom = below ? "" : `${100 - down + beside}%`;
  }

  hide() {
    this.element.hidden = true;
  }
}
