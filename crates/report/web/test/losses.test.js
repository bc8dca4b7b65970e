// Every loss of a network, and what follows from all of them, against values computed elsewhere.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ACTIVATIONS } from "../activations.js";
import { averages } from "../compute/averages.js";
import { parseNetwork } from "../compute/checkpoint.js";
import { parsePoints } from "../compute/csv.js";
import { nearestLabels } from "../compute/nearest.js";
import { allLosses, isEnumerable, joined, shareBits } from "../compute/odds.js";
import { sampledLosses } from "../compute/sample.js";
import { summary } from "../compute/summary.js";
import { uniforms } from "../masks.js";
import { Field } from "../field.js";
import { Network } from "../network.js";
import { Sample, Table, interval } from "../table.js";
import { npy } from "./support.js";

const REFERENCE = "../../hypercube/tests/reference";

const near = (found, expected, relative, what) =>
  assert.ok(
    Math.abs(found - expected) <= relative * Math.abs(expected),
    `${what}: ${found} is not ${expected}`,
  );

/** A reference network with its points and what is known of it. */
function reference(name) {
  const file = (own) => join(REFERENCE, name, own);
  const plain = parseNetwork(readFileSync(file("model.safetensors")));
  const { layers } = plain;
  const bytes = readFileSync(file("points.csv"));
  const points = parsePoints(bytes, layers[0].inputs, layers.at(-1).outputs);
  const n = layers.slice(0, -1).reduce((sum, layer) => sum + layer.outputs, 0);
  const network = new Network({ ...plain, means: new Float64Array(n) });
  const expected = JSON.parse(readFileSync(file("expected.json"), "utf8"));
  return { file, plain, network, n, ...points, expected };
}

/** The same under mean ablation. */
function withMeans({ plain, network, n, columns }) {
  const means = new Float64Array(n);
  const field = new Field(network, ...columns);
  field.each(new Float64Array(n).fill(1), (block, _, count) => {
    for (let i = 0; i < n; i++) for (let p = 0; p < count; p++) means[i] += block.g[i][p];
  });
  return new Network({
    ...plain,
    means: means.map((sum) => sum / field.count),
  });
}

for (const name of ["tiny", "three_class", "two_layer", "circle20"]) {
  test(`${name}: losses, best masks and covariances are the reference's`, () => {
    const known = reference(name);
    const { network, columns, labels, expected, file, n } = known;
    const losses = allLosses(network, columns, labels);
    for (const { mask, loss } of expected.masks) near(losses[mask], loss, 1e-12, `mask ${mask}`);
    if (existsSync(file("losses.npy"))) {
      for (const [mask, loss] of npy(file("losses.npy")).entries()) {
        near(losses[mask], loss, 1e-12, `mask ${mask}`);
      }
    }
    if (existsSync(file("losses_mean_ablation.npy"))) {
      const ablated = allLosses(withMeans(known), columns, labels);
      for (const [mask, loss] of npy(file("losses_mean_ablation.npy")).entries()) {
        near(ablated[mask], loss, 1e-12, `mask ${mask} under mean ablation`);
      }
    }
    const { sorted, best, covariance, averages: means } = summary(losses);
    near(means.mean, expected.loss.mean, 1e-12, "mean");
    for (const [i, value] of expected.loss.banzhaf.entries()) {
      assert.ok(Math.abs(means.effects[i] - value) < 1e-12, `Banzhaf value of ${i}`);
    }
    for (const [size, [mask, loss]] of expected.loss.best_per_size.entries()) {
      assert.deepEqual([best[size].size, best[size].mask], [size, mask]);
      near(best[size].loss, loss, 1e-12, `best of ${size}`);
    }
    for (const [d, value] of expected.log_loss.flip_covariance.entries()) {
      assert.ok(Math.abs(covariance[d] - value) < 1e-12, `covariance after ${d} flips`);
    }
    const table = new Table({ losses, sorted });
    for (const { mask, loss } of expected.masks) {
      const smaller = losses.reduce((sum, other) => sum + (other < loss * (1 - 1e-11) ? 1 : 0), 0);
      assert.equal(table.rank(loss), 1 + smaller, `rank of ${mask}`);
    }
    assert.equal(
      table.histogram(100).reduce((sum, height) => sum + height),
      2 ** n,
    );
    const greedy = table.greedy(2 ** n - 1);
    for (const [k, mask] of greedy.slice(1).entries()) {
      const from = greedy[k];
      const removals = [...Array(n).keys()]
        .filter((i) => (from >> i) & 1)
        .map((i) => from ^ (1 << i));
      assert.equal(losses[mask], Math.min(...removals.map((own) => losses[own])), "greedy step");
    }
  });
}

