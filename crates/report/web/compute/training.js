// Training by the recipe of the command line (`model::Recipe`): He's uniform initialisation, batches
// of 32 of 10,000 points in a new random order every epoch, Adam on softmax cross-entropy. Random
// numbers are this page's own; arithmetic is float64.

import { ACTIVATIONS } from "../activations.js";
import { uniforms } from "../masks.js";
import { ignore } from "./clip.js";
import { Adam } from "./adam.js";
import { RADIUS, trainingPoints } from "./data.js";

const BATCH = 32;
const POINTS = 10_000;

/** Steps between two reports of how far training is. */
const WATCH_EVERY = 100;

/**
 * What is learnt, and how.
 * @typedef {object} Recipe
 * @property {string} figure
 * @property {number} radius the circle's
 * @property {number[]} hidden widths
 * @property {number} steps
 * @property {number} rate
 * @property {number} seed
 * @property {import("../activations.js").ActivationName} activation
 */

/**
 * How far training is.
 * @typedef {object} Progress
 * @property {number} step
 * @property {number[][]} losses [step, mean loss of the batches before it]
 * @property {import("../network.js").Layer[]} layers
 */

/** @typedef {{ columns: Float64Array[], labels: Uint16Array }} Points */

/**
 * The recipe that learns a figure, as on the command line.
 * @param {string} figure
 * @returns {Recipe}
 */
export function recipeFor(figure) {
  /** @type {Omit<Recipe, "steps" | "rate">} */
  const plain = { figure, radius: RADIUS, hidden: [20], activation: "relu", seed: 0 };
  const quick = { ...plain, steps: 6000, rate: 1e-3 };
  const slow = { ...plain, steps: 20_000, rate: 5e-3 };
  if (figure === "circle" || figure === "xor") return quick;
  return figure === "annulus" ? slow : { ...slow, hidden: [14, 6] };
}

/**
 * A layer of uniform weights within ±√(6 / inputs) (He et al. 2015) and no biases.
 * @param {number} inputs
 * @param {number} outputs
 * @param {import("../masks.js").Uniform} uniform
 */
function freshLayer(inputs, outputs, uniform) {
  const limit = Math.sqrt(6 / inputs);
  const weight = () => Math.fround(limit * (2 * uniform() - 1));
  return {
    inputs,
    outputs,
    weights: Float64Array.from({ length: inputs * outputs }, weight),
    biases: new Float64Array(outputs),
  };
}

/** The points' order, anew every epoch; the last batch of one may be short. */
class Batches {
  /**
   * @param {number} count
   * @param {import("../masks.js").Uniform} uniform
   */
  constructor(count, uniform) {
    this.order = Uint32Array.from({ length: count }, (_, k) => k);
    this.uniform = uniform;
    this.given = count;
  }

  next() {
    const { order, uniform } = this;
    if (this.given === order.length) {
      for (let k = order.length - 1; k > 0; k--) {
        const other = Math.floor(uniform() * (k + 1));
        [order[k], order[other]] = [order[other], order[k]];
      }
      this.given = 0;
    }
    const from = this.given;
    this.given = Math.min(from + BATCH, order.length);
    return order.subarray(from, this.given);
  }
}

/** One network in training, with room for a batch on its way forward and back. */
class Learner {
  /**
   * @param {import("../network.js").Layer[]} layers
   * @param {import("../activations.js").ActivationName} activation
   */
  constructor(layers, activation) {
    this.layers = layers;
    this.activation = ACTIVATIONS[activation];
    /** @param {number} width */
    const rows = (width) => Array.from({ length: width }, () => new Float64Array(BATCH));
    /** Inputs of each layer, its outputs before activation, and the loss's slopes by those. */
    this.given = layers.map((layer) => rows(layer.inputs));
    this.z = layers.map((layer) => rows(layer.outputs));
    this.slopes = layers.map((layer) => rows(layer.outputs));
    this.gradients = layers.map((layer) => ({
      weights: new Float64Array(layer.weights.length),
      biases: new Float64Array(layer.outputs),
    }));
  }

  /**
   * Fills the gradients of the mean loss of a batch, and gives that loss.
   * @param {Points} points
   * @param {Uint32Array} batch
   */
  gradient({ columns, labels }, batch) {
    const count = batch.length;
    for (const [d, row] of this.given[0].entries()) {
      for (let p = 0; p < count; p++) row[p] = columns[d][batch[p]];
    }
    for (let k = 0; k < this.layers.length; k++) this.forward(k, count);
    const loss = this.residuals(labels, batch);
    for (let k = this.layers.length - 1; k >= 0; k--) this.backward(k, count);
    return loss;
  }

