// Where the keyboard is among several buttons.

/**
 * Arrow keys, Home and End among buttons of which one can be reached by tab.
 * @param {HTMLElement[]} buttons
 * @param {number} i the one that has the focus
 * @param {KeyboardEvent} event
 */
export function moveAmong(buttons, i, event) {
  const last = buttons.length - 1;
  /** @type {Record<string, number>} */
  const to = {
    ArrowDown: i + 1,
    ArrowRight: i + 1,
    ArrowUp: i - 1,
    ArrowLeft: i - 1,
    Home: 0,
    End: last,
  };
  if (!(event.key in to)) return;
  event.preventDefault();
  buttons[Math.min(Math.max(to[event.key], 0), last)].focus();
}
