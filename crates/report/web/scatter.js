// The evaluation points over the map, coloured by their class or by their loss.

import { whole } from "./charts.js";
import { ColourMap, css } from "./colours.js";
import { contextOf } from "./elements.js";
import { roundUp } from "./heatmap.js";
import { uniforms } from "./masks.js";

/** Most points that are drawn: more would cover the map. */
const MOST = 1000;

/** Share of the points whose losses the colours span. */
const SHOWN = 0.98;

/** From no loss to much: a colour that the map has not. */
const LOSS = new ColourMap([
  [255, 255, 255],
  [255, 130, 190],
  [214, 0, 108],
]);

/** The points on their canvas. */
export class Scatter {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./record.js").OnPlane} record
   */
  constructor(canvas, { points, labels, plane, colours }) {
    this.canvas = canvas;
    this.points = points;
    this.labels = labels;
    this.extent = plane.extent;
    const ends = colours.sequential;
    /** Colours of the other classes and of the one that is shown: those of 0 and 1 on the map. */
    this.ofClass = [ends[0], ends[ends.length - 1]].map(css);
    // At random, but the same ones each time: files may be sorted, and grids have steps.
    const uniform = uniforms(1);
    const keys = Float64Array.from({ length: points.count }, uniform);
    const order = [...keys.keys()].sort((a, b) => keys[a] - keys[b]);
    this.drawn = order.slice(0, MOST);
    this.losses = new Float64Array(points.count);
  }

  /**
   * Draws the points of a state; what to say about their colours.
   * @param {Pick<import("./state.js").State, "points" | "shown">} state
   */
  draw({ points: by, shown }) {
    const { canvas, points, labels, extent, drawn } = this;
    canvas.hidden = by === "none";
    if (by === "none") return "";
    const side = Math.round(canvas.clientWidth * window.devicePixelRatio) || 400;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = contextOf(canvas, { willReadFrequently: true });
    context.clearRect(0, 0, side, side);
    let high = 1;
    if (by === "loss") {
      points.pointLosses(labels, this.losses);
      const sorted = Float64Array.from(this.losses).sort();
      high = roundUp(sorted[Math.floor(SHOWN * (sorted.length - 1))]);
    }
    /** @type {(p: number) => string} */
    const colour =
      by === "loss"
        ? (p) => LOSS.css(Math.sqrt(this.losses[p] / high))
        : (p) => this.ofClass[labels[p] === shown ? 1 : 0];
    const radius = Math.max(1.6, Math.min(3, 60 / Math.sqrt(drawn.length))) * (side / 500);
    context.lineWidth = Math.max(0.8, side / 600);
    for (const p of drawn) {
      const [x, y] = [points.x0[p], -points.x1[p]].map((u) => (side / 2) * (u / extent + 1));
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colour(p);
      context.fill();
      context.strokeStyle = by === "class" && labels[p] !== shown ? "#fff" : "#222";
      context.stroke();
    }
    const part =
      drawn.length < points.count
        ? `${whole(drawn.length)} of ${whole(points.count)} points`
        : "points";
    return by === "loss" ? `${part}: white for no loss, red from ${high} on` : `${part} by class`;
  }
}
