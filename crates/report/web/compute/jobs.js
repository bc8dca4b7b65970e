// Tasks in workers of their own, so that the page can go on.

import { ignore } from "./clip.js";

/**
 * @template A
 * @typedef {{ answer: Promise<A>, stop: () => void }} Job
 */

/**
 * @typedef {import("./tasks.js").Task} Task
 * @typedef {import("./tasks.js").Inputs} Inputs
 * @typedef {import("./tasks.js").Answers} Answers
 * @typedef {import("./tasks.js").Progress} Progress
 */

/**
 * Begins a task; `tell(progress)` hears how far it is. `answer` is a promise; `stop()` ends the task,
 * and the promise is then never kept. What is `moved` is the worker's from then on.
 * @template {Task} T
 * @param {T} task
 * @param {Inputs[T]} input
 * @param {(progress: Progress[T]) => void} [tell]
 * @param {ArrayBufferLike[]} [moved]
 * @returns {Job<Answers[T]>}
 */
export function begin(task, input, tell = ignore, moved = []) {
  // A worker runs the page's own script, in which it finds the tasks.
  const script = document.getElementById("code")?.textContent ?? "";
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url);
  const stop = () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  /** @type {Promise<Answers[T]>} */
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if ("progress" in data) {
        tell(data.progress);
        return;
      }
      stop();
      resolve(data.answer);
    };
    worker.onerror = (event) => {
      stop();
      reject(new Error(event.message || "this browser computes nothing in a worker"));
    };
  });
  worker.postMessage({ task, input }, moved);
  return { answer, stop };
}

/**
 * All losses of a network, in the same way: 2^bits shares of the masks in a worker each, and then in
 * another what they come to.
 * @param {import("./tasks.js").Given} input
 * @param {number} bits
 * @param {import("./clip.js").Tell} [tell]
 * @returns {Job<Answers["summary"]>}
 */
export function beginLosses(input, bits, tell = ignore) {
  const isShallow = input.network.layers.length === 2;
  const done = Array(2 ** bits).fill(0);
  const jobs = [...done.keys()].map((share) =>
    begin("losses", { ...input, bits, share }, (own) => {
      done[share] = own;
      tell(done.reduce((sum, part) => sum + part, 0) / done.length);
    }),
  );
  /** @type {(() => void)[]} */
  const stops = jobs.map((job) => job.stop);
  const stop = () => stops.forEach((own) => own());
  const answer = Promise.all(jobs.map((job) => job.answer)).then((shares) => {
    const buffers = shares.map((own) => own.buffer);
    const last = begin("summary", { shares, isShallow }, ignore, buffers);
    stops.push(last.stop);
    return last.answer;
  });
  answer.catch(stop);
  return { answer, stop };
}
