// Adam (Kingma & Ba 2015, algorithm 1).

/** Decays of the mean gradient and of the mean squared one, and what is added to its root. */
const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-7];

export class Adam {
  /** Moves the weights and biases of `layers`, each step by about `rate`. */
  constructor(layers, rate) {
    this.rate = rate;
    this.steps = 0;
    this.parts = layers.flatMap((layer, k) =>
      ["weights", "biases"].map((name) => ({
        values: layer[name],
        gradient: (gradients) => gradients[k][name],
        mean: new Float64Array(layer[name].length),
        square: new Float64Array(layer[name].length),
      })),
    );
  }

  step(gradients) {
    this.steps++;
    const first = 1 - BETA_1 ** this.steps;
    const second = 1 - BETA_2 ** this.steps;
    for (const { values, gradient, mean, square } of this.parts) {
      const slopes = gradient(gradients);
      for (let k = 0; k < values.length; k++) {
        mean[k] = BETA_1 * mean[k] + (1 - BETA_1) * slopes[k];
        square[k] = BETA_2 * square[k] + (1 - BETA_2) * slopes[k] * slopes[k];
        values[k] -= (this.rate * (mean[k] / first)) / (Math.sqrt(square[k] / second) + EPSILON);
      }
    }
  }
}
