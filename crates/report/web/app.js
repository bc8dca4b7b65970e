// The page as a whole: its parts put together, and everything shown anew from one state.

import { Actions } from "./actions.js";
import { Chips } from "./chips.js";
import { Controls } from "./controls.js";
import { classNames, describe, describeOthers } from "./describe.js";
import { byId, byIdAs } from "./elements.js";
import { gatesOf } from "./masks.js";
import { NodeList } from "./nodes.js";
import { NumberPanel } from "./numbers.js";
import { Picture } from "./picture.js";
import { decode, encode, gatesIn } from "./state.js";
import { GatePanel } from "./gate.js";
import { tellLink } from "./links.js";
import { PathPanel } from "./path.js";
import { RemovalPanel } from "./removal.js";

/** Milliseconds of work on flip effects before the page is let go on. */
const SLICE = 10;

/** Products, weights × points, up to which gate gradients take no more than that. */
const QUICK_PRODUCTS = 2 ** 23;

/** Everything about one network, until another takes its place. */
export class App {
  /** @param {import("./record.js").Unpacked} record */
  constructor(record) {
    this.record = record;
    this.leaving = new AbortController();
    /** For listeners that are to end with it. */
    this.signal = this.leaving.signal;
    this.n = record.network.n;
    /** Present loss and gates; gate gradients, and what flipping each node would change. */
    this.loss = NaN;
    /** @type {Float64Array} */
    this.gates = new Float64Array(this.n);
    /** @type {Float64Array} */
    this.gradient = new Float64Array(this.n);
    /** @type {(number | null)[]} */
    this.flips = Array(this.n).fill(null);
    /** Work on flips that is yet to be done. */
    this.flipTimer = 0;
    this.flipFrame = 0;
    this.actions = new Actions(this, this.read());
    const names = classNames(record);
    this.controls = new Controls(this.actions, record, names);
    this.nodes = this.makeNodes();
    this.chips = new Chips(byId("chips"), this.n, (i) => this.actions.toggle(i));
    this.picture = this.makePicture(names);
    this.numbers = new NumberPanel(record);
    this.pathPanel = makePathPanel(record);
    this.removalPanel = makeRemovalPanel(record);
    this.gatePanel = new GatePanel({
      curve: byIdAs(SVGSVGElement, "gate-curve"),
      caption: byId("gate-caption"),
      keys: byId("gate-keys"),
    });
    describe(record, this.picture.outside());
    /** @type {number | null} */
    this.highlighted = null;
    /** @type {number | null} the node that another tap on the map switches */
    this.offered = null;
    /** @type {number | null} */
    this.shownPushes = null;
    this.frame();
    this.render();
    this.listen();
  }

  /** The state that the address says. */
  read() {
    const { network, plane, origin } = this.record;
    const view = { n: this.n, classes: network.classes, extent: plane?.extent ?? 0, origin };
    tellLink(window.location.hash, view);
    return decode(window.location.hash, view);
  }

  makeNodes() {
    const { record, actions } = this;
    return new NodeList(byId("nodes"), record.network.layerOf, {
      toggle: (i) => actions.toggle(i),
      paint: (i, on) => actions.switchTo([i], on, false),
      select: (i) => actions.select(i),
      over: (i) => this.over(i),
    });
  }

  /** @param {string[]} names of the classes */
  makePicture(names) {
    const { record, actions } = this;
    return new Picture(record, names, {
      toggle: (i) => actions.toggle(i),
      cut: (nodes, on, isFirst) => actions.switchTo(nodes, on, isFirst),
      hover: (at) => this.probe(at ?? actions.state.at, at ? this.highlighted : this.offered),
      pin: (at) => actions.change({ at }, { undo: false }),
      over: (i) => this.over(i),
      offer: (i, at) => this.offer(i, at),
      offered: () => this.offered,
    });
  }

  /** Makes room for another network: nothing of this one goes on. */
  leave() {
    this.leaving.abort();
    this.actions.stop();
    window.clearTimeout(this.flipTimer);
    window.cancelAnimationFrame(this.flipFrame);
    this.controls.leave();
  }

  /** Takes the losses of other sub-networks, once they are in the record. */
  settle() {
    const { record } = this;
    for (const panel of [this.numbers, this.pathPanel, this.removalPanel]) panel.settle(record);
    byId("best").hidden = !record.best;
    describeOthers(record);
    this.frame();
    this.render();
  }

