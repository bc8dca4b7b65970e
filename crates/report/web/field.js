// A network at a set of points under gates: logits, losses and their slopes, in float64.

import { Kept } from "./moved.js";
import { BLOCK, Block, Network, addTimes, backward, forward, tangent } from "./network.js";

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

/** A set of points, and the network's logits there under the gates it was last set to. */
export class Field {
  /**
   * `columns` are the points' coordinates, a row for each input.
   * @param {Network} network
   * @param {Float64Array[]} columns
   */
  constructor(network, ...columns) {
    this.network = network;
    this.columns = columns;
    this.count = columns[0].length;
    this.logits = Array.from({ length: network.classes }, () => new Float64Array(this.count));
    /** @type {Float64Array | null} */
    this.gates = null;
    this.block = new Block(network);
    this.active = new Float64Array(this.count);
    // Room for losses and residuals at the points, made when they are first asked for.
    /** @type {Float64Array | null} */
    this.losses = null;
    /** @type {Float64Array[] | null} */
    this.residuals = null;
    this.kept =
      !network.isShallow && Kept.fits(network, this.count) ? new Kept(network, this.count) : null;
  }

  /**
   * Brings the logits up to date: a few changed gates only add their own terms to what is kept.
   * @param {Float64Array} gates [N]
   */
  set(gates) {
    const { network } = this;
    const changed = [];
    for (let i = 0; i < network.n; i++) {
      if (!this.gates || this.gates[i] !== gates[i]) changed.push(i);
    }
    if (changed.length > 0 && !this.follow(changed, gates)) {
      this.each(gates, (block, start, count) => {
        this.take(block, start, count);
        this.kept?.take(block, start, count);
      });
    }
    this.gates = Float64Array.from(gates);
  }

  /** The gates it was last set to. */
  present() {
    if (!this.gates) throw new Error("a field has no logits before it is set to gates");
    return this.gates;
  }

  /**
   * Takes a block's logits.
   * @param {Block} block
   * @param {number} start
   * @param {number} count
   */
  take(block, start, count) {
    for (const [c, logits] of block.logits.entries()) {
      this.logits[c].set(logits.subarray(0, count), start);
    }
  }

  /**
   * Follows changed gates from the first layer that has any, if there they are few; says whether.
   * @param {number[]} changed
   * @param {Float64Array} gates [N]
   */
  follow(changed, gates) {
    const { network, kept } = this;
    if (!this.gates || !(network.isShallow || kept)) return false;
    const k = network.layerOf[changed[0]];
    const own = changed.filter((i) => network.layerOf[i] === k);
    if (2 * own.length > network.hidden[k].outputs) return false;
    if (k + 1 === network.hidden.length) {
      for (const i of own) this.add(i, gates[i] - this.gates[i]);
    } else {
      kept?.move(k, own, this.gates, gates, (block, start, count) =>
        this.take(block, start, count),
      );
    }
    return true;
  }

  /**
   * Calls `use(block, start, count)` for one block of points after the other.
   * @param {Float64Array} gates [N]
   * @param {import("./network.js").Use} use
   */
  each(gates, use) {
    for (let start = 0; start < this.count; start += BLOCK) {
      const count = Math.min(BLOCK, this.count - start);
      const columns = this.columns.map((column) => column.subarray(start, start + count));
      forward(this.network, gates, columns, this.block, count);
      use(this.block, start, count);
    }
  }

  /**
   * What node i of the last hidden layer adds as its gate opens: h_i - m_i at every point.
   * @param {number} i
   */
  term(i) {
    if (this.kept) return this.kept.term(i, this.active);
    const { columns, active, count } = this;
    const { weights, biases, inputs } = this.network.hidden[0];
    const { value } = this.network.activation;
    const mean = this.network.means[i];
    active.fill(biases[i]);
    for (let d = 0; d < inputs; d++) addTimes(active, weights[i * inputs + d], columns[d], count);
    for (let p = 0; p < count; p++) active[p] = value(active[p]) - mean;
    return active;
  }

