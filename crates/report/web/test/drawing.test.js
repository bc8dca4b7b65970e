// What is drawn: the network as a picture, evaluation points, the value beside the pointer, the trail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_WITH_EDGES, arrange } from "../arrange.js";
import { inkOn, pushColour } from "../colours.js";
import { maskText } from "../masks.js";
import { record, shown, withBrowser } from "./support.js";

const known = record();
const { n } = known;
const FULL = (1n << BigInt(n)) - 1n;
const hash = (mask, rest = "") => `#mask=${maskText(BigInt(mask), n)}${rest}`;
const widths = known.network.layers.slice(0, -1).map((layer) => layer.outputs);
const using = withBrowser();

test("the picture has every node in its layer, and shows what is off", async () => {
  await using({ hash: hash(FULL ^ 1n) }, async (page) => {
    assert.equal(await page.locator(".unit").count(), n);
    const heads = await page.locator("#graph .heads span").allTextContents();
    assert.equal(heads.length, widths.length + 2);
    for (const [k, width] of widths.entries()) assert.ok(heads[k + 1].includes(`${width} node`));
    const tops = await page.evaluate(() =>
      [...document.querySelectorAll(".unit")].map((unit) => unit.getBoundingClientRect().top),
    );
    let from = 0;
    for (const width of widths.slice(0, -1)) {
      from += width;
      assert.ok(Math.min(...tops.slice(from)) > Math.max(...tops.slice(0, from)), "layer by layer");
    }
    const inked = (i) =>
      page.evaluate((k) => {
        const canvas = document.querySelectorAll(".unit canvas")[k];
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return getComputedStyle(canvas).visibility === "hidden" ? -1 : data.some((x) => x > 0);
      }, i);
    assert.equal(await inked(0), -1, "nothing is seen of a node that is off");
    const on = [];
    for (let i = 1; i < n; i++) on.push(await inked(i));
    assert.ok(on.includes(true) && !on.includes(-1), "and something of those that are on");
    if (n <= MOST_WITH_EDGES) {
      // Whatever a node is connected with fades with it.
      const count = () => page.locator("#graph .edge.off").count();
      const next = widths[1] ?? 1;
      assert.equal(await count(), 2 + next);
      await page.locator(".unit").first().click();
      assert.equal(await count(), 0);
      assert.equal((await shown(page)).mask, FULL);
    }
  });
});

test("nodes of any network have places of their own", () => {
  for (const layers of [[1], [20], [10, 10], [7, 1, 12], [40], [41], [300, 200], [512]]) {
    for (const width of [340, 400, 760, 1200]) {
      for (const isTouch of [false, true]) {
        const { nodes, size, height, output } = arrange(layers, 2, width, isTouch);
        assert.equal(
          nodes.length,
          layers.reduce((sum, own) => sum + own),
        );
        assert.ok(size >= (isTouch ? 40 : 32) || width < 400, `${size} at ${width}`);
        for (const [k, [x, y]] of nodes.entries()) {
          assert.ok(x >= size / 2 - 1 && x <= width - size / 2 + 1, `${layers}: ${x} of ${width}`);
          assert.ok(y < output[1] && y < height);
          for (const [u, v] of nodes.slice(k + 1)) {
            assert.ok(Math.max(Math.abs(x - u), Math.abs(y - v)) >= size, `${layers} at ${width}`);
          }
        }
      }
    }
  }
});

test("no heading is on a frame", () => {
  // Half of a heading's height.
  const half = 8.5;
  for (const layers of [[20], [64], [300], [40, 8, 40]]) {
    for (const width of [340, 760, 1200]) {
      const { frames, heads } = arrange(layers, 2, width, width < 480);
      for (const { y, height } of frames) {
        for (const edge of [y, y + height]) {
          const meets = heads.some((head) => Math.abs(head - edge) < half);
          assert.ok(!meets, `${layers} at ${width}: ${heads}, ${edge}`);
        }
      }
    }
  }
});

test("a layer is one line where there is room, else lines in a frame", () => {
  const rows = ({ nodes }) => new Set(nodes.map(([, y]) => y)).size;
  assert.equal(rows(arrange([20], 2, 780, false)), 1);
  assert.deepEqual(arrange([20], 2, 780, false).frames, []);
  assert.equal(rows(arrange([10, 10], 2, 420, false)), 2);
  const framed = arrange([20], 2, 354, true);
  assert.ok(rows(framed) > 1);
  const [frame] = framed.frames;
  for (const [, y] of framed.nodes) {
    const [top, bottom] = [y - framed.size / 2, y + framed.size / 2];
    assert.ok(top > frame.y && bottom < frame.y + frame.height, "all of it is within");
  }
  const columns = new Set(framed.nodes.map(([x]) => x.toFixed(3)));
  assert.equal(columns.size, Math.ceil(20 / rows(framed)), "below each other");
});

