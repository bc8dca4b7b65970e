// What plays by itself: one step after the other, at a steady pace.

/** Milliseconds between two steps of what is played. */
const PACE = 420;

/** Calls `step` at a steady pace until it returns false; `onChange` hears of both ends. */
export class Player {
  /**
   * @param {() => boolean} step
   * @param {() => void} onChange
   */
  constructor(step, onChange) {
    this.step = step;
    this.onChange = onChange;
    /** @type {number | null} */
    this.timer = null;
  }

  get isPlaying() {
    return this.timer !== null;
  }

  toggle() {
    if (this.isPlaying) this.stop();
    else this.start();
  }

  start() {
    const next = () => {
      if (this.step() === false) this.stop();
    };
    this.timer = window.setInterval(next, PACE);
    next();
    this.onChange();
  }

  stop() {
    if (this.timer === null) return;
    window.clearInterval(this.timer);
    this.timer = null;
    this.onChange();
  }
}
