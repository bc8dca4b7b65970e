// The panel of removal, node by node: loss against the number of nodes on.

import { Chart, countAxis, lossAxis, lossText, signed } from "./charts.js";
import { key } from "./elements.js";
import { nextBest, size } from "./masks.js";

/** Loss against nodes on: the best of each size, and removal from here. */
export class RemovalPanel {
  /**
   * @param {{ frontier: any, keys: any, text: any, clear: any }} elements
   * @param {any} record as unpacked
   */
  constructor(elements, { network }) {
    this.elements = elements;
    this.network = network;
    this.table = null;
    this.best = null;
    const label =
      "Loss against the number of nodes on: the best sub-network of each size, and greedy removal from here";
    this.chart = new Chart(elements.frontier, { label });
    /** Where it has been: [nodes on, ln(loss)]. */
    this.trail = [];
    elements.clear.addEventListener("click", () => this.clear());
    this.writeKeys([["here", "this sub-network, and where it has been"]]);
  }

  writeKeys(keys) {
    this.keys = keys;
    this.elements.keys.replaceChildren(...keys.map(([name, text]) => key(name, text)));
  }

  /**
   * Takes all losses and the best of each size, once they are known.
   * @param {any} record as unpacked
   */
  settle({ table, best }) {
    if (!table) return;
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
   * @param {any} state
   * @param {number} loss
   * @param {(number | null)[]} flips the changes that its flips would make
   */
  show(state, loss, flips) {
    this.last = /** @type {[any, number, any]} */ ([state, loss, flips]);
    const { network, table } = this;
    const count = size(state.mask);
    const here = [count, Math.log(loss)];
    if (
      !state.soft &&
      this.trail.every(([a, b]) => a !== here[0] || Math.abs(b - here[1]) > 1e-9)
    ) {
      this.trail = [...this.trail.slice(-199), here];
    }
    this.elements.clear.disabled = this.trail.length < 2;
    const [least, most] = this.range ?? [-3, 0.5];
    const been = [...this.trail.map((at) => at[1]), here[1]];
    const [low, high] = [Math.min(least, ...been), Math.max(most, ...been)];
    this.chart.frameOnce(
      countAxis(network.n, "nodes on"),
      lossAxis(low, high, "loss, logarithmic"),
    );
    this.chart.show((group) => {
      for (const point of this.trail) this.chart.dot(group, point, "trail", 2);
      if (table) {
        const greedy = table.greedy(Number(state.mask));
        const steps = greedy.map((mask) => [size(BigInt(mask)), table.logLoss(mask)]);
        const best = this.best.map((row) => [row.size, row.logLoss]);
        this.chart.line(group, steps, "greedy");
        this.chart.line(group, best, "exact");
        for (const point of best) this.chart.dot(group, point, "exact", 1.8);
      }
      this.chart.dot(group, here, "here", 4.5);
    });
    this.elements.text.textContent = this.sentence(state, count, loss, flips);
  }

  sentence(state, count, loss, flips) {
    const parts = [];
    const next = nextBest(state.mask, flips);
    if (next !== null) {
      const change = `switching it off ${signed(flips[next], 5)}, to ${lossText(loss + flips[next])}`;
      parts.push(`Least useful: node ${next}; ${change}.`);
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
