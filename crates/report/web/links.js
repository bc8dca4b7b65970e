// Links to a view: what in one does not fit the network is said, not passed over.

import { byId } from "./elements.js";
import { maskText } from "./masks.js";
import { strange } from "./state.js";

/** Longest part of a link that is repeated. */
const MOST = 60;

/**
 * Says which parts of an address make no sense here, until it is put away or another address does.
 * @param {string} hash the part after #
 * @param {import("./state.js").View} view
 */
export function tellLink(hash, view) {
  const wrong = strange(hash, view);
  const notice = byId("notice");
  notice.hidden = wrong.length === 0;
  if (wrong.length === 0) return;
  const parts = wrong.map((part) => (part.length > MOST ? `${part.slice(0, MOST)}…` : part));
  const isMask = wrong.some((part) => part.startsWith("mask="));
  const full = maskText((1n << BigInt(view.n)) - 1n, view.n);
  const masks = isMask ? ` Masks of ${view.n} nodes are whole numbers from 0 to ${full}.` : "";
  const isFiles = wrong.some((part) => part.startsWith("files="));
  const files = isFiles ? " A network from files is in no link: open the files once more." : "";
  const count = [...new URLSearchParams(hash.replace(/^#/, ""))].length;
  const rest = count > wrong.length ? " The rest of it is shown." : "";
  byId("notice-text").textContent =
    `This link does not fit this network: ${parts.join(", ")}.${masks}${files}${rest}`;
}

/** Lets what was said be put away. */
export function listenToNotice() {
  byId("notice-close").addEventListener("click", () => (byId("notice").hidden = true));
}