  /** Coordinates of points in the plane. */
  get x0() {
    return this.columns[0];
  }

  get x1() {
    return this.columns[1];
  }

  /**
   * Opens the gate of node i of the last hidden layer by `amount`.
   * @param {number} i
   * @param {number} amount
   */
  add(i, amount) {
    const term = this.term(i);
    const { weights, inputs } = this.network.last;
    const own = i - (this.network.n - inputs);
    for (const [c, logits] of this.logits.entries()) {
      addTimes(logits, amount * weights[c * inputs + own], term, this.count);
    }
  }

  /**
   * Mean loss at the present gates.
   * @param {ArrayLike<number>} labels
   */
  loss(labels) {
    const losses = (this.losses ??= new Float64Array(this.count));
    this.pointLosses(labels, losses);
    return losses.reduce((sum, loss) => sum + loss, 0) / this.count;
  }

  /**
   * Share of the points whose largest logit is their label's.
   * @param {ArrayLike<number>} labels
   */
  accuracy(labels) {
    let right = 0;
    for (let p = 0; p < this.count; p++) {
      let best = 0;
      for (let c = 1; c < this.logits.length; c++) {
        if (this.logits[c][p] > this.logits[best][p]) best = c;
      }
      right += best === labels[p] ? 1 : 0;
    }
    return right / this.count;
  }

  /**
   * Mean loss if node i's gate were `gate`, the others as they are.
   * @param {number} i
   * @param {number} gate
   * @param {ArrayLike<number>} labels
   */
  lossWith(i, gate, labels) {
    const { network } = this;
    const present = this.present();
    const amount = gate - present[i];
    if (network.isShallow) return this.lossMoved(this.term(i), i, amount, labels);
    if (!this.kept) {
      const gates = Float64Array.from(present);
      gates[i] = gate;
      return this.lossAt(gates, labels);
    }
    const first = network.n - network.last.inputs;
    if (i >= first) {
      return this.lossMoved(this.term(i), i - first, amount, labels);
    }
    let sum = 0;
    this.kept.each(i, amount, present, (block, start, count) => {
      for (let p = 0; p < count; p++) sum += crossEntropy(block.logits, labels[start + p], p);
    });
    return sum / this.count;
  }

  /**
   * Mean loss at any gates; the present logits are left alone.
   * @param {Float64Array} gates [N]
   * @param {ArrayLike<number>} labels
   */
  lossAt(gates, labels) {
    let sum = 0;
    this.each(gates, (block, start, count) => {
      for (let p = 0; p < count; p++) sum += crossEntropy(block.logits, labels[start + p], p);
    });
    return sum / this.count;
  }

  /**
   * Mean loss if node i of the last hidden layer added `amount` × `term` more.
   * @param {Float64Array} term
   * @param {number} i
   * @param {number} amount
   * @param {ArrayLike<number>} labels
   */
  lossMoved(term, i, amount, labels) {
    const { weights, inputs } = this.network.last;
    const steps = this.logits.map((_, c) => amount * weights[c * inputs + i]);
    let sum = 0;
    if (steps.length === 2) {
      const [zero, one] = this.logits;
      const step = steps[1] - steps[0];
      for (let p = 0; p < this.count; p++) {
        const margin = one[p] - zero[p] + step * term[p];
        const against = labels[p] === 0 ? margin : -margin;
        sum += softplus(against);
      }
      return sum / this.count;
    }
    const moved = this.logits.map(() => new Float64Array(1));
    for (let p = 0; p < this.count; p++) {
      for (const [c, logits] of this.logits.entries()) moved[c][0] = logits[p] + steps[c] * term[p];
      sum += crossEntropy(moved, labels[p], 0);
    }
    return sum / this.count;
  }

