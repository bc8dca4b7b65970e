"""Training 1,000 networks at once: this crate against JAX's vmap + jit.

Both train 2-20-2 networks by the recipe's defaults (10,000 points, labelled by the circle of radius 0.893, batch
32, Adam), every network with its own weights, points and order of visits, for two epochs, and take
turns. Prints a table and writes results/train.csv and results/train.json.

    python -m venv ~/venv-peers && ~/venv-peers/bin/pip install -r requirements.txt
    ~/venv-peers/bin/python train.py [--out DIR] [--networks N] [--epochs N] [--runs N]
"""

import argparse
import csv
import json
import math
import os
import platform
import subprocess
import time
from pathlib import Path

import jax
import jax.numpy as jnp

HERE = Path(__file__).resolve().parent
CRATE = HERE.parents[1]
SIZES = [2, 20, 2]
POINTS, BATCH = 10_000, 32
LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
SCALED_STEPS, SCALED_NETWORKS = 7000, 1000
EVALUATION_POINTS = 1000
# Both means are over all networks; they differ by far less than this if both learn alike.
ACCURACY_TOLERANCE = 0.005


def build():
    """The example in the workspace's own profile, as `cargo run` builds it."""
    command = ["cargo", "build", "--workspace", "--example", "training", "--message-format=json"]
    out = subprocess.run(command, cwd=CRATE, check=True, capture_output=True, text=True).stdout
    built = [json.loads(line) for line in out.splitlines()]
    return [b["executable"] for b in built if b.get("executable") and b["target"]["name"] == "training"][-1]


def initial(key):
    layers = []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        key, own = jax.random.split(key)
        limit = math.sqrt(6 / inputs)
        weights = jax.random.uniform(own, (inputs, outputs), minval=-limit, maxval=limit)
        layers.append((weights, jnp.zeros(outputs)))
    return layers


def sample(key, n):
    x = jax.random.uniform(key, (n, 2), minval=-1, maxval=1)
    return x, ((x**2).sum(-1) > 0.893**2).astype(jnp.int32)


def logits(layers, x):
    for weights, biases in layers[:-1]:
        x = jax.nn.relu(x @ weights + biases)
    weights, biases = layers[-1]
    return x @ weights + biases


def loss(layers, x, y):
    own = jnp.take_along_axis(jax.nn.log_softmax(logits(layers, x)), y[:, None], 1)
    return -own.mean()


def step(state, batch):
    layers, mean, square, t = state
    gradient = jax.grad(loss)(layers, *batch)
    t = t + 1
    mean = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, mean, gradient)
    square = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, square, gradient)
    root = jnp.sqrt(1 - BETA_2**t)
    rate = LEARNING_RATE * root / (1 - BETA_1**t)
    layers = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON * root), layers, mean, square
    )
    return (layers, mean, square, t), None


def epoch(state, key, x, y):
    """All points once in a new order; the last batch is short."""
    order = jax.random.permutation(key, POINTS)
    x, y = x[order], y[order]
    full = POINTS // BATCH
    head = full * BATCH
    batches = x[:head].reshape(full, BATCH, -1), y[:head].reshape(full, BATCH)
    state, _ = jax.lax.scan(step, state, batches)
    return step(state, (x[head:], y[head:]))[0] if head < POINTS else state


class Jax:
    def __init__(self, networks):
        keys = jax.random.split(jax.random.key(0), networks)
        self.x, self.y = jax.vmap(lambda key: sample(key, POINTS))(keys)
        layers = jax.vmap(initial)(keys)
        zeros = jax.tree.map(jnp.zeros_like, layers)
        self.start = layers, zeros, zeros, jnp.zeros(networks)
        self.keys = keys
        self.test = sample(jax.random.key(1), EVALUATION_POINTS)
        start = time.perf_counter()
        run = jax.jit(jax.vmap(epoch))
        self.epoch = run.lower(self.start, keys, self.x, self.y).compile()
        self.compile_seconds = time.perf_counter() - start

    def seconds(self, epochs):
        orders = [jax.vmap(jax.random.fold_in, (0, None))(self.keys, k) for k in range(epochs)]
        jax.block_until_ready((orders, self.x, self.y, self.start))
        state = self.start
        start = time.perf_counter()
        for keys in orders:
            state = self.epoch(state, keys, self.x, self.y)
        jax.block_until_ready(state)
        seconds = time.perf_counter() - start
        x, y = self.test
        right = jax.vmap(lambda layers: (logits(layers, x).argmax(-1) == y).mean())(state[0])
        return seconds, float(right.mean())


def ours(training, networks, steps):
    command = [training, str(networks), str(steps), str(EVALUATION_POINTS)]
    out = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return out["seconds"], out["mean_accuracy"]


def cpu():
    try:
        lines = open("/proc/cpuinfo").read().splitlines()
        return next(l.split(":", 1)[1].strip() for l in lines if l.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--networks", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    training = build()
    load = os.getloadavg()[0]
    steps = args.epochs * math.ceil(POINTS / BATCH)
    peer = Jax(args.networks)
    peer.seconds(1)
    runs = {"ours": [], "JAX": []}
    for _ in range(args.runs):
        runs["ours"].append(ours(training, args.networks, steps))
        runs["JAX"].append(peer.seconds(args.epochs))
    scale = SCALED_STEPS * SCALED_NETWORKS / (steps * args.networks)
    best = {who: min(seconds for seconds, _ in of) for who, of in runs.items()}
    lines = [
        {
            "who": who,
            "networks": args.networks,
            "steps": steps,
            "seconds": f"{best[who]:.4g}",
            "seconds_1000_networks_7000_steps": f"{best[who] * scale:.4g}",
            "times_jax": f"{best[who] / best['JAX']:.3g}",
            "mean_accuracy": f"{of[0][1]:.4f}",
        }
        for who, of in runs.items()
    ]
    with open(args.out / "train.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    for line in lines:
        print("  ".join(f"{k} {v}" for k, v in line.items()))
    record = {
        "cpu": cpu(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "jax": jax.__version__,
        "load_average_before": load,
        "jax_compile_seconds": round(peer.compile_seconds, 2),
        "runs_seconds": {who: [round(s, 3) for s, _ in of] for who, of in runs.items()},
    }
    (args.out / "train.json").write_text(json.dumps(record, indent=2) + "\n")
    apart = abs(runs["ours"][0][1] - runs["JAX"][0][1])
    assert apart < ACCURACY_TOLERANCE, f"mean accuracies are {apart:.4f} apart"


if __name__ == "__main__":
    main()