  listen() {
    const { signal, record } = this;
    let width = window.innerWidth;
    const resize = () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      const { numbers, pathPanel, removalPanel, gatePanel } = this;
      const charts = [
        numbers.histogram,
        pathPanel.trace,
        pathPanel.covariance,
        removalPanel.chart,
        gatePanel.chart,
      ];
      for (const chart of charts) chart?.resize();
      this.picture.resize();
      this.frame();
      this.render();
    };
    window.addEventListener("resize", resize, { signal });
    const follow = () => {
      if (window.location.hash !== encode(this.actions.state, this.n, record.origin)) {
        this.actions.open(this.read());
      }
    };
    window.addEventListener("hashchange", follow, { signal });
  }

  /** Draws the parts of charts that stay as they are, in the room that there is. */
  frame() {
    this.numbers.frame();
    this.pathPanel.frame();
  }

  /** Shows the present state. */
  render() {
    performance.mark("change");
    const { record, picture } = this;
    const { state } = this.actions;
    this.gates = gatesIn(state, this.n);
    if (this.shownPushes !== state.shown) {
      picture.paintNodes([this.nodes, this.chips], state.shown);
      this.shownPushes = state.shown;
    }
    picture.draw(state, this.gates);
    performance.measure("heatmap", "change");
    const { points, labels } = record;
    points.set(this.gates);
    this.loss = points.loss(labels);
    this.nodes.show(this.gates, state.node);
    const isQuick = record.network.weightCount * points.count <= QUICK_PRODUCTS;
    if (isQuick) this.showGradient();
    this.chips.show(this.gates, state.node);
    this.controls.show(this.gates);
    picture.drawPoints(state);
    /** @param {bigint} mask */
    const lossOf = (mask) => this.lossOf(mask);
    this.numbers.show(state, this.loss, lossOf);
    if (this.offered !== null && this.offered !== state.node) {
      this.offered = null;
      this.over(null);
    }
    this.probe(state.at, this.offered);
    this.pathPanel.show(state.path, lossOf);
    this.startFlips(isQuick);
    performance.measure("update", "change");
  }

  showGradient() {
    this.gradient = this.record.points.gradient(this.record.labels);
    this.nodes.showGradient(this.gradient);
  }

  /**
   * Loss of any mask.
   * @param {bigint} mask
   */
  lossOf(mask) {
    const { state } = this.actions;
    if (mask === state.mask && !state.soft) return this.loss;
    return this.record.points.lossAt(gatesOf(mask, this.n), this.record.labels);
  }

  /**
   * @param {number[] | null} at
   * @param {number | null} next the node that a click or another tap there switches
   */
  probe(at, next) {
    this.picture.probe(at, this.actions.state, this.gates, next);
  }

  /**
   * What a finger's first tap on the map does: reads the point, and lights up the line that is there.
   * @param {number | null} i the node of that line, if there is one
   * @param {number[]} at
   */
  offer(i, at) {
    this.offered = i;
    this.over(i);
    this.actions.change(i === null ? { at } : { at, node: i }, { undo: false });
  }

  /**
   * What flipping each node would change: at once if that is quick, else a slice at a time; before it
   * the gate gradients, if they are not there yet.
   * @param {boolean} hasGradient
   */
  startFlips(hasGradient) {
    window.clearTimeout(this.flipTimer);
    window.cancelAnimationFrame(this.flipFrame);
    document.documentElement.dataset.pending = "flips";
    this.flips = Array(this.n).fill(null);
    let i = 0;
    const { points, labels } = this.record;
    const work = () => {
      if (!hasGradient) this.showGradient();
      hasGradient = true;
      const start = performance.now();
      for (; i < this.n && performance.now() - start < SLICE; i++) {
        const to = this.gates[i] >= 0.5 ? 0 : 1;
        this.flips[i] = points.lossWith(i, to, labels) - this.loss;
      }
      this.nodes.showFlips(this.flips);
      if (i < this.n) this.flipTimer = window.setTimeout(work);
      else this.afterFlips();
    };
    // Not before what is there already is on the screen.
    this.flipFrame = window.requestAnimationFrame(() => (this.flipTimer = window.setTimeout(work)));
  }

  afterFlips() {
    delete document.documentElement.dataset.pending;
    const { record, loss } = this;
    const { state } = this.actions;
    this.removalPanel.show(state, loss, this.flips);
    // The rest can wait until the map is on the screen.
    this.flipTimer = window.setTimeout(() => {
      const { node } = state;
      /** @param {number} gate */
      const lossWith = (gate) => record.points.lossWith(node, gate, record.labels);
      this.gatePanel.show(node, this.gates[node], loss, this.gradient[node], lossWith);
    });
  }

  /** @param {number | null} i */
  over(i) {
    if (i === this.highlighted) return;
    this.highlighted = i;
    this.picture.highlight(i);
    this.nodes.highlight(i);
  }
}

/** @param {import("./record.js").Unpacked} record */
function makePathPanel(record) {
  const elements = {
    trace: byIdAs(SVGSVGElement, "trace"),
    covariance: byIdAs(SVGSVGElement, "covariance"),
    figure: byId("covariance-figure"),
    text: byId("path-text"),
  };
  return new PathPanel(elements, record);
}

/** @param {import("./record.js").Unpacked} record */
function makeRemovalPanel(record) {
  const elements = {
    frontier: byIdAs(SVGSVGElement, "frontier"),
    keys: byId("frontier-keys"),
    text: byId("removal-text"),
    clear: byIdAs(HTMLButtonElement, "trail-clear"),
  };
  return new RemovalPanel(elements, record);
}
