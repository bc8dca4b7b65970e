// What the losses of all 2^N masks come to: their order, the best of each size, and how ln(loss) goes
// together along flip paths.

/** The smallest normal number stands for a loss that has underflowed to 0. */
const SMALLEST = 2 ** -1022;

/**
 * Of losses [2^N]: sorted [2^N], best [N + 1] as { size, mask, loss }, covariance [N + 1], and averages
 * { mean, effects [N] }, an effect being the mean with the node on less that with it off.
 * @param {Float64Array} losses
 */
export function summary(losses) {
  const logs = losses.map((loss) => Math.log(Math.max(loss, SMALLEST)));
  return {
    sorted: losses.slice().sort(),
    best: bestOfSizes(losses),
    covariance: flipCovariance(levelWeights(logs)),
    averages: averagesOf(losses),
  };
}

/** @param {Float64Array} losses */
function averagesOf(losses) {
  const effects = new Float64Array(Math.log2(losses.length));
  // Sums over the masks that agree in all nodes but the first i, [2^(N - i)].
  let sums = losses;
  for (const i of effects.keys()) {
    const next = new Float64Array(sums.length / 2);
    let less = 0;
    for (let k = 0; k < next.length; k++) {
      less += sums[2 * k + 1] - sums[2 * k];
      next[k] = sums[2 * k] + sums[2 * k + 1];
    }
    effects[i] = (2 * less) / losses.length;
    sums = next;
  }
  return { mean: sums[0] / losses.length, effects };
}

/** @param {number} mask */
function bits(mask) {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * The mask of the smallest loss of each size; the smallest such mask if several tie.
 * @param {Float64Array} losses
 */
export function bestOfSizes(losses) {
  const n = Math.log2(losses.length);
  const best = Array.from({ length: n + 1 }, (_, size) => ({ size, mask: -1, loss: Infinity }));
  for (let mask = 0; mask < losses.length; mask++) {
    const own = best[bits(mask)];
    if (own.mask < 0 || losses[mask] < own.loss) Object.assign(own, { mask, loss: losses[mask] });
  }
  return best;
}

/**
 * How much of f's mean square lies on each degree of its Walsh expansion, [N + 1]: the coefficients
 * f̂(S) = 2^-N Σ_b f(b) (-1)^|S ∩ b|, squared and added up over the sets S of each size.
 * @param {ArrayLike<number>} values
 */
export function levelWeights(values) {
  const n = Math.log2(values.length);
  const walsh = Float64Array.from(values);
  for (let half = 1; half < walsh.length; half *= 2) {
    for (let start = 0; start < walsh.length; start += 2 * half) {
      for (let a = start; a < start + half; a++) {
        const [even, odd] = [walsh[a], walsh[a + half]];
        walsh[a] = even + odd;
        walsh[a + half] = even - odd;
      }
    }
  }
  const weights = Array(n + 1).fill(0);
  for (let set = 0; set < walsh.length; set++) {
    weights[bits(set)] += (walsh[set] / walsh.length) ** 2;
  }
  return weights;
}

/**
 * @param {number} n
 * @param {number} k
 */
function binomial(n, k) {
  let product = 1;
  for (let j = 1; j <= k; j++) product = (product * (n - k + j)) / j;
  return k < 0 || k > n ? 0 : Math.round(product);
}

/**
 * Covariance of f at the start of a flip path and after d flips, d = 0…N, over uniform starts and
 * orders: Σ_k W_k K_k(d) / C(N, k), K_k being the Krawtchouk polynomial.
 * @param {number[]} weights
 */
export function flipCovariance(weights) {
  const n = weights.length - 1;
  /**
   * @param {number} k
   * @param {number} d
   */
  const share = (k, d) => {
    let sum = 0;
    for (let j = 0; j <= k; j++) {
      sum += (j % 2 === 0 ? 1 : -1) * binomial(d, j) * binomial(n - d, k - j);
    }
    return sum / binomial(n, k);
  };
  return Array.from({ length: n + 1 }, (_, d) =>
    weights.reduce((sum, weight, k) => (k === 0 ? sum : sum + weight * share(k, d)), 0),
  );
}
