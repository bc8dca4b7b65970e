// Numbers of a csv, and what a comma in them means.

import { Refusal, clip, isFloat32, numberOf } from "./clip.js";

/** Reads numbers, and remembers how they were written. */
export class Decimals {
  /**
   * `commas`: whether a comma can be part of a number, which it cannot where it separates columns.
   * @param {boolean} commas
   */
  constructor(commas) {
    this.commas = commas;
    this.point = false;
    /**
     * The first number with a comma, and whether some such number cannot be thousands.
     * @type {string | null}
     */
    this.comma = null;
    this.certain = false;
  }

  /**
   * The number that a field is, or null.
   * @param {string} field
   */
  parse(field) {
    const at = this.commas ? field.indexOf(",") : -1;
    if (at < 0) {
      this.point ||= field.includes(".");
      return numberOf(field);
    }
    // A point, or another comma, is no part of a number with a decimal comma.
    if (field.includes(".")) return null;
    const [whole, rest] = [field.slice(0, at), field.slice(at + 1)];
    const value = numberOf(`${whole}.${rest}`);
    if (value === null) return null;
    const digits = whole.replace(/^[+-]+/, "");
    const thousands = /^\d{3}$/.test(rest) && /^.{1,3}$/.test(digits) && !digits.startsWith("0");
    this.certain ||= !thousands;
    this.comma ??= clip(field);
    return value;
  }

  /**
   * The coordinate that a field is.
   * @param {string} name
   * @param {string} field
   */
  coordinate(name, field) {
    const value = this.parse(field);
    if (value === null) {
      throw new Refusal(
        `${clip(name)} is '${clip(field)}', not a number; write it like 0.5 or -1e-3`,
      );
    }
    if (!isFloat32(value)) {
      throw new Refusal(
        `${clip(name)} is ${clip(field)}; points must be finite, and below 3.4e38, which is as far ` +
          "as float32 goes",
      );
    }
    return value;
  }

  /** Refuses numbers that could mean two things. */
  check() {
    if (this.comma === null) return;
    if (this.point) {
      throw new Refusal(
        `some numbers have a decimal point and some a comma, such as '${this.comma}'; write all ` +
          "with a point, and none with separators of thousands",
      );
    }
    if (!this.certain) {
      throw new Refusal(
        `'${this.comma}' could mean thousands or a decimal comma; write it with a point or without ` +
          "the comma",
      );
    }
  }
}
