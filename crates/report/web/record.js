// What the page is about: a network and its points, unpacked from the page or made in it.

import { labelOf } from "./compute/data.js";
import { nearestLabels } from "./compute/nearest.js";
import { Field } from "./field.js";
import { Network } from "./network.js";
import { numbers } from "./packed.js";
import { partOf } from "./recipes.js";

/**
 * What is said of a network and its points; much of it is not known of all.
 * @typedef {object} About
 * @property {string | null} [model] the network's file
 * @property {{ data?: string } | null} [trained] its training, if that is known
 * @property {string | null} [points] the points' file
 * @property {string | null} [data] what the points are, if they are from no file
 * @property {number | null} [radius] of the data's circle, if it is one
 * @property {string | null} ablation what a node that is off gives, "zero" or "mean"
 * @property {number} [seed]
 * @property {string | null} [revision] of the program that made the page
 * @property {Recipe | "files"} [made] how it came to be in the page, if the page was not made with it
 */

/**
 * The map: pixels along a side, how far it reaches, and the pixels' labels.
 * @typedef {{ side: number, extent: number, labels: Uint16Array }} Plane
 */

/**
 * What the page is about.
 * @typedef {object} Unpacked
 * @property {string} origin the part of an address that says which network it is; none of the first
 * @property {About} about
 * @property {Network} network
 * @property {Field} points the evaluation points
 * @property {Uint16Array} labels of the points
 * @property {Plane | null} plane of a network with two inputs
 * @property {Colours} colours
 * @property {import("./table.js").Table | null} table all losses, once they are known
 * @property {import("./table.js").Sample | null} sample some of them, where all are too many
 * @property {Summary["best"] | null} best mask of each size, with its loss
 * @property {Summary["covariance"] | null} covariance of ln(loss) along flip paths
 * @property {Summary["averages"] | null} averages over all masks, of all nodes or of the last hidden
 *   layer, in nats
 */

/** @typedef {Unpacked & { plane: Plane }} OnPlane a record with a map */

/**
 * What the page was made with; numbers are packed.
 * @typedef {object} Packed
 * @property {About} about
 * @property {import("./network.js").PlainNetwork} network
 * @property {{ coordinates: string, labels: string }} points
 * @property {PackedPlane | null} plane
 * @property {Colours} colours
 */

/**
 * The map as it is recorded, its labels in runs: [label, pixels].
 * @typedef {{ side: number, extent: number, labels: [number, number][] }} PackedPlane
 */

/**
 * The map as it is asked for: as many pixels as there is time for are labelled.
 * @typedef {{ side: number, extent: number, labelsAt: (side: number) => Uint16Array }} PlaneSource
 */

/**
 * A network without what stands in for its removed nodes.
 * @typedef {Omit<import("./network.js").PlainNetwork, "means">} Bare
 * @typedef {import("./colours.js").Colours} Colours
 * @typedef {import("./compute/training.js").Points} Points
 * @typedef {import("./compute/training.js").Recipe} Recipe
 * @typedef {ReturnType<typeof import("./compute/summary.js").summary>} Summary
 */

/**
 * Whether a record has a map.
 * @param {Unpacked} record
 * @returns {record is OnPlane}
 */
export const hasPlane = (record) => record.plane !== null;

/**
 * The centres of side² pixels over [-extent, extent]², row by row from the lowest x1.
 * @param {number} extent
 * @param {number} side
 */
export function grid(extent, side) {
  /** @param {number} k */
  const centre = (k) => extent * ((2 * k + 1) / side - 1);
  const x0 = Float64Array.from({ length: side * side }, (_, k) => centre(k % side));
  const x1 = Float64Array.from({ length: side * side }, (_, k) => centre(Math.floor(k / side)));
  return [x0, x1];
}

/**
 * Labels of a coarser grid's pixels: those of the recorded pixels nearest to their centres.
 * @param {PackedPlane} plane
 * @param {number} side
 */
function labelsAt(plane, side) {
  const recorded = new Uint16Array(plane.side * plane.side);
  let at = 0;
  for (const [label, count] of plane.labels) {
    recorded.fill(label, at, at + count);
    at += count;
  }
  /** @param {number} k */
  const nearest = (k) => Math.min(Math.floor(((k + 0.5) * plane.side) / side), plane.side - 1);
  /** @param {number} k */
  const at2 = (k) => recorded[nearest(Math.floor(k / side)) * plane.side + nearest(k % side)];
  return Uint16Array.from({ length: side * side }, (_, k) => at2(k));
}

/** Multiplications that a redraw of a deep network may take. */
const MOST_WORK = 3e7;

/**
 * Pixels along a side of a map: so many, or fewer for a network too large to redraw at once.
 * @param {Network} network
 * @param {number} most
 */
