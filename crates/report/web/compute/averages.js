// Averages over all masks of the last hidden layer, each node on with probability ½, exactly and at
// any width; the nodes before it stay on. For two classes.
//
// The loss of a point is softplus(s), s = k + Σ b_i a_i the margin by which it is wrong. For
// z = c + it with 0 < c < 1, softplus(s) = 1/2π ∫ e^{zs} π / (z sin πz) dt, so that its mean is
// the integral of a product over nodes, e^{zk} Π (1 + e^{z a_i})/2, summed by the trapezoid rule. A
// node's effect, the mean with it on less that with it off (its Banzhaf value), has e^{z a_i} - 1 in
// place of its factor. Derivation and bounds: `hypercube::averages`.
//
// With α_i = 1/(1 + e^{c a_i}) and β_i = 1 - α_i the product is e^{Λ(c)} Φ(t),
// Λ(c) = ck + Σ ln((1 + e^{c a_i})/2), Φ(t) = e^{itk} Π (α_i + β_i e^{it a_i}), |Φ| ≤ 1.

import { Field } from "../field.js";
import { ignore } from "./clip.js";

/** What a point's mean may be off by. */
const TOLERANCE = 1e-12;

/** More steps than this are not taken. */
const MOST_STEPS = 1 << 16;

/** Nodes times points beyond this take too long. */
const MOST_WORK = 2e6;

/**
 * k + Σ b_i a_i, by which a point is wrong, and which node each a_i is of.
 * @typedef {{ k: number, a: number[], nodes: number[] }} Margin
 */

/**
 * ln((1 + e^x)/2).
 * @param {number} x
 */
function logHalf(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - Math.LN2;
}

/**
 * Λ(c).
 * @param {Pick<Margin, "k" | "a">} margin
 * @param {number} c
 */
function logMean({ k, a }, c) {
  return a.reduce((sum, own) => sum + logHalf(c * own), c * k);
}

/**
 * The c in (0, 0.75) at which Λ(c) - ln(c sin πc) is least: it is convex.
 * @param {Margin} margin
 */
