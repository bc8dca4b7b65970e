// Losses of 8 masks at a time: ln Π(1 + x) over the points, x being a point's odds under a mask, from
// tables of halves: see products.js.

/** Masks that one pass over the points is for: their products stay in registers. */
export const LANES = 8;
export const LANE_NODES = 3;

/** A product beyond this is put away as its logarithm, and before that grows as much once more. */
export const LARGE = Math.exp(300);

/**
 * ln Π(1 + x) of 8 masks over the points, with two classes.
 * @param {Float64Array} lowTable
 * @param {number} low
 * @param {Float64Array} highTable
 * @param {number} high
 * @param {Int32Array} ends
 * @param {number} segments
 * @param {number} _
 * @param {Float64Array} sums
 */
export function oneOther(lowTable, low, highTable, high, ends, segments, _, sums) {
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  let q4 = 0;
  let q5 = 0;
  let q6 = 0;
  let q7 = 0;
  sums.fill(0);
  let at = low;
  let p = 0;
  for (let segment = 0; segment < segments; segment++) {
    for (const end = ends[segment]; p < end; p++, at += 8) {
      const e = highTable[high + p];
      q0 += e * lowTable[at] * (1 + q0);
      q1 += e * lowTable[at + 1] * (1 + q1);
      q2 += e * lowTable[at + 2] * (1 + q2);
      q3 += e * lowTable[at + 3] * (1 + q3);
      q4 += e * lowTable[at + 4] * (1 + q4);
      q5 += e * lowTable[at + 5] * (1 + q5);
      q6 += e * lowTable[at + 6] * (1 + q6);
      q7 += e * lowTable[at + 7] * (1 + q7);
    }
    const isLast = segment === segments - 1;
    if (isLast || Math.max(q0, q1, q2, q3, q4, q5, q6, q7) > LARGE) {
      putAway(sums, 0, q0, q1, q2, q3);
      putAway(sums, 4, q4, q5, q6, q7);
      q0 = q1 = q2 = q3 = q4 = q5 = q6 = q7 = 0;
    }
  }
}

/**
 * The same with more classes, 4 masks at a time: each point's odds are a sum over d of them.
 * @param {Float64Array} lowTable
 * @param {number} low
 * @param {Float64Array} highTable
 * @param {number} high
 * @param {Int32Array} ends
 * @param {number} segments
 * @param {number} d
 * @param {Float64Array} sums
 */
export function manyOthers(lowTable, low, highTable, high, ends, segments, d, sums) {
  sums.fill(0);
  for (let lane = 0; lane < LANES; lane += 4) {
    let q0 = 0;
    let q1 = 0;
    let q2 = 0;
    let q3 = 0;
    let at = low + lane;
    let column = high;
    for (let segment = 0, p = 0; segment < segments; segment++) {
      for (const end = ends[segment]; p < end; p++) {
        let x0 = 0;
        let x1 = 0;
        let x2 = 0;
        let x3 = 0;
        for (let c = 0; c < d; c++, at += LANES, column++) {
          const e = highTable[column];
          x0 += e * lowTable[at];
          x1 += e * lowTable[at + 1];
          x2 += e * lowTable[at + 2];
          x3 += e * lowTable[at + 3];
        }
        q0 += x0 * (1 + q0);
        q1 += x1 * (1 + q1);
        q2 += x2 * (1 + q2);
        q3 += x3 * (1 + q3);
      }
      if (segment === segments - 1 || Math.max(q0, q1, q2, q3) > LARGE) {
        putAway(sums, lane, q0, q1, q2, q3);
        q0 = q1 = q2 = q3 = 0;
      }
    }
  }
}

/**
 * @param {Float64Array} sums
 * @param {number} lane
 * @param {number} q0
 * @param {number} q1
 * @param {number} q2
 * @param {number} q3
 */
function putAway(sums, lane, q0, q1, q2, q3) {
  sums[lane] += Math.log1p(q0);
  sums[lane + 1] += Math.log1p(q1);
  sums[lane + 2] += Math.log1p(q2);
  sums[lane + 3] += Math.log1p(q3);
}
