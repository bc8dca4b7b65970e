// The mean loss of all 2^N sub-networks, exactly, in float64.
//
// The loss of a point of label y is ln(1 + Σ_{c≠y} exp(z_c - z_y)), and z_c - z_y is a sum over the
// last hidden layer's nodes that are on. With these split into low and high ones, each exponential is
// a product E_low · E_high of two that are held for all masks of their half: a mask and point cost two
// multiplications and two additions, and no exponential. Of the running product Π(1 + x) over the
// points, q = Π(1 + x) - 1 is kept, so that a loss near 0 keeps its digits.
//
// The masks of earlier layers are walked through, see walk.js.
//
// A share of the masks is all that agree in the first nodes of a first layer, or in the last nodes of
// an only one: nothing that is computed depends on how many shares there are.

import { ACTIVATIONS } from "../activations.js";
import { ignore } from "./clip.js";
import { halves } from "./products.js";
import { Walk } from "./walk.js";

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
 * The masks whose lowest bits are `share`, of so many bits; with one hidden layer, whose highest are.
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
  const nodes = network.isShallow ? halves(network.n).high : network.hidden[0].outputs;
  return Math.min(MOST_BITS, nodes, Math.floor(Math.log2(processors)));
}

/**
 * Mean losses in nats, [2^N], bit i of the index set for node i on. `columns` are the points'
 * coordinates, a row for each input; `tell(share)` hears how much is done. With `bits` above 0 only
 * the masks of a share, [2^(N - bits)], by the other bits.
 * @param {import("../network.js").Network} network
 * @param {Float64Array[]} columns
 * @param {ArrayLike<number>} labels
 * @param {import("./clip.js").Tell} [tell]
 * @param {Share} [share]
 */
export function allLosses(network, columns, labels, tell = ignore, { bits, share } = ALL) {
  const lasts = 2 ** (network.last.inputs - (network.isShallow ? bits : 0));
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
 * @param {boolean} isShallow
 */
export function joined(shares, isShallow) {
  if (shares.length === 1) return shares[0];
  const own = shares[0].length;
  const out = new Float64Array(shares.length * own);
  for (const [share, losses] of shares.entries()) {
    if (isShallow) out.set(losses, share * own);
    else for (let k = 0; k < own; k++) out[k * shares.length + share] = losses[k];
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
