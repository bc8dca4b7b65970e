// The state of the page: kept in its address, and undone step by step.

import { gatesOf, flipPath, maskAt, maskText, parseMask } from "./masks.js";

/**
 * What the map shows, and what points may be coloured by.
 * @typedef {"prediction" | "loss" | "gradient"} Mode
 * @typedef {"none" | "class" | "loss"} Colouring
 */

/**
 * @typedef {object} State
 * @property {bigint} mask
 * @property {{ node: number, gate: number } | null} soft one gate that is neither on nor off
 * @property {Mode} mode
 * @property {number} node the one that is selected
 * @property {number} shown the class whose probability is shown
 * @property {boolean} lines whether they are drawn
 * @property {Colouring} points what the evaluation points are coloured by; none are drawn at first
 * @property {number} p probability of a node to be on in a random mask
 * @property {number[] | null} at the point that is read out: [x0, x1]
 * @property {Walk | null} path
 */

/**
 * A flip path and where it is.
 * @typedef {import("./masks.js").FlipPath & { step: number }} Walk
 */

/** @type {Mode[]} */
export const MODES = ["prediction", "loss", "gradient"];

/** @type {Colouring[]} */
export const POINTS = ["none", "class", "loss"];

/** Lines of more nodes than this are not drawn unless asked for: they would cover the map. */
const MOST_LINES = 64;

/**
 * The view that a page without an address opens with.
 * @param {number} n
 * @returns {State}
 */
export function initial(n) {
  return {
    mask: (1n << BigInt(n)) - 1n,
    soft: null,
    mode: "prediction",
    node: 0,
    shown: 0,
    lines: n <= MOST_LINES,
    points: "none",
    p: 0.5,
    at: null,
    path: null,
  };
}

/**
 * Gates [N] of a state.
 * @param {State} state
 * @param {number} n
 */
export function gatesIn(state, n) {
  const gates = gatesOf(state.mask, n);
  if (state.soft) gates[state.soft.node] = state.soft.gate;
  return gates;
}

/**
 * The part of the address after #, which says which network it is, and everything that differs from the
 * initial view.
 * @param {State} state
 * @param {number} n
 * @param {string} [origin] the network's own part
 */
export function encode(state, n, origin = "") {
  const plain = initial(n);
  const said = [...(origin ? [origin] : []), `mask=${maskText(state.mask, n)}`];
  /**
   * @param {string} key
   * @param {string | number} value
   */
  const put = (key, value) => said.push(`${key}=${value}`);
  if (state.soft) put("soft", `${state.soft.node}.${Math.round(100 * state.soft.gate)}`);
  if (state.mode !== plain.mode) put("mode", state.mode);
  if (state.node !== plain.node) put("node", state.node);
  if (state.shown !== plain.shown) put("class", state.shown);
  if (state.lines !== plain.lines) put("lines", state.lines ? "on" : "off");
  if (state.points !== plain.points) put("points", state.points);
  if (state.p !== plain.p) put("p", state.p);
  if (state.at) put("at", state.at.map((x) => Number(x.toFixed(6))).join(","));
  if (state.path) {
    const { seed, start, step } = state.path;
    put("path", `${seed}.${maskText(start, n)}.${step}`);
  }
  return `#${said.join("&")}`;
}

/**
 * A whole number from 0 to `most`; none if it is no such.
 * @param {string | undefined} text
 * @param {number} most
 */
function integer(text, most) {
  const value = /^\d+$/.test(text ?? "") ? Number(text) : NaN;
  return value <= most ? value : null;
}

/**
 * So many parts between dots; none if there are more or fewer.
 * @param {string} text
 * @param {number} count
 * @returns {(string | undefined)[]}
 */
function parts(text, count) {
  const found = text.split(".");
  return found.length === count ? found : [];
}

/**
 * What addresses are read for: how many nodes and classes there are, how far the map reaches, and which
 * part says which network it is.
 * @typedef {{ n: number, classes: number, extent: number, origin: string }} View
 */

