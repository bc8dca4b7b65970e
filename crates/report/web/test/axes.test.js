// The marks of charts' axes, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lossAxis, lossTicks } from "../axes.js";

test("a logarithmic axis has two readable marks at least, however narrow it is", () => {
  for (const middle of [1e-6, 3e-4, 0.0123, 0.1, 0.7, 1, 6.93, 40, 3000]) {
    for (const reach of [0, 1e-9, 1e-4, 0.003, 0.02, 0.07, 0.3, 0.8, 1.5, 3, 8, 20]) {
      const at = Math.log(middle);
      const { low, high, ticks } = lossAxis(at - reach / 2, at + reach / 2, "");
      const what = `${middle} ± ${reach}: ${ticks.map(([, text]) => text)}`;
      assert.ok(ticks.length >= 2 && ticks.length <= 12, what);
      assert.equal(new Set(ticks.map(([, text]) => text)).size, ticks.length, what);
      for (const [value, text] of ticks) {
        assert.ok(value >= low - 1e-9 && value <= high + 1e-9, what);
        assert.ok(Math.abs(Math.log(Number(text)) - value) < 1e-9, what);
        assert.ok(text.length <= 9, what);
      }
    }
  }
});

test("marks of a narrow range are even in the loss", () => {
  const texts = (low, high) => lossTicks(Math.log(low), Math.log(high)).map(([, text]) => text);
  assert.deepEqual(texts(0.695, 0.725), ["0.70", "0.71", "0.72"]);
  assert.deepEqual(texts(0.09, 5.5), ["0.1", "0.2", "0.5", "1", "2", "5"]);
});
