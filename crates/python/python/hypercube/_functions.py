"""The functions: numpy in, numpy out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hypercube import _engine
from hypercube._arrays import Progress, coordinates, points, table, told
from hypercube._network import Network


class BestMasks(NamedTuple):
    """The best mask of each size: arrays of [N + 1]."""

    #: How many nodes are on: 0 … N.
    size: np.ndarray
    #: The mask as an integer, bit i set if node i is on (the smallest such mask if several tie).
    mask: np.ndarray
    #: Its value, in the table's unit.
    value: np.ndarray


class BestSubsets(NamedTuple):
    """The best mask of each size of the last hidden layer, of n nodes: arrays of [n + 1]."""

    #: How many nodes of the last hidden layer are on: 0 … n.
    size: np.ndarray
    #: Which nodes of the whole network are on, bool [n + 1, N]; those before the last hidden layer are.
    mask: np.ndarray
    #: Mean loss in nats.
    loss: np.ndarray
    #: Share of the points that are classified correctly.
    accuracy: np.ndarray
    #: No mask of this size has a smaller loss.
    lower_bound: np.ndarray
    #: Whether the bound is within 1e-9 of the loss, relatively.
    proven: np.ndarray


def losses(network: Network, X: Any, y: Any, ablation: str = "zero", progress: Progress = None) -> np.ndarray:
    """The mean loss of every sub-network, exactly: float64 [2^N], in nats.

    The index is the mask as an integer: bit i is set if node i is on, so that `[0]` is the empty and
    `[-1]` the full network. `X` [M, inputs] and `y` [M], classes from 0, are the points that every
    loss is a mean over. A removed node's activation is replaced by 0 (`ablation="zero"`) or by its
    mean over the points in the full network (`"mean"`).

    `progress` is True (to stderr) or is called with what is done and of how much. Up to 30 nodes;
    more, or points that do not fit, is a ValueError, and more memory than is free a MemoryError.
    """
    x, y = points(X, y)
    return _engine.losses(network._engine, network._inputs(x), y, ablation, told(progress, "losses"))


def divergences(network: Network, X: Any, ablation: str = "zero", progress: Progress = None) -> np.ndarray:
    """How far every sub-network's output is from the full network's, exactly: float64 [2^N], in nats.

    For each mask the mean over the points of the Kullback–Leibler divergence Σ_c q_c ln(q_c / p_c), p being
    the class probabilities under the mask and q those of the full network: what circuit work calls
    faithfulness. It takes no labels. Everything else is as for `losses`.
    """
    x = network._inputs(coordinates(X))
    y = np.zeros(len(x), np.int64)
    return _engine.divergences(network._engine, x, y, ablation, told(progress, "divergences"))


def gradients(
    network: Network, X: Any, y: Any, ablation: str = "zero", progress: Progress = None, value: str = "loss"
) -> np.ndarray:
    """The gate gradients of every sub-network: float32 [2^N, N], in nats.

    Row b, column i: the derivative of mask b's mean loss by the number that node i's activation is
    multiplied with, 1 where it is on and 0 where it is off. With `value="kl"`, of its divergence from the
    full network (`divergences`), and the labels do not matter. Everything else is as for `losses`.
    """
    x, y = points(X, y)
    x = network._inputs(x)
    n = network.n_nodes
    if n <= 30:  # beyond, the engine refuses
        _check_memory(f"the gate gradients of 2^{n} masks", 4 * n << n)
    return _engine.gradients(network._engine, x, y, ablation, value, told(progress, "gradients"))


def spectrum(values: Any) -> np.ndarray:
    """The Walsh weights of all degrees of a function of masks [2^N]: float64 [N + 1], in its unit squared.

    W^k is the sum of the squares of the coefficients (`walsh`) of all sets of k nodes. W^0 is the
    square of the mean over all masks, and the others add up to the variance.
    """
    return _engine.spectrum(table(values))


def walsh(values: Any) -> np.ndarray:
    """The Walsh coefficients of a function of masks [2^N]: float64 [2^N], in its unit.

    f̂(S) = 2^−N Σ_b f(b) (−1)^|b ∧ S|, indexed by the set S of nodes as a mask.
    """
    return _engine.walsh(table(values))


def shapley(values: Any) -> np.ndarray:
    """The Shapley value of every node for a function of masks [2^N]: float64 [N], in its unit.

    Where that is a loss, a negative value means that the node helps. They add up to full − empty.
    """
    return _engine.shapley_and_banzhaf(table(values))[0]


def banzhaf(values: Any) -> np.ndarray:
    """The Banzhaf value of every node for a function of masks [2^N], f(node on) − f(node off) averaged
    over all masks of the others: float64 [N], in its unit."""
    return _engine.shapley_and_banzhaf(table(values))[1]


def interactions(values: Any) -> np.ndarray:
    """The Banzhaf interaction of every pair of nodes for a function of masks [2^N]: float64 [N, N], in its unit.

    The mean over all masks of the other nodes of f(both on) − f(i on) − f(j on) + f(both off);
    symmetric, 0 on the diagonal.
    """
    coefficients = walsh(values)
    bits = 1 << np.arange(len(coefficients).bit_length() - 1)
    pairs = 4 * coefficients[bits[:, None] | bits[None, :]]
    np.fill_diagonal(pairs, 0)
    return pairs


def best_masks(values: Any) -> BestMasks:
    """The mask with the smallest value of each size, for a function of masks [2^N]."""
    mask, value = _engine.best_masks(table(values))
    return BestMasks(np.arange(len(mask)), mask, value)


def best_subsets(
    network: Network,
    X: Any,
    y: Any,
    seconds: float = 60,
    ablation: str = "zero",
    progress: Progress = None,
    value: str = "loss",
) -> BestSubsets:
    """The best sub-network of each size of the last hidden layer, at any width, with a proof or a bound.

    The nodes before the last hidden layer stay on. Ends when all sizes are proven or the `seconds` are
    over (a little later with hundreds of nodes); what is not proven by then has the gap between
    `lower_bound` and `loss`. `progress` is told how many sizes are proven. With `value="kl"`, `loss` is the
    divergence from the full network (`divergences`). Arguments as for `losses`.
    """
    x, y = points(X, y)
    x = network._inputs(x)
    found = _engine.best_subsets(
        network._engine, x, y, (ablation, value), seconds, told(progress, "sizes proven")
    )
    return BestSubsets(np.arange(len(found[0])), *found)


def _check_memory(what: str, needed: int) -> None:
    try:
        with open("/proc/meminfo") as file:
            free = next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):  # not Linux: it is not known
        return
    if needed > free:
        raise MemoryError(
            f"{what} take {needed / 2**30:.1f} GiB, but {free / 2**30:.1f} GiB are free: free some, or use a "
            "smaller network"
        )
