// The losses of all 2^N masks, and what they say of one mask.

/** Masks whose losses differ by less than this, relative, share a rank. */
const TIE = 1e-11;

/** How many of the ascending values are below a bound. */
export function below(sorted, bound) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle] < bound) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Losses in nats, [2^N] with index = mask, and the same in ascending order. */
export class Table {
  constructor({ losses, sorted }) {
    this.losses = losses;
    this.sorted = sorted;
  }

  get masks() {
    return this.losses.length;
  }

  loss(mask) {
    return this.losses[mask];
  }

  /** ln(loss); a loss that has underflowed to 0 counts as the smallest normal number. */
  logLoss(mask) {
    return logOf(this.losses[mask]);
  }

  /** The ends of the range of ln(loss). */
  range() {
    return [logOf(this.sorted[0]), logOf(this.sorted[this.masks - 1])];
  }

  /** The rank of a loss, from 1 for the smallest, and the rank of the last that equals it. */
  ranks(loss) {
    const first = 1 + below(this.sorted, loss * (1 - TIE));
    return [first, Math.max(first, below(this.sorted, loss * (1 + TIE)))];
  }

  /** Masks in each of `bins` equal parts of the range of ln(loss). */
  histogram(bins) {
    const heights = new Uint32Array(bins);
    const [low, high] = this.range();
    let start = 0;
    for (let bin = 0; bin < bins; bin++) {
      const end = Math.exp(low + ((bin + 1) * (high - low)) / bins);
      const next = bin + 1 < bins ? Math.max(start, below(this.sorted, end)) : this.masks;
      heights[bin] = next - start;
      start = next;
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
        const isBetter = best < 0 || this.losses[next] <= this.losses[best];
        if (mask & bit && isBetter) best = next;
      }
      mask = best;
    }
    return path;
  }
}

/** The smallest normal number. */
const SMALLEST = 2 ** -1022;

function logOf(loss) {
  return Math.log(Math.max(loss, SMALLEST));
}
