// What a worker computes for the page: each task takes plain data and gives it back.

import { Network } from "../network.js";
import { allLosses } from "./odds.js";
import { sampledLosses } from "./sample.js";
import { summary } from "./summary.js";
import { trained } from "./training.js";

/** Milliseconds between two reports of how far it is. */
const PACE = 60;

const TASKS = {
  /** All losses of a network, and what they come to. */
  enumerate({ network, columns, labels }, tell) {
    const losses = allLosses(new Network(network), columns, labels, tell);
    return { losses, ...summary(losses) };
  },
  /** Losses of random masks, in ascending order. */
  sample({ network, columns, labels }, tell) {
    return { sorted: sampledLosses(new Network(network), columns, labels, tell) };
  },
  /** A network trained by a recipe, { layers, activation }. */
  train: (recipe, tell) => trained(recipe, tell),
};

/** In a worker: does the one task that it is sent. */
export function serve(scope) {
  scope.onmessage = ({ data: { task, input } }) => {
    let last = -Infinity;
    const tell = (progress) => {
      const now = performance.now();
      if (now - last < PACE) return;
      last = now;
      scope.postMessage({ progress });
    };
    scope.postMessage({ answer: TASKS[task](input, tell) });
  };
}
