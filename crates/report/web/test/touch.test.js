// What a finger does to the map, on which a mouse would first show what it points at.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { maskText } from "../masks.js";
import { PHONE, launch, open, record, shown } from "./support.js";

const { n, plane } = record();
const FULL = (1n << BigInt(n)) - 1n;
const OFFER = /touch again to switch node (\d+) (on|off)$/;
let browser;
let context;
let page;
let complaints;

before(async () => {
  browser = await launch();
});

beforeEach(async () => {
  ({ context, page, complaints } = await open(browser, {
    ...PHONE,
    settled: false,
    hash: `#mask=${maskText(FULL, n)}&lines=on`,
  }));
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

after(async () => {
  await browser.close();
});

/** Taps the map at shares of its sides, from the upper left corner; what it offers then. */
async function tap([across, down]) {
  const { x, y, width, height } = await page.locator("#plane").boundingBox();
  await page.touchscreen.tap(x + across * width, y + down * height);
  await shown(page);
  return offered();
}

async function offered() {
  const found = OFFER.exec((await page.locator("#tip small span").allTextContents()).join(" "));
  return found && { node: Number(found[1]), way: found[2] };
}

/** Where the point is that is read out, as shares of the map's sides. */
async function point() {
  const text = await page.locator("#probe dd").first().textContent();
  const [x0, x1] = text.replaceAll("−", "-").split(", ").map(Number);
  return [x0, -x1].map((u) => (u / plane.extent + 1) / 2);
}

/** A place beside a line, which has been tapped, and what is offered there. */
async function beside() {
  for (let k = 0; k < 80; k++) {
    const place = [0.1 + 0.1 * (k % 9), 0.12 + 0.095 * Math.floor(k / 9)];
    const { node } = (await tap(place)) ?? { node: null };
    if (node !== null) return { place, node };
  }
  throw new Error("no line was found");
}

test("a tap reads the point and lights up the line there; another one on it switches", async () => {
  const { place, node } = await beside();
  assert.equal((await shown(page)).mask, FULL, "reading switches nothing");
  for (const [d, u] of (await point()).entries()) assert.ok(Math.abs(u - place[d]) < 0.01);
  const lit = page.locator(`#overlay [data-node="${node}"].over.selected`);
  assert.equal(await lit.count(), 1, "its line is lit up");
  assert.equal(await page.locator(".unit").nth(node).getAttribute("class"), "unit over selected");

  assert.deepEqual(await tap(place.map((u) => u + 0.005)), { node, way: "on" });
  assert.equal((await shown(page)).mask, FULL ^ (1n << BigInt(node)), "off");
  assert.deepEqual(await tap(place), { node, way: "off" });
  assert.equal((await shown(page)).mask, FULL, "and on again");
});

test("what is selected otherwise is offered no longer", async () => {
  const { node } = await beside();
  const other = (node + 1) % n;
  await page.locator("button.chip").nth(other).tap();
  assert.equal((await shown(page)).mask, FULL ^ (1n << BigInt(other)));
  assert.equal(await offered(), null);
  assert.equal(await page.locator("#overlay .over").count(), 0);
});

test("without lines a tap only reads", async () => {
  const { place } = await beside();
  await page.locator("#lines").uncheck();
  for (let k = 0; k < 2; k++) assert.equal(await tap(place), null);
  assert.equal((await shown(page)).mask, FULL);
});
