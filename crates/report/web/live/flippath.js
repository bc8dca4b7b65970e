// A flip path that runs, and what many of them say together.

import { countAxis, evenAxis } from "../axes.js";
import { decimal, lossText, whole } from "../charts.js";
import { create } from "../elements.js";
import { flipPath, maskAt, uniforms } from "../masks.js";
import { Player } from "../player.js";
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

/** Paths that are walked at once. */
const MORE = 100;

/** From so many paths on their correlation is shown: of fewer it says little. */
const LEAST = 10;

/** Ends of the axis of correlations. */
const [LOW, HIGH] = [-0.5, 1];

export class FlipPaths {
  /**
   * @param {HTMLElement} element
   * @param {import("./given.js").Given} given
   */
  constructor(element, given) {
    this.given = given;
    this.losses = new Losses(given);
    this.range = this.losses.typical();
    this.uniform = uniforms(1);
    /**
     * ln(loss) along every path that has been left behind or walked to its end, [N + 1] each.
     * @type {Float64Array[]}
     */
    this.walked = [];
    this.squares = new Squares(given.n, "Nodes of the sub-network");
    this.map = mapOf(given, "the sub-network");
    this.trace = chart(168, "ln(loss) after each flip of this path");
    this.tally = chart(
      176,
      "Correlation of ln(loss) at the start of a path and after each number of flips",
    );
    this.said = new Statement();
    this.summary = create("p", { className: "summary" });
    this.play = button("Play", () => this.run());
    this.player = new Player(
      () => this.step(),
      () => this.writePlay(),
    );
    this.work = new Work(
      () => this.walked.push(this.newPath().logs),
      () => this.draw(),
    );
    this.path = this.newPath();
    this.fill(element);
  }

  /** @param {HTMLElement} element */
  fill(element) {
    const { given, squares, map, trace, tally } = this;
    const step = button("Step", () => this.stepAlone());
    const fresh = button("New path", () => this.leave());
    const more = button(`Walk ${MORE} more at once`, () => this.work.add(MORE));
    const path = withKeys(trace, [
      ["start", "start"],
      ["end", "end: the reversal"],
    ]);
    const all = withKeys(tally, [
      ["sample", "walked here (95 % intervals)"],
      ...(given.covariance ? [["exact", "exact"]] : []),
    ]);
    const charts = create("div", { className: map ? "three" : "two" }, [
      ...(map ? [map.element] : []),
      path,
      all,
    ]);
    furnish(element, {
      title: "Walk a flip path: every node is switched once, in random order",
      parts: [
        squares.element,
        row(this.play, step, fresh, more),
        charts,
        this.said.element,
        this.summary,
        ...mapNote(given),
      ],
      charts: [trace, tally],
      draw: () => this.draw(),
    });
  }

  /** A random path with ln(loss) at each of its masks. */
  newPath() {
    const { n } = this.given;
    const path = flipPath(n, Math.floor(this.uniform() * 2 ** 32));
    const logs = Float64Array.from({ length: n + 1 }, (_, k) => this.losses.log(maskAt(path, k)));
    this.range = logs.reduce(around, this.range);
    return { ...path, logs, step: 0, isCounted: false };
  }

  /** Counts the present path, once: which paths are counted does not depend on how they went. */
  count() {
    if (!this.path.isCounted) this.walked.push(this.path.logs);
    this.path.isCounted = true;
  }

  /** One flip; false at the end. */
  step() {
    const { n } = this.given;
    if (this.path.step < n) this.path.step++;
    const isOver = this.path.step === n;
    if (isOver) this.count();
    this.draw();
    return !isOver;
  }

  stepAlone() {
    this.player.stop();
    if (this.path.step === this.given.n) this.leave();
    else this.step();
  }

