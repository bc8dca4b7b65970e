"""shapiq's own exact computer and approximators on our networks."""

from itertools import combinations
from math import comb

import numpy as np
import oracle
import pytest

import hypercube

shapiq = pytest.importorskip("shapiq")

INDICES = [("SV", 1), ("BV", 1)]
INDICES += [(index, order) for index in hypercube.Game.INDICES if index not in ("SV", "BV") for order in (1, 2, 3)]


def game(sizes=(2, 8, 2), ablation="zero"):
    network = hypercube.Network.from_layers(*oracle.random_layers(sizes))
    return hypercube.Game(network, *oracle.random_points(sizes[0], sizes[-1]), ablation)


def compare(found, own, atol):
    assert found.index == own.index and found.max_order == own.max_order and found.n_players == own.n_players
    for s in range(1, own.max_order + 1):
        for players in combinations(range(own.n_players), s):
            assert abs(found[players] - own[players]) < atol, (own.index, players, found[players], own[players])


@pytest.mark.filterwarnings("ignore:CHII is not defined")
@pytest.mark.parametrize("index, order", INDICES)
def test_every_index_is_that_of_the_exact_computer(index, order):
    own = game()
    computer = shapiq.ExactComputer(game=own, n_players=own.n_players)
    exact = computer(index, own.n_players if index == "Moebius" else order)
    # Its FSII is a regression in which two weights of a million stand for infinite ones.
    atol = 1e-5 if index == "FSII" else 1e-10
    found = own.exact(index, order)
    assert not found.estimated
    if index == "Moebius":
        assert all(abs(found[s] - exact[s]) < atol for s in found.interaction_lookup)
        return
    compare(found, exact, atol)
    if index in ("SII", "BII", "FBII", "Co-Moebius", "k-SII", "STII", "FSII"):
        assert abs(found[()] - exact[()]) < atol
    assert abs(found.baseline_value - exact.baseline_value) < atol


@pytest.mark.parametrize("index", ["SV", "BV", "SII", "BII"])
@pytest.mark.parametrize("sizes, ablation", [((2, 12, 3), "zero"), ((2, 3, 7, 2), "mean")])
def test_wider_and_deeper(index, sizes, ablation):
    own = game(sizes, ablation)
    order = 1 if index in ("SV", "BV") else 2
    if own.n_players > 10:
        order = 1
    exact = shapiq.ExactComputer(game=own, n_players=own.n_players)(index, order)
    compare(own.exact(index, order), exact, 1e-10)


def test_faith_shap_by_a_constrained_regression():
    """To the last digits, which the exact computer's does not have."""
    own, n = game(), 8
    masks = np.array([oracle.bits(m, n) for m in range(2**n)])
    sets = [s for k in range(3) for s in combinations(range(n), k)]
    design = np.array([[mask[list(s)].prod() for s in sets] for mask in masks])
    sizes = masks.sum(1).astype(int)
    ends = (sizes == 0) | (sizes == n)
    scale = np.array([0 if e else 1 / (comb(n, k) * k * (n - k)) for e, k in zip(ends, sizes)])
    inner, outer = design[~ends] * scale[~ends, None] ** 0.5, design[ends]
    target = own.table[~ends] * scale[~ends] ** 0.5
    top = np.concatenate([2 * inner.T @ inner, outer.T], 1)
    system = np.concatenate([top, np.concatenate([outer, np.zeros((2, 2))], 1)])
    answer = np.linalg.solve(system, np.concatenate([2 * inner.T @ target, own.table[ends]]))
    found = own.exact("FSII", 2)
    for s, value in zip(sets, answer):
        assert abs(found[s] - value) < 1e-9, s


def test_a_wide_network_as_a_game():
    network = hypercube.Network.from_layers(*oracle.random_layers([2, 40, 2]))
    x, y = oracle.random_points(2, 2)
    wide = hypercube.Game(network, x, y, "mean")
    masks = np.random.default_rng(0).random((30, 40)) < 0.5
    weights, biases = oracle.random_layers([2, 40, 2])
    own = [oracle.loss(weights, biases, x, y, m.astype(float), "mean") for m in masks]
    np.testing.assert_allclose(wide(masks), own, rtol=1e-12)
    full = wide(np.array([[False] * 40, [True] * 40]))
    assert abs(sum(wide.exact("SV")[(i,)] for i in range(40)) - (full[1] - full[0])) < 1e-11
    with pytest.raises(ValueError, match="SII of order 2 needs the losses of all masks"):
        wide.exact("SII", 2)


@pytest.mark.parametrize("ablation", ["zero", "mean"])
@pytest.mark.parametrize("index, order", [("SV", 1), ("BV", 1), ("BII", 1), ("BII", 2), ("FBII", 1), ("FBII", 2)])
def test_wide_values_are_those_of_the_table(index, order, ablation, monkeypatch):
    expected = game((2, 9, 2), ablation).exact(index, order)
    monkeypatch.setattr("hypercube._game.MAX_NODES", 5)
    found = game((2, 9, 2), ablation).exact(index, order)
    compare(found, expected, 1e-12)
    assert abs(found[()] - expected[()]) < 1e-12


def test_deep_and_wide_masks_the_last_hidden_layer(monkeypatch):
    weights, biases = oracle.random_layers([2, 3, 6, 3])
    x, y = oracle.random_points(2, 3)
    network = hypercube.Network.from_layers(weights, biases)
    monkeypatch.setattr("hypercube._game.MAX_NODES", 5)
    last = hypercube.Game(network, x, y)
    assert last.n_players == 6 and not last.is_enumerated
    masks = np.array([oracle.bits(m, 6) for m in range(64)])
    np.testing.assert_allclose(last(masks), hypercube.losses(network, x, y)[7::8], rtol=1e-12)


def test_approximators_run():
    own = game((2, 10, 2))
    exact = own.exact("SV")
    for approximator in (shapiq.KernelSHAP(n=10, random_state=0), shapiq.PermutationSamplingSV(n=10, random_state=0)):
        found = approximator.approximate(1000, own)
        assert all(abs(found[(i,)] - exact[(i,)]) < 0.5 for i in range(10))


def test_coalitions():
    own = game()
    table = own.table
    every = np.array([oracle.bits(m, 8) for m in range(256)])
    for masks in (every, every.astype(bool), every.astype(np.int8), every.astype(bool).tolist()):
        assert (own(masks) == table).all()
    assert own([True] * 8) == table[-1:] and own(np.zeros((0, 8), bool)).shape == (0,)
    with pytest.raises(ValueError, match=r"coalitions have shape \[1, 7\], not \[coalitions, 8\]"):
        own([True] * 7)
    with pytest.raises(ValueError, match="other values than 0 and 1"):
        own(every / 2)
    with pytest.raises(ValueError, match="there is no index 'SHAP'; there are: SV, BV, SII"):
        own.exact("SHAP")
    with pytest.raises(ValueError, match="order 9 is not from 1 to the number of players, 8"):
        own.exact("SII", 9)
