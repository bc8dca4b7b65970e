// All masks at some points, layer after layer.
//
// The masks of earlier layers are a tree: each node that is switched on adds its term to the inputs of
// the layer after it, and at each leaf the next layer's tree, or the products, begin. With rectified
// linear units the last of these trees has powers of the inputs in place of them: then no mask takes an
// exponential.

import { ACTIVATIONS } from "../activations.js";
import { addTimes } from "../network.js";
import { Products } from "./products.js";

/** Room for the masks of a layer: what is given on with its nodes off, and as one after the other is on. */
class Tree {
  /**
   * @param {number} nodes
   * @param {number} size
   */
  constructor(nodes, size) {
    const room = () => new Float64Array(size);
    this.off = room();
    /** What each node adds, or multiplies by, once it is on. */
    this.terms = Array.from({ length: nodes }, room);
    this.on = Array.from({ length: nodes }, room);
  }
}

/** All masks at some points of one label, layer after layer. */
export class Walk {
  /**
   * @param {import("../network.js").Network} network
   * @param {number} label
   * @param {number} points
   * @param {import("./odds.js").Share & { sums: Float64Array }} masks with room for their summed losses
   * @param {import("./clip.js").Tell} tell
   */
  constructor(network, label, points, { bits, share, sums }, tell) {
    const { hidden, layers, last } = network;
    this.network = network;
    this.points = points;
    this.bits = bits;
    this.share = share;
    this.sums = sums;
    this.tell = tell;
    const highest = network.isShallow ? { bits, share } : { bits: 0, share: 0 };
    this.lasts = 2 ** (last.inputs - highest.bits);
    this.done = 0;
    this.products = new Products(network, label, points, highest);
    /** Activations of each layer, [o, point]. */
    this.h = hidden.map(({ outputs }) => new Float64Array(outputs * points));
    const early = hidden.slice(0, -1);
    /** For the layers before the last hidden one, with inputs z of the layer after, [o, point]. */
    this.trees = early.map(({ outputs }, k) => new Tree(outputs, layers[k + 1].outputs * points));
    /** For the last of these, with powers of z, of rectified linear units. */
    this.powers = null;
    const before = early.at(-1);
    if (before && network.activation === ACTIVATIONS.relu) {
      this.powers = new Tree(before.outputs, this.products.n * this.products.width);
    }
  }

  /** @param {Float64Array[]} columns */
  begin(columns) {
    const { inputs, outputs, weights, biases } = this.network.layers[0];
    const { points } = this;
    const z = new Float64Array(outputs * points);
    for (let o = 0; o < outputs; o++) {
      const row = z.subarray(o * points, (o + 1) * points).fill(biases[o]);
      for (let i = 0; i < inputs; i++) addTimes(row, weights[o * inputs + i], columns[i], points);
    }
    this.enter(0, z, 0);
  }

  /**
   * Everything under `mask` of the layers before k, whose inputs are z.
   * @param {number} k
   * @param {Float64Array} z
   * @param {number} mask
   */
  enter(k, z, mask) {
    const { network, products, powers } = this;
    const { value } = network.activation;
    const h = this.h[k];
    for (let at = 0; at < h.length; at++) h[at] = value(z[at]);
    if (k + 1 === network.hidden.length) {
      products.add(h, this.sums, this.place(mask), this.teller());
      return;
    }
    const tree = this.trees[k];
    this.fill(tree, k, h);
    const isLast = k + 2 === network.hidden.length;
    const byPowers = isLast && powers !== null && products.powers(tree, powers);
    const next = byPowers ? powers : tree;
    this.branch(k, 0, next, next.off, mask);
  }

  /**
   * What goes from layer k, whose activations are h, to the next one.
   * @param {Tree} tree
   * @param {number} k
   * @param {Float64Array} h
   */
  fill({ off, terms }, k, h) {
    const { network, points } = this;
    const { inputs, outputs, weights, biases } = network.layers[k + 1];
    const means = network.means.subarray(network.first[k], network.first[k] + inputs);
    for (let o = 0; o < outputs; o++) {
      const own = weights.subarray(o * inputs, (o + 1) * inputs);
      const start = means.reduce((sum, mean, i) => sum + mean * own[i], biases[o]);
      off.fill(start, o * points, (o + 1) * points);
      for (let i = 0; i < inputs; i++) {
        for (let p = 0; p < points; p++) {
          terms[i][o * points + p] = own[i] * (h[i * points + p] - means[i]);
        }
      }
    }
  }

  /**
   * Where the sums of a mask of the layers before the last hidden one begin.
   * @param {number} mask
   */
  place(mask) {
    return Math.floor(mask / 2 ** this.bits) * this.lasts;
  }

  /**
   * Node i of layer k off, and on.
   * @param {number} k
   * @param {number} i
   * @param {Tree} tree
   * @param {Float64Array} given
   * @param {number} mask
   */
  branch(k, i, tree, given, mask) {
    const { network, powers, products, bits, share } = this;
    if (i === tree.terms.length) {
      if (tree === powers) {
        products.addPowers(given, this.sums, this.place(mask), this.teller());
      } else {
        this.enter(k + 1, given, mask);
      }
      return;
    }
    const node = network.first[k] + i;
    const isShared = node < bits;
    const isOn = ((share >> node) & 1) === 1;
    if (!isShared || !isOn) this.branch(k, i + 1, tree, given, mask);
    if (isShared && !isOn) return;
    const on = tree.on[i];
    if (tree === powers) multiply(on, given, tree.terms[i]);
    else add(on, given, tree.terms[i]);
    this.branch(k, i + 1, tree, on, mask + 2 ** node);
  }

  /** Tells how much is done, for all masks of the last hidden layer at a time. */
  teller() {
    const before = this.done;
    this.done += this.lasts;
    /** @param {number} share */
    const tell = (share) => this.tell((before + share * this.lasts) / this.sums.length);
    return tell;
  }
}

/**
 * @param {Float64Array} to
 * @param {Float64Array} one
 * @param {Float64Array} other
 */
function add(to, one, other) {
  for (let at = 0; at < to.length; at++) to[at] = one[at] + other[at];
}

/**
 * @param {Float64Array} to
 * @param {Float64Array} one
 * @param {Float64Array} other
 */
function multiply(to, one, other) {
  for (let at = 0; at < to.length; at++) to[at] = one[at] * other[at];
}
