// Labels of pixels by the nearest of some points.

/**
 * The label of the point that is nearest to each pixel of side² over [-extent, extent]², row by row from
 * the lowest x1. Points lie in square cells, and rings of cells are looked through from the pixel's
 * own on, until no point farther out can be nearer.
 * @param {ArrayLike<number>[]} columns
 * @param {ArrayLike<number>} labels
 * @param {number} side
 * @param {number} extent
 */
export function nearestLabels([x0, x1], labels, side, extent) {
  const cells = Math.max(1, Math.min(128, Math.floor(Math.sqrt(labels.length / 2))));
  const width = (2 * extent) / cells;
  /** @param {number} x */
  const cellOf = (x) => Math.min(Math.max(Math.floor((x + extent) / width), 0), cells - 1);
  /** @type {number[][]} */
  const held = Array.from({ length: cells * cells }, () => []);
  for (let p = 0; p < labels.length; p++) held[cellOf(x1[p]) * cells + cellOf(x0[p])].push(p);
  /** @param {number} k */
  const centre = (k) => extent * ((2 * k + 1) / side - 1);
  const out = new Uint16Array(side * side);
  for (let k = 0; k < out.length; k++) {
    const [a, b] = [centre(k % side), centre(Math.floor(k / side))];
    const [column, row] = [cellOf(a), cellOf(b)];
    let [best, least] = [-1, Infinity];
    for (let ring = 0; ring < cells; ring++) {
      // Beyond this ring every point is at least so far.
      if (least <= (Math.max(ring - 1, 0) * width) ** 2) break;
      for (let r = row - ring; r <= row + ring; r++) {
        if (r < 0 || r >= cells) continue;
        const step = Math.abs(r - row) === ring || ring === 0 ? 1 : 2 * ring;
        for (let c = column - ring; c <= column + ring; c += step) {
          if (c < 0 || c >= cells) continue;
          for (const p of held[r * cells + c]) {
            const distance = (x0[p] - a) ** 2 + (x1[p] - b) ** 2;
            if (distance < least || (distance === least && p < best)) [best, least] = [p, distance];
          }
        }
      }
    }
    out[k] = labels[best];
  }
  return out;
}