/** A network of these widths with random weights, and points. */
function random(widths, activation, scale, seed, count = 40) {
  const uniform = uniforms(seed);
  const numbers = (length, by) => Float64Array.from({ length }, () => by * (uniform() - 0.5));
  const layers = widths.slice(1).map((outputs, k) => ({
    inputs: widths[k],
    outputs,
    weights: numbers(widths[k] * outputs, k === widths.length - 2 ? scale : 3),
    biases: numbers(outputs, 2),
  }));
  const n = widths.slice(1, -1).reduce((sum, width) => sum + width, 0);
  const network = new Network({ layers, activation, means: numbers(n, 1) });
  const columns = Array.from({ length: widths[0] }, () => numbers(count, 3));
  const labels = Uint16Array.from({ length: count }, () => Math.floor(uniform() * widths.at(-1)));
  return { network, columns, labels, n };
}

for (const [widths, activation, scale] of [
  [[2, 7, 2], "gelu", 3],
  [[2, 1, 2], "relu", 3],
  [[2, 2, 1, 2], "tanh", 3],
  [[2, 4, 3, 2, 4], "sigmoid", 3],
  [[10, 6, 3], "relu", 3],
  [[2, 8, 2], "relu", 1e3],
  [[2, 8, 3], "relu", 1e5],
  [[2, 3, 5, 2], "relu", 300],
  [[2, 6, 4, 2], "relu", 3],
  [[2, 3, 3, 4, 2], "relu", 20],
  [[2, 5, 4, 3], "relu", 40],
  // Wild points among the powers, and some masks that take exponentials.
  [[2, 4, 4, 2], "relu", 60],
  [[2, 3, 3, 4, 2], "relu", 300],
  [[2, 8, 2], "relu", 1e300],
]) {
  test(`${widths} ${activation}, last weights to ${scale}: as evaluated one by one`, () => {
    const { network, columns, labels, n } = random(widths, activation, scale, 17, 300);
    const told = [];
    const losses = allLosses(network, columns, labels, (share) => told.push(share));
    const field = new Field(network, ...columns);
    for (let mask = 0; mask < losses.length; mask++) {
      const gates = Float64Array.from({ length: n }, (_, i) => (mask >> i) & 1);
      near(losses[mask], field.lossAt(gates, labels), 1e-12, `mask ${mask}`);
    }
    assert.ok(told.every((share, k) => share <= 1 && (k === 0 || share >= told[k - 1])));
    assert.equal(told.at(-1), 1);
    for (let bits = 0; bits <= shareBits(network, 4); bits++) {
      const shares = Array.from({ length: 2 ** bits }, (_, share) =>
        allLosses(network, columns, labels, undefined, { bits, share }),
      );
      assert.deepEqual(joined(shares, network.isShallow), losses, `${shares.length} shares`);
    }
  });
}

test("a moved gate changes the loss as evaluating anew says", () => {
  for (const widths of [
    [2, 6, 2],
    [3, 5, 4, 3],
    [2, 3, 4, 2, 2],
  ]) {
    const { network, columns, labels, n } = random(widths, "tanh", 3, 53, 1500);
    const field = new Field(network, ...columns);
    const uniform = uniforms(3);
    for (let step = 0; step < 5; step++) {
      const gates = Float64Array.from({ length: n }, () => [0, 1, uniform()][step % 3]);
      field.set(gates);
      for (let i = 0; i < n; i++) {
        for (const gate of [0, 0.3, 1]) {
          const moved = gates.map((own, k) => (k === i ? gate : own));
          near(field.lossWith(i, gate, labels), field.lossAt(moved, labels), 1e-12, `gate ${i}`);
        }
      }
    }
  }
});

