// Recipes as the form and links have them: read, checked, and written.

import { ACTIVATION_NAMES } from "./activations.js";
import { FIGURES } from "./compute/data.js";
import { recipeFor } from "./compute/training.js";

export const MOST_STEPS = 200_000;
export const MOST_SEED = 2 ** 32 - 1;
const MOST_NODES = 512;
const MOST_LAYERS = 6;

/** @typedef {import("./compute/training.js").Recipe} Recipe */

/**
 * What a network that was trained in the page is made by.
 * @typedef {{ recipe: Recipe, ablation: string | null }} Made
 */

/**
 * The recipe of a figure with these settings; a RangeError says which of them makes no sense.
 * @param {Omit<Recipe, "rate">} given
 * @returns {Recipe}
 */
export function checked(given) {
  const { figure, radius, hidden, steps, seed } = given;
  if (figure === "circle" && !(radius > 0 && radius < Math.SQRT2)) {
    throw new RangeError("the radius of a circle in the square [−1, 1]² is above 0 and below √2");
  }
  const nodes = hidden.reduce((sum, width) => sum + width, 0);
  const fits = hidden.every((width) => Number.isInteger(width) && width >= 1);
  if (hidden.length === 0 || hidden.length > MOST_LAYERS || !fits || !(nodes <= MOST_NODES)) {
    throw new RangeError(
      `layers are 1 to ${MOST_LAYERS} whole numbers from 1, such as 20 or 14, 6, and at most ` +
        `${MOST_NODES} nodes in all`,
    );
  }
  whole(steps, "steps", 1, MOST_STEPS);
  whole(seed, "seed", 0, MOST_SEED);
  return { ...recipeFor(figure), ...given };
}

/**
 * @param {number} value
 * @param {string} name
 * @param {number} least
 * @param {number} most
 */
function whole(value, name, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is a whole number from ${least} to ${most}`);
  }
}

/**
 * The part of a link that says how its network is trained: `train=circle,14-6,6000,0,relu,zero,0.893`.
 * @param {Made} made
 */
export function partOf({ recipe, ablation }) {
  const { figure, radius, hidden, steps, seed, activation } = recipe;
  const parts = [figure, hidden.join("-"), steps, seed, activation, ablation ?? "zero"];
  if (figure === "circle") parts.push(radius);
  return `train=${parts.join(",")}`;
}

/**
 * What such a part says, `train=` left out; null if that makes no sense.
 * @param {string} text
 * @returns {Made | null}
 */
export function parsePart(text) {
  const [figure, layers = "", steps, seed, name, ablation, radius, ...more] = text.split(",");
  const activation = ACTIVATION_NAMES.find((own) => own === name);
  const isKnown = FIGURES.includes(figure) && activation && /^(zero|mean)$/.test(ablation);
  if (!isKnown || more.length > 0 || (radius !== undefined) !== (figure === "circle")) return null;
  try {
    const recipe = checked({
      figure,
      radius: radius === undefined ? recipeFor(figure).radius : numberIn(radius),
      hidden: layers.split("-").map(numberIn),
      steps: numberIn(steps),
      seed: numberIn(seed),
      activation,
    });
    return { recipe, ablation };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

/**
 * A number that is all of a text; NaN otherwise.
 * @param {string} text
 */
export const numberIn = (text) => (text.trim() === "" ? NaN : Number(text));

/**
 * Widths of layers, as `20`, `14, 6` or `14-6`.
 * @param {string} text
 */
export function widths(text) {
  const isList = /^\s*\d+((\s*[,;x×–-]\s*|\s+)\d+)*[\s,;]*$/i.test(text);
  return isList ? (text.match(/\d+/g) ?? []).map(Number) : [];
}
