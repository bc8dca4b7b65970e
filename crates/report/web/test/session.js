// One page that all tests of a file use in turn, and what was recorded beside it.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { maskText } from "../masks.js";
import { launch, open, record, shown, TOLERANCE } from "./support.js";

export const known = record();
export const { n, isSmall } = known;
export const FULL = (1n << BigInt(n)) - 1n;
export let browser;
export let page;
export let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await open(browser));
});

after(async () => {
  await browser.close();
});

export const near = (found, expected, what, tolerance = TOLERANCE) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found} is not ${expected}`);

export const button = (i) => page.locator(`button.node[data-node="${i}"]`);
export const click = (id) => page.locator(`#${id}`).click();
export const hash = (mask, rest = "") => `#mask=${maskText(BigInt(mask), n)}${rest}`;

/** That the page shows a mask, with the loss that was recorded for it. */
export async function expectMask(mask, what) {
  const view = await shown(page);
  assert.equal(view.mask, mask, what);
  if (known.losses) near(view.loss, known.losses[Number(mask)], `${what}: loss`);
  return view;
}
