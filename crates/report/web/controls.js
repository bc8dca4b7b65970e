// The controls: which button, slider and key does which action, and how they look in a state.

import { byId } from "./elements.js";
import { listenToNotice } from "./links.js";
import { MODES, POINTS, encode } from "./state.js";

/** Milliseconds of rest before the address follows, as browsers allow few changes a second. */
const REST = 250;

export class Controls {
  /**
   * @param {import("./actions.js").Actions} actions
   * @param {any} record as unpacked
   * @param {string[]} classNames
   */
  constructor(actions, { network, extent }, classNames) {
    this.actions = actions;
    this.network = network;
    this.extent = extent;
    this.classNames = classNames;
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
    const set = (patch) => this.actions.change(patch, { undo: false });
    const [p, lines, shown, gate] = ["p", "lines", "shown", "gate"].map(byId);
    p.addEventListener("input", () => set({ p: Number(p.value) }));
    lines.addEventListener("change", () => set({ lines: lines.checked }));
    for (const [c, name] of this.classNames.entries()) shown.add(new Option(name, String(c)));
    const points = byId("points-by");
    for (const by of POINTS) points.add(new Option(by === "none" ? "no points" : `by ${by}`, by));
    points.addEventListener("change", () => set({ points: points.value }));
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
      const [label, input] = [document.createElement("label"), document.createElement("input")];
      Object.assign(input, { type: "radio", name: "mode", value: mode });
      input.addEventListener("change", () => this.actions.change({ mode }, { undo: false }));
      label.append(input, titles[mode]);
      return label;
    });
    byId("modes").replaceChildren(...choices);
  }

  makeKeys() {
    for (const element of [byId("plane"), byId("graph"), byId("nodes")]) {
      element.addEventListener("keydown", (event) => this.shortcut(event));
    }
    byId("plane").addEventListener("keydown", (event) => this.movePoint(event));
    const undo = (event) => {
      const isText = event.target instanceof HTMLInputElement && event.target.type === "text";
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !isText) {
        event.preventDefault();
        this.actions.undo();
      }
    };
    document.addEventListener("keydown", undo, { signal: this.actions.page.signal });
  }

  shortcut(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { actions } = this;
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

  movePoint(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const { extent, actions } = this;
    const step = (event.shiftKey ? 0.2 : 0.02) * (extent / 2);
    const from = actions.state.at ?? [0, 0];
    const inside = (x) => Math.min(Math.max(x, -extent), extent);
    const at = from.map((x, d) => inside(Number((x + step * move[d]).toFixed(6))));
    actions.change({ at }, { undo: false });
    byId("said").textContent = byId("probe").innerText.replace(/\s+/g, " ");
  }

  async copyLink() {
    this.writeAddress();
    const link = byId("link");
    link.value = window.location.href;
    const said = byId("copy");
    try {
      await navigator.clipboard.writeText(link.value);
      said.textContent = "Copied";
    } catch {
      // Without leave to write the clipboard, the link is there to be copied by hand.
      link.hidden = false;
      link.select();
      said.textContent = "Copy it below";
    }
    window.setTimeout(() => (said.textContent = "Copy link"), 1600);
  }

  /** Shows the state in every control; the address follows a little later. */
  show(gates) {
    const { network, actions, classNames } = this;
    const { state } = actions;
    for (const input of byId("modes").querySelectorAll("input")) {
      input.checked = input.value === state.mode;
    }
    byId("shown-label").hidden = network.classes === 2;
    byId("shown").value = state.shown;
    byId("lines").checked = state.lines;
    byId("points-by").value = state.points;
    byId("p").value = state.p;
    byId("p-value").textContent = state.p.toFixed(2);
    byId("undo").disabled = actions.history.isEmpty;
    byId("path-back").disabled = !state.path || state.path.step === 0;
    byId("path-step").disabled = !state.path || state.path.step === network.n;
    byId("path-play").disabled = !state.path;
    byId("greedy").disabled = state.mask === 0n;
    byId("greedy-play").disabled = state.mask === 0n;
    const gate = gates[state.node];
    byId("gate").value = gate;
    byId("soft-node").textContent = state.node;
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
    const hash = encode(this.actions.state, this.network.n);
    if (hash === window.location.hash) return;
    window.history[this.actions.isNew ? "pushState" : "replaceState"](null, "", hash);
    this.actions.isNew = false;
  }
}