function sideFor(network, most) {
  const work = network.isShallow ? 8 * MOST_WORK : MOST_WORK;
  const side = Math.floor(Math.sqrt(work / network.weightCount));
  return Math.max(Math.min(most, side), Math.min(most, 48));
}

/** Pixels along a side of the map. */
const SIDE = 400;

/** How far the map of a figure reaches from the origin: twice as far as its data. */
const EXTENT = 2;

/**
 * The record of a network and points, with a map if there is one.
 * @param {About} about
 * @param {Network} network
 * @param {Points} points
 * @param {PlaneSource | null} plane
 * @param {Colours} colours
 * @returns {Unpacked}
 */
function recordOf(about, network, { columns, labels }, plane, colours) {
  const points = new Field(network, ...columns);
  const unknown = { table: null, sample: null, best: null, covariance: null, averages: null };
  const record = { origin: "", about, network, points, labels, colours, ...unknown };
  if (!plane) return { ...record, plane };
  const side = sideFor(network, plane.side);
  return { ...record, plane: { side, extent: plane.extent, labels: plane.labelsAt(side) } };
}

/**
 * Unpacks what the page was made with.
 * @param {Packed} data
 */
export function unpack(data) {
  const network = new Network(data.network);
  const { inputs } = network.layers[0];
  const coordinates = numbers(data.points.coordinates, "Float64");
  const labels = Uint16Array.from(numbers(data.points.labels, "Uint16"));
  const columns = Array.from({ length: inputs }, (_, d) =>
    Float64Array.from(labels, (_label, k) => coordinates[k * inputs + d]),
  );
  const { about, plane, colours } = data;
  /** @type {PlaneSource | null} */
  const source = plane && { ...plane, labelsAt: (side) => labelsAt(plane, side) };
  return recordOf(about, network, { columns, labels }, source, colours);
}

/**
 * A network with what stands in for its removed nodes: 0, or its means over the points.
 * @param {Bare} plain
 * @param {string | null} ablation
 * @param {Float64Array[]} columns
 */
function ablated({ layers, activation }, ablation, columns) {
  const n = layers.slice(0, -1).reduce((sum, layer) => sum + layer.outputs, 0);
  const network = new Network({ layers, activation, means: new Float64Array(n) });
  if (ablation !== "mean") return network;
  const sums = new Float64Array(n);
  const field = new Field(network, ...columns);
  field.each(new Float64Array(n).fill(1), (block, _, count) => {
    for (let i = 0; i < n; i++) {
      for (let p = 0; p < count; p++) sums[i] += block.g[i][p];
    }
  });
  return new Network({ layers, activation, means: sums.map((sum) => sum / field.count) });
}

/**
 * The record of a network trained on a figure; the map is labelled by the figure.
 * @param {Bare} plain
 * @param {Recipe} recipe
 * @param {string | null} ablation
 * @param {Points} points
 * @param {Colours} colours
 */
export function recordOfTrained(plain, recipe, ablation, points, colours) {
  const { figure, radius, seed } = recipe;
  const title = figure === "circle" ? `circle ${radius}` : figure;
  /** @type {About} */
  const about = { ablation, data: title, trained: { data: title }, seed, made: recipe };
  if (figure === "circle") about.radius = radius;
  const network = ablated(plain, ablation, points.columns);
  /** @type {PlaneSource} */
  const plane = {
    extent: EXTENT,
    side: SIDE,
    labelsAt: (side) => {
      const [x0, x1] = grid(EXTENT, side);
      return Uint16Array.from(x0, (x, k) => labelOf(figure, radius, x, x1[k]));
    },
  };
  const record = recordOf(about, network, points, plane, colours);
  return { ...record, origin: partOf({ recipe, ablation }) };
}

/**
 * The record of a network and points from files; with two inputs, the nearest point labels a pixel.
 * @param {Bare} plain
 * @param {string | null} ablation
 * @param {Points} points
 * @param {{ model?: string, points: string }} names of the files
 * @param {Colours} colours
 */
export function recordOfFiles(plain, ablation, points, names, colours) {
  /** @type {About} */
  const about = { ablation, model: names.model, points: names.points, made: "files" };
  const network = ablated(plain, ablation, points.columns);
  if (points.columns.length !== 2) return recordOf(about, network, points, null, colours);
  const farthest = points.columns.flatMap((column) => column.reduce(reach, 0));
  const extent = 1.25 * Math.max(...farthest, 1e-3);
  /** @param {number} side */
  const labelled = (side) => nearestLabels(points.columns, points.labels, side, extent);
  const plane = { extent, side: SIDE, labelsAt: labelled };
  return recordOf(about, network, points, plane, colours);
}

/**
 * @param {number} most
 * @param {number} x
 */
const reach = (most, x) => Math.max(most, Math.abs(x));
