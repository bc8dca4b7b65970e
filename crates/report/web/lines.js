// Where a function of the plane is zero: straight lines, and contours on a grid.

/** @typedef {[[number, number], [number, number]]} Segment two ends, (x0, x1) each */

/**
 * The part of w · x + c = 0 inside of [-extent, extent]², as segments; none if it misses it.
 * @param {number[]} w
 * @param {number} c
 * @param {number} extent
 * @returns {Segment[]}
 */
export function straight([w0, w1], c, extent) {
  /** @type {[number, number][]} */
  const ends = [];
  /**
   * @param {number} x0
   * @param {number} x1
   */
  const push = (x0, x1) => {
    const isInside = Math.max(Math.abs(x0), Math.abs(x1)) <= extent * (1 + 1e-9);
    const isNew = ends.every(([a, b]) => Math.hypot(a - x0, b - x1) > 1e-9);
    if (isInside && isNew) ends.push([x0, x1]);
  };
  for (const edge of [-extent, extent]) {
    if (w1 !== 0) push(edge, -(c + w0 * edge) / w1);
    if (w0 !== 0) push(-(c + w1 * edge) / w0, edge);
  }
  return ends.length >= 2 ? [[ends[0], ends[1]]] : [];
}

/**
 * Where values on a grid of side² pixels change sign, as segments (marching squares).
 * @param {ArrayLike<number>} values row by row from the lowest x1
 * @param {number} side
 * @param {number} extent
 * @returns {Segment[]}
 */
export function contour(values, side, extent) {
  /** @type {Segment[]} */
  const segments = [];
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column;
      const isOver = values[at] > 0;
      const differs =
        values[at + 1] > 0 !== isOver ||
        values[at + side] > 0 !== isOver ||
        values[at + side + 1] > 0 !== isOver;
      // Nearly all cells are on one side.
      if (differs) crossings(values, side, extent, row, column, segments);
    }
  }
  return segments;
}

/**
 * Adds the segments within one cell: where its four sides cross zero, two by two.
 * @param {ArrayLike<number>} values
 * @param {number} side
 * @param {number} extent
 * @param {number} row
 * @param {number} column
 * @param {Segment[]} segments
 */
function crossings(values, side, extent, row, column, segments) {
  /** @param {number} k */
  const centre = (k) => extent * ((2 * k + 1) / side - 1);
  const corners = [
    [column, row],
    [column + 1, row],
    [column + 1, row + 1],
    [column, row + 1],
  ];
  /** @type {[number, number][]} */
  const ends = [];
  for (let k = 0; k < 4; k++) {
    const [a, b] = [corners[k], corners[(k + 1) % 4]];
    const [u, v] = [a, b].map(([x, y]) => values[y * side + x]);
    if (u > 0 === v > 0) continue;
    const part = u / (u - v);
    /** @param {number} d */
    const along = (d) => centre(a[d]) + part * (centre(b[d]) - centre(a[d]));
    ends.push([along(0), along(1)]);
  }
  for (let k = 0; k + 1 < ends.length; k += 2) segments.push([ends[k], ends[k + 1]]);
}

/**
 * How far a point is from a segment.
 * @param {Segment} segment
 * @param {number[]} point
 */
export function distanceTo([a, b], [x, y]) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const part = length > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0;
  const at = Math.min(Math.max(part, 0), 1);
  return Math.hypot(a[0] + at * dx - x, a[1] + at * dy - y);
}
