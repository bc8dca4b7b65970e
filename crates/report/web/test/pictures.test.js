// Pictures of the page, for people: screenshots into SHOTS, an animation of its use into ANIMATION.

import assert from "node:assert/strict";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import gifenc from "gifenc";
import { PNG } from "pngjs";
import { ColourMap } from "../colours.js";
import { launch, open } from "./support.js";

const { SHOTS, ANIMATION } = process.env;

/** Most bytes of the animation. */
const MOST_BYTES = 3_000_000;

test("screenshots, wide and narrow, light and dark", { skip: !SHOTS }, async () => {
  mkdirSync(SHOTS, { recursive: true });
  const browser = await launch();
  for (const [size, width, height] of [
    ["wide", 1400, 900],
    ["middle", 800, 900],
    ["narrow", 390, 844],
  ]) {
    for (const colorScheme of ["light", "dark"]) {
      const options = { viewport: { width, height }, colorScheme };
      const { context, page, complaints } = await open(browser, options);
      await page.waitForTimeout(400);
      await page.screenshot({
        path: join(SHOTS, `${size}-${colorScheme}.png`),
        fullPage: true,
      });
      assert.deepEqual(complaints, []);
      await context.close();
    }
  }
  await browser.close();
});

/** Most frames of training, which are as many as there is time for. */
const MOST_TRAINING = 40;

/** Milliseconds that the page is given to come to rest. */
const REST = 120;

/** The explorer in use: what to do, hundredths of a second to look at it, and milliseconds of rest. */
async function* scenes(page) {
  const node = (i) => page.locator(`.unit[data-unit="${i}"]`);
  const rest = () => page.mouse.move(4, 4);
  const mode = (name) => page.locator(`input[value=${name}]`).check({ force: true });
  const fold = () => page.locator("#trainer summary").click();
  yield [rest, 60];
  // A network of its own, from its first steps on.
  yield [fold, 50];
  // So many that there is something to see of them.
  yield [() => page.getByLabel("steps").fill("20000"), 40];
  yield [() => page.locator("#trainer button[type=submit]").click(), 10, 0];
  const isDone = async () => /^Trained/.test(await page.locator("#trainer .said").textContent());
  for (let k = 0; k < MOST_TRAINING && !(await isDone()); k++) {
    yield [() => page.waitForTimeout(20), 14, 0];
  }
  await page.waitForSelector("html[data-settled]");
  yield [rest, 90];
  yield [fold, 120];
  // From the full network, one node after the other.
  for (const i of [4, 13, 17, 2, 9, 15]) {
    yield [() => node(i).hover(), 25];
    yield [() => node(i).click(), 60];
  }
  yield [() => page.locator("#reverse").click(), 150];
  yield [() => page.locator("#reverse").click(), 80];
  yield [() => mode("gradient"), 110];
  for (const i of [4, 2]) {
    yield [() => node(i).hover(), 20];
    yield [() => node(i).click(), 90];
  }
  yield [() => page.locator("#all-on").click(), 90];
  yield [() => mode("prediction"), 90];
  // The next best to remove, down to what is left of the circle.
  for (let k = 0; k < 16; k++) {
    yield [() => node(0).press("g"), k < 15 ? 28 : 160];
  }
  yield [() => page.locator("#all-on").click(), 120];
}

/** Shades of each colour map in the palette: enough that no steps are seen in the heatmap. */
const SHADES = [110, 50];

/** Frames [{ data, width, height, delay }] as a gif: one palette, and only what changes. */
function animation(frames, maps) {
  const { GIFEncoder, quantize, applyPalette } = gifenc;
  const sample = Buffer.concat(frames.filter((_, k) => k % 4 === 0).map((frame) => frame.data));
  const shades = maps.flatMap((map, k) =>
    Array.from({ length: SHADES[k] }, (_, step) => map.at(step / (SHADES[k] - 1))),
  );
  const palette = [...shades, ...quantize(new Uint8Array(sample), 255 - shades.length)];
  const unchanged = palette.length;
  const colours = [...palette, [0, 0, 0]];
  const gif = GIFEncoder();
  let before = null;
  for (const { data, width, height, delay } of frames) {
    const indices = applyPalette(new Uint8Array(data), palette);
    const fresh = before ? indices.map((own, k) => (own === before[k] ? unchanged : own)) : indices;
    gif.writeFrame(fresh, width, height, {
      palette: before ? undefined : colours,
      delay: 10 * delay,
      transparent: before !== null,
      transparentIndex: unchanged,
      dispose: 1,
    });
    before = indices;
  }
  gif.finish();
  return gif.bytes();
}

test("an animation of the explorer in use", { skip: !ANIMATION }, async () => {
  const browser = await launch();
  const options = {
    viewport: { width: 1160, height: 820 },
    deviceScaleFactor: 0.7,
  };
  const { page, complaints } = await open(browser, {
    ...options,
    reducedMotion: "reduce",
  });
  const frames = [];
  for await (const [act, delay, rest = REST] of scenes(page)) {
    await act();
    await page.waitForTimeout(rest);
    const { data, width, height: rows } = PNG.sync.read(await page.screenshot());
    frames.push({ data, width, height: rows, delay });
  }
  assert.deepEqual(complaints, []);
  const { sequential, diverging } = await page.evaluate(
    () => JSON.parse(document.getElementById("record").textContent).colours,
  );
  await browser.close();
  const maps = [sequential, diverging].map((steps) => new ColourMap(steps));
  writeFileSync(ANIMATION, animation(frames, maps));
  assert.ok(statSync(ANIMATION).size < MOST_BYTES, `${statSync(ANIMATION).size} bytes`);
});
