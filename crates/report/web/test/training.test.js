// Training in the page against networks trained by the program: `results/ensemble/networks.csv`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checked, parsePart, partOf, widths } from "../recipes.js";
import { FIGURES, evaluationPoints, labelOf, trainingPoints } from "../compute/data.js";
import { sampledLosses } from "../compute/sample.js";
import { recipeFor, trained } from "../compute/training.js";
import { uniforms } from "../masks.js";
import { Field } from "../field.js";
import { Network } from "../network.js";

const SEEDS = 20;

function ensemble(hidden) {
  const [header, ...lines] = readFileSync("../../../results/ensemble/networks.csv", "utf8")
    .trim()
    .split("\n");
  const names = header.split(",");
  const rows = lines.map((line) =>
    Object.fromEntries(line.split(",").map((cell, k) => [names[k], cell])),
  );
  const asked = {
    data: "circle 0.893",
    init: "he-uniform",
    hidden,
    steps: "6000",
  };
  return rows.filter(
    (row) =>
      row.ablation === "zero" && Object.entries(asked).every(([key, own]) => row[key] === own),
  );
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values) => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
};

for (const hidden of [[20], [10, 10]]) {
  test(`mean losses of ${SEEDS} networks 2-${hidden.join("-")}-2 are those of the ensemble`, (t) => {
    const found = { loss: [], mean_loss_50: [], accuracy: [] };
    for (let seed = 0; seed < SEEDS; seed++) {
      const recipe = { ...recipeFor("circle"), hidden, seed };
      const plain = trained(recipe);
      const points = evaluationPoints("circle", recipe.radius, 1024, uniforms(1000 + seed));
      const network = new Network({ ...plain, means: new Float64Array(20) });
      const field = new Field(network, ...points.columns);
      field.set(new Float64Array(20).fill(1));
      found.loss.push(field.loss(points.labels));
      found.accuracy.push(field.accuracy(points.labels));
      found.mean_loss_50.push(mean([...sampledLosses(network, points.columns, points.labels)]));
    }
    const rows = ensemble(hidden.join("-"));
    assert.ok(rows.length >= 100);
    for (const [name, own] of Object.entries(found)) {
      const theirs = rows.map((row) => Number(row[name]));
      const error = Math.sqrt(variance(own) / own.length + variance(theirs) / theirs.length);
      const gap = Math.abs(mean(own) - mean(theirs)) / error;
      const told = [mean(own), mean(theirs)].map((value) => value.toFixed(4));
      t.diagnostic(
        `${name}: ${told[0]}, the ensemble's ${told[1]}, ${gap.toFixed(1)} errors apart`,
      );
      assert.ok(gap < 4, `${name}: ${told[0]} is not ${told[1]}`);
      const [low, high] = [Math.min(...theirs), Math.max(...theirs)];
      assert.ok(mean(own) >= low && mean(own) <= high, `${name} is in the ensemble's range`);
    }
  });
}

test("every figure is learned, and the same seed gives the same network", () => {
  for (const figure of FIGURES) {
    const recipe = { ...recipeFor(figure), seed: 1 };
    const steps = [];
    let losses;
    const plain = trained(recipe, (progress) => {
      steps.push(progress.step);
      losses = progress.losses;
    });
    assert.deepEqual([steps[0], steps.at(-1)], [0, recipe.steps]);
    assert.deepEqual(
      losses.map(([step]) => step),
      steps.slice(1),
    );
    const points = evaluationPoints(figure, recipe.radius, 1024, uniforms(7));
    const n = recipe.hidden.reduce((sum, width) => sum + width, 0);
    const network = new Network({ ...plain, means: new Float64Array(n) });
    const field = new Field(network, ...points.columns);
    field.set(new Float64Array(n).fill(1));
    assert.ok(field.accuracy(points.labels) > 0.9, `${figure}: ${field.accuracy(points.labels)}`);
    // The last batches' mean loss is about that of the network.
    assert.ok(Math.abs(losses.at(-1)[1] - field.loss(points.labels)) < 0.2);
  }
  const short = { ...recipeFor("xor"), steps: 50, activation: "gelu" };
  assert.deepEqual(trained(short), trained(short));
  assert.notDeepEqual(trained(short), trained({ ...short, seed: 1 }));
});

