// In which order the layers of a file are passed.

import { Refusal, clip } from "./clip.js";
import { alphabetic, compare, numbered } from "./layernames.js";

/** Orders are tried out until two are found or so many steps were taken. */
const MOST_STEPS = 100_000;

/**
 * A layer as far as its place among others goes; its name in segments.
 * @typedef {{ key: string[], inputs: number, outputs: number }} Placed
 */

/**
 * The name of a layer as it is shown.
 * @param {string[]} key
 */
export const shown = (key) => clip(key.join("."));

/**
 * Layers { key, inputs, outputs, … } first to last: in the order of their names if their shapes chain
 * in it, else in the only order in which they do.
 * @template {Placed} L
 * @param {L[]} unsorted
 * @returns {L[]}
 */
export function ordered(unsorted) {
  const layers = unsorted
    .slice()
    .sort((a, b) => compare(a.key, b.key)[0] || alphabetic(a.key, b.key));
  const pairs = layers.slice(1).map((layer, k) => [layers[k], layer]);
  const chains = pairs.every(([a, b]) => a.outputs === b.inputs);
  const isClear = pairs.every(([a, b]) => compare(a.key, b.key)[1]);
  if (chains && isClear) return layers;
  // Who numbers layers says in which order they are passed.
  const orders = isClear && inSequence(pairs) ? [] : twoOrders(layers);
  if (orders.length === 1) return orders[0].map((k) => layers[k]);
  if (orders.length === 0) {
    const [a, b] = pairs.find(([one, other]) => one.outputs !== other.inputs) ?? pairs[0];
    throw new Refusal(
      `'${shown(b.key)}' takes ${b.inputs} inputs, but '${shown(a.key)}' before it gives ` +
        `${a.outputs}; save all layers of one network`,
    );
  }
  const [one, other] = orders.map((order) => described(order.map((k) => layers[k])));
  throw new Refusal(
    `the order of its layers is not known: ${one} and ${other} both fit their shapes; name the ` +
      "layers in order, as layer1.weight, layer1.bias, layer2.weight, …",
  );
}

/**
 * Whether all layers are those of one list.
 * @param {Placed[][]} pairs
 */
function inSequence(pairs) {
  return pairs.every(([a, b]) => {
    const [one, other] = [numbered(a.key), numbered(b.key)];
    return one !== null && other !== null && alphabetic(one[0], other[0]) === 0;
  });
}

/**
 * Up to two orders in which the shapes of all layers chain.
 * @param {Placed[]} layers
 */
function twoOrders(layers) {
  /** @type {number[][]} */
  const found = [];
  let steps = 0;
  /** @param {number[]} order */
  const extend = (order) => {
    if (order.length === layers.length) found.push(order.slice());
    for (let k = 0; k < layers.length; k++) {
      steps++;
      if (found.length === 2 || steps > MOST_STEPS) return;
      const last = order.at(-1);
      const fits = last === undefined || layers[last].outputs === layers[k].inputs;
      if (fits && !order.includes(k)) {
        order.push(k);
        extend(order);
        order.pop();
      }
    }
  };
  extend([]);
  return found;
}

/**
 * `'hidden', 'out' (2-20-2)`.
 * @param {Placed[]} layers
 */
function described(layers) {
  const names = layers.map(({ key }) => `'${shown(key)}'`).join(", ");
  const sizes = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)].join("-");
  return `${names} (${sizes})`;
}
