// The live pieces of the page in a browser, by mouse, keyboard and touch, against the records beside it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { csv, launch, open, parse } from "./support.js";

const PAGE = resolve(process.env.PAGE ?? "../../../results/index.html");
const { SHOTS } = process.env;

const file = (name) => join(dirname(PAGE), name);
const frontier = csv(file("hypercube/frontier.csv"));
const best = csv(file("hypercube/best_masks.csv"));
const summary = JSON.parse(readFileSync(file("hypercube/summary.json"), "utf8"));
const exact = summary.reversal_correlation_log_loss;
const n = summary.n_nodes;

const NAMES = ["flip-path", "reversal", "greedy", "centring"];

let browser;
let page;
let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await open(browser, { path: PAGE }));
});

after(async () => {
  await browser.close();
});

/** A piece, once it is there. */
async function piece(name, on = page) {
  const element = on.locator(`[data-live="${name}"]`);
  await element.scrollIntoViewIfNeeded();
  await element.locator("button").first().waitFor();
  return element;
}

const press = (element, name) => element.getByRole("button", { name, exact: true }).click();
const said = (element) => element.locator(".said").textContent();

/** A number as the page writes it, to so many decimals. */
const written = (value, digits = 4) =>
  Math.abs(value)
    .toFixed(digits)
    .replace(/^/, value < 0 ? "−" : "");

/** The first number after some words. */
function after_(text, words) {
  const found = text.slice(text.indexOf(words) + words.length).match(/[−\d][\d.,]*\d|\d/);
  assert.ok(text.includes(words) && found, `${words} in: ${text}`);
  return found[0];
}

/** A correlation with its interval: r, and one standard error on the scale of artanh r. */
function correlation(text) {
  const found = /(−?\d\.\d+) \(95 %: (−?\d\.\d+) to (−?\d\.\d+)\)/.exec(text);
  assert.ok(found, text);
  const [value, low, high] = found.slice(1).map(parse);
  return { value, low, high, error: (Math.atanh(high) - Math.atanh(low)) / (2 * 1.96) };
}

function nearExact(text) {
  const { value, error } = correlation(text);
  const away = Math.abs(Math.atanh(value) - Math.atanh(exact)) / error;
  assert.ok(away < 4, `${away} standard errors from ${exact}: ${text}`);
}

test("every piece is built, and the page asks for nothing", async () => {
  for (const name of NAMES) {
    const element = await piece(name);
    assert.ok(await element.isVisible(), name);
    const { height } = await element.boundingBox();
    assert.ok(height < 440, `${name} is ${height} px high`);
    await element.locator(".said").filter({ hasText: /\d/ }).waitFor();
  }
  assert.deepEqual(complaints, []);
});

test("greedy removal goes the recorded way, beside the best", async () => {
  const element = await piece("greedy");
  for (let size = n; size >= 0; size--) {
    const text = await said(element);
    assert.equal(after_(text, "on, loss"), written(frontier[size].greedy), `greedy at ${size}`);
    if (text.includes("yours is")) {
      assert.equal(
        after_(text, `with ${size} on: `),
        written(frontier[size].best),
        `best of ${size}`,
      );
      const times = frontier[size].greedy / frontier[size].best;
      assert.equal(after_(text, "yours is "), written(times, 2), `ratio at ${size}`);
    } else {
      assert.ok(frontier[size].greedy - frontier[size].best < 1e-9, `${size}: ${text}`);
    }
    assert.equal(after_(text, `Median with ${size} on:`), written(frontier[size].median));
    if (size > 0) await press(element, "Remove the one that costs least");
  }
  assert.ok(await element.getByRole("button", { name: "Remove the one" }).isDisabled());
});

test("the best of every size is the recorded one", async () => {
  const element = await piece("greedy");
  await press(element, "All on");
  for (let size = n; size > 0; size--) {
    await press(element, "Show the best of this size");
    const on = await element
      .locator(".squares button")
      .evaluateAll((all) => all.map((square) => square.getAttribute("aria-pressed")));
    const mask = on.reduce((sum, is, i) => sum + (is === "true" ? 2 ** i : 0), 0);
    assert.equal(mask, best[size].mask, `the best of ${size}`);
    assert.equal(after_(await said(element), "on, loss"), written(best[size].loss));
    await press(element, "Remove the one that costs least");
  }
});

