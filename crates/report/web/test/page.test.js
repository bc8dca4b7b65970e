// The map and the nodes in a browser, used by mouse, keyboard and link, against the record.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ColourMap } from "../colours.js";
import {
  FULL,
  button,
  click,
  complaints,
  expectMask,
  hash,
  isSmall,
  known,
  n,
  near,
  page,
} from "./session.js";
import { centres, follow, shown, TOLERANCE } from "./support.js";

test("opens with the full network", async () => {
  await expectMask(FULL, "at first");
  assert.equal(await page.title(), "Take a network apart");
});

test("shows what was recorded of every checked mask", async () => {
  const points = centres(known.checks.grid);
  for (const { mask, ...expected } of known.checks.masks) {
    await follow(page, hash(mask));
    const view = await expectMask(BigInt(mask), "followed link");
    near(view.loss, expected.loss, "loss");
    near(view.accuracy, expected.accuracy, "accuracy");
    for (const [i, g] of expected.gradient.entries()) near(view.gradient[i], g, `gradient ${i}`);
    for (const [i, change] of expected.flips.entries()) near(view.flips[i], change, `flip ${i}`);
    for (let p = 5; p < points.length; p += 23) {
      await follow(page, hash(mask, `&at=${points[p].join(",")}`));
      const { point } = await shown(page);
      near(point.probability, expected.probabilities[p], `probability at ${points[p]}`);
    }
  }
});

test("ranks are those of the program", { skip: !isSmall }, async () => {
  for (const { mask, rank } of known.checks.masks) {
    await follow(page, hash(mask));
    assert.equal(Number((await shown(page)).rank.replaceAll(",", "")), rank, `rank of ${mask}`);
  }
});

/** Colours of the pixels that were checked, as the canvas has them. */
function colours() {
  const { plane, checks } = known;
  const every = plane.side / checks.grid[1];
  return page.evaluate(
    ([side, step]) => {
      const canvas = document.getElementById("heatmap");
      const { data } = canvas.getContext("2d").getImageData(0, 0, side, side);
      const found = [];
      for (let row = 0; row < side / step; row++) {
        for (let column = 0; column < side / step; column++) {
          const at = (k) => Math.floor((k + 0.5) * step);
          const from = 4 * ((side - 1 - at(row)) * side + at(column));
          found.push([...data.slice(from, from + 3)]);
        }
      }
      return found;
    },
    [plane.side, every],
  );
}

/** That every checked pixel has the colour of its value, or the shade next to it. */
async function expectColours(values, map, [low, high], what) {
  const side = await page.evaluate(() => document.getElementById("heatmap").width);
  if (side !== known.plane.side) return;
  const found = await colours();
  for (const [p, value] of values.entries()) {
    const shades = [-1, 0, 1].map((d) => map.at((value - low) / (high - low) + d / 254));
    const range = [0, 1, 2].map((c) => shades.map((shade) => shade[c]));
    for (const [c, channel] of range.entries()) {
      const fits =
        found[p][c] >= Math.min(...channel) - 1 && found[p][c] <= Math.max(...channel) + 1;
      assert.ok(fits, `${what}: pixel ${p} is ${found[p]}, not ${shades[1]}`);
    }
  }
}

const maps = () =>
  page.evaluate(() => JSON.parse(document.getElementById("record").textContent).colours);

test("pixels have the colours of what was recorded, in every mode", async () => {
  const steps = await maps();
  const [sequential, diverging] = [steps.sequential, steps.diverging].map((s) => new ColourMap(s));
  for (const { mask, probabilities } of known.checks.masks) {
    await follow(page, hash(mask));
    await expectColours(probabilities, sequential, [0, 1], `mask ${mask}`);
  }
  const limit = async () =>
    Number((await page.locator("#scale-high").textContent()).replace("≥ ", ""));
  await follow(page, hash(FULL, "&mode=loss"));
  await expectColours(known.checks.pixel_losses, sequential, [0, await limit()], "loss");
  for (const node of [0, n - 1]) {
    await follow(page, hash(FULL, `&mode=gradient&node=${node}`));
    const values = known.checks.pixel_gradients.filter((_, k) => k % n === node);
    const high = await limit();
    await expectColours(values, diverging, [-high, high], `gradient of node ${node}`);
  }
});

test("loss and gate gradient at a point", async () => {
  const points = centres(known.checks.grid);
  const scale = Math.max(1, ...known.checks.pixel_losses);
  for (let p = 3; p < points.length; p += 17) {
    const node = p % n;
    await follow(page, hash(FULL, `&mode=gradient&node=${node}&at=${points[p].join(",")}`));
    const { point } = await shown(page);
    near(point.loss, known.checks.pixel_losses[p], "loss", TOLERANCE * scale);
    const gradient = known.checks.pixel_gradients[p * n + node];
    near(point.gradient, gradient, "gradient", TOLERANCE * scale);
  }
});

