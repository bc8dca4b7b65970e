"""Every number against one computed another way."""

from itertools import combinations

import numpy as np
import oracle
import pytest

import hypercube

SIZES = [[2, 1, 2], [2, 7, 2], [1, 6, 3], [3, 4, 5, 3], [2, 2, 3, 3, 2]]
CASES = [(sizes, ablation) for sizes in SIZES for ablation in ("zero", "mean")]


def setup(sizes):
    weights, biases = oracle.random_layers(sizes)
    x, y = oracle.random_points(sizes[0], sizes[-1])
    return weights, biases, x, y, hypercube.Network.from_layers(weights, biases)


@pytest.mark.parametrize("sizes, ablation", CASES)
def test_losses_of_every_mask(sizes, ablation):
    weights, biases, x, y, network = setup(sizes)
    own = oracle.table(weights, biases, x, y, ablation=ablation)
    found = hypercube.losses(network, x, y, ablation)
    assert found.dtype == np.float64 and found.shape == own.shape
    np.testing.assert_allclose(found, own, rtol=1e-12)


@pytest.mark.parametrize("sizes", SIZES)
def test_divergences_are_those_of_the_probabilities(sizes):
    weights, biases, x, _, network = setup(sizes)
    own = 0
    for point in x:
        tables = [oracle.table(weights, biases, point[None], np.array([c])) for c in range(sizes[-1])]
        p = np.exp(-np.array(tables))  # [classes, 2^N]
        q = p[:, -1:]
        own = own + (q * np.log(q / p)).sum(0) / len(x)
    found = hypercube.divergences(network, x)
    assert found.dtype == np.float64 and found.shape == (2**network.n_nodes,)
    np.testing.assert_allclose(found, own, atol=1e-13)


def test_divergences_on_every_exact_path():
    *_, x, y, network = setup([2, 6, 2])
    table = hypercube.divergences(network, x)
    averages = hypercube.averages(network, x, y, value="kl")
    np.testing.assert_allclose(averages.mean_loss().value, table.mean(), atol=1e-13)
    np.testing.assert_allclose(averages.shapley().values, hypercube.shapley(table), atol=1e-13)
    best = hypercube.best_subsets(network, x, y, value="kl")
    np.testing.assert_allclose(best.loss, hypercube.best_masks(table).value, atol=1e-13)
    gradients = hypercube.gradients(network, x, y, value="kl")
    assert np.abs(gradients[-1]).max() < 1e-6 < np.abs(gradients[0]).max()
    with pytest.raises(ValueError, match="there is no value 'KL'; there are 'loss' and 'kl'"):
        hypercube.averages(network, x, y, value="KL")


@pytest.mark.parametrize("activation", oracle.ACTIVATIONS)
@pytest.mark.parametrize("ablation", ["zero", "mean"])
def test_activations(activation, ablation):
    weights, biases, x, y, _ = setup([3, 4, 4, 3])
    network = hypercube.Network.from_layers(weights, biases, activation)
    own = oracle.table(weights, biases, x, y, ablation=ablation, activation=activation)
    np.testing.assert_allclose(hypercube.losses(network, x, y, ablation), own, rtol=1e-12)
    hidden = np.concatenate(oracle.hidden(weights, biases, x, activation), 1)
    np.testing.assert_allclose(network.activations(x), hidden, atol=1e-13)
    np.testing.assert_allclose(network.logits(x), hidden[:, 4:] @ weights[-1].T + biases[-1], atol=1e-13)


@pytest.mark.parametrize("sizes, ablation", CASES)
def test_gradients_are_finite_differences(sizes, ablation):
    weights, biases, x, y, network = setup(sizes)
    found, n = hypercube.gradients(network, x, y, ablation), network.n_nodes
    assert found.dtype == np.float32 and found.shape == (2**n, n)

    def at(mask, i, step):
        gates = oracle.bits(mask, n)
        gates[i] += step
        return oracle.loss(weights, biases, x, y, gates, ablation)

    step = 1e-5
    own = [[(at(m, i, step) - at(m, i, -step)) / (2 * step) for i in range(n)] for m in range(0, 2**n, 3)]
    np.testing.assert_allclose(found[::3], own, atol=1e-5 * max(1, np.abs(own).max()))


def test_gradients_are_autograds():
    torch = pytest.importorskip("torch")
    weights, biases, x, y, network = setup([2, 8, 3])
    found = hypercube.gradients(network, x, y)
    first, second = (tuple(map(torch.tensor, layer)) for layer in zip(weights, biases))
    for mask in range(0, 256, 7):
        gates = torch.tensor(oracle.bits(mask, 8), requires_grad=True)
        h = torch.relu(torch.tensor(x) @ first[0].T + first[1]) * gates
        loss = torch.nn.functional.cross_entropy(h @ second[0].T + second[1], torch.tensor(y))
        loss.backward()
        np.testing.assert_allclose(found[mask], gates.grad.numpy(), atol=1e-5)


