// What the page says of the network itself.

import { decimal, whole } from "./charts.js";
import { byId, create, key } from "./elements.js";

/**
 * @typedef {import("./record.js").About} About
 * @typedef {import("./record.js").Unpacked} Unpacked
 */

/**
 * What the classes are called.
 * @param {Unpacked} record
 */
export function classNames({ about, network }) {
  /** @param {number} c */
  const name = (c) =>
    about.radius && network.classes === 2 ? ["inside", "outside"][c] : `class ${c}`;
  return Array.from({ length: network.classes }, (_, c) => name(c));
}

/**
 * Writes it; `outside` is how many nodes have no line within the map.
 * @param {Unpacked} record
 * @param {number} outside
 */
export function describe(record, outside) {
  const { about, network, plane } = record;
  byId("about").textContent = title(record);
  byId("replaced").textContent =
    about.ablation === "mean" ? "its mean over the evaluation points in the full network" : "0";
  byId("line-note").textContent =
    network.plain.activation === "relu"
      ? ", so that a ReLU bends: on the side of the small ticks it is active."
      : ": on the side of the small ticks it is above 0.";
  describeMarks(about);
  byId("outside-view").textContent = outside > 0 ? `Lines outside of the map: ${outside}.` : "";
  const map = plane ? ` The map has ${plane.side} × ${plane.side} pixels.` : "";
  byId("source").textContent =
    `${source(about)}.${map} This page works without a network connection, and sends nothing.`;
}

/**
 * Writes what the losses of other sub-networks say, once they are known.
 * @param {Unpacked} record
 */
export function describeOthers({ table, sample, covariance }) {
  byId("rank-note").textContent = (table ?? sample)?.about ?? "";
  if (!covariance || !(covariance[0] > 0)) return;
  const correlation = decimal(covariance[covariance.length - 1] / covariance[0], 3);
  byId("reversal-note").textContent =
    `Over all sub-networks, the correlation of ln(loss) with that of the reversal is ${correlation}, exactly.`;
}

/**
 * How this network came here.
 * @param {About} about
 */
function source({ made, revision, seed }) {
  if (made === "files") return "Read from files in this browser";
  if (made) return `Trained in this browser in ${whole(made.steps)} steps, seed ${made.seed}`;
  const own = revision ? `, revision ${revision.slice(0, 10)}` : "";
  return `Made by cargo run -p experiments -- explore, seed ${seed}${own}`;
}

/**
 * The network and its points in one line.
 * @param {Unpacked} record
 */
function title({ about, network, points }) {
  const sizes = [network.layers[0].inputs, ...network.layers.map((l) => l.outputs)].join("–");
  const circle =
    about.radius && `inside or outside of a circle of radius ${decimal(about.radius, 3)}`;
  const data = about.data && (circle || `${about.data} data`);
  const parts = [
    `${sizes} network ${about.model ?? ""}`,
    about.trained && about.trained.data !== about.data && `trained on ${about.trained.data}`,
    about.points ? `points of ${about.points}` : data,
    `${whole(points.count)} evaluation points`,
    `switched off, a node gives ${about.ablation === "mean" ? "its mean" : "0"}`,
  ];
  return parts.filter(Boolean).join(" · ");
}

/**
 * What the marks on the map mean.
 * @param {About} about
 */
function describeMarks({ radius, trained, points }) {
  const keys = [
    ...(radius ? [["circle", `circle of the data, radius ${decimal(radius, 3)}`]] : []),
    [
      "square",
      points ? "bounding box of the points" : `${trained ? "training " : ""}square [−1, 1]²`,
    ],
    ["towards", "a node's input is 0 here; on its ticked side it pushes towards "],
    ["away", "the same, away from "],
    ["switched-off", "a node that is off"],
  ];
  byId("keys").replaceChildren(...keys.map(([name, text]) => key(name, text)));
  for (const item of byId("keys").querySelectorAll(".towards, .away")) {
    item.parentElement?.append(create("b", { className: "shown-class" }));
  }
}
