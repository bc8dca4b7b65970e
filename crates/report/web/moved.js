// A deep network whose gates are moved: only the layers after them are evaluated.

import { BLOCK, Block, addTimes, forward } from "./network.js";

/** Numbers that may be kept: 64 MB. */
const MOST_KEPT = 2 ** 23;

/** Every node's input z at every point, under the gates of a field. */
export class Kept {
  /**
   * Whether there is room for it.
   * @param {import("./network.js").Network} network
   * @param {number} points
   */
  static fits(network, points) {
    return network.n * points <= MOST_KEPT;
  }

  /**
   * @param {import("./network.js").Network} network
   * @param {number} points
   */
  constructor(network, points) {
    this.network = network;
    this.points = points;
    this.z = Array.from({ length: network.n }, () => new Float64Array(points));
    this.block = new Block(network);
    this.active = new Float64Array(points);
  }

  /**
   * Takes a block of points that has been evaluated, from one node on.
   * @param {Block} block
   * @param {number} start
   * @param {number} count
   * @param {number} [from]
   */
  take(block, start, count, from = 0) {
    for (let i = from; i < this.z.length; i++) {
      this.z[i].set(block.z[i].subarray(0, count), start);
    }
  }

  /**
   * Calls `use(block, start, count)` with the kept z of one block after the other.
   * @param {import("./network.js").Use} use
   */
  blocks(use) {
    const { block, points } = this;
    for (let start = 0; start < points; start += BLOCK) {
      const count = Math.min(BLOCK, points - start);
      const z = this.z.map((row) => row.subarray(start, start + count));
      use({ ...block, z }, start, count);
    }
  }

  /**
   * h_i - m_i at every point, into `out`.
   * @param {number} i
   * @param {Float64Array} out
   */
  term(i, out) {
    const { value } = this.network.activation;
    const [z, mean] = [this.z[i], this.network.means[i]];
    for (let p = 0; p < z.length; p++) out[p] = value(z[p]) - mean;
    return out;
  }

  /**
   * Opens the gate of node i, which is not of the last hidden layer, by `amount`, under gates that are
   * otherwise as kept; calls `use(block, start, count)` with the logits of one block after the other.
   * @param {number} i
   * @param {number} amount
   * @param {Float64Array} gates
   * @param {import("./network.js").Use} use
   */
  each(i, amount, gates, use) {
    const { network, block, z } = this;
    const next = network.layerOf[i] + 1;
    const { inputs, outputs, weights } = network.layers[next];
    const own = i - network.first[next - 1];
    const term = this.term(i, this.active);
    for (let start = 0; start < this.points; start += BLOCK) {
      const count = Math.min(BLOCK, this.points - start);
      for (let o = 0; o < outputs; o++) {
        const node = network.first[next] + o;
        const [weight, kept, moved] = [amount * weights[o * inputs + own], z[node], block.z[node]];
        for (let p = 0; p < count; p++) moved[p] = kept[start + p] + weight * term[start + p];
      }
      this.onward(next, gates, block.z, count);
      use(block, start, count);
    }
  }

  /**
   * Keeps z under other gates: of layer k, not the last, those of `nodes` are others than before, and
   * of the layers after it any. Calls `use(block, start, count)` as `each` does.
   * @param {number} k
   * @param {number[]} nodes
   * @param {Float64Array} before
   * @param {Float64Array} gates
   * @param {import("./network.js").Use} use
   */
  move(k, nodes, before, gates, use) {
    const { network, block, points } = this;
    const { inputs, outputs, weights } = network.layers[k + 1];
    const [first, next] = [network.first[k], network.first[k + 1]];
    for (const i of nodes) {
      const term = this.term(i, this.active);
      const amount = gates[i] - before[i];
      for (let o = 0; o < outputs; o++) {
        addTimes(this.z[next + o], amount * weights[o * inputs + i - first], term, points);
      }
    }
    this.blocks(({ z }, start, count) => {
      this.onward(k + 1, gates, z, count);
      this.take(block, start, count, next + outputs);
      use(block, start, count);
    });
  }

  /**
   * Evaluates the block from layer k on, whose inputs are z.
   * @param {number} k
   * @param {Float64Array} gates
   * @param {Float64Array[]} z
   * @param {number} count
   */
  onward(k, gates, z, count) {
    const { network, block } = this;
    const { value } = network.activation;
    const first = network.first[k];
    const end = first + network.hidden[k].outputs;
    for (let node = first; node < end; node++) {
      const [row, g, gate] = [z[node], block.g[node], gates[node]];
      const rest = (1 - gate) * network.means[node];
      for (let p = 0; p < count; p++) g[p] = gate * value(row[p]) + rest;
    }
    forward(network, gates, block.g.slice(first, end), block, count, k + 1);
  }
}
