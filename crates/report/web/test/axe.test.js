// What axe has to say of the page, in each of its states.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { maskText, uniforms } from "../masks.js";
import { safetensorsOf } from "./files.js";
import { PHONE, launch, open, record, shown } from "./support.js";

const { n } = record();
const FULL = (1n << BigInt(n)) - 1n;
const WIDE = { viewport: { width: 1400, height: 900 } };
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
});

/** That axe finds nothing, with all that can be opened open. */
async function expectNothing(page, what) {
  await page.evaluate(() =>
    [...document.querySelectorAll("details")].forEach((part) => (part.open = true)),
  );
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document)).violations);
  const told = found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  assert.deepEqual(told, [], what);
}

for (const options of [WIDE, PHONE]) {
  const { width } = options.viewport;

  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing, ${colorScheme}, ${width} pixels`, async () => {
      const mask = maskText(FULL ^ 1n, n);
      const hash = `#mask=${mask}&soft=1.35&at=0.25,0.5&points=class&colour=red`;
      const { context, page, complaints } = await open(browser, { ...options, colorScheme, hash });
      await shown(page);
      await expectNothing(page, "at a point");
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  test(`axe finds nothing as the page opens, nor of other networks, ${width} pixels`, async () => {
    const { context, page, complaints } = await open(browser, { ...options, settled: false });
    await expectNothing(page, "at once");
    await page.waitForSelector("html[data-settled]", { timeout: 120_000 });
    await expectNothing(page, "with ranks");
    await page.locator("#path-new").click();
    await page.locator("#path-play").click();
    await expectNothing(page, "with a path");
    for (const widths of [
      [2, 5, 4, 3],
      [10, 6, 2],
      [2, 64, 2],
    ]) {
      await give(page, widths);
      await expectNothing(page, `${widths}, at once`);
      await page.waitForSelector("html[data-settled]", { timeout: 120_000 });
      await page.locator("#gate").fill("0.5");
      await shown(page);
      await expectNothing(page, `${widths}, with a soft gate`);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

/** Gives the page a random network of these widths, and points. */
async function give(page, widths) {
  const uniform = uniforms(1);
  const layers = widths.slice(1).map((outputs, k) => ({
    inputs: widths[k],
    outputs,
    weights: Float32Array.from({ length: widths[k] * outputs }, () => 2 * uniform() - 1),
    biases: Float32Array.from({ length: outputs }, () => uniform() - 0.5),
  }));
  const columns = Array.from({ length: widths[0] }, (_, k) => `x${k}`);
  const row = (_, k) => [...columns.map(() => (4 * uniform() - 2).toFixed(3)), k % widths.at(-1)];
  const rows = [[...columns, "label"], ...Array.from({ length: 60 }, row)];
  const mimeType = "application/octet-stream";
  await page.locator("#files input[type=file]").setInputFiles([
    { name: "given.safetensors", mimeType, buffer: safetensorsOf(layers, "relu") },
    { name: "given.csv", mimeType, buffer: Buffer.from(rows.map((own) => own.join()).join("\n")) },
  ]);
  const title = `${widths.join("–")} network`;
  await page.waitForFunction(
    (text) => document.getElementById("about").textContent.startsWith(text),
    title,
  );
}
