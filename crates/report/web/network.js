// The network under a mask of gates, at many points at once, in float64.
//
// Hidden layers are z = W g + c, h = a(z), and node i hands on g_i = b_i h_i + (1 - b_i) m_i:
// b_i is its gate, m_i what stands in for it when it is removed (0, or its mean activation).

import { ACTIVATIONS } from "./activations.js";

/** Points that are taken through the layers together; their activations stay in the cache. */
export const BLOCK = 1024;

/**
 * Weights are [outputs × inputs].
 * @typedef {{ inputs: number, outputs: number, weights: Float64Array, biases: Float64Array }} Layer
 */

/**
 * A layer as it is read or sent.
 * @typedef {object} PlainLayer
 * @property {number} inputs
 * @property {number} outputs
 * @property {ArrayLike<number>} weights
 * @property {ArrayLike<number>} biases
 */

/**
 * @typedef {object} PlainNetwork
 * @property {PlainLayer[]} layers
 * @property {ArrayLike<number>} means [N]
 * @property {import("./activations.js").ActivationName} [activation]
 */

/**
 * Uses a block of points, of which it has so many from `start` on.
 * @typedef {(block: Block, start: number, count: number) => void} Use
 */

/** A fully connected network. */
export class Network {
  /**
   * `layers` are { inputs, outputs, weights [outputs × inputs], biases }; `means` is [N]; `activation`
   * is the name of what stands between the layers.
   * @param {PlainNetwork} plain
   */
  constructor({ layers, means, activation = "relu" }) {
    /** The network as it may be handed to a worker. */
    this.plain = { layers, means, activation };
    this.activation = ACTIVATIONS[activation];
    this.layers = layers.map((layer) => ({
      ...layer,
      weights: Float64Array.from(layer.weights),
      biases: Float64Array.from(layer.biases),
    }));
    this.means = Float64Array.from(means);
    this.n = this.means.length;
    this.hidden = this.layers.slice(0, -1);
    this.last = this.layers[this.layers.length - 1];
    this.classes = this.last.outputs;
    this.isShallow = this.hidden.length === 1;
    /**
     * First node of each hidden layer.
     * @type {number[]}
     */
    this.first = [];
    /**
     * Hidden layer of each node.
     * @type {number[]}
     */
    this.layerOf = [];
    for (const [k, layer] of this.hidden.entries()) {
      this.first.push(this.layerOf.length);
      for (let o = 0; o < layer.outputs; o++) this.layerOf.push(k);
    }
    this.weightCount = this.layers.reduce((sum, layer) => sum + layer.weights.length, 0);
  }
}

/** Room for a block of points on its way through the layers. */
export class Block {
  /**
   * @param {Network} network
   * @param {number} [size]
   */
  constructor(network, size = BLOCK) {
    /** @param {number} count */
    const rows = (count) => Array.from({ length: count }, () => new Float64Array(size));
    this.z = rows(network.n);
    this.g = rows(network.n);
    this.logits = rows(network.classes);
    this.up = rows(Math.max(network.classes, ...network.hidden.map((layer) => layer.outputs)));
    this.down = rows(this.up.length);
  }
}

/**
 * Adds `weight` × `from` to `to`.
 * @param {Float64Array} to
 * @param {number} weight
 * @param {Float64Array} from
 * @param {number} count
 */
export function addTimes(to, weight, from, count) {
  for (let p = 0; p < count; p++) to[p] += weight * from[p];
}

/**
 * to[p] += Σ_i weights[i] × rows[i][p], four rows at a time: each pass costs a read and a write.
 * @param {Float64Array} to
 * @param {ArrayLike<number>} weights
 * @param {Float64Array[]} rows
 * @param {number} count
 */
export function addRows(to, weights, rows, count) {
  let i = 0;
  for (; i + 4 <= rows.length; i += 4) {
    const [r0, r1, r2, r3] = [rows[i], rows[i + 1], rows[i + 2], rows[i + 3]];
    const [w0, w1, w2, w3] = [weights[i], weights[i + 1], weights[i + 2], weights[i + 3]];
    for (let p = 0; p < count; p++) to[p] += w0 * r0[p] + w1 * r1[p] + w2 * r2[p] + w3 * r3[p];
  }
  for (; i < rows.length; i++) addTimes(to, weights[i], rows[i], count);
}

/**
 * Fills a block's pre-activations z, outputs g and logits; from layer `from` on, which `given` enters.
 * @param {Network} network
 * @param {Float64Array} gates [N]
 * @param {Float64Array[]} given
 * @param {Block} block
 * @param {number} count
 * @param {number} [from]
 */
