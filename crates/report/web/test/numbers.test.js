// The page's arithmetic against values that Rust has computed, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flipPath, gatesOf, maskAt, maskOf, maskText, parseMask, size } from "../masks.js";
import { Field } from "../field.js";
import { Network } from "../network.js";
import { grid } from "../record.js";
import { decode, encode, initial, strange } from "../state.js";
import { allLosses } from "../compute/odds.js";
import { summary } from "../compute/summary.js";
import { Table } from "../table.js";
import { contour, straight } from "../lines.js";
import { record } from "./support.js";

const known = record();
const network = new Network(known.network);
const near = (found, expected, what, tolerance = 1e-9) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found} is not ${expected}`);

test("losses, gradients and flips are those of the reference evaluation", () => {
  const field = new Field(network, known.x0, known.x1);
  for (const { mask, loss, accuracy, gradient, flips } of known.checks.masks) {
    const gates = gatesOf(mask, known.n);
    field.set(gates);
    near(field.loss(known.labels), loss, `loss of ${mask}`);
    near(field.lossAt(gates, known.labels), loss, `loss of ${mask}, anew`);
    near(field.accuracy(known.labels), accuracy, `accuracy of ${mask}`);
    const found = field.gradient(known.labels);
    for (const [i, expected] of gradient.entries()) near(found[i], expected, `gradient ${i}`);
    for (const [i, expected] of flips.entries()) {
      near(field.lossWith(i, 1 - gates[i], known.labels) - loss, expected, `flip of ${i}`);
    }
  }
  for (const { mask, node, gate, loss, gradient } of known.checks.soft) {
    const gates = gatesOf(mask, known.n);
    gates[node] = gate;
    field.set(gates);
    near(field.loss(known.labels), loss, `loss with gate ${gate}`);
    const found = field.gradient(known.labels);
    for (const [i, expected] of gradient.entries()) near(found[i], expected, `gradient ${i}`);
  }
});

test("many toggles one after the other add up to what one evaluation gives", () => {
  const field = new Field(network, known.x0, known.x1);
  const gates = new Float64Array(known.n);
  field.set(gates);
  for (let k = 0; k < 500; k++) {
    gates[(k * 7) % known.n] = 1 - gates[(k * 7) % known.n];
    field.set(gates);
  }
  near(field.loss(known.labels), field.lossAt(gates, known.labels), "loss", 1e-10);
});

test("pixels are those of the network on its device", () => {
  const { checks } = known;
  const field = new Field(network, ...grid(...checks.grid));
  const scale = Math.max(1, ...checks.pixel_losses);
  for (const { mask, probabilities } of checks.masks) {
    field.set(gatesOf(mask, known.n));
    const out = new Float64Array(field.count);
    field.pointLosses(new Uint16Array(field.count), out);
    for (const [p, expected] of probabilities.entries()) {
      near(Math.exp(-out[p]), expected, `probability at pixel ${p}`, 1e-4);
    }
  }
  field.set(new Float64Array(known.n).fill(1));
  const labels = checkedLabels();
  const out = new Float64Array(field.count);
  field.pointLosses(labels, out);
  for (const [p, loss] of checks.pixel_losses.entries()) near(out[p], loss, "loss", 1e-5 * scale);
  for (let i = 0; i < known.n; i++) {
    field.pointGradients(i, labels, out);
    for (let p = 0; p < field.count; p++) {
      const expected = checks.pixel_gradients[p * known.n + i];
      near(out[p], expected, `gradient of node ${i} at pixel ${p}`, 1e-5 * scale);
    }
  }
});

/** Labels of the checked pixels, which are some of the plane's own. */
function checkedLabels() {
  const { plane, checks } = known;
  const all = plane.labels.flatMap(([label, count]) => Array(count).fill(label));
  const every = plane.side / checks.grid[1];
  const own = (k) => Math.floor((k + 0.5) * every);
  const side = checks.grid[1];
  const at = (_, k) => all[own(Math.floor(k / side)) * plane.side + own(k % side)];
  return Uint16Array.from({ length: side * side }, at);
}

test(
  "ranks, flips, best masks and covariances are those of the program",
  { skip: !known.isSmall },
  () => {
    const losses = allLosses(network, [known.x0, known.x1], known.labels);
    const { sorted, best, covariance } = summary(losses);
    const table = new Table({ losses, sorted });
    assert.equal(table.masks, 2 ** known.n);
    for (const { mask, loss, rank, flips } of known.checks.masks) {
      const own = losses[Number(mask)];
      near(own, loss, `loss of ${mask}`, 1e-12 * loss);
      assert.equal(table.rank(loss), rank, `rank of ${mask}`);
      for (const [i, change] of flips.entries()) {
        near(losses[Number(mask) ^ (1 << i)] - own, change, `flip of ${i}`, 1e-12 * (1 + loss));
      }
    }
    for (const [count, { mask, loss }] of known.best.entries()) {
      assert.equal(best[count].mask, mask, `best of ${count}`);
      near(best[count].loss, loss, `its loss`, 1e-12 * loss);
    }
    for (const [d, value] of known.covariance.entries()) {
      near(covariance[d], value, `covariance after ${d} flips`, 1e-12);
    }
  },
);

test("masks and paths", () => {
  assert.equal(maskOf(gatesOf(0b1011, 6)), 0b1011n);
  assert.equal(parseMask("0x1f", 5), 31n);
  for (const bad of ["32", "-1", "", "0x", "1.5", "mask"]) assert.equal(parseMask(bad, 5), null);
  assert.equal(maskText((1n << 70n) - 1n, 70), `0x3f${"f".repeat(16)}`);
  const path = flipPath(70, 12345);
  assert.deepEqual(
    [...path.order].sort((a, b) => a - b),
    [...Array(70).keys()],
  );
  assert.equal(maskAt(path, 70), ((1n << 70n) - 1n) ^ path.start);
  assert.equal(size(maskAt(path, 3) ^ path.start), 3);
  assert.deepEqual(flipPath(70, 12345), path);
  // A start is uniform: over many seeds each node is on half of the time.
  const starts = Array.from({ length: 4000 }, (_, seed) => flipPath(8, seed).start);
  for (let i = 0n; i < 8n; i++) {
    const on = starts.filter((start) => (start >> i) & 1n).length;
    assert.ok(Math.abs(on - 2000) < 5 * Math.sqrt(1000), `node ${i} is on in ${on} of 4000`);
  }
});

test("an address brings back the state it was made of", () => {
  const view = { n: known.n, classes: network.classes, extent: 2, origin: "" };
  const path = { ...flipPath(known.n, 99), step: 2 };
  const states = [
    initial(known.n),
    {
      ...initial(known.n),
      mask: 1n,
      mode: "loss",
      node: 1,
      lines: false,
      p: 0.25,
      at: [0.5, -1.25],
    },
    {
      ...initial(known.n),
      soft: { node: 1, gate: 0.35 },
      mode: "gradient",
      shown: 1,
    },
    { ...initial(known.n), path, mask: maskAt(path, 2) },
  ];
  for (const state of states) assert.deepEqual(decode(encode(state, known.n), view), state);
  const nonsense = "#mask=banana&node=999&mode=x&class=9&p=7&at=a,9&soft=999.5&path=1.2";
  assert.deepEqual(decode(nonsense, view), initial(known.n));
  const made = { ...view, origin: "train=xor,2,100,0,relu,zero" };
  const link = encode(states[1], known.n, made.origin);
  assert.ok(link.startsWith(`#${made.origin}&mask=`));
  assert.deepEqual(decode(link, made), states[1]);
  assert.deepEqual([strange(link, made), strange(link, view)], [[], [made.origin]]);
});

test("lines and contours lie where the function is zero", () => {
  for (const [w, c] of [
    [[1, 2], 0.5],
    [[0, 3], -1],
    [[-2, 0], 1],
    [[1, 1], 0],
  ]) {
    const [[a, b]] = straight(w, c, 2);
    for (const [x0, x1] of [a, b]) near(w[0] * x0 + w[1] * x1 + c, 0, "end");
    assert.ok(Math.hypot(a[0] - b[0], a[1] - b[1]) > 1);
  }
  assert.deepEqual(straight([1, 0], 5, 2), [], "outside of the map");
  assert.deepEqual(straight([0, 0], 1, 2), [], "no line at all");
  const [x0, x1] = grid(2, 80);
  const circle = contour(
    x0.map((x, k) => x * x + x1[k] * x1[k] - 1),
    80,
    2,
  );
  assert.ok(circle.length > 50);
  for (const [a] of circle) near(Math.hypot(...a), 1, "radius", 2e-3);
});
