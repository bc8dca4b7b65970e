// What the page is about: a network and its points, unpacked from the page or made in it.

import { labelOf } from "./compute/data.js";
import { nearestLabels } from "./compute/nearest.js";
import { Field } from "./field.js";
import { Network } from "./network.js";
import { numbers } from "./packed.js";

/** The centres of side² pixels over [-extent, extent]², row by row from the lowest x1. */
export function grid(extent, side) {
  const centre = (k) => extent * ((2 * k + 1) / side - 1);
  const x0 = Float64Array.from({ length: side * side }, (_, k) => centre(k % side));
  const x1 = Float64Array.from({ length: side * side }, (_, k) => centre(Math.floor(k / side)));
  return [x0, x1];
}

/** Labels of a coarser grid's pixels: those of the recorded pixels nearest to their centres. */
function labelsAt(plane, side) {
  const recorded = new Uint16Array(plane.side * plane.side);
  let at = 0;
  for (const [label, count] of plane.labels) {
    recorded.fill(label, at, at + count);
    at += count;
  }
  const nearest = (k) => Math.min(Math.floor(((k + 0.5) * plane.side) / side), plane.side - 1);
  const at2 = (k) => recorded[nearest(Math.floor(k / side)) * plane.side + nearest(k % side)];
  return Uint16Array.from({ length: side * side }, (_, k) => at2(k));
}

/** Multiplications that a redraw of a deep network may take. */
const MOST_WORK = 3e7;

/** Pixels along a side of a map: so many, or fewer for a network too large to redraw at once. */
function sideFor(network, most) {
  const work = network.isShallow ? 8 * MOST_WORK : MOST_WORK;
  const side = Math.floor(Math.sqrt(work / network.weightCount));
  return Math.max(Math.min(most, side), Math.min(most, 48));
}

/** Pixels along a side of the map. */
const SIDE = 400;

/** How far the map of a figure reaches from the origin: twice as far as its data. */
const EXTENT = 2;

/** The record of a network and points, with the map of a plane { extent, side, labelsAt } if there is one. */
function recordOf(about, network, { columns, labels }, plane, colours) {
  const record = {
    about,
    network,
    /** The evaluation points, with their labels. */
    points: new Field(network, ...columns),
    labels,
    /** The map: pixels along a side, how far it reaches, and the pixels' labels. */
    side: null,
    extent: null,
    pixelLabels: null,
    colours,
    /** All losses, once they are known, or a sample; what is known of each size, and along paths. */
    table: null,
    sample: null,
    best: null,
    covariance: null,
    /** Over all masks, of all nodes or of the last hidden layer: { mean, effects }, in nats. */
    averages: null,
  };
  if (plane) {
    record.side = sideFor(network, plane.side);
    record.extent = plane.extent;
    record.pixelLabels = plane.labelsAt(record.side);
  }
  return record;
}

/** Unpacks what the page was made with. */
export function unpack(data) {
  const network = new Network(data.network);
  const { inputs } = network.layers[0];
  const coordinates = numbers(data.points.coordinates, "Float64");
  const labels = Uint16Array.from(numbers(data.points.labels, "Uint16"));
  const columns = Array.from({ length: inputs }, (_, d) =>
    Float64Array.from(labels, (_label, k) => coordinates[k * inputs + d]),
  );
  const plane = data.plane && { ...data.plane, labelsAt: (side) => labelsAt(data.plane, side) };
  return recordOf(data.about, network, { columns, labels }, plane, data.colours);
}

/** A network with what stands in for its removed nodes: 0, or its means over the points. */
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

/** The record of a network trained on a figure; the map is labelled by the figure. */
export function recordOfTrained(plain, recipe, ablation, points, colours) {
  const { figure, radius, seed } = recipe;
  const title = figure === "circle" ? `circle ${radius}` : figure;
  const about = { ablation, data: title, trained: { data: title }, seed, made: recipe };
  if (figure === "circle") about.radius = radius;
  const network = ablated(plain, ablation, points.columns);
  const plane = {
    extent: EXTENT,
    side: SIDE,
    labelsAt: (side) => {
      const [x0, x1] = grid(EXTENT, side);
      return Uint16Array.from(x0, (x, k) => labelOf(figure, radius, x, x1[k]));
    },
  };
  return recordOf(about, network, points, plane, colours);
}

/** The record of a network and points from files; with two inputs, the nearest point labels a pixel. */
export function recordOfFiles(plain, ablation, points, names, colours) {
  const about = { ablation, model: names.model, points: names.points, made: "files" };
  const network = ablated(plain, ablation, points.columns);
  if (points.columns.length !== 2) return recordOf(about, network, points, null, colours);
  const farthest = points.columns.flatMap((column) => column.reduce(reach, 0));
  const extent = 1.25 * Math.max(...farthest, 1e-3);
  const labelled = (side) => nearestLabels(points.columns, points.labels, side, extent);
  const plane = { extent, side: SIDE, labelsAt: labelled };
  return recordOf(about, network, points, plane, colours);
}

const reach = (most, x) => Math.max(most, Math.abs(x));
