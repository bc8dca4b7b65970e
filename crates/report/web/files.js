// Files of one's own: a network and points, dropped or chosen; both stay in this browser.

import { parseNetwork } from "./compute/checkpoint.js";
import { MAX_BYTES, Refusal, clip, reason } from "./compute/clip.js";
import { parsePoints } from "./compute/csv.js";
import { create } from "./elements.js";
import { recordOfFiles } from "./record.js";

/**
 * The page, whatever network is on it.
 * @typedef {object} Page
 * @property {Unpacked} record the present one
 * @property {string | null} ablation what a node that is off gives in the network that it began with
 * @property {(record: Unpacked, hash?: string) => void} show shows another, at an address of its own
 */

/**
 * @typedef {import("./record.js").Unpacked} Unpacked
 * @typedef {import("./record.js").Bare} Bare
 */

/**
 * What a node gives that is switched off, to be chosen.
 * @param {string | null} chosen
 */
export function ablationChoice(chosen) {
  const options = [
    new Option("0", "zero", false, chosen !== "mean"),
    new Option("its mean over the points", "mean", false, chosen === "mean"),
  ];
  const select = create("select", {}, options);
  return { select, label: create("label", {}, ["switched off, a node gives ", select]) };
}

/** @param {string} name */
const isPoints = (name) => /\.(csv|tsv|txt)$/i.test(name);

/** Where files come in. */
export class Files {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {{ name: string, plain: Bare } | null} the network that was read last */
    this.model = null;
    /** @type {{ name: string, bytes: Uint8Array } | null} points that were read last */
    this.points = null;
    this.input = create("input", {
      type: "file",
      multiple: true,
      accept: ".safetensors,.csv,.tsv,.txt",
    });
    this.input.addEventListener("change", () => this.take(this.input.files));
    this.ablation = ablationChoice(page.ablation);
    this.ablation.select.addEventListener("change", () => this.model && this.show());
    this.said = create("p", { className: "said" });
    this.said.setAttribute("role", "status");
    this.element = create("details", { className: "card bring", id: "files" }, [
      create("summary", { textContent: "Open your own network" }),
      create("p", { className: "quiet" }, [
        "Drop a safetensors file and a csv of points anywhere on this page, or choose them. They are " +
          "read as by the command line, and stay in this browser. A csv has a column for each input " +
          "and one of labels; its header is ",
        create("code", { textContent: "x0,x1,label" }),
        " for two inputs.",
      ]),
      create("p", { className: "row" }, [
        create("label", {}, ["files ", this.input]),
        this.ablation.label,
      ]),
      this.said,
    ]);
    this.listen();
  }

  listen() {
    /** @param {DragEvent} event */
    const filesIn = ({ dataTransfer }) =>
      dataTransfer?.types.includes("Files") ? dataTransfer.files : null;
    document.addEventListener("dragover", (event) => {
      if (!filesIn(event)) return;
      event.preventDefault();
      document.documentElement.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) document.documentElement.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      document.documentElement.classList.remove("dropping");
      const files = filesIn(event);
      if (!files) return;
      event.preventDefault();
      this.element.open = true;
      this.take(files);
    });
  }

  /**
   * Reads files, and shows what they make; says in one line what is wrong with them.
   * @param {FileList | null} list
   */
  async take(list) {
    const files = [...(list ?? [])];
    if (files.length === 0) return;
    this.tell("Reading …");
    try {
      // A network first: what points are right depends on it.
      for (const file of files.filter((own) => !isPoints(own.name))) {
        const bytes = await this.bytes(file, "model");
        const plain = this.parsed("model", file.name, () => parseNetwork(bytes));
        this.model = { name: file.name, plain };
        this.points = null;
      }
      for (const file of files.filter((own) => isPoints(own.name))) {
        this.points = { name: file.name, bytes: await this.bytes(file, "points") };
      }
      this.show();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.tell(error.message, true);
    } finally {
      // The same file may be chosen again, once it is mended.
      this.input.value = "";
    }
  }

  /**
   * @param {File} file
   * @param {string} what it is
   */
  async bytes(file, what) {
    const name = clip(file.name, Infinity);
    if (file.size > MAX_BYTES) {
      const most = `${MAX_BYTES / 2 ** 20} MiB`;
      throw new Refusal(
        `cannot read ${what} ${name}: it is larger than ${most}, the most that is read`,
      );
    }
    try {
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      throw new Refusal(`cannot read ${what} ${name}: ${reason(error)}`);
    }
  }

  /**
   * What `parse` makes of a file, or its refusal as the command line words it.
   * @template T
   * @param {string} what
   * @param {string} name
   * @param {() => T} parse
   */
  parsed(what, name, parse) {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(`${what} ${clip(name, Infinity)}: ${error.message}`);
    }
  }

  /** Shows the network and points that were read last; what is missing is that of the page. */
  show() {
    const { record } = this.page;
    const plain = this.model?.plain ?? record.network.plain;
    const inputs = plain.layers[0].inputs;
    const classes = plain.layers[plain.layers.length - 1].outputs;
    /** @type {import("./compute/training.js").Points} */
    let points = { columns: record.points.columns, labels: record.labels };
    if (this.points) {
      const { name, bytes } = this.points;
      points = this.parsed("points", name, () => parsePoints(bytes, inputs, classes));
    } else if (points.columns.length !== inputs || points.labels.some((y) => y >= classes)) {
      const name = clip(this.model?.name ?? "the network here");
      throw new Refusal(
        `${name} takes ${inputs} inputs and has ${classes} classes, other than the points here: ` +
          "give a csv for it",
      );
    }
    const names = { model: this.model?.name, points: this.points?.name ?? "this page" };
    const ablation = this.ablation.select.value;
    this.page.show(recordOfFiles(plain, ablation, points, names, record.colours));
    this.tell(`${clip(names.model ?? "the network here")} on points of ${clip(names.points)}.`);
  }

  /**
   * @param {string} text
   * @param {boolean} [isWrong]
   */
  tell(text, isWrong = false) {
    this.said.textContent = text;
    this.said.classList.toggle("wrong", isWrong);
    // Files may be dropped where this cannot be seen; nothing scrolls where it can.
    if (isWrong) this.said.scrollIntoView({ block: "nearest" });
  }
}