test("the pointer reads out the point that it is over", async () => {
  await follow(page, hash(FULL));
  const box = await page.locator("#overlay").boundingBox();
  const [x, y] = [box.x + 0.71 * box.width, box.y + 0.32 * box.height];
  await page.mouse.move(Math.round(x), Math.round(y));
  const extent = known.plane.extent;
  const at = (await page.locator("#probe dd").first().textContent())
    .replaceAll("−", "-")
    .split(", ");
  near(Number(at[0]), extent * (2 * 0.71 - 1), "x0", 0.01);
  near(Number(at[1]), -extent * (2 * 0.32 - 1), "x1", 0.01);
});

test("switches by click, by line, by keyboard and by drag", async () => {
  await follow(page, hash(FULL));
  await button(1).click();
  await expectMask(FULL ^ 2n, "a click switches node 1 off");
  await button(1).click();
  await expectMask(FULL, "and on again");

  await button(0).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await expectMask(FULL ^ 4n, "arrows and space switch node 2");
  await page.keyboard.press("Enter");
  await expectMask(FULL, "so does enter");

  const from = await button(0).boundingBox();
  const to = await button(2).boundingBox();
  await page.mouse.move(from.x + 10, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + 10, to.y + 10, { steps: 12 });
  await page.mouse.up();
  await expectMask(FULL ^ 7n, "a drag over buttons switches off what it passes");
});

/** Nodes of the first layer whose line meets the map, and two points beside its middle. */
function lines() {
  const { weights, biases } = known.network.layers[0];
  return biases.flatMap((bias, i) => {
    const [w0, w1] = [weights[2 * i], weights[2 * i + 1]];
    const norm = Math.hypot(w0, w1);
    const foot = [(-bias * w0) / norm ** 2, (-bias * w1) / norm ** 2];
    return norm > 0 && Math.max(...foot.map(Math.abs)) < 1.9 ? [{ i, foot, w0, w1, norm }] : [];
  });
}

test("lines are switched by a click, and cut by a drag", async () => {
  await page.evaluate(() => window.scrollTo(0, 0));
  const { extent } = known.plane;
  const box = await page.locator("#overlay").boundingBox();
  const place = ([x0, x1]) => [
    box.x + (box.width * (1 + x0 / extent)) / 2,
    box.y + (box.height * (1 - x1 / extent)) / 2,
  ];
  const all = lines();
  assert.ok(all.length > 0, "some line can be clicked");
  const distance = (line, [x0, x1]) => {
    const { weights, biases } = known.network.layers[0];
    return (
      Math.abs(weights[2 * line.i] * x0 + weights[2 * line.i + 1] * x1 + biases[line.i]) / line.norm
    );
  };
  // A point of some line that no other line comes near to.
  const spots = all.flatMap((line) =>
    [-1.2, -0.6, -0.3, 0, 0.3, 0.6, 1.2].map((t) => {
      const spot = [
        line.foot[0] - (t * line.w1) / line.norm,
        line.foot[1] + (t * line.w0) / line.norm,
      ];
      const others = all.filter((other) => other !== line).map((other) => distance(other, spot));
      return {
        line,
        spot,
        room: Math.max(...spot.map(Math.abs)) < 1.9 ? Math.min(9, ...others) : 0,
      };
    }),
  );
  spots.sort((a, b) => b.room - a.room);
  const { line, spot, room } = spots[0];
  const bit = 1n << BigInt(line.i);
  await follow(page, hash(FULL));
  await page.mouse.click(...place(spot));
  if (n === known.network.layers[0].outputs) await expectMask(FULL ^ bit, "a click on a line");

  // A short stroke across the line, too short to reach another, leaves the rest alone.
  await follow(page, hash(FULL));
  const reach = Math.min(0.3, 0.8 * room);
  const side = (sign) =>
    place([
      spot[0] + (sign * reach * line.w0) / line.norm,
      spot[1] + (sign * reach * line.w1) / line.norm,
    ]);
  await page.mouse.move(...side(-1));
  await page.mouse.down();
  await page.mouse.move(...side(1), { steps: 20 });
  await page.mouse.up();
  const { mask } = await shown(page);
  assert.equal(mask & bit, 0n, "a stroke across a line switches it off");
  if (n === known.network.layers[0].outputs) assert.equal(mask, FULL ^ bit);
  await click("undo");
  await expectMask(FULL, "undo takes the whole stroke back");
});

test("nothing was complained about, and nothing was asked of the network", () => {
  assert.deepEqual(complaints, []);
});
