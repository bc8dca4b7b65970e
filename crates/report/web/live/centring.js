// The output bias moved by hand: a sub-network and its reversal turn from alike to opposite.

import { evenAxis } from "../axes.js";
import { decimal, whole } from "../charts.js";
import { create } from "../elements.js";
import { correlation } from "./correlation.js";
import { around } from "./given.js";
import { Margins, REACH } from "./margins.js";
import { Statement, button, chart, furnish, row, withKeys } from "./parts.js";
import { Work } from "./work.js";

/** Masks that are drawn, each with its reversal. */
const PAIRS = 300;

/** Steps of the slider within one standard deviation. */
const FINE = 50;

/** Places within one standard deviation at which the curve of this sample is computed. */
const COARSE = 10;

/** As far as this from the trained place is at it. */
const NEAR = 1e-9;

export class Centring {
  /**
   * @param {HTMLElement} element
   * @param {import("./given.js").Given} given
   */
  constructor(element, given) {
    this.element = element;
    this.given = given;
    this.margins = new Margins(given, PAIRS);
    /** Where the bias is, and where training put it. */
    this.offset = 0;
    this.trained = 0;
    /** @type {import("./given.js").Range} of ln(loss) */
    this.range = [Infinity, -Infinity];
    /** @type {number[][]} [place, correlation of this sample] */
    this.curve = [];
    this.scatter = chart(232, "ln(loss) of random sub-networks against that of their reversals");
    this.line = chart(176, "The correlation over the place of the output bias");
    this.slider = this.makeSlider();
    this.said = new Statement();
    element.textContent = `Drawing ${PAIRS} sub-networks …`;
    const work = new Work(
      () => this.margins.addPair(),
      (left) => left === 0 && this.begin(),
    );
    work.add(PAIRS);
  }

  /** Once the margins are there: the correlation of this sample at places of the bias, then the rest. */
  begin() {
    if (!this.margins.settle()) {
      this.element.hidden = true;
      return;
    }
    this.trained = this.margins.offset;
    this.offset = this.trained;
    const places = 2 * REACH * COARSE + 1;
    const work = new Work(
      () => this.addPlace(this.curve.length / COARSE - REACH),
      (left) => left === 0 && this.fill(),
    );
    work.add(places);
  }

  /** @param {number} place */
  addPlace(place) {
    const logs = this.margins.logLosses(place);
    for (const side of logs) this.range = side.reduce(around, this.range);
    this.curve.push([place, correlation(logs[0], logs[1]).value]);
  }

  makeSlider() {
    const [min, max, step] = [-REACH, REACH, 1 / FINE].map(String);
    const slider = create("input", { type: "range", min, max, step });
    slider.setAttribute("aria-label", "Output bias, in standard deviations from its best place");
    slider.addEventListener("input", () => this.move(Number(slider.value)));
    return slider;
  }

  fill() {
    const { given, trained } = this;
    const scatter = withKeys(this.scatter, [
      ["dot-drawn", `${PAIRS} random sub-networks`],
      ["diagonal", "equal"],
    ]);
    const recorded = given.centring;
    const others = recorded
      ? [["others", `mean of ${whole(recorded.networks)} other networks (${recorded.cell} nodes)`]]
      : [];
    const line = withKeys(this.line, [["sample", "this sample"], ...others], this.slider);
    const controls = row(
      button("As trained", () => this.move(trained)),
      button("Best place", () => this.move(0)),
    );
    const right = create("div", {}, [line, controls]);
    furnish(this.element, {
      title: "Move the output bias: alike becomes opposite",
      parts: [
        create("div", { className: "two" }, [scatter, right]),
        this.said.element,
        this.note(),
      ],
      charts: [this.scatter, this.line],
      draw: () => this.draw(),
    });
  }

  note() {
    const { sd, count } = this.margins;
    const text = `The bias is told in standard deviations of the margin over random masks (${decimal(sd, 2)} here). At 0 random sub-networks do best. Losses are over all ${whole(count)} evaluation points; the sub-networks are a fixed sample.`;
    return create("p", { className: "note", textContent: text });
  }

  /** @param {number} offset */
  move(offset) {
    this.offset = offset;
    this.draw();
  }

  draw() {
    const { scatter, slider, offset } = this;
    const logs = this.margins.logLosses(offset);
    const found = correlation(logs[0], logs[1]);
    /** @param {string} title */
    const axis = (title) => evenAxis(...this.range, 5, title);
    scatter.frameOnce(axis("ln(loss)"), axis("ln(loss) of the reversal"));
    scatter.show((group) => {
      scatter.line(
        group,
        this.range.map((end) => [end, end]),
        "diagonal",
      );
      scatter.dots(
        group,
        [...logs[0]].map((log, k) => [log, logs[1][k]]),
        "drawn",
      );
    });
    this.drawLine(found.value);
    slider.value = String(offset);
    slider.setAttribute(
      "aria-valuetext",
      `${decimal(offset, 2)}: correlation ${decimal(found.value, 2)}`,
    );
    this.said.show(this.sentence(found));
  }

  /** @param {number} value the correlation at the bias */
  drawLine(value) {
    const { line, curve, given, offset, trained } = this;
    line.frameOnce(
      evenAxis(-REACH, REACH, 4, "output bias, standard deviations from its best place"),
      evenAxis(-1, 1, 4, "correlation"),
    );
    line.show((group) => {
      line.line(
        group,
        [
          [-REACH, 0],
          [REACH, 0],
        ],
        "zero",
      );
      /**
       * @param {number} x
       * @param {string} text
       * @param {boolean} isLeft
       */
      const mark = (x, text, isLeft) => {
        line.upright(group, x, "mark");
        line.text(group, text, line.x(x) + (isLeft ? -4 : 4), 18, isLeft ? "end" : "start");
      };
      mark(trained, "trained", trained < 0);
      mark(0, "best", trained >= 0);
      const recorded = (given.centring?.places ?? []).map((place) => [place.at, place.value]);
      line.line(group, recorded, "others");
      line.dots(group, recorded, "others");
      line.line(group, curve, "sample");
      line.dot(group, [offset, value], "here", 5.5);
    });
  }

  /** @param {import("./correlation.js").Correlation} found */
  sentence({ value, low, high }) {
    const { offset, trained, given } = this;
    const isTrained = Math.abs(offset - trained) < NEAR;
    const place = isTrained ? "where training put it" : offset === 0 ? "its best place" : "moved";
    const interval = `${decimal(low, 2)} to ${decimal(high, 2)}`;
    const exact =
      isTrained && given.reversal !== null
        ? ` Exactly, over all masks: ${decimal(given.reversal, 3)}.`
        : "";
    return `Bias at ${decimal(offset, 2)}, ${place}. Correlation of ln(loss) with the reversal’s in this sample: ${decimal(value, 2)} (95 %: ${interval}).${exact}`;
  }
}
