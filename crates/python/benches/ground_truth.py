"""Approximations of Shapley and Banzhaf values against exact ones.

Twenty 2-20-2 networks and one of 512 hidden nodes; the players are the hidden nodes, the game is the
mean loss in nats over 1,024 points. Every method gets 1,000 and 10,000 evaluations. Writes, beside
this file, results/exact.csv (the values themselves), results/runs.csv (a row for every run) and
results/summary.csv (medians over networks), and prints the latter.

    python ground_truth.py [--small] [--results FOLDER]
"""

import argparse
import csv
import statistics
import time
from pathlib import Path

import numpy as np
import shapiq

import hypercube

HERE = Path(__file__).resolve().parent
N_POINTS = 1024
#: Of the circle that the networks were trained to know from its surroundings.
RADIUS = 0.893
EVALUATIONS = (1_000, 10_000)


def of_shapiq(make, **options):
    """A method: (game, players, evaluations, seed) to one value for each player."""

    def run(game, n, evaluations, seed):
        found = make(n=n, random_state=seed, **options).approximate(evaluations, game)
        return np.array([found[(i,)] for i in range(n)])

    return run


def maximum_sample_reuse(game, n, evaluations, seed):
    """Wang and Jia, "Data Banzhaf", AISTATS (2023): every evaluation counts for every player."""
    masks = np.random.default_rng(seed).random((evaluations, n)) < 0.5
    values = game(masks)
    on = masks.sum(0)
    return values @ masks / on - values @ ~masks / (evaluations - on)


def banzhaf_of_pairs(game, n, evaluations, seed):
    """The best polynomial of degree 2 has the Banzhaf values as its slopes at the centre."""
    found = shapiq.RegressionFBII(n=n, random_state=seed, max_order=2).approximate(evaluations, game)
    pairs = np.array([[found[tuple(sorted((i, j)))] if i != j else 0 for j in range(n)] for i in range(n)])
    return np.array([found[(i,)] for i in range(n)]) + pairs.sum(1) / 2


#: To add a method, add a line: a function of (game, players, evaluations, seed).
METHODS = {
    "SV": {
        "KernelSHAP": of_shapiq(shapiq.KernelSHAP),
        "KernelSHAP, paired": of_shapiq(shapiq.KernelSHAP, pairing_trick=True),
        "kADDSHAP, order 2": of_shapiq(shapiq.kADDSHAP, max_order=2),
        "UnbiasedKernelSHAP": of_shapiq(shapiq.UnbiasedKernelSHAP),
        "PermutationSamplingSV": of_shapiq(shapiq.PermutationSamplingSV),
        "StratifiedSamplingSV": of_shapiq(shapiq.StratifiedSamplingSV),
        "OwenSamplingSV": of_shapiq(shapiq.OwenSamplingSV),
        "SVARM": of_shapiq(shapiq.SVARM),
    },
    "BV": {
        "RegressionFBII, order 1": of_shapiq(shapiq.RegressionFBII, max_order=1),
        "RegressionFBII, order 2": banzhaf_of_pairs,
        "SVARM": of_shapiq(shapiq.SVARM, index="BV"),
        "maximum sample reuse": maximum_sample_reuse,
    },
}
#: Not of hundreds of players: pairs are more unknowns than evaluations, and shapiq's SVARM takes many minutes.
NARROW = {"kADDSHAP, order 2", "RegressionFBII, order 2", "SVARM"}


class Counted:
    """A game that counts how often it is evaluated."""

    def __init__(self, game):
        self.game, self.count = game, 0

    def __call__(self, masks):
        self.count += len(np.atleast_2d(masks))
        return self.game(masks)


def game_of(path):
    x = np.random.default_rng(1).uniform(-1, 1, (N_POINTS, 2))
    return hypercube.Game(hypercube.Network.from_file(path), x, (x**2).sum(1) > RADIUS**2)


def exact(game):
    """Both values of every player, and how long they took, with the table if there is one."""
    values, seconds, start = {}, {}, time.perf_counter()
    if game.is_enumerated:
        game.table  # so that no method pays for it
    table = time.perf_counter() - start
    for index in METHODS:
        start = time.perf_counter()
        found = game.exact(index)
        seconds[index] = time.perf_counter() - start + table
        values[index] = np.array([found[(i,)] for i in range(game.n_players)])
    return values, seconds


def ranks(values):
    return np.argsort(np.argsort(values))


def runs(name, game, values, seconds, evaluations):
    n = game.n_players
    for index, methods in METHODS.items():
        own = values[index]
        size = np.sqrt((own**2).mean())
        yield row(name, n, index, "exact, here", "", "", seconds[index], 0.0, 1.0)
        for method, run in methods.items():
            if method in NARROW and n > 100:
                continue
            for budget in evaluations:
                counted, start = Counted(game), time.perf_counter()
                found = run(counted, n, budget, 1)
                took = time.perf_counter() - start
                error = np.sqrt(((found - own) ** 2).mean()) / size
                rank = np.corrcoef(ranks(found), ranks(own))[0, 1]
                yield row(name, n, index, method, budget, counted.count, took, error, rank)


HEAD = [
    "network",
    "nodes",
    "index",
    "method",
    "evaluations",
    "used",
    "seconds",
    "relative_rms_error",
    "rank_correlation",
]


def row(name, n, index, method, budget, used, seconds, error, rank):
    return [name, n, index, method, budget, used, f"{seconds:.3f}", f"{error:.4g}", f"{rank:.4f}"]


def summary(rows):
    """Medians over the networks of a size."""
    groups = {}
    for own in rows:
        groups.setdefault(tuple(own[1:5]), []).append([float(cell) for cell in own[6:]])
    for key, cells in groups.items():
        seconds, error, rank = (statistics.median(column) for column in zip(*cells))
        yield [*key, len(cells), f"{seconds:.3f}", f"{error:.3g}", f"{rank:.3f}"]


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="one network, few evaluations")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    paths = sorted((HERE / "networks").glob("*.safetensors"))
    evaluations = EVALUATIONS
    if options.small:
        paths, evaluations = paths[:1], (200,)
    options.results.mkdir(parents=True, exist_ok=True)
    exact_rows, rows = [["network", "node", "shapley", "banzhaf"]], []
    for path in paths:
        game = game_of(path)
        values, seconds = exact(game)
        columns = zip(range(game.n_players), values["SV"], values["BV"])
        exact_rows += [[path.stem, i, repr(float(s)), repr(float(b))] for i, s, b in columns]
        for own in runs(path.stem, game, values, seconds, evaluations):
            print(*own, sep="  ", flush=True)
            rows.append(own)
    medians = list(summary(rows))
    head = ["nodes", "index", "method", "evaluations", "networks", "seconds", "relative_rms_error", "rank_correlation"]
    write(options.results / "exact.csv", exact_rows)
    write(options.results / "runs.csv", [HEAD, *rows])
    write(options.results / "summary.csv", [head, *medians])
    print()
    for own in [head, *medians]:
        print("  ".join(f"{cell!s:22}" for cell in own))


if __name__ == "__main__":
    main()
