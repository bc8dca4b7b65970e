// What can be done on the page: every action makes a new state, and has it shown.

import { lossText } from "./charts.js";
import { flipPath, maskAt, nextBest, randomMask, size } from "./masks.js";
import { byId } from "./elements.js";
import { History } from "./state.js";
import { Player } from "./player.js";

/**
 * What actions act on, and what they go by.
 * @typedef {object} Page
 * @property {import("./record.js").Unpacked} record
 * @property {number} loss the present one
 * @property {(number | null)[]} flips what flipping each node would change, where it is known yet
 * @property {AbortSignal} signal ends listeners that are to end with the page
 * @property {() => void} render shows the present state
 */

/** @typedef {import("./state.js").State} State */

export class Actions {
  /**
   * @param {Page} page
   * @param {State} state
   */
  constructor(page, state) {
    this.page = page;
    this.state = state;
    this.n = page.record.network.n;
    /** Whether something was done since the address last followed that Back should take back. */
    this.isNew = false;
    this.full = (1n << BigInt(this.n)) - 1n;
    this.history = new History();
    /**
     * @param {string} id
     * @param {() => boolean} step
     */
    const play = (id, step) => {
      const player = new Player(step, () => {
        byId(id).textContent = player.isPlaying ? "Pause" : "Play";
      });
      return player;
    };
    this.pathPlayer = play("path-play", () => this.stepPath(1));
    this.greedyPlayer = play("greedy-play", () => this.removeNext());
  }

  /**
   * Makes a new state, which can be undone unless it says otherwise.
   * @param {Partial<State>} patch
   * @param {{ undo?: boolean }} [options]
   */
  change(patch, { undo = true } = {}) {
    if (undo) this.history.push(this.state);
    // What plays by itself would bury the pages before this one.
    if (undo && !this.isPlaying) this.isNew = true;
    this.state = { ...this.state, ...patch };
    this.page.render();
  }

  /**
   * Goes to a state that was not made here.
   * @param {State} state
   */
  open(state) {
    this.stop();
    this.isNew = false;
    this.change(state, { undo: false });
  }

  /** Tells who cannot see the page what has become of it. */
  say() {
    const count = size(this.state.mask);
    byId("said").textContent = `${count} of ${this.n} nodes on, loss ${lossText(this.page.loss)}`;
  }

  /** @param {bigint} mask */
  setMask(mask) {
    this.stop();
    this.change({ mask, soft: null, path: null });
  }

  /**
   * Switches a node; whether it is on then.
   * @param {number} i
   */
  toggle(i) {
    this.stop();
    const mask = this.state.mask ^ (1n << BigInt(i));
    this.change({ mask, soft: null, path: null, node: i });
    this.say();
    return ((mask >> BigInt(i)) & 1n) === 1n;
  }

  /**
   * Switches several nodes on or off.
   * @param {number[]} nodes
   * @param {boolean} on
   * @param {boolean} undo whether the step can be undone
   */
  switchTo(nodes, on, undo) {
    this.stop();
    let { mask } = this.state;
    for (const i of nodes) {
      const bit = 1n << BigInt(i);
      mask = on ? mask | bit : mask & ~bit;
    }
    if (mask !== this.state.mask) this.change({ mask, soft: null, path: null }, { undo });
  }

  reverse() {
    this.setMask(this.full ^ this.state.mask);
    this.say();
  }

  random() {
    this.setMask(randomMask(this.n, this.state.p));
    this.say();
  }

  undo() {
    this.stop();
    const before = this.history.pop();
    if (!before) return;
    this.isNew = true;
    this.change(before, { undo: false });
    this.say();
  }

  /** @param {number} i */
  select(i) {
    if (i !== this.state.node) this.change({ node: i }, { undo: false });
  }

  /**
   * Opens the selected gate; at either end it is a switch again.
   * @param {number} gate
   * @param {boolean} undo whether the step can be undone
   */
  setGate(gate, undo) {
    this.stop();
    const { node, mask } = this.state;
    const bit = 1n << BigInt(node);
    const isHard = gate === 0 || gate === 1;
    const next = gate >= 0.5 ? mask | bit : mask & ~bit;
    const soft = isHard ? null : { node, gate };
    this.change({ mask: next, soft, path: null }, { undo });
  }

  newPath() {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const path = { ...flipPath(this.n, seed), step: 0 };
    this.change({ path, mask: path.start, soft: null });
  }

  startPath() {
    this.newPath();
    if (!this.pathPlayer.isPlaying) this.pathPlayer.start();
  }

  playPath() {
    const { path } = this.state;
    if (!this.pathPlayer.isPlaying && path?.step === this.n) this.newPath();
    this.greedyPlayer.stop();
    this.pathPlayer.toggle();
  }

  /** @param {number} steps */
  stepBy(steps) {
    this.stop();
    this.stepPath(steps);
  }

  /**
   * Goes on along the path; false at its end.
   * @param {number} steps
   */
  stepPath(steps) {
    const { path } = this.state;
    if (!path) return false;
    const step = Math.min(Math.max(path.step + steps, 0), this.n);
    const node = path.order[Math.max(step - 1, 0)];
    const next = { ...path, step };
    this.change({ path: next, mask: maskAt(path, step), soft: null, node }, { undo: false });
    return step < this.n;
  }

  /** Removes the node whose removal leaves the smallest loss; false when there is none. */
  removeNext() {
    const next = nextBest(this.state.mask, this.page.flips);
    if (next === null) return false;
    const mask = this.state.mask & ~(1n << BigInt(next));
    this.change({ mask, soft: null, path: null, node: next });
    this.say();
    return mask !== 0n;
  }

  removeOne() {
    this.stop();
    this.removeNext();
  }

  playRemoval() {
    this.pathPlayer.stop();
    this.greedyPlayer.toggle();
  }

  bestOfSize() {
    const best = this.page.record.best?.[size(this.state.mask)];
    if (best) this.setMask(BigInt(best.mask));
  }

  get isPlaying() {
    return this.pathPlayer.isPlaying || this.greedyPlayer.isPlaying;
  }

  stop() {
    this.pathPlayer.stop();
    this.greedyPlayer.stop();
  }
}
