// A network from a safetensors file: what is taken, and what is refused in which words, is as on the
// command line (`hypercube::checkpoint`).

import { ACTIVATION_NAMES } from "../activations.js";
import { MAX_WIDTH, Refusal, clip } from "./clip.js";
import { alphabetic, numbered, split } from "./layernames.js";
import { ordered } from "./layerorder.js";
import { parseSafetensors, values } from "./safetensors.js";

/**
 * @typedef {import("./safetensors.js").Tensor} Tensor
 * @typedef {import("./layerorder.js").Placed & import("../network.js").Layer} NamedLayer
 * @typedef {{ name: string, tensor: Tensor }} Named
 * @typedef {{ key: string[], weight?: Named, bias?: Named }} Found a layer's tensors
 */

/**
 * How names begin, after the last dot, that tell of something else than linear layers.
 * @type {[string[], string][]}
 */
const FOREIGN = [
  [
    ["running_mean", "running_var", "num_batches_tracked"],
    "belongs to a BatchNorm; fold it into the linear layer before it (in PyTorch " +
      "torch.nn.utils.fusion.fuse_linear_bn_eval(linear, norm))",
  ],
  [
    ["weight_mask", "bias_mask"],
    "says that pruning was not made permanent; call torch.nn.utils.prune.remove(layer, 'weight') " +
      "first",
  ],
  [
    ["weight_g", "weight_v", "weight_u"],
    "belongs to weight_norm or spectral_norm; call torch.nn.utils.remove_weight_norm(layer) or " +
      "remove_spectral_norm(layer) first",
  ],
  [
    ["weight_orig", "bias_orig"],
    "is what spectral_norm or pruning makes the weight of; call " +
      "torch.nn.utils.remove_spectral_norm(layer) first",
  ],
  [
    ["weight_ih", "weight_hh", "bias_ih", "bias_hh"],
    "belongs to a recurrent layer, and only fully connected ones are read",
  ],
  [["in_proj"], "belongs to an attention layer, and only fully connected ones are read"],
  [
    ["kernel", "coefs_", "intercepts_"],
    "is named as Keras or scikit-learn do, which keep [inputs, outputs]; save the transpose, made " +
      "contiguous, as layer1.weight [outputs, inputs], layer1.bias, layer2.weight, …",
  ],
];

/**
 * The network that the bytes of a file are: { layers, activation }.
 * @param {Uint8Array} bytes
 */
export function parseNetwork(bytes) {
  const { tensors, metadata } = parseSafetensors(bytes);
  const file = new Map(tensors);
  for (const [alias, kept] of Object.entries(metadata)) {
    const same = tensors.find(([name]) => name === kept);
    if (!file.has(alias) && same) file.set(alias, same[1]);
  }
  const sorted = [...file].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const layers = ordered(layersOf(sorted));
  refuseNeighbours(layers);
  const said = metadata.activation ?? "relu";
  const activation = ACTIVATION_NAMES.find((name) => name === said);
  if (activation === undefined) {
    throw new Refusal(
      `its metadata names the activation function '${clip(said)}'; known are relu, tanh, gelu ` +
        "and sigmoid",
    );
  }
  return { layers: checked(layers), activation };
}

/**
 * The layers of a network, if they are enough and not too many.
 * @param {NamedLayer[]} layers
 * @returns {import("../network.js").Layer[]}
 */
function checked(layers) {
  if (layers.length === 0) {
    throw new Refusal("there are no tensors in it; save a model's state_dict()");
  }
  if (layers.length === 1) {
    throw new Refusal(
      "it is a single linear layer, without hidden nodes that could be removed; give a network with " +
        "at least two",
    );
  }
  const last = layers[layers.length - 1];
  if (last.outputs === 1) {
    // σ(z) against its complement is the softmax of (0, z).
    last.outputs = 2;
    last.weights = Float64Array.of(...new Float64Array(last.inputs), ...last.weights);
    last.biases = Float64Array.of(0, ...last.biases);
  }
  const hidden = layers.slice(0, -1).reduce((sum, layer) => sum + layer.outputs, 0);
  const sizes = { inputs: layers[0].inputs, "hidden nodes": hidden, classes: last.outputs };
  for (const [what, size] of Object.entries(sizes)) {
    if (size > MAX_WIDTH) {
      throw new Refusal(
        `the network has ${size} ${what}, more than the ${MAX_WIDTH} that are read; give a smaller ` +
          "one",
      );
    }
  }
  return layers.map(({ inputs, outputs, weights, biases }) => ({
    inputs,
    outputs,
    weights,
    biases,
  }));
}

/**
 * The linear layers that the tensors make, in the order of their names' texts.
 * @param {[string, Tensor][]} tensors
 */
