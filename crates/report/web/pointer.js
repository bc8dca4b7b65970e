// What the pointer does to the map: reads a point, switches a line, cuts several.

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
    handlers.hover(point);
    if (drag) cut(plane, handlers, drag, point);
    else handlers.over(plane.nearest(point));
  });
  element.addEventListener("pointerup", (event) => {
    const point = plane.pointOf(event);
    if (drag && drag.cut.size === 0) {
      const node = plane.nearest(point, isTouch(event) ? fingerReach(element) : undefined);
      if (node === null) handlers.pin(point);
      else handlers.toggle(node);
    }
    drag = null;
  });
  element.addEventListener("pointercancel", () => (drag = null));
  element.addEventListener("pointerleave", () => {
    handlers.hover(null);
    handlers.over(null);
  });
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
 */
function cut(plane, handlers, drag, point) {
  const { gates } = plane;
  if (!plane.hasLines || !gates) return;
  const far = Math.hypot(point[0] - drag.from[0], point[1] - drag.from[1]);
  if (far < (TREMBLE * 2 * plane.extent) / SIZE && drag.cut.size === 0) return;
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
