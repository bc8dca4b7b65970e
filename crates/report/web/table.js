// The losses of all 2^N masks in 16 bits each, and what they say of one mask.

/** Masks whose losses differ by less than this, relative, share a rank. */
const TIE = 1e-11;

/** Up to this many masks of one code are told apart by evaluating them. */
const MOST_PEERS = 512;

/** The losses of all masks: ln(loss) = low + code × step, rounded to the nearest code. */
export class Table {
  constructor({ low, step, codes }) {
    this.low = low;
    this.step = step;
    this.codes = codes;
    /** Masks of each code, and of each smaller code. */
    this.counts = new Uint32Array(1 << 16);
    for (const code of codes) this.counts[code]++;
    this.below = new Uint32Array(1 << 16);
    for (let code = 1; code < 1 << 16; code++) {
      this.below[code] = this.below[code - 1] + this.counts[code - 1];
    }
    this.last = codes.reduce((most, code) => Math.max(most, code), 0);
  }

  get masks() {
    return this.codes.length;
  }

  logLoss(mask) {
    return this.low + this.codes[mask] * this.step;
  }

  loss(mask) {
    return Math.exp(this.logLoss(mask));
  }

  /** The ends of the range of ln(loss). */
  range() {
    return [this.low, this.low + this.last * this.step];
  }

  /** The code that a loss is nearest to. */
  codeOf(loss) {
    if (this.step === 0) return 0;
    const code = Math.round((Math.log(loss) - this.low) / this.step);
    return Math.min(Math.max(code, 0), this.last);
  }

  /** Ranks that a loss may have, from 1 for the smallest: first and last of its code. */
  ranks(loss) {
    const code = this.codeOf(loss);
    return [1 + this.below[code], Math.max(this.below[code] + this.counts[code], 1)];
  }

  /**
   * The exact rank of a mask: those of smaller codes, and of its own code those whose loss, by
   * `lossOf(mask)`, is smaller. None if too many share the code.
   */
  rank(mask, loss, lossOf) {
    const code = this.codes[mask];
    if (this.counts[code] > MOST_PEERS) return null;
    let rank = 1 + this.below[code];
    for (let other = this.codes.indexOf(code); other >= 0;) {
      if (other !== mask && lossOf(other) < loss * (1 - TIE)) rank++;
      other = this.codes.indexOf(code, other + 1);
    }
    return rank;
  }

  /** Masks in each of `bins` equal parts of the range of ln(loss). */
  histogram(bins) {
    const heights = new Uint32Array(bins);
    const width = (this.last + 1) / bins;
    for (let code = 0; code <= this.last; code++) {
      heights[Math.floor(code / width)] += this.counts[code];
    }
    return heights;
  }

  /** Smallest removal after smallest removal from a mask, down to no node: [mask, …]. */
  greedy(from) {
    const path = [from];
    for (let mask = from; mask !== 0; path.push(mask)) {
      let best = -1;
      for (let bit = 1; bit <= mask; bit *= 2) {
        const next = mask & ~bit;
        const isBetter = best < 0 || this.codes[next] <= this.codes[best];
        if (mask & bit && isBetter) best = next;
      }
      mask = best;
    }
    return path;
  }
}
