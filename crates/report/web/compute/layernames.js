// What the names of a file's tensors say: which are one layer's weight and bias, and which stands
// first.

import { wholeOf } from "./clip.js";

/** Segments that wrappers put into names, anywhere. */
const WRAPPERS = ["module", "_orig_mod"];

/**
 * What a tensor is of a layer.
 * @typedef {"weight" | "bias"} Part
 */

const WEIGHTS = ["weight", "weights", "w"];
const BIASES = ["bias", "biases", "b"];

/** Words for layers at the input, and for those at the output. */
const FIRST =
  "in inp input first enc encoder embed embedding stem backbone body trunk feature features".split(
    " ",
  );
const LAST = (
  "out output last final dec decoder unembed head top cls clf classifier logit logits readout " +
  "score pred predictor prediction"
).split(" ");

/**
 * The runs of letters of a segment, camel case taken apart: [word, start].
 * @param {string} segment
 * @returns {[string, number][]}
 */
function words(segment) {
  /** @type {[string, number][]} */
  const found = [];
  /** @type {number | null} */
  let start = null;
  let before = "";
  let at = 0;
  for (const c of segment) {
    const isLetter = /\p{Alphabetic}/u.test(c);
    const breaks = !isLetter || (/\p{Uppercase}/u.test(c) && /\p{Lowercase}/u.test(before));
    if (start !== null && breaks) {
      found.push([segment.slice(start, at), start]);
      start = null;
    }
    if (isLetter && start === null) start = at;
    before = c;
    at += c.length;
  }
  if (start !== null) found.push([segment.slice(start), start]);
  return found;
}

/**
 * The part that a word of a segment names, and the segment without it: `W1` is the weight of `1`.
 * @param {string} segment
 * @returns {[Part, string] | null}
 */
function withoutPart(segment) {
  for (const [word, start] of words(segment).reverse()) {
    const lower = word.toLowerCase();
    const part = WEIGHTS.includes(lower) ? "weight" : BIASES.includes(lower) ? "bias" : null;
    if (part === null) continue;
    const rest = segment.slice(0, start) + segment.slice(start + word.length);
    return [part, rest.replace(/^_+|_+$/g, "")];
  }
  return null;
}

/**
 * A tensor's layer as segments, and "weight", "bias" or null for what it is there.
 * @param {string} tensor
 * @returns {[string[], Part | null]}
 */
export function split(tensor) {
  const segments = tensor.split(".").filter((segment) => !WRAPPERS.includes(segment));
  for (let k = segments.length - 1; k >= 0; k--) {
    const found = withoutPart(segments[k]);
    if (found === null) continue;
    const [part, rest] = found;
    // `fc1.weight` is of `fc1`; `weights.0` is of the list's 0.
    if (rest === "" && k === segments.length - 1) segments.pop();
    else segments[k] = rest;
    return [segments, part];
  }
  return [segments, null];
}

/**
 * @param {string} a
 * @param {string} b
 */
const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Names in the order of their texts, segment by segment.
 * @param {string[]} a
 * @param {string[]} b
 */
export function alphabetic(a, b) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    if (a[k] !== b[k]) return order(a[k], b[k]);
  }
  return a.length - b.length;
}

/**
 * The order in which layers of two names are passed, below or above 0, and whether more than the
 * alphabet speaks for it: words for input and output, numbers, single letters.
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[number, boolean]}
 */
export function compare(a, b) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    if (a[k] === b[k]) continue;
    const places = place(a[k]) - place(b[k]);
    return places === 0 ? natural(a[k], b[k]) : [places, true];
  }
  return [a.length - b.length, false];
}

/**
 * Of a layer that a list has numbered: the names before the number, and it; else null.
 * @param {string[]} name
 * @returns {[string[], bigint] | null}
 */
export function numbered(name) {
  const index = name.length > 0 ? wholeOf(name[name.length - 1]) : null;
  return index === null ? null : [name.slice(0, -1), index];
}

/**
 * Before (-1), after (1) or among all others (0).
 * @param {string} segment
 */
function place(segment) {
  for (const [word] of words(segment)) {
    if (FIRST.includes(word.toLowerCase())) return -1;
    if (LAST.includes(word.toLowerCase())) return 1;
  }
  return 0;
}

/**
 * A segment's runs of digits, of letters and of what is neither.
 * @param {string} segment
 */
function runs(segment) {
  return segment.match(/[0-9]+|(?:(?![0-9])\p{Alphabetic})+|(?:(?![0-9])\P{Alphabetic})+/gu) ?? [];
}

/**
 * Two different segments in natural order: runs of digits by their value.
 * @param {string} a
 * @param {string} b
 * @returns {[number, boolean]}
 */
function natural(a, b) {
  const [left, right] = [runs(a), runs(b)];
  for (let k = 0; ; k++) {
    const [x, y] = [left[k], right[k]];
    if (x === undefined && y === undefined) return [order(a, b), false];
    if (x === y) continue;
    // `fc` stands before `fc2`.
    if (x === undefined || y === undefined) return [x === undefined ? -1 : 1, true];
    const [m, n] = [wholeOf(x), wholeOf(y)];
    if (m !== null && n !== null) {
      if (m !== n) return [m < n ? -1 : 1, true];
    } else {
      const areLetters = [...x].length === 1 && [...y].length === 1;
      return [order(x, y), areLetters];
    }
  }
}
