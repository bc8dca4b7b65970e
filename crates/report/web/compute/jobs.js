// Tasks in workers of their own, so that the page can go on.

import { ignore } from "./clip.js";

/**
 * Begins a task; `tell(progress)` hears how far it is. `answer` is a promise; `stop()` ends the task,
 * and the promise is then never kept.
 */
export function begin(task, input, tell = ignore) {
  // A worker runs the page's own script, in which it finds the tasks.
  const script = document.getElementById("code").textContent;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url);
  const stop = () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  /** @type {Promise<any>} */
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
  worker.postMessage({ task, input });
  return { answer, stop };
}
