// Where the page begins: the network that it was made with, and others that take its place.

import { App } from "./app.js";
import { reason } from "./compute/clip.js";
import { begin, beginLosses } from "./compute/jobs.js";
import { isEnumerable, shareBits } from "./compute/odds.js";
import { serve } from "./compute/tasks.js";
import { byId } from "./elements.js";
import { Files } from "./files.js";
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
    this.open(record);
    byId("bring").append(new Trainer(this).element, new Files(this).element);
  }

  /**
   * Shows a network in place of the present one.
   * @param {Unpacked} record
   */
  show(record) {
    this.app?.leave();
    this.job?.stop();
    for (const own of this.parts) {
      const next = /** @type {Element} */ (own.fresh.cloneNode(true));
      own.part.replaceWith(next);
      own.part = next;
    }
    // What the address says is of the network before.
    window.history.replaceState(null, "", window.location.pathname);
    this.open(record);
  }

  /** @param {Unpacked} record */
  open(record) {
    delete document.documentElement.dataset.settled;
    this.record = record;
    const app = new App(record);
    this.app = app;
    document.documentElement.dataset.ready = String(record.network.n);
    this.settle(record, app);
  }

  /**
   * Has all losses computed, or a sample of them, and given to the page.
   * @param {Unpacked} record
   * @param {App} app
   */
  async settle(record, app) {
    const { network, points, labels } = record;
    const isAll = isEnumerable(network, labels.length);
    const what = isAll ? `all ${(2 ** network.n).toLocaleString("en-US")} losses` : "a sample";
    app.numbers.wait(`computing ${what}`);
    const input = { network: network.plain, columns: points.columns, labels };
    /** @param {number} share */
    const tell = (share) => app.numbers.wait(`computing ${what}: ${Math.floor(100 * share)} %`);
    try {
      if (isAll) {
        const job = beginLosses(input, shareBits(network, navigator.hardwareConcurrency), tell);
        this.job = job;
        const { losses, sorted, best, covariance, averages } = await job.answer;
        Object.assign(record, { table: new Table({ losses, sorted }), best, covariance, averages });
      } else {
        const job = begin("sample", input, tell);
        this.job = job;
        const { sorted, averages } = await job.answer;
        Object.assign(record, { sample: new Sample({ sorted }), averages });
      }
      app.settle();
    } catch (error) {
      app.numbers.wait(`not known: ${reason(error)}`);
    }
    document.documentElement.dataset.settled = isAll ? "all" : "sample";
  }
}

// The same script runs in the workers that it starts.
if (typeof document === "undefined") serve(self);
else new Playground(unpack(JSON.parse(byId("record").textContent)));
