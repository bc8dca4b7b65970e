// What the page says of the network itself.

import { decimal, whole } from "./charts.js";
import { byId, key } from "./elements.js";

export function classNames({ about, network }) {
  const name = (c) =>
    about.radius && network.classes === 2 ? ["inside", "outside"][c] : `class ${c}`;
  return Array.from({ length: network.classes }, (_, c) => name(c));
}

/** Writes it; `outside` is how many nodes have no line within the map. */
export function describe(record, outside) {
  const { about, network, table, covariance } = record;
  const { n } = network;
  byId("about").textContent = title(record);
  byId("replaced").textContent =
    about.ablation === "mean" ? "its mean over the evaluation points in the full network" : "0";
  describeMarks(about);
  byId("rank-note").textContent = table
    ? rankNote(table)
    : `With ${n} nodes the losses of all sub-networks are too many for this page: no ranks here.`;
  if (covariance && covariance[0] > 0) {
    const correlation = decimal(covariance[n] / covariance[0], 3);
    byId("reversal-note").textContent =
      `Over all sub-networks, the correlation of ln(loss) with that of the reversal is ${correlation}, exactly.`;
  }
  byId("outside-view").textContent = outside > 0 ? `Lines outside of the map: ${outside}.` : "";
  const revision = about.revision ? `, revision ${about.revision.slice(0, 10)}` : "";
  byId("source").textContent =
    `Made by cargo run -p experiments -- explore, seed ${about.seed}${revision}. The map has ` +
    `${record.side} × ${record.side} pixels. This page works without a network connection.`;
}

/** The network and its points in one line. */
function title({ about, network, points }) {
  const sizes = [2, ...network.layers.map((layer) => layer.outputs)].join("–");
  const data = about.data && `${about.data} ${about.radius ? "circle" : "data"}`;
  const parts = [
    `${sizes} network ${about.model ?? ""}`,
    about.trained && about.trained.data !== about.data && `trained on ${about.trained.data}`,
    about.points ? `points of ${about.points}` : data,
    `${whole(points.count)} evaluation points`,
    `${about.ablation ?? "zero"} ablation`,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** What the marks on the map mean. */
function describeMarks({ radius, trained, points }) {
  const circle = radius && ["circle", `circle of the data, radius ${decimal(radius, 3)}`];
  const keys = [
    circle,
    [
      "square",
      points ? "bounding box of the points" : `${trained ? "training " : ""}square [−1, 1]²`,
    ],
    ["towards", "a node's input is 0 here; on its ticked side it pushes towards "],
    ["away", "the same, away from "],
    ["switched-off", "a node that is off"],
  ];
  byId("keys").replaceChildren(...keys.filter(Boolean).map(([name, text]) => key(name, text)));
  for (const item of byId("keys").querySelectorAll(".towards, .away")) {
    item.parentElement.append(
      Object.assign(document.createElement("b"), { className: "shown-class" }),
    );
  }
}

function rankNote(table) {
  const half = table.step / 2;
  const percent = (100 * Math.expm1(half)).toPrecision(2);
  return (
    `1 is the smallest loss of all ${whole(table.masks)} sub-networks. The page carries each of their ` +
    `losses as ln(loss) in 16 bits, rounded by at most ${half.toPrecision(2)}, so ${percent} % of the ` +
    `loss. Those that rounding makes equal to this one are evaluated again, so that the rank is exact; ` +
    `where they are too many, the first and the last rank it may have are given. Equal losses share a rank.`
  );
}
