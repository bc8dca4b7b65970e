// Files are taken and refused as by the command line, in the same words.
//
// EXPERIMENTS names the program; without it only this side's own promises are tested.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parseNetwork } from "../compute/checkpoint.js";
import { Refusal } from "../compute/clip.js";
import { parsePoints } from "../compute/csv.js";
import { Field } from "../field.js";
import { Network } from "../network.js";
import { MODELS, POINTS } from "./files.js";

const program = process.env.EXPERIMENTS && resolve(process.env.EXPERIMENTS);

/** What serde says of broken JSON is its own. */
const plain = (text) => text.replace(/(invalid JSON in header).*?\); write/s, "$1); write");

/** What this side makes of two files: the loss with every node on, or the words of the refusal. */
function own(model, points) {
  let file = "model m.safetensors";
  try {
    const { layers, activation } = parseNetwork(model);
    file = "points p.csv";
    const found = parsePoints(points, layers[0].inputs, layers.at(-1).outputs);
    const n = layers.slice(0, -1).reduce((sum, layer) => sum + layer.outputs, 0);
    const network = new Network({
      layers,
      activation,
      means: new Float64Array(n),
    });
    const field = new Field(network, ...found.columns);
    return { loss: field.lossAt(new Float64Array(n).fill(1), found.labels), n };
  } catch (error) {
    assert.ok(error instanceof Refusal, error.stack);
    return { refusal: `${file}: ${error.message}` };
  }
}

/** What the command line makes of them. */
function theirs(folder, model, points, n) {
  writeFileSync(join(folder, "m.safetensors"), model);
  writeFileSync(join(folder, "p.csv"), points);
  const files = ["--model", "m.safetensors", "--points", "p.csv"];
  const mask = ((1n << BigInt(n ?? 3)) - 1n).toString(n > 64 ? 16 : 10);
  const masks = ["--masks", n > 64 ? `0x${mask}` : mask];
  const options = ["evaluate", "--json", "--quiet", "--out", "out", ...files, ...masks];
  const { status, stdout, stderr } = spawnSync(program, options, {
    cwd: folder,
    encoding: "utf8",
  });
  if (status === 0) return { loss: JSON.parse(stdout)[0].loss };
  return { refusal: stderr.trimEnd().replace(/^error: /, "") };
}

function compare(t, pairs) {
  const folder = mkdtempSync(join(tmpdir(), "readers-"));
  try {
    let refused = 0;
    for (const [model, points] of pairs) {
      const found = own(model, points);
      refused += found.refusal ? 1 : 0;
      const expected = theirs(folder, model, points, found.n);
      if (expected.refusal || found.refusal) {
        assert.equal(plain(found.refusal ?? "taken"), plain(expected.refusal ?? "taken"));
      } else {
        const error = Math.abs(found.loss - expected.loss);
        assert.ok(error <= 1e-12 * expected.loss, `${found.loss} is not ${expected.loss}`);
      }
    }
    t.diagnostic(`${pairs.length - refused} taken, ${refused} refused`);
    assert.ok(refused > 0 && refused < pairs.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const skip = !program && "EXPERIMENTS is not set";

test("models are taken and refused as by the command line", { skip }, (t) => {
  compare(
    t,
    MODELS.map((model) => [model, POINTS[0]]),
  );
});

test("points are taken and refused as by the command line", { skip }, (t) => {
  compare(
    t,
    POINTS.map((points) => [MODELS[0], points]),
  );
});

test("every file is taken, or refused in one line", () => {
  for (const model of MODELS) own(model, POINTS[0]);
  for (const points of POINTS) {
    const { refusal } = own(MODELS[0], points);
    assert.ok(!/[\n\r]/.test(refusal ?? ""), refusal);
  }
});
