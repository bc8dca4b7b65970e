// What the top of a csv says: where its header is, what separates columns, and which is which.

import { MAX_WIDTH, Refusal, clip, numberOf, trimmed, wholeOf } from "./clip.js";

/** What can separate columns, beside single spaces. */
const SEPARATORS = [",", ";", "\t"];

/** Names that a label has where no column is called `label`. */
const LABELS = ["y", "target", "class"];

/**
 * A text's lines, each with the line break at its end.
 * @param {string} text
 */
function* lines(text) {
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "\n" && text[at] !== "\r") continue;
    yield text.slice(start, at + 1);
    start = at + 1;
  }
  if (start < text.length) yield text.slice(start);
}

/** @param {string} line */
function hasNumbersAlone(line) {
  const words = line.split(/[,;\t "\n\r]/).filter((word) => word !== "");
  return words.length > 0 && words.every((word) => numberOf(word) !== null);
}

/**
 * Where the header begins: behind blank lines and comments, or in the last comment if the first line
 * below has numbers alone.
 * @param {string} text
 */
export function headerAt(text) {
  let start = 0;
  let comment = null;
  for (const line of lines(text)) {
    const at = start;
    const words = line.replace(/^\p{White_Space}+/u, "");
    start += line.length;
    if (words === "") continue;
    if (words.startsWith("#")) comment = start - words.slice(1).replace(/^ +/, "").length;
    else return hasNumbersAlone(line) ? (comment ?? at) : at;
  }
  return comment ?? text.length;
}

/**
 * What separates the columns of the header that a text begins with.
 * @param {string} text
 */
export function separator(text) {
  let line = "";
  let quoted = false;
  for (const c of text) {
    if (c === '"') quoted = !quoted;
    if (quoted) continue;
    if (c === "\n" || c === "\r") break;
    line += c;
  }
  const first = text.split("\n", 1)[0].replace(/\r$/, "");
  if (hasNumbersAlone(first)) {
    throw new Refusal(
      `there is no header, for '${clip(first)}' are numbers; put a line of names above them, such ` +
        "as x0,x1,label",
    );
  }
  const found = SEPARATORS.filter((c) => line.includes(c));
  if (found.length === 0) return trimmed(line).includes(" ") ? " " : ",";
  if (found.length === 1) return found[0];
  const [one, other] = found.map((c) => (c === "\t" ? "\\t" : c));
  throw new Refusal(
    `the header has both '${one}' and '${other}'; separate columns by one of them, and put names in ` +
      "quotes",
  );
}

/**
 * How many fields a record has, without empty ones at the end.
 * @param {string[]} record
 */
export function filled(record) {
  let count = record.length;
  while (count > 0 && record[count - 1] === "") count--;
  return count;
}

/**
 * The k of a name `xk`, or null.
 * @param {string} name
 */
function numberInName(name) {
  return name.startsWith("x") && !name.startsWith("x+") ? wholeOf(name.slice(1)) : null;
}

/** @param {string} name */
const lower = (name) => name.replace(/[A-Z]/g, (c) => c.toLowerCase());

/** @param {string[]} names */
function labelAmong(names) {
  /** @param {string[]} wanted */
  const found = (wanted) => [...names.keys()].filter((k) => wanted.includes(lower(names[k])));
  const named = found(["label"]);
  const candidates = named.length > 0 ? named : found(LABELS);
  if (candidates.length === 1) return candidates[0];
  if (candidates.length === 0) throw new Refusal("no column is named label, y, target or class");
  const [one, other] = candidates.map((k) => names[k]);
  throw new Refusal(`both '${one}' and '${other}' could be the label; name that one label`);
}

/**
 * @typedef {object} Layout
 * @property {number} columns how many there are
 * @property {number} index how many of them, at the front, have to be an index
 * @property {[string, number][]} features names and columns of the inputs
 * @property {number} label its column
 */

/**
 * Which column is what, for so many inputs: { columns, index, features: [[name, column]], label };
 * the first `index` columns have to be an index.
 * @param {string[]} header
 * @param {number} inputs
 * @returns {Layout}
 */
export function layout(header, inputs) {
  const columns = filled(header);
  const names = header.slice(0, columns);
  try {
    return arranged(header, names, columns, inputs);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const expected = Array.from({ length: inputs }, (_, k) => `x${k},`).join("");
    throw new Refusal(
      `the header is '${clip(names.join(","))}', not '${clip(`${expected}label`)}' (${error.message})`,
    );
  }
}

/**
 * @param {string[]} header
 * @param {string[]} names
 * @param {number} columns
 * @param {number} inputs
 * @returns {Layout}
 */
function arranged(header, names, columns, inputs) {
  /** @param {string} name */
  const isNameless = (name) => name === "" || name.startsWith("Unnamed: ");
  const firstNamed = names.findIndex((name) => !isNameless(name));
  const index = firstNamed < 0 ? columns : firstNamed;
  const nameless = names.findIndex((name, k) => k >= index && isNameless(name));
  if (nameless >= 0) throw new Refusal(`column ${nameless + 1} has no name`);
  const sorted = names.slice(index).sort();
  const twice = sorted.find((name, k) => k > 0 && name === sorted[k - 1]);
  if (twice !== undefined) throw new Refusal(`two columns are named '${clip(twice)}'`);
  if (columns !== index + inputs + 1) {
    throw new Refusal(
      `${header.length} columns; the network's ${inputs} inputs and the label make ${inputs + 1}`,
    );
  }
  const label = index + labelAmong(names.slice(index));
  /** @type {[string, number][]} */
  const features = names.map((name, k) => [name, k]);
  features.splice(label, 1);
  features.splice(0, index);
  if (features.length === 0) throw new Refusal("there is no input beside the label");
  if (features.length > MAX_WIDTH) {
    throw new Refusal(`${features.length} inputs are more than the ${MAX_WIDTH} read here`);
  }
  if (features.every(([name]) => numberInName(name) !== null)) {
    /** @param {string} name */
    const number = (name) => numberInName(name) ?? 0n;
    features.sort(([a], [b]) => Number(number(a) - number(b)));
  }
  return { columns, index, features, label };
}
