// Adam (Kingma & Ba 2015, algorithm 1).

/** Decays of the mean gradient and of the mean squared one, and what is added to its root. */
const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-7];

/**
 * Values to be moved, with means over their slopes.
 * @param {Float64Array} values
 */
function moving(values) {
  return { values, mean: new Float64Array(values.length), square: new Float64Array(values.length) };
}

/**
 * Slopes by the weights and biases of a layer.
 * @typedef {{ weights: Float64Array, biases: Float64Array }} Gradient
 */

export class Adam {
  /**
   * Moves the weights and biases of `layers`, each step by about `rate`.
   * @param {import("../network.js").Layer[]} layers
   * @param {number} rate
   */
  constructor(layers, rate) {
    this.rate = rate;
    this.steps = 0;
    this.parts = layers.flatMap(({ weights, biases }) => [moving(weights), moving(biases)]);
  }

  /** @param {Gradient[]} gradients */
  step(gradients) {
    this.steps++;
    const first = 1 - BETA_1 ** this.steps;
    const second = 1 - BETA_2 ** this.steps;
    const all = gradients.flatMap(({ weights, biases }) => [weights, biases]);
    for (const [part, { values, mean, square }] of this.parts.entries()) {
      const slopes = all[part];
      for (let k = 0; k < values.length; k++) {
        mean[k] = BETA_1 * mean[k] + (1 - BETA_1) * slopes[k];
        square[k] = BETA_2 * square[k] + (1 - BETA_2) * slopes[k] * slopes[k];
        values[k] -= (this.rate * (mean[k] / first)) / (Math.sqrt(square[k] / second) + EPSILON);
      }
    }
  }
}