function layersOf(tensors) {
  for (const [name] of tensors) {
    const why = foreign(name);
    if (why) throw new Refusal(`tensor '${clip(name)}' ${why}`);
  }
  /** @type {Map<string, Found>} */
  const found = new Map();
  for (const [full, tensor] of tensors) {
    const name = clip(full);
    const [key, own] = split(full);
    const part = own ?? (tensor.shape.length === 2 ? "weight" : null);
    if (part === null) {
      throw new Refusal(
        `tensor '${name}' is no linear layer's; name those layer1.weight, layer1.bias, ` +
          "layer2.weight, … and leave out all others",
      );
    }
    const text = JSON.stringify(key);
    const layer = found.get(text) ?? { key };
    found.set(text, layer);
    const other = layer[part];
    if (other) {
      throw new Refusal(
        `tensors '${other.name}' and '${name}' would be the same of one layer; leave one of ` +
          "them out, or give the layers other names",
      );
    }
    layer[part] = { name, tensor };
  }
  const sorted = [...found.values()].sort((a, b) => alphabetic(a.key, b.key));
  // What is wrong with one tensor is told before what is wrong among several.
  for (const { weight, bias } of sorted) if (weight) refuseOtherKinds(weight, Boolean(bias));
  return sorted.map(linear);
}

/**
 * What a tensor belongs to, and what to do, if its name tells.
 * @param {string} name
 */
function foreign(name) {
  const segments = name.split(".");
  if (segments.includes("parametrizations")) {
    return (
      "is a parametrised weight (weight_norm or the like); call " +
      "torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight') first"
    );
  }
  // A list's numbers stand behind its name.
  const last = segments.findLast((segment) => !/^\+?\d+$/.test(segment));
  const found = FOREIGN.find(([words]) => words.some((word) => last?.startsWith(word)));
  return found?.[1];
}

/** @param {number[]} shape */
const shapeText = (shape) => clip(`[${shape.join(", ")}]`);

/**
 * Refuses a weight of another kind of layer by its dimensions.
 * @param {Named} weight
 * @param {boolean} hasBias
 */
function refuseOtherKinds({ name, tensor: { shape } }, hasBias) {
  if (shape.length === 2) return;
  const isOne = shape.length === 0 || (shape.length === 1 && shape[0] === 1);
  const what = isOne
    ? "the slope of a PReLU"
    : shape.length > 1
      ? "that of a convolution"
      : hasBias
        ? "the scale of a LayerNorm or another normalisation"
        : "the slopes of a PReLU or the scale of a normalisation";
  throw new Refusal(
    `'${name}' has shape ${shapeText(shape)}, as ${what}, not the 2 dimensions of a linear layer; ` +
      "only linear layers with one activation function between each two are read",
  );
}

/**
 * @param {Found} found
 * @returns {NamedLayer}
 */
function linear({ key, weight, bias }) {
  if (!weight) {
    throw new Refusal(`there is no weight to '${bias?.name}'; save the whole state_dict()`);
  }
  const [outputs, inputs] = weight.tensor.shape;
  const own = shapeText(weight.tensor.shape);
  if (inputs === 0 || outputs === 0) {
    throw new Refusal(
      `'${weight.name}' has shape ${own}; a layer needs at least 1 output and 1 input`,
    );
  }
  const shape = bias ? bias.tensor.shape : [outputs];
  if (bias && !(shape.length === 1 && shape[0] === outputs)) {
    const remedy =
      shape.length === 1 && shape[0] === inputs
        ? "is the weight transposed? It is [outputs, inputs] in PyTorch; save the transpose, made " +
          "contiguous"
        : "save both from one network";
    throw new Refusal(
      `'${bias.name}' has shape ${shapeText(shape)}, not [${outputs}] as '${weight.name}' of shape ` +
        `${own} asks for; ${remedy}`,
    );
  }
  const biases = bias ? values(bias.name, bias.tensor) : new Float64Array(outputs);
  return { key, inputs, outputs, weights: values(weight.name, weight.tensor), biases };
}

/**
 * Refuses neighbours in a `Sequential`, between which no activation function can stand.
 * @param {NamedLayer[]} layers
 */
function refuseNeighbours(layers) {
  /** @type {Map<string, { list: string[], indices: bigint[] }>} */
  const lists = new Map();
  for (const { key } of layers) {
    const found = numbered(key);
    if (found === null) continue;
    const [list, index] = found;
    const text = JSON.stringify(list);
    const before = lists.get(text)?.indices ?? [];
    lists.set(text, { list, indices: [...before, index] });
  }
  for (const { list, indices } of [...lists.values()].sort((a, b) => alphabetic(a.list, b.list))) {
    indices.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const pairs = indices.slice(1).map((index, k) => [indices[k], index]);
    const isList = list.length > 0 && pairs.every(([a, b]) => a + 1n === b);
    const neighbours = pairs.find(([a, b]) => a + 1n === b);
    if (neighbours && !isList) {
      const prefix = clip(list.map((segment) => `${segment}.`).join(""));
      const [a, b] = neighbours.map((index) => `'${prefix}${index}'`);
      throw new Refusal(
        `layers ${a} and ${b} are neighbours, with no activation function between them; if there ` +
          "is one, number the layers 0, 2, 4, …",
      );
    }
  }
}
