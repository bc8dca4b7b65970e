// What the pointer does to the map: reads a point, switches a line, cuts several. A mouse shows which
// line it is on before it clicks; a finger's first tap does that, and its next one on the line switches.

import { preActivations } from "./network.js";
import { SIZE } from "./plane.js";

/** Units of the drawing that a hand that clicks may tremble. */
const TREMBLE = 4;

/** How near a finger has to be to a line, which hides what it points at. */
const FINGER = 16;

/**
 * @typedef {object} PlaneHandlers
 * @property {(i: number) => void} toggle
 * @property {(nodes: number[], on: boolean, isFirst: boolean) => void} cut
 * @property {(at: number[] | null) => void} hover
 * @property {(at: number[]) => void} pin
 * @property {(i: number | null, at: number[]) => void} offer selects a node, to be switched by another tap
 * @property {() => number | null} offered the node that another tap switches
 * @property {(i: number | null) => void} over
 */

/**
 * A pointer that is down: where it came down and was last, the nodes whose lines it has cut, and which
 * way it switched the first.
 * @typedef {{ from: number[], last: number[], cut: Set<number>, on: boolean | null }} Drag
 */

/**
 * Listens to the pointer over the map.
 * @param {HTMLElement} element
 * @param {import("./plane.js").Plane} plane
 * @param {PlaneHandlers} handlers
 */
export function listenTo(element, plane, handlers) {
  /** @type {Drag | null} */
  let drag = null;
  /** @type {number[]} where a line was offered last */
  let tapped = [Infinity, Infinity];
  /** @param {PointerEvent} event */
  const isTouch = (event) => event.pointerType === "touch";
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const point = plane.pointOf(event);
    drag = { from: point, last: point, cut: new Set(), on: null };
    if (event.pointerType === "mouse") element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    const point = plane.pointOf(event);
    if (!drag) handlers.over(plane.nearest(point));
    handlers.hover(point);
    if (drag) cut(plane, handlers, drag, point, isTouch(event) ? fingerReach(element) : TREMBLE);
  });
  element.addEventListener("pointerup", (event) => {
    const point = plane.pointOf(event);
    if (drag && drag.cut.size === 0) {
      if (isTouch(event)) tapped = tap(plane, handlers, point, fingerReach(element), tapped);
      else click(plane, handlers, point);
    }
    drag = null;
  });
  element.addEventListener("pointercancel", () => (drag = null));
  element.addEventListener("pointerleave", (event) => {
    // A finger leaves as it is lifted: what its tap has lit up stays so.
    handlers.over(isTouch(event) ? handlers.offered() : null);
    handlers.hover(null);
  });
}

/**
 * @param {import("./plane.js").Plane} plane
 * @param {PlaneHandlers} handlers
 * @param {number[]} point
 */
function click(plane, handlers, point) {
  const node = plane.nearest(point);
  if (node === null) handlers.pin(point);
  else handlers.toggle(node);
}

/**
 * Offers the line that a finger is on, or switches it if it was offered there; the place it was offered at.
 * @param {import("./plane.js").Plane} plane
 * @param {PlaneHandlers} handlers
 * @param {number[]} point
 * @param {number} reach of a finger, in units of the drawing
 * @param {number[]} before where the last one was
 */
function tap(plane, handlers, point, reach, before) {
  const offered = handlers.offered();
  const node = plane.nearest(point, reach);
  // No finger comes down twice on quite the same spot, and a little beside it another line is nearer.
  const far = Math.hypot(point[0] - before[0], point[1] - before[1]);
  const isThere = node !== null && far < (reach * 2 * plane.extent) / SIZE;
  if (offered !== null && (node === offered || isThere)) {
    handlers.toggle(offered);
    return before;
  }
  handlers.offer(node, point);
  return point;
}

/**
 * A finger's reach in units of the drawing: on a small map it spans more of them.
 * @param {HTMLElement} element
 */
function fingerReach(element) {
  return (FINGER * SIZE) / Math.max(element.clientWidth, 1);
}

/**
 * Switches every line that the pointer crosses the way it switched the first.
 * @param {import("./plane.js").Plane} plane
 * @param {PlaneHandlers} handlers
 * @param {Drag} drag
 * @param {number[]} point
 * @param {number} tremble units of the drawing that are no stroke yet
 */
function cut(plane, handlers, drag, point, tremble) {
  const { gates } = plane;
  if (!plane.hasLines || !gates) return;
  const far = Math.hypot(point[0] - drag.from[0], point[1] - drag.from[1]);
  if (far < (tremble * 2 * plane.extent) / SIZE && drag.cut.size === 0) return;
  const [before, after] = [drag.last, point].map(([x0, x1]) =>
    preActivations(plane.network, gates, x0, x1),
  );
  drag.last = point;
  const crossed = [...before.keys()].filter((i) => before[i] > 0 !== after[i] > 0);
  const fresh = crossed.filter((i) => !drag.cut.has(i));
  if (fresh.length === 0) return;
  const isFirst = drag.on === null;
  const on = drag.on ?? gates[fresh[0]] === 0;
  drag.on = on;
  for (const i of fresh) drag.cut.add(i);
  handlers.cut(fresh, on, isFirst);
}
