// The page of all results in a browser: read on any screen, in the dark, in print, by keyboard and by
// a screen reader, with and without scripts; and those of the further studies.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./support.js";

const PAGE = resolve(process.env.PAGE ?? "../../../results/index.html");
const STUDIES = join(dirname(PAGE), "studies");
const PAGES = [PAGE, ...readdirSync(STUDIES).map((name) => join(STUDIES, name, "index.html"))];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser.close();
});

/** Opens a page for a while; it must not complain. */
async function using(options, run) {
  const { context, page, complaints } = await open(browser, options);
  await run(page);
  assert.deepEqual(complaints, []);
  await context.close();
}

const unfold = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("details")].forEach((part) => (part.open = true)),
  );

test("the page is under 4 MB; it says when it is there", async () => {
  assert.ok(statSync(PAGE).size < 4e6);
  const times = [];
  for (let k = 0; k < 3; k++) {
    await using({ path: PAGE }, async (page) => {
      const [entry] = await page.evaluate(() =>
        performance.getEntriesByType("navigation").map((own) => own.toJSON()),
      );
      times.push(entry.loadEventEnd);
    });
  }
  console.log(`loaded after ${times.map((time) => time.toFixed(0)).join(", ")} ms`);
});

for (const path of PAGES) {
  const name = path.slice(dirname(PAGE).length + 1);

  test(`${name} needs no sideways scrolling, whatever is unfolded`, async () => {
    for (const width of [390, 800, 1100, 1400]) {
      await using({ path, viewport: { width, height: 900 } }, async (page) => {
        await unfold(page);
        const beyond = await page.evaluate(() => {
          const most = document.documentElement.clientWidth;
          const inSvg = (element) => element.closest("svg") && element.tagName !== "svg";
          return [...document.querySelectorAll("main *, header *")]
            .filter(
              (element) => !inSvg(element) && element.getBoundingClientRect().right > most + 1,
            )
            .filter((element) => !element.closest("thead"))
            .map((element) => element.outerHTML.slice(0, 120));
        });
        assert.deepEqual(beyond, [], `${width} px`);
      });
    }
  });

  test(`axe finds nothing in ${name}`, async () => {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [390, 1400]) {
        await using({ path, colorScheme, viewport: { width, height: 900 } }, async (page) => {
          await unfold(page);
          await page.evaluate(axe);
          const found = await page.evaluate(
            async () => (await window["axe"].run(document)).violations,
          );
          const told = found.flatMap(({ id, nodes }) =>
            nodes.map(({ html }) => `${id}: ${html.slice(0, 150)}`),
          );
          assert.deepEqual(told, [], `${colorScheme}, ${width} px`);
        });
      }
    }
  });
}

test("the contents are at hand wherever one is, by keyboard too", async () => {
  await using({ path: PAGE, viewport: { width: 1400, height: 900 } }, async (page) => {
    await page.evaluate(() => window.scrollTo(0, 9000));
    const last = page.locator(".contents a").last();
    assert.ok(await last.isVisible());
    await last.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash === "#methods");
  });
  await using({ path: PAGE, viewport: { width: 390, height: 800 } }, async (page) => {
    await page.evaluate(() => window.scrollTo(0, 9000));
    const summary = page.locator(".contents summary");
    const { y } = await summary.boundingBox();
    assert.ok(y >= 0 && y < 60, `at ${y} px`);
    assert.ok(!(await page.locator(".contents a").first().isVisible()));
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.locator(".contents a").first().waitFor({ state: "visible" });
  });
});

test("every finding and every verdict leads to its evidence", async () => {
  await using({ path: PAGE }, async (page) => {
    const links = await page.locator(".findings a, .strip a").all();
    assert.ok(links.length > 15, `${links.length} links`);
    for (const link of links) {
      const id = (await link.getAttribute("href")).slice(1);
      const evidence = page.locator(`[id="${id}"]`);
      assert.ok((await evidence.textContent()).includes(await ownWords(link)), id);
    }
  });
});

/** What a link is about: a finding's own words, or the statement of a verdict. */
async function ownWords(link) {
  const statement = link.locator("span");
  const words = (await statement.count()) > 0 ? statement : link;
  return (await words.textContent()).trim().replace(/^\d+\. /, "");
}

test("one form of each figure is shown, and in print the wide one", async () => {
  const shown = async (page) => {
    const seen = async (kind) => {
      const all = await page.locator(`.part .drawing.${kind}`).all();
      const visible = await Promise.all(all.map((drawing) => drawing.isVisible()));
      return visible.filter(Boolean).length;
    };
    return [await seen("wide"), await seen("narrow")];
  };
  await using({ path: PAGE, viewport: { width: 1400, height: 900 } }, async (page) => {
    const [wide, narrow] = await shown(page);
    assert.ok(wide > 10 && narrow === 0, `${wide} wide, ${narrow} narrow`);
    await page.emulateMedia({ media: "print" });
    assert.deepEqual(await shown(page), [wide, 0]);
    assert.ok(!(await page.locator(".contents").isVisible()), "no contents on paper");
  });
  await using({ path: PAGE, viewport: { width: 390, height: 800 } }, async (page) => {
    const [wide, narrow] = await shown(page);
    assert.ok(narrow > 10 && wide === 0, `${wide} wide, ${narrow} narrow`);
  });
});

test("it is read without scripts", async () => {
  const { context, page } = await open(browser, { path: PAGE, javaScriptEnabled: false });
  assert.ok(await page.locator(".findings a").first().isVisible());
  assert.equal(await page.locator(".live:visible").count(), 0);
  await context.close();
});
