// Which class each node pushes towards.

import { Network, backward } from "./network.js";

/**
 * How each node pushes towards a class where it is active, [N]: the mean over the points of
 * h_i × ∂(z_class - mean of the other logits)/∂g_i in the full network.
 * @param {Network} network
 * @param {import("./field.js").Field} field
 * @param {number} shown
 */
export function pushes(network, field, shown) {
  const push = new Float64Array(network.n);
  const full = new Float64Array(network.n).fill(1);
  const others = network.classes - 1;
  const bare = Object.assign(Object.create(Network.prototype), network, {
    means: new Float64Array(network.n),
  });
  field.each(full, (block, _, count) => {
    for (const [c, row] of block.up.slice(0, network.classes).entries()) {
      row.fill(c === shown ? 1 : -1 / others, 0, count);
    }
    backward(bare, full, block, count, push);
  });
  return push.map((sum) => sum / field.count);
}