/**
 * What each part of an address says, as a change of the initial state; null if it makes no sense.
 * @type {Record<string, (text: string, view: View) => Partial<State> | null>}
 */
const PARTS = {
  train: (text, { origin }) => (origin === `train=${text}` ? {} : null),
  files: (text, { origin }) => (origin === `files=${text}` ? {} : null),
  mask: (text, { n }) => change(parseMask(text, n), (mask) => ({ mask })),
  mode: (text) => change(oneOf(MODES, text), (mode) => ({ mode })),
  node: (text, { n }) => change(integer(text, n - 1), (node) => ({ node })),
  class: (text, { classes }) => change(integer(text, classes - 1), (shown) => ({ shown })),
  lines: (text) => (["on", "off"].includes(text) ? { lines: text === "on" } : null),
  points: (text) => change(oneOf(POINTS, text), (points) => ({ points })),
  p: (text) => (text !== "" && Number(text) >= 0 && Number(text) <= 1 ? { p: Number(text) } : null),
  at: (text, { extent }) => {
    const at = text.split(",").map((x) => (x.trim() === "" ? NaN : Number(x)));
    const isInside = at.length === 2 && at.every((x) => Math.abs(x) <= extent);
    return isInside ? { at } : null;
  },
  soft: (text, { n }) => {
    const [node, gate] = parts(text, 2);
    if (integer(node, n - 1) === null || integer(gate, 100) === null) return null;
    return { soft: { node: Number(node), gate: Number(gate) / 100 } };
  },
  path: (text, { n }) => {
    const [seed, start, step] = parts(text, 3);
    const from = parseMask(start ?? "", n);
    if (integer(seed, 2 ** 32 - 1) === null || from === null || integer(step, n) === null) {
      return null;
    }
    const path = { ...flipPath(n, Number(seed), from), step: Number(step) };
    // A path says by itself which mask it is at.
    return { path, mask: maskAt(path, path.step), soft: null };
  },
};

/**
 * The change of the state that a value makes, if there is one.
 * @template T
 * @param {T | null} value
 * @param {(value: T) => Partial<State>} made
 */
const change = (value, made) => (value === null ? null : made(value));

/**
 * The name that a text is; none if it is none of them.
 * @template {string} T
 * @param {T[]} names
 * @param {string} text
 */
const oneOf = (names, text) => names.find((name) => name === text) ?? null;

/**
 * What every part of an address says: its name, its text, and the change or null.
 * @param {string} hash
 * @param {View} view
 * @returns {[string, string, Partial<State> | null][]}
 */
function read(hash, view) {
  const given = [...new URLSearchParams(hash.replace(/^#/, ""))];
  return given.map(([name, text]) => [
    name,
    text,
    Object.hasOwn(PARTS, name) ? PARTS[name](text, view) : null,
  ]);
}

/**
 * The state that an address says; whatever in it makes no sense is left as in the initial view.
 * @param {string} hash the part after #
 * @param {View} view
 * @returns {State}
 */
export function decode(hash, view) {
  const changes = read(hash, view).sort(([a], [b]) => Number(a === "path") - Number(b === "path"));
  return changes.reduce((state, [, , patch]) => ({ ...state, ...patch }), initial(view.n));
}

/**
 * The parts of an address that make no sense for a network, as they are written.
 * @param {string} hash the part after #
 * @param {View} view
 * @returns {string[]}
 */
export function strange(hash, view) {
  const wrong = read(hash, view).filter(([, , patch]) => patch === null);
  return wrong.map(([name, text]) => `${name}=${text}`);
}

/** Steps that can be undone. */
const MOST_STEPS = 500;

/** Earlier states. */
export class History {
  constructor() {
    /** @type {Pick<State, "mask" | "soft" | "path">[]} */
    this.steps = [];
  }

  /** @param {State} state */
  push({ mask, soft, path }) {
    this.steps.push({ mask, soft, path });
    if (this.steps.length > MOST_STEPS) this.steps.shift();
  }

  pop() {
    return this.steps.pop() ?? null;
  }

  get isEmpty() {
    return this.steps.length === 0;
  }
}
