// The panel of flip paths: the loss along one, beside what all of them give.

import { countAxis, evenAxis, lossAxis } from "./axes.js";
import { Chart, decimal, lossText } from "./charts.js";
import { maskAt } from "./masks.js";

/** The loss along a flip path, beside the exact covariance of ln(loss). */
export class PathPanel {
  /**
   * @param {{ trace: SVGSVGElement, covariance: SVGSVGElement, figure: HTMLElement, text: HTMLElement }} elements
   * @param {import("./record.js").Unpacked} record
   */
  constructor(elements, { network }) {
    this.elements = elements;
    this.network = network;
    /** @type {import("./record.js").Unpacked["table"]} */
    this.table = null;
    /** @type {import("./record.js").Unpacked["covariance"]} */
    this.exact = null;
    /** @type {Chart | null} */
    this.covariance = null;
    const label = "Loss after each flip of the path so far, on a logarithmic axis";
    this.trace = new Chart(elements.trace, { label });
    /**
     * ln(loss) at the masks of the path so far.
     * @type {number[]}
     */
    this.losses = [];
    /** @type {string | null} */
    this.of = null;
    elements.figure.hidden = true;
  }

  /**
   * Takes all losses and what they say of all paths, once they are known.
   * @param {import("./record.js").Unpacked} record
   */
  settle({ table, covariance }) {
    if (!table || !covariance) return;
    this.table = table;
    this.exact = covariance;
    const { elements, network } = this;
    const { n } = network;
    elements.figure.hidden = false;
    const title = `Exact covariance of ln(loss) with the start of a path: ${decimal(covariance[0], 3)} at 0 flips, ${decimal(covariance[n], 3)} at the reversal`;
    this.covariance = new Chart(elements.covariance, { label: title });
  }

  /** Draws what stays as it is. */
  frame() {
    const { covariance: chart, exact: covariance, network } = this;
    if (!chart || !covariance) return;
    const { n } = network;
    const [low, high] = [Math.min(0, ...covariance), Math.max(0, ...covariance)];
    const room = 0.06 * (high - low) || 1;
    const { ticks } = evenAxis(low, high, 4);
    chart.frame(countAxis(n, "flips"), { low: low - room, high: high + room, ticks });
    const { still } = chart;
    chart.line(
      still,
      [
        [0, 0],
        [n, 0],
      ],
      "zero",
    );
    const points = [...covariance.entries()];
    chart.line(still, points, "exact");
    for (const point of points) chart.dot(still, point, "exact", 1.8);
  }

  /**
   * Shows the path so far.
   * @param {import("./state.js").State["path"]} path
   * @param {(mask: bigint) => number} lossOf gives losses that are not yet known
   */
  show(path, lossOf) {
    const { elements, network, covariance, exact } = this;
    if (!path) {
      this.of = null;
      this.losses = [];
    } else if (this.of !== `${path.seed}.${path.start}`) {
      this.of = `${path.seed}.${path.start}`;
      this.losses = [];
    }
    const step = path ? path.step : 0;
    for (let k = this.losses.length; path && k <= step; k++) {
      this.losses.push(Math.log(lossOf(maskAt(path, k))));
    }
    const known = this.losses.slice(0, path ? step + 1 : 0);
    const [low, high] = this.table
      ? this.table.range()
      : [Math.min(-2, ...known), Math.max(1, ...known)];
    this.trace.frameOnce(countAxis(network.n, "flips"), lossAxis(low, high, "loss, logarithmic"));
    this.trace.show((group) => {
      this.trace.line(group, [...known.entries()], "path");
      for (const point of known.entries()) this.trace.dot(group, point, "path", 2);
      if (path) this.trace.dot(group, [step, known[step]], "here", 4.5);
      else this.trace.say(group, "no path yet");
    });
    covariance?.show((group) => {
      if (!path || !exact) return;
      covariance.upright(group, step, "here");
      covariance.dot(group, [step, exact[step]], "here", 4.5);
    });
    elements.text.textContent = path
      ? this.sentence(path, known)
      : "No path yet: “New path” draws one.";
  }

  /**
   * @param {import("./state.js").Walk} path
   * @param {number[]} known ln(loss) so far
   */
  sentence(path, known) {
    const flips = `${path.step} of ${this.network.n} flips`;
    if (path.step < this.network.n) return flips;
    const [first, last] = [known[0], known[path.step]].map((x) => lossText(Math.exp(x)));
    return `${flips}: loss ${first} at the start, ${last} at its reversal`;
  }
}