test("evaluation points are drawn by class and by loss", async () => {
  await using({ hash: hash(FULL, "&lines=off") }, async (page) => {
    const colours = () =>
      page.evaluate(() => {
        const canvas = document.getElementById("points");
        if (canvas.hidden) return 0;
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const found = new Set();
        for (let k = 0; k < data.length; k += 4) {
          if (data[k + 3] === 255) found.add(`${data.slice(k, k + 3)}`);
        }
        return found.size;
      });
    assert.equal(await colours(), 0);
    await page.locator("#points-by").selectOption("class");
    assert.ok((await colours()) >= 2, "two classes");
    await page.locator("#points-by").selectOption("loss");
    assert.match(await page.locator("#points-note").textContent(), /white for no loss, red from/);
    const full = await colours();
    await page.locator("#all-off").click();
    assert.ok(full > 3 && (await colours()) > 0, "losses of several sizes");
    await page.waitForTimeout(350);
    assert.match(await page.evaluate(() => window.location.hash), /points=loss/);
  });
});

test("the value under the pointer is beside the pointer, and within the map", async () => {
  await using({ hash: hash(FULL, "&mode=loss&lines=off") }, async (page) => {
    const map = await page.locator("#plane").boundingBox();
    for (const [across, down] of [
      [0.02, 0.02],
      [0.98, 0.03],
      [0.5, 0.5],
      [0.03, 0.97],
      [0.97, 0.98],
    ]) {
      const at = [map.x + across * map.width, map.y + down * map.height];
      await page.mouse.move(...at);
      const tip = await page.locator("#tip").boundingBox();
      assert.ok(tip.x >= map.x && tip.x + tip.width <= map.x + map.width, `${across}, ${down}`);
      assert.ok(tip.y >= map.y && tip.y + tip.height <= map.y + map.height, `${across}, ${down}`);
      const far = Math.max(
        tip.x - at[0],
        at[0] - tip.x - tip.width,
        tip.y - at[1],
        at[1] - tip.y - tip.height,
      );
      assert.ok(far > 0 && far < 40, `${far} pixels away at ${across}, ${down}`);
      const value = (await shown(page)).point.loss;
      const text = await page.locator("#tip b").textContent();
      assert.equal(Number(text.replace("−", "-")), value);
    }
    await page.mouse.move(map.x + map.width + 60, map.y);
    assert.equal(await page.locator("#tip").isVisible(), false);
  });
});

test("where it has been stays inside of its plot, and can be cleared", async () => {
  await using({ hash: hash(FULL) }, async (page) => {
    for (const id of ["all-off", "random", "random", "all-on"]) {
      await page.locator(`#${id}`).click();
      await shown(page);
      await page.waitForTimeout(60);
    }
    const dots = () =>
      page.evaluate(() => {
        const plot = document.getElementById("frontier").getBoundingClientRect();
        const found = [...document.querySelectorAll("#frontier .trail")];
        const box = (dot) => dot.getBoundingClientRect();
        const isInside = (dot) =>
          box(dot).top >= plot.top &&
          box(dot).bottom <= plot.bottom - 25 &&
          box(dot).left >= plot.left &&
          box(dot).right <= plot.right;
        return [found.length, found.every(isInside)];
      });
    const [count, isInside] = await dots();
    assert.ok(count >= 2 && isInside, `${count} places`);
    await page.locator("#trail-clear").click();
    assert.deepEqual(await dots(), [1, true], "only where it is");
    assert.equal(await page.locator("#trail-clear").isDisabled(), true);
  });
});

test("colours of a row mean one thing: which way a node pushes", async () => {
  await using({ hash: hash(FULL) }, async (page) => {
    const bars = await page.evaluate(() => [
      ...new Set(
        [...document.querySelectorAll(".bar i")].map(
          (bar) => getComputedStyle(bar).backgroundColor,
        ),
      ),
    ]);
    assert.equal(bars.length, 1, `${bars}`);
  });
  const [towards, away] = [pushColour(0.5), pushColour(-0.5)];
  assert.notDeepEqual(towards, away);
  for (const colour of [towards, away, pushColour(1), pushColour(-1), pushColour(0)]) {
    assert.match(inkOn(colour), /#000|#fff/);
  }
});