def effects(table, n, i, p=0.5):
    """E_p of f(i on) − f(i off), by adding up."""
    total = 0.0
    for mask in range(2**n):
        if not mask >> i & 1:
            k = mask.bit_count()
            total += p**k * (1 - p) ** (n - 1 - k) * (table[mask | 1 << i] - table[mask])
    return total


def test_what_follows_from_a_table():
    n = 6
    table = np.random.default_rng(3).normal(size=2**n)
    walsh = [np.mean([v * (-1) ** (b & s).bit_count() for b, v in enumerate(table)]) for s in range(2**n)]
    np.testing.assert_allclose(hypercube.walsh(table), walsh, atol=1e-14)
    weights = [sum(w * w for s, w in enumerate(walsh) if s.bit_count() == k) for k in range(n + 1)]
    np.testing.assert_allclose(hypercube.spectrum(table), weights, atol=1e-14)
    np.testing.assert_allclose(hypercube.banzhaf(table), [effects(table, n, i) for i in range(n)], atol=1e-14)
    nodes, scale = np.polynomial.legendre.leggauss(n)
    shapley = [sum(w / 2 * effects(table, n, i, (1 + t) / 2) for t, w in zip(nodes, scale)) for i in range(n)]
    np.testing.assert_allclose(hypercube.shapley(table), shapley, atol=1e-14)
    pairs = hypercube.interactions(table)
    assert (pairs == pairs.T).all() and (np.diag(pairs) == 0).all()
    for i, j in combinations(range(n), 2):
        rest = [m for m in range(2**n) if not m >> i & 1 and not m >> j & 1]
        own = [table[m | 1 << i | 1 << j] - table[m | 1 << i] - table[m | 1 << j] + table[m] for m in rest]
        assert abs(pairs[i, j] - np.mean(own)) < 1e-14
    best = hypercube.best_masks(table)
    for k in range(n + 1):
        of_size = [m for m in range(2**n) if m.bit_count() == k]
        assert best.mask[k] == min(of_size, key=lambda m: table[m]) and best.size[k] == k
        assert best.value[k] == table[best.mask[k]]


@pytest.mark.parametrize("ablation", ["zero", "mean"])
def test_averages_are_those_of_the_table(ablation):
    weights, biases, x, y, network = setup([2, 9, 2])
    table, n = hypercube.losses(network, x, y, ablation), 9
    average = hypercube.averages(network, x, y, ablation)
    assert average.n_nodes == n
    sizes = np.array([m.bit_count() for m in range(2**n)])
    for p in (0, 0.25, 0.5, 1):
        mean, error = average.mean_loss(p)
        assert abs(mean - (p**sizes * (1 - p) ** (n - sizes)) @ table) < 1e-12 and error < 1e-12
        own = [effects(table, n, i, p) for i in range(n)]
        np.testing.assert_allclose(average.flip_effects(p).values, own, atol=1e-12)
    np.testing.assert_allclose(average.shapley().values, hypercube.shapley(table), atol=1e-12)
    np.testing.assert_allclose(average.banzhaf().values, hypercube.banzhaf(table), atol=1e-12)
    np.testing.assert_allclose(average.interactions().values, hypercube.interactions(table), atol=1e-12)
    curve = average.mean_curve(4)
    np.testing.assert_allclose(curve.p, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(curve.loss, [average.mean_loss(p).value for p in curve.p], atol=1e-10)
    slopes = [average.flip_effects(p).values.sum() for p in curve.p]
    np.testing.assert_allclose(curve.derivative, slopes, atol=1e-9)
    gradients, on = hypercube.gradients(network, x, y, ablation), np.array([oracle.bits(m, n) for m in range(2**n)])
    gates = average.gate_gradients()
    np.testing.assert_allclose(gates.on, (gradients * on).sum(0) / on.sum(0), atol=1e-5)
    np.testing.assert_allclose(gates.off, (gradients * (1 - on)).sum(0) / (1 - on).sum(0), atol=1e-5)


@pytest.mark.parametrize("sizes", [[2, 9, 2], [2, 18, 3], [2, 3, 8, 3]])
def test_best_subsets_are_those_of_the_table(sizes):
    weights, biases, x, y, network = setup(sizes)
    n, last = network.n_nodes, sizes[-2]
    table = hypercube.losses(network, x, y)[(1 << n - last) - 1 :: 1 << n - last]
    best = hypercube.best_subsets(network, x, y, seconds=30)
    assert best.mask.shape == (last + 1, n) and best.mask.dtype == bool and best.proven.all()
    np.testing.assert_allclose(best.loss, hypercube.best_masks(table).value, rtol=1e-9)
    assert (best.mask.sum(1) == best.size + n - last).all() and best.mask[:, : n - last].all()
    masks = best.mask @ (1 << np.arange(n))
    np.testing.assert_allclose(hypercube.losses(network, x, y)[masks], best.loss, rtol=1e-12)
    assert ((0 <= best.accuracy) & (best.accuracy <= 1)).all() and (best.lower_bound <= best.loss).all()
