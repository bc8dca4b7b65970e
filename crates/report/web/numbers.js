// The panel of numbers: the loss, where it stands among those of all sub-networks, and the rest.

import { lossAxis } from "./axes.js";
import { Chart, lossText, signed } from "./charts.js";
import { byId, byIdAs, create, definition, key } from "./elements.js";
import { maskText, size } from "./masks.js";

/** Bars of the histogram. */
const BINS = 100;

export class NumberPanel {
  /** @param {import("./record.js").Unpacked} record */
  constructor({ network, points, labels }) {
    this.n = network.n;
    this.points = points;
    this.labels = labels;
    /** @type {import("./table.js").Table | import("./table.js").Sample | null} */
    this.ordering = null;
    /** @type {import("./record.js").Unpacked["averages"]} */
    this.averages = null;
    /** @type {Chart | null} */
    this.histogram = null;
    /** What is done until ranks are known, in full and where there is little room. */
    this.waiting = { text: "computing", brief: "computing" };
  }

  /**
   * Takes the losses of other sub-networks, once they are known.
   * @param {import("./record.js").Unpacked} record
   */
  settle({ table, sample, averages }) {
    const ordering = table ?? sample;
    if (!ordering) return;
    const { title } = ordering;
    this.ordering = ordering;
    this.averages = averages;
    const element = byIdAs(SVGSVGElement, "histogram");
    this.histogram = new Chart(element, { height: 104, label: `Histogram of losses: ${title}` });
    byId("place-title").textContent = title;
    const keys = [key("present", "this sub-network"), key("reversal", "its reversal")];
    byId("place-keys").replaceChildren(...keys);
  }

  /**
   * Says how far the losses of other sub-networks are.
   * @param {string} text
   * @param {string} brief the same where there is little room
   */
  wait(text, brief) {
    this.waiting = { text, brief };
    for (const [name, said] of [
      ["quiet", text],
      ["brief", brief],
    ]) {
      const note = byId("numbers").querySelector(`.waiting .${name}`);
      if (note) note.textContent = said;
    }
  }

  /**
   * The mean loss over all masks, and what switching a node on changes of it, where they are known.
   * @param {number} node
   * @returns {import("./elements.js").Definition[]}
   */
  onAverage(node) {
    if (!this.averages) return [];
    const { mean, effects } = this.averages;
    // Beyond a table, of the last hidden layer's nodes, with those before it on.
    const first = this.n - effects.length;
    const masks = first === 0 ? "all sub-networks" : `all masks of nodes ${first} and up`;
    /** @type {[value: string, note: string]} */
    const effect =
      node < first
        ? ["–", `known of nodes ${first} and up`]
        : [signed(effects[node - first], 5), `mean change of loss, exact, over ${masks}`];
    return [
      ["mean loss", lossText(mean), `exact, over ${masks}`],
      [`switching on node ${node}`, ...effect],
    ];
  }

  /** Draws the histogram, which stays as it is. */
  frame() {
    const { ordering, histogram } = this;
    if (!ordering || !histogram) return;
    const [low, high] = ordering.range();
    const heights = ordering.histogram(BINS);
    const step = (high - low) / BINS || 1;
    const most = Math.max(...heights);
    histogram.frame(lossAxis(low, high, "loss, logarithmic"), { low: 0, high: 1.05 * most });
    const bars = [...heights].flatMap((height, k) => [
      [low + k * step, height],
      [low + (k + 1) * step, height],
    ]);
    histogram.area(histogram.still, bars, "bars");
  }

  /**
   * Shows a state of that loss; `lossOf(mask)` gives that of its reversal.
   * @param {import("./state.js").State} state
   * @param {number} loss
   * @param {(mask: bigint) => number} lossOf
   */
  show(state, loss, lossOf) {
    const { n, points, labels, histogram } = this;
    const count = size(state.mask);
    const reversed = lossOf(((1n << BigInt(n)) - 1n) ^ state.mask);
    /** @type {[note: string, more?: string]} */
    const written = state.soft
      ? [`node ${state.soft.node} partly open`]
      : [`mask ${maskText(state.mask, n)}`, "the sum of 2^i over the nodes i that are on"];
    /** @type {import("./elements.js").Definition[]} */
    const entries = [
      ["loss", lossText(loss), "nats"],
      ["nodes on", `${count} of ${n}`, ...written],
    ];
    const { waiting } = this;
    const [standing, note, brief] = this.ordering?.standing(loss, Boolean(state.soft)) ?? [
      "…",
      waiting.text,
      waiting.brief,
    ];
    entries.splice(1, 0, ["rank", standing, note]);
    const shown = entries.map(definition);
    shown[1].append(create("dd", { className: "brief", textContent: brief }));
    shown[1].classList.toggle("waiting", !this.ordering);
    byId("numbers").replaceChildren(...shown);
    /** @type {[value: string, note: string]} */
    const opposite = state.soft
      ? ["–", "a partly open gate has none"]
      : [lossText(reversed), "loss of the opposite mask"];
    /** @type {import("./elements.js").Definition[]} */
    const more = [
      ["accuracy", `${(100 * points.accuracy(labels)).toFixed(2)} %`, "of the evaluation points"],
      ["reversal", ...opposite],
    ];
    byId("more").replaceChildren(...[...more, ...this.onAverage(state.node)].map(definition));
    histogram?.show((group) => {
      if (!state.soft) histogram.upright(group, Math.log(reversed), "reversal");
      histogram.upright(group, Math.log(loss), "here");
    });
  }
}
