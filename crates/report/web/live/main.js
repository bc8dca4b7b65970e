// Starts the pieces of the page, each when it comes near.

import { byId } from "../elements.js";
import { Centring } from "./centring.js";
import { FlipPaths } from "./flippath.js";
import { unpack } from "./given.js";
import { Greedy } from "./greedy.js";
import { Reversal } from "./reversal.js";

/** @type {Record<string, new (element: HTMLElement, given: import("./given.js").Given) => object>} */
const PIECES = { "flip-path": FlipPaths, reversal: Reversal, greedy: Greedy, centring: Centring };

/** @param {HTMLElement} element */
const pieceOf = (element) => PIECES[element.dataset.live ?? ""];

/** How far below the screen a piece is made ready. */
const AHEAD = "600px";

function start() {
  const given = unpack(JSON.parse(byId("live-data").textContent));
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || !(target instanceof HTMLElement)) continue;
        near.unobserve(target);
        new (pieceOf(target))(target, given);
      }
    },
    { rootMargin: AHEAD },
  );
  for (const element of document.querySelectorAll("[data-live]")) {
    if (!(element instanceof HTMLElement) || !pieceOf(element)) continue;
    element.hidden = false;
    near.observe(element);
  }
}

start();
