// Colours: maps from values to colours, and the pair that says which way a node pushes.

/** Colours of a map, so many that one is exactly the middle. */
export const SHADES = 255;

/**
 * Colours at equal steps of each map, 0 to 255 of red, green and blue.
 * @typedef {{ sequential: number[][], diverging: number[][] }} Colours
 */

/** Colours at equal steps, straight lines between. */
export class ColourMap {
  /** @param {number[][]} steps red, green and blue at each step, 0 to 255 */
  constructor(steps) {
    this.steps = steps;
    /** Opaque pixels as little-endian RGBA. */
    this.shades = Uint32Array.from({ length: SHADES }, (_, k) => {
      const [red, green, blue] = this.at(k / (SHADES - 1));
      return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    });
  }

  /**
   * Red, green and blue at a place from 0 to 1.
   * @param {number} place
   */
  at(place) {
    const scaled = Math.min(Math.max(place, 0), 1) * (this.steps.length - 1);
    const below = Math.min(Math.floor(scaled), this.steps.length - 2);
    const part = scaled - below;
    const [low, high] = [this.steps[below], this.steps[below + 1]];
    return low.map((value, k) => Math.round(value + part * (high[k] - value)));
  }

  /** @param {number} place */
  css(place) {
    return `rgb(${this.at(place).join(" ")})`;
  }
}

/** Away from a class in violet, towards it in orange; the weakest are still seen on either ground. */
const AWAY = new ColourMap([
  [154, 132, 214],
  [74, 42, 150],
]);
const TOWARDS = new ColourMap([
  [243, 158, 74],
  [186, 72, 4],
]);

/** Neither towards nor away. */
const NEITHER = [138, 143, 150];

/**
 * The colour of a push, red, green and blue.
 * @param {number} push from -1 (away) to 1 (towards)
 */
export function pushColour(push) {
  if (push === 0) return NEITHER;
  return (push > 0 ? TOWARDS : AWAY).at(Math.sqrt(Math.abs(push)));
}

/**
 * Relative luminance, as the guidelines for contrast have it.
 * @param {number[]} colour
 */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * The colour of text on a colour: black or white, whichever stands out more.
 * @param {number[]} colour
 */
export function inkOn(colour) {
  // Contrast with white is 1.05 / (l + 0.05), with black (l + 0.05) / 0.05: equal at l = 0.179.
  return luminance(colour) > 0.179 ? "#000" : "#fff";
}

/** @param {number[]} colour */
export const css = (colour) => `rgb(${colour.join(" ")})`;
