// The correlation of what stands in pairs, such as ln(loss) of a mask and of its reversal.

/** Standard normal quantile at 97.5 %. */
const NORMAL = 1.959964;

/** From so many pairs on an interval is given. */
const LEAST = 10;

/**
 * A correlation and its interval of 95 %; none of a few pairs.
 * @typedef {{ value: number } & ({ low: number, high: number } | { low: null, high: null })} Correlation
 */

/**
 * The correlation of f and g over pairs whose two sides have one distribution, so that mean and variance
 * are those of both together: r = Σ (f - m)(g - m) / ½Σ ((f - m)² + (g - m)²). The 95 % interval is
 * normal in artanh r, with the standard error that r's influence function
 * ψ = ((f - m)(g - m) - r ½((f - m)² + (g - m)²)) / variance gives: nothing is taken to be normal in f.
 * @param {ArrayLike<number>} first [pairs]
 * @param {ArrayLike<number>} second [pairs]
 * @returns {Correlation}
 */
export function correlation(first, second) {
  const pairs = first.length;
  let mean = 0;
  for (let k = 0; k < pairs; k++) mean += (first[k] + second[k]) / (2 * pairs);
  let [product, square] = [0, 0];
  for (let k = 0; k < pairs; k++) {
    const [f, g] = [first[k] - mean, second[k] - mean];
    product += f * g;
    square += (f * f + g * g) / 2;
  }
  const value = product / square;
  if (pairs < LEAST || !(Math.abs(value) < 1)) return { value, low: null, high: null };
  let influence = 0;
  for (let k = 0; k < pairs; k++) {
    const [f, g] = [first[k] - mean, second[k] - mean];
    influence += (f * g - (value * (f * f + g * g)) / 2) ** 2;
  }
  const error = Math.sqrt(influence) / square;
  const [at, reach] = [Math.atanh(value), (NORMAL * error) / (1 - value * value)];
  return { value, low: Math.tanh(at - reach), high: Math.tanh(at + reach) };
}
