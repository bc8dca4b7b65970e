// Where the page begins: the network that it was made with, and others that take its place.

import { App } from "./app.js";
import { reason } from "./compute/clip.js";
import { begin, beginLosses } from "./compute/jobs.js";
import { isEnumerable, shareBits } from "./compute/odds.js";
import { serve } from "./compute/tasks.js";
import { byId } from "./elements.js";
import { Files } from "./files.js";
import { parsePart } from "./recipes.js";
import { unpack } from "./record.js";
import { Sample, Table } from "./table.js";
import { Trainer } from "./trainer.js";

/** Parts of the page that stay as they are when the network is another. */
const STAY = ["bring", "said"];

/** @typedef {import("./record.js").Unpacked} Unpacked */

/** The page, whatever network is on it. */
class Playground {
  /** @param {Unpacked} record */
  constructor(record) {
    this.record = record;
    /** @type {App | null} */
    this.app = null;
    /** @type {{ stop: () => void } | null} */
    this.job = null;
    this.ablation = record.about.ablation;
    this.parts = [...document.body.children]
      .filter((part) => !STAY.includes(part.id) && !(part instanceof HTMLScriptElement))
      .map((part) => ({ part, fresh: part.cloneNode(true) }));
    /** Networks that were on the page, by their part of the address. */
    this.records = new Map([[record.origin, record]]);
    const { hash } = window.location;
    const wanted = networkIn(hash);
    // Not another network's view.
    if (wanted.made) window.history.replaceState(null, "", window.location.pathname);
    this.open(record);
    this.trainer = new Trainer(this);
    byId("bring").append(this.trainer.element, new Files(this).element);
    // Before the present network's own listener, which looks no further than that.
    window.addEventListener("hashchange", (event) => this.follow(event), { capture: true });
    if (wanted.made) this.trainer.follow(wanted.made, hash);
  }

  /**
   * Shows a network in place of the present one, as a page of its own to go back from.
   * @param {Unpacked} record
   * @param {string} [hash] the address, if it says more than which network it is
   */
  show(record, hash) {
    if (record.about.made === "files") record.origin = `files=${this.records.size}`;
    this.records.set(record.origin, record);
    this.app?.controls.writeAddress();
    window.history.pushState(null, "", hash ?? `#${record.origin}`);
    this.exchange(record);
  }

  /**
   * Goes to the network that the address is about.
   * @param {Event} event
   */
  follow(event) {
    const { hash } = window.location;
    const { origin, made } = networkIn(hash);
    if (origin === this.record.origin) return;
    const known = this.records.get(origin);
    if (!known && !made) return;
    event.stopImmediatePropagation();
    if (known) this.exchange(known);
    else if (made) this.trainer.follow(made, hash);
  }

  /** @param {Unpacked} record */
  exchange(record) {
    this.app?.leave();
    this.job?.stop();
    for (const own of this.parts) {
      const next = /** @type {Element} */ (own.fresh.cloneNode(true));
      own.part.replaceWith(next);
      own.part = next;
    }
    this.open(record);
  }

  /** @param {Unpacked} record */
  open(record) {
    delete document.documentElement.dataset.settled;
    this.record = record;
    // Begun before anything is drawn: it goes on in workers meanwhile.
    const known = this.known(record);
    const app = new App(record);
    this.app = app;
    document.documentElement.dataset.ready = String(record.network.n);
    this.settle(app, record, known);
  }

  /**
   * Gives the page what is known of its network's losses, once it is.
   * @param {App} app
   * @param {Unpacked} record
   * @param {Promise<Partial<Unpacked>>} known
   */
  async settle(app, record, known) {
    try {
      Object.assign(record, await known);
      app.settle();
    } catch (error) {
      app.numbers.wait(`not known: ${reason(error)}`, "not known");
    }
    document.documentElement.dataset.settled = record.sample ? "sample" : "all";
  }

  /**
   * All losses of a record's network, or a sample of them, and what these come to.
   * @param {Unpacked} record
   * @returns {Promise<Partial<Unpacked>>}
   */
  async known({ network, points, labels }) {
    const isAll = isEnumerable(network, labels.length);
    const what = isAll ? `all ${(2 ** network.n).toLocaleString("en-US")} losses` : "a sample";
    /** @param {number} share */
    const tell = (share) => {
      const part = `${Math.floor(100 * share)} %`;
      this.app?.numbers.wait(`computing ${what}: ${part}`, part);
    };
    const input = { network: network.plain, columns: points.columns, labels };
    if (isAll) {
      const job = beginLosses(input, shareBits(network, navigator.hardwareConcurrency), tell);
      this.job = job;
      const { losses, sorted, ...rest } = await job.answer;
      return { table: new Table({ losses, sorted }), ...rest };
    }
    const job = begin("sample", input, tell);
    this.job = job;
    const { sorted, averages } = await job.answer;
    return { sample: new Sample({ sorted }), averages };
  }
}

/**
 * The part of an address that says which network it is, and what that was made by if it can be again.
 * @param {string} hash
 */
function networkIn(hash) {
  const part = hash.match(/[#&]((?:train|files)=([^&]*))/);
  const isTrained = part?.[1].startsWith("train=") ?? false;
  return { origin: part?.[1] ?? "", made: isTrained ? parsePart(part?.[2] ?? "") : null };
}

// The same script runs in the workers that it starts.
if (typeof document === "undefined") serve(self);
else new Playground(unpack(JSON.parse(byId("record").textContent)));
