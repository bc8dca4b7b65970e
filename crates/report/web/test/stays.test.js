// What keeps its place as the page changes, and what is brought into sight.

import assert from "node:assert/strict";
import { test } from "node:test";
import { maskText } from "../masks.js";
import { PHONE, record, shown, withBrowser } from "./support.js";

const { n } = record();
const FULL = (1n << BigInt(n)) - 1n;
const SIZES = [
  { viewport: { width: 1400, height: 900 } },
  { viewport: { width: 800, height: 900 } },
];
const using = withBrowser();

/** Pixels from the top of the map's card to the map. */
const above = (page) =>
  page.evaluate(() => {
    const [card, map] = ["stage", "plane"].map((id) => document.getElementById(id));
    return map.getBoundingClientRect().top - card.getBoundingClientRect().top;
  });

for (const options of [...SIZES, PHONE]) {
  test(`the map keeps its place at ${options.viewport.width} pixels`, async () => {
    const hash = `#mask=${maskText(FULL, n)}`;
    await using({ ...options, hash, settled: false }, async (page) => {
      const first = await above(page);
      await page.waitForSelector("html[data-settled]", { timeout: 120_000 });
      await shown(page);
      assert.equal(await above(page), first, "with a rank");
      for (const gate of ["0.5", "0.97", "0"]) {
        await page.locator("#gate").fill(gate);
        await shown(page);
        assert.equal(await above(page), first, `with a gate at ${gate}`);
      }
    });
  });
}

for (const options of SIZES) {
  test(`the map ends where its column does at ${options.viewport.width} pixels`, async () => {
    await using(options, async (page) => {
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      for (let y = 0; y <= height; y += 150) {
        const [held, legend] = await page.evaluate((at) => {
          window.scrollTo(0, at);
          const box = (id) => document.getElementById(id).getBoundingClientRect();
          return [box("held").bottom, box("legend").top];
        }, y);
        assert.ok(held <= legend, `${held} and ${legend} at ${y}`);
      }
    });
  });
}

test("on a phone the rank is in one line, with what it means below", async () => {
  await using(PHONE, async (page) => {
    const rank = page.locator("#numbers > div:nth-child(2) dd").first();
    assert.ok((await rank.boundingBox()).height < 24);
    const brief = page.locator("#numbers .brief");
    assert.match(await brief.textContent(), /^of [\d,]+$|^are worse$/);
    assert.ok(await brief.isVisible());
  });
});

test("on a phone the switch of what is selected comes into sight, and the page stays", async () => {
  await using({ ...PHONE, hash: `#mask=${maskText(FULL, n)}` }, async (page) => {
    for (const i of [n - 1, 0, n >> 1]) {
      const from = await page.evaluate(() => window.scrollY);
      // A real tap here would scroll to what it taps by itself.
      await page
        .locator(".unit")
        .nth(i)
        .evaluate((unit) => unit.click());
      await shown(page);
      const chip = await page.locator(".chip").nth(i).boundingBox();
      assert.ok(chip.x >= 0 && chip.x + chip.width <= PHONE.viewport.width, `switch ${i}`);
      assert.equal(await page.evaluate(() => window.scrollY), from, "nothing else has moved");
    }
  });
});
