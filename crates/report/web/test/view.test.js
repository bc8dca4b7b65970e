// How the page looks and answers to hands: wide, narrow and on a phone, light and dark.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { maskText } from "../masks.js";
import { EXPLORER, PHONE, follow, record, shown, withBrowser } from "./support.js";

const known = record();
const { n } = known;
const FULL = (1n << BigInt(n)) - 1n;
const hash = (mask, rest = "") => `#mask=${maskText(BigInt(mask), n)}${rest}`;
const using = withBrowser();

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
