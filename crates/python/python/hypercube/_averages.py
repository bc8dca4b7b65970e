"""Exact averages over all masks of the last hidden layer, at any width."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hypercube import _engine
from hypercube._arrays import Progress, points, told
from hypercube._network import Network


class Value(NamedTuple):
    """A number, and a bound on how far from it the exact one is."""

    value: float
    error: float


class Values(NamedTuple):
    """Values of nodes or pairs, and a bound: none of the exact ones is further from its value."""

    values: np.ndarray
    error: float


class Curve(NamedTuple):
    """The mean loss for p from 0 to 1: arrays of [steps + 1], and a bound on the means' error."""

    p: np.ndarray
    loss: np.ndarray
    derivative: np.ndarray
    error: float


class GateGradients(NamedTuple):
    """Mean gate gradients over the masks with the node on, and over those with it off: [n] each."""

    on: np.ndarray
    off: np.ndarray
    error: float


class Averages:
    """Exact averages over all 2^n masks of the last hidden layer, n nodes, without enumerating them.

    The nodes before it stay on; for a single hidden layer that is every mask of the network. p is the
    probability with which a node is on, independently. Losses are in nats. Made by `averages`.
    """

    def __init__(self, engine: _engine.Averages):
        self._engine = engine

    @property
    def n_nodes(self) -> int:
        """Number of nodes of the last hidden layer, n."""
        return self._engine.n_nodes()

    def mean_loss(self, p: float = 0.5) -> Value:
        """The mean loss over all masks."""
        return Value(*self._engine.mean_loss(p))

    def mean_curve(self, steps: int = 100, progress: Progress = None) -> Curve:
        """The mean loss and its derivative for p = 0, 1/steps, …, 1."""
        (p, loss, derivative), error = self._engine.mean_curve(steps, told(progress, "mean curve"))
        return Curve(p, loss, derivative, error)

    def flip_effects(self, p: float = 0.5) -> Values:
        """The mean of loss(node on) − loss(node off) of every node: [n]."""
        return Values(*self._engine.flip_effects(p))

    def gate_gradients(self, p: float = 0.5) -> GateGradients:
        """The mean derivative of the loss by every node's mask value."""
        return GateGradients(*self._engine.gate_gradients(p))

    def shapley(self, progress: Progress = None) -> Values:
        """The Shapley value of every node: [n]. Negative if the node helps."""
        return Values(*self._engine.shapley(told(progress, "Shapley values")))

    def banzhaf(self) -> Values:
        """The Banzhaf value of every node: [n], its flip effect at p = 1/2."""
        return self.flip_effects(0.5)

    def interactions(self, progress: Progress = None) -> Values:
        """The Banzhaf interaction of every pair of nodes: [n, n], symmetric, 0 on the diagonal."""
        walsh, error = self._engine.pairs(told(progress, "interactions"))
        return Values(4 * (walsh + walsh.T), 4 * error)


def averages(network: Network, X: Any, y: Any, ablation: str = "zero", value: str = "loss") -> Averages:
    """Prepares exact averages over all masks of the last hidden layer of a network with two classes.

    With `value="kl"` they are of the divergence from the full network (`divergences`), and the labels do
    not matter. Arguments as for `losses`; there is no limit on the number of nodes.
    """
    x, y = points(X, y)
    return Averages(_engine.Averages(network._engine, network._inputs(x), y, ablation, value))
