// The picture of an input: where inputs are the pixels of a square image, one evaluation point after
// the other, with what the network makes of it.

import { decimal } from "./charts.js";
import { byId, byIdAs, contextOf, definition } from "./elements.js";
import { crossEntropy, probability } from "./crossentropy.js";

/** Fewest pixels along a side of what is taken for an image. */
const LEAST = 4;

/**
 * Pixels along a side of the image that so many inputs are; none if they are no image.
 * @param {number} inputs
 */
export function imageSide(inputs) {
  const side = Math.sqrt(inputs);
  return Number.isInteger(side) && side >= LEAST ? side : null;
}

/** One evaluation point as an image. */
export class InputImage {
  /**
   * @param {import("./record.js").Unpacked} record
   * @param {string[]} classNames
   */
  constructor({ network, points, labels }, classNames) {
    this.points = points;
    this.labels = labels;
    this.classNames = classNames;
    this.side = imageSide(network.layers[0].inputs);
    this.canvas = byIdAs(HTMLCanvasElement, "input-image");
    this.at = 0;
    /** The class whose probability is told. */
    this.shown = 0;
    /** Brightest pixel of all points. */
    this.most = 1;
    byId("input").hidden = this.side === null;
    if (this.side === null) return;
    /** @param {Float64Array} column */
    const brightest = (column) => column.reduce((a, b) => Math.max(a, b), 0);
    this.most = Math.max(...points.columns.map(brightest)) || 1;
    this.canvas.width = this.canvas.height = this.side;
    byId("input-back").addEventListener("click", () => this.move(-1));
    byId("input-next").addEventListener("click", () => this.move(1));
  }

  /** @param {number} step */
  move(step) {
    this.at = (this.at + step + this.points.count) % this.points.count;
    this.show(this.shown);
  }

  /**
   * Shows the point, and what the network says of it at the present gates.
   * @param {number} shown the class whose probability is told
   */
  show(shown) {
    if (this.side === null) return;
    this.shown = shown;
    const { at, side, points, labels, classNames } = this;
    const context = contextOf(this.canvas);
    const image = context.createImageData(side, side);
    for (const [k, column] of points.columns.entries()) {
      const shade = 255 * Math.max(0, column[at] / this.most);
      image.data.set([shade, shade, shade, 255], 4 * k);
    }
    context.putImageData(image, 0, 0);
    const { logits } = points;
    const best = logits.reduce((most, row, c) => (row[at] > logits[most][at] ? c : most), 0);
    /** @type {import("./elements.js").Definition[]} */
    const entries = [
      ["label", classNames[labels[at]]],
      ["prediction", classNames[best]],
      [`P(${classNames[shown]})`, decimal(probability(logits, shown, at), 5)],
      ["loss", decimal(crossEntropy(logits, labels[at], at), 5)],
    ];
    byId("input-values").replaceChildren(...entries.map(definition));
    byId("input-name").textContent = `point ${at + 1} of ${points.count}`;
  }
}
