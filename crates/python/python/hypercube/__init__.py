"""Every sub-network of a small neural network, exactly.

A network with N hidden nodes has 2^N sub-networks, one for each 0/1 mask over its nodes. `losses` gives
the mean loss of all of them, `divergences` how far their outputs are from the full network's, `gradients`
their gate gradients; `spectrum`, `walsh`, `shapley`, `banzhaf`,
`interactions` and `best_masks` follow from such a table. `averages` and `best_subsets` are about the last
hidden layer at any width. `Game` is a network as a game for shapiq.
"""

from importlib.metadata import version

from hypercube._averages import Averages, averages
from hypercube._functions import (
    BestMasks,
    BestSubsets,
    banzhaf,
    best_masks,
    best_subsets,
    divergences,
    gradients,
    interactions,
    losses,
    shapley,
    spectrum,
    walsh,
)
from hypercube._game import Game
from hypercube._network import Network

__version__ = version("hypercube")
__all__ = [
    "Averages",
    "BestMasks",
    "BestSubsets",
    "Game",
    "Network",
    "averages",
    "banzhaf",
    "best_masks",
    "best_subsets",
    "divergences",
    "gradients",
    "interactions",
    "losses",
    "shapley",
    "spectrum",
    "walsh",
]
