"""Losses and gate gradients of sampled masks by autodiff: this crate against PyTorch.

One after the other, in f32, with as many threads, on the same 2-20-2 network, points and masks: our
backends, the matrix form softplus(masks @ contributions) under torch.autograd, and the network
itself under torch.func's vmap and grad. Prints a table and writes autodiff.csv and autodiff.json.

    python -m venv ~/venv-peers && ~/venv-peers/bin/pip install -r requirements.txt
    ~/venv-peers/bin/python autodiff.py [--out DIR] [--features flex] [--threads N] [--masks N] [--runs N]
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
CRATE = HERE.parents[1]
MODEL = CRATE.parent / "hypercube/tests/reference/circle20/model.safetensors"
POINTS = 4096
RADIUS = 0.893
CHUNKS = [16, 64, 256, 1024, 4096]


def build(features):
    """The example in the workspace's own profile, as `cargo run` builds it."""
    command = ["cargo", "build", "-p", "model", "--example", "autodiff", "--message-format=json"]
    command += ["--features", features] if features else []
    out = subprocess.run(command, cwd=CRATE, check=True, capture_output=True, text=True).stdout
    built = [json.loads(line) for line in out.splitlines()]
    return [b["executable"] for b in built if b.get("executable")][-1]


def inputs(folder, count):
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (POINTS, 2))
    y = ((x**2).sum(1) > RADIUS**2).astype(int)
    with open(folder / "points.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x0", "x1", "label"])
        writer.writerows([repr(float(a)), repr(float(b)), int(c)] for (a, b), c in zip(x, y))
    masks = rng.integers(0, 1 << 20, count)
    (folder / "masks.txt").write_text("".join(f"{m}\n" for m in masks))
    bits = (masks[:, None] >> np.arange(20)) & 1
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y), torch.tensor(bits).float()


def matrix_form(x, y):
    """Losses from what each node adds to the wrong class's logit over the right one's."""
    w = load_file(MODEL)
    h = torch.relu(x @ w["0.weight"].T + w["0.bias"])
    sign = 1.0 - 2.0 * y
    a = ((h * (w["2.weight"][1] - w["2.weight"][0])).T * sign).contiguous()
    k = (w["2.bias"][1] - w["2.bias"][0]) * sign
    loss = lambda b: torch.nn.functional.softplus(b @ a + k).mean(1)

    def gradients(b):
        b = b.clone().requires_grad_()
        losses = loss(b)
        losses.sum().backward()
        return losses.detach(), b.grad

    return torch.no_grad()(loss), gradients


def functional_form(x, y):
    """The network as it stands, with a mask after its ReLUs, mapped over masks."""
    w = load_file(MODEL)

    def loss(b):
        h = torch.relu(x @ w["0.weight"].T + w["0.bias"]) * b
        return torch.nn.functional.cross_entropy(h @ w["2.weight"].T + w["2.bias"], y)

    both = torch.func.vmap(torch.func.grad_and_value(loss))

    def gradients(b):
        gradient, losses = both(b)
        return losses, gradient

    return torch.no_grad()(torch.func.vmap(loss)), gradients


def best(run, masks, runs):
    """Seconds of all masks in chunks of whatever size is fastest, and that size."""
    def seconds(chunk, masks):
        start = time.perf_counter()
        for part in masks.split(chunk):
            run(part)
        return time.perf_counter() - start

    short = masks[: min(len(masks), 512)]
    fits = [chunk for chunk in CHUNKS if chunk <= len(short)]
    run(masks[:1])
    chunk = min(fits, key=lambda chunk: min(seconds(chunk, short) for _ in range(2)))
    if chunk == fits[-1]:
        wider = [c for c in CHUNKS if chunk <= c <= len(masks)]
        chunk = min(wider, key=lambda chunk: seconds(chunk, masks))
    return min(seconds(chunk, masks) for _ in range(runs)), chunk


def cpu():
    try:
        lines = open("/proc/cpuinfo").read().splitlines()
        return next(l.split(":", 1)[1].strip() for l in lines if l.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--features", default="", help="of our crate, such as flex")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--masks", type=int, default=4096)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)

    program = build(args.features)
    load = os.getloadavg()[0]
    rows = []
    with tempfile.TemporaryDirectory() as work:
        x, y, masks = inputs(Path(work), args.masks)
        command = [program, MODEL, Path(work) / "points.csv", Path(work) / "masks.txt"]
        command += [args.threads, args.runs]
        out = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
        ours = json.loads(out.stdout)
    for one in ours:
        for what in ["losses", "losses_and_gradients"]:
            rows.append((f"ours, {one['backend']}", what, one[f"{what}_s"], ""))
    for name, form in [("PyTorch, matrix form", matrix_form), ("PyTorch, vmap", functional_form)]:
        losses, gradients = form(x, y)
        for what, run in [("losses", losses), ("losses_and_gradients", gradients)]:
            seconds, chunk = best(run, masks, args.runs)
            rows.append((name, what, seconds, f"chunks of {chunk} masks"))
        theirs, gradient = gradients(masks[-8:])
        for one in ours:
            found = np.array(one["losses"][-8:]), np.array(one["last_gradient"])
            assert np.allclose(found[0], theirs.numpy(), rtol=1e-4), f"{name}: other losses"
            assert np.allclose(found[1], gradient[-1].numpy(), rtol=1e-3, atol=1e-5), name
    least = {what: min(r[2] for r in rows if r[0].startswith("PyTorch") and r[1] == what)
             for what in ["losses", "losses_and_gradients"]}
    lines = [
        {
            "who": who,
            "what": what,
            "seconds": f"{seconds:.4g}",
            "million_mask_points_per_second": f"{args.masks * POINTS / seconds / 1e6:.4g}",
            "times_pytorch": f"{seconds / least[what]:.3g}",
            "note": note,
        }
        for who, what, seconds, note in rows
    ]
    with open(args.out / "autodiff.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    for line in lines:
        print("  ".join(f"{v}" for v in line.values()))
    record = {
        "cpu": cpu(),
        "cpus": os.cpu_count(),
        "threads": args.threads,
        "masks": args.masks,
        "points": POINTS,
        "runs": args.runs,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load_average_before": load,
    }
    (args.out / "autodiff.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
