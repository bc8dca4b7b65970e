// Small pictures of nodes: the activation over the plane, in the colour of what it pushes towards.

import { pushColour } from "./colours.js";
import { GridNetwork } from "./compute/grid.js";
import { contextOf } from "./elements.js";
import { imageSide } from "./image.js";

/** Pixels along a side of an activation's picture. */
const SIDE = 32;

/** The pictures of all nodes. */
export class Thumbs {
  /** @param {import("./record.js").Unpacked} record */
  constructor({ network, plane }) {
    this.network = network;
    this.hasPlane = plane !== null;
    const weightSide = imageSide(network.layers[0].inputs);
    this.isImage = weightSide !== null;
    /** Pixels along a side; 1 where there is nothing to see but a colour. */
    this.side = plane ? SIDE : (weightSide ?? 1);
    this.grid = plane && new GridNetwork(network, SIDE, SIDE, plane.extent);
    this.values = new Float64Array(this.side ** 2);
    /** @type {Float64Array | null} */
    this.gates = null;
    /** Largest size of each node's values with all nodes on, so that less activation looks less. */
    this.most = new Float64Array(network.n);
    const full = new Float64Array(network.n).fill(1);
    this.grid?.update(full);
    for (let i = 0; i < network.n; i++) {
      this.fill(i);
      this.most[i] = this.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    }
  }

  /**
   * Values at a node's pixels, row by row from the lowest x1: activations, or an image's weights.
   * @param {number} i
   */
  fill(i) {
    const { network, grid, values } = this;
    if (grid) {
      const z = grid.inputs(i, 0, SIDE * SIDE);
      for (let p = 0; p < values.length; p++) values[p] = network.activation.value(z[p]);
    } else if (this.isImage && network.layerOf[i] === 0) {
      values.set(network.layers[0].weights.subarray(i * values.length, (i + 1) * values.length));
    } else {
      values.fill(1);
    }
  }

  /**
   * Brings the gates up to date; from which layer on pictures have changed, if any.
   * @param {Float64Array} gates [N]
   */
  update(gates) {
    const { network, grid } = this;
    const before = this.gates;
    this.gates = Float64Array.from(gates);
    if (!before || !grid) return before ? Infinity : 0;
    const changed = gates.findIndex((gate, i) => gate !== before[i]);
    if (changed < 0 || network.isShallow) return Infinity;
    grid.update(gates);
    return network.layerOf[changed] + 1;
  }

  /**
   * Paints one node's picture, the stronger the value the less transparent.
   * @param {HTMLCanvasElement} canvas
   * @param {number} i
   * @param {number} push its direction and strength, from -1 to 1
   */
  paint(canvas, i, push) {
    const { side, values } = this;
    this.fill(i);
    const context = contextOf(canvas);
    const image = context.createImageData(side, side);
    const [towards, away] = [pushColour(push), pushColour(-push)];
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        // The plane begins with its lowest row, images with their highest.
        const from = this.hasPlane ? (side - 1 - row) * side + column : row * side + column;
        const value = values[from] / this.most[i];
        const at = 4 * (row * side + column);
        image.data.set(value < 0 ? away : towards, at);
        image.data[at + 3] = Math.min(255, 255 * Math.abs(value) ** 0.7);
      }
    }
    context.putImageData(image, 0, 0);
  }
}
