// The panel of numbers: the loss, where it stands among those of all sub-networks, and the rest.

import { Chart, lossAxis, whole } from "./charts.js";
import { byId, definition, key } from "./elements.js";
import { maskText, size } from "./masks.js";
import { lossText } from "./nodes.js";

/** Bars of the histogram. */
const BINS = 100;

export class NumberPanel {
  /** @param {any} record as unpacked */
  constructor({ network, table, points, labels }) {
    this.n = network.n;
    this.table = table;
    this.points = points;
    this.labels = labels;
    byId("place-figure").hidden = !table;
    if (!table) return;
    const masks = whole(table.masks);
    const label = `Histogram of ln(loss) over all ${masks} sub-networks`;
    this.histogram = new Chart(byId("histogram"), { height: 104, label });
    byId("place-title").textContent = `All ${masks} sub-networks by loss`;
    const keys = [key("present", "this sub-network"), key("reversal", "its reversal")];
    byId("place-keys").replaceChildren(...keys);
  }

  /** Draws the histogram, which stays as it is. */
  frame() {
    const { table, histogram } = this;
    if (!table) return;
    const [low, high] = table.range();
    const heights = table.histogram(BINS);
    const step = (high - low) / BINS || 1;
    const most = Math.max(...heights);
    histogram.frame(lossAxis(low, high, "loss, logarithmic"), { low: 0, high: 1.05 * most });
    const bars = [...heights].flatMap((height, k) => [
      [low + k * step, height],
      [low + (k + 1) * step, height],
    ]);
    histogram.area(histogram.still, bars, "bars");
  }

  /** Shows a state of that loss; `lossOf(mask)` gives that of its reversal. */
  show(state, loss, lossOf) {
    const { n, table, points, labels } = this;
    const count = size(state.mask);
    const reversed = lossOf(((1n << BigInt(n)) - 1n) ^ state.mask);
    const entries = [
      ["loss", lossText(loss), "nats"],
      [
        "nodes on",
        `${count} of ${n}`,
        state.soft ? `node ${state.soft.node} partly open` : `mask ${maskText(state.mask, n)}`,
      ],
    ];
    if (table) entries.splice(1, 0, this.standing(state, loss));
    byId("numbers").replaceChildren(...entries.map(definition));
    const more = [
      ["accuracy", `${(100 * points.accuracy(labels)).toFixed(2)} %`, "of the evaluation points"],
    ];
    if (!state.soft) more.push(["reversal", lossText(reversed), "loss of the opposite mask"]);
    byId("more").replaceChildren(...more.map(definition));
    this.histogram?.show((group) => {
      if (!state.soft) this.histogram.upright(group, Math.log(reversed), "reversal");
      this.histogram.upright(group, Math.log(loss), "here");
    });
  }

  /** The rank, and the share of all masks that are worse. */
  standing(state, loss) {
    const { table } = this;
    const [first, last] = table.ranks(loss);
    const worse = (100 * (table.masks - last)) / table.masks;
    // Among millions, "100.0 %" would be wrong for all but the very best.
    const share = worse > 99.95 && worse < 100 ? worse.toFixed(4) : worse.toFixed(1);
    const note = `of ${whole(table.masks)}; ${share} % are worse`;
    if (state.soft) return ["rank", "–", `a soft gate is no sub-network; ${share} % are worse`];
    return ["rank", first === last ? whole(first) : `${whole(first)}–${whole(last)}`, note];
  }

  /** Tells the masks apart that the table's rounding makes equal to this one. */
  settleRank(state, loss, lossOf) {
    const { table } = this;
    if (!table || state.soft) return;
    const rank = table.rank(Number(state.mask), loss, (mask) => lossOf(BigInt(mask)));
    if (rank !== null) byId("numbers").children[1].querySelector("dd").textContent = whole(rank);
  }
}
