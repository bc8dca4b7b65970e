"""Interaction indices of a function of masks, from its discrete derivatives.

Every index here is a sum over the sets T of other players of Δ_S(T) = Σ_{L ⊆ S} (−1)^{|S| − |L|} f(T ∪ L)
with a weight p(t) of T's size alone. What tells the indices apart is how much of the Möbius coefficient
a(S ∪ L) each takes, q(l) with l = |L|; the weights follow from q, in exact fractions:

    Δ_S(T) = Σ_{L ⊆ T} a(S ∪ L), so q(l) = Σ_t C(m − l, t − l) p(t) and
    p(t) = Σ_{l ≥ t} (−1)^{l − t} C(m − t, l − t) q(l), with m players outside S.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb

import numpy as np


@cache
def _bernoulli(m: int) -> Fraction:
    if m == 0:
        return Fraction(1)
    return -sum((comb(m + 1, k) * _bernoulli(k) for k in range(m)), Fraction(0)) / (m + 1)


def _k_sii(s: int, l: int, k: int) -> Fraction:
    return sum((_bernoulli(r) * comb(l, r) / Fraction(l - r + 1) for r in range(min(k - s, l) + 1)), Fraction(0))


def _faithful(weight, s: int, l: int, k: int) -> Fraction:
    """Tsai, Yeh and Ravikumar, "Faith-Shap", Journal of Machine Learning Research 24 (2023)."""
    if s + l <= k:
        return Fraction(l == 0)
    return (-1) ** (k - s) * weight(s, s + l, k)


def _fsii(s: int, t: int, k: int) -> Fraction:
    return Fraction(s, k + s) * comb(k, s) * Fraction(comb(t - 1, k), comb(t + k - 1, k + s))


def _fbii(s: int, t: int, k: int) -> Fraction:
    return Fraction(comb(t - s - 1, k - s), 2 ** (t - s))


#: q(l) of a set of s players, up to order k.
SHARES = {
    "SV": lambda s, l, k: Fraction(1, l + 1),
    "BV": lambda s, l, k: Fraction(1, 2**l),
    "SII": lambda s, l, k: Fraction(1, l + 1),
    "BII": lambda s, l, k: Fraction(1, 2**l),
    "CHII": lambda s, l, k: Fraction(s, s + l),
    "Moebius": lambda s, l, k: Fraction(l == 0),
    "Co-Moebius": lambda s, l, k: Fraction(1),
    "k-SII": _k_sii,
    "STII": lambda s, l, k: Fraction(1, comb(k + l, k)) if s == k else Fraction(l == 0),
    "FSII": lambda s, l, k: _faithful(_fsii, s, l, k),
    "FBII": lambda s, l, k: _faithful(_fbii, s, l, k),
}
#: Those that give the empty set a value that is not the empty mask's.
WITH_EMPTY = ("SII", "BII", "FBII", "Co-Moebius")


def interaction_scores(values: np.ndarray, index: str, order: int) -> dict[tuple[int, ...], float]:
    """The index of all sets of up to `order` players, for a function of masks [2^n]."""
    n = len(values).bit_length() - 1
    sizes = np.zeros(1, np.int8)
    while len(sizes) < len(values):
        sizes = np.concatenate([sizes, sizes + 1])
    scores = {}
    for s in range(0 if index in WITH_EMPTY else 1, order + 1):
        weights = np.array([float(w) for w in _weights(index, n - s, s, order)])[sizes[: len(values) >> s]]
        for players in combinations(range(n), s):
            scores[players] = float(_derivative(values, players) @ weights)
    return scores


def _weights(index: str, m: int, s: int, k: int) -> list[Fraction]:
    share = [SHARES[index](s, l, k) for l in range(m + 1)]
    return [
        sum(((-1) ** (l - t) * comb(m - t, l - t) * share[l] for l in range(t, m + 1)), Fraction(0))
        for t in range(m + 1)
    ]


def _derivative(values: np.ndarray, players: tuple[int, ...]) -> np.ndarray:
    """Δ over these players for all sets of the others, [2^(n − s)]."""
    for i in reversed(players):
        halves = values.reshape(-1, 2, 1 << i)
        values = (halves[:, 1] - halves[:, 0]).reshape(-1)
    return values
