// Margins of random masks and their reversals, and their losses with the output bias moved.
//
// A point's loss is ln(1 + exp(s)), s = y (z + d): z = z_1 - z_0 under a mask, y = 1 where the label is 0
// and -1 where it is 1, d what the bias is moved by. exp(y z) is kept, so that a move of the bias costs a
// multiplication for each mask and point, and sums of logarithms are logarithms of products.

import { Field } from "../field.js";
import { gatesOf, randomMask, uniforms } from "../masks.js";
import { logOf } from "./given.js";

/** The exponent up to which a product of numbers is finite. */
const MOST_EXPONENT = 700;

/** How far from its best place the bias is moved, in standard deviations of the margin. */
export const REACH = 2;

/** Steps of Newton's method; some five are enough. */
const MOST_STEPS = 60;

/** The margins of pairs of masks. Two classes. */
export class Margins {
  /**
   * @param {import("./given.js").Subject} subject
   * @param {number} pairs
   */
  constructor({ network, n, full, columns, labels }, pairs) {
    this.n = n;
    this.full = full;
    this.labels = labels;
    this.field = new Field(network, ...columns);
    this.uniform = uniforms(1);
    this.count = labels.length;
    this.pairs = pairs;
    this.done = 0;
    /** exp(y z), [2 × pairs × points]: a mask, its reversal, and so on. */
    this.odds = new Float64Array(2 * pairs * this.count);
    this.sums = new Float64Array(this.count);
    this.squares = new Float64Array(this.count);
    this.largest = 0;
    this.factors = new Float64Array(this.count);
    // What `settle` tells.
    this.sd = 0;
    this.shift = 0;
    this.offset = 0;
    /** Points whose product stays finite. */
    this.together = 0;
  }

  /** Adds a random mask, each node on with probability ½, and its reversal. */
  addPair() {
    const mask = randomMask(this.n, 0.5, this.uniform);
    this.add(mask, 2 * this.done);
    this.add(this.full ^ mask, 2 * this.done + 1);
    this.done++;
  }

  /**
   * @param {bigint} mask
   * @param {number} row
   */
  add(mask, row) {
    const { field, labels, odds, sums, squares, count } = this;
    field.set(gatesOf(mask, this.n));
    const [zero, one] = field.logits;
    for (let p = 0; p < count; p++) {
      const z = one[p] - zero[p];
      sums[p] += z;
      squares[p] += z * z;
      this.largest = Math.max(this.largest, Math.abs(z));
      odds[row * count + p] = Math.exp(labels[p] === 0 ? z : -z);
    }
  }

  /**
   * When all pairs are there: `sd`, the root mean square over points of the margin's standard deviation
   * over masks, and `shift`, the d at which the mean loss is least; `offset` is where the network's own
   * bias lies from there, in units of sd. False if it cannot be told in numbers.
   */
  settle() {
    const masks = 2 * this.pairs;
    let variance = 0;
    for (let p = 0; p < this.count; p++) {
      variance += (this.squares[p] / masks - (this.sums[p] / masks) ** 2) / this.count;
    }
    this.sd = Math.sqrt(variance);
    this.shift = this.best();
    this.offset = -this.shift / this.sd;
    // 1 + exp(s) is below exp(|s| + 1).
    const most = this.largest + Math.abs(this.shift) + REACH * this.sd + 1;
    this.together = Math.floor(MOST_EXPONENT / most);
    return this.sd > 0 && this.together >= 1;
  }

  /** The d that makes the mean loss least, by Newton's method: the mean loss is convex in d. */
  best() {
    const { odds, labels, count } = this;
    let shift = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      this.factorise(shift);
      let [slope, bend] = [0, 0];
      for (let k = 0, p = 0; k < odds.length; k++, p = p + 1 < count ? p + 1 : 0) {
        const wrong = 1 - 1 / (1 + odds[k] * this.factors[p]);
        slope += labels[p] === 0 ? wrong : -wrong;
        bend += wrong * (1 - wrong);
      }
      const move = -slope / bend;
      shift += Math.max(-this.sd, Math.min(this.sd, move));
      if (!(Math.abs(move) > 1e-9 * this.sd)) break;
    }
    return shift;
  }

  /**
   * exp(y d) at every point.
   * @param {number} shift d
   */
  factorise(shift) {
    const [up, down] = [Math.exp(shift), Math.exp(-shift)];
    for (let p = 0; p < this.count; p++) this.factors[p] = this.labels[p] === 0 ? up : down;
  }

  /**
   * ln(loss) of the masks and of their reversals, with the bias so many sd from its best place.
   * @param {number} offset
   */
  logLosses(offset) {
    const { odds, factors, count, together } = this;
    this.factorise(this.shift + offset * this.sd);
    const logs = [0, 1].map(() => new Float64Array(this.pairs));
    for (let row = 0; row < 2 * this.pairs; row++) {
      let sum = 0;
      for (let p = 0, from = row * count; p < count;) {
        let product = 1;
        for (const end = Math.min(p + together, count); p < end; p++) {
          product *= 1 + odds[from + p] * factors[p];
        }
        sum += Math.log(product);
      }
      logs[row % 2][row >> 1] = logOf(sum / count);
    }
    return logs;
  }
}
