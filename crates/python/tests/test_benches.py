"""The exact values on record are those of the module as it is, and every method can be run."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("shapiq")
BENCHES = Path(__file__).resolve().parents[1] / "benches"
SPEC = importlib.util.spec_from_file_location("ground_truth", BENCHES / "ground_truth.py")
ground_truth = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ground_truth)


def recorded(name):
    with open(BENCHES / "results/exact.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["network"] == name]
    return [np.array([float(row[column]) for row in rows]) for column in ("shapley", "banzhaf")]


@pytest.mark.parametrize("seed", [0, 7, 19])
def test_exact_values_on_record(seed):
    name = f"seed-{seed:02}"
    game = ground_truth.game_of(BENCHES / f"networks/{name}.safetensors")
    values, _ = ground_truth.exact(game)
    for index, own in zip(("SV", "BV"), recorded(name)):
        np.testing.assert_allclose(values[index], own, atol=1e-12)


def test_exact_values_of_the_wide_network():
    game = ground_truth.game_of(BENCHES / "networks/wide-512.safetensors")
    shapley, banzhaf = recorded("wide-512")
    found = game.exact("BV")
    np.testing.assert_allclose([found[(i,)] for i in range(512)], banzhaf, atol=1e-12)
    ends = game(np.array([[False] * 512, [True] * 512]))
    assert abs(shapley.sum() - (ends[1] - ends[0])) < 1e-10


def test_every_method_runs():
    game = ground_truth.game_of(BENCHES / "networks/seed-00.safetensors")
    rows = list(ground_truth.runs("seed-00", game, *ground_truth.exact(game), evaluations=(300,)))
    assert len(rows) == 2 + sum(len(methods) for methods in ground_truth.METHODS.values())
    for row in rows:
        assert float(row[-2]) < 2 and float(row[-1]) > 0.3, row
    assert len(list(ground_truth.summary(rows))) == len(rows)
