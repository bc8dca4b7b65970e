// Points from a csv: what is taken, and what is refused in which words, is as on the command line
// (`hypercube::points_file`).

import { Refusal, clip, trimmed, wholeOf } from "./clip.js";
import { Decimals } from "./decimals.js";
import { filled, headerAt, layout, separator } from "./layout.js";

/**
 * The records of a text from `start` on: [fields, line], lines counted from 1.
 * @param {string} text
 * @param {number} start
 * @param {string} delimiter
 * @returns {Generator<[string[], number], undefined>}
 */
function* records(text, start, delimiter) {
  let at = start;
  let line = 1 + breaks(text, 0, start);
  while (at < text.length) {
    if (text[at] === "\n" || text[at] === "\r") {
      line += breaks(text, at, at + 1);
      at++;
      continue;
    }
    const from = at;
    const fields = [];
    let isOpen = true;
    while (isOpen) {
      let field;
      [field, at] = fieldAt(text, at, delimiter);
      fields.push(trimmed(field));
      isOpen = text[at] === delimiter;
      if (isOpen) at++;
    }
    yield [fields, line];
    line += breaks(text, from, at);
  }
}

/**
 * Line breaks in a part of a text: \n, \r, or \r\n as one, counted at its \n.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 */
function breaks(text, from, to) {
  let count = 0;
  for (let at = from; at < to; at++) {
    if (text[at] === "\n" || (text[at] === "\r" && text[at + 1] !== "\n")) count++;
  }
  return count;
}

/**
 * The field that begins here, and where it ends: at a delimiter, a line break or the end.
 * @param {string} text
 * @param {number} start
 * @param {string} delimiter
 * @returns {[string, number]}
 */
function fieldAt(text, start, delimiter) {
  let [field, at] = ["", start];
  if (text[at] === '"') {
    for (at++; at < text.length; at++) {
      if (text[at] !== '"') field += text[at];
      else if (text[at + 1] === '"') field += text[++at];
      else break;
    }
    at = Math.min(at + 1, text.length);
  }
  const from = at;
  while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
  return [field + text.slice(from, at), at];
}

/**
 * The text of a file's bytes.
 * @param {Uint8Array} bytes
 */
function textOf(bytes) {
  let [from, to] = [0, bytes.length];
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) from = 3;
  // The end of a file as DOS marks it.
  if (to > from && bytes[to - 1] === 0x1a) to--;
  const own = bytes.subarray(from, to);
  /** @param {number} line */
  const noText = (line) => new Refusal(`line ${line} is not UTF-8 text; save it as csv in UTF-8`);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(own);
  } catch {
    throw noText(lineOf(own, validUpTo(own)));
  }
  // UTF-16 without a mark is UTF-8 with a 0 in every letter.
  const zero = own.indexOf(0);
  if (zero >= 0) throw noText(lineOf(own, zero));
  return text;
}

/**
 * How many bytes at the front are UTF-8.
 * @param {Uint8Array} bytes
 */
function validUpTo(bytes) {
  let [valid, beyond] = [0, bytes.length];
  /** @param {number} end */
  const isText = (end) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  while (beyond - valid > 1) {
    const middle = (valid + beyond) >> 1;
    if (isText(middle)) valid = middle;
    else beyond = middle;
  }
  return valid;
}

/**
 * The line, from 1, of a byte; one among line breaks is on the line after them.
 * @param {Uint8Array} bytes
 * @param {number} byte
 */
function lineOf(bytes, byte) {
  let end = byte;
  while (end < bytes.length && (bytes[end] === 10 || bytes[end] === 13)) end++;
  let line = 1;
  for (let at = 0; at < end; at++) {
    if (bytes[at] === 10 || (bytes[at] === 13 && !(at + 1 < end && bytes[at + 1] === 10))) line++;
  }
  return line;
}

/**
 * The points that the bytes of a file are, for a network of so many inputs and classes: { columns, a
 * row for each input; labels; names }.
 * @param {Uint8Array} bytes
 * @param {number} inputs
 * @param {number} classes
 */
export function parsePoints(bytes, inputs, classes) {
  const text = textOf(bytes);
  const start = headerAt(text);
  const delimiter = separator(text.slice(start));
  const all = records(text, start, delimiter);
  const { value: first } = all.next();
  const parts = layout(first ? first[0] : [], inputs);
  const numbers = new Decimals(delimiter !== ",");
  /** @type {Set<bigint>[]} */
  const seen = Array.from({ length: parts.index }, () => new Set());
  /** @type {number[][]} */
  const columns = parts.features.map(() => []);
  /** @type {number[]} */
  const labels = [];
  for (const [record, line] of all) {
    try {
      addRow(record, parts, { numbers, seen, columns, labels, classes });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(`line ${line}: ${error.message}`);
    }
  }
  numbers.check();
  if (labels.length === 0) {
    throw new Refusal("there are no rows below the header; give one for each point");
  }
  return {
    columns: columns.map((column) => Float64Array.from(column)),
    labels: Uint16Array.from(labels),
    names: parts.features.map(([name]) => name),
  };
}

/**
 * The rows so far, and how they are read.
 * @typedef {object} Rows
 * @property {Decimals} numbers
 * @property {Set<bigint>[]} seen the numbers of each index
 * @property {number[][]} columns
 * @property {number[]} labels
 * @property {number} classes
 */

/**
 * Takes one row; one without any value is none.
 * @param {string[]} record
 * @param {import("./layout.js").Layout} layout
 * @param {Rows} to
 */
function addRow(record, { columns: count, features, label }, to) {
  const own = filled(record);
  if (own === 0) return;
  const found = own > count ? own : record.length;
  if (found < count || own > count) {
    throw new Refusal(`the row has length ${found}, and the header ${count}; fill every column`);
  }
  for (const [column, values] of to.seen.entries()) {
    const number = wholeOf(record[column]);
    if (number === null || values.has(number)) {
      throw new Refusal(
        `a column without a name holds '${clip(record[column])}', so it is no index either; give ` +
          "it a name, or leave it out (pandas: index=False)",
      );
    }
    values.add(number);
  }
  for (const [k, [name, column]] of features.entries()) {
    to.columns[k].push(to.numbers.coordinate(name, record[column]));
  }
  const value = to.numbers.parse(record[label]);
  if (value === null || !(value >= 0 && value < to.classes && Number.isInteger(value))) {
    throw new Refusal(
      `label '${clip(record[label])}' is no class; the network has 0 to ${to.classes - 1}`,
    );
  }
  to.labels.push(value);
}
