// What the page knows of the network and of its masks, unpacked; and losses of masks.

import { Field } from "../field.js";
import { gatesOf, randomMask, uniforms } from "../masks.js";
import { Network } from "../network.js";
import { numbers } from "../packed.js";

/** The smallest normal number stands for a loss that has underflowed to 0. */
const SMALLEST = 2 ** -1022;

/** Random masks whose losses say how far an axis should reach. */
const TYPICAL = 100;

/**
 * The best mask of a size.
 * @typedef {{ size: number, mask: string, loss: number, proven: boolean }} Best
 */

/**
 * The mean correlation over other networks, by the place of the output bias in standard deviations;
 * `cell` says how wide they are.
 * @typedef {{ cell: string, networks: number, places: { at: number, value: number }[] }} Centring
 */

/**
 * What the page was made with; numbers are packed.
 * @typedef {object} Packed
 * @property {import("../network.js").PlainNetwork} network
 * @property {{ type: "Float32" | "Float64", coordinates: string, labels: string }} points
 * @property {number | null} extent half the side of the plane, of a network with two inputs
 * @property {number | null} radius of the data's circle, if it is one
 * @property {import("../colours.js").Colours} colours
 * @property {number[] | null} covariance of ln(loss) along flip paths, exact, [N + 1]
 * @property {number | null} reversal exact correlation of ln(loss) with that of the reversal
 * @property {Best[] | null} sizes
 * @property {number[] | null} medians of the losses of each size, [N + 1]
 * @property {Centring | null} centring
 */

/**
 * What is known of the network itself and of its points; `full` is the mask with every node on.
 * @typedef {object} Subject
 * @property {Network} network
 * @property {number} n
 * @property {Float64Array[]} columns
 * @property {Uint16Array} labels
 * @property {bigint} full
 */

/** @typedef {Omit<Packed, "network"> & Subject} Given as unpacked */

/** @typedef {[low: number, high: number]} Range */

/**
 * Unpacks what the page was made with.
 * @param {Packed} data
 * @returns {Given}
 */
export function unpack(data) {
  const network = new Network(data.network);
  const { inputs } = network.layers[0];
  const coordinates = numbers(data.points.coordinates, data.points.type);
  const labels = Uint16Array.from(numbers(data.points.labels, "Uint16"));
  const columns = Array.from({ length: inputs }, (_, d) =>
    Float64Array.from(labels, (_label, k) => coordinates[k * inputs + d]),
  );
  const { n } = network;
  return { ...data, network, n, columns, labels, full: (1n << BigInt(n)) - 1n };
}

/**
 * ln(loss).
 * @param {number} loss
 */
export function logOf(loss) {
  return Math.log(Math.max(loss, SMALLEST));
}

/** Losses of one mask after the other, over all evaluation points. */
export class Losses {
  /** @param {Omit<Subject, "full">} subject */
  constructor({ network, n, columns, labels }) {
    this.n = n;
    this.labels = labels;
    this.field = new Field(network, ...columns);
  }

  /**
   * Mean loss in nats.
   * @param {bigint} mask
   */
  of(mask) {
    this.field.set(gatesOf(mask, this.n));
    return this.field.loss(this.labels);
  }

  /**
   * ln(loss).
   * @param {bigint} mask
   */
  log(mask) {
    return logOf(this.of(mask));
  }

  /**
   * What removing each node that is on would change, [N]; 0 for the others.
   * @param {bigint} mask
   */
  removals(mask) {
    const loss = this.of(mask);
    const gates = gatesOf(mask, this.n);
    return Array.from(gates, (gate, i) =>
      gate === 0 ? 0 : this.field.lossWith(i, 0, this.labels) - loss,
    );
  }

  /** Where ln(loss) of random masks lies, [low, high] in halves. */
  typical() {
    const uniform = uniforms(TYPICAL);
    /** @type {Range} */
    let range = [Infinity, -Infinity];
    for (let k = 0; k < TYPICAL; k++)
      range = around(range, this.log(randomMask(this.n, 0.5, uniform)));
    return range;
  }
}

/**
 * A range that ends at halves, made wide enough for a value.
 * @param {Range} range
 * @param {number} value
 * @returns {Range}
 */
export function around([low, high], value) {
  return [Math.min(low, Math.floor(2 * value) / 2), Math.max(high, Math.ceil(2 * value) / 2)];
}

/**
 * What class 0 is called.
 * @param {Pick<Given, "radius" | "network">} given
 */
export function classZero({ radius, network }) {
  return radius && network.classes === 2 ? "“inside”" : "class 0";
}
