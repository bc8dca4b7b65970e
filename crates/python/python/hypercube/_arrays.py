"""What the engine takes, from what people have: lists, torch tensors, tables, arrays of any order."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Progress = bool | Callable[[int, int], object] | None


def numbers(values: Any, what: str) -> np.ndarray:
    """As a contiguous float64 array, or a TypeError that says what is none."""
    if hasattr(values, "detach"):  # a torch tensor, perhaps one that has gradients or is elsewhere
        values = values.detach().cpu().double()
    array = np.asarray(values)
    if array.dtype.kind not in "biufO":
        raise TypeError(f"{what} has dtype {array.dtype}; real numbers are needed")
    try:
        return np.asarray(array, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} is no array of numbers: {error}") from None


def points(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """`X` as float64 [M, inputs] and `y` as int64 [M]."""
    x, y = coordinates(x), numbers(y, "y")
    if y.ndim != 1:
        raise ValueError(f"y has shape {list(y.shape)}, not [points]; give each point's class, from 0")
    if len(x) != len(y):
        raise ValueError(f"X has {len(x)} points, but y has {len(y)} labels")
    is_whole = (y == np.round(y)) & (abs(y) < 2.0**53)
    if not is_whole.all():
        k = int(is_whole.argmin())
        raise ValueError(f"point {k} has label {y[k]}; labels are classes: whole numbers from 0")
    return x, y.astype(np.int64)


def coordinates(x: Any) -> np.ndarray:
    """`X` as float64 [M, inputs]."""
    x = numbers(x, "X")
    if x.ndim != 2:
        raise ValueError(f"X has shape {list(x.shape)}, not [points, inputs]; reshape it, as by X.reshape(len(X), -1)")
    return x


def table(values: Any) -> np.ndarray:
    """A function of masks as float64 [2^N]."""
    values = numbers(values, "the table")
    if values.ndim != 1 or len(values) == 0 or len(values) & (len(values) - 1):
        raise ValueError(f"the table has shape {list(values.shape)}, not [2^N]: one value for every mask")
    if np.isnan(values).any():
        raise ValueError(f"the table has NaN at mask {int(np.isnan(values).argmax())}")
    return values


def told(progress: Progress, what: str) -> Callable[[int, int], object] | None:
    """What the engine calls with how much is done, and of how much."""
    if progress is None or progress is False:
        return None
    if callable(progress):
        return progress
    start, last = time.monotonic(), [""]

    def tell(done: int, total: int) -> None:
        text = f"{what}: {done / total:.0%}"
        if (last[0] or time.monotonic() - start > 0.5) and text != last[0]:
            end = "\n" if done == total else ""
            print(f"\r{text}", end=end, file=sys.stderr, flush=True)
            last[0] = text

    return tell
