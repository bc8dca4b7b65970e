// The network at the pixels of the plane, fast enough to follow every toggled node.
//
//   const grid = new GridNetwork(network, width, height, extent);
//   grid.update(gates);                     // [N] gates, each from 0 to 1
//   grid.probabilities(shown, out);         // probability of class `shown`
//   grid.pointLosses(labels, out);          // cross-entropy with each pixel's label, in nats
//   grid.pointGradients(i, labels, out);    // its derivative with respect to gate i
//
// `network` is a `Network` of two inputs. Pixels are the centres of width × height cells over
// [-extent, extent]², row by row from the lowest x1; `out` has one place for each. `update` returns
// `grid.logits`: with two classes one row, z_1 - z_0; with more, a row for each class.
//
// Only what a change reaches is computed again. The inputs z of the nodes beyond the first hidden
// layer are kept; a changed gate of layer k adds its own term to those of layer k + 1, and the layers
// after are evaluated anew. Smooth activation functions, exp and ln(1 + exp) are read from tables by
// straight lines, within 1e-6: enough for a picture. Numbers that are written out come from `Field`.

import { ACTIVATIONS } from "../activations.js";
import { addRows } from "../network.js";
import { probabilityTable, table } from "./held.js";
import { crossEntropyAt, fillPixelLosses, fillProbabilities, readout } from "./readout.js";

/** Pixels that are taken through the layers together, so that they stay in the cache. */
const BLOCK = 1024;

/** Updates after which everything is computed anew, so that rounding does not add up. */
const MOST_UPDATES = 10_000;

export class GridNetwork {
  /**
   * @param {import("../network.js").Network} network
   * @param {number} width pixels of a row
   * @param {number} height
   * @param {number} extent
   */
  constructor(network, width, height, extent) {
    this.network = network;
    this.width = width;
    this.pixels = width * height;
    /**
     * @param {number} k
     * @param {number} side
     */
    const centre = (k, side) => extent * ((2 * k + 1) / side - 1);
    this.columns = Float64Array.from({ length: width }, (_, k) => centre(k, width));
    this.rows = Float64Array.from({ length: height }, (_, k) => centre(k, height));
    const isRelu = network.activation === ACTIVATIONS.relu;
    const { value, slope } = network.activation;
    const { activation: name } = network.plain;
    this.value = isRelu ? null : table(name, value);
    this.slope = isRelu ? slope : table(`${name}'`, slope);
    this.readout = readout(network.last);
    /**
     * @param {number} count
     * @param {number} size
     */
    const room = (count, size) => Array.from({ length: count }, () => new Float64Array(size));
    /** Inputs of the nodes beyond the first hidden layer, at every pixel. */
    this.z = room(network.n, 0);
    for (let i = network.hidden[0].outputs; i < network.n; i++) {
      this.z[i] = new Float64Array(this.pixels);
    }
    this.logits = room(this.readout.outputs, this.pixels);
    // Whole rows, so that a block's pixels are columns again and again.
    this.blockRows = Math.max(1, Math.floor(BLOCK / width));
    const block = this.blockRows * width;
    this.work = { z: new Float64Array(block), g: room(network.n, block) };
    this.tangents = room(2 * Math.max(...network.layers.map((l) => l.outputs)), block);
    /** The gates that it was last brought to. */
    this.gates = new Float64Array(network.n);
    this.isFresh = true;
    this.updates = 0;
  }

  /**
   * Brings the logits up to date.
   * @param {Float64Array} gates [N]
   */
  update(gates) {
    const { network } = this;
    const isFirst = this.isFresh || ++this.updates > MOST_UPDATES;
    if (isFirst) this.updates = 0;
    this.isFresh = false;
    const changed = [];
    for (let i = 0; i < network.n; i++) {
      if (isFirst || this.gates[i] !== gates[i]) changed.push(i);
    }
    if (changed.length > 0) {
      const from = isFirst ? 0 : network.layerOf[changed[0]];
      // What a few gates add is quicker than a layer anew.
      const own = changed.filter((i) => network.layerOf[i] === from);
      const few = !isFirst && 2 * own.length <= network.hidden[from].outputs ? own : null;
      this.each((start, count) => this.forward(gates, from, few, start, count));
    }
    this.gates = Float64Array.from(gates);
    return this.logits;
  }

  /**
   * Calls `use(start, count)` for one block of whole rows after the other.
   * @param {(start: number, count: number) => void} use
   */
  each(use) {
    const step = this.blockRows * this.width;
    for (let start = 0; start < this.pixels; start += step) {
      use(start, Math.min(step, this.pixels - start));
    }
  }

