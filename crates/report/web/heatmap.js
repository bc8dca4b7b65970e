// The map of the plane: what is computed at its pixels, and the colours of that.

import { ColourMap, SHADES } from "./colours.js";
import { GridNetwork } from "./compute/grid.js";
import { contextOf } from "./elements.js";

/** Share of the pixels whose values the scale spans; beyond, colours saturate. */
const SHOWN = 0.98;

/** Pixels farther out than this have no part in the scale: what happens there is far from the data. */
const NEAR = 1.25;

/**
 * The next 1, 2 or 5 × a power of ten, so that a scale seldom moves.
 * @param {number} value
 */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/**
 * What is mapped; without the pixels' labels, predictions alone are.
 * @typedef {object} Mapped
 * @property {import("./network.js").Network} network
 * @property {{ side: number, extent: number, labels: Uint16Array | null }} plane
 * @property {import("./colours.js").Colours} colours
 */

/** The heatmap on its canvas. */
export class Heatmap {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Mapped} mapped
   */
  constructor(canvas, { network, plane, colours }) {
    const { side, extent } = plane;
    this.field = new GridNetwork(network, side, side, extent);
    this.labels = plane.labels;
    this.side = side;
    this.extent = extent;
    canvas.width = side;
    canvas.height = side;
    this.context = contextOf(canvas, { alpha: false, willReadFrequently: true });
    this.image = this.context.createImageData(side, side);
    this.rgba = new Uint32Array(this.image.data.buffer);
    this.sequential = new ColourMap(colours.sequential);
    this.diverging = new ColourMap(colours.diverging);
    this.values = new Float64Array(side * side);
    // Some thousands of pixels near the data give the scale.
    const stride = Math.max(1, Math.floor((side * side) / 6000));
    /** @param {number} k */
    const centre = (k) => Math.abs(extent * ((2 * k + 1) / side - 1));
    /** @param {number} k */
    const near = (k) => Math.max(centre(k % side), centre(Math.floor(k / side))) <= NEAR;
    /** @type {number[]} */
    this.scaled = [];
    for (let k = 0; k < side * side; k += stride)
      if (near(k) || extent <= NEAR) this.scaled.push(k);
  }

  /**
   * Computes and paints the map of a mode; returns its scale.
   * @param {Float64Array} gates [N]
   * @param {Pick<import("./state.js").State, "mode" | "node" | "shown">} state
   */
  draw(gates, { mode, node, shown }) {
    this.field.update(gates);
    if (mode === "loss") this.field.pointLosses(this.known(), this.values);
    else if (mode === "gradient") this.field.pointGradients(node, this.known(), this.values);
    else this.field.probabilities(shown, this.values);
    const map = mode === "gradient" ? this.diverging : this.sequential;
    const [low, high] = this.range(mode);
    this.paint(map, low, high);
    return { map, low, high };
  }

  /** The pixels' labels. */
  known() {
    if (!this.labels) throw new Error("a map without labels has no losses");
    return this.labels;
  }

  /** @param {import("./state.js").Mode} mode */
  range(mode) {
    if (mode === "prediction") return [0, 1];
    const sizes = Float64Array.from(this.scaled, (k) => Math.abs(this.values[k])).sort();
    const limit = roundUp(sizes[Math.floor(SHOWN * (sizes.length - 1))]);
    return [mode === "loss" ? 0 : -limit, limit];
  }

  /**
   * @param {ColourMap} map
   * @param {number} low
   * @param {number} high
   */
  paint(map, low, high) {
    const { side, values, rgba } = this;
    const { shades } = map;
    const factor = (SHADES - 1) / (high - low);
    for (let row = 0; row < side; row++) {
      // Values begin with the lowest row, pictures with the highest.
      const to = (side - 1 - row) * side;
      for (let column = 0; column < side; column++) {
        const shade = (values[row * side + column] - low) * factor + 0.5;
        rgba[to + column] = shades[shade > 0 ? (shade < SHADES ? shade | 0 : SHADES - 1) : 0];
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }

  /**
   * The data's label at a point: that of its pixel.
   * @param {number} x0
   * @param {number} x1
   */
  labelAt(x0, x1) {
    const { side, extent } = this;
    /** @param {number} x */
    const pixel = (x) => Math.min(Math.max(Math.floor(((x / extent + 1) / 2) * side), 0), side - 1);
    return this.known()[pixel(x1) * side + pixel(x0)];
  }
}

/**
 * Paints a colour bar from left to right.
 * @param {HTMLCanvasElement} canvas
 * @param {ColourMap} map
 */
export function paintBar(canvas, map) {
  const context = contextOf(canvas);
  const image = context.createImageData(SHADES, 1);
  new Uint32Array(image.data.buffer).set(map.shades);
  context.putImageData(image, 0, 0);
}