  /** Plays the path, a new one if it is over; at once for who wants nothing to move. */
  run() {
    if (!this.player.isPlaying && this.path.step === this.given.n) this.leave();
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.player.toggle();
      return;
    }
    this.path.step = this.given.n - 1;
    this.step();
  }

  leave() {
    this.player.stop();
    this.count();
    this.path = this.newPath();
    this.draw();
  }

  writePlay() {
    this.play.textContent = this.player.isPlaying ? "Pause" : "Play";
  }

  draw() {
    const { path, squares, map } = this;
    const mask = maskAt(path, path.step);
    squares.show(mask, path.step > 0 ? path.order[path.step - 1] : null);
    map?.show(mask);
    this.drawTrace();
    this.drawTally();
    this.said.show(this.sentence(mask));
  }

  drawTrace() {
    const { trace, path, given } = this;
    trace.frameOnce(countAxis(given.n, "flips"), evenAxis(...this.range, 5, "ln(loss)"));
    trace.show((group) => {
      const points = [...path.logs.subarray(0, path.step + 1).entries()];
      trace.line(group, points, "path");
      trace.dots(group, points, "path");
      trace.dot(group, points[0], "start", 5);
      if (path.step === given.n) trace.dot(group, points[path.step], "end", 5);
      else if (path.step > 0) trace.dot(group, points[path.step], "here", 4.5);
    });
  }

  drawTally() {
    const { tally, walked, given } = this;
    const { covariance, n } = given;
    /** @param {number} r */
    const inside = (r) => Math.min(Math.max(r, LOW), HIGH);
    const start = walked.map((logs) => logs[0]);
    /** @param {number} flips */
    const after = (flips) => walked.map((logs) => logs[flips]);
    const found = Array.from({ length: n }, (_, k) => correlation(start, after(k + 1)));
    tally.frameOnce(countAxis(n, "flips"), evenAxis(LOW, HIGH, 3, "correlation"));
    tally.show((group) => {
      tally.line(
        group,
        [
          [0, 0],
          [n, 0],
        ],
        "zero",
      );
      if (covariance) {
        const exact = covariance.map((own, flips) => [flips, inside(own / covariance[0])]);
        tally.line(group, exact, "exact");
      }
      if (walked.length >= LEAST) {
        for (const [k, { value, low, high }] of found.entries()) {
          if (low === null) continue;
          const ends = [low, high].map((end) => [k + 1, inside(end)]);
          tally.line(group, ends, "sample");
          tally.dot(group, [k + 1, inside(value)], "sample", 2.6);
        }
      }
      if (this.path.step > 0) tally.upright(group, this.path.step, "now");
    });
    this.summary.textContent = this.tallied(found[n - 1]);
  }

  /** @param {bigint} mask */
  sentence(mask) {
    const { path, given } = this;
    /** @param {number} step */
    const at = (step) =>
      `${lossText(Math.exp(path.logs[step]), 4)}, ln(loss) ${decimal(path.logs[step], 3)}`;
    if (path.step === 0) return `Start: loss ${at(0)}.`;
    const node = path.order[path.step - 1];
    const is = (mask >> BigInt(node)) & 1n ? "on" : "off";
    const flip = `Flip ${path.step} of ${given.n}, node ${node} ${is}: loss ${at(path.step)}.`;
    if (path.step < given.n) return flip;
    return `${flip} That is the reversal of the start, whose loss was ${at(0)}.`;
  }

  /** @param {import("./correlation.js").Correlation} found at the end of paths */
  tallied({ value, low, high }) {
    const { walked } = this;
    const { covariance, n } = this.given;
    const paths = `${whole(walked.length)} ${walked.length === 1 ? "path" : "paths"}`;
    const few = walked.length < LEAST;
    const sampled = few
      ? `${paths} walked; from ${LEAST} on it is shown`
      : `${decimal(value, 3)} (95 %: ${decimal(low, 3)} to ${decimal(high, 3)}) over ${paths}`;
    const exact = covariance ? `; exactly ${decimal(covariance[n] / covariance[0], 3)}` : "";
    return `Correlation of ln(loss) at start and reversal: ${sampled}${exact}.`;
  }
}
