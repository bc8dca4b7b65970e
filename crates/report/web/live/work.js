// Work of many equal parts, done a slice at a time, so that the page goes on answering.

/** Milliseconds of a slice. */
const SLICE = 12;

export class Work {
  /**
   * @param {() => void} once does one part
   * @param {(left: number) => void} after hears after each slice how many parts are left
   */
  constructor(once, after) {
    this.once = once;
    this.after = after;
    this.left = 0;
  }

  /**
   * Asks for so many parts more; the first slice is done at once.
   * @param {number} parts
   */
  add(parts) {
    const isIdle = this.left === 0;
    this.left += parts;
    if (isIdle) this.slice();
  }

  slice() {
    const start = performance.now();
    for (; this.left > 0 && performance.now() - start < SLICE; this.left--) this.once();
    this.after(this.left);
    if (this.left > 0) window.setTimeout(() => this.slice());
  }
}
