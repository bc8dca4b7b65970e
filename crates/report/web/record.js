// What was recorded, unpacked from the page.

import { Field, Network } from "./network.js";
import { Table } from "./table.js";

function bytes(base64) {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) out[k] = text.charCodeAt(k);
  return out;
}

/** Little-endian numbers, on any machine. */
function numbers(base64, size, read) {
  const packed = bytes(base64);
  const view = new DataView(packed.buffer);
  return Array.from({ length: packed.length / size }, (_, k) => view[read](k * size, true));
}

function codes(base64) {
  const packed = bytes(base64);
  const out = new Uint16Array(packed.length / 2);
  for (let k = 0; k < out.length; k++) out[k] = packed[2 * k] | (packed[2 * k + 1] << 8);
  return out;
}

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

/** Pixels along a side: those recorded, or fewer for a network too large to redraw at once. */
function sideFor(network, plane) {
  const most = network.isShallow ? 8 * MOST_WORK : MOST_WORK;
  const side = Math.floor(Math.sqrt(most / network.weightCount));
  return Math.max(Math.min(plane.side, side), Math.min(plane.side, 48));
}

/** Unpacks everything. */
export function unpack(data) {
  const network = new Network(data.network);
  const coordinates = numbers(data.points.coordinates, 8, "getFloat64");
  const x0 = Float64Array.from({ length: coordinates.length / 2 }, (_, k) => coordinates[2 * k]);
  const x1 = Float64Array.from({ length: x0.length }, (_, k) => coordinates[2 * k + 1]);
  const { extent } = data.plane;
  const side = sideFor(network, data.plane);
  return {
    about: data.about,
    network,
    /** The evaluation points, with their labels. */
    points: new Field(network, x0, x1),
    labels: codes(data.points.labels),
    /** The pixels of the plane, with theirs. */
    pixels: new Field(network, ...grid(extent, side)),
    pixelLabels: labelsAt(data.plane, side),
    side,
    extent,
    table: data.all && new Table({ ...data.all, codes: codes(data.all.codes) }),
    best: data.all?.best ?? null,
    covariance: data.all?.covariance ?? null,
    colours: data.colours,
  };
}
