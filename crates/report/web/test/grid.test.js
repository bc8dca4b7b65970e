// The map's own evaluator against the plain one, pixel by pixel.

import assert from "node:assert/strict";
import { test } from "node:test";
import { GridNetwork } from "../compute/grid.js";
import { uniforms } from "../masks.js";
import { Field } from "../field.js";
import { Network } from "../network.js";
import { grid } from "../record.js";

const SIDE = 37;
const EXTENT = 2;
/** Tables are within 1e-6, times what the weights after them make of it. */
const TOLERANCE = 2e-5;

function network(widths, activation, means, seed) {
  const uniform = uniforms(seed);
  const number = () => 3 * (uniform() - 0.5);
  const numbers = (length) => Array.from({ length }, number);
  const layers = widths.slice(1).map((outputs, k) => ({
    inputs: widths[k],
    outputs,
    weights: numbers(widths[k] * outputs),
    biases: numbers(outputs),
  }));
  const n = widths.slice(1, -1).reduce((sum, width) => sum + width, 0);
  return new Network({
    layers,
    activation,
    means: means ? numbers(n) : Array(n).fill(0),
  });
}

function compare(net, steps, seed) {
  const uniform = uniforms(seed);
  const [x0, x1] = grid(EXTENT, SIDE);
  const field = new Field(net, x0, x1);
  const fast = new GridNetwork(net, SIDE, SIDE, EXTENT);
  const labels = Uint16Array.from(x0, () => Math.floor(net.classes * uniform()));
  const [expected, found] = [new Float64Array(x0.length), new Float64Array(x0.length)];
  let most = 0;
  const check = () => {
    for (let p = 0; p < found.length; p++) {
      most = Math.max(most, Math.abs(found[p] - expected[p]) / (1 + Math.abs(expected[p])));
    }
  };
  const gates = new Float64Array(net.n).fill(1);
  for (let step = 0; step < steps; step++) {
    // One node, a soft one, or all at once.
    const i = Math.floor(uniform() * net.n);
    if (step % 7 === 6) for (let k = 0; k < net.n; k++) gates[k] = uniform() < 0.5 ? 1 : 0;
    else gates[i] = step % 5 === 4 ? uniform() : 1 - Math.round(gates[i]);
    field.set(gates);
    fast.update(gates);
    const shown = step % net.classes;
    fast.probabilities(shown, found);
    for (let p = 0; p < x0.length; p++) {
      let sum = 0;
      for (const row of field.logits) sum += Math.exp(row[p] - field.logits[shown][p]);
      expected[p] = 1 / sum;
    }
    check();
    for (const name of ["pointLosses", "pointGradients"]) {
      const node = name === "pointGradients" ? [(step * 3) % net.n] : [];
      fast[name](...node, labels, found);
      field[name](...node, labels, expected);
      check();
    }
  }
  return most;
}

for (const activation of ["relu", "tanh", "gelu", "sigmoid"]) {
  for (const widths of [
    [2, 9, 2],
    [2, 6, 5, 2],
    [2, 4, 3, 5, 3],
    [2, 1, 1, 2],
  ]) {
    for (const means of [false, true]) {
      test(`${widths} ${activation} ${means ? "mean" : "zero"} ablation`, () => {
        const most = compare(network(widths, activation, means, 5), 21, 7);
        assert.ok(most < TOLERANCE, `off by ${most}`);
      });
    }
  }
}

test("huge logits stay finite", () => {
  const net = network([2, 5, 2], "relu", false, 3);
  for (let k = 0; k < net.last.weights.length; k++) net.last.weights[k] *= 1e6;
  const fast = new GridNetwork(net, SIDE, SIDE, EXTENT);
  const out = new Float64Array(SIDE * SIDE);
  fast.update(new Float64Array(5).fill(1));
  fast.probabilities(0, out);
  assert.ok(out.every((p) => p >= 0 && p <= 1));
  fast.pointLosses(new Uint16Array(out.length), out);
  assert.ok(out.every((loss) => loss >= 0 && Number.isFinite(loss)));
});

test("how long a toggled node takes at 400 × 400", (t) => {
  for (const widths of [
    [2, 20, 2],
    [2, 10, 10, 2],
    [2, 7, 7, 6, 2],
  ]) {
    for (const activation of ["relu", "gelu"]) {
      const net = network(widths, activation, true, 11);
      const fast = new GridNetwork(net, 400, 400, EXTENT);
      const gates = new Float64Array(net.n).fill(1);
      const out = new Float64Array(160_000);
      const times = [];
      fast.update(gates);
      for (let k = 0; k < 60; k++) {
        const start = performance.now();
        gates[k % net.n] = 1 - gates[k % net.n];
        fast.update(gates);
        fast.probabilities(0, out);
        times.push(performance.now() - start);
      }
      const rest = times.slice(20).sort((a, b) => a - b);
      const [middle, last] = [rest[20], rest[39]].map((ms) => ms.toFixed(1));
      // Told, not judged: another machine is another speed.
      t.diagnostic(`${widths} ${activation}: median ${middle} ms, slowest ${last} ms`);
    }
  }
});
