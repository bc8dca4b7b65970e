"""Networks from where people have them."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hypercube import _engine
from hypercube._arrays import coordinates, numbers


class Network:
    """A fully connected classifier: linear layers with one activation between each two, and softmax
    cross-entropy on top.

    Its *nodes* are the hidden units, numbered layer by layer from the input, from 0: N in all. Made by
    `from_torch`, `from_layers`, `from_features` or `from_file`; what is no such network is a ValueError.
    """

    def __init__(self, engine: _engine.Network):
        self._engine = engine
        self._features: float | None = None

    @classmethod
    def from_torch(cls, module: Any, activation: str | None = None) -> Network:
        """The network that a live `torch.nn.Module`, or a `state_dict()`, is.

        The tensors are read as the files of `from_file` are, or if that does not fit in the order in which the
        module holds them. A module is then called, in float64, on
        random inputs, and has to give what its linear layers with one activation between them give,
        up to what softmax ignores; otherwise it computes something else, and is refused. Without
        `activation` the one that agrees is found. A state_dict cannot be called: it is taken to be what
        `activation` says ("relu" by default).
        """
        if isinstance(module, Mapping):
            return cls._parse({name: _array(t, name) for name, t in module.items()}, activation or "relu")
        if not hasattr(module, "state_dict"):
            raise TypeError(f"a torch.nn.Module or its state_dict() is needed, not a {type(module).__name__}")
        module = getattr(module, "_orig_mod", module)  # what torch.compile wraps
        arrays = {name: _array(t, name) for name, t in module.state_dict().items()}
        refusals = []
        for named in (arrays, _as_registered(arrays)):
            try:
                return cls._agreeing(module, named, [activation] if activation else _engine.ACTIVATIONS)
            except ValueError as error:
                refusals.append(error)
        raise refusals[0]

    @classmethod
    def _agreeing(cls, module: Any, arrays: dict[str, np.ndarray], candidates: Sequence[str]) -> Network:
        """The network of these tensors with the first activation under which it computes what the module does."""
        inputs = cls._parse(arrays, candidates[0]).sizes[0]
        x, found, tolerance = _call(module, inputs)
        for candidate in candidates:
            network = cls._parse(arrays, candidate)
            if _agree(network.logits(x), found, tolerance):
                return network
        raise ValueError(
            f"the module computes something else than its linear layers with {' or '.join(candidates)} between "
            "them: it was called on random inputs and its outputs differ; leave out what else it does, such as "
            "a final softmax or sigmoid or a skip connection"
        )

    @classmethod
    def from_layers(
        cls, weights: Sequence[Any], biases: Sequence[Any] | None = None, activation: str = "relu"
    ) -> Network:
        """The network of these layers, first to last: `weights` [outputs, inputs] each, `biases`
        [outputs] each (0 without them). scikit-learn's `coefs_` are transposed: give `[w.T for w in coefs_]`."""
        weights = [numbers(w, f"the weights of layer {k}") for k, w in enumerate(weights)]
        if biases is None:
            biases = [np.zeros(w.shape[:1]) for w in weights]
        if len(weights) != len(biases):
            raise ValueError(
                f"there are {len(weights)} weights and {len(biases)} biases; give one of each for each layer"
            )
        arrays = {}
        for k, (weight, bias) in enumerate(zip(weights, biases)):
            arrays[f"{2 * k}.weight"] = weight
            arrays[f"{2 * k}.bias"] = numbers(bias, f"the biases of layer {k}")
        return cls._parse(arrays, activation)

    @classmethod
    def from_features(cls, H: Any, W: Any, b: Any = None) -> Network:
        """The last layer of any frozen network, whose units are the nodes: give `H` as X to everything else.

        `H` [M, N] is what the frozen part computes at the points, of any sign; `W` [classes, N] and `b`
        [classes] are the last layer.
        """
        features, weights = coordinates(H), numbers(W, "W")
        if weights.ndim != 2 or weights.shape[1] != features.shape[1]:
            shapes = f"W has shape {list(weights.shape)} and H {list(features.shape)}"
            raise ValueError(f"{shapes}; they are [classes, N] and [points, N]")
        n = features.shape[1]
        # A hidden layer that hands its inputs on. ReLU does so above 0, and tanh undoes an inverse
        # tanh to the last digit or two, within half of its range.
        span = 0.0 if (features >= 0).all() else 2 * float(abs(features).max())
        biases = [np.zeros(n), np.zeros(len(weights)) if b is None else b]
        network = cls.from_layers([np.eye(n), weights * (span or 1)], biases, "tanh" if span else "relu")
        network._features = span
        return network

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], activation: str | None = None) -> Network:
        """The network in a safetensors file, as `safetensors.torch.save_file(module.state_dict(), path)`
        writes it. Such a file does not say which activation is meant: "relu", unless it was written by
        this project or `activation` says otherwise."""
        return cls(_engine.Network.load(os.fspath(path), activation))

    @classmethod
    def _parse(cls, arrays: dict[str, np.ndarray], activation: str) -> Network:
        return cls(_engine.Network.parse(_safetensors(arrays), activation))

    @property
    def activation(self) -> str:
        """What stands between the layers: relu, tanh, gelu or sigmoid."""
        return self._engine.activation

    @property
    def sizes(self) -> list[int]:
        """Widths from input to output, such as [2, 20, 2]."""
        return self._engine.sizes

    @property
    def n_nodes(self) -> int:
        """Number of hidden nodes, N."""
        return sum(self.sizes[1:-1])

    @property
    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights [outputs, inputs] and biases [outputs] of the layers, first to last, in float64."""
        return self._engine.layers()

    def activations(self, X: Any) -> np.ndarray:
        """Every node's activation at every point with all nodes on: float64 [M, N]."""
        return self._engine.activations(self._inputs(coordinates(X)))

    def logits(self, X: Any) -> np.ndarray:
        """The classes' logits at every point with all nodes on: float64 [M, classes]."""
        weights, biases = self.layers[-1]
        return self.activations(X)[:, -weights.shape[1] :] @ weights.T + biases

    def _inputs(self, x: np.ndarray) -> np.ndarray:
        """What the engine takes for these points: itself, but for features of any sign."""
        if self._features is None or not np.isfinite(x).all():  # the engine refuses what is not finite
            return x
        beyond = abs(x) >= self._features if self._features else x < 0
        if beyond.any():
            point, unit = np.argwhere(beyond)[0]
            raise ValueError(
                f"unit {unit} is {x[point, unit]} at point {point}, far outside the features that the network was "
                "made from; make it from these"
            )
        return np.arctanh(x / self._features) if self._features else x

    def __reduce__(self) -> tuple[Any, ...]:
        weights, biases = zip(*self.layers)
        return _again, (weights, biases, self.activation, self._features)

    def __repr__(self) -> str:
        return f"<hypercube.Network {'-'.join(map(str, self.sizes))}, {self.activation}, {self.n_nodes} nodes>"


