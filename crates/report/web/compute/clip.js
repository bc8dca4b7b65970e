// Texts of unknown origin, as they can be shown in an error line.

/**
 * Hears which share of some work is done, from 0 to 1.
 * @typedef {(share: number) => void} Tell
 */

/**
 * For progress that nobody asks for.
 * @type {() => void}
 */
export const ignore = () => {};

/** The widest input, the most hidden nodes and the most classes that are read. */
export const MAX_WIDTH = 1 << 14;

/** Files beyond this hold nothing of the kind studied here. */
export const MAX_BYTES = 2 ** 28;

/** Characters of a file that an error line shows. */
export const SHOWN = 60;

/** A file that is refused: one line that says what, why and what to do. */
export class Refusal extends Error {}

/**
 * What went wrong, of whatever was thrown.
 * @param {unknown} error
 */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

/** What is not printed as it is: control characters, line breaks and marks that reorder or combine. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Zs}\p{Grapheme_Extend}]/u;

/** @type {Record<string, string>} */
const ESCAPES = { "\0": "\\0", "\t": "\\t", "\r": "\\r", "\n": "\\n" };

/**
 * A text in one plain line, cut after so many characters.
 * @param {string} text
 * @param {number} [most]
 */
export function clip(text, most = SHOWN) {
  let shown = "";
  let count = 0;
  for (const c of text) {
    if (count++ === most) return `${shown}…`;
    if (c in ESCAPES) shown += ESCAPES[c];
    else if (c !== " " && UNPRINTABLE.test(c)) shown += `\\u{${c.codePointAt(0)?.toString(16)}}`;
    else shown += c;
  }
  return shown;
}

/**
 * A text without white space at its ends, as Unicode has it.
 * @param {string} text
 */
export function trimmed(text) {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}

/**
 * The number that a text is, if it is one: decimal, or inf or nan in any letters; else null.
 * @param {string} text
 */
export function numberOf(text) {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?nan$/i.test(text)) return NaN;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return null;
}

/**
 * The whole number from 0 that a text is, as a BigInt of at most 64 bits; else null.
 * @param {string} text
 */
export function wholeOf(text) {
  if (!/^\+?\d+$/.test(text)) return null;
  const value = BigInt(text.replace("+", ""));
  return value < 1n << 64n ? value : null;
}

/**
 * Whether float32, in which networks are trained, holds a value.
 * @param {number} value
 */
export function isFloat32(value) {
  return Number.isFinite(Math.fround(value));
}
