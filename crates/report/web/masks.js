// Masks as gates, as the integers they are written as, and at random.

/**
 * Uniform numbers from 0 on, below 1.
 * @typedef {() => number} Uniform
 */

/**
 * @typedef {{ seed: number, start: bigint, order: number[] }} FlipPath
 */

/**
 * Gates [N] of an integer: bit i set for node i on.
 * @param {bigint | number} mask
 * @param {number} n
 */
export function gatesOf(mask, n) {
  let bits = BigInt(mask);
  return Float64Array.from({ length: n }, () => {
    const bit = Number(bits & 1n);
    bits >>= 1n;
    return bit;
  });
}

/**
 * The integer of gates, as a BigInt; a gate counts as on from ½.
 * @param {ArrayLike<number>} gates
 */
export function maskOf(gates) {
  let bits = 0n;
  for (let i = gates.length - 1; i >= 0; i--) bits = 2n * bits + (gates[i] >= 0.5 ? 1n : 0n);
  return bits;
}

/**
 * As `evaluate --masks` takes it: decimal up to 64 nodes, hexadecimal beyond.
 * @param {bigint} mask
 * @param {number} n
 */
export function maskText(mask, n) {
  return n > 64 ? `0x${mask.toString(16)}` : mask.toString();
}

/**
 * A mask as written; none if it is no mask of n nodes.
 * @param {string} text
 * @param {number} n
 */
export function parseMask(text, n) {
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(text)) return null;
  const mask = BigInt(text);
  return mask >> BigInt(n) === 0n ? mask : null;
}

/** @param {bigint} mask */
export function size(mask) {
  let count = 0;
  for (let rest = mask; rest > 0n; rest &= rest - 1n) count++;
  return count;
}

/**
 * Uniform numbers below 1 from a 32-bit seed (Mulberry32).
 * @param {number} seed
 * @returns {Uniform}
 */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A mask in which every node is on with probability p, independently.
 * @param {number} n
 * @param {number} p
 */
export function randomMask(n, p, uniform = Math.random) {
  return maskOf(Float64Array.from({ length: n }, () => (uniform() < p ? 1 : 0)));
}

/**
 * A flip path: a uniform start unless one is given, and the order in which every node is flipped.
 * @param {number} n
 * @param {number} seed
 * @param {bigint | null} [start]
 * @returns {FlipPath}
 */
export function flipPath(n, seed, start = null) {
  const uniform = uniforms(seed);
  const first = randomMask(n, 0.5, uniform);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let k = n - 1; k > 0; k--) {
    const other = Math.floor(uniform() * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return { seed, start: start ?? first, order };
}

/**
 * The mask after `step` flips of a path.
 * @param {FlipPath} path
 * @param {number} step
 */
export function maskAt(path, step) {
  return path.order.slice(0, step).reduce((mask, i) => mask ^ (1n << BigInt(i)), path.start);
}

/**
 * The node that is on and whose removal leaves the smallest loss; the highest if several tie.
 * @param {bigint} mask
 * @param {(number | null)[]} flips
 */
export function nextBest(mask, flips) {
  let best = null;
  let least = Infinity;
  for (const [i, change] of flips.entries()) {
    if (change === null) return null;
    if (!((mask >> BigInt(i)) & 1n)) continue;
    if (change <= least) [best, least] = [i, change];
  }
  return best;
}
