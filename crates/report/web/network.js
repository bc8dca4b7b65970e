// The network under a mask of gates, at many points at once, in float64.
//
// Hidden layers are z = W g + c, h = a(z), and node i hands on g_i = b_i h_i + (1 - b_i) m_i:
// b_i is its gate, m_i what stands in for it when it is removed (0, or its mean activation).

import { ACTIVATIONS } from "./activations.js";

/** Points that are taken through the layers together; their activations stay in the cache. */
const BLOCK = 1024;

/** A fully connected network. */
export class Network {
  /**
   * `layers` are { inputs, outputs, weights [outputs × inputs], biases }; `means` is [N]; `activation`
   * is the name of what stands between the layers.
   */
  constructor({ layers, means, activation = "relu" }) {
    /** The network as it may be handed to a worker. */
    this.plain = { layers, means, activation };
    this.activation = ACTIVATIONS[activation];
    this.layers = layers.map((layer) => ({
      ...layer,
      weights: Float64Array.from(layer.weights),
      biases: Float64Array.from(layer.biases),
    }));
    this.means = Float64Array.from(means);
    this.n = this.means.length;
    this.hidden = this.layers.slice(0, -1);
    this.last = this.layers[this.layers.length - 1];
    this.classes = this.last.outputs;
    this.isShallow = this.hidden.length === 1;
    /** First node of each hidden layer. */
    this.first = [];
    /** Hidden layer of each node. */
    this.layerOf = [];
    for (const [k, layer] of this.hidden.entries()) {
      this.first.push(this.layerOf.length);
      for (let o = 0; o < layer.outputs; o++) this.layerOf.push(k);
    }
    this.weightCount = this.layers.reduce((sum, layer) => sum + layer.weights.length, 0);
  }
}

/** Room for a block of points on its way through the layers. */
class Block {
  constructor(network, size = BLOCK) {
    const rows = (count) => Array.from({ length: count }, () => new Float64Array(size));
    this.z = rows(network.n);
    this.g = rows(network.n);
    this.logits = rows(network.classes);
    this.up = rows(Math.max(network.classes, ...network.hidden.map((layer) => layer.outputs)));
    this.down = rows(this.up.length);
  }
}

/** Adds `weight` × `from` to `to`. */
function addTimes(to, weight, from, count) {
  for (let p = 0; p < count; p++) to[p] += weight * from[p];
}

/** Fills a block's pre-activations z, outputs g and logits. */
function forward(network, gates, columns, block, count) {
  const { value } = network.activation;
  let given = columns;
  for (const [k, layer] of network.layers.entries()) {
    const isLast = layer === network.last;
    const first = isLast ? 0 : network.first[k];
    for (let o = 0; o < layer.outputs; o++) {
      const z = isLast ? block.logits[o] : block.z[first + o];
      z.fill(layer.biases[o], 0, count);
      for (let i = 0; i < layer.inputs; i++) {
        const node = k > 0 ? network.first[k - 1] + i : -1;
        // A node that is off hands on nothing, or a constant.
        if (node >= 0 && gates[node] === 0) {
          const constant = layer.weights[o * layer.inputs + i] * network.means[node];
          if (constant !== 0) for (let p = 0; p < count; p++) z[p] += constant;
        } else {
          addTimes(z, layer.weights[o * layer.inputs + i], given[i], count);
        }
      }
      if (!isLast) {
        const g = block.g[first + o];
        const gate = gates[first + o];
        const rest = (1 - gate) * network.means[first + o];
        for (let p = 0; p < count; p++) g[p] = gate * value(z[p]) + rest;
      }
    }
    if (!isLast) given = block.g.slice(first, first + layer.outputs);
  }
}