test("random pairs have the exact correlation, and chosen masks do not count", async () => {
  const element = await piece("reversal");
  for (let k = 0; k < 10; k++) await press(element, "Draw 200");
  const tally = element.locator(".summary").filter({ hasText: "2,001 random pairs" });
  await tally.waitFor({ timeout: 60_000 });
  const text = await tally.textContent();
  nearExact(text);
  assert.equal(after_(text, "over all masks,"), written(exact, 3));
  const [own, other] = (await said(element)).match(/\d\.\d+/g);
  await press(element, "Reverse");
  assert.deepEqual((await said(element)).match(/\d\.\d+/g).slice(0, 2), [other, own], "swapped");
  assert.equal(await tally.textContent(), text, "a reversal is no new pair");
  const full = () => element.locator('.squares button[aria-pressed="false"]');
  while ((await full().count()) > 0) await full().first().click();
  assert.equal(after_(await said(element), "Loss"), written(frontier[n].best), "all on");
  assert.equal(after_(await said(element), "and"), written(frontier[0].best), "all off");
});

test("a path ends at the reversal, and many have the exact correlation", async () => {
  const element = await piece("flip-path");
  const start = after_(await said(element), "loss");
  for (let step = 1; step <= n; step++) {
    await press(element, "Step");
    assert.match(await said(element), new RegExp(`^Flip ${step} of ${n}, node \\d+ (on|off)`));
  }
  assert.equal(after_(await said(element), "whose loss was"), start);
  const on = await element.locator(".squares").getAttribute("aria-label");
  const summaryOf = (text) => element.locator(".summary").filter({ hasText: text });
  await summaryOf("1 path walked").waitFor();
  for (let k = 0; k < 5; k++) await press(element, "Walk 100 more at once");
  await summaryOf("over 501 paths").waitFor({ timeout: 60_000 });
  nearExact(await summaryOf("over 501 paths").textContent());
  assert.equal(await element.locator(".squares").getAttribute("aria-label"), on, "stays");
  await press(element, "Play");
  await element.getByRole("button", { name: "Pause" }).waitFor();
  await summaryOf("over 501 paths").waitFor();
  await element
    .locator(".said")
    .filter({ hasText: `Flip ${n} of ${n}` })
    .waitFor();
  await summaryOf("over 502 paths").waitFor();
});

test("the output bias turns alike into opposite", async () => {
  const element = await piece("centring");
  const slider = element.getByRole("slider");
  nearExact(await said(element));
  assert.ok((await said(element)).includes("where training put it"));
  for (const [key, end] of [
    ["Home", -2],
    ["End", 2],
  ]) {
    await slider.press(key);
    const text = await said(element);
    assert.equal(parse(after_(text, "Bias at")), end);
    assert.ok(correlation(text).high < 0, text);
  }
  await press(element, "Best place");
  const centred = correlation(await said(element));
  await press(element, "As trained");
  const trained = correlation(await said(element));
  assert.ok(centred.value > trained.value, "alike most where random sub-networks do best");
  const cost = await slider.evaluate(async (input) => {
    const start = performance.now();
    for (let k = 0; k < 20; k++) {
      input.value = String(k / 20);
      input.dispatchEvent(new Event("input"));
    }
    return (performance.now() - start) / 20;
  });
  console.log(`# a move of the slider takes ${cost.toFixed(1)} ms`);
});

