// The last layer at the pixels of the plane, and what is read from its logits: with two classes they
// are one row, z_1 - z_0; with more, a row for each class.

import { END, probabilityTable, softplusTable } from "./held.js";

/**
 * The last layer; with two classes, the difference of its rows is all that matters.
 * @param {import("../network.js").Layer} layer
 */
export function readout({ inputs, outputs, weights, biases }) {
  if (outputs !== 2) return { inputs, outputs, weights, biases };
  const difference = Float64Array.from(
    { length: inputs },
    (_, i) => weights[inputs + i] - weights[i],
  );
  return {
    inputs,
    outputs: 1,
    weights: difference,
    biases: Float64Array.of(biases[1] - biases[0]),
  };
}

/**
 * Probability of class `shown` at every pixel.
 * @param {Float64Array[]} logits
 * @param {number} shown
 * @param {Float64Array} out
 */
export function fillProbabilities(logits, shown, out) {
  if (logits.length === 1) {
    const [near, sign] = [probabilityTable(), shown === 1 ? 1 : -1];
    for (let p = 0; p < out.length; p++) out[p] = near(sign * logits[0][p]);
    return;
  }
  for (let p = 0; p < out.length; p++) out[p] = Math.exp(-crossEntropyAt(logits, shown, p));
}

/**
 * Cross-entropy at every pixel.
 * @param {Float64Array[]} logits
 * @param {ArrayLike<number>} labels
 * @param {Float64Array} out
 */
export function fillPixelLosses(logits, labels, out) {
  if (logits.length === 1) {
    const near = softplusTable();
    for (let p = 0; p < out.length; p++) {
      // Far from the label's side the line goes on, far on it the loss stays 0.
      const against = labels[p] === 0 ? logits[0][p] : -logits[0][p];
      out[p] = against > -END ? near(against) : 0;
    }
    return;
  }
  for (let p = 0; p < out.length; p++) out[p] = crossEntropyAt(logits, labels[p], p);
}

/**
 * Cross-entropy of a label at one pixel, from a row of logits for each class.
 * @param {Float64Array[]} logits
 * @param {number} label
 * @param {number} p
 */
export function crossEntropyAt(logits, label, p) {
  let [top, sum] = [-Infinity, 0];
  for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c][p]);
  for (let c = 0; c < logits.length; c++) sum += Math.exp(logits[c][p] - top);
  return top - logits[label][p] + Math.log(sum);
}
