// Where one loss stands among those of all sub-networks, or of a sample of them.

/** Masks whose losses differ by less than this, relative, share a rank. */
const TIE = 1e-11;

/** The smallest normal number. */
const SMALLEST = 2 ** -1022;

/** @param {number} value */
const whole = (value) => value.toLocaleString("en-US");

/**
 * ln(loss); a loss that has underflowed to 0 counts as the smallest normal number.
 * @param {number} loss
 */
function logOf(loss) {
  return Math.log(Math.max(loss, SMALLEST));
}

/**
 * How many of the ascending values are below a bound.
 * @param {ArrayLike<number>} sorted
 * @param {number} bound
 */
function below(sorted, bound) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle] < bound) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Losses in ascending order. */
class Ordering {
  /** @param {ArrayLike<number>} sorted */
  constructor(sorted) {
    this.sorted = sorted;
  }

  get masks() {
    return this.sorted.length;
  }

  /**
   * The ends of the range of ln(loss).
   * @returns {[low: number, high: number]}
   */
  range() {
    return [logOf(this.sorted[0]), logOf(this.sorted[this.masks - 1])];
  }

  /**
   * Losses in each of `bins` equal parts of the range of ln(loss).
   * @param {number} bins
   */
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

  /**
   * How many losses are smaller, and how many are not larger.
   * @param {number} loss
   */
  counts(loss) {
    const smaller = below(this.sorted, loss * (1 - TIE));
    return [smaller, Math.max(smaller, below(this.sorted, loss * (1 + TIE)))];
  }
}

/** The losses in nats of all masks, [2^N] with index = mask. */
export class Table extends Ordering {
  /** @param {{ losses: ArrayLike<number>, sorted: ArrayLike<number> }} known */
  constructor({ losses, sorted }) {
    super(sorted);
    this.losses = losses;
    this.title = `This sub-network among all ${whole(this.masks)}`;
    this.about =
      `1 is the smallest loss of all ${whole(this.masks)} sub-networks. They were computed in double ` +
      "precision by this page, and losses that differ by less than 1e-11 of themselves " +
      "share a rank.";
  }

  /** @param {number} mask */
  logLoss(mask) {
    return logOf(this.losses[mask]);
  }

  /**
   * The rank of a loss, from 1 for the smallest.
   * @param {number} loss
   */
  rank(loss) {
    return 1 + this.counts(loss)[0];
  }

  /**
   * The rank of a loss, and what to say beside it, in full and where there is little room.
   * @param {number} loss
   * @param {boolean} isSoft
   * @returns {[rank: string, note: string, brief: string]}
   */
  standing(loss, isSoft) {
    const [smaller, upTo] = this.counts(loss);
    const worse = (100 * (this.masks - upTo)) / this.masks;
    // Among millions, "100.0 %" would be wrong for all but the very best.
    const share = worse > 99.95 && worse < 100 ? worse.toFixed(4) : worse.toFixed(1);
    if (isSoft) return ["–", `partly open; ${share} % are worse`, "partly open"];
    const all = `of ${whole(this.masks)}`;
    return [whole(1 + smaller), `${all}; ${share} % are worse`, all];
  }

  /**
   * Smallest removal after smallest removal from a mask, down to no node: [mask, …].
   * @param {number} from
   */
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

/** The normal quantile of an interval of 95 %. */
const NORMAL = 1.959964;

/**
 * Interval of 95 % of a share of which `found` of `count` were seen (Wilson 1927).
 * @param {number} found
 * @param {number} count
 */
export function interval(found, count) {
  const [share, squared] = [found / count, NORMAL ** 2 / count];
  const middle = (share + squared / 2) / (1 + squared);
  const half =
    (NORMAL / (1 + squared)) * Math.sqrt((share * (1 - share)) / count + squared / 4 / count);
  return [found === 0 ? 0 : middle - half, found === count ? 1 : middle + half];
}

/** The losses of random sub-networks, each node on with probability ½. */
export class Sample extends Ordering {
  /** @param {{ sorted: ArrayLike<number> }} known */
  constructor({ sorted }) {
    super(sorted);
    this.title = `This sub-network among ${whole(this.masks)} random ones`;
    this.about =
      `This network has too many sub-networks to compute them all. Of ${whole(this.masks)} random ` +
      "ones, each node on with probability ½, the share with a larger loss is counted; beside it " +
      "stands the interval of 95 % (Wilson's) of the share among all.";
  }

  /**
   * The share of all sub-networks with a larger loss, as an interval.
   * @param {number} loss
   * @returns {[share: string, note: string, brief: string]}
   */
  standing(loss) {
    const [, upTo] = this.counts(loss);
    const worse = interval(this.masks - upTo, this.masks);
    const [low, high] = worse.map((share) => (100 * share).toFixed(1));
    return [`${low}–${high} %`, `are worse, by ${whole(this.masks)} random ones`, "are worse"];
  }
}
