"""The tutorial and the project's README run as printed, and the table of errors is that of the record.

UPDATE_README=1 writes the table anew.
"""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import oracle
import pytest

import hypercube

HERE = Path(__file__).resolve().parents[1]
TUTORIAL, TOP = HERE / "README.md", HERE.parents[1] / "README.md"
MARKS = "<!-- from benches/results/summary.csv -->\n", "<!-- end -->\n"


def blocks(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_tutorial_runs_as_printed():
    for package in ("torch", "shapiq"):
        pytest.importorskip(package)
    script = "\n".join(blocks(TUTORIAL))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "nats" in done.stdout


def test_what_the_projects_readme_says_of_a_live_module():
    torch = pytest.importorskip("torch")
    (line,) = re.findall(r"`(hypercube\.losses\(.*?\))`", TOP.read_text(encoding="utf-8"))
    x, y = oracle.random_points(2, 2)
    model = torch.nn.Sequential(torch.nn.Linear(2, 20), torch.nn.ReLU(), torch.nn.Linear(20, 2))
    losses = eval(line, {"hypercube": hypercube, "model": model, "x": x, "y": y})
    loss = torch.nn.functional.cross_entropy(model.double()(torch.tensor(x)), torch.tensor(y)).item()
    assert losses.shape == (2**20,) and abs(losses[-1] - loss) < 1e-12


def table():
    """Error and rank correlation by nodes and evaluations, as markdown."""
    with open(HERE / "benches/results/summary.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    runs = {(r["nodes"], r["index"], r["method"], r["evaluations"]): r for r in rows}
    lines = ["| values | method | 20 nodes, 1,000 | 20 nodes, 10,000 | 512 nodes, 1,000 | 512 nodes, 10,000 |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for index, method in dict.fromkeys((r["index"], r["method"]) for r in rows if r["evaluations"]):
        cells = []
        for key in [(nodes, index, method, budget) for nodes in ("20", "512") for budget in ("1000", "10000")]:
            run = runs.get(key)
            cells.append(f"{float(run['relative_rms_error']):.2g}, {float(run['rank_correlation']):.2f}" if run else "")
        lines.append(f"| {index} | {method} | {' | '.join(cells)} |")
    for index in ("SV", "BV"):
        seconds = [
            f"0, 1.00 ({float(runs[nodes, index, 'exact, here', '']['seconds']):.2f} s)" for nodes in ("20", "512")
        ]
        lines.append(f"| {index} | exact, here | {seconds[0]} | | {seconds[1]} | |")
    return "\n".join(lines) + "\n"


def test_the_table_is_that_of_the_record():
    text = TUTORIAL.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    written, after = rest.split(MARKS[1])
    if os.environ.get("UPDATE_README") == "1":
        TUTORIAL.write_text("".join([before, MARKS[0], table(), MARKS[1], after]), encoding="utf-8")
    else:
        assert written == table()