test("a field that has followed many changes is as one made anew", () => {
  for (const widths of [
    [2, 6, 2],
    [3, 8, 7, 3],
    [2, 4, 4, 5, 2],
  ]) {
    const { network, columns, labels, n } = random(widths, "gelu", 3, 61, 1500);
    const field = new Field(network, ...columns);
    const gates = new Float64Array(n).fill(1);
    const uniform = uniforms(7);
    for (let step = 1; step <= 120; step++) {
      // One node, or a soft one, or one in each of two layers, or all.
      const moved = step % 40 === 0 ? n : 1 + (step % 3 === 0 ? 1 : 0);
      for (let k = 0; k < moved; k++) {
        gates[Math.floor(n * uniform())] = step % 4 === 0 ? uniform() : Math.round(uniform());
      }
      field.set(gates);
      if (step % 10 > 1) continue;
      const fresh = new Field(network, ...columns);
      fresh.set(gates);
      near(field.loss(labels), fresh.loss(labels), 1e-12, `loss after ${step}`);
      const expected = fresh.gradient(labels);
      for (const [i, slope] of field.gradient(labels).entries()) {
        assert.ok(Math.abs(slope - expected[i]) < 1e-12, `gradient of ${i} after ${step}`);
      }
      const shown = step % network.classes;
      for (let p = 0; p < labels.length; p += 100) {
        near(field.logits[shown][p], fresh.logits[shown][p], 1e-9, `logit at ${p}`);
      }
    }
  }
});

test("losses near 0 keep their digits", () => {
  const { network, columns, labels } = random([2, 8, 2], "relu", 1, 23, 300);
  // Only label 0, and class 0 far ahead whatever is off.
  labels.fill(0);
  network.last.biases.set([40, 0]);
  const losses = allLosses(network, columns, labels);
  const field = new Field(network, ...columns);
  for (let mask = 0; mask < losses.length; mask++) {
    const gates = Float64Array.from({ length: 8 }, (_, i) => (mask >> i) & 1);
    assert.ok(losses[mask] < 1e-14);
    near(losses[mask], field.lossAt(gates, labels), 1e-12, `mask ${mask}`);
  }
});

test("means far beyond the activations", () => {
  const { network, columns, labels, n } = random([2, 4, 4, 2], "relu", 30, 71, 200);
  for (let i = 4; i < n; i++) network.means[i] *= 300;
  const losses = allLosses(network, columns, labels);
  const field = new Field(network, ...columns);
  for (const [mask, loss] of losses.entries()) {
    const gates = Float64Array.from({ length: n }, (_, i) => (mask >> i) & 1);
    near(loss, field.lossAt(gates, labels), 1e-12, `mask ${mask}`);
  }
});

test("a sample is of random masks, and its interval holds the share among all", () => {
  const { network, columns, labels } = random([2, 12, 2], "relu", 3, 29, 100);
  const losses = allLosses(network, columns, labels);
  const sorted = sampledLosses(network, columns, labels);
  assert.equal(sorted.length, 4096);
  const sample = new Sample({ sorted });
  const all = losses.slice().sort();
  // Of 19 shares at even steps, an interval of 95 % misses few.
  let missed = 0;
  for (let k = 1; k < 20; k++) {
    const loss = all[Math.floor((k * all.length) / 20)];
    const [, upTo] = sample.counts(loss);
    const [low, high] = interval(upTo, sorted.length);
    const share = all.filter((own) => own <= loss).length / all.length;
    if (share < low || share > high) missed++;
  }
  assert.ok(missed <= 4, `${missed} of 19 missed`);
  assert.deepEqual(interval(0, 100)[0], 0);
  assert.deepEqual(interval(100, 100)[1], 1);
  // Wilson 1927, as statsmodels' proportion_confint has it.
  near(interval(30, 100)[0], 0.2189489, 1e-6, "lower end");
  near(interval(30, 100)[1], 0.3958485, 1e-6, "upper end");
});

