// Summed losses at all masks of the last hidden layer, from products of halves: see odds.js.

/** Masks that one pass over the points is for: their products stay in registers. */
const LANES = 8;

/** Points whose tables are held at once, so that they stay in the cache. */
const BLOCK = 256;

/** A half's logit differences beyond ±this make a point wild: it goes without products. */
const CALM = 150;

/** A product beyond exp(ROOM) is put away as its logarithm, and before that grows as much once more. */
const ROOM = 300;
const LARGE = Math.exp(ROOM);

export class Products {
  constructor(network, labels) {
    const { inputs, outputs, weights, biases } = network.last;
    this.labels = labels;
    this.n = inputs;
    this.d = outputs - 1;
    this.low = Math.max(Math.ceil(inputs / 2), Math.log2(LANES));
    this.high = Math.max(inputs - this.low, 0);
    /** ln(1 + d). */
    this.most = Math.log(outputs);
    this.means = network.means.subarray(network.n - inputs);
    /** For each label: what z_c - z_label is without nodes, and a row of weights, for each other c. */
    this.others = [...Array(outputs).keys()].map((label) => {
      const step = (c, i) => weights[c * inputs + i] - weights[label * inputs + i];
      const start = (c) =>
        this.means.reduce((sum, mean, i) => sum + mean * step(c, i), biases[c] - biases[label]);
      return [...Array(outputs).keys()]
        .map((c) => ({
          start: start(c),
          factor: Math.exp(start(c)),
          row: Float64Array.from({ length: inputs }, (_, i) => step(c, i)),
        }))
        .filter((_, c) => c !== label);
    });
    const block = Math.min(BLOCK, labels.length);
    const room = (bits) => new Float64Array(2 ** bits * block * this.d);
    this.lowTable = room(this.low);
    this.highTable = room(this.high);
    this.slopes = new Float64Array(labels.length * this.d * inputs);
    this.half = new Float64Array(2 ** Math.max(this.low, this.high));
    this.bounds = new Float64Array(labels.length);
    this.sums = new Float64Array(LANES);
  }

  /**
   * Adds the losses of every mask k of the layer, whose activations are h (a row for each node), to
   * out[start + stride × k]. `tell(share)` hears how much is done.
   */
  add(h, out, start, stride, tell) {
    const to = { out, start, stride };
    const [calm, wild] = [[], []];
    this.fillSlopes(h);
    for (let p = 0; p < this.labels.length; p++) {
      this.bounds[p] = this.bound(p);
      (this.bounds[p] < Infinity ? calm : wild).push(p);
    }
    for (let from = 0; from < calm.length; from += BLOCK) {
      const points = calm.slice(from, from + BLOCK);
      this.fill(points);
      this.addBlock(points, to, (share) =>
        tell((from + share * points.length) / this.labels.length),
      );
    }
    for (const [k, p] of wild.entries()) {
      this.addWild(p, to);
      tell((calm.length + k + 1) / this.labels.length);
    }
  }

  /** What node i adds to z_c - z_label at every point, [point, c, i]. */
  fillSlopes(h) {
    const { n, d, slopes, means, labels, others } = this;
    for (let p = 0, at = 0; p < labels.length; p++) {
      const rows = others[labels[p]];
      for (let c = 0; c < d; c++) {
        const { row } = rows[c];
        for (let i = 0; i < n; i++, at++) slopes[at] = (h[i][p] - means[i]) * row[i];
      }
    }
  }

  /** A bound on a point's loss under any mask, infinity if it is wild: ln(1 + d e^x) for the largest x. */
  bound(p) {
    const { n, d, low, slopes } = this;
    let largest = 0;
    for (let c = 0; c < d; c++) {
      const { start } = this.others[this.labels[p]][c];
      const at = (p * d + c) * n;
      let least = 0;
      let most = 0;
      let i = 0;
      for (; i < low && i < n; i++) {
        if (slopes[at + i] > 0) most += slopes[at + i];
        else least += slopes[at + i];
      }
      if (most > CALM || least < -CALM) return Infinity;
      let lower = start;
      let upper = start;
      for (; i < n; i++) {
        if (slopes[at + i] > 0) upper += slopes[at + i];
        else lower += slopes[at + i];
      }
      if (!(upper <= CALM && lower >= -CALM)) return Infinity;
      if (most + upper > largest) largest = most + upper;
    }
    return largest + this.most;
  }

  /** Both tables: low [tile, point, class, lane] and high [mask, point, class]. */
  fill(points) {
    const { low, high, n, d, slopes, half, lowTable, highTable } = this;
    const width = points.length * d;
    const [lowMasks, highMasks] = [1 << low, 1 << high];
    for (let k = 0; k < points.length; k++) {
      const p = points[k];
      for (let c = 0; c < d; c++) {
        const from = (p * d + c) * n;
        const column = k * d + c;
        doubled(half, 1, slopes, from, Math.min(low, n));
        if (n < low) half.fill(0, 1 << n, lowMasks);
        for (let tile = 0, mask = 0; mask < lowMasks; tile++) {
          const at = (tile * width + column) * LANES;
          for (let lane = 0; lane < LANES; lane++, mask++) lowTable[at + lane] = half[mask];
        }
        const { factor } = this.others[this.labels[p]][c];
        doubled(half, factor, slopes, from + low, high);
        for (let mask = 0; mask < highMasks; mask++) highTable[mask * width + column] = half[mask];
      }
    }
  }

