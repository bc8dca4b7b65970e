// Training a network in the page, with its map and loss as they come.

import { ACTIVATION_NAMES } from "./activations.js";
import { ColourMap, SHADES } from "./colours.js";
import { lossText, whole } from "./charts.js";
import { reason } from "./compute/clip.js";
import { FIGURES, evaluationPoints } from "./compute/data.js";
import { GridNetwork } from "./compute/grid.js";
import { begin } from "./compute/jobs.js";
import { recipeFor } from "./compute/training.js";
import { contextOf, create, svg } from "./elements.js";
import { ablationChoice } from "./files.js";
import { uniforms } from "./masks.js";
import { Network } from "./network.js";
import { MOST_SEED, MOST_STEPS, checked, numberIn, widths } from "./recipes.js";
import { recordOfTrained } from "./record.js";

/** Pixels along a side of the map in training. */
const SIDE = 120;

/** How far it reaches. */
const EXTENT = 2;

/** Points that a trained network is evaluated on. */
const POINTS = 1024;

/** The evaluation points' random numbers are not those of training. */
const POINTS_SEED = 0x9e3779b9;

/**
 * @typedef {import("./compute/training.js").Recipe} Recipe
 * @typedef {Pick<Recipe, "activation"> & { layers: import("./network.js").Layer[] }} Trained
 */

/** @param {string[]} options */
function choice(options) {
  return create(
    "select",
    {},
    options.map((text) => new Option(text)),
  );
}

/** What is asked for. */
function makeFields() {
  /**
   * @param {number} min
   * @param {number} max
   * @param {number | "any"} step
   */
  const number = (min, max, step) =>
    create("input", { type: "number", min: String(min), max: String(max), step: String(step) });
  return {
    data: choice(FIGURES),
    radius: number(0, 1.414, "any"),
    layers: create("input", {
      type: "text",
      size: 8,
      inputMode: "text",
      placeholder: "20 or 14, 6",
      title: "nodes of each hidden layer, such as 20 or 14, 6",
    }),
    steps: number(1, MOST_STEPS, 1),
    seed: number(0, MOST_SEED, 1),
    activation: choice(ACTIVATION_NAMES),
  };
}

