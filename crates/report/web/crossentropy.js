// Cross-entropy and its slopes, from logits that have a row for each class and a place for each point.

/**
 * Cross-entropy in nats: ln(1 + Σ over the other classes of exp(z_c - z_label)), without losing the
 * digits of a small one.
 * @param {ArrayLike<number>[]} logits
 * @param {number} label
 * @param {number} p
 */
export function crossEntropy(logits, label, p) {
  let top = 0;
  for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c][p] - logits[label][p]);
  let sum = 0;
  for (let c = 0; c < logits.length; c++) {
    if (c !== label) sum += Math.exp(logits[c][p] - logits[label][p] - top);
  }
  return top > 0 ? top + Math.log(Math.exp(-top) + sum) : Math.log1p(sum);
}

/**
 * ln(1 + exp(x)).
 * @param {number} x
 */
function softplus(x) {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/**
 * Probability of a class.
 * @param {ArrayLike<number>[]} logits
 * @param {number} label
 * @param {number} p
 */
export function probability(logits, label, p) {
  return Math.exp(-crossEntropy(logits, label, p));
}

/**
 * Cross-entropy at every point.
 * @param {Float64Array[]} logits
 * @param {ArrayLike<number>} labels
 * @param {Float64Array} out
 */
export function fillLosses(logits, labels, out) {
  const count = logits[0].length;
  if (logits.length > 2) {
    for (let p = 0; p < count; p++) out[p] = crossEntropy(logits, labels[p], p);
    return;
  }
  const [zero, one] = logits;
  for (let p = 0; p < count; p++) {
    const margin = one[p] - zero[p];
    out[p] = softplus(labels[p] === 0 ? margin : -margin);
  }
}

/**
 * Mean cross-entropy if `steps[c]` × `term` were added to the logits of class c.
 * @param {Float64Array[]} logits
 * @param {number[]} steps
 * @param {Float64Array} term
 * @param {ArrayLike<number>} labels
 */
export function movedLoss(logits, steps, term, labels) {
  const count = term.length;
  let sum = 0;
  if (steps.length === 2) {
    const [zero, one] = logits;
    const step = steps[1] - steps[0];
    for (let p = 0; p < count; p++) {
      const margin = one[p] - zero[p] + step * term[p];
      const against = labels[p] === 0 ? margin : -margin;
      sum += softplus(against);
    }
    return sum / count;
  }
  const moved = logits.map(() => new Float64Array(1));
  for (let p = 0; p < count; p++) {
    for (const [c, row] of logits.entries()) moved[c][0] = row[p] + steps[c] * term[p];
    sum += crossEntropy(moved, labels[p], 0);
  }
  return sum / count;
}

/**
 * ∂loss/∂logit at every point, per class: the probability, less 1 for the label.
 * @param {Float64Array[]} logits
 * @param {ArrayLike<number>} labels
 * @param {Float64Array[]} residuals
 */
export function fillResiduals(logits, labels, residuals) {
  const count = logits[0].length;
  if (logits.length === 2) {
    const [zero, one] = logits;
    for (let p = 0; p < count; p++) {
      const sign = labels[p] === 1 ? -1 : 1;
      residuals[1][p] = sign / (1 + Math.exp(sign * (zero[p] - one[p])));
      residuals[0][p] = -residuals[1][p];
    }
    return;
  }
  for (let p = 0; p < count; p++) {
    let top = -Infinity;
    let sum = 0;
    for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c][p]);
    for (let c = 0; c < logits.length; c++) {
      residuals[c][p] = Math.exp(logits[c][p] - top);
      sum += residuals[c][p];
    }
    for (let c = 0; c < logits.length; c++) residuals[c][p] /= sum;
    residuals[labels[p]][p] -= 1;
  }
}
