// Losses of random sub-networks, where all are too many.

import { ignore } from "./clip.js";
import { randomMask, gatesOf, uniforms } from "../masks.js";
import { Field } from "../field.js";

/** How many are drawn, where they are quick, and at least. */
const MOST = 4096;
const LEAST = 256;

/** Multiplications that all of them may take: some seconds. */
const MOST_WORK = 6e9;

/**
 * Losses of random masks, each node on with probability ½, in ascending order.
 * @param {import("../network.js").Network} network
 * @param {Float64Array[]} columns
 * @param {ArrayLike<number>} labels
 * @param {import("./clip.js").Tell} [tell]
 */
export function sampledLosses(network, columns, labels, tell = ignore) {
  const each = network.weightCount * labels.length;
  const count = Math.round(Math.min(MOST, Math.max(LEAST, MOST_WORK / each)));
  const field = new Field(network, ...columns);
  const uniform = uniforms(1);
  const losses = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const mask = randomMask(network.n, 0.5, uniform);
    losses[k] = field.lossAt(gatesOf(mask, network.n), labels);
    tell((k + 1) / count);
  }
  return losses.sort();
}
