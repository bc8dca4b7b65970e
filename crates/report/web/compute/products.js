// Summed losses of points that share a label, at all masks of the last hidden layer, from products of
// halves: see odds.js.
//
// A column is the odds of one other class c at one point, exp(z_c - z_label): points one after the
// other, each with its d other classes.

import { LANES, LANE_NODES, LARGE, manyOthers, oneOther } from "./kernels.js";

/** A point is wild if the odds of a half leave [1/CALM, CALM]: it goes without products. */
const CALM = Math.exp(150);

/** How large the exponents of powers may be, all added up. */
const REACH = 600;

/**
 * The exponent of the factor of node i at class c of point p.
 * @typedef {(i: number, c: number, p: number) => number} Slope
 */

/**
 * What is there with all nodes of a layer off, and what each of them adds or multiplies by.
 * @typedef {{ off: Float64Array, terms: Float64Array[] }} Terms
 */

/**
 * Of n nodes, how many are in the low half, and in the high one.
 * @param {number} n
 */
export function halves(n) {
  const low = Math.max(Math.ceil(n / 2), LANE_NODES);
  return { low, high: Math.max(n - low, 0) };
}

export class Products {
  /**
   * @param {import("../network.js").Network} network
   * @param {number} label
   * @param {number} points
   * @param {import("./odds.js").Share} highest which of the layer's masks, by their highest bits
   */
  constructor(network, label, points, { bits, share }) {
    const { inputs, outputs, weights, biases } = network.last;
    const others = [...Array(outputs).keys()].filter((c) => c !== label);
    this.points = points;
    this.n = inputs;
    this.d = others.length;
    this.width = points * this.d;
    const { low, high } = halves(inputs);
    this.low = low;
    this.high = high;
    /** The masks of the high half whose turn it is: from one to before another. */
    this.from = share * 2 ** (high - bits);
    this.to = (share + 1) * 2 ** (high - bits);
    this.means = network.means.subarray(network.n - inputs);
    /** What an output of 1 of node i adds to z_c - z_label, [i, c]. */
    this.steps = Float64Array.from({ length: inputs * this.d }, (_, at) => {
      const [i, c] = [Math.floor(at / this.d), others[at % this.d]];
      return weights[c * inputs + i] - weights[label * inputs + i];
    });
    /** z_c - z_label without nodes, [c]. */
    this.starts = others.map((other, c) =>
      this.means.reduce(
        (sum, mean, i) => sum + mean * this.steps[i * this.d + c],
        biases[other] - biases[label],
      ),
    );
    this.startOdds = Float64Array.from(this.starts, Math.exp);
    /** Odds without nodes, [column], and what each node multiplies them by, [i, column]. */
    this.bases = new Float64Array(this.width);
    this.factors = new Float64Array(Math.max(inputs, LANE_NODES) * this.width);
    /** Products of the factors of each half's masks: low [tile, column, lane], high [mask, column]. */
    this.lowTable = new Float64Array(2 ** low * this.width);
    this.highTable = new Float64Array(2 ** high * this.width);
    /** Up to which point products can grow before they are looked at, again and again. */
    this.ends = new Int32Array(points);
    this.sums = new Float64Array(LANES);
  }

