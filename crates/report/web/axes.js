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

/**
 * Losses at which a logarithmic axis is marked, at ln(loss).
 * @param {number} low
 * @param {number} high
 */
export function lossTicks(low, high) {
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
  const room = 0.04 * (high - low) || 0.5;
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
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
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
