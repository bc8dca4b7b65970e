// The mean loss of all 2^N sub-networks, exactly, in float64.
//
// The loss of a point of label y is ln(1 + Σ_{c≠y} exp(z_c - z_y)), and z_c - z_y is a sum over the
// last hidden layer's nodes that are on. With these split into low and high ones, each exponential is
// a product E_low · E_high of two that are held for all masks of their half: a mask and point cost two
// multiplications and two additions, and no exponential. Of the running product Π(1 + x) over the
// points, q = Π(1 + x) - 1 is kept, so that a loss near 0 keeps its digits.
//
// The masks of earlier layers are a tree: each node that is switched on adds its term to the inputs of
// the layer after it, and at each leaf the next layer's tree, or the products, begin.

import { ignore } from "./clip.js";
import { Products } from "./products.js";

/** Losses are made up to this many nodes: 2^22 of them take 32 MB. */
export const MOST_NODES = 22;

/** Nanoseconds of work beyond which it is not begun: half a minute. */
const MOST_WORK = 3e10;

/** Nanoseconds that a mask of the layers before the last hidden one takes at a point, beside its own masks. */
const EACH_LEAF = 100;

/** Whether all losses of a network are made here. */
export function isEnumerable(network, points) {
  const leaves = 2 ** network.first.at(-1) * EACH_LEAF;
  const work = points * (2 ** network.n * (network.classes - 1) + leaves);
  return network.n <= MOST_NODES && work <= MOST_WORK;
}

/**
 * Mean losses in nats, [2^N], bit i of the index set for node i on. `columns` are the points'
 * coordinates, a row for each input; `tell(share)` hears how much is done.
 */
export function allLosses(network, columns, labels, tell = ignore) {
  const out = new Float64Array(2 ** network.n);
  const walk = new Walk(network, columns, labels, out, tell);
  walk.enter(0, walk.activated(0, walk.inputs(columns)), 0);
  for (let mask = 0; mask < out.length; mask++) out[mask] /= labels.length;
  return out;
}

/** The masks of all layers, one after the other. */
class Walk {
  constructor(network, columns, labels, out, tell) {
    this.network = network;
    this.out = out;
    this.tell = tell;
    this.points = labels.length;
    this.early = network.first[network.hidden.length - 1];
    this.products = new Products(network, labels);
    this.rows = (count) => Array.from({ length: count }, () => new Float64Array(this.points));
    /** Activations of each layer, and for each node what is handed on once it is decided. */
    this.h = network.hidden.map((layer) => this.rows(layer.outputs));
    this.z = network.layerOf.map((k) =>
      k + 1 < network.hidden.length ? this.rows(network.layers[k + 1].outputs) : null,
    );
    this.done = 0;
  }

  /** Inputs z of the first layer. */
  inputs(columns) {
    const { inputs, outputs, weights, biases } = this.network.layers[0];
    const z = this.rows(outputs);
    for (const [o, row] of z.entries()) {
      row.fill(biases[o]);
      for (let i = 0; i < inputs; i++) addTimes(row, row, weights[o * inputs + i], columns[i], 0);
    }
    return z;
  }

  activated(k, z) {
    const { value } = this.network.activation;
    for (const [o, row] of z.entries()) {
      const h = this.h[k][o];
      for (let p = 0; p < h.length; p++) h[p] = value(row[p]);
    }
    return this.h[k];
  }

  /** Everything under the masks of the layers before k, `mask`, whose activations are h. */
  enter(k, h, mask) {
    const { network, products, early, out } = this;
    if (k + 1 === network.hidden.length) {
      const all = 2 ** network.layers[k].outputs;
      products.add(h, out, mask, 2 ** early, (share) =>
        this.tell((this.done + share * all) / out.length),
      );
      this.done += all;
      return;
    }
    const { inputs, outputs, weights, biases } = network.layers[k + 1];
    const means = network.means.subarray(network.first[k], network.first[k] + inputs);
    const z = this.rows(outputs);
    for (const [o, row] of z.entries()) {
      row.fill(means.reduce((sum, mean, i) => sum + weights[o * inputs + i] * mean, biases[o]));
    }
    this.branch(k, 0, h, z, mask);
  }

  /** Node i of layer k off, and on. */
  branch(k, i, h, z, mask) {
    const { network } = this;
    const { inputs, outputs, weights } = network.layers[k + 1];
    if (i === inputs) {
      this.enter(k + 1, this.activated(k + 1, z), mask);
      return;
    }
    this.branch(k, i + 1, h, z, mask);
    const node = network.first[k] + i;
    const on = this.z[node];
    for (let o = 0; o < outputs; o++) {
      addTimes(on[o], z[o], weights[o * inputs + i], h[i], network.means[node]);
    }
    this.branch(k, i + 1, h, on, mask + 2 ** node);
  }
}

/** to = from + weight × (row - mean). */
function addTimes(to, from, weight, row, mean) {
  for (let p = 0; p < to.length; p++) to[p] = from[p] + weight * (row[p] - mean);
}