  /**
   * Gate gradients ∂loss/∂b_i of the mean loss, [N], by backpropagation.
   * @param {ArrayLike<number>} labels
   */
  gradient(labels) {
    const { network } = this;
    const gradient = new Float64Array(network.n);
    const residuals = this.fillResiduals(labels);
    if (network.isShallow) {
      for (let i = 0; i < network.n; i++) gradient[i] = this.against(residuals, this.term(i), i);
    } else {
      const gates = this.present();
      /** @type {import("./network.js").Use} */
      const use = (block, start, count) => {
        for (const [c, row] of residuals.entries()) {
          block.up[c].set(row.subarray(start, start + count));
        }
        backward(network, gates, block, count, gradient);
      };
      if (this.kept) this.kept.blocks(use);
      else this.each(gates, use);
    }
    return gradient.map((sum) => sum / this.count);
  }

  /**
   * ∂loss/∂logit at every point, per class: the probability, less 1 for the label.
   * @param {ArrayLike<number>} labels
   */
  fillResiduals(labels) {
    const { logits } = this;
    const residuals = (this.residuals ??= logits.map(() => new Float64Array(this.count)));
    if (logits.length === 2) {
      const [zero, one] = logits;
      for (let p = 0; p < this.count; p++) {
        const sign = labels[p] === 1 ? -1 : 1;
        residuals[1][p] = sign / (1 + Math.exp(sign * (zero[p] - one[p])));
        residuals[0][p] = -residuals[1][p];
      }
      return residuals;
    }
    for (let p = 0; p < this.count; p++) {
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
    return residuals;
  }

  /**
   * The residuals' sum with what node i adds to the logits.
   * @param {Float64Array[]} residuals
   * @param {Float64Array} term
   * @param {number} i
   */
  against(residuals, term, i) {
    const { weights, inputs } = this.network.last;
    let sum = 0;
    for (const [c, row] of residuals.entries()) {
      let product = 0;
      for (let p = 0; p < this.count; p++) product += row[p] * term[p];
      sum += weights[c * inputs + i] * product;
    }
    return sum;
  }

  /**
   * Cross-entropy at every point.
   * @param {ArrayLike<number>} labels
   * @param {Float64Array} out
   */
  pointLosses(labels, out) {
    const { logits } = this;
    if (logits.length > 2) {
      for (let p = 0; p < this.count; p++) out[p] = crossEntropy(logits, labels[p], p);
      return;
    }
    const [zero, one] = logits;
    for (let p = 0; p < this.count; p++) {
      const margin = one[p] - zero[p];
      out[p] = softplus(labels[p] === 0 ? margin : -margin);
    }
  }

  /**
   * ∂(loss at the point)/∂b_i for one node, at every point.
   * @param {number} i
   * @param {ArrayLike<number>} labels
   * @param {Float64Array} out
   */
  pointGradients(i, labels, out) {
    const { network } = this;
    const { weights, inputs } = network.last;
    const residuals = this.fillResiduals(labels);
    out.fill(0);
    if (network.isShallow) {
      const term = this.term(i);
      for (const [c, row] of residuals.entries())
        addTimes(out, weights[c * inputs + i], row, this.count);
      for (let p = 0; p < this.count; p++) out[p] *= term[p];
      return;
    }
    const gates = this.present();
    this.each(gates, (block, start, count) => {
      for (const [c, row] of tangent(network, gates, i, block, count).entries()) {
        const own = residuals[c];
        for (let p = 0; p < count; p++) out[start + p] += own[start + p] * row[p];
      }
    });
  }
}

/**
 * How each node pushes towards a class where it is active, [N]: the mean over the points of
 * h_i × ∂(z_class - mean of the other logits)/∂g_i in the full network.
 * @param {Network} network
 * @param {Field} field
 * @param {number} shown
 */
export function pushes(network, field, shown) {
  const push = new Float64Array(network.n);
  const full = new Float64Array(network.n).fill(1);
  const others = network.classes - 1;
  const bare = Object.assign(Object.create(Network.prototype), network, {
    means: new Float64Array(network.n),
  });
  field.each(full, (block, _, count) => {
    for (const [c, row] of block.up.slice(0, network.classes).entries()) {
      row.fill(c === shown ? 1 : -1 / others, 0, count);
    }
    backward(bare, full, block, count, push);
  });
  return push.map((sum) => sum / field.count);
}
