// How the layers of a network to be trained may be written, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { widths } from "../trainer.js";

test("widths of layers, in any of the ways that they are written", () => {
  for (const text of [
    "14, 6",
    "14 6",
    "14,6",
    "14;6",
    "14-6",
    "14–6",
    "14x6",
    "14 × 6",
    " 14 6, ",
  ]) {
    assert.deepEqual(widths(text), [14, 6], text);
  }
  assert.deepEqual(widths("20"), [20]);
  assert.deepEqual(widths("2-8-2"), [2, 8, 2]);
  for (const text of ["", "-3", "3-", "1.5", "20, x", "0", "5,,5", "1e3", "600", "1 1 1 1 1 1 1"]) {
    assert.throws(() => widths(text), RangeError, text);
  }
});
