"""Shapley values of all hidden nodes: exact averages against shapiq and plain Monte Carlo.

One after the other, on networks that are trained for it: the whole command `averages`; shapiq, exactly
as far as that goes and by its KernelSHAP regression with 10,000 evaluations beyond; and permutation
sampling in as many evaluations as fit into the time that the command took. Errors are against the
exact values. Prints a table and writes results/averages.csv.

    ~/venv-peers/bin/python averages.py [--nodes 16,64,512]
"""

import argparse
import csv
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
import shapiq

HERE = Path(__file__).resolve().parent
WORKSPACE = HERE.parents[3]
N_POINTS = 4096
RADIUS = 0.893
BUDGET = 10_000
CHUNK = 256


def experiments(*args):
    start = time.perf_counter()
    command = ["cargo", "run", "-q", "-p", "experiments", "--", *map(str, args), "--quiet"]
    subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def points(folder):
    """Labelled points of the circle that the networks are trained on, also as a file."""
    x = np.random.default_rng(1).uniform(-1, 1, (N_POINTS, 2))
    y = ((x**2).sum(1) > RADIUS**2).astype(int)
    with open(folder / "points.csv", "w", newline="") as file:
        csv.writer(file).writerows([["x0", "x1", "label"], *((*map(repr, map(float, a)), b) for a, b in zip(x, y))])
    return x, y


class Loss:
    """The mean loss of sub-networks, `[k, n]` of booleans to `[k]`, in float64."""

    def __init__(self, folder):
        weights = {k: v.astype(float) for k, v in load_file(folder / "train/model.safetensors").items()}
        x, y = points(folder)
        h = np.maximum(x @ weights["0.weight"].T + weights["0.bias"], 0)
        sign = np.where(y == 1, -1.0, 1.0)
        out, bias = weights["2.weight"], weights["2.bias"]
        self.contributions = (sign[:, None] * h * (out[1] - out[0])).T
        self.rest = sign * (bias[1] - bias[0])
        self.n, self.calls = h.shape[1], 0

    def __call__(self, masks):
        masks = np.atleast_2d(masks)
        self.calls += len(masks)
        chunks = (masks[k : k + CHUNK].astype(float) for k in range(0, len(masks), CHUNK))
        margins = (chunk @ self.contributions + self.rest for chunk in chunks)
        return np.concatenate([np.logaddexp(0, margin).mean(1) for margin in margins])


def with_shapiq(loss):
    if loss.n <= 16:
        values = shapiq.ExactComputer(game=loss, n_players=loss.n)("SV", 1)
        name = "shapiq ExactComputer"
    else:
        values = shapiq.KernelSHAP(n=loss.n, random_state=1).approximate(BUDGET, loss)
        name = "shapiq KernelSHAP"
    return name, np.array([values[(i,)] for i in range(loss.n)])


def permutations(loss, seconds):
    """Gains along random orders, for as long as that."""
    rng = np.random.default_rng(1)
    start, sums, count = time.perf_counter(), np.zeros(loss.n), 0
    while count == 0 or time.perf_counter() - start < seconds:
        order = rng.permutation(loss.n)
        masks = np.zeros((loss.n + 1, loss.n), bool)
        for k, node in enumerate(order):
            masks[k + 1 :, node] = True
        sums[order] += np.diff(loss(masks))
        count += 1
    return sums / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", default="16,64,512")
    nodes = [int(n) for n in parser.parse_args().nodes.split(",")]
    rows = []
    for n in nodes:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            experiments("train", "--hidden", n, "--out", folder)
            loss = Loss(folder)
            load = os.getloadavg()[0]
            ours = experiments("averages", "--points", folder / "points.csv", "--out", folder)
            with open(folder / "averages/nodes.csv") as file:
                exact = np.array([float(row["loss_shapley"]) for row in csv.DictReader(file)])
        size = np.sqrt((exact**2).mean())

        def row(what, seconds, calls, found):
            error = np.sqrt(((found - exact) ** 2).mean()) / size
            return [n, what, f"{seconds:.2f}", calls, f"{error:.1e}", f"{load:.1f}"]

        rows.append(row("averages, the whole command", ours, 0, exact))
        start = time.perf_counter()
        name, found = with_shapiq(loss)
        rows.append(row(name, time.perf_counter() - start, loss.calls, found))
        loss.calls, start = 0, time.perf_counter()
        found = permutations(loss, ours)
        rows.append(row("permutations, as long", time.perf_counter() - start, loss.calls, found))
    head = ["nodes", "what", "seconds", "evaluations", "relative_rms_error", "load_average_before"]
    with open(HERE / "results/averages.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    for row in [head, *rows]:
        print("  ".join(f"{cell!s:28}" for cell in row))


if __name__ == "__main__":
    main()
