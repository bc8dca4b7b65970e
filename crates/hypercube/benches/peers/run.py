"""Every sub-network of a 2-20-2 network on 4,096 points: this crate against its peers.

One after the other, on the same weights and points: our table and gradients, the matrix form
softplus(masks @ contributions) on JAX and on PyTorch, and a Keras functional model called one
mask at a time. Then what N costs, from 12 to 30, the whole command `hypercube`, deep networks, and
ensembles, each beside its bar. Prints tables and writes results/peers.csv, results/cost.csv,
results/command.csv, results/deep.csv, results/ensemble.csv, results/run.json and results/deep_run.json.

    python -m venv ~/venv-peers && ~/venv-peers/bin/pip install -r requirements.txt
    ~/venv-peers/bin/python run.py [--out DIR] [--only peers|cost|command|deep|ensemble]

N = 30 takes 17 GiB of memory and 9 GiB of disk, in the system's folder for temporary files (TMPDIR).
"""

import argparse
import csv
import json
import math
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent
CRATE = HERE.parents[1]
PARTS = ["peers", "cost", "command", "deep", "ensemble"]
N_POINTS = 4096
CHUNKS = [64, 256, 1024, 4096]
KERAS_MASKS = 300
# Seconds on two quiet cores that the whole command `hypercube`, tables under both ablations included,
# may take for a network with these hidden layers; the aim is half of what is above FILES, which its
# files and figures take.
BARS = {"10,10": 0.9, "7,7,6": 1.5, "5,5,5,5": 3.0, "15,5": 2.0}
FILES = 0.5
# All gate gradients may take this many times the table.
GRADIENT_BAR = 3

# What is aimed at on two cores: each node more takes at most so many times as long, from 20 to 28
# nodes; spectrum, values and subsets in seconds; the whole command in seconds and GiB.
GROWTH = 2.1
FOLLOW_UP = {28: 6}
COMMAND = {28: (20, 5), 30: (180, 18)}
# Minutes that `ensemble` may take for 1,000 networks, and how many are made to tell: whole rounds of training.
ENSEMBLES = {"20": (2.5, 128), "10,10": (4, 128), "24": (12, 128)}


def build(*what):
    """A program in the workspace's own profile, as `cargo run` builds it."""
    command = ["cargo", "build", *what, "--message-format=json"]
    out = subprocess.run(command, cwd=CRATE, check=True, capture_output=True, text=True).stdout
    built = [json.loads(line) for line in out.splitlines()]
    return [b["executable"] for b in built if b.get("executable")][-1]


