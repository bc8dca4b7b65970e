// The state of the page: kept in its address, and undone step by step.

import { gatesOf, flipPath, maskAt, maskText, parseMask } from "./masks.js";

export const MODES = ["prediction", "loss", "gradient"];

/** Lines of more nodes than this are not drawn unless asked for: they would cover the map. */
const MOST_LINES = 64;

/** The view that a page without an address opens with. */
export function initial(n) {
  return {
    mask: (1n << BigInt(n)) - 1n,
    /** One gate that is neither on nor off: { node, gate }. */
    soft: null,
    mode: "prediction",
    node: 0,
    shown: 0,
    lines: n <= MOST_LINES,
    p: 0.5,
    /** The point that is read out: [x0, x1]. */
    at: null,
    /** A flip path and where it is: { seed, start, order, step }. */
    path: null,
  };
}

/** Gates [N] of a state. */
export function gatesIn(state, n) {
  const gates = gatesOf(state.mask, n);
  if (state.soft) gates[state.soft.node] = state.soft.gate;
  return gates;
}

/** The part of the address after #, which says everything that differs from the initial view. */
export function encode(state, n) {
  const plain = initial(n);
  const said = [`mask=${maskText(state.mask, n)}`];
  const put = (key, value) => said.push(`${key}=${value}`);
  if (state.soft) put("soft", `${state.soft.node}.${Math.round(100 * state.soft.gate)}`);
  if (state.mode !== plain.mode) put("mode", state.mode);
  if (state.node !== plain.node) put("node", state.node);
  if (state.shown !== plain.shown) put("class", state.shown);
  if (state.lines !== plain.lines) put("lines", state.lines ? "on" : "off");
  if (state.p !== plain.p) put("p", state.p);
  if (state.at) put("at", state.at.map((x) => Number(x.toFixed(6))).join(","));
  if (state.path) {
    const { seed, start, step } = state.path;
    put("path", `${seed}.${maskText(start, n)}.${step}`);
  }
  return `#${said.join("&")}`;
}

function integer(text, most) {
  const value = /^\d+$/.test(text ?? "") ? Number(text) : NaN;
  return value <= most ? value : null;
}

/** So many parts between dots; none if there are more or fewer. */
function parts(text, count) {
  const found = (text ?? "").split(".");
  return found.length === count ? found : [];
}

/** The state that an address says; whatever in it makes no sense is left as in the initial view. */
export function decode(hash, { n, classes, extent }) {
  const state = initial(n);
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  state.mask = parseMask(given.get("mask") ?? "", n) ?? state.mask;
  if (MODES.includes(given.get("mode"))) state.mode = given.get("mode");
  state.node = integer(given.get("node"), n - 1) ?? state.node;
  state.shown = integer(given.get("class"), classes - 1) ?? state.shown;
  if (["on", "off"].includes(given.get("lines"))) state.lines = given.get("lines") === "on";
  const p = Number(given.get("p") ?? NaN);
  if (p >= 0 && p <= 1) state.p = p;
  const at = (given.get("at") ?? "").split(",").map(Number);
  if (given.has("at") && at.length === 2 && at.every((x) => Math.abs(x) <= extent)) state.at = at;
  const [node, gate] = parts(given.get("soft"), 2);
  if (integer(node, n - 1) !== null && integer(gate, 100) !== null) {
    state.soft = { node: Number(node), gate: Number(gate) / 100 };
  }
  const [seed, start, step] = parts(given.get("path"), 3);
  const from = parseMask(start ?? "", n);
  if (integer(seed, 2 ** 32 - 1) !== null && from !== null && integer(step, n) !== null) {
    state.path = { ...flipPath(n, Number(seed), from), step: Number(step) };
    // A path says by itself which mask it is at.
    state.mask = maskAt(state.path, state.path.step);
    state.soft = null;
  }
  return state;
}

/** Steps that can be undone. */
const MOST_STEPS = 500;

/** Earlier states. */
export class History {
  constructor() {
    this.steps = [];
  }

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
