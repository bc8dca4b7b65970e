// A sub-network and its reversal, beside each other and as a dot among others.

import { evenAxis } from "../axes.js";
import { decimal, lossText, whole } from "../charts.js";
import { create } from "../elements.js";
import { randomMask, uniforms } from "../masks.js";
import { correlation } from "./correlation.js";
import { Losses, around } from "./given.js";
import {
  Squares,
  Statement,
  button,
  chart,
  furnish,
  mapNote,
  mapOf,
  row,
  withKeys,
} from "./parts.js";
import { Work } from "./work.js";

/** Pairs that are drawn at once. */
const MORE = 200;

/** Pairs that are shown as dots, the latest: more would cover each other. */
const MOST_DOTS = 2000;

const NAMES = ["sub-network", "its reversal"];

export class Reversal {
  /**
   * @param {HTMLElement} element
   * @param {import("./given.js").Given} given
   */
  constructor(element, given) {
    this.given = given;
    this.losses = new Losses(given);
    this.range = this.losses.typical();
    this.uniform = uniforms(2);
    /** @type {number[][]} ln(loss) of the masks that were drawn at random, and of their reversals */
    this.drawn = [[], []];
    /** What is shown on the left, and ln(loss) of it and of its reversal. */
    this.mask = 0n;
    /** @type {number[]} */
    this.logs = [];
    /** @param {number} i */
    const toggle = (i) => this.set(this.mask ^ (1n << BigInt(i)));
    this.sides = NAMES.map((name, k) => ({
      squares: new Squares(
        given.n,
        `Nodes of the ${name.replace("its ", "")}`,
        k === 0 ? toggle : null,
      ),
      map: mapOf(given, `the ${name.replace("its ", "")}`),
      loss: create("strong"),
    }));
    this.scatter = chart(256, "ln(loss) of random sub-networks against that of their reversals");
    this.said = new Statement();
    this.summary = create("p", { className: "summary" });
    this.work = new Work(
      () => this.drawPair(),
      () => this.draw(),
    );
    this.drawPair();
    this.fill(element);
  }

  /** @param {HTMLElement} element */
  fill(element) {
    const { given, scatter } = this;
    const sides = this.sides.map(({ squares, map, loss }, k) =>
      create("div", { className: "side" }, [
        create("p", { className: "head" }, [`${NAMES[k]}: loss `, loss]),
        create("div", { className: "pair" }, [...(map ? [map.element] : []), squares.element]),
      ]),
    );
    const controls = row(
      button("Reverse", () => this.set(given.full ^ this.mask)),
      button("Draw another", () => this.work.add(1)),
      button(`Draw ${MORE}`, () => this.work.add(MORE)),
    );
    const keys = withKeys(scatter, [
      ["dot-drawn", "drawn at random"],
      ["dot-here", "shown on the left"],
      ["diagonal", "equal"],
    ]);
    const left = create("div", {}, [
      create("div", { className: "sides" }, sides),
      controls,
      this.said.element,
    ]);
    furnish(element, {
      title:
        "Reverse a sub-network: what was on goes off, what was off goes on. Click nodes to switch them",
      parts: [
        create("div", { className: "wide-left" }, [left, keys]),
        this.summary,
        ...mapNote(given),
      ],
      charts: [scatter],
      draw: () => this.draw(),
    });
  }

  /** Draws a mask, each node on with probability ½, and counts it with its reversal. */
  drawPair() {
    const mask = randomMask(this.given.n, 0.5, this.uniform);
    this.take(mask);
    for (const [k, log] of this.logs.entries()) this.drawn[k].push(log);
  }

  /** @param {bigint} mask */
  take(mask) {
    this.mask = mask;
    this.logs = [mask, this.given.full ^ mask].map((own) => this.losses.log(own));
    this.range = this.logs.reduce(around, this.range);
  }

  /**
   * Shows a mask; one that was chosen is not counted among the random ones.
   * @param {bigint} mask
   */
  set(mask) {
    this.take(mask);
    this.draw();
  }

  draw() {
    const { sides, mask, logs, given } = this;
    for (const [k, { squares, map, loss }] of sides.entries()) {
      const own = k === 0 ? mask : given.full ^ mask;
      squares.show(own);
      map?.show(own);
      loss.textContent = lossText(Math.exp(logs[k]), 4);
    }
    this.drawScatter();
    const [own, other] = logs.map((log) => lossText(Math.exp(log), 4));
    const [a, b] = logs.map((log) => decimal(log, 3));
    this.said.show(`Loss ${own} and ${other} of the reversal; ln(loss) ${a} and ${b}.`);
    this.summary.textContent = this.tallied();
  }

  drawScatter() {
    const { scatter, drawn, logs, range } = this;
    /** @param {string} title */
    const axis = (title) => evenAxis(...range, 5, title);
    scatter.frameOnce(axis("ln(loss)"), axis("ln(loss) of the reversal"));
    scatter.show((group) => {
      scatter.line(
        group,
        range.map((end) => [end, end]),
        "diagonal",
      );
      const pairs = drawn[0]
        .slice(-MOST_DOTS)
        .map((log, k) => [log, drawn[1].slice(-MOST_DOTS)[k]]);
      scatter.dots(group, pairs, "drawn");
      scatter.dot(group, logs, "here", 5.5);
    });
  }

  tallied() {
    const [first, second] = this.drawn;
    const { reversal } = this.given;
    const exact = reversal === null ? "" : `; exactly, over all masks, ${decimal(reversal, 3)}`;
    const pairs = `${whole(first.length)} random ${first.length === 1 ? "pair" : "pairs"}`;
    const { value, low, high } = correlation(first, second);
    if (low === null) return `Correlation of ln(loss): draw more pairs to see it${exact}.`;
    const interval = `${decimal(low, 3)} to ${decimal(high, 3)}`;
    return `Correlation of ln(loss) over ${pairs}: ${decimal(value, 3)} (95 %: ${interval})${exact}.`;
  }
}