for (const name of ["tiny", "circle20", "wide16", "wide40", "wide300", "last24"]) {
  test(`${name}: mean loss and Banzhaf values, without a table, are the reference's`, () => {
    const { network, columns, labels, expected } = reference(name);
    const { mean, error, effects } = averages(network, columns, labels);
    const known = expected.mean_loss?.["0.5"] ?? expected.loss.mean;
    assert.ok(error < 1e-12, `the bound ${error}`);
    assert.ok(Math.abs(mean - known) <= error, `${mean} is not ${known}`);
    for (const [i, value] of (expected.banzhaf ?? expected.loss.banzhaf).entries()) {
      assert.ok(Math.abs(effects[i] - value) < 1e-12, `node ${i}: ${effects[i]} is not ${value}`);
    }
  });
}

for (const scale of [0.01, 3, 100, 1e4]) {
  test(`averages without a table are those of one, last weights to ${scale}`, () => {
    for (const [widths, activation] of [
      [[2, 1, 2], "relu"],
      [[2, 9, 2], "gelu"],
      [[3, 9, 2], "relu"],
    ]) {
      const { network, columns, labels } = random(widths, activation, scale, 41, 100);
      const found = averages(network, columns, labels);
      const exact = summary(allLosses(network, columns, labels)).averages;
      const bound = found.error + 1e-11 * scale;
      assert.ok(Math.abs(found.mean - exact.mean) <= bound, `${found.mean} is not ${exact.mean}`);
      for (const [i, value] of exact.effects.entries()) {
        // An effect is the difference of two means, each at most twice the mean over all.
        assert.ok(Math.abs(found.effects[i] - value) <= 4 * bound, `node ${i}`);
      }
      if (scale < 1000) assert.ok(found.error < 1e-7);
    }
  });
}

test("what is too much is not begun", () => {
  const shape = (n, classes, early = 0) => ({ n, classes, first: [0, early] });
  assert.ok(isEnumerable(shape(20, 2), 1024) && isEnumerable(shape(22, 2), 1024));
  assert.ok(isEnumerable(shape(20, 2, 18), 1024) && !isEnumerable(shape(22, 2, 21), 1024));
  const relu = { ...shape(20, 2, 16), activation: ACTIVATIONS.relu };
  assert.ok(isEnumerable(relu, 4096) && !isEnumerable(shape(20, 2, 16), 4096));
  assert.ok(!isEnumerable(shape(23, 2), 10) && !isEnumerable(shape(20, 2), 65536));
});

test("pixels have the label of the nearest point", () => {
  const uniform = uniforms(5);
  for (const count of [1, 2, 30, 3000]) {
    const columns = [0, 1].map(() => Float64Array.from({ length: count }, () => 3 * uniform() - 1));
    const labels = Uint16Array.from({ length: count }, () => Math.floor(3 * uniform()));
    const [side, extent] = [23, 2.5];
    const found = nearestLabels(columns, labels, side, extent);
    for (let k = 0; k < found.length; k++) {
      const at = [k % side, Math.floor(k / side)].map((j) => extent * ((2 * j + 1) / side - 1));
      const far = (p) => (columns[0][p] - at[0]) ** 2 + (columns[1][p] - at[1]) ** 2;
      const best = labels.reduce((least, _, p) => (far(p) < far(least) ? p : least), 0);
      assert.equal(found[k], labels[best], `pixel ${k} of ${count} points`);
    }
  }
});

test("all losses of 20 nodes, a hundred of them evaluated one by one, and how long they take", (t) => {
  for (const widths of [
    [2, 20, 2],
    [2, 10, 10, 2],
    [2, 7, 7, 6, 2],
    [2, 16, 4, 2],
  ]) {
    const { network, columns, labels, n } = random(widths, "relu", 3, 31, 1024);
    const before = process.cpuUsage().user;
    const losses = allLosses(network, columns, labels);
    const seconds = (process.cpuUsage().user - before) / 1e6;
    // Told, not judged: another machine is another speed.
    t.diagnostic(`${widths}, 1,024 points: ${seconds.toFixed(2)} s of one core`);
    const field = new Field(network, ...columns);
    const uniform = uniforms(59);
    for (let k = 0; k < 100; k++) {
      const mask = Math.floor(losses.length * uniform());
      const gates = Float64Array.from({ length: n }, (_, i) => (mask >> i) & 1);
      near(losses[mask], field.lossAt(gates, labels), 1e-12, `mask ${mask}`);
    }
  }
});
