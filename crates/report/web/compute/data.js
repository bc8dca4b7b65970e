// The data that networks learn here, as the command line has it: points of the square [-1, 1]²,
// labelled by a figure.

/** Radii between which a point lies on the ring. */
const RING = [0.4, 0.8];

/**
 * Whether a point has label 1, for each figure.
 * @type {Record<string, (x0: number, x1: number, radius: number) => boolean>}
 */
const IS_ONE = {
  circle: (x0, x1, radius) => x0 * x0 + x1 * x1 > radius * radius,
  annulus: (x0, x1) => {
    const r = Math.sqrt(x0 * x0 + x1 * x1);
    return !(r >= RING[0] && r <= RING[1]);
  },
  xor: (x0, x1) => x0 < 0 !== x1 < 0,
  spirals: (x0, x1) => {
    const halfTurns = (Math.atan2(x1, x0) + 2 * Math.PI * Math.sqrt(x0 * x0 + x1 * x1)) / Math.PI;
    return Math.floor(halfTurns) % 2 !== 0;
  },
  checkerboard: (x0, x1) => {
    /** @param {number} x */
    const square = (x) => Math.floor(1.5 * (x + 1));
    return (square(x0) + square(x1)) % 2 !== 0;
  },
};

export const FIGURES = Object.keys(IS_ONE);

/** The circle that data is by default. */
export const RADIUS = 0.893;

/**
 * The label of a point, 0 or 1; `radius` is the circle's.
 * @param {string} figure
 * @param {number} radius
 * @param {number} x0
 * @param {number} x1
 */
export function labelOf(figure, radius, x0, x1) {
  return IS_ONE[figure](x0, x1, radius) ? 1 : 0;
}

/**
 * Points given in [0, 1)², on the square and labelled: { columns, labels }.
 * @param {string} figure
 * @param {number} radius
 * @param {number} count
 * @param {(k: number) => number[]} at
 */
function labelled(figure, radius, count, at) {
  const columns = [new Float64Array(count), new Float64Array(count)];
  const labels = new Uint16Array(count);
  for (let k = 0; k < count; k++) {
    const [x0, x1] = at(k).map((x) => Math.fround(2 * Math.fround(x) - 1));
    columns[0][k] = x0;
    columns[1][k] = x1;
    labels[k] = labelOf(figure, radius, x0, x1);
  }
  return { columns, labels };
}

/**
 * Points to train on, uniform on the square.
 * @param {string} figure
 * @param {number} radius
 * @param {number} count
 * @param {import("../masks.js").Uniform} uniform
 */
export function trainingPoints(figure, radius, count, uniform) {
  return labelled(figure, radius, count, () => [uniform(), uniform()]);
}

/**
 * Points to evaluate on, spread evenly: x_k = frac(s + k (1/g, 1/g²)) of Roberts ("The unreasonable
 * effectiveness of quasirandom sequences", 2018), g³ = g + 1, with a random shift s.
 * @param {string} figure
 * @param {number} radius
 * @param {number} count
 * @param {import("../masks.js").Uniform} uniform
 */
export function evaluationPoints(figure, radius, count, uniform) {
  const g = 1.324717957244746;
  const shift = [uniform(), uniform()];
  /** @param {number} k */
  const at = (k) => [1 / g, 1 / (g * g)].map((step, d) => (shift[d] + k * step) % 1);
  return labelled(figure, radius, count, at);
}
