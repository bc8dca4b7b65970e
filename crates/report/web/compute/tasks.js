// What a worker computes for the page: each task takes plain data and gives it back.

import { Network } from "../network.js";
import { averages, hasAverages } from "./averages.js";
import { allLosses, joined } from "./odds.js";
import { sampledLosses } from "./sample.js";
import { summary } from "./summary.js";
import { trained } from "./training.js";

/** Milliseconds between two reports of how far it is. */
const PACE = 60;

/** Averages that may be off by more are not told. */
const MOST_ERROR = 1e-7;

/**
 * A network and points, as they are sent.
 * @typedef {object} Given
 * @property {import("../network.js").PlainNetwork} network
 * @property {Float64Array[]} columns
 * @property {Uint16Array} labels
 */

/**
 * What each task takes.
 * @typedef {object} Inputs
 * @property {Given & import("./odds.js").Share} losses
 * @property {{ shares: Float64Array[], isShallow: boolean }} summary the losses of shares
 * @property {Given} sample
 * @property {import("./training.js").Recipe} train
 */

/**
 * What it tells on its way.
 * @typedef {object} Progress
 * @property {number} losses the share that is done
 * @property {number} summary
 * @property {number} sample
 * @property {import("./training.js").Progress} train
 */

/**
 * @typedef {object} Sampled
 * @property {Float64Array} sorted
 * @property {ReturnType<typeof averages> | null} averages
 */

/**
 * What it gives back.
 * @typedef {object} Answers
 * @property {Float64Array} losses
 * @property {{ losses: Float64Array } & ReturnType<typeof summary>} summary
 * @property {Sampled} sample
 * @property {ReturnType<typeof trained>} train
 */

/**
 * @typedef {keyof Inputs} Task
 * @typedef {{ [T in Task]: (input: Inputs[T], tell: (progress: Progress[T]) => void) => Answers[T] }} Tasks
 */

/** @type {Tasks} */
const TASKS = {
  /** A share of the losses of a network. */
  losses: ({ network, columns, labels, ...share }, tell) =>
    allLosses(new Network(network), columns, labels, tell, share),
  /** All losses of a network, of shares, and what they come to. */
  summary({ shares, isShallow }) {
    const losses = joined(shares, isShallow);
    return { losses, ...summary(losses) };
  },
  /** Losses of random masks, in ascending order, and exact averages where they are to be had. */
  sample({ network, columns, labels }, tell) {
    const own = new Network(network);
    const sorted = sampledLosses(own, columns, labels, (share) => tell(share / 2));
    const found = hasAverages(own, labels.length)
      ? averages(own, columns, labels, (share) => tell((1 + share) / 2))
      : null;
    return { sorted, averages: found && found.error < MOST_ERROR ? found : null };
  },
  /** A network trained by a recipe, { layers, activation }. */
  train: (recipe, tell) => trained(recipe, tell),
};

/**
 * What a worker has of itself.
 * @typedef {object} Scope
 * @property {((event: MessageEvent) => void) | null} onmessage
 * @property {(message: object, options?: { transfer: ArrayBuffer[] }) => void} postMessage
 */

/**
 * In a worker: does the one task that it is sent.
 * @param {Scope} scope
 */
export function serve(scope) {
  scope.onmessage = ({ data: { task, input } }) => perform(scope, task, input);
}

/**
 * @template {Task} T
 * @param {Scope} scope
 * @param {T} task
 * @param {Inputs[T]} input
 */
function perform(scope, task, input) {
  let last = -Infinity;
  /** @type {Progress[T] | null} */
  let untold = null;
  /** @param {Progress[T]} progress */
  const tell = (progress) => {
    const now = performance.now();
    untold = progress;
    if (now - last < PACE) return;
    last = now;
    untold = null;
    scope.postMessage({ progress });
  };
  const answer = TASKS[task](input, tell);
  if (untold !== null) scope.postMessage({ progress: untold });
  const arrays = ArrayBuffer.isView(answer) ? [answer] : Object.values(answer);
  const buffers = arrays.flatMap((own) =>
    ArrayBuffer.isView(own) && own.buffer instanceof ArrayBuffer ? [own.buffer] : [],
  );
  scope.postMessage({ answer }, { transfer: [...new Set(buffers)] });
}
