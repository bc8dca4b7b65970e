"""An independent forward pass in float64, one mask at a time, and networks to try it on."""

import math

import numpy as np

ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def random_layers(sizes, seed=0):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(o, i)) for i, o in zip(sizes, sizes[1:])]
    return weights, [rng.normal(size=o) for o in sizes[1:]]


def random_points(inputs, classes, count=50, seed=1):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (count, inputs)), rng.integers(0, classes, count)


def bits(mask, n):
    return np.array([mask >> i & 1 for i in range(n)], float)


def hidden(weights, biases, x, activation="relu"):
    """Activations of the hidden layers in the full network."""
    found, h = [], x
    for w, b in zip(weights[:-1], biases[:-1]):
        h = ACTIVATIONS[activation](h @ w.T + b)
        found.append(h)
    return found


def loss(weights, biases, x, y, mask, ablation="zero", activation="relu"):
    """Mean cross-entropy of one mask of any values."""
    means = [h.mean(0) * (ablation == "mean") for h in hidden(weights, biases, x, activation)]
    h, used = x, 0
    for w, b, mean in zip(weights[:-1], biases[:-1], means):
        gate = mask[used : used + len(b)]
        h = gate * ACTIVATIONS[activation](h @ w.T + b) + (1 - gate) * mean
        used += len(b)
    logits = h @ weights[-1].T + biases[-1]
    return np.mean(np.logaddexp.reduce(logits, 1) - logits[np.arange(len(y)), y])


def table(weights, biases, x, y, **options):
    n = sum(len(b) for b in biases[:-1])
    return np.array([loss(weights, biases, x, y, bits(mask, n), **options) for mask in range(2**n)])
