// Removing what costs least, node by node, beside the best that is possible with as many.

import { countAxis, lossAxis } from "../axes.js";
import { decimal, lossText } from "../charts.js";
import { create } from "../elements.js";
import { nextBest, size } from "../masks.js";
import { Losses } from "./given.js";
import { Squares, Statement, button, chart, furnish, row, withKeys } from "./parts.js";

export class Greedy {
  /**
   * @param {HTMLElement} element
   * @param {import("./given.js").Given} given
   */
  constructor(element, given) {
    this.given = given;
    this.losses = new Losses(given);
    this.sizes = given.sizes ?? [];
    this.best = new Map(this.sizes.map((own) => [own.size, { ...own, mask: BigInt(own.mask) }]));
    this.squares = new Squares(given.n, "Nodes: click to switch", (i) => this.toggle(i));
    this.chart = chart(280, "Loss against the number of nodes on");
    this.said = new Statement();
    this.cheapest = button("Remove the one that costs least", () => this.removeNext());
    this.show = button("Show the best of this size", () => this.showBest());
    // What is shown, how it came about, and the way to it: [nodes on, ln(loss)].
    this.mask = given.full;
    this.loss = this.losses.of(this.mask);
    this.note = "";
    /** @type {number[][]} */
    this.walk = [];
    this.start();
    this.fill(element);
  }

  /** @param {HTMLElement} element */
  fill(element) {
    const { given, chart: own, squares } = this;
    const again = button("All on", () => {
      this.start();
      this.draw();
    });
    const areProven = this.sizes.every((entry) => entry.proven);
    const plot = withKeys(own, [
      ["exact", areProven ? "best of each size, proven" : "best known of each size"],
      ...(given.medians ? [["median", "median of each size"]] : []),
      ["walk", "your way"],
    ]);
    const left = create("div", {}, [
      squares.element,
      row(this.cheapest, this.show, again),
      this.said.element,
    ]);
    furnish(element, {
      title: "Remove nodes one by one, beside the best of each size",
      parts: [create("div", { className: "wide-right" }, [left, plot])],
      charts: [own],
      draw: () => this.draw(),
    });
  }

  /** Goes back to the full network. */
  start() {
    this.walk = [];
    this.note = "";
    this.go(this.given.full);
  }

  /** @param {bigint} mask */
  go(mask) {
    this.mask = mask;
    this.loss = this.losses.of(mask);
    this.walk.push([size(mask), this.losses.log(mask)]);
  }

  /** @param {number} i */
  toggle(i) {
    this.note = "";
    this.go(this.mask ^ (1n << BigInt(i)));
    this.draw();
  }

  removeNext() {
    const node = nextBest(this.mask, this.losses.removals(this.mask));
    if (node === null) return;
    this.note = `Node ${node} removed.`;
    this.go(this.mask ^ (1n << BigInt(node)));
    this.draw();
  }

  /** Jumps to the best mask of this size: a new way begins there. */
  showBest() {
    const count = size(this.mask);
    const best = this.best.get(count);
    if (!best) return;
    this.note = this.comparison(best, this.best.get(count + 1));
    this.walk = [];
    this.go(best.mask);
    this.draw();
  }

  /**
   * How the best of a size differs from what is shown, and from the best of the next.
   * @param {{ size: number, mask: bigint }} best
   * @param {{ size: number, mask: bigint } | undefined} next
   */
  comparison(best, next) {
    const moved = size(best.mask & ~this.mask);
    const own =
      moved > 0
        ? `The best of ${best.size} has ${moved} ${nodes(moved)} that you had off.`
        : `You had the best of ${best.size}.`;
    if (!next) return own;
    const fresh = size(best.mask & ~next.mask);
    const within =
      fresh > 0
        ? `It is no part of the best of ${next.size}: ${fresh} of its nodes ${fresh === 1 ? "is" : "are"} off there.`
        : `It is the best of ${next.size} without one node.`;
    return `${own} ${within}`;
  }

  draw() {
    const { given, mask, chart: own, squares, best, walk } = this;
    const count = size(mask);
    squares.show(mask);
    this.cheapest.disabled = mask === 0n;
    this.show.disabled = !best.has(count);
    const least = [...best.values()].map((entry) => [entry.size, Math.log(entry.loss)]);
    const medians = (given.medians ?? []).map((loss, k) => [k, Math.log(loss)]);
    const all = [...least, ...medians, ...walk].map((at) => at[1]);
    /** @type {import("./given.js").Range} */
    const range = [Math.min(...all), Math.max(...all)];
    own.frameOnce(countAxis(given.n, "nodes on"), lossAxis(...range, "loss (logarithmic)"));
    own.show((group) => {
      own.line(group, medians, "median");
      own.line(group, least, "exact");
      own.dots(group, least, "exact");
      own.line(group, walk, "walk");
      own.dots(group, walk, "walk");
      own.dot(group, walk[walk.length - 1], "here", 5);
    });
    this.said.show(this.sentence(count));
  }

  /** @param {number} count nodes on */
  sentence(count) {
    const { given, loss, note } = this;
    const best = this.best.get(count);
    const parts = note ? [note] : [];
    parts.push(`${count} ${nodes(count)} on, loss ${lossText(loss, 4)}.`);
    if (best) {
      const name = best.proven ? "Best possible" : "Best known";
      const isBest = best.mask === this.mask;
      const times = isBest
        ? "this one"
        : `${lossText(best.loss, 4)}; yours is ${decimal(loss / best.loss, 2)} times as much`;
      parts.push(`${name} with ${count} on: ${times}.`);
    }
    if (given.medians) parts.push(`Median with ${count} on: ${lossText(given.medians[count], 4)}.`);
    return parts.join(" ");
  }
}

/** @param {number} count */
const nodes = (count) => (count === 1 ? "node" : "nodes");
