// The mean loss of all 2^N sub-networks, exactly, in float64.
//
// The loss of a point of label y is ln(1 + Σ_{c≠y} exp(z_c - z_y)), and z_c - z_y is a sum over the
// last hidden layer's nodes that are on. With these split into low and high ones, each exponential is
// a product E_low · E_high of two that are held for all masks of their half: a mask and point cost two
// multiplications and two additions, and no exponential. Of the running product Π(1 + x) over the
// points, q = Π(1 + x) - 1 is kept, so that a loss near 0 keeps its digits.
//
// The masks of earlier layers are a tree: each node that is switched on adds its term to the inputs of
// the layer after it, and at each leaf the next layer's tree, or the products, begin. With rectified
// linear units the last of these trees has powers of the inputs in place of them: then no mask takes an
// exponential.
//
// A share of the masks is all that agree in the first nodes of a first layer: nothing that is computed
// depends on how many shares there are.

import { ACTIVATIONS } from "../activations.js";
import { addTimes } from "../network.js";
import { ignore } from "./clip.js";
import { Products } from "./products.js";

/** Losses are made up to this many nodes: 2^22 of them take 32 MB. */
export const MOST_NODES = 22;

/** Nanoseconds of work beyond which it is not begun: half a minute. */
const MOST_WORK = 3e10;

/**
 * Nanoseconds that a mask of the layers before the last hidden one takes at a point, beside its own
 * masks: of rectified linear units, and of others, which take exponentials.
 */
const EACH_LEAF = { relu: 35, other: 100 };

/**
 * Whether all losses of a network are made here.
 * @param {Pick<import("../network.js").Network, "n" | "classes" | "first" | "activation">} network
 * @param {number} points
 */
export function isEnumerable(network, points) {
  const isRelu = network.activation === ACTIVATIONS.relu;
  const leaves =
    2 ** network.first[network.first.length - 1] * (isRelu ? EACH_LEAF.relu : EACH_LEAF.other);
  const work = points * (2 ** network.n * (network.classes - 1) + leaves);
  return network.n <= MOST_NODES && work <= MOST_WORK;
}

/**
 * The masks whose lowest bits are `share`, of so many bits.
 * @typedef {{ bits: number, share: number }} Share
 */

/** The share that is all masks. */
const ALL = { bits: 0, share: 0 };

/** Points that are taken through all masks together, so that their tables stay in the cache. */
const BLOCK = 256;

/** Shares are at most 2^this many. */
const MOST_BITS = 3;

/**
 * Nodes whose masks are shared out, so that each of so many processors has a share.
 * @param {import("../network.js").Network} network
 * @param {number} processors
 */
export function shareBits(network, processors) {
  const most = network.isShallow ? 0 : Math.min(MOST_BITS, network.hidden[0].outputs);
  return Math.min(most, Math.floor(Math.log2(processors)));
}

/**
 * Mean losses in nats, [2^N], bit i of the index set for node i on. `columns` are the points'
 * coordinates, a row for each input; `tell(share)` hears how much is done. With `bits` above 0 only
 * the masks whose lowest bits are `share`, [2^(N - bits)], by the bits above these.
 * @param {import("../network.js").Network} network
 * @param {Float64Array[]} columns
 * @param {ArrayLike<number>} labels
 * @param {import("./clip.js").Tell} [tell]
 * @param {Share} [share]
 */
export function allLosses(network, columns, labels, tell = ignore, { bits, share } = ALL) {
  const lasts = 2 ** network.last.inputs;
  const earlies = 2 ** (network.n - bits) / lasts;
  // [early, last], so that what is added at a time lies together.
  const sums = new Float64Array(earlies * lasts);
  let done = 0;
  for (const { label, points } of blocks(network.classes, labels)) {
    const own = columns.map((column) => Float64Array.from(points, (p) => column[p]));
    const walk = new Walk(network, label, points.length, { bits, share, sums }, (part) =>
      tell((done + part * points.length) / labels.length),
    );
    walk.begin(own);
    done += points.length;
  }
  const out = new Float64Array(sums.length);
  for (let last = 0, at = 0; last < lasts; last++) {
    for (let early = 0; early < earlies; early++, at++) {
      out[at] = sums[early * lasts + last] / labels.length;
    }
  }
  return out;
}

/**
 * All losses, of 2^bits shares in order.
 * @param {Float64Array[]} shares
 */
export function joined(shares) {
  const out = new Float64Array(shares.length * shares[0].length);
  for (const [share, losses] of shares.entries()) {
    for (let k = 0; k < losses.length; k++) out[k * shares.length + share] = losses[k];
  }
  return out;
}

/**
 * The points of each label, at most BLOCK together.
 * @param {number} classes
 * @param {ArrayLike<number>} labels
 */
function blocks(classes, labels) {
  return [...Array(classes).keys()].flatMap((label) => {
    const points = Array.from(labels, (_, p) => p).filter((p) => labels[p] === label);
    const count = Math.ceil(points.length / BLOCK);
    return Array.from({ length: count }, (_, k) => ({
      label,
      points: points.slice(k * BLOCK, (k + 1) * BLOCK),
    }));
  });
}

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
class Walk {
  /**
   * @param {import("../network.js").Network} network
   * @param {number} label
   * @param {number} points
   * @param {Share & { sums: Float64Array }} masks with room for their summed losses
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
    this.lasts = 2 ** last.inputs;
    this.done = 0;
    this.products = new Products(network, label, points);
    /** Activations of each layer, [o, point]. */
    this.h = hidden.map(({ outputs }) => new Float64Array(outputs * points));
    const early = hidden.slice(0, -1);
    /** For the layers before the last hidden one, with inputs z of the layer after, [o, point]. */
    this.trees = early.map(({ outputs }, k) => new Tree(outputs, layers[k + 1].outputs * points));
    /** For the last of these, with powers of z, of rectified linear units. */
    this.powers = null;
    const before = early.at(-1);
    if (before && network.activation === ACTIVATIONS.relu) {
      this.powers = new Tree(before.outputs, this.products.factors.length);
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
