// What a hidden node makes of its input z: values and slopes of the activation functions, in float64.

/** Φ, the standard normal distribution function, is held at multiples of this. */
const NORMAL_STEP = 1 / 256;
/** Beyond this Φ is 0 or 1 to within 1e-16. */
const NORMAL_END = 8.5;

/**
 * The standard normal density.
 * @param {number} z
 */
const normalDensity = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/**
 * Φ(z) by its series ½ + φ(z) Σ_k z^(2k+1) / (1·3·5⋯(2k+1)), all terms of one sign.
 * @param {number} z
 */
function normalSeries(z) {
  let term = z;
  let sum = z;
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + normalDensity(z) * sum;
}

/**
 * Φ, and its slope over one step, at the multiples of that.
 * @type {{ values: Float64Array, slopes: Float64Array } | null}
 */
let held = null;

function holdNormal() {
  const length = (2 * NORMAL_END) / NORMAL_STEP + 1;
  /** @param {(z: number) => number} f */
  const hold = (f) => Float64Array.from({ length }, (_, k) => f(k * NORMAL_STEP - NORMAL_END));
  return { values: hold(normalSeries), slopes: hold((z) => normalDensity(z) * NORMAL_STEP) };
}

/**
 * Φ(z), by the cubic through two held values with their slopes: within 1e-12, as its fourth
 * derivative is below 1.5 and NORMAL_STEP⁴ / 384 is 6e-13.
 * @param {number} z
 */
function normalBelow(z) {
  if (z <= -NORMAL_END) return 0;
  if (z >= NORMAL_END) return 1;
  held ??= holdNormal();
  const { values, slopes } = held;
  const place = (z + NORMAL_END) / NORMAL_STEP;
  const k = Math.min(Math.floor(place), values.length - 2);
  const t = place - k;
  const a = values[k];
  const b = values[k + 1];
  const slopeA = slopes[k];
  const slopeB = slopes[k + 1];
  return (
    a + t * (slopeA + t * (3 * (b - a) - 2 * slopeA - slopeB + t * (2 * (a - b) + slopeA + slopeB)))
  );
}

/**
 * @typedef {"relu" | "tanh" | "gelu" | "sigmoid"} ActivationName
 * @typedef {{ value: (z: number) => number, slope: (z: number) => number }} Activation
 */

/** @type {ActivationName[]} */
export const ACTIVATION_NAMES = ["relu", "tanh", "gelu", "sigmoid"];

/** @param {number} z */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/**
 * By the names in records; `slope` of the ReLU is 0 at 0.
 * @type {Record<ActivationName, Activation>}
 */
export const ACTIVATIONS = {
  relu: { value: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0) },
  tanh: { value: Math.tanh, slope: (z) => Math.cosh(z) ** -2 },
  gelu: {
    value: (z) => z * normalBelow(z),
    slope: (z) => normalBelow(z) + z * normalDensity(z),
  },
  sigmoid: { value: sigmoid, slope: (z) => sigmoid(z) * sigmoid(-z) },
};