export class Trainer {
  /** @param {import("./files.js").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {import("./compute/jobs.js").Job<import("./compute/tasks.js").Answers["train"]> | null} */
    this.job = null;
    /** @type {{ recipe: Recipe, plain: Trained, share: string } | null} as it stands in training */
    this.latest = null;
    this.colours = new ColourMap(page.record.colours.sequential);
    this.fields = makeFields();
    this.fields.data.addEventListener("change", () => this.suggest());
    this.ablation = ablationChoice(page.ablation);
    this.button = create("button", { type: "submit", textContent: "Train" });
    this.said = create("p", { className: "said" });
    this.said.setAttribute("role", "status");
    this.canvas = create("canvas", { width: SIDE, height: SIDE });
    this.canvas.setAttribute("aria-hidden", "true");
    this.curve = svg("polyline", { class: "path" });
    const box = { viewBox: "0 0 200 120", preserveAspectRatio: "none", class: "curve" };
    const chart = svg("svg", { ...box, "aria-hidden": "true" }, [this.curve]);
    this.live = create("div", { className: "row live", hidden: true }, [this.canvas, chart]);
    const { fields } = this;
    const form = create("form", { className: "row", noValidate: true }, [
      ...Object.entries(fields).map(([name, field]) => create("label", {}, [`${name} `, field])),
      this.ablation.label,
      this.button,
    ]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.job) this.stop();
      else this.start();
    });
    this.element = create("details", { className: "card bring", id: "trainer" }, [
      create("summary", { textContent: "Train a network here" }),
      form,
      this.said,
      this.live,
    ]);
    this.suggest();
  }

  /** Fills in the recipe of the data that is chosen. */
  suggest() {
    const { data, radius, layers, steps, seed } = this.fields;
    const recipe = recipeFor(data.value);
    const label = radius.parentElement;
    if (label) label.hidden = data.value !== "circle";
    radius.value = String(recipe.radius);
    layers.value = recipe.hidden.join(", ");
    steps.value = String(recipe.steps);
    seed.value ||= String(recipe.seed);
  }

  /**
   * The recipe that the form asks for.
   * @returns {Recipe}
   */
  recipe() {
    const { data, radius, layers, steps, seed, activation } = this.fields;
    return checked({
      figure: data.value,
      radius: numberIn(radius.value),
      hidden: widths(layers.value),
      steps: numberIn(steps.value),
      seed: numberIn(seed.value),
      activation: ACTIVATION_NAMES[activation.selectedIndex],
    });
  }

  /**
   * Trains the network of a link, and opens that.
   * @param {import("./recipes.js").Made} made
   * @param {string} hash
   */
  follow({ recipe, ablation }, hash) {
    if (this.job) this.leave();
    const { data, radius, layers, steps, seed, activation } = this.fields;
    data.value = recipe.figure;
    this.suggest();
    radius.value = String(recipe.radius);
    layers.value = recipe.hidden.join(", ");
    steps.value = String(recipe.steps);
    seed.value = String(recipe.seed);
    activation.selectedIndex = ACTIVATION_NAMES.indexOf(recipe.activation);
    this.ablation.select.value = ablation ?? "zero";
    this.element.open = true;
    this.start(hash);
  }

  /** @param {string} [hash] see `finish` */
  async start(hash) {
    let recipe;
    try {
      recipe = this.recipe();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.tell(error.message, true);
      return;
    }
    this.live.hidden = false;
    this.button.textContent = "Stop";
    const job = begin("train", recipe, (progress) => this.watch(recipe, progress));
    this.job = job;
    try {
      const plain = await job.answer;
      this.finish(recipe, plain, `Trained in ${whole(recipe.steps)}`, hash);
    } catch (error) {
      this.tell(`training failed: ${reason(error)}`, true);
    } finally {
      if (this.job === job) this.rest();
    }
  }

  /** Stops, and keeps the network as it stands: that of a recipe of fewer steps. */
  stop() {
    const { latest } = this;
    this.leave();
    if (latest) this.finish(latest.recipe, latest.plain, `Stopped after ${latest.share}`);
    else this.tell("Stopped before the first steps; the network on this page is as it was.");
  }

  leave() {
    this.job?.stop();
    this.rest();
  }

  rest() {
    this.job = null;
    this.latest = null;
    this.button.textContent = "Train";
  }

  /**
   * Shows the network as it stands.
   * @param {Recipe} recipe
   * @param {import("./compute/training.js").Progress} progress
   */
  watch(recipe, { step, losses, layers }) {
    const { activation } = recipe;
    const share = `${whole(step)} of ${whole(recipe.steps)}`;
    const plain = { layers, activation };
    if (step > 0) this.latest = { recipe: { ...recipe, steps: step }, plain, share };
    const now =
      losses.length > 0
        ? `, loss ${lossText(losses[losses.length - 1][1])} on the latest batches`
        : "";
    this.tell(`Step ${share}${now}`);
    const nodes = layers.slice(0, -1).reduce((sum, layer) => sum + layer.outputs, 0);
    const network = new Network({ ...plain, means: new Float64Array(nodes) });
    this.paint(network);
    const most = losses.reduce((largest, at) => Math.max(largest, at[1]), 0);
    const points = losses.map(([x, y]) => `${(200 * x) / recipe.steps},${118 - (115 * y) / most}`);
    this.curve.setAttribute("points", points.join(" "));
  }

  /** @param {Network} network */
  paint(network) {
    const grid = new GridNetwork(network, SIDE, SIDE, EXTENT);
    grid.update(new Float64Array(network.n).fill(1));
    const values = new Float64Array(SIDE * SIDE);
    grid.probabilities(0, values);
    const { shades } = this.colours;
    const context = contextOf(this.canvas, { alpha: false });
    const image = context.createImageData(SIDE, SIDE);
    const rgba = new Uint32Array(image.data.buffer);
    for (let k = 0; k < rgba.length; k++) {
      const row = SIDE - 1 - Math.floor(k / SIDE);
      const shade = Math.round(values[row * SIDE + (k % SIDE)] * (SHADES - 1));
      rgba[k] = shades[shade] ?? shades[0];
    }
    context.putImageData(image, 0, 0);
  }

  /**
   * Shows the trained network in place of the page's.
   * @param {Recipe} recipe
   * @param {Trained} plain
   * @param {string} words how it came about
   * @param {string} [hash] the address, if it is to say more than which network it is
   */
  finish(recipe, plain, words, hash) {
    const weights = plain.layers.flatMap((layer) => [...layer.weights, ...layer.biases]);
    if (!weights.every(Number.isFinite)) {
      this.tell("training left the finite numbers: take another seed or fewer layers", true);
      return;
    }
    const { figure, radius, seed } = recipe;
    const uniform = uniforms((seed ^ POINTS_SEED) >>> 0);
    const points = evaluationPoints(figure, radius, POINTS, uniform);
    const { colours } = this.page.record;
    const ablation = this.ablation.select.value;
    this.page.show(recordOfTrained(plain, recipe, ablation, points, colours), hash);
    this.tell(`${words} steps; it is on the page now.`);
  }

  /**
   * @param {string} text
   * @param {boolean} [isWrong]
   */
  tell(text, isWrong = false) {
    this.said.textContent = text;
    this.said.classList.toggle("wrong", isWrong);
  }
}