  addBlock(points, to, tell) {
    const { d, low, high, n, lowTable, highTable, sums } = this;
    const ends = this.segments(points);
    const width = points.length * d;
    const kernel = d === 1 ? oneOther : manyOthers;
    const tiles = (1 << low) / LANES;
    const lanes = Math.min(LANES, 1 << n);
    for (let tile = 0; tile < tiles; tile++) {
      const x = lowTable.subarray(tile * width * LANES, (tile + 1) * width * LANES);
      for (let mask = 0, highMasks = 1 << high; mask < highMasks; mask++) {
        kernel(x, highTable, mask * width, ends, d, sums);
        for (let lane = 0; lane < lanes; lane++) {
          to.out[to.start + to.stride * ((mask << low) + tile * LANES + lane)] += sums[lane];
        }
      }
      tell((tile + 1) / tiles);
    }
  }

  /** Up to which point products can grow before they are looked at, again and again. */
  segments(points) {
    const ends = [];
    let sum = 0;
    for (const [k, p] of points.entries()) {
      if (sum > 0 && sum + this.bounds[p] > ROOM) {
        ends.push(k);
        sum = 0;
      }
      sum += this.bounds[p];
    }
    ends.push(points.length);
    return Int32Array.from(ends);
  }

  /** One point at every mask: its logit differences by doubling, and the largest taken out. */
  addWild(p, { out, start, stride }) {
    const { n, d, slopes } = this;
    const z = Array.from({ length: d }, (_, c) => {
      const row = new Float64Array(1 << n);
      summed(row, this.others[this.labels[p]][c].start, slopes, (p * d + c) * n, n);
      return row;
    });
    for (let mask = 0, masks = 1 << n; mask < masks; mask++) {
      let top = 0;
      for (let c = 0; c < d; c++) top = Math.max(top, z[c][mask]);
      let rest = 0;
      for (let c = 0; c < d; c++) rest += Math.exp(z[c][mask] - top);
      const loss = top > 0 ? top + Math.log(Math.exp(-top) + rest) : Math.log1p(rest);
      out[start + stride * mask] += loss;
    }
  }
}

/** base × exp(the sum of the slopes of each mask's nodes). */
function doubled(to, base, slopes, from, bits) {
  to[0] = base;
  for (let i = 0; i < bits; i++) {
    const slope = slopes[from + i];
    const factor = slope === 0 ? 1 : Math.exp(slope);
    for (let mask = 0, half = 1 << i; mask < half; mask++) to[half + mask] = to[mask] * factor;
  }
}

/** base + the sum of the slopes of each mask's nodes. */
function summed(to, base, slopes, from, bits) {
  to[0] = base;
  for (let i = 0; i < bits; i++) {
    for (let mask = 0, half = 1 << i; mask < half; mask++) {
      to[half + mask] = to[mask] + slopes[from + i];
    }
  }
}

/** ln Π(1 + x) of 8 masks over the points, with two classes. */
function oneOther(lowTable, highTable, high, ends, _, sums) {
  let [q0, q1, q2, q3, q4, q5, q6, q7] = [0, 0, 0, 0, 0, 0, 0, 0];
  sums.fill(0);
  let at = 0;
  let p = 0;
  for (let segment = 0; segment < ends.length; segment++) {
    for (const end = ends[segment]; p < end; p++, at += 8) {
      const e = highTable[high + p];
      q0 += e * lowTable[at] * (1 + q0);
      q1 += e * lowTable[at + 1] * (1 + q1);
      q2 += e * lowTable[at + 2] * (1 + q2);
      q3 += e * lowTable[at + 3] * (1 + q3);
      q4 += e * lowTable[at + 4] * (1 + q4);
      q5 += e * lowTable[at + 5] * (1 + q5);
      q6 += e * lowTable[at + 6] * (1 + q6);
      q7 += e * lowTable[at + 7] * (1 + q7);
    }
    const isLast = segment === ends.length - 1;
    if (isLast || Math.max(q0, q1, q2, q3, q4, q5, q6, q7) > LARGE) {
      putAway(sums, 0, q0, q1, q2, q3);
      putAway(sums, 4, q4, q5, q6, q7);
      q0 = q1 = q2 = q3 = q4 = q5 = q6 = q7 = 0;
    }
  }
}

/** The same with more classes, 4 masks at a time: each point's odds are a sum over d of them. */
function manyOthers(lowTable, highTable, high, ends, d, sums) {
  sums.fill(0);
  for (let lane = 0; lane < LANES; lane += 4) {
    let [q0, q1, q2, q3] = [0, 0, 0, 0];
    let at = lane;
    let column = high;
    for (let segment = 0, p = 0; segment < ends.length; segment++) {
      for (const end = ends[segment]; p < end; p++) {
        let x0 = 0;
        let x1 = 0;
        let x2 = 0;
        let x3 = 0;
        for (let c = 0; c < d; c++, at += LANES, column++) {
          const e = highTable[column];
          x0 += e * lowTable[at];
          x1 += e * lowTable[at + 1];
          x2 += e * lowTable[at + 2];
          x3 += e * lowTable[at + 3];
        }
        q0 += x0 * (1 + q0);
        q1 += x1 * (1 + q1);
        q2 += x2 * (1 + q2);
        q3 += x3 * (1 + q3);
      }
      if (segment === ends.length - 1 || Math.max(q0, q1, q2, q3) > LARGE) {
        putAway(sums, lane, q0, q1, q2, q3);
        q0 = q1 = q2 = q3 = 0;
      }
    }
  }
}

function putAway(sums, lane, q0, q1, q2, q3) {
  sums[lane] += Math.log1p(q0);
  sums[lane + 1] += Math.log1p(q1);
  sums[lane + 2] += Math.log1p(q2);
  sums[lane + 3] += Math.log1p(q3);
}
