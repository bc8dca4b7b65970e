"""A network as a cooperative game, as shapiq and others take one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from hypercube._arrays import points
from hypercube._averages import averages
from hypercube._functions import banzhaf, losses, shapley
from hypercube._indices import SHARES, interaction_scores
from hypercube._network import Network

if TYPE_CHECKING:
    import shapiq

#: Up to so many nodes a table of all masks is made.
MAX_NODES = 30
#: Numbers that an evaluation holds at once.
CHUNK = 1 << 22


class Game:
    """The mean loss, in nats, as a function of which nodes are on.

    Called on boolean coalitions [k, n_players] it gives float64 [k]. Players are all nodes of a network
    with up to 30, whose losses are all computed at the first call, and of a wider one those of the last
    hidden layer, the nodes before it being on. Arguments as for `losses`.
    """

    #: What `exact` knows.
    INDICES = tuple(SHARES)

    def __init__(self, network: Network, X: Any, y: Any, ablation: str = "zero"):
        self._arguments = (network, *points(X, y), ablation)
        self._table: np.ndarray | None = None
        self._margins: tuple[np.ndarray, np.ndarray] | None = None
        self.is_enumerated = network.n_nodes <= MAX_NODES
        #: How many players there are.
        self.n_players = network.n_nodes if self.is_enumerated else network.sizes[-2]

    @property
    def table(self) -> np.ndarray:
        """The losses of all masks, float64 [2^n_players]; up to 30 nodes."""
        if self._table is None:
            network, x, y, ablation = self._arguments
            self._table = losses(network, x, y, ablation)
        return self._table

    def __call__(self, coalitions: Any) -> np.ndarray:
        masks = np.atleast_2d(np.asarray(coalitions))
        if masks.shape[-1] != self.n_players or masks.ndim != 2:
            raise ValueError(f"coalitions have shape {list(masks.shape)}, not [coalitions, {self.n_players}]")
        if masks.dtype != bool and not np.isin(masks, [0, 1]).all():
            raise ValueError("coalitions hold other values than 0 and 1, or False and True")
        if self.is_enumerated:
            return self.table[masks.astype(np.int64) @ (1 << np.arange(self.n_players))]
        return self._evaluate(masks.astype(np.float64))

    def _evaluate(self, masks: np.ndarray) -> np.ndarray:
        """The mean of ln(1 + Σ exp z) over the classes that are wrong, z being linear in the mask."""
        if self._margins is None:
            self._margins = self._make_margins()
        rest, slopes = self._margins
        per_chunk = max(1, CHUNK // rest.size)
        found = []
        for k in range(0, len(masks), per_chunk):
            z = masks[k : k + per_chunk] @ slopes.reshape(len(slopes), -1)
            z = z.reshape(-1, *rest.shape) + rest
            most = np.maximum(z.max(1), 0)
            sums = np.exp(z - most[:, None]).sum(1) + np.exp(-most)
            found.append((most + np.log(sums)).mean(1))
        return np.concatenate(found) if found else np.empty(0)

    def _make_margins(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much each wrong class's logit leads the label's: with every node off [classes − 1, M],
        and what each node adds [n, classes − 1, M]."""
        network, x, y, ablation = self._arguments
        weights, biases = network.layers[-1]
        wrong = (y + 1 + np.arange(len(biases) - 1)[:, None]) % len(biases)
        h = network.activations(x)[:, -self.n_players :]
        mean = h.mean(0) if ablation == "mean" else np.zeros(self.n_players)
        difference = weights.T[:, wrong] - weights.T[:, None, y]
        rest = biases[wrong] - biases[y] + np.einsum("n,ncm->cm", mean, difference)
        return rest, difference * (h - mean).T[:, None, :]

    def exact(self, index: str = "SV", order: int = 2) -> shapiq.InteractionValues:
        """The exact values, as shapiq's `InteractionValues`.

        Up to 30 nodes `index` is one of `INDICES`, up to `order` (1 for SV and BV). Of wider networks with two classes it is SV, BV, BII or FBII, the
        latter two up to order 2.
        """
        import shapiq

        if index not in self.INDICES:
            raise ValueError(f"there is no index '{index}'; there are: {', '.join(self.INDICES)}")
        order = 1 if index in ("SV", "BV") else order
        if not 1 <= order <= self.n_players:
            raise ValueError(f"order {order} is not from 1 to the number of players, {self.n_players}")
        empty = float(self(np.zeros((1, self.n_players), bool))[0])
        scores: dict[tuple[int, ...], float]
        if self.is_enumerated:
            scores = self._table_scores(index, order)
        else:
            scores = self._wide_scores(index, order)
        if () not in scores:
            scores = {(): empty} | scores
        return shapiq.InteractionValues(
            scores,
            index=index,
            max_order=order,
            min_order=0,
            n_players=self.n_players,
            estimated=False,
            baseline_value=scores[()] if index == "FBII" else empty,
        )

    def _table_scores(self, index: str, order: int) -> dict[tuple[int, ...], float]:
        if index in ("SV", "BV"):
            values = (shapley if index == "SV" else banzhaf)(self.table)
            return {(i,): float(v) for i, v in enumerate(values)}
        return interaction_scores(self.table, index, order)

    def _wide_scores(self, index: str, order: int) -> dict[tuple[int, ...], float]:
        if index not in ("SV", "BV", "BII", "FBII") or order > 2:
            raise ValueError(f"{index} of order {order} needs the losses of all masks: at most {MAX_NODES} nodes")
        average = averages(*self._arguments)
        if index in ("SV", "BV"):
            values = average.shapley().values if index == "SV" else average.banzhaf().values
            return {(i,): float(v) for i, v in enumerate(values)}
        single, mean = average.banzhaf().values, average.mean_loss().value
        pairs = average.interactions().values if order == 2 else np.zeros((len(single), len(single)))
        if index == "FBII":  # as a polynomial in the mask; BII is that about its centre
            mean += pairs.sum() / 8 - single.sum() / 2
            single = single - pairs.sum(1) / 2
        scores: dict[tuple[int, ...], float] = {(): mean}
        scores |= {(i,): float(v) for i, v in enumerate(single)}
        if order == 2:
            scores |= {(i, j): float(pairs[i, j]) for i, j in combinations(range(len(single)), 2)}
        return scores