export function forward(network, gates, given, block, count, from = 0) {
  const { value } = network.activation;
  for (const [k, layer] of network.layers.entries()) {
    if (k < from) continue;
    const isLast = layer === network.last;
    const first = isLast ? 0 : network.first[k];
    for (let o = 0; o < layer.outputs; o++) {
      const z = isLast ? block.logits[o] : block.z[first + o];
      z.fill(layer.biases[o], 0, count);
      for (let i = 0; i < layer.inputs; i++) {
        const node = k > 0 ? network.first[k - 1] + i : -1;
        // A node that is off hands on nothing, or a constant.
        if (node >= 0 && gates[node] === 0) {
          const constant = layer.weights[o * layer.inputs + i] * network.means[node];
          if (constant !== 0) for (let p = 0; p < count; p++) z[p] += constant;
        } else {
          addTimes(z, layer.weights[o * layer.inputs + i], given[i], count);
        }
      }
      if (!isLast) {
        const g = block.g[first + o];
        const gate = gates[first + o];
        const rest = (1 - gate) * network.means[first + o];
        for (let p = 0; p < count; p++) g[p] = gate * value(z[p]) + rest;
      }
    }
    if (!isLast) given = block.g.slice(first, first + layer.outputs);
  }
}

/**
 * Takes `block.up` back through the layers, and adds what each gate is worth to `gradient`.
 * @param {Network} network
 * @param {Float64Array} gates [N]
 * @param {Block} block
 * @param {number} count
 * @param {Float64Array} gradient [N]
 */
export function backward(network, gates, block, count, gradient) {
  const { value, slope } = network.activation;
  for (let k = network.hidden.length - 1; k >= 0; k--) {
    const above = network.layers[k + 1];
    const first = network.first[k];
    const column = new Float64Array(above.outputs);
    for (let i = 0; i < above.inputs; i++) {
      const node = first + i;
      const down = block.down[i].fill(0, 0, count);
      for (let o = 0; o < above.outputs; o++) column[o] = above.weights[o * above.inputs + i];
      addRows(down, column, block.up.slice(0, above.outputs), count);
      const z = block.z[node];
      let sum = 0;
      for (let p = 0; p < count; p++) {
        sum += down[p] * (value(z[p]) - network.means[node]);
        down[p] *= gates[node] * slope(z[p]);
      }
      gradient[node] += sum;
    }
    [block.up, block.down] = [block.down, block.up];
  }
}

/**
 * ∂logit/∂b_i at every point of a block, per class.
 * @param {Network} network
 * @param {Float64Array} gates [N]
 * @param {number} i
 * @param {Block} block
 * @param {number} count
 */
export function tangent(network, gates, i, block, count) {
  const { value, slope } = network.activation;
  const k = network.layerOf[i];
  const own = i - network.first[k];
  let given = block.up.slice(0, network.hidden[k].outputs).map((row) => row.fill(0, 0, count));
  for (let p = 0; p < count; p++) {
    given[own][p] = value(block.z[i][p]) - network.means[i];
  }
  let [room, other] = [block.down, block.up];
  for (const [j, layer] of network.layers.entries()) {
    if (j <= k) continue;
    const out = room.slice(0, layer.outputs);
    for (const [o, row] of out.entries()) {
      row.fill(0, 0, count);
      for (let q = 0; q < layer.inputs; q++) {
        addTimes(row, layer.weights[o * layer.inputs + q], given[q], count);
      }
      if (layer === network.last) continue;
      const node = network.first[j] + o;
      for (let p = 0; p < count; p++) row[p] *= gates[node] * slope(block.z[node][p]);
    }
    given = out;
    [room, other] = [other, room];
  }
  return given;
}

/**
 * Every node's input z at one point under the given gates: on its line it is 0.
 * @param {Network} network
 * @param {Float64Array} gates [N]
 * @param {number} x0
 * @param {number} x1
 */
export function preActivations(network, gates, x0, x1) {
  const block = new Block(network, 1);
  forward(network, gates, [Float64Array.of(x0), Float64Array.of(x1)], block, 1);
  return block.z.map((row) => row[0]);
}

/**
 * Pre-activations of every node at many points, [N] rows.
 * @param {Network} network
 * @param {Float64Array} gates [N]
 * @param {Float64Array} x0
 * @param {Float64Array} x1
 */
export function allPreActivations(network, gates, x0, x1) {
  const block = new Block(network, x0.length);
  forward(network, gates, [x0, x1], block, x0.length);
  return block.z;
}
