// What the page knows of the network and of its masks, unpacked; and losses of masks.

import { Field } from "../field.js";
import { gatesOf, randomMask, uniforms } from "../masks.js";
import { Network } from "../network.js";
import { numbers } from "../packed.js";

/** The smallest normal number stands for a loss that has underflowed to 0. */
const SMALLEST = 2 ** -1022;

/** Random masks whose losses say how far an axis should reach. */
const TYPICAL = 100;

/** Unpacks what the page was made with. */
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

/** ln(loss). */
export function logOf(loss) {
  return Math.log(Math.max(loss, SMALLEST));
}

/** Losses of one mask after the other, over all evaluation points. */
export class Losses {
  /** @param {any} given as unpacked */
  constructor({ network, n, columns, labels }) {
    this.n = n;
    this.labels = labels;
    this.field = new Field(network, ...columns);
  }

  /** Mean loss in nats. */
  of(mask) {
    this.field.set(gatesOf(mask, this.n));
    return this.field.loss(this.labels);
  }

  /** ln(loss). */
  log(mask) {
    return logOf(this.of(mask));
  }

  /** What removing each node that is on would change, [N]; 0 for the others. */
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
    let range = [Infinity, -Infinity];
    for (let k = 0; k < TYPICAL; k++)
      range = around(range, this.log(randomMask(this.n, 0.5, uniform)));
    return range;
  }
}

/**
 * A range that ends at halves, made wide enough for a value.
 * @param {number[]} range low and high
 * @param {number} value
 */
export function around([low, high], value) {
  return [Math.min(low, Math.floor(2 * value) / 2), Math.max(high, Math.ceil(2 * value) / 2)];
}

/** What class 0 is called. */
export function classZero({ radius, network }) {
  return radius && network.classes === 2 ? "“inside”" : "class 0";
}
