// How the page looks and answers to hands: wide, narrow and on a phone, light and dark.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { MOST_WITH_EDGES, arrange } from "../arrange.js";
import { inkOn, pushColour } from "../colours.js";
import { maskText } from "../masks.js";
import { EXPLORER, follow, launch, open, record, shown } from "./support.js";

const known = record();
const { n } = known;
const FULL = (1n << BigInt(n)) - 1n;
const hash = (mask, rest = "") => `#mask=${maskText(BigInt(mask), n)}${rest}`;
const widths = known.network.layers.slice(0, -1).map((layer) => layer.outputs);
const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
});

/** Opens a page, lets it be used, and closes it without complaints. */
async function using(options, use) {
  const { context, page, complaints } = await open(browser, options);
  await use(page);
  assert.deepEqual(complaints, []);
  await context.close();
}

/** Whether the map and all of the first numbers are within the window. */
function isInView(page) {
  return page.evaluate(() => {
    const inside = (element) => {
      const { top, bottom, left, right } = element.getBoundingClientRect();
      const [width, height] = [document.documentElement.clientWidth, window.innerHeight];
      return top >= -1 && left >= 0 && bottom <= height && right <= width;
    };
    const parts = [document.getElementById("plane"), ...document.querySelectorAll("#numbers dd")];
    return parts.filter((part) => part.checkVisibility()).every(inside);
  });
}