function lowest(margin) {
  /** @param {number} c */
  const slope = (c) => {
    const own = margin.a.reduce((sum, a) => sum + a / (1 + Math.exp(-c * a)), margin.k);
    return own - 1 / c - Math.PI / Math.tan(Math.PI * c);
  };
  let [low, high] = [1e-3, 0.75];
  // It need not be found exactly.
  for (let k = 0; k < 12; k++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Where and how far the integral is summed: { c, scale, h, steps, error }.
 * @param {Margin} margin
 */
function rule(margin) {
  const c = lowest(margin);
  const share = TOLERANCE / 4;
  const scale = Math.exp(logMean(margin, c));
  // Aliasing, bounded from one place below c and from one above: e^{Λ(c')}/c' q/(1 - q).
  const sides = [0.3 * c, c + 0.6 * (1 - c)].map((place) => ({
    gap: Math.abs(place - c),
    bound: logMean(margin, place) - Math.log(place),
  }));
  const enough = sides.map(({ gap, bound }) => Math.max((bound - Math.log(share)) / gap, 1 / gap));
  const period = 1.01 * Math.max(...enough);
  const aliasing = sides.reduce((sum, { gap, bound }) => {
    const decay = gap * period;
    return sum + Math.exp(bound - decay) / (1 - Math.exp(-decay));
  }, 0);
  const end = Math.max((Math.log(scale) - Math.log(share)) / Math.PI, 1);
  const steps = Math.min(Math.ceil((end * period) / (2 * Math.PI)) + 1, MOST_STEPS);
  const h = (2 * Math.PI) / period;
  const last = h * (steps - 1);
  const tail = (2 * Math.exp(-Math.PI * last)) / (Math.PI * last);
  const error = aliasing + (scale * tail) / (1 - Math.exp(-2 * Math.PI * last));
  return { c, scale, h, steps, error };
}

/** A point's mean, and what each node of its margin adds to `effects`. */
class Point {
  /** @param {number} n */
  constructor(n) {
    const room = () => new Float64Array(n + 1);
    /** Tilted probabilities of each node to be off and on. */
    this.alpha = room();
    this.beta = room();
    /** e^{it a_i}, and what one step turns it by. */
    this.re = room();
    this.im = room();
    this.turnRe = room();
    this.turnIm = room();
    /** The product of the kernel and the factors before each node. */
    this.frontRe = room();
    this.frontIm = room();
  }

  /**
   * Adds the nodes' effects; returns the mean and a bound on its error.
   * @param {Margin} margin
   * @param {Float64Array} effects
   * @returns {[number, number]}
   */
  mean(margin, effects) {
    const { a, k, nodes } = margin;
    const { c, scale, h, steps, error } = rule(margin);
    const { alpha, beta, re, im, turnRe, turnIm } = this;
    for (let i = 0; i < a.length; i++) {
      alpha[i] = 1 / (1 + Math.exp(c * a[i]));
      beta[i] = 1 / (1 + Math.exp(-c * a[i]));
      [re[i], im[i]] = [1, 0];
      [turnRe[i], turnIm[i]] = [Math.cos(h * a[i]), Math.sin(h * a[i])];
    }
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      const t = h * step;
      const [kernelRe, kernelIm] = kernel(c, t, k, (step === 0 ? 0.5 : 1) * scale * h);
      sum += this.step(a.length, kernelRe, kernelIm, nodes, effects);
    }
    return [sum, error];
  }

  /**
   * One term of the sum: the kernel times all factors; and on to the next t.
   * @param {number} count
   * @param {number} kernelRe
   * @param {number} kernelIm
   * @param {number[]} nodes
   * @param {Float64Array} effects
   */
  step(count, kernelRe, kernelIm, nodes, effects) {
    const { alpha, beta, re, im, turnRe, turnIm, frontRe, frontIm } = this;
    let [x, y] = [kernelRe, kernelIm];
    for (let i = 0; i < count; i++) {
      frontRe[i] = x;
      frontIm[i] = y;
      const [u, v] = [alpha[i] + beta[i] * re[i], beta[i] * im[i]];
      const next = x * u - y * v;
      y = x * v + y * u;
      x = next;
    }
    const term = x;
    // The factors after each node, from the last on.
    let [backRe, backIm] = [1, 0];
    for (let i = count - 1; i >= 0; i--) {
      const both = frontRe[i] * backRe - frontIm[i] * backIm;
      const bothIm = frontRe[i] * backIm + frontIm[i] * backRe;
      // With its factor (1 + e^{za})/2: e^{ca} and 1 over it are 2β and 2α.
      const on = 2 * beta[i] * (both * re[i] - bothIm * im[i]);
      effects[nodes[i]] += on - 2 * alpha[i] * both;
      const [u, v] = [alpha[i] + beta[i] * re[i], beta[i] * im[i]];
      const back = backRe * u - backIm * v;
      backIm = backRe * v + backIm * u;
      backRe = back;
      const turned = re[i] * turnRe[i] - im[i] * turnIm[i];
      im[i] = re[i] * turnIm[i] + im[i] * turnRe[i];
      re[i] = turned;
    }
    return term;
  }
}

/**
 * size × e^{itk} / (z sin πz) at z = c + it: with e = e^{-πt}, sin πz is (x + iy)/e.
 * @param {number} c
 * @param {number} t
 * @param {number} k
 * @param {number} size
 * @returns {[number, number]}
 */
function kernel(c, t, k, size) {
  const e = Math.exp(-Math.PI * t);
  const x = 0.5 * Math.sin(Math.PI * c) * (1 + e * e);
  const y = 0.5 * Math.cos(Math.PI * c) * (1 - e * e);
  const [re, im] = [c * x - t * y, c * y + t * x];
  const [cos, sin] = [Math.cos(t * k), Math.sin(t * k)];
  const factor = (size * e) / (re * re + im * im);
  return [factor * (cos * re + sin * im), factor * (sin * re - cos * im)];
}

/**
 * Whether averages are computed here.
 * @param {import("../network.js").Network} network
 * @param {number} points
 */
export function hasAverages(network, points) {
  return network.classes === 2 && network.last.inputs * points <= MOST_WORK;
}

/**
 * Activations of the last hidden layer with all nodes on, a row for each node.
 * @param {import("../network.js").Network} network
 * @param {Float64Array[]} columns
 */
function lastActivations(network, columns) {
  const { inputs } = network.last;
  const field = new Field(network, ...columns);
  const rows = Array.from({ length: inputs }, () => new Float64Array(field.count));
  field.each(new Float64Array(network.n).fill(1), (block, start, count) => {
    for (const [i, row] of rows.entries()) {
      row.set(block.g[network.n - inputs + i].subarray(0, count), start);
    }
  });
  return rows;
}

/**
 * The mean loss over all masks of the last hidden layer, and each of its nodes' effect on it: { mean,
 * error, effects [n] }, in nats; no value is off by more than `error`, rounding apart.
 * @param {import("../network.js").Network} network
 * @param {Float64Array[]} columns
 * @param {ArrayLike<number>} labels
 * @param {import("./clip.js").Tell} [tell]
 */
export function averages(network, columns, labels, tell = ignore) {
  const { n, means } = network;
  const { inputs, weights, biases } = network.last;
  const h = lastActivations(network, columns);
  const effects = new Float64Array(inputs);
  const point = new Point(inputs);
  let [mean, error] = [0, 0];
  for (let p = 0; p < labels.length; p++) {
    const sign = labels[p] === 0 ? 1 : -1;
    /** @type {Margin} */
    const margin = { k: sign * (biases[1] - biases[0]), a: [], nodes: [] };
    for (let i = 0; i < inputs; i++) {
      const weight = sign * (weights[inputs + i] - weights[i]);
      const own = means[n - inputs + i];
      margin.k += weight * own;
      const a = weight * (h[i][p] - own);
      if (a === 0) continue;
      margin.a.push(a);
      margin.nodes.push(i);
    }
    const middle = margin.k + margin.a.reduce((sum, a) => sum + a / 2, 0);
    // Of a mean far above 0 little would be left of the digits: softplus(s) = s + softplus(-s).
    if (middle > 0) {
      mean += middle;
      for (const [k, i] of margin.nodes.entries()) effects[i] += margin.a[k];
      margin.k = -margin.k;
      margin.a = margin.a.map((a) => -a);
    }
    const [own, off] = point.mean(margin, effects);
    mean += own;
    error += off;
    tell((p + 1) / labels.length);
  }
  const count = labels.length;
  return { mean: mean / count, error: error / count, effects: effects.map((sum) => sum / count) };
}