  /**
   * @param {number} k
   * @param {number} count
   */
  forward(k, count) {
    const { inputs, outputs, weights, biases } = this.layers[k];
    const { value } = this.activation;
    const isLast = k + 1 === this.layers.length;
    for (let o = 0; o < outputs; o++) {
      const z = this.z[k][o].fill(biases[o]);
      for (let i = 0; i < inputs; i++) {
        const [weight, row] = [weights[o * inputs + i], this.given[k][i]];
        for (let p = 0; p < count; p++) z[p] += weight * row[p];
      }
      if (isLast) continue;
      const next = this.given[k + 1][o];
      for (let p = 0; p < count; p++) next[p] = value(z[p]);
    }
  }

  /**
   * Slopes of the mean loss by the logits; returns that loss.
   * @param {ArrayLike<number>} labels
   * @param {Uint32Array} batch
   */
  residuals(labels, batch) {
    const last = this.layers.length - 1;
    const [logits, slopes] = [this.z[last], this.slopes[last]];
    let loss = 0;
    for (let p = 0; p < batch.length; p++) {
      const label = labels[batch[p]];
      let top = -Infinity;
      for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c][p]);
      let sum = 0;
      for (let c = 0; c < logits.length; c++) sum += Math.exp(logits[c][p] - top);
      for (let c = 0; c < logits.length; c++) {
        const share = Math.exp(logits[c][p] - top) / sum;
        slopes[c][p] = (share - (c === label ? 1 : 0)) / batch.length;
      }
      loss += top + Math.log(sum) - logits[label][p];
    }
    return loss / batch.length;
  }

  /**
   * @param {number} k
   * @param {number} count
   */
  backward(k, count) {
    const { inputs, outputs, weights } = this.layers[k];
    const { slope } = this.activation;
    const gradients = this.gradients[k];
    for (let o = 0; o < outputs; o++) {
      const up = this.slopes[k][o];
      let sum = 0;
      for (let p = 0; p < count; p++) sum += up[p];
      gradients.biases[o] = sum;
      for (let i = 0; i < inputs; i++) {
        const row = this.given[k][i];
        let product = 0;
        for (let p = 0; p < count; p++) product += up[p] * row[p];
        gradients.weights[o * inputs + i] = product;
      }
    }
    if (k === 0) return;
    for (let i = 0; i < inputs; i++) {
      const [down, z] = [this.slopes[k - 1][i].fill(0), this.z[k - 1][i]];
      for (let o = 0; o < outputs; o++) {
        const [weight, up] = [weights[o * inputs + i], this.slopes[k][o]];
        for (let p = 0; p < count; p++) down[p] += weight * up[p];
      }
      for (let p = 0; p < count; p++) down[p] *= slope(z[p]);
    }
  }
}

/**
 * A network trained by a recipe { figure, radius, hidden, steps, rate, seed, activation }:
 * { layers, activation }. `tell({ step, losses, layers })` hears [step, mean loss of the batches before
 * it] every 100 steps so far, and the network as it stands.
 * @param {Recipe} recipe
 * @param {(progress: Progress) => void} [tell]
 */
export function trained(recipe, tell = ignore) {
  const uniform = uniforms(recipe.seed);
  const sizes = [2, ...recipe.hidden, 2];
  const layers = sizes.slice(1).map((outputs, k) => freshLayer(sizes[k], outputs, uniform));
  const points = trainingPoints(recipe.figure, recipe.radius, POINTS, uniform);
  const batches = new Batches(POINTS, uniform);
  const learner = new Learner(layers, recipe.activation);
  const adam = new Adam(layers, recipe.rate);
  /** @type {number[][]} */
  const losses = [];
  let loss = 0;
  tell({ step: 0, losses, layers });
  for (let step = 1; step <= recipe.steps; step++) {
    loss += learner.gradient(points, batches.next());
    adam.step(learner.gradients);
    if (step % WATCH_EVERY === 0 || step === recipe.steps) {
      const since = step % WATCH_EVERY || WATCH_EVERY;
      losses.push([step, loss / since]);
      tell({ step, losses, layers });
      loss = 0;
    }
  }
  return { layers, activation: recipe.activation };
}
