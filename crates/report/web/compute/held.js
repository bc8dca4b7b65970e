// Functions held in tables, read by straight lines: within 1e-6, enough for a picture.

/** Half the range of a table, and its entries for each unit. */
export const END = 20;
const PER_UNIT = 1024;

/**
 * A function held from -END to END; beyond, it goes on along its last straight line.
 * @param {(z: number) => number} f
 */
function held(f) {
  const entries = 2 * END * PER_UNIT;
  const values = Float64Array.from({ length: entries + 1 }, (_, k) => f(k / PER_UNIT - END));
  /** @param {number} z */
  return (z) => {
    const place = (z + END) * PER_UNIT;
    const k = place > 0 ? (place < entries - 1 ? place | 0 : entries - 1) : 0;
    return values[k] + (place - k) * (values[k + 1] - values[k]);
  };
}

/** @type {Record<string, (z: number) => number>} */
const tables = {};

/**
 * A held function, made when it is first asked for.
 * @param {string} name
 * @param {(z: number) => number} f
 */
export function table(name, f) {
  tables[name] ??= held(f);
  return tables[name];
}

/** @param {number} z */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** 1 / (1 + exp(-z)): a straight line would leave [0, 1], so the ends are cut. */
export function probabilityTable() {
  const near = table("probability", sigmoid);
  /** @param {number} z */
  return (z) => near(z < -END ? -END : z > END ? END : z);
}

/** ln(1 + exp(z)). */
export function softplusTable() {
  return table("softplus", (z) => Math.log1p(Math.exp(z)));
}
