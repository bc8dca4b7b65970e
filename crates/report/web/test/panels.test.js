// What is beside the map in a browser, used by mouse, keyboard and link, against the record.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  FULL,
  browser,
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
import { follow, open, parse, shown } from "./support.js";

test("all, none, reversal, random and undo", async () => {
  const some = BigInt(known.checks.masks[2].mask);
  await follow(page, hash(some));
  await click("reverse");
  await expectMask(FULL ^ some, "reversed");
  await click("all-off");
  await expectMask(0n, "all off");
  await click("all-on");
  await expectMask(FULL, "all on");
  for (const [p, mask] of [
    ["1", FULL],
    ["0", 0n],
  ]) {
    await page.locator("#p").fill(p);
    await click("random");
    await expectMask(mask, `random at p = ${p}`);
  }
  await page.locator("#p").fill("0.5");
  await click("random");
  const { mask } = await shown(page);
  await expectMask(mask, "random");
  for (const expected of [0n, FULL, FULL, 0n, FULL ^ some, some]) {
    await click("undo");
    await expectMask(expected, "undone");
  }
  await button(0).focus();
  await page.keyboard.press("r");
  await expectMask(FULL ^ some, "r reverses");
  await page.keyboard.press("Control+z");
  await expectMask(some, "control-z undoes");
  await page.keyboard.press("n");
  await expectMask(0n, "n switches all off");
  await page.keyboard.press("a");
  await expectMask(FULL, "a switches all on");
});

test("a copied link opens the same view", async () => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await follow(
    page,
    hash(known.checks.masks[3].mask, "&mode=loss&node=1&lines=off&p=0.25&at=0.5,-0.75"),
  );
  const expected = await shown(page);
  await click("copy");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open(browser, { hash: link.slice(link.indexOf("#")) });
  assert.deepEqual(await shown(other.page), expected);
  assert.equal(await other.page.locator("input[value=loss]").isChecked(), true);
  assert.equal(await other.page.locator("#lines").isChecked(), false);
  assert.equal(await other.page.locator("#p").inputValue(), "0.25");
  const scale = (on) => on.locator("#scale-title").textContent();
  assert.equal(await scale(other.page), await scale(page));
  assert.deepEqual(other.complaints, []);
  await other.context.close();
});

test("a soft gate", async () => {
  for (const { mask, node, gate, loss, gradient } of known.checks.soft) {
    await follow(page, hash(mask));
    // Any bar of the row selects the node without switching it.
    await page.locator(`.node-row[data-node="${node}"] .bar`).first().click();
    await page.locator("#gate").fill(String(gate));
    const view = await shown(page);
    near(view.loss, loss, `loss with gate ${gate} of node ${node}`);
    assert.equal(view.gates[node], "mixed");
    for (const [i, g] of gradient.entries()) near(view.gradient[i], g, `gradient ${i}`);
    const address = await page.evaluate(
      () => new Promise((done) => setTimeout(() => done(location.hash), 350)),
    );
    assert.ok(address.includes(`soft=${node}.${100 * gate}`), address);
    const other = await open(browser, { hash: address });
    assert.deepEqual((await shown(other.page)).gradient, view.gradient);
    await other.context.close();
  }
  await page.locator("#gate").fill("1");
  assert.notEqual((await shown(page)).gates[known.checks.soft.at(-1).node], "mixed");
});

