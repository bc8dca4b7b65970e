// A network at a set of points under gates: logits, losses and their slopes, in float64.

import { crossEntropy, fillLosses, fillResiduals, movedLoss } from "./crossentropy.js";
import { Kept } from "./moved.js";
import { BLOCK, Block, addTimes, backward, forward, tangent } from "./network.js";

/** A set of points, and the network's logits there under the gates it was last set to. */
export class Field {
  /**
   * `columns` are the points' coordinates, a row for each input.
   * @param {import("./network.js").Network} network
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
    const first = network.n - network.last.inputs;
    if (network.isShallow || (this.kept && i >= first)) {
      const { weights, inputs } = network.last;
      const steps = this.logits.map((_, c) => amount * weights[c * inputs + i - first]);
      return movedLoss(this.logits, steps, this.term(i), labels);
    }
    if (!this.kept) {
      const gates = Float64Array.from(present);
      gates[i] = gate;
      return this.lossAt(gates, labels);
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
    this.residuals ??= this.logits.map(() => new Float64Array(this.count));
    fillResiduals(this.logits, labels, this.residuals);
    return this.residuals;
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
    fillLosses(this.logits, labels, out);
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