def ours(timing, *args):
    out = subprocess.run([timing, *map(str, args)], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def write_inputs(folder):
    """The points, and a second network in which every node is on at every point."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (N_POINTS, 2))
    y = ((x**2).sum(1) > math.sqrt(2 / math.pi)).astype(int)
    with open(folder / "points.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x0", "x1", "label"])
        writer.writerows([repr(float(a)), repr(float(b)), int(c)] for (a, b), c in zip(x, y))
    wide = {
        "0.weight": rng.uniform(-1, 1, (20, 2)),
        "0.bias": np.full(20, 2.5),
        "2.weight": rng.uniform(-0.5, 0.5, (2, 20)),
        "2.bias": rng.uniform(-0.5, 0.5, 2),
    }
    wide = {k: v.astype(np.float32) for k, v in wide.items()}
    save_file(wide, folder / "wide.safetensors")
    return x, y


def contributions(model, x, y):
    """What each node adds to the wrong class's logit over the right one's, [N, M], and the rest."""
    w = {k: v.astype(np.float64) for k, v in load_file(model).items()}
    h = np.maximum(x @ w["0.weight"].T + w["0.bias"], 0)
    sign = 1.0 - 2.0 * y
    d = w["2.weight"][1] - w["2.weight"][0]
    a = (h * d).T * sign
    k = (w["2.bias"][1] - w["2.bias"][0]) * sign
    return a.astype(np.float32), k.astype(np.float32)


def all_masks(n):
    return ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1).astype(np.float32)


def best_chunk(run, masks):
    """The best of three short runs decides the chunk size; then the better of two full runs."""
    def seconds(chunk, count):
        run(masks[:chunk])
        start = time.perf_counter()
        for i in range(0, count, chunk):
            run(masks[i : i + chunk])
        return time.perf_counter() - start

    short = min(len(masks), 1 << 14)
    chunk = min(CHUNKS, key=lambda chunk: min(seconds(chunk, short) for _ in range(3)))
    return min(seconds(chunk, len(masks)) for _ in range(2)), chunk


def with_jax(a, k, masks):
    import jax
    import jax.numpy as jnp

    a, k = jnp.asarray(a), jnp.asarray(k)
    loss = lambda b: jax.nn.softplus(b @ a + k).mean(1)
    forward = jax.jit(loss)
    gradient = jax.jit(jax.value_and_grad(lambda b: loss(b).sum()))
    seconds = [
        best_chunk(lambda b: jax.block_until_ready(run(b)), masks) for run in (forward, gradient)
    ]
    return seconds, np.asarray(forward(masks[[0, -1]]))


def with_torch(a, k, masks):
    import torch

    a, k = torch.from_numpy(a), torch.from_numpy(k)
    loss = lambda b: torch.nn.functional.softplus(b @ a + k).mean(1)

    def forward(b):
        with torch.no_grad():
            return loss(torch.from_numpy(b))

    def gradient(b):
        b = torch.from_numpy(b).requires_grad_()
        loss(b).sum().backward()
        return b.grad

    seconds = [best_chunk(run, masks) for run in (forward, gradient)]
    return seconds, forward(masks[[0, -1]]).numpy()


def with_keras(model, x, y, masks):
    """A functional model with the mask as a second input, called one mask at a time."""
    import keras
    import tensorflow as tf

    weights = load_file(model)
    n = masks.shape[1]
    point, mask = keras.Input((2,)), keras.Input((n,))
    hidden = keras.layers.Dense(n, activation="relu")(point)
    logits = keras.layers.Dense(2)(keras.layers.Multiply()([hidden, mask]))
    net = keras.Model([point, mask], logits)
    net.set_weights(
        [weights["0.weight"].T, weights["0.bias"], weights["2.weight"].T, weights["2.bias"]]
    )
    x, y = tf.constant(x, tf.float32), tf.constant(y)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def eager(b):
        return cross_entropy(y, net([x, tf.tile(b[None], (len(x), 1))]))

    seconds = []
    picks = np.random.default_rng(2).integers(0, len(masks), KERAS_MASKS)
    for run in (tf.function(eager), eager):
        run(tf.constant(masks[0])).numpy()
        start = time.perf_counter()
        for pick in picks:
            run(tf.constant(masks[pick])).numpy()
        seconds.append((time.perf_counter() - start) * len(masks) / KERAS_MASKS)
    return seconds, np.array([eager(tf.constant(masks[i])).numpy() for i in (0, -1)])


def peers(timing, out, work):
    x, y = write_inputs(work)
    circle = CRATE / "tests/reference/circle20/model.safetensors"
    points = work / "points.csv"
    masks = all_masks(20)
    scale = len(masks) * N_POINTS
    circle20 = ours(timing, circle, points, "zero")
    wide20 = ours(timing, work / "wide.safetensors", points, "zero")
    a, k = contributions(circle, x, y)
    jax_s, jax_ends = with_jax(a, k, masks)
    torch_s, torch_ends = with_torch(a, k, masks)
    keras_s, keras_ends = with_keras(circle, x, y, masks)
    ends = np.array([circle20["first_loss"], circle20["last_loss"]])
    for name, theirs in [("JAX", jax_ends), ("PyTorch", torch_ends), ("Keras", keras_ends)]:
        assert np.allclose(ends, theirs, rtol=1e-4), f"{name} disagrees: {theirs}, not {ends}"

    peak = wide20["peak_f64_multiply_adds_per_s"], wide20["peak_f32_multiply_adds_per_s"]
    # Per mask and point: one addition and one multiplication in f64, which separate units can do
    # at once; with gradients as many f32 multiply-adds as there are nodes besides.
    rows = [
        ("table", "ours", "circle20", circle20["table_s"], ""),
        ("table", "ours", "every node matters", wide20["table_s"],
         f"{scale / wide20['table_s'] / peak[0]:.0%} of the f64 multiply-add peak"),
        ("table", "JAX", "any", jax_s[0][0], f"chunks of {jax_s[0][1]} masks"),
        ("table", "PyTorch", "any", torch_s[0][0], f"chunks of {torch_s[0][1]} masks"),
        ("table", "Keras, compiled", "any", keras_s[0], f"scaled from {KERAS_MASKS} masks"),
        ("table", "Keras, eager", "any", keras_s[1], f"scaled from {KERAS_MASKS} masks"),
        ("table + gradients", "ours", "circle20", circle20["table_s"] + circle20["gradients_s"], ""),
        ("table + gradients", "ours", "every node matters", wide20["table_s"] + wide20["gradients_s"],
         f"gradients alone {20 * scale / wide20['gradients_s'] / peak[1]:.0%} of the f32 multiply-add peak"),
        ("table + gradients", "JAX", "any", jax_s[1][0], f"chunks of {jax_s[1][1]} masks"),
        ("table + gradients", "PyTorch", "any", torch_s[1][0], f"chunks of {torch_s[1][1]} masks"),
    ]
    lines = []
    for what, who, network, seconds, note in rows:
        base = {"table": circle20["table_s"], "table + gradients": circle20["table_s"] + circle20["gradients_s"]}
        slow = {"table": wide20["table_s"], "table + gradients": wide20["table_s"] + wide20["gradients_s"]}
        lines.append({
            "what": what,
            "who": who,
            "network": network,
            "seconds": f"{seconds:.4g}",
            "mask_points_per_second": f"{scale / seconds:.4g}",
            "times_ours_circle20": f"{seconds / base[what]:.3g}",
            "times_ours_every_node_matters": f"{seconds / slow[what]:.3g}",
            "note": note,
        })
    write_csv(out / "peers.csv", lines)
    return {"circle20": circle20, "every node matters": wide20}


def cost(timing, out):
    lines, before = [], {}
    for n in range(12, 31):
        # Milliseconds vary by half from run to run; the fastest of many does not.
        count = 15 if n <= 23 else 3 if n <= 26 else 2 if n <= 28 else 1
        runs = [ours(timing, n, 1024) for _ in range(count)]
        best = {k: min(r[k] for r in runs) for k, v in runs[0].items() if v is not None}
        growth = {k: f"{best[k] / before[k]:.2f}" if before else "" for k in ("zero_s", "mean_s")}
        before = best
        lines.append({
            "n_nodes": n,
            "zero_ablation_seconds": f"{best['zero_s']:.4g}",
            "mean_ablation_seconds": f"{best['mean_s']:.4g}",
            "zero_ablation_growth": growth["zero_s"],
            "mean_ablation_growth": growth["mean_s"],
            "growth_bar": GROWTH if 20 < n <= 28 else "",
            "spectrum_values_subsets_seconds":
                f"{best['spectrum_s'] + best['values_s'] + best['subsets_s']:.4g}",
            "spectrum_values_subsets_bar": FOLLOW_UP.get(n, ""),
            "peak_memory_mib": f"{best['peak_memory_mib']:.1f}",
            "table_mib": f"{best['table_mib']:.4g}",
        })
        print(lines[-1], flush=True)
    write_csv(out / "cost.csv", lines)


def command(program, out):
    """`hypercube` of a trained network on 256 points, with all of its files and figures."""
    lines = []
    for n in (12, 16, 20, 22, 24, 26, 28, 30):
        with tempfile.TemporaryDirectory() as work:
            common = ["--n-points", "256", "--quiet", "--out", work]
            subprocess.run([program, "train", "--hidden", str(n), *common], check=True, stdout=subprocess.DEVNULL)
            start = time.perf_counter()
            child = subprocess.Popen([program, "hypercube", *common], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
        assert status == 0, f"{n} nodes: the command failed"
        seconds_bar, memory_bar = COMMAND.get(n, ("", ""))
        lines.append({
            "n_nodes": n,
            "seconds": f"{seconds:.3g}",
            "seconds_bar": seconds_bar,
            "core_seconds": f"{used.ru_utime + used.ru_stime:.3g}",
            "peak_memory_gib": f"{used.ru_maxrss / 2**20:.3g}",
            "memory_bar": memory_bar,
        })
        print(lines[-1], flush=True)
    write_csv(out / "command.csv", lines)


def deep(timing, out):
    """Deep networks: the whole command, the tables and all gate gradients, each beside its bar."""
    command = build("-p", "experiments", "--bin", "experiments")
    lines = []
    with tempfile.TemporaryDirectory() as work:
        write_inputs(Path(work))
        for hidden, bar in BARS.items():
            folder = Path(work) / hidden
            run(command, "train", "--hidden", hidden, "--out", folder)
            model = folder / "train" / "model.safetensors"
            for ablation in ("zero", "mean"):
                to = ["--model", model, "--out", folder / ablation]
                whole = ["hypercube", "--ablation", ablation, *to]
                seconds = min(run(command, *whole) for _ in range(3))
                goal = FILES + (bar - FILES) / 2
                lines.append(beside(hidden, "trained", "command", ablation, seconds, bar, goal))
            trained = ours(timing, model, Path(work) / "points.csv", "gradients")
            random = ours(timing, hidden, N_POINTS, "gradients")
            for network, times in {"trained": trained, "random": random}.items():
                for ablation in ("zero", "mean"):
                    table, gradients = times[f"{ablation}_s"], times[f"gradients_{ablation}_s"]
                    lines.append(beside(hidden, network, "table", ablation, table))
                    bar_s = GRADIENT_BAR * table
                    lines.append(beside(hidden, network, "gradients", ablation, gradients, bar_s))
    write_csv(out / "deep.csv", lines)


def ensembles(program, out):
    """Networks of the default recipe, made and measured on one thread and on two."""
    lines = []
    for hidden, (bar, count) in ENSEMBLES.items():
        seconds = {}
        for threads in (2, 1):
            # One thread trains half as many at once.
            networks = count * threads // 2
            with tempfile.TemporaryDirectory() as work:
                made = ["--hidden", hidden, "--networks", networks, "--threads", threads, "--out", work]
                seconds[threads] = run(program, "ensemble", "--quiet", *made) / networks
            minutes = 1000 / 60 * seconds[threads]
            of_two = threads == 2
            lines.append({
                "hidden": hidden.replace(",", "-"),
                "threads": threads,
                "networks": networks,
                "minutes_of_1000": f"{minutes:.3g}",
                "bar_minutes": bar if of_two else "",
                "verdict": ("within" if minutes <= bar else "over") if of_two else "",
                "times_two_threads": f"{seconds[threads] / seconds[2]:.3g}",
            })
            print(lines[-1], flush=True)
    write_csv(out / "ensemble.csv", lines)


def run(*command):
    """Seconds that a command takes."""
    start = time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return time.perf_counter() - start


def beside(hidden, network, what, ablation, seconds, bar=None, goal=None):
    number = lambda value: "" if value is None else f"{value:.4g}"
    return {
        "hidden": hidden.replace(",", "-"),
        "network": network,
        "what": what,
        "ablation": ablation,
        "seconds": number(seconds),
        "bar_seconds": number(bar),
        "goal_seconds": number(goal),
        "verdict": "" if bar is None else "within" if seconds <= bar else "over",
    }


def write_csv(path, lines):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    for line in lines:
        print("  ".join(f"{v}" for v in line.values()))


def cpu():
    try:
        lines = open("/proc/cpuinfo").read().splitlines()
        return next(l.split(":", 1)[1].strip() for l in lines if l.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--only", choices=PARTS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = [args.only] if args.only else PARTS
    timing = build("-p", "hypercube", "--example", "timing")
    machine = {
        "cpu": cpu(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load_average_before": os.getloadavg()[0],
    }
    if "peers" in wanted:
        with tempfile.TemporaryDirectory() as work:
            record = {**machine, "ours": peers(timing, args.out, Path(work))}
        (args.out / "run.json").write_text(json.dumps(record, indent=2) + "\n")
    if "cost" in wanted:
        cost(timing, args.out)
    if "command" in wanted:
        command(build("-p", "experiments", "--bin", "experiments"), args.out)
    if "deep" in wanted:
        (args.out / "deep_run.json").write_text(json.dumps(machine, indent=2) + "\n")
        deep(timing, args.out)
    if "ensemble" in wanted:
        ensembles(build("-p", "experiments", "--bin", "experiments"), args.out)


if __name__ == "__main__":
    main()