test("one change has one sign in every panel", async () => {
  const mask = FULL ^ 2n;
  for (const node of [0, 1]) {
    await follow(page, hash(mask, `&node=${node}`));
    const { flips } = await shown(page);
    await page.waitForFunction(
      (i) => document.querySelector("#gate-curve").textContent.includes(`gate of node ${i}`),
      node,
    );
    const way = node === 1 ? "on" : "off";
    const row = page.locator(`.node-row[data-node="${node}"]`);
    assert.equal(await row.locator(".way").textContent(), `→ ${way}`);
    const other = (await shown(page)).loss + flips[node];
    if (known.losses) near(other, known.losses[Number(mask ^ (1n << BigInt(node)))], "switched");
    const caption = await page.locator("#gate-caption").textContent();
    const told = new RegExp(`switching ${way}: ([+−]?[0-9.]+)$`).exec(caption);
    assert.ok(told, caption);
    near(parse(told[1]), flips[node], "the panel of one gate", 0.006 * Math.max(1, flips[node]));
    assert.equal(Math.sign(parse(told[1])), Math.sign(flips[node]), caption);
    // The list shows as many digits as it needs, and has all of them.
    const text = await row.locator(".flip").textContent();
    const digits = text.split(".")[1].length;
    near(parse(text), flips[node], "rounded", 0.51 * 10 ** -digits);
  }
  const removal = await page.locator("#removal-text").textContent();
  const [, node, change] = /Least useful: node (\d+); switching it off ([+−]?[0-9.]+)/.exec(
    removal,
  );
  near(parse(change), (await shown(page)).flips[Number(node)], "removal", 1e-9);
});

test("changes of a partly open gate are from where it is, in the list and in its panel", async () => {
  await follow(page, hash(FULL, "&soft=1.50&node=1"));
  const { flips } = await shown(page);
  await page.waitForFunction(() =>
    document.querySelector("#gate-caption").textContent.includes("from here"),
  );
  const caption = await page.locator("#gate-caption").textContent();
  const number = "([+−]?[0-9.]+)";
  const told = new RegExp(`to off ${number}, to on ${number}; from off to on ${number}$`);
  const [toOff, toOn, whole] = told.exec(caption).slice(1).map(parse);
  const close = 0.006 * Math.max(1, Math.abs(whole));
  near(toOff, flips[1], "as in its row", close);
  near(toOn - toOff, whole, "both ways together", 3 * close);
});

test("a flip path ends at the reversal, and its trace is that of the table", async () => {
  await follow(page, hash(FULL));
  for (const id of ["path-play", "path-step", "path-back"]) {
    assert.ok(await page.locator(`#${id}`).isDisabled(), `${id} without a path`);
  }
  await click("path-new");
  await click("path-play");
  for (let back = 0; back < 3; back++) {
    if (await page.locator("#path-back").isDisabled()) break;
    await click("path-back");
  }
  await page.waitForFunction(() =>
    document.getElementById("path-text").textContent.startsWith("0 of"),
  );
  const start = (await shown(page)).mask;
  const visited = [start];
  for (let k = 0; k < n; k++) {
    await click("path-step");
    const { mask } = await expectMask((await shown(page)).mask, `after ${k + 1} flips`);
    visited.push(mask);
  }
  assert.equal(visited[n], FULL ^ start, "every node was flipped once");
  assert.equal(await page.locator("#trace .dot.path").count(), n + 1);
  assert.match(
    await page.locator("#path-text").textContent(),
    new RegExp(`^${n} of ${n} flips: loss`),
  );
  const other = await open(browser, {
    hash: await page.evaluate(
      () => new Promise((done) => setTimeout(() => done(location.hash), 350)),
    ),
  });
  assert.equal((await shown(other.page)).mask, visited[n], "a link keeps the path");
  assert.equal(await other.page.locator("#trace .dot.path").count(), n + 1);
  await other.page.locator("#path-back").click();
  assert.equal((await shown(other.page)).mask, visited[n - 1], "and goes back along it");
  await other.context.close();
});

test("a path that is played goes on by itself", async () => {
  await click("path-new");
  await page.waitForFunction(() =>
    /^[3-9] of/.test(document.getElementById("path-text").textContent),
  );
  await click("path-play");
  const text = await page.locator("#path-text").textContent();
  await page.waitForTimeout(900);
  assert.equal(await page.locator("#path-text").textContent(), text, "and stops when told to");
});

