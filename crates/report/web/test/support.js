// What the tests share: the record beside a page, and a browser to open the page in.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { allLosses } from "../compute/odds.js";
import { Network } from "../network.js";

/** The page under test. */
export const EXPLORER = resolve(process.env.EXPLORER ?? "../../../results/explorer.html");

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const TOLERANCE = 1e-4;

const TYPES = { "<f8": Float64Array, "<f4": Float32Array, "<u2": Uint16Array };

/** The values of an npy file, version 1. */
export function npy(path) {
  const file = readFileSync(path);
  const header = file.readUInt16LE(8);
  const type = /'descr': '([^']+)'/.exec(file.toString("latin1", 10, 10 + header))[1];
  const from = file.byteOffset + 10 + header;
  return new TYPES[type](file.buffer.slice(from, file.byteOffset + file.length));
}

function json(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Rows of a csv file of numbers, by column. */
export function csv(path) {
  const [header, ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const names = header.split(",");
  const row = (line) => line.split(",").map((cell, k) => [names[k], Number(cell)]);
  return lines.map((line) => Object.fromEntries(row(line)));
}

/** Everything that was recorded beside the page. */
export function record() {
  const results = dirname(EXPLORER);
  const file = (name) => join(results, "explore", name);
  const network = json(file("network.json"));
  const points = npy(file("points.npy"));
  const isSmall = existsSync(file("best_masks.csv"));
  const exact = join(results, "hypercube/losses.npy");
  const labels = npy(file("labels.npy"));
  const { inputs } = network.layers[0];
  const columns = Array.from({ length: inputs }, (_, d) =>
    points.filter((_value, k) => k % inputs === d),
  );
  const own = () => allLosses(new Network(network), columns, labels);
  return {
    network,
    n: network.means.length,
    x0: columns[0],
    x1: columns[1],
    labels,
    isSmall,
    plane: json(file("plane.json")),
    checks: json(file("checks.json")),
    /** Losses of all masks: by the hypercube section where that has run too, else by `allLosses`. */
    losses: existsSync(exact) ? npy(exact) : isSmall && own(),
    best: isSmall && csv(file("best_masks.csv")),
    covariance: isSmall && csv(file("flip_covariance.csv")).map((row) => row.log_loss_covariance),
  };
}

export function launch() {
  const args = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking";
  const more = "--disable-component-update --disable-sync --disable-quic";
  return chromium.launch({
    executablePath: BROWSER,
    args: `${args} ${more}`.split(" "),
  });
}

/**
 * Opens a page, the explorer unless another is named; waits for the explorer's ranks if `settled`.
 * `complaints` gathers what must not happen.
 */
export async function open(browser, options = {}) {
  const { path = EXPLORER, hash = "", settled = true, ...rest } = options;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    ...rest,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.stack));
  const own = pathToFileURL(path).href;
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = url.split("#")[0] === own || /^(data|blob):/.test(url);
    if (!isOwn) complaints.push(`request: ${url}`);
  });
  await page.goto(own + hash);
  if (path === EXPLORER) {
    await page.waitForSelector(settled ? "html[data-settled]" : "html[data-ready]");
  }
  return { context, page, complaints };
}

/** A phone, as the browser pretends to be one. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * A browser for the tests of a file. What is returned opens a page with some options, lets it be used, and
 * closes it without complaints.
 */
export function withBrowser() {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser.close();
  });
  return async function using(options, use) {
    const { context, page, complaints } = await open(browser, options);
    await use(page, context);
    assert.deepEqual(complaints, []);
    await context.close();
  };
}

/** A number as the page writes it. */
export function parse(text) {
  return Number(text.replaceAll("−", "-").replaceAll(",", "").replace("+", "").replace("%", ""));
}

/** What the page shows at the moment, when it has come to rest. */
export async function shown(page) {
  await page.waitForFunction(
    () =>
      !document.documentElement.dataset.pending &&
      [...document.querySelectorAll(".flip")].every((cell) => cell.textContent !== "…"),
  );
  const text = await page.evaluate(() => {
    const pairs = (id) =>
      [...document.querySelectorAll(`#${id} > div`)].map((box) => [
        box.querySelector("dt").textContent,
        box.querySelector("dd").textContent,
      ]);
    // What a cell shows is rounded for reading; all its digits are what it says when pointed at.
    const cells = (name) => [...document.querySelectorAll(name)].map((cell) => cell.title);
    return {
      numbers: Object.fromEntries([...pairs("numbers"), ...pairs("more")]),
      probe: pairs("probe-values").map((pair) => pair[1]),
      gradient: cells(".number.gradient"),
      flips: cells(".number.flip"),
      on: [...document.querySelectorAll("button.node")].map((b) => b.ariaChecked),
    };
  });
  return {
    loss: parse(text.numbers.loss),
    accuracy: parse(text.numbers.accuracy) / 100,
    rank: text.numbers.rank,
    gradient: text.gradient.map(parse),
    flips: text.flips.map(parse),
    mask: text.on.reduce((mask, on, i) => mask | (on === "true" ? 1n << BigInt(i) : 0n), 0n),
    gates: text.on,
    /** Probability of the class that is shown, loss and gradient of the selected node there. */
    point: {
      label: text.probe[2],
      probability: parse(text.probe[1] ?? ""),
      loss: parse(text.probe[3] ?? ""),
      gradient: parse(text.probe[4] ?? ""),
    },
  };
}

/** Follows a link within the open page. */
export async function follow(page, hash) {
  await page.evaluate(async (to) => {
    // The address follows what is done on the page a little later: it may still be this one.
    window.history.replaceState(null, "", "#");
    // The event comes after the address has changed, on a busy machine much later.
    const changed = new Promise((done) =>
      window.addEventListener("hashchange", done, { once: true }),
    );
    window.location.hash = to;
    if (window.location.hash !== "") await changed;
    await new Promise((done) => setTimeout(done));
  }, hash);
}

/** Centres of side² pixels over [-extent, extent]², row by row from the lowest x1. */
export function centres([extent, side]) {
  const centre = (k) => extent * ((2 * k + 1) / side - 1);
  return Array.from({ length: side * side }, (_, k) => [
    centre(k % side),
    centre(Math.floor(k / side)),
  ]);
}