def _again(weights: Sequence[Any], biases: Sequence[Any], activation: str, features: float | None) -> Network:
    """What a pickled network is made from."""
    network = Network.from_layers(weights, biases, activation)
    network._features = features
    return network


def _array(tensor: Any, name: str) -> np.ndarray:
    """A tensor of any floating dtype as float64, of any other as int64."""
    if not hasattr(tensor, "detach"):
        if not isinstance(tensor, np.ndarray):
            raise ValueError(f"'{name}' is a {type(tensor).__name__}, no tensor; leave it out")
        return tensor.astype(np.float64 if tensor.dtype.kind == "f" else np.int64)
    tensor = tensor.detach().cpu()
    return (tensor.double() if tensor.is_floating_point() else tensor.long()).numpy()


def _as_registered(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same tensors, their layers numbered in the order in which the module holds them: mostly that of
    its calls, whatever the names."""
    split = [name.rpartition(".") for name in arrays]
    order = {layer: k for k, layer in enumerate(dict.fromkeys(layer for layer, _, _ in split))}
    return {f"layer{order[layer]}.{part}": array for (layer, _, part), array in zip(split, arrays.values())}


def _safetensors(arrays: dict[str, np.ndarray]) -> bytes:
    """The bytes of a safetensors file: the length of a header, the header, the data."""
    header, parts, end = {}, [], 0
    for name, array in arrays.items():
        kind = "F64" if array.dtype.kind == "f" else "I64"
        parts.append(array.astype("<f8" if kind == "F64" else "<i8").tobytes())
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def _call(module: Any, inputs: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Random inputs, the module's outputs there, and how exact they are relative to their size."""
    import torch

    scales = np.repeat([0.1, 1.0, 10.0], 16)[:, None]
    x = np.random.default_rng(0).standard_normal((len(scales), inputs)) * scales
    own = next((p.dtype for p in module.parameters()), torch.float32)
    for dtype, tolerance in [(torch.float64, 1e-9), (own, 64 * torch.finfo(own).eps)]:
        try:
            twin = copy.deepcopy(module).cpu().to(dtype).eval()
            with torch.no_grad():
                outputs = twin(torch.tensor(x, dtype=dtype))
            return x, outputs.double().numpy(), tolerance
        except Exception as error:  # whatever a stranger's module raises
            reason = error
    raise ValueError(
        f"the module could not be called on inputs of shape {list(x.shape)} ({type(reason).__name__}: {reason}); "
        "give its state_dict() to leave out this check"
    ) from reason


def _agree(logits: np.ndarray, found: np.ndarray, tolerance: float) -> bool:
    """Whether these are the same logits, up to a number added to all of a point's."""
    if found.shape in [(len(logits),), (len(logits), 1)]:  # one logit: as two classes, 0 and z
        found = np.stack([np.zeros(len(logits)), found.reshape(-1)], 1)
    if found.shape != logits.shape:
        return False
    size = 1 + abs(found).max()
    apart = (logits - logits[:, :1]) - (found - found[:, :1])
    return bool((abs(apart) <= tolerance * size).all())