  /**
   * Adds the losses of every mask k of the share, of the layer whose activations are h [i, point], to
   * out[start + k]. `tell(share)` hears how much is done.
   * @param {Float64Array} h
   * @param {Float64Array} out
   * @param {number} start
   * @param {import("./clip.js").Tell} tell
   */
  add(h, out, start, tell) {
    const { points, n, d, width, means, steps, factors } = this;
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < d; c++) {
        const [mean, step] = [means[i], steps[i * d + c]];
        for (let p = 0, at = i * width + c; p < points; p++, at += d) {
          const slope = step * (h[i * points + p] - mean);
          factors[at] = slope === 0 ? 1 : Math.exp(slope);
        }
      }
    }
    /** @type {Slope} */
    const slope = (i, c, p) => steps[i * d + c] * (h[i * points + p] - means[i]);
    this.addFactors(slope, out, start, tell);
  }

  /**
   * The same with rectified linear units, given powers u = exp(|step| z) of their inputs z, [i, column]:
   * exp(|step| max(z, 0)) = max(u, 1).
   * @param {Float64Array} powers
   * @param {Float64Array} out
   * @param {number} start
   * @param {import("./clip.js").Tell} tell
   */
  addPowers(powers, out, start, tell) {
    const { n, d, width, means, steps, factors } = this;
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < d; c++) {
        const step = steps[i * d + c];
        const rest = Math.exp(-step * means[i]);
        const end = (i + 1) * width;
        for (let at = i * width + c; at < end; at += d) {
          // Without a branch, which no processor could foretell, and 1 without rounding.
          const more = powers[at] - 1;
          const most = 1 + 0.5 * (more + Math.abs(more));
          factors[at] = step > 0 ? most * rest : rest / most;
        }
      }
    }
    /** @type {Slope} */
    const slope = (i, c, p) => Math.log(factors[i * width + p * d + c]);
    this.addFactors(slope, out, start, tell);
  }

  /**
   * Fills a tree with the powers exp(|step| z), [i, column], of the terms z, [i, point], of another.
   * Says whether products of any of them, and of the means' power, can be had.
   * @param {Terms} given
   * @param {Terms} to
   */
  powers(given, to) {
    const { points, n, d, means, steps } = this;
    for (let i = 0, at = 0; i < n; i++) {
      for (let p = i * points; p < (i + 1) * points; p++) {
        const rest = Math.abs(means[i]) + Math.abs(given.off[p]);
        const size = given.terms.reduce((sum, z) => sum + Math.abs(z[p]), rest);
        for (let c = 0; c < d; c++, at++) {
          const step = Math.abs(steps[i * d + c]);
          if (!(size * step <= REACH)) return false;
          to.off[at] = Math.exp(step * given.off[p]);
          for (const [k, z] of given.terms.entries()) to.terms[k][at] = Math.exp(step * z[p]);
        }
      }
    }
    return true;
  }

  /**
   * @param {Slope} slope
   * @param {Float64Array} out
   * @param {number} start
   * @param {import("./clip.js").Tell} tell
   */
  addFactors(slope, out, start, tell) {
    const segments = this.fillEnds((p) => this.addWild(p, slope, out, start));
    this.fillTables();
    this.addCalm(segments, out, start, tell);
  }

  /**
   * Fills bases and segments' ends, and returns how many these are; `leave(p)` hears of wild points.
   * No mask's product of factors e is above Π(1 + e), or below Π e / (1 + e).
   * @param {(p: number) => void} leave
   */
  fillEnds(leave) {
    const { points, n, d, low, width, bases, startOdds, factors, ends } = this;
    let segments = 0;
    let most = 1;
    for (let p = 0, column = 0; p < points; p++) {
      let bound = 1;
      for (let c = 0; c < d; c++, column++) {
        bases[column] = startOdds[c];
        let all = 1;
        let above = 1;
        let at = column;
        let i = 0;
        for (; i < low && i < n; i++, at += width) {
          all *= factors[at];
          above *= 1 + factors[at];
        }
        let allHigh = startOdds[c];
        let aboveHigh = allHigh;
        for (; i < n; i++, at += width) {
          allHigh *= factors[at];
          aboveHigh *= 1 + factors[at];
        }
        const isCalm = above <= CALM && all * CALM >= above;
        const isHighCalm = aboveHigh <= CALM && allHigh * CALM >= aboveHigh;
        bound += isCalm && isHighCalm ? above * aboveHigh : Infinity;
      }
      if (bound === Infinity) {
        leave(p);
        bases.fill(0, p * d, (p + 1) * d);
        for (let i = 0; i < n; i++) factors.fill(1, i * width + p * d, i * width + (p + 1) * d);
        bound = 1;
      }
      if (most > 1 && most * bound > LARGE) {
        ends[segments++] = p;
        most = 1;
      }
      most *= bound;
    }
    ends[segments++] = points;
    return segments;
  }

  /** Both tables, by doubling. */
  fillTables() {
    const { low, high, width, bases, factors, lowTable, highTable } = this;
    for (let column = 0, at = 0; column < width; column++, at += LANES) {
      const e0 = factors[column];
      const e1 = factors[width + column];
      const e2 = factors[2 * width + column];
      lowTable[at] = 1;
      lowTable[at + 1] = e0;
      lowTable[at + 2] = e1;
      lowTable[at + 3] = e0 * e1;
      lowTable[at + 4] = e2;
      lowTable[at + 5] = e0 * e2;
      lowTable[at + 6] = e1 * e2;
      lowTable[at + 7] = e0 * e1 * e2;
    }
    for (let i = LANE_NODES, half = width * LANES; i < low; i++, half *= 2) {
      for (let from = 0; from < half;) {
        for (let at = i * width, end = at + width; at < end; at++) {
          const e = factors[at];
          for (let lane = 0; lane < LANES; lane++, from++) {
            lowTable[half + from] = lowTable[from] * e;
          }
        }
      }
    }
    highTable.set(bases);
    for (let i = low, half = width; i < low + high; i++, half *= 2) {
      for (let from = 0; from < half;) {
        for (let at = i * width, end = at + width; at < end; at++, from++) {
          highTable[half + from] = highTable[from] * factors[at];
        }
      }
    }
  }

  /**
   * @param {number} segments
   * @param {Float64Array} out
   * @param {number} start
   * @param {import("./clip.js").Tell} tell
   */
  addCalm(segments, out, start, tell) {
    const { d, low, n, from, to, width, lowTable, highTable, ends, sums } = this;
    const kernel = d === 1 ? oneOther : manyOthers;
    const tiles = (1 << low) / LANES;
    const lanes = Math.min(LANES, 1 << n);
    for (let tile = 0; tile < tiles; tile++) {
      for (let mask = from; mask < to; mask++) {
        kernel(lowTable, tile * width * LANES, highTable, mask * width, ends, segments, d, sums);
        const at = start + ((mask - from) << low) + tile * LANES;
        for (let lane = 0; lane < lanes; lane++) out[at + lane] += sums[lane];
      }
      tell((tile + 1) / tiles);
    }
  }

  /**
   * One point at every mask: its logit differences by doubling, and the largest taken out.
   * @param {number} p
   * @param {Slope} slope
   * @param {Float64Array} out
   * @param {number} start
   */
  addWild(p, slope, out, start) {
    const { n, d, low, from, to, starts } = this;
    const z = starts.map((base, c) => {
      const row = new Float64Array(1 << n).fill(base, 0, 1);
      for (let i = 0, half = 1; i < n; i++, half *= 2) {
        const own = slope(i, c, p);
        for (let mask = 0; mask < half; mask++) row[half + mask] = row[mask] + own;
      }
      return row;
    });
    const before = from << low;
    for (let mask = before, end = Math.min(to << low, 1 << n); mask < end; mask++) {
      let top = 0;
      for (let c = 0; c < d; c++) top = Math.max(top, z[c][mask]);
      let rest = 0;
      for (let c = 0; c < d; c++) rest += Math.exp(z[c][mask] - top);
      out[start + mask - before] +=
        top > 0 ? top + Math.log(Math.exp(-top) + rest) : Math.log1p(rest);
    }
  }
}