test("labels at chosen points, and the shares of label 1", () => {
  for (const [figure, inside, outside, share] of [
    ["circle", [0.6, 0.6], [0.65, 0.65], 1 - (Math.PI * 0.893 ** 2) / 4],
    ["annulus", [0, -0.5], [0.1, 0.1], 1 - (Math.PI * (0.8 ** 2 - 0.4 ** 2)) / 4],
    ["xor", [-0.5, -0.5], [0.5, -0.5], 0.5],
    ["checkerboard", [-0.75, -0.75], [0, -0.75], 4 / 9],
    ["spirals", [1e-9, 1e-9], [-1e-9, -1e-9], 0.5],
  ]) {
    assert.equal(labelOf(figure, 0.893, ...inside), 0, figure);
    assert.equal(labelOf(figure, 0.893, ...outside), 1, figure);
    const uniform = uniforms(3);
    const random = trainingPoints(figure, 0.893, 20_000, uniform).labels;
    const error = Math.sqrt((share * (1 - share)) / 20_000);
    assert.ok(Math.abs(mean([...random]) - share) < 5 * error, figure);
    const even = evaluationPoints(figure, 0.893, 4096, uniform).labels;
    assert.ok(Math.abs(mean([...even]) - share) < 0.005, figure);
  }
});

test("how long training takes", (t) => {
  const recipe = { ...recipeFor("circle"), steps: 7000 };
  const before = process.cpuUsage().user;
  trained(recipe);
  const seconds = (process.cpuUsage().user - before) / 1e6;
  // Told, not judged: another machine is another speed.
  t.diagnostic(`2-20-2, 7,000 steps: ${seconds.toFixed(2)} s of one core`);
});

test("a link's part says the whole recipe, and nothing else is one", () => {
  for (const text of [
    "circle,20,6000,0,relu,zero,0.893",
    "spirals,14-6,20000,4294967295,tanh,mean",
  ]) {
    assert.equal(partOf(parsePart(text)), `train=${text}`);
  }
  const { recipe } = parsePart("xor,8,100,3,relu,zero");
  assert.deepEqual(recipe, { ...recipeFor("xor"), hidden: [8], steps: 100, seed: 3 });
  for (const text of [
    "",
    "circle",
    "circle,20,6000,0,relu,zero",
    "circle,20,6000,0,relu,zero,2",
    "xor,20,6000,0,relu,zero,0.893",
    "xor,600,6000,0,relu,zero",
    "xor,20-,6000,0,relu,zero",
    "xor,20,0,0,relu,zero",
    "xor,20,6e9,0,relu,zero",
    "xor,20,6000,0.5,relu,zero",
    "xor,20,6000,0,swish,zero",
    "xor,20,6000,0,relu,gone",
    "cats,20,6000,0,relu,zero",
  ]) {
    assert.equal(parsePart(text), null, text);
  }
});

test("a training that is stopped has the network of a shorter one", () => {
  const recipe = { ...recipeFor("xor"), hidden: [6], steps: 300 };
  const seen = [];
  trained(recipe, ({ step, layers }) => seen.push({ step, layers: structuredClone(layers) }));
  const { layers } = seen.find(({ step }) => step === 200);
  assert.deepEqual(layers, trained({ ...recipe, steps: 200 }).layers);
});

test("widths of layers, in any of the ways that they are written", () => {
  for (const text of ["14, 6", "14 6", "14;6", "14-6", "14–6", "14x6", "14 × 6", " 14 6, "]) {
    assert.deepEqual(widths(text), [14, 6], text);
  }
  assert.deepEqual(widths("20"), [20]);
  for (const text of ["", "-3", "3-", "1.5", "20, x", "0", "5,,5", "1e3", "600", "1 1 1 1 1 1 1"]) {
    const recipe = { ...recipeFor("xor"), hidden: widths(text) };
    assert.throws(() => checked(recipe), RangeError, text);
  }
});
