// Axes of charts: how far they reach, where they are marked, and with which texts.

import { decimal } from "./charts.js";

/**
 * A mark of an axis: where it is, and its text.
 * @typedef {[at: number, text: string]} Tick
 */

/**
 * Upright axes can do without marks and a title.
 * @typedef {{ low: number, high: number, ticks?: Tick[], title?: string }} Axis
 * @typedef {Required<Axis>} MarkedAxis
 */

/**
 * About `count` even values that are easy to read.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((k) => k * power >= raw * 0.999) ?? 10) * power;
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    out.push(Number((k * step).toPrecision(12)));
  }
  return out;
}

/** Even marks that a logarithmic axis has at the most where its range is too narrow for others. */
const NARROW = 5;

/** Least reach of an axis of ln(loss): below it the marks would need more digits than there is room for. */
const LEAST_REACH = 0.002;

/** @param {number} step between marks */
const decimalsOf = (step) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

/**
 * Losses at which a logarithmic axis is marked, at ln(loss): at least two.
 * @param {number} low
 * @param {number} high
 */
export function lossTicks(low, high) {
  const round = roundLosses(low, high);
  return round.length >= 2 ? round : evenLosses(low, high);
}

/**
 * Losses between two ln(loss) that are as far apart as each other.
 * @param {number} low
 * @param {number} high
 * @returns {Tick[]}
 */
function evenLosses(low, high) {
  const losses = ticks(Math.exp(low), Math.exp(high), NARROW);
  const digits = decimalsOf(losses[1] - losses[0]);
  const isPlain = losses[0] >= 1e-3;
  const most = Math.floor(Math.log10(losses[losses.length - 1]));
  return losses.map((loss) => [
    Math.log(loss),
    isPlain ? decimal(loss, digits) : loss.toExponential(Math.max(0, digits + most)),
  ]);
}

/**
 * Powers of ten between two ln(loss), and as many steps within each as there is room for.
 * @param {number} low
 * @param {number} high
 */
function roundLosses(low, high) {
  const fine = high - low < 6;
  const steps = high - low > 16 ? [1] : fine ? [1, 2, 5] : [1, 3];
  /** @type {Tick[]} */
  const out = [];
  for (let power = Math.floor(low / Math.LN10); power <= high / Math.LN10; power++) {
    for (const step of steps) {
      const at = Math.log(step * 10 ** power);
      const text =
        power < -3 || power > 4 ? `${step}e${power}` : String(+(step * 10 ** power).toPrecision(1));
      if (at >= low - 1e-9 && at <= high + 1e-9) out.push([at, text]);
    }
  }
  return out;
}

/**
 * An axis of losses on a logarithmic scale, with a little room at both ends.
 * @param {number} low
 * @param {number} high
 * @param {string} title
 * @returns {MarkedAxis}
 */
export function lossAxis(low, high, title) {
  const reach = high - low;
  const room = reach > 0 ? Math.max(0.04 * reach, (LEAST_REACH - reach) / 2) : 0.5;
  const [from, to] = [low - room, high + room];
  return { low: from, high: to, ticks: lossTicks(from, to), title };
}

/**
 * An axis with about `count` even marks.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @param {string} [title]
 * @returns {MarkedAxis}
 */
export function evenAxis(low, high, count, title = "") {
  const marks = ticks(low, high, count);
  const step = marks[1] - marks[0] || 1;
  const digits = decimalsOf(step);
  return { low, high, ticks: marks.map((value) => [value, decimal(value, digits)]), title };
}

/**
 * An axis that counts from 0 to n.
 * @param {number} n
 * @param {string} title
 * @returns {MarkedAxis}
 */
export function countAxis(n, title) {
  const marks = ticks(0, n, Math.min(n, 10)).filter(Number.isInteger);
  return { low: 0, high: n, ticks: marks.map((k) => [k, String(k)]), title };
}
