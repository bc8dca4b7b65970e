// Training a network in the page, with its map and loss as they come.

import { ACTIVATION_NAMES } from "./activations.js";
import { ColourMap, SHADES } from "./colours.js";
import { lossText } from "./charts.js";
import { reason } from "./compute/clip.js";
import { FIGURES, evaluationPoints } from "./compute/data.js";
import { GridNetwork } from "./compute/grid.js";
import { begin } from "./compute/jobs.js";
import { recipeFor } from "./compute/training.js";
import { contextOf, create, svg } from "./elements.js";
import { ablationChoice } from "./files.js";
import { uniforms } from "./masks.js";
import { Network } from "./network.js";
import { recordOfTrained } from "./record.js";

/** Pixels along a side of the map in training. */
const SIDE = 120;

/** How far it reaches. */
const EXTENT = 2;

/** Points that a trained network is evaluated on. */
const POINTS = 1024;

/** The evaluation points' random numbers are not those of training. */
const POINTS_SEED = 0x9e3779b9;

const MOST_NODES = 512;
const MOST_LAYERS = 6;
const MOST_STEPS = 200_000;

/**
 * @typedef {import("./compute/training.js").Recipe} Recipe
 * @typedef {import("./compute/tasks.js").Answers["train"]} Trained
 */

/** @param {string[]} options */
function choice(options) {
  return create(
    "select",
    {},
    options.map((text) => new Option(text)),
  );
}

/**
 * Widths of layers, as `20`, `14, 6` or `14-6`.
 * @param {string} text
 */
export function widths(text) {
  const isList = /^\s*\d+((\s*[,;x×–-]\s*|\s+)\d+)*[\s,;]*$/i.test(text);
  const found = isList ? (text.match(/\d+/g) ?? []).map(Number) : [];
  const nodes = found.reduce((sum, width) => sum + width, 0);
  const fits = found.every((width) => width >= 1) && nodes <= MOST_NODES;
  if (found.length === 0 || found.length > MOST_LAYERS || !fits) {
    throw new RangeError(
      `layers are 1 to ${MOST_LAYERS} whole numbers from 1, such as 20 or 14, 6, and at most ` +
        `${MOST_NODES} nodes in all`,
    );
  }
  return found;
}

/**
 * The whole number in a field.
 * @param {HTMLInputElement} input
 * @param {string} name
 * @param {number} least
 * @param {number} most
 */
function whole(input, name, least, most) {
  const value = Number(input.value);
  if (input.value.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is a whole number from ${least} to ${most}`);
  }
  return value;
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
    seed: number(0, 2 ** 32 - 1, 1),
    activation: choice(ACTIVATION_NAMES),
  };
}

export class Trainer {
  /** @param {import("./files.js").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {import("./compute/jobs.js").Job<Trained> | null} */
    this.job = null;
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
    const r = Number(radius.value);
    if (data.value === "circle" && !(r > 0 && r < Math.SQRT2)) {
      throw new RangeError("the radius of a circle in the square [−1, 1]² is above 0 and below √2");
    }
    return {
      ...recipeFor(data.value),
      radius: r,
      hidden: widths(layers.value),
      steps: whole(steps, "steps", 1, MOST_STEPS),
      seed: whole(seed, "seed", 0, 2 ** 32 - 1),
      activation: ACTIVATION_NAMES[activation.selectedIndex],
    };
  }

  async start() {
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
      this.finish(recipe, await job.answer);
    } catch (error) {
      this.tell(`training failed: ${reason(error)}`, true);
    } finally {
      if (this.job === job) this.rest();
    }
  }

  stop() {
    this.job?.stop();
    this.rest();
    this.tell("Stopped; the network on this page is as it was.");
  }

  rest() {
    this.job = null;
    this.button.textContent = "Train";
  }

  /**
   * Shows the network as it stands.
   * @param {Recipe} recipe
   * @param {import("./compute/training.js").Progress} progress
   */
  watch({ steps, activation }, { step, losses, layers }) {
    const now =
      losses.length > 0
        ? `, loss ${lossText(losses[losses.length - 1][1])} on the latest batches`
        : "";
    this.tell(`Step ${step.toLocaleString("en-US")} of ${steps.toLocaleString("en-US")}${now}`);
    const nodes = layers.slice(0, -1).reduce((sum, layer) => sum + layer.outputs, 0);
    const network = new Network({ layers, activation, means: new Float64Array(nodes) });
    this.paint(network);
    const most = losses.reduce((largest, at) => Math.max(largest, at[1]), 0);
    const points = losses.map(([x, y]) => `${(200 * x) / steps},${118 - (115 * y) / most}`);
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
   */
  finish(recipe, plain) {
    const weights = plain.layers.flatMap((layer) => [...layer.weights, ...layer.biases]);
    if (!weights.every(Number.isFinite)) {
      this.tell("training left the finite numbers: take another seed or fewer layers", true);
      return;
    }
    const { figure, radius, seed, steps } = recipe;
    const uniform = uniforms((seed ^ POINTS_SEED) >>> 0);
    const points = evaluationPoints(figure, radius, POINTS, uniform);
    const { colours } = this.page.record;
    const ablation = this.ablation.select.value;
    this.page.show(recordOfTrained(plain, recipe, ablation, points, colours));
    this.tell(`Trained in ${steps.toLocaleString("en-US")} steps; it is on the page now.`);
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