/**
 * Cross-entropy in nats: ln(1 + Σ over the other classes of exp(z_c - z_label)), without losing the
 * digits of a small one.
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

/** ln(1 + exp(x)). */
function softplus(x) {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** Probability of a class. */
export function probability(logits, label, p) {
  return Math.exp(-crossEntropy(logits, label, p));
}

/** A set of points, and the network's logits there under the gates it was last set to. */
export class Field {
  /** `columns` are the points' coordinates, a row for each input. */
  constructor(network, ...columns) {
    this.network = network;
    this.columns = columns;
    this.count = columns[0].length;
    this.logits = Array.from({ length: network.classes }, () => new Float64Array(this.count));
    this.gates = null;
    this.block = new Block(network);
    this.active = new Float64Array(this.count);
    /** Room for losses and residuals at the points, made when they are first asked for. */
    this.losses = null;
    this.residuals = null;
  }

  /**
   * Brings the logits up to date. With one hidden layer they are a sum over nodes, so a few changed
   * gates only add their own terms; deeper networks are evaluated anew.
   */
  set(gates) {
    const { network } = this;
    const changed = [];
    for (let i = 0; i < network.n; i++) {
      if (!this.gates || this.gates[i] !== gates[i]) changed.push(i);
    }
    if (network.isShallow && this.gates && 2 * changed.length <= network.n) {
      for (const i of changed) this.add(i, gates[i] - this.gates[i]);
    } else if (changed.length > 0) {
      this.each(gates, (block, start, count) => {
        for (const [c, logits] of block.logits.entries()) {
          this.logits[c].set(logits.subarray(0, count), start);
        }
      });
    }
    this.gates = Float64Array.from(gates);
  }

  /** Calls `use(block, start, count)` for one block of points after the other. */
  each(gates, use) {
    for (let start = 0; start < this.count; start += BLOCK) {
      const count = Math.min(BLOCK, this.count - start);
      const columns = this.columns.map((column) => column.subarray(start, start + count));
      forward(this.network, gates, columns, this.block, count);
      use(this.block, start, count);
    }
  }

  /** What node i of the only hidden layer adds as its gate opens: h_i - m_i at every point. */
  term(i) {
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

  set x0(values) {
    this.columns[0] = values;
  }

  get x1() {
    return this.columns[1];
  }

  set x1(values) {
    this.columns[1] = values;
  }

  /** Opens the gate of node i of the only hidden layer by `amount`. */
  add(i, amount) {
    const term = this.term(i);
    const { weights, inputs } = this.network.last;
    for (const [c, logits] of this.logits.entries()) {
      addTimes(logits, amount * weights[c * inputs + i], term, this.count);
    }
  }

  /** Mean loss at the present gates. */
  loss(labels) {
    this.losses ??= new Float64Array(this.count);
    this.pointLosses(labels, this.losses);
    return this.losses.reduce((sum, loss) => sum + loss, 0) / this.count;
  }

  /** Share of the points whose largest logit is their label's. */
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

  /** Mean loss if node i's gate were `gate`, the others as they are. */
  lossWith(i, gate, labels) {
    const { network } = this;
    if (network.isShallow) return this.lossMoved(this.term(i), i, gate - this.gates[i], labels);
    const gates = Float64Array.from(this.gates);
    gates[i] = gate;
    return this.lossAt(gates, labels);
  }

  /** Mean loss at any gates; the present logits are left alone. */
  lossAt(gates, labels) {
    let sum = 0;
    this.each(gates, (block, start, count) => {
      for (let p = 0; p < count; p++) sum += crossEntropy(block.logits, labels[start + p], p);
    });
    return sum / this.count;
  }

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

  /** Gate gradients ∂loss/∂b_i of the mean loss, [N], by backpropagation. */
  gradient(labels) {
    const { network } = this;
    const gradient = new Float64Array(network.n);
    const residuals = this.fillResiduals(labels);
    if (network.isShallow) {
      for (let i = 0; i < network.n; i++) gradient[i] = this.against(this.term(i), i);
    } else {
      this.each(this.gates, (block, start, count) => {
        for (const [c, row] of residuals.entries()) {
          block.up[c].set(row.subarray(start, start + count));
        }
        backward(network, this.gates, block, count, gradient);
      });
    }
    return gradient.map((sum) => sum / this.count);
  }

  /** ∂loss/∂logit at every point, per class: the probability, less 1 for the label. */
  fillResiduals(labels) {
    this.residuals ??= this.logits.map(() => new Float64Array(this.count));
    const { logits, residuals } = this;
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

  /** The residuals' sum with what node i adds to the logits. */
  against(term, i) {
    const { weights, inputs } = this.network.last;
    let sum = 0;
    for (const [c, residuals] of this.residuals.entries()) {
      let product = 0;
      for (let p = 0; p < this.count; p++) product += residuals[p] * term[p];
      sum += weights[c * inputs + i] * product;
    }
    return sum;
  }

  /** Cross-entropy at every point. */
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

  /** ∂(loss at the point)/∂b_i for one node, at every point. */
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
    this.each(this.gates, (block, start, count) => {
      for (const [c, row] of tangent(network, this.gates, i, block, count).entries()) {
        const own = residuals[c];
        for (let p = 0; p < count; p++) out[start + p] += own[start + p] * row[p];
      }
    });
  }
}

/** Takes `block.up` back through the layers, and adds what each gate is worth to `gradient`. */
function backward(network, gates, block, count, gradient) {
  const { value, slope } = network.activation;
  for (let k = network.hidden.length - 1; k >= 0; k--) {
    const above = network.layers[k + 1];
    const first = network.first[k];
    for (let i = 0; i < above.inputs; i++) {
      const node = first + i;
      const down = block.down[i].fill(0, 0, count);
      for (let o = 0; o < above.outputs; o++) {
        addTimes(down, above.weights[o * above.inputs + i], block.up[o], count);
      }
      const z = block.z[node];
      let sum = 0;
      for (let p = 0; p < count; p++) {
        sum += down[p] * (value(z[p]) - network.means[node]);
        down[p] *= gates[node] * slope(z[p]);
      }
      gradient[node] += sum;
    }
    [block.up, block.down] = [block.down, block.up];
  }
}

/** ∂logit/∂b_i at every point of a block, per class. */
function tangent(network, gates, i, block, count) {
  const { value, slope } = network.activation;
  const k = network.layerOf[i];
  const own = i - network.first[k];
  let given = block.up.slice(0, network.hidden[k].outputs).map((row) => row.fill(0, 0, count));
  for (let p = 0; p < count; p++) {
    given[own][p] = value(block.z[i][p]) - network.means[i];
  }
  let [room, other] = [block.down, block.up];
  for (const [j, layer] of network.layers.entries()) {
    if (j <= k) continue;
    const out = room.slice(0, layer.outputs);
    for (const [o, row] of out.entries()) {
      row.fill(0, 0, count);
      for (let q = 0; q < layer.inputs; q++) {
        addTimes(row, layer.weights[o * layer.inputs + q], given[q], count);
      }
      if (layer === network.last) continue;
      const node = network.first[j] + o;
      for (let p = 0; p < count; p++) row[p] *= gates[node] * slope(block.z[node][p]);
    }
    given = out;
    [room, other] = [other, room];
  }
  return given;
}

/** Every node's input z at one point under the given gates: on its line it is 0. */
export function preActivations(network, gates, x0, x1) {
  const block = new Block(network, 1);
  forward(network, gates, [Float64Array.of(x0), Float64Array.of(x1)], block, 1);
  return block.z.map((row) => row[0]);
}

/** Pre-activations of every node at many points, [N] rows. */
export function allPreActivations(network, gates, x0, x1) {
  const block = new Block(network, x0.length);
  forward(network, gates, [x0, x1], block, x0.length);
  return block.z;
}

/**
 * How each node pushes towards a class where it is active, [N]: the mean over the points of
 * h_i × ∂(z_class - mean of the other logits)/∂g_i in the full network.
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
