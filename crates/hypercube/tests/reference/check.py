"""Computes the reference losses once more, in plain NumPy, and prints how far apart both are.

    python check.py        (numpy and safetensors)
"""

import json
from pathlib import Path

import numpy
from safetensors.numpy import load_file


def losses(layers, x, y, masks, mean):
    """Mean cross-entropy in float64 of each mask, `[masks]`."""
    means, h = [], x
    for weight, bias in layers[:-1]:
        h = numpy.maximum(h @ weight.T + bias, 0)
        means.append(h.mean(axis=0) if mean else numpy.zeros(h.shape[1]))
    found = []
    for mask in masks:
        h, node = x, 0
        for (weight, bias), instead in zip(layers[:-1], means):
            h = numpy.maximum(h @ weight.T + bias, 0)
            on = numpy.array([mask >> (node + i) & 1 for i in range(h.shape[1])])
            h, node = numpy.where(on, h, instead), node + h.shape[1]
        weight, bias = layers[-1]
        z = h @ weight.T + bias
        z = z - z.max(axis=1, keepdims=True)
        found.append((numpy.log(numpy.exp(z).sum(axis=1)) - z[numpy.arange(len(y)), y]).mean())
    return numpy.array(found)


for folder in sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir()):
    tensors = load_file(folder / "model.safetensors")
    numbers = sorted({int(name.split(".")[0]) for name in tensors})
    layers = [[tensors[f"{k}.{part}"].astype(float) for part in ("weight", "bias")] for k in numbers]
    points = numpy.loadtxt(folder / "points.csv", delimiter=",", skiprows=1)
    x, y = points[:, :-1], points[:, -1].astype(int)
    expected = json.loads((folder / "expected.json").read_text())
    if "masks" not in expected:  # averages only
        continue
    chosen = [row["mask"] for row in expected["masks"]]
    theirs = {"chosen masks": (chosen, [row["loss"] for row in expected["masks"]], False)}
    for file, mean in (("losses.npy", False), ("losses_mean_ablation.npy", True)):
        if (folder / file).exists():
            table = numpy.load(folder / file)
            theirs[file] = (range(len(table)), table, mean)
    for what, (masks, table, mean) in theirs.items():
        own = losses(layers, x, y, masks, mean)
        print(f"{folder.name:12} {what:25} {numpy.abs(own / table - 1).max():.1e} apart at most")
