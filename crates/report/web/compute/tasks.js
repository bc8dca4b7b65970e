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

const TASKS = {
  /** A share of the losses of a network. */
  losses: ({ network, columns, labels, ...share }, tell) =>
    allLosses(new Network(network), columns, labels, tell, share),
  /** All losses of a network, of shares, and what they come to. */
  summary(shares) {
    const losses = joined(shares);
    return { losses, ...summary(losses) };
  },
  /** Losses of random masks, in ascending order, and exact averages where they are to be had. */
  sample({ network, columns, labels }, tell) {
    const own = new Network(network);
    const sorted = sampledLosses(own, columns, labels, (share) => tell(share / 2));
    const found = hasAverages(own, labels.length)
      ? averages(own, columns, labels, (share) => tell((1 + share) / 2))
      : null;
    return { sorted, averages: found?.error < MOST_ERROR ? found : null };
  },
  /** A network trained by a recipe, { layers, activation }. */
  train: (recipe, tell) => trained(recipe, tell),
};

/** In a worker: does the one task that it is sent. */
export function serve(scope) {
  scope.onmessage = ({ data: { task, input } }) => {
    let last = -Infinity;
    let untold = null;
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
    scope.postMessage({ answer });
  };
}
