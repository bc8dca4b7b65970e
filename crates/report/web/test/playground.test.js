// Other networks on the page: trained there, or from files; used like the one that it came with.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { averages } from "../compute/averages.js";
import { parseNetwork } from "../compute/checkpoint.js";
import { allLosses } from "../compute/odds.js";
import { uniforms } from "../masks.js";
import { Field } from "../field.js";
import { Network } from "../network.js";
import { safetensorsOf } from "./files.js";
import { launch, open, parse, shown } from "./support.js";

/** All losses may take a while on a busy machine. */
const PATIENCE = { timeout: 120_000 };

let browser;
let context;
let page;
let complaints;

before(async () => {
  browser = await launch();
  ({ context, page, complaints } = await open(browser, { settled: false }));
});

after(async () => {
  await browser.close();
});

const said = (id) => page.locator(`#${id} .said`).textContent();
const button = (i) => page.locator(`button.node[data-node="${i}"]`).first();
const settled = (kind) => page.waitForSelector(`html[data-settled=${kind}]`, PATIENCE);
const near = (found, expected, what, tolerance = 1e-5) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found} is not ${expected}`);

/** A random network of these widths with points: both as files, and as this side sees them. */
function made(widths, activation = "relu", count = 200) {
  const uniform = uniforms(widths.reduce((sum, width) => 31 * sum + width, 7));
  const layers = widths.slice(1).map((outputs, k) => ({
    inputs: widths[k],
    outputs,
    weights: Float32Array.from(
      { length: widths[k] * outputs },
      () => (4 * (uniform() - 0.5)) / Math.sqrt(widths[k]),
    ),
    biases: Float32Array.from({ length: outputs }, () => uniform() - 0.5),
  }));
  const model = safetensorsOf(layers, activation);
  const names = Array.from({ length: widths[0] }, (_, k) => `x${k}`);
  const columns = names.map(() =>
    Float64Array.from({ length: count }, () => Number((4 * (uniform() - 0.5)).toFixed(4))),
  );
  const labels = Uint16Array.from({ length: count }, () => Math.floor(uniform() * widths.at(-1)));
  const rows = [...labels].map((label, k) => [...columns.map((column) => column[k]), label]);
  const points = Buffer.from([[...names, "label"], ...rows].map((row) => row.join()).join("\n"));
  const n = widths.slice(1, -1).reduce((sum, width) => sum + width, 0);
  const network = new Network({ ...parseNetwork(model), means: new Float64Array(n) });
  return { model, points, network, columns, labels, n };
}

const file = (name, buffer) => ({ name, buffer, mimeType: "application/octet-stream" });

/** Drops files onto the page. */
async function drop(...files) {
  const given = files.map(({ name, buffer }) => [name, buffer.toString("base64")]);
  await page.evaluate((all) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of all) {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    for (const type of ["dragover", "drop"]) {
      const options = { dataTransfer: transfer, bubbles: true, cancelable: true };
      document.body.dispatchEvent(new DragEvent(type, options));
    }
  }, given);
  await page.waitForFunction(
    () => !document.querySelector("#files .said").textContent.endsWith("…"),
  );
}

/** That the page shows a network's own loss, with all nodes and with some off. */
async function expectNetwork({ network, columns, labels, n }, off = [0]) {
  const field = new Field(network, ...columns);
  const gates = new Float64Array(n).fill(1);
  const full = await shown(page);
  near(full.loss, field.lossAt(gates, labels), "loss with all nodes");
  for (const i of off) {
    await button(i).click();
    gates[i] = 0;
  }
  const view = await shown(page);
  const seen = off.reduce((mask, i) => mask ^ (1n << BigInt(i)), (1n << BigInt(n)) - 1n);
  assert.equal(view.mask, seen, `all but ${off}`);
  near(view.loss, field.lossAt(gates, labels), `loss without ${off}`);
  field.set(gates);
  const gradient = field.gradient(labels);
  for (let i = 0; i < Math.min(n, 40); i++) near(view.gradient[i], gradient[i], `gradient ${i}`);
  await page.locator("#all-on").click();
}

/** That its ranks are those of all losses. */
async function expectRanks({ network, columns, labels, n }) {
  await settled("all");
  const losses = allLosses(network, columns, labels);
  for (const i of [0, n - 1]) {
    await button(i).click();
    const own = losses[(2 ** n - 1) ^ (1 << i)];
    const rank = 1 + losses.reduce((sum, loss) => sum + (loss < own * (1 - 1e-11) ? 1 : 0), 0);
    assert.equal(Number((await shown(page)).rank.replaceAll(",", "")), rank, `rank without ${i}`);
    await page.locator("#all-on").click();
  }
}

test("is used before its ranks are known, which come by themselves", async () => {
  const { loss } = await shown(page);
  await button(0).click();
  assert.notEqual((await shown(page)).loss, loss);
  await page.locator("#undo").click();
  await page.waitForSelector("html[data-settled]", PATIENCE);
  assert.match((await shown(page)).rank, /^[\d,]+$|^[\d.]+–[\d.]+ %$/);
});

test("a network and points that are dropped", async () => {
  const own = made([2, 6, 2]);
  await page.locator("#files summary").click();
  await page.locator("#files select").selectOption("zero");
  await drop(file("mine.safetensors", own.model), file("mine.csv", own.points));
  assert.match(await said("files"), /^mine\.safetensors on points of mine\.csv\.$/);
  assert.match(await page.locator("#about").textContent(), /^2–6–2 network mine\.safetensors/);
  await expectNetwork(own, [0, 3]);
  await expectRanks(own);
  const box = await page.locator("#overlay").boundingBox();
  await page.mouse.move(box.x + 0.4 * box.width, box.y + 0.3 * box.height);
  assert.match(await page.locator("#probe").innerText(), /P\(class/);
});

test("files that are chosen, under mean ablation", async () => {
  const own = made([2, 5, 4, 3], "gelu");
  const input = page.locator("#files input[type=file]");
  await input.setInputFiles([file("deep.safetensors", own.model), file("deep.csv", own.points)]);
  await page.waitForFunction(() =>
    document.querySelector("#about").textContent.includes("2–5–4–3"),
  );
  await expectNetwork(own, [1, 7]);
  await expectRanks(own);
  await page.locator("#files select").selectOption("mean");
  const means = new Float64Array(9);
  new Field(own.network, ...own.columns).each(new Float64Array(9).fill(1), (block, _, count) => {
    for (let i = 0; i < 9; i++) for (let p = 0; p < count; p++) means[i] += block.g[i][p] / 200;
  });
  const ablated = { ...own, network: new Network({ ...own.network.plain, means }) };
  await expectNetwork(ablated, [1, 7]);
  await expectRanks(ablated);
  await page.locator("#files select").selectOption("zero");
});

test("the legend is of the network that is shown", async () => {
  const [line, idle] = [page.locator("#line-note"), page.locator("#idle-key")];
  assert.match(await line.textContent(), /above 0/, "a GELU does not bend");
  assert.equal(await idle.isVisible(), false);
  const own = made([2, 6, 2]);
  const { layers } = own.network.plain;
  layers[0].weights.fill(0, 0, 2);
  layers[0].biases[0] = -1;
  await drop(file("dead.safetensors", safetensorsOf(layers, "relu")), file("dead.csv", own.points));
  assert.match(await line.textContent(), /a ReLU bends/);
  assert.equal(await idle.isVisible(), true, "node 0 pushes neither way");
});

test("files that are refused, as the command line says it; the page stays as it is", async () => {
  const about = await page.locator("#about").textContent();
  const own = made([2, 6, 2]);
  for (const [files, words] of [
    [
      [file("bad.safetensors", Buffer.from("no tensors"))],
      "model bad.safetensors: not a safetensors file, or a damaged one (header too large); write it " +
        "with safetensors.torch.save_file(model.state_dict(), FILE)",
    ],
    [
      [file("mine.safetensors", own.model), file("bad.csv", Buffer.from("x0,x1,label\n1,2,7\n"))],
      "points bad.csv: line 2: label '7' is no class; the network has 0 to 1",
    ],
    [
      [file("ten.safetensors", made([10, 4, 2]).model)],
      "ten.safetensors takes 10 inputs and has 2 classes, other than the points here: give a csv for it",
    ],
  ]) {
    await page.evaluate(() => window.scrollTo(0, 1e6));
    await drop(...files);
    assert.equal(await said("files"), words);
    const box = await page.locator("#files .said.wrong").boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 1000, "it is in view, wherever the page was");
    assert.equal(await page.locator("#about").textContent(), about);
  }
});

test("ten inputs and three classes: everything but the map", async () => {
  const own = made([10, 7, 3]);
  await drop(file("ten.safetensors", own.model), file("ten.csv", own.points));
  assert.equal(await page.locator("#heatmap").isVisible(), false);
  assert.equal(await page.locator("#input").isVisible(), false, "ten inputs are no image");
  await expectNetwork(own, [2, 3]);
  await expectRanks(own);
  await page.locator("#greedy").click();
  await page.locator("#best").click();
  await page.locator("#path-new").click();
  await page.waitForFunction(() =>
    /^[2-9] of/.test(document.getElementById("path-text").textContent),
  );
  await page.locator("#path-play").click();
});

test("inputs that are an image are shown as one, with what the network makes of it", async () => {
  const own = made([16, 5, 3]);
  await drop(file("image.safetensors", own.model), file("image.csv", own.points));
  const { columns, labels } = own;
  const field = new Field(own.network, ...columns);
  const gates = new Float64Array(own.n).fill(1);
  const expectPoint = async (at, c) => {
    field.set(gates);
    const cells = await page.locator("#input-values dd").allTextContents();
    const sum = field.logits.reduce((total, row) => total + Math.exp(row[at]), 0);
    const chance = (k) => Math.exp(field.logits[k][at]) / sum;
    assert.equal(cells[0], `class ${labels[at]}`);
    near(parse(cells[2]), chance(c), `probability of class ${c} at point ${at}`);
    near(parse(cells[3]), -Math.log(chance(labels[at])), `loss at point ${at}`);
  };
  await expectPoint(0, 0);
  await page.locator("#input-next").click();
  await expectPoint(1, 0);
  await page.locator("#shown").selectOption("2");
  await expectPoint(1, 2);
  await button(3).click();
  gates[3] = 0;
  await expectPoint(1, 2);
  await page.locator("#input-back").click();
  await page.locator("#input-back").click();
  await expectPoint(labels.length - 1, 2);
  const side = () => page.evaluate(() => document.getElementById("input-image").width);
  assert.equal(await side(), 4);
  assert.equal(await page.locator(".unit canvas").first().getAttribute("width"), "4");
});

for (const widths of [
  [2, 512, 2],
  [3, 40, 24, 2],
]) {
  test(`${widths.join("-")}: ranks are an interval`, async () => {
    const own = made(widths, "relu", 100);
    await drop(file("wide.safetensors", own.model), file("wide.csv", own.points));
    await expectNetwork(own, [0, 5]);
    await settled("sample");
    await button(0).click();
    const { rank } = await shown(page);
    const [low, high] = /^([\d.]+)–([\d.]+) %$/.exec(rank).slice(1).map(Number);
    assert.ok(low >= 0 && low <= high && high <= 100 && high - low < 15, rank);
    const { mean, effects } = averages(own.network, own.columns, own.labels);
    const first = own.n - effects.length;
    await button(first).click();
    const cells = await page.locator("#more dd:not(.quiet)").allTextContents();
    near(parse(cells.at(-2)), mean, "mean loss");
    near(parse(cells.at(-1)), effects[0], `node ${first} on average`);
    assert.match(await page.locator("#place-title").textContent(), /among [\d,]+ random ones/);
    assert.equal(await page.locator("#best").isVisible(), false);
  });
}

test("a network trained on the page, with its map and loss as they come", async () => {
  await page.locator("#trainer summary").click();
  await page
    .locator("#trainer label", { hasText: "a node gives" })
    .locator("select")
    .selectOption("zero");
  const field = (name) =>
    page.locator("#trainer label", { hasText: name }).locator("input, select");
  await field("data").selectOption("xor");
  assert.equal(await field("radius").isVisible(), false);
  await field("layers").fill(" 5-3 ");
  await field("steps").fill("1");
  await page.locator("#trainer button").click();
  await page.waitForFunction(() => /^2–5–3–2/.test(document.getElementById("about").textContent));
  await settled("all");
  await field("layers").fill("8");
  await field("steps").fill("200000");
  await page.locator("#trainer button").click();
  await page.waitForFunction(
    () => document.querySelectorAll("#trainer .curve polyline")[0].points.length > 3,
  );
  assert.match(await said("trainer"), /^Step [\d,]+ of 200,000, loss [\d.]+/);
  const painted = await page.evaluate(() => {
    const { data } = document
      .querySelector("#trainer canvas")
      .getContext("2d")
      .getImageData(0, 0, 120, 120);
    return new Set(data).size;
  });
  assert.ok(painted > 10, "the map is painted");
  await page.locator("#trainer button").click();
  // The network as it stood: that of a shorter training.
  assert.match(await said("trainer"), /^Stopped after [\d,]+ of 200,000 steps/);
  await settled("all");
  const stopped = (await page.evaluate(() => window.location.hash)).match(/^#train=xor,8,(\d+),/);
  assert.ok(Number(stopped[1]) % 100 === 0 && Number(stopped[1]) < 200_000, stopped[0]);

  await field("steps").fill("3000");
  await field("seed").fill("5");
  await page.locator("#trainer button").click();
  await page.waitForFunction(
    () => document.querySelector("#trainer .said").textContent.startsWith("Trained"),
    null,
    PATIENCE,
  );
  assert.match(await page.locator("#about").textContent(), /^2–8–2 network.*xor data/);
  await settled("all");
  const { accuracy, rank } = await shown(page);
  assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
  assert.match(rank, /^\d+$/);
  await button(0).click();
  await page.keyboard.press("Control+z");
  assert.equal((await shown(page)).gates.filter((on) => on === "true").length, 8, "undone once");
  assert.match(await page.locator("#source").textContent(), /3,000 steps, seed 5/);
});

test("a link has what the network was made by; Back leads to the one before", async () => {
  const about = () => page.locator("#about").textContent();
  const trained = () =>
    page.waitForFunction(
      () => /^2–5–2/.test(document.getElementById("about").textContent),
      null,
      PATIENCE,
    );
  const link = "#train=circle,5,200,7,tanh,mean,0.7&mask=22&mode=loss";
  const other = await open(browser, { hash: link, settled: false });
  const usual = page;
  page = other.page;
  await trained();
  await settled("all");
  assert.match(await about(), /radius 0.700.*its mean/);
  const first = await shown(page);
  assert.equal(first.mask, 22n);
  await button(3).click();
  await page.waitForTimeout(350);
  const hash = () => page.evaluate(() => window.location.hash);
  assert.match(await hash(), /^#train=circle,5,200,7,tanh,mean,0.7&mask=30&mode=loss/);
  await page.goBack();
  assert.equal((await shown(page)).mask, 22n);
  await page.goBack();
  await page.waitForFunction(() => !/^2–5–2/.test(document.getElementById("about").textContent));
  await page.goForward();
  await trained();
  await settled("all");
  assert.deepEqual((await shown(page)).numbers, first.numbers, "the same network");

  // Of files an address says no more than that there were some.
  const own = made([2, 4, 2]);
  await drop(file("own.safetensors", own.model), file("points.csv", own.points));
  await settled("all");
  assert.match(await hash(), /^#files=\d+/);
  await page.goBack();
  await trained();
  await page.goForward();
  await page.waitForFunction(() => /^2–4–2/.test(document.getElementById("about").textContent));
  assert.deepEqual(other.complaints, []);
  await other.context.close();
  page = usual;
});

test("recipes that make no sense are refused, each in one line", async () => {
  const field = (name) =>
    page.locator("#trainer label", { hasText: name }).locator("input, select");
  await field("data").selectOption("circle");
  for (const [name, value, words] of [
    ["radius", "2", /above 0 and below √2/],
    ["layers", "20, x", /layers are 1 to 6 whole numbers/],
    ["layers", "14-", /layers are 1 to 6 whole numbers/],
    ["layers", "600", /at most 512 nodes/],
    ["steps", "0", /steps is a whole number from 1/],
    ["seed", "", /seed is a whole number/],
  ]) {
    const usual = await field(name).inputValue();
    await field(name).fill(value);
    await page.locator("#trainer button").click();
    assert.match(await said("trainer"), words);
    await field(name).fill(usual);
  }
});

test("nothing was complained about, and nothing was asked of the network", async () => {
  assert.deepEqual(complaints, []);
  await context.close();
});