  /**
   * A block from hidden layer `from` on; of that layer only the changes of nodes `few`, if any.
   * @param {Float64Array} gates [N]
   * @param {number} from
   * @param {number[] | null} few
   * @param {number} start
   * @param {number} count
   */
  forward(gates, from, few, start, count) {
    const { network, work } = this;
    for (let k = from; k < network.hidden.length; k++) {
      const isLast = k === network.hidden.length - 1;
      const next = isLast ? this.readout : network.layers[k + 1];
      const first = network.first[k];
      const adds = k === from && few !== null;
      const nodes = adds ? few : Array.from({ length: next.inputs }, (_, i) => first + i);
      // A node that is off hands on a constant.
      const open = nodes.filter((i) => adds || gates[i] !== 0);
      for (const i of open) {
        const factor = adds ? gates[i] - this.gates[i] : gates[i];
        const shift = adds ? -factor * network.means[i] : (1 - gates[i]) * network.means[i];
        this.outputs(i, factor, shift, work.g[i], start, count);
      }
      const rows = open.map((i) => work.g[i]);
      for (let o = 0; o < next.outputs; o++) {
        const all = isLast ? this.logits[o] : this.z[network.first[k + 1] + o];
        const to = all.subarray(start, start + count);
        /** @param {number} i */
        const weight = (i) => next.weights[o * next.inputs + i - first];
        if (!adds) {
          const shut = nodes.filter((i) => gates[i] === 0);
          to.fill(shut.reduce((sum, i) => sum + weight(i) * network.means[i], next.biases[o]));
        }
        addRows(to, open.map(weight), rows, count);
      }
    }
  }

  /**
   * factor × h_i + shift at a block.
   * @param {number} i
   * @param {number} factor
   * @param {number} shift
   * @param {Float64Array} to
   * @param {number} start
   * @param {number} count
   */
  outputs(i, factor, shift, to, start, count) {
    const z = this.inputs(i, start, count);
    const { value } = this;
    if (value === null) {
      for (let p = 0; p < count; p++) to[p] = (z[p] > 0 ? factor * z[p] : 0) + shift;
    } else {
      for (let p = 0; p < count; p++) to[p] = factor * value(z[p]) + shift;
    }
  }

  /**
   * Inputs z of node i at a block.
   * @param {number} i
   * @param {number} start
   * @param {number} count
   */
  inputs(i, start, count) {
    if (this.network.layerOf[i] > 0) return this.z[i].subarray(start, start + count);
    const { width, columns, rows, work } = this;
    const { weights, biases } = this.network.hidden[0];
    const [w0, w1] = [weights[2 * i], weights[2 * i + 1]];
    let row = start / width;
    for (let p = 0; p < count; row++) {
      const rest = w1 * rows[row] + biases[i];
      for (let column = 0; column < width; column++, p++) work.z[p] = w0 * columns[column] + rest;
    }
    return work.z;
  }

  /**
   * Probability of class `shown` at every pixel.
   * @param {number} shown
   * @param {Float64Array} out
   */
  probabilities(shown, out) {
    fillProbabilities(this.logits, shown, out);
  }

  /**
   * Cross-entropy at every pixel.
   * @param {ArrayLike<number>} labels
   * @param {Float64Array} out
   */
  pointLosses(labels, out) {
    fillPixelLosses(this.logits, labels, out);
  }

  /**
   * ∂(loss at the pixel)/∂b_i for one node, at every pixel.
   * @param {number} i
   * @param {ArrayLike<number>} labels
   * @param {Float64Array} out
   */
  pointGradients(i, labels, out) {
    const { logits } = this;
    const near = probabilityTable();
    this.each((start, count) => {
      const rows = this.tangent(i, start, count);
      if (rows.length === 1) {
        for (let p = 0, at = start; p < count; p++, at++) {
          const sign = labels[at] === 0 ? 1 : -1;
          out[at] = sign * near(sign * logits[0][at]) * rows[0][p];
        }
        return;
      }
      for (let p = 0, at = start; p < count; p++, at++) {
        let sum = -rows[labels[at]][p];
        for (let c = 0; c < rows.length; c++) {
          sum += Math.exp(-crossEntropyAt(logits, c, at)) * rows[c][p];
        }
        out[at] = sum;
      }
    });
  }

  /**
   * ∂logit/∂b_i at a block, for each row of logits.
   * @param {number} i
   * @param {number} start
   * @param {number} count
   */
  tangent(i, start, count) {
    const { network, tangents, gates, slope } = this;
    const k = network.layerOf[i];
    const half = tangents.length / 2;
    let [given, room] = [[tangents[half]], tangents.slice(0, half)];
    let other = tangents.slice(half);
    this.outputs(i, 1, -network.means[i], given[0], start, count);
    let column = i - network.first[k];
    for (let j = k + 1; j < network.layers.length; j++) {
      const isLast = j === network.layers.length - 1;
      const layer = isLast ? this.readout : network.layers[j];
      const to = room.slice(0, layer.outputs);
      for (const [o, row] of to.entries()) {
        row.fill(0, 0, count);
        const own = o * layer.inputs + column;
        addRows(row, layer.weights.subarray(own, own + given.length), given, count);
        if (isLast) continue;
        const node = network.first[j] + o;
        const z = this.inputs(node, start, count);
        for (let p = 0; p < count; p++) row[p] *= gates[node] * slope(z[p]);
      }
      [given, column] = [to, 0];
      [room, other] = [other, room];
    }
    return given;
  }
}
