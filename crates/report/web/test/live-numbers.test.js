// What the live pieces compute, against sums by hand and the network's own losses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Network } from "../network.js";
import { Field } from "../field.js";
import { gatesOf, uniforms } from "../masks.js";
import { correlation } from "../live/correlation.js";
import { Losses } from "../live/given.js";
import { Margins, REACH } from "../live/margins.js";

const near = (found, expected, tolerance, what) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found} is not ${expected}`);

/** A made-up network of 6 nodes at 50 points. */
function given() {
  const uniform = uniforms(5);
  const draw = (count) => Array.from({ length: count }, () => 4 * uniform() - 2);
  const n = 6;
  const layers = [
    { inputs: 2, outputs: n, weights: draw(2 * n), biases: draw(n) },
    { inputs: n, outputs: 2, weights: draw(2 * n), biases: draw(2) },
  ];
  const network = new Network({ layers, means: draw(n) });
  const columns = [0, 1].map(() => Float64Array.from(draw(50)));
  const labels = Uint16Array.from(columns[0], (x, p) => (x * x + columns[1][p] ** 2 < 2 ? 0 : 1));
  return { network, n, columns, labels, full: (1n << BigInt(n)) - 1n };
}

test("a correlation is that of both orders of every pair", () => {
  // Mean 2; products 1, 0, -2; half sums of squares 1, 0.5, 2.5.
  const { value, low } = correlation([1, 2, 4], [1, 3, 1]);
  near(value, (1 + 0 - 2) / (1 + 0.5 + 2.5), 1e-12, "by hand");
  assert.equal(low, null, "three pairs have no interval");
  const first = Array.from({ length: 12 }, (_, k) => k % 5);
  near(correlation(first, first).value, 1, 1e-12, "a copy");
});

test("of normal pairs 95 % of the intervals hold the correlation", () => {
  const uniform = uniforms(11);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const [rho, runs] = [0.4, 1000];
  let held = 0;
  for (let run = 0; run < runs; run++) {
    const common = Array.from({ length: 200 }, normal);
    const part = () => common.map((x) => Math.sqrt(rho) * x + Math.sqrt(1 - rho) * normal());
    const { low, high } = correlation(part(), part());
    held += low <= rho && rho <= high ? 1 : 0;
  }
  // Four standard errors of a share of 95 % over so many runs.
  near(held / runs, 0.95, 4 * Math.sqrt((0.95 * 0.05) / runs), "share of intervals");
});

test("removals are differences of losses", () => {
  const own = given();
  const losses = new Losses(own);
  const field = new Field(own.network, ...own.columns);
  const mask = 0b110101n;
  const removals = losses.removals(mask);
  const at = (m) => field.lossAt(gatesOf(m, own.n), own.labels);
  near(losses.of(mask), at(mask), 1e-12, "loss");
  for (const i of [0, 2, 4, 5]) {
    near(removals[i], at(mask ^ (1n << BigInt(i))) - at(mask), 1e-12, `node ${i}`);
  }
  assert.deepEqual([removals[1], removals[3]], [0, 0]);
});

test("margins give the losses of the network with its bias moved", () => {
  const own = given();
  const pairs = 20;
  const margins = new Margins(own, pairs);
  for (let k = 0; k < pairs; k++) margins.addPair();
  assert.ok(margins.settle());
  // The masks again, from the same uniform numbers.
  const uniform = uniforms(1);
  const masks = Array.from({ length: pairs }, () =>
    Array.from({ length: own.n }, () => uniform() < 0.5).reduce(
      (mask, on, i) => mask | (on ? 1n << BigInt(i) : 0n),
      0n,
    ),
  );
  const mean = (offset) => {
    const shift = margins.shift + offset * margins.sd;
    const [hidden, { weights, biases, ...last }] = own.network.plain.layers;
    const moved = new Network({
      layers: [hidden, { ...last, weights, biases: [biases[0], biases[1] + shift] }],
      means: own.network.plain.means,
    });
    const field = new Field(moved, ...own.columns);
    const logs = margins.logLosses(offset);
    const all = masks.flatMap((mask, k) =>
      [mask, own.full ^ mask].map((side, which) => {
        const loss = field.lossAt(gatesOf(side, own.n), own.labels);
        near(logs[which][k], Math.log(loss), 1e-10, `mask ${side} at ${offset}`);
        return loss;
      }),
    );
    return all.reduce((sum, loss) => sum + loss, 0) / all.length;
  };
  const least = mean(0);
  for (const offset of [-REACH, -0.01, 0.01, REACH]) {
    assert.ok(mean(offset) > least, `the mean loss at ${offset} is not below that at 0`);
  }
  const trained = new Losses(own);
  near(margins.logLosses(margins.offset)[0][0], trained.log(masks[0]), 1e-10, "as trained");
});
