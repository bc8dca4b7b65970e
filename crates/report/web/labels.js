// The numbers of the lines over the map: each on its line, and none on another.

import { svg } from "./elements.js";

/** The numbers of more lines than this are shown only of those that are pointed at. */
const MOST = 40;

/** Places along a line that are tried from each of its ends. */
const PLACES = 12;

/** Pixels from one place to the next, and from the edge of the map. */
const [STEP, EDGE] = [13, 9];

/** Pixels of a figure, and of the room around a number. */
const [FIGURE, ROOM, HEIGHT] = [8, 4, 14];

/** The numbers. */
export class Labels {
  /**
   * @param {number} n lines
   * @param {number} side of the drawing, in its own units
   */
  constructor(n, side) {
    this.side = side;
    this.isMany = n > MOST;
    /** Units of the drawing to a pixel. */
    this.unit = 1;
    this.texts = Array.from({ length: n }, (_, i) => {
      const text = svg("text");
      text.textContent = String(i);
      return text;
    });
  }

  /**
   * Puts every number near an end of its line, where there is none yet.
   * @param {number[][][][]} lines the pieces of each, in units of the drawing
   */
  place(lines) {
    const { unit, isMany } = this;
    /**
     * Middles and widths of those that are placed.
     * @type {number[][]}
     */
    const taken = [];
    for (const [i, text] of this.texts.entries()) {
      text.setAttribute("visibility", lines[i].length > 0 ? "visible" : "hidden");
      if (lines[i].length === 0) continue;
      const width = unit * (ROOM + FIGURE * String(i).length);
      /** @param {number[]} place */
      const isFree = ([x, y]) =>
        taken.every(
          ([u, v, w]) => Math.abs(x - u) > (width + w) / 2 || Math.abs(y - v) > unit * HEIGHT,
        );
      const places = this.placesOn(lines[i]);
      // Of many no two are seen at once; where no place is free, the first has to do.
      const at = (isMany ? null : places.find(isFree)) ?? places[0];
      taken.push([...at, width]);
      text.setAttribute("x", at[0].toFixed(1));
      text.setAttribute("y", at[1].toFixed(1));
    }
  }

  /**
   * Places on a line from its ends inwards; on a bent one, the middles of its pieces.
   * @param {number[][][]} pieces
   */
  placesOn(pieces) {
    const { unit, side } = this;
    const edge = unit * EDGE;
    /** @param {number} x */
    const inside = (x) => Math.min(Math.max(x, edge), side - edge);
    /**
     * @param {number[][]} piece
     * @param {number} share
     */
    const between = ([a, b], share) => [0, 1].map((d) => inside(a[d] + share * (b[d] - a[d])));
    if (pieces.length > 1) return pieces.map((piece) => between(piece, 0.5));
    const [[a, b]] = pieces;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    return Array.from({ length: 2 * PLACES }, (_, k) => {
      const share = Math.min((edge + (k >> 1) * unit * STEP) / length, 0.5);
      return between([a, b], k % 2 === 0 ? share : 1 - share);
    });
  }
}