for (const [width, height] of [
  [1400, 900],
  [800, 900],
  [390, 844],
]) {
  test(`map, loss, rank and number of nodes stay in view at ${width} pixels`, async () => {
    const options = width < 600 ? PHONE : { viewport: { width, height } };
    await using({ ...options, hash: hash(FULL) }, async (page) => {
      for (const button of [".unit", "button.node"]) {
        for (const i of [0, n - 1]) {
          const target = page.locator(button).nth(i);
          await target.scrollIntoViewIfNeeded();
          await target.evaluate((element) => element.scrollIntoView({ block: "end" }));
          assert.ok(await isInView(page), `at ${button} ${i}`);
          const names = await page.locator("#numbers dt").allTextContents();
          assert.deepEqual(names, ["loss", "rank", "nodes on"]);
        }
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels wide`);
    });
  });
}

test("a finger switches nodes in the picture and in the list", async () => {
  await using({ ...PHONE, hash: hash(FULL) }, async (page) => {
    const state = async () => (await shown(page)).mask;
    await page.locator(".unit").nth(1).tap();
    assert.equal(await state(), FULL ^ 2n, "a tap on the picture");
    await page.locator("button.node").nth(0).tap();
    assert.equal(await state(), FULL ^ 3n, "a tap in the list");
    await page.locator("button.node").nth(0).tap();
    assert.equal(await state(), FULL ^ 2n, "and another");
    await page.locator(".node-row .bar").first().tap();
    assert.equal(await state(), FULL ^ 2n, "beside the button it selects");
    const large = await page.locator("#plane").boundingBox();
    assert.ok(large.width > 0.9 * PHONE.viewport.width, "the map is as wide as the screen");
    await page.locator("#enlarge").tap();
    const small = await page.locator("#plane").boundingBox();
    assert.ok(large.width > 2 * small.width && (await isInView(page)), "it can be smaller");
    await page.locator("#enlarge").tap();
    await page.locator("#lines").uncheck();
    await page.locator("#plane").tap({ position: { x: 8, y: large.height - 8 } });
    await page.locator("#probe dd").first().waitFor();
  });
});

test("a switch for each node stays below the map, and the scale between them", async () => {
  await using({ ...PHONE, hash: hash(FULL) }, async (page) => {
    const chips = page.locator(".chip");
    assert.equal(await chips.count(), n);
    for (const scrolled of [0, 1200, 2600]) {
      await page.evaluate((y) => window.scrollTo(0, y), scrolled);
      const [plane, scale, strip] = await page.evaluate(() =>
        ["#plane", ".scale", "#chips"].map((name) => {
          const { top, bottom } = document.querySelector(name).getBoundingClientRect();
          return [top, bottom];
        }),
      );
      assert.ok(plane[1] <= scale[0] && scale[1] <= strip[0], "the map, its scale, the switches");
      assert.ok(strip[1] < PHONE.viewport.height, `in view at ${scrolled}`);
    }
    let mask = FULL;
    for (const i of [1, n - 1]) {
      const from = await page.evaluate(() => window.scrollY);
      await chips.nth(i).tap();
      mask ^= 1n << BigInt(i);
      assert.equal((await shown(page)).mask, mask, `a tap on switch ${i}`);
      assert.equal(await chips.nth(i).getAttribute("aria-checked"), "false");
      assert.equal(await page.evaluate(() => window.scrollY), from, "nothing scrolls away");
    }
  });
  await using({ hash: hash(FULL) }, async (page) => {
    assert.equal(await page.locator("#chips").isVisible(), false, "a wide screen needs none");
  });
});

test("words are those of the pointer at hand", async () => {
  for (const [options, words] of [
    [{}, ["Click", "Point at"]],
    [PHONE, ["Tap", "Touch"]],
  ]) {
    await using(options, async (page) => {
      const [lead, probe] = [page.locator(".lead"), page.locator("#probe-hint")];
      const told = [await lead.innerText(), await probe.innerText()];
      for (const [k, word] of words.entries()) assert.ok(told[k].startsWith(word), told[k]);
    });
  }
});

for (const [width, height] of [
  [1400, 900],
  [800, 900],
  [390, 844],
]) {
  test(`numbers of lines neither meet nor leave the map at ${width} pixels`, async () => {
    const options = width < 600 ? PHONE : { viewport: { width, height } };
    await using({ ...options, hash: hash(FULL, "&node=3") }, async (page) => {
      const [map, labels] = await page.evaluate(() => {
        const box = (element) => {
          const { left, right, top, bottom } = element.getBoundingClientRect();
          return { left, right, top, bottom };
        };
        const texts = [...document.querySelectorAll("#overlay text")];
        const visible = texts.filter((text) => text.checkVisibility({ visibilityProperty: true }));
        return [box(document.getElementById("plane")), visible.map(box)];
      });
      assert.ok(labels.length > 0);
      for (const [k, a] of labels.entries()) {
        const isInside = a.left >= map.left && a.right <= map.right;
        assert.ok(isInside && a.top >= map.top - 1 && a.bottom <= map.bottom + 1, `label ${k}`);
        for (const [j, b] of labels.slice(0, k).entries()) {
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          // Boxes of text are higher than its figures.
          assert.ok(across < 1 || down < 3, `labels ${j} and ${k}: ${across} × ${down}`);
        }
      }
    });
  });
}

test("what a finger is to hit is at least 40 pixels wide and high", async () => {
  await using(PHONE, async (page) => {
    const small = await page.evaluate(() => {
      for (const part of document.querySelectorAll("details")) part.open = true;
      const targets = "button, select, summary, nav a, main label, #bring input";
      return [...document.querySelectorAll(targets)]
        .filter((element) => element.checkVisibility())
        .map((element) => [element.id || element.textContent, element.getBoundingClientRect()])
        .filter(([, box]) => box.width < 40 || box.height < 40)
        .map(([name, box]) => `${name}: ${box.width} × ${box.height}`);
    });
    assert.deepEqual(small, []);
  });
});

test("Back and Forward go through what was done", async () => {
  await using({ hash: hash(FULL) }, async (page) => {
    const settle = () => page.waitForTimeout(350);
    await settle();
    const masks = [FULL];
    for (const i of [0, 1]) {
      await page.locator("button.node").nth(i).click();
      masks.push(masks[i] ^ (1n << BigInt(i)));
      await settle();
    }
    await page.locator("#reverse").click();
    masks.push(FULL ^ masks[2]);
    await settle();
    for (const mask of masks.slice(0, -1).reverse()) {
      await page.goBack();
      assert.equal((await shown(page)).mask, mask, "back");
    }
    await page.goForward();
    assert.equal((await shown(page)).mask, masks[1], "forward");
    // What only moves on is no page of its own.
    const length = () => page.evaluate(() => window.history.length);
    const start = await length();
    await page.locator("input[value=loss]").check({ force: true });
    await page.locator("#gate").fill("0.5");
    await settle();
    const one = await length();
    await page.locator(".node-row .bar").nth(4).click();
    await settle();
    assert.ok(one <= start + 1 && (await length()) === one, "only masks count");
  });
});

test("a link that does not fit says so, and only then", async () => {
  await using({ hash: "#mask=banana&node=0&soft=1&colour=red" }, async (page) => {
    const notice = page.locator("#notice");
    const text = await notice.textContent();
    for (const part of ["mask=banana", "soft=1", "colour=red", `0 to ${maskText(FULL, n)}`]) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    assert.ok(!text.includes("node=0"), text);
    assert.match(text, /The rest of it is shown/);
    assert.equal((await shown(page)).mask, FULL);
    await page.locator("#notice-close").click();
    assert.equal(await notice.isVisible(), false);
    await follow(page, `#mask=${maskText(FULL + 1n, n)}`);
    assert.equal(await notice.isVisible(), true, "one node too many");
    assert.doesNotMatch(await notice.textContent(), /The rest/, "there is none");
    await follow(page, hash(1n, "&points=loss&lines=off&p=0&at=0,0"));
    assert.equal(await notice.isVisible(), false);
    assert.equal((await shown(page)).mask, 1n);
  });
});

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

test("numbers fit their cards", async () => {
  for (const width of [1400, 800, 390]) {
    const viewport = { width, height: 900 };
    await using({ viewport, hash: hash(FULL, "&soft=1.35") }, async (page) => {
      const over = await page.evaluate(() =>
        [...document.querySelectorAll(".figures dd")]
          .filter((dd) => dd.scrollWidth > dd.clientWidth)
          .map((dd) => dd.textContent),
      );
      assert.deepEqual(over, [], `at ${width} pixels`);
    });
  }
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

test("there is a way back to the results where there are any", async () => {
  await using({}, async (page) => {
    const links = await page.evaluate(() =>
      [...document.querySelectorAll("nav a")].map((link) => link.getAttribute("href")),
    );
    const hasResults = existsSync(join(dirname(EXPLORER), "index.html"));
    assert.deepEqual(links, hasResults ? ["index.html"] : []);
  });
});

/** Words whose contrast with what is below them is less than 4.5, as the browser shows them. */
function faint() {
  const parse = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) =>
      value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = ({ rgb, alpha }, below) => rgb.map((v, c) => alpha * v + (1 - alpha) * below[c]);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { rgb, alpha } = parse(getComputedStyle(at).backgroundColor);
      if (alpha > 0) return alpha < 1 ? over({ rgb, alpha }, ground(at.parentElement)) : rgb;
    }
    return [255, 255, 255];
  };
  const hasWords = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
  // Over the map, words have a ground of their own that is no background.
  const all = [...document.body.querySelectorAll("*")].filter(
    (element) => hasWords(element) && isShown(element) && !element.closest("#overlay, script"),
  );
  return all.flatMap((element) => {
    const style = getComputedStyle(element);
    const below = ground(element);
    const isDrawn = element instanceof SVGElement;
    const ink = parse(isDrawn ? style.fill : style.color);
    ink.alpha *= Number(style.opacity);
    const [light, dark] = [luminance(over(ink, below)), luminance(below)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    return contrast < 4.5 ? [`${element.outerHTML.slice(0, 90)}: ${contrast.toFixed(2)}`] : [];
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`words stand out from their ground, also of what is disabled, ${colorScheme}`, async () => {
    await using({ colorScheme, hash: hash(FULL ^ 1n, "&node=1&soft=1.35") }, async (page) => {
      await shown(page);
      assert.ok(await page.locator("#undo").isDisabled());
      await page.evaluate(() =>
        [...document.querySelectorAll("details")].forEach((part) => (part.open = true)),
      );
      assert.deepEqual(await page.evaluate(faint), []);
    });
  });
}