test("removal: the next best, and the best of a size", { skip: !isSmall }, async () => {
  await follow(page, hash(FULL));
  await shown(page);
  const text = page.locator("#removal-text");
  assert.doesNotMatch(await text.textContent(), /[Bb]est of all/, "there is one with all on");
  let mask = FULL;
  for (let k = 0; k < Math.min(n, 8); k++) {
    const removals = Array.from({ length: n }, (_, i) => mask & ~(1n << BigInt(i))).filter(
      (m) => m !== mask,
    );
    const least = Math.min(...removals.map((m) => known.losses[Number(m)]));
    await click("greedy");
    const view = await shown(page);
    assert.ok(removals.includes(view.mask), "one node was removed");
    near(view.loss, least, "and it was the best to remove");
    mask = view.mask;
  }
  const size = n - Math.min(n, 8);
  await click("best");
  await expectMask(BigInt(known.best[size].mask), "the best of this size");
  if (size > 0) assert.match(await text.textContent(), /This is the best of all/);
});

test("agrees with `evaluate`", { skip: !process.env.EXPECTED }, async () => {
  const rows = JSON.parse(readFileSync(process.env.EXPECTED, "utf8"));
  for (const { mask, loss, gradient, accuracy } of rows) {
    await follow(page, hash(mask));
    const view = await shown(page);
    near(view.loss, loss, `loss of ${mask}`);
    near(view.accuracy, accuracy, "accuracy");
    for (const [i, g] of gradient.entries()) near(view.gradient[i], g, `gradient ${i} of ${mask}`);
  }
});

test("a link that makes no sense opens the full network", async () => {
  await follow(page, "#mask=banana&node=999&mode=sideways&at=9,9&soft=1&path=1.2.3.4");
  await expectMask(FULL, "nonsense");
});

test("everything that can be used has a name, and can be reached", async () => {
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, [role]")]
      .filter((e) => e.checkVisibility())
      .filter((e) => {
        const own = e.getAttribute("aria-label") ?? e.getAttribute("aria-describedby");
        return !own && !e.textContent.trim() && !e.closest("label");
      })
      .map((e) => e.id || e.outerHTML),
  );
  assert.deepEqual(nameless, []);
  await page.locator("#all-on").focus();
  const seen = [];
  for (let k = 0; k < 14; k++) {
    seen.push(
      await page.evaluate(() => document.activeElement.id || document.activeElement.className),
    );
    await page.keyboard.press("Tab");
  }
  for (const name of ["reverse", "random", "p", "path-new"])
    assert.ok(seen.includes(name), `${seen}`);
  assert.equal(seen.filter((name) => name.startsWith("node")).length, 1, "one stop for all nodes");
});

test("fits a phone", async () => {
  const phone = await open(browser, { viewport: { width: 360, height: 740 } });
  const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `${wide} pixels wide`);
  assert.deepEqual(phone.complaints, []);
  await phone.context.close();
});

test("how long a switched node takes", async (t) => {
  for (const mode of ["prediction", "loss", "gradient"]) {
    await follow(page, hash(FULL, `&mode=${mode}`));
    const times = await page.evaluate(async () => {
      const buttons = [...document.querySelectorAll("button.node")].slice(0, 20);
      const rest = (ms) => new Promise((done) => setTimeout(done, ms));
      const found = { map: [], numbers: [], layout: [] };
      for (let k = 0; k < 6 * buttons.length; k++) {
        performance.clearMeasures();
        const start = performance.now();
        buttons[k % buttons.length].click();
        document.body.getBoundingClientRect();
        const whole = performance.now() - start;
        const took = (name) => performance.getEntriesByName(name)[0].duration;
        found.map.push(took("heatmap"));
        found.numbers.push(took("update"));
        found.layout.push(whole);
        await rest(30);
      }
      // Of each node the quickest of six times, as a machine at work on other things delays some.
      const least = (all) =>
        buttons.map((own, i) => Math.min(...all.filter((ms, k) => k % buttons.length === i)));
      return Object.entries(found).map(([name, all]) => {
        const each = least(all).sort((x, y) => x - y);
        return `${name} ${each[each.length >> 1].toFixed(1)} and ${each.at(-1).toFixed(1)} ms`;
      });
    });
    // Told, not judged: another machine is another speed.
    t.diagnostic(`${mode}, the median and the slowest node: ${times.join(", ")}`);
  }
});

test("nothing was complained about, and nothing was asked of the network", () => {
  assert.deepEqual(complaints, []);
});
