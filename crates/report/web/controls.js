// The controls: which button, slider and key does which action, and how they look in a state.

import { byId, byIdAs, create } from "./elements.js";
import { listenToNotice } from "./links.js";
import { MODES, POINTS, encode } from "./state.js";

/** @param {string} id */
const button = (id) => byIdAs(HTMLButtonElement, id);

/** @param {string} id */
const input = (id) => byIdAs(HTMLInputElement, id);

/** @param {string} id */
const select = (id) => byIdAs(HTMLSelectElement, id);

/** Milliseconds of rest before the address follows, as browsers allow few changes a second. */
const REST = 250;

export class Controls {
  /**
   * @param {import("./actions.js").Actions} actions
   * @param {import("./record.js").Unpacked} record
   * @param {string[]} classNames
   */
  constructor(actions, { network, plane }, classNames) {
    this.actions = actions;
    this.network = network;
    this.extent = plane?.extent ?? 0;
    this.classNames = classNames;
    /** @type {number | undefined} */
    this.addressTimer = undefined;
    byId("best").hidden = true;
    this.makeButtons();
    this.makeSettings();
    this.makeModes();
    this.makeKeys();
    listenToNotice();
  }

  makeButtons() {
    const { actions } = this;
    const acts = {
      "all-on": () => actions.setMask(actions.full),
      "all-off": () => actions.setMask(0n),
      reverse: () => actions.reverse(),
      random: () => actions.random(),
      undo: () => actions.undo(),
      copy: () => this.copyLink(),
      "path-new": () => actions.startPath(),
      "path-play": () => actions.playPath(),
      "path-step": () => actions.stepBy(1),
      "path-back": () => actions.stepBy(-1),
      greedy: () => actions.removeOne(),
      "greedy-play": () => actions.playRemoval(),
      best: () => actions.bestOfSize(),
    };
    for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
    byId("enlarge").addEventListener("click", () => {
      const isSmall = byId("stage").classList.toggle("small");
      byId("enlarge").textContent = isSmall ? "Larger map" : "Smaller map";
    });
  }

  makeSettings() {
    /** @param {Partial<import("./state.js").State>} patch */
    const set = (patch) => this.actions.change(patch, { undo: false });
    const [p, lines, gate] = ["p", "lines", "gate"].map(input);
    const [shown, points] = ["shown", "points-by"].map(select);
    p.addEventListener("input", () => set({ p: Number(p.value) }));
    lines.addEventListener("change", () => set({ lines: lines.checked }));
    for (const [c, name] of this.classNames.entries()) shown.add(new Option(name, String(c)));
    for (const by of POINTS) points.add(new Option(by === "none" ? "no points" : `by ${by}`, by));
    points.addEventListener("change", () => set({ points: POINTS[points.selectedIndex] }));
    shown.addEventListener("change", () => set({ shown: Number(shown.value) }));
    // A whole drag of the slider is undone at once.
    let isDragging = false;
    gate.addEventListener("input", () => {
      this.actions.setGate(Number(gate.value), !isDragging);
      isDragging = true;
    });
    gate.addEventListener("change", () => (isDragging = false));
  }

  makeModes() {
    const titles = { prediction: "Prediction", loss: "Loss", gradient: "Gate gradient" };
    const choices = MODES.map((mode) => {
      const choice = create("input", { type: "radio", name: "mode", value: mode });
      choice.addEventListener("change", () => this.actions.change({ mode }, { undo: false }));
      return create("label", {}, [choice, titles[mode]]);
    });
    byId("modes").replaceChildren(...choices);
  }

  makeKeys() {
    for (const element of [byId("plane"), byId("graph"), byId("nodes")]) {
      element.addEventListener("keydown", (event) => this.shortcut(event));
    }
    byId("plane").addEventListener("keydown", (event) => this.movePoint(event));
    /** @param {KeyboardEvent} event */
    const undo = (event) => {
      const isText = event.target instanceof HTMLInputElement && event.target.type === "text";
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !isText) {
        event.preventDefault();
        this.actions.undo();
      }
    };
    document.addEventListener("keydown", undo, { signal: this.actions.page.signal });
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { actions } = this;
    /** @type {Record<string, () => void>} */
    const acts = {
      a: () => actions.setMask(actions.full),
      n: () => actions.setMask(0n),
      r: () => actions.reverse(),
      x: () => actions.random(),
      g: () => actions.removeNext(),
      z: () => actions.undo(),
    };
    acts[event.key]?.();
  }

  /** @param {KeyboardEvent} event */
  movePoint(event) {
    /** @type {Record<string, number[]>} */
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const { extent, actions } = this;
    const step = (event.shiftKey ? 0.2 : 0.02) * (extent / 2);
    const from = actions.state.at ?? [0, 0];
    /** @param {number} x */
    const inside = (x) => Math.min(Math.max(x, -extent), extent);
    const at = from.map((x, d) => inside(Number((x + step * move[d]).toFixed(6))));
    actions.change({ at }, { undo: false });
    byId("said").textContent = byId("probe").innerText.replace(/\s+/g, " ");
  }

  async copyLink() {
    this.writeAddress();
    const link = input("link");
    link.value = window.location.href;
    const said = byId("copy");
    try {
      await navigator.clipboard.writeText(link.value);
      const { origin } = this.actions.page.record;
      said.textContent = origin.startsWith("files=") ? "Copied, without the files" : "Copied";
    } catch {
      // Without leave to write the clipboard, the link is there to be copied by hand.
      link.hidden = false;
      link.select();
      said.textContent = "Copy it below";
    }
    window.setTimeout(() => (said.textContent = "Copy link"), 1600);
  }

  /**
   * Shows the state in every control; the address follows a little later.
   * @param {Float64Array} gates [N]
   */
  show(gates) {
    const { network, actions, classNames } = this;
    const { state } = actions;
    for (const choice of byId("modes").querySelectorAll("input")) {
      choice.checked = choice.value === state.mode;
    }
    byId("shown-label").hidden = network.classes === 2;
    select("shown").value = String(state.shown);
    input("lines").checked = state.lines;
    select("points-by").value = state.points;
    input("p").value = String(state.p);
    byId("p-value").textContent = state.p.toFixed(2);
    button("undo").disabled = actions.history.isEmpty;
    button("path-back").disabled = !state.path || state.path.step === 0;
    button("path-step").disabled = !state.path || state.path.step === network.n;
    button("path-play").disabled = !state.path;
    button("greedy").disabled = state.mask === 0n;
    button("greedy-play").disabled = state.mask === 0n;
    const gate = gates[state.node];
    input("gate").value = String(gate);
    byId("soft-node").textContent = String(state.node);
    byId("soft-value").textContent = gate.toFixed(2);
    for (const name of document.querySelectorAll(".shown-class")) {
      name.textContent = classNames[state.shown];
    }
    window.clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => this.writeAddress(), REST);
  }

  /** Leaves the address to another network. */
  leave() {
    window.clearTimeout(this.addressTimer);
  }

  /** What was done becomes a page of its own to go back from; what only moves on does not. */
  writeAddress() {
    const hash = encode(this.actions.state, this.network.n, this.actions.page.record.origin);
    if (hash === window.location.hash) return;
    window.history[this.actions.isNew ? "pushState" : "replaceState"](null, "", hash);
    this.actions.isNew = false;
  }
}