test("everything can be done by keyboard", async () => {
  const { context: own, page: fresh } = await open(browser, {
    path: PAGE,
    reducedMotion: "reduce",
  });
  const greedy = await piece("greedy", fresh);
  const squares = greedy.locator(".squares button");
  await squares.first().focus();
  for (const key of ["ArrowRight", "ArrowRight", "Space", "End", "Enter"]) {
    await fresh.keyboard.press(key);
  }
  const states = await squares.evaluateAll((all) => all.map((s) => s.getAttribute("aria-pressed")));
  const off = states.flatMap((state, i) => (state === "false" ? [i] : []));
  assert.deepEqual(off, [2, n - 1]);
  await fresh.keyboard.press("Tab");
  await fresh.keyboard.press("Enter");
  assert.match(await said(greedy), new RegExp(`${n - 3} nodes on`));
  const path = await piece("flip-path", fresh);
  await path.getByRole("button", { name: "Play" }).focus();
  await fresh.keyboard.press("Enter");
  assert.match(await said(path), new RegExp(`Flip ${n} of ${n}`), "nothing moves: the end at once");
  const centring = await piece("centring", fresh);
  const before_ = await said(centring);
  await centring.getByRole("slider").focus();
  await fresh.keyboard.press("ArrowRight");
  assert.notEqual(await said(centring), before_);
  await own.close();
});

test("on a phone targets are large and nothing is beside the screen", async () => {
  const options = { path: PAGE, viewport: { width: 390, height: 844 }, hasTouch: true };
  const { context: own, page: phone } = await open(browser, { ...options, isMobile: true });
  for (const name of NAMES) {
    const element = await piece(name, phone);
    const problems = await element.evaluate((root) => {
      const found = [];
      for (const target of root.querySelectorAll("button, input")) {
        const { width, height } = target.getBoundingClientRect();
        if (height < 40 || width < 40) found.push(`${target.textContent}: ${width} × ${height}`);
      }
      for (const part of root.querySelectorAll("*")) {
        const { left, right } = part.getBoundingClientRect();
        if (left < 0 || right > 390.5)
          found.push(`${part.outerHTML.slice(0, 80)}: ${left} to ${right}`);
      }
      return found;
    });
    assert.deepEqual(problems, [], name);
  }
  const square = (await piece("reversal", phone)).locator(".squares button").first();
  const state = await square.getAttribute("aria-pressed");
  await square.tap();
  assert.notEqual(await square.getAttribute("aria-pressed"), state);
  await own.close();
});

test("without script, and on paper, the figures stand alone", async () => {
  const still = await open(browser, { path: PAGE, javaScriptEnabled: false });
  assert.equal(await still.page.locator("[data-live]").count(), NAMES.length);
  for (const name of NAMES) {
    assert.ok(!(await still.page.locator(`[data-live="${name}"]`).isVisible()), name);
  }
  await still.context.close();
  await page.emulateMedia({ media: "print" });
  for (const name of NAMES) {
    assert.ok(!(await page.locator(`[data-live="${name}"]`).isVisible()), `${name} in print`);
  }
  await page.emulateMedia({ media: null });
});

test("axe finds nothing, in the light and in the dark", async () => {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const name of NAMES) await piece(name);
    await page.addScriptTag({ path: axe });
    const found = await page.evaluate(async () => {
      const { violations } = await window["axe"].run(".live");
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`,
      );
    });
    assert.deepEqual(found, [], colorScheme);
  }
  await page.emulateMedia({ colorScheme: null });
});

test("screenshots, wide and narrow, light and dark", { skip: !SHOTS }, async () => {
  mkdirSync(SHOTS, { recursive: true });
  for (const width of [1400, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      const mobile = width < 500 ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {};
      const options = { path: PAGE, viewport: { width, height: 1500 }, colorScheme, ...mobile };
      const { context: own, page: shot } = await open(browser, options);
      for (const name of NAMES) {
        const element = await piece(name, shot);
        if (name === "flip-path") {
          await press(element, "Walk 100 more at once");
          for (let k = 0; k < 9; k++) await press(element, "Step");
        } else if (name === "reversal") {
          await press(element, "Draw 200");
        } else if (name === "greedy") {
          for (let k = 0; k < 9; k++) await press(element, "Remove the one that costs least");
        }
        await shot.waitForTimeout(900);
        await element.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) });
      }
      await own.close();
    }
  }
});
