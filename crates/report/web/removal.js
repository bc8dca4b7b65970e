// The panel of removal, node by node: loss against the number of nodes on.

import { countAxis, lossAxis } from "./axes.js";
import { Chart, lossText, signed } from "./charts.js";
import { key } from "./elements.js";
import { nextBest, size } from "./masks.js";

/**
 * @typedef {import("./record.js").Unpacked} Unpacked
 * @typedef {import("./state.js").State} State
 */

/**
 * The best mask of a size.
 * @typedef {NonNullable<Unpacked["best"]>[number] & { logLoss: number }} Best
 */

/**
 * @typedef {object} RemovalElements
 * @property {SVGSVGElement} frontier
 * @property {HTMLElement} keys
 * @property {HTMLElement} text
 * @property {HTMLButtonElement} clear
 */

/** Loss against nodes on: the best of each size, and removal from here. */
export class RemovalPanel {
  /**
   * @param {RemovalElements} elements
   * @param {Unpacked} record
   */
  constructor(elements, { network }) {
    this.elements = elements;
    this.network = network;
    /** @type {Unpacked["table"]} */
    this.table = null;
    /** @type {Best[] | null} */
    this.best = null;
    /**
     * Ends of ln(loss), once they are known.
     * @type {[low: number, high: number] | null}
     */
    this.range = null;
    const label =
      "Loss against the number of nodes on: the best sub-network of each size, and greedy removal from here";
    this.chart = new Chart(elements.frontier, { label });
    /**
     * Where it has been: [nodes on, ln(loss)].
     * @type {number[][]}
     */
    this.trail = [];
    /**
     * What was shown last.
     * @type {[state: State, loss: number, flips: (number | null)[]] | null}
     */
    this.last = null;
    elements.clear.addEventListener("click", () => this.clear());
    this.keys = [["here", "this sub-network, and where it has been"]];
    this.writeKeys(this.keys);
  }

  /** @param {string[][]} keys [class, text] each */
  writeKeys(keys) {
    this.keys = keys;
    this.elements.keys.replaceChildren(...keys.map(([name, text]) => key(name, text)));
  }

  /**
   * Takes all losses and the best of each size, once they are known.
   * @param {Unpacked} record
   */
  settle({ table, best }) {
    if (!table || !best) return;
    this.table = table;
    this.best = best.map((row) => ({ ...row, logLoss: table.logLoss(row.mask) }));
    const full = table.greedy(table.masks - 1).map((mask) => table.logLoss(mask));
    const least = this.best.map((row) => row.logLoss);
    this.range = [Math.min(...least), Math.max(...full, ...least)];
    this.writeKeys([
      ...this.keys,
      ["exact", "the best of all of each size"],
      ["greedy", "from here, removing the least useful node each time"],
    ]);
  }

  /** Forgets where it has been. */
  clear() {
    this.trail = [];
    if (this.last) this.show(...this.last);
  }

  /**
   * Shows where a mask stands.
   * @param {State} state
   * @param {number} loss
   * @param {(number | null)[]} flips the changes that its flips would make
   */
  show(state, loss, flips) {
    this.last = [state, loss, flips];
    const { network, table, best } = this;
    const count = size(state.mask);
    const here = [count, Math.log(loss)];
    if (
      !state.soft &&
      this.trail.every(([a, b]) => a !== here[0] || Math.abs(b - here[1]) > 1e-9)
    ) {
      this.trail = [...this.trail.slice(-199), here];
    }
    this.elements.clear.disabled = this.trail.length < 2;
    const [bottom, top] = this.range ?? [-3, 0.5];
    const been = [...this.trail.map((at) => at[1]), here[1]];
    const [low, high] = [Math.min(bottom, ...been), Math.max(top, ...been)];
    this.chart.frameOnce(
      countAxis(network.n, "nodes on"),
      lossAxis(low, high, "loss, logarithmic"),
    );
    this.chart.show((group) => {
      for (const point of this.trail) this.chart.dot(group, point, "trail", 2);
      if (table && best) {
        const greedy = table.greedy(Number(state.mask));
        const steps = greedy.map((mask) => [size(BigInt(mask)), table.logLoss(mask)]);
        const least = best.map((row) => [row.size, row.logLoss]);
        this.chart.line(group, steps, "greedy");
        this.chart.line(group, least, "exact");
        for (const point of least) this.chart.dot(group, point, "exact", 1.8);
      }
      this.chart.dot(group, here, "here", 4.5);
    });
    this.elements.text.textContent = this.sentence(state, count, loss, flips);
  }

  /**
   * @param {State} state
   * @param {number} count
   * @param {number} loss
   * @param {(number | null)[]} flips
   */
  sentence(state, count, loss, flips) {
    const parts = [];
    const next = nextBest(state.mask, flips);
    const change = next === null ? null : flips[next];
    if (change !== null) {
      const after = `switching it off ${signed(change, 5)}, to ${lossText(loss + change)}`;
      parts.push(`Least useful: node ${next}; ${after}.`);
    }
    // With all on or none there is only one.
    if (this.best && count > 0 && count < this.network.n) {
      const best = this.best[count];
      const isBest = BigInt(best.mask) === state.mask && !state.soft;
      parts.push(
        isBest
          ? `This is the best of all with ${count} on.`
          : `Best of all with ${count} on: loss ${lossText(best.loss)}.`,
      );
    }
    return parts.join(" ");
  }
}
