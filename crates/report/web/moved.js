// What the loss becomes if one gate of a deep network is moved: only the layers after it are evaluated.

import { BLOCK, Block, forward } from "./network.js";

/** Numbers that may be kept: 64 MB. */
const MOST_KEPT = 2 ** 23;

/** Every node's input z at every point, under the gates of a field. */
export class Kept {
  /** Whether there is room for it. */
  static fits(network, points) {
    return network.n * points <= MOST_KEPT;
  }

  constructor(network, points) {
    this.network = network;
    this.points = points;
    this.z = Array.from({ length: network.n }, () => new Float64Array(points));
    this.block = new Block(network);
  }

  /** Takes a block of points that has been evaluated. */
  take(block, start, count) {
    for (const [i, row] of this.z.entries()) row.set(block.z[i].subarray(0, count), start);
  }

  /** h_i - m_i at every point, into `out`. */
  term(i, out) {
    const { value } = this.network.activation;
    const [z, mean] = [this.z[i], this.network.means[i]];
    for (let p = 0; p < z.length; p++) out[p] = value(z[p]) - mean;
    return out;
  }

  /**
   * Opens the gate of node i, which is not of the last hidden layer, by `amount`, under gates that are
   * otherwise as kept; calls `use(block, start, count)` with the logits of one block after the other.
   */
  each(i, amount, gates, use) {
    const { network, block, z } = this;
    const { value } = network.activation;
    const next = network.layerOf[i] + 1;
    const { inputs, outputs, weights } = network.layers[next];
    const own = i - network.first[next - 1];
    const first = network.first[next];
    for (let start = 0; start < this.points; start += BLOCK) {
      const count = Math.min(BLOCK, this.points - start);
      const mean = network.means[i];
      const term = z[i].subarray(start, start + count).map((x) => amount * (value(x) - mean));
      for (let o = 0; o < outputs; o++) {
        const node = first + o;
        const [weight, kept, g] = [weights[o * inputs + own], z[node], block.g[node]];
        const rest = (1 - gates[node]) * network.means[node];
        for (let p = 0; p < count; p++) {
          g[p] = gates[node] * value(kept[start + p] + weight * term[p]) + rest;
        }
      }
      const given = block.g.slice(first, first + outputs);
      forward(network, gates, given, block, count, next + 1);
      use(block, start, count);
    }
  }
}
