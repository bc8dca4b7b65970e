"""Networks from live modules, layers, features and files."""

import copy
import pickle

import numpy as np
import oracle
import pytest

import hypercube
from hypercube import Network

X, Y = oracle.random_points(3, 3)


def agrees(network, weights, biases, x, y, **options):
    own = oracle.table(weights, biases, x, y, **options)
    np.testing.assert_allclose(hypercube.losses(network, x, y), own, rtol=1e-11)


def linear(module, nn):
    found = [m for m in module.modules() if isinstance(m, nn.Linear)]
    zeros = [np.zeros(m.out_features) for m in found]
    biases = [z if m.bias is None else m.bias.detach().double().numpy() for m, z in zip(found, zeros)]
    return [m.weight.detach().double().numpy() for m in found], biases


@pytest.fixture(name="nn")
def torch_nn():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch.nn


@pytest.mark.parametrize(
    "name, activation", [("ReLU", "relu"), ("Tanh", "tanh"), ("GELU", "gelu"), ("Sigmoid", "sigmoid")]
)
def test_a_live_sequential(nn, name, activation):
    between = getattr(nn, name)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(3, 4), between(), nn.Dropout(), nn.Linear(4, 4), between(), nn.Linear(4, 3)
    )
    network = Network.from_torch(model)
    assert network.activation == activation and network.sizes == [3, 4, 4, 3] and network.n_nodes == 8
    agrees(network, *linear(model, nn), X, Y, activation=activation)
    assert model.training  # left as it was
    assert Network.from_torch(model, activation).activation == activation
    network = Network.from_torch(model.state_dict(), activation)
    agrees(network, *linear(model, nn), X, Y, activation=activation)


def test_a_module_of_ones_own_in_other_precisions(nn):
    import torch

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 3))

        def forward(self, x):
            return self.net(x).log_softmax(-1)

    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        model = Inner().to(dtype)
        network = Network.from_torch(model)
        agrees(network, *linear(model, nn), X, Y)
    assert Network.from_torch(torch.compile(Inner())).sizes == [3, 5, 3]


def test_what_a_module_is_called_with_does_not_change_it(nn):
    import torch

    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 3))
    state = torch.get_rng_state()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    Network.from_torch(model)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())


def test_names_order_and_what_is_missing(nn):
    import torch

    class Named(nn.Module):
        def __init__(self, bias, out):
            super().__init__()
            self.fc10 = nn.Linear(4, out, bias)
            self.fc9 = nn.Linear(5, 4, bias)
            self.fc1 = nn.Linear(3, 5, bias)

        def forward(self, x):
            h = nn.functional.gelu(self.fc9(nn.functional.gelu(self.fc1(x))))
            return self.fc10(h).squeeze(-1)

    named = Named(False, 3)
    weights, biases = linear(nn.ModuleList([named.fc1, named.fc9, named.fc10]), nn)
    network = Network.from_torch(named)
    assert network.activation == "gelu" and network.sizes == [3, 5, 4, 3]
    agrees(network, weights, biases, X, Y, activation="gelu")
    one = Named(True, 1)
    network = Network.from_torch(one)
    assert network.sizes == [3, 5, 4, 2]
    logits = one.double()(torch.tensor(X))
    own = nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(Y % 2).double())
    assert abs(hypercube.losses(network, X, Y % 2)[-1] - own.item()) < 1e-12
    assert Network.from_torch(nn.DataParallel(Named(True, 3))).sizes == [3, 5, 4, 3]

    class Unordered(nn.Module):
        def __init__(self):
            super().__init__()
            self.zz = nn.Linear(3, 6)
            self.aa = nn.Linear(6, 3)

        def forward(self, x):
            return self.aa(torch.tanh(self.zz(x)))

    # Names tell nothing of the order, in which the module holds its layers and is called.
    unordered = Unordered()
    network = Network.from_torch(unordered)
    assert network.sizes == [3, 6, 3]
    agrees(network, *linear(nn.ModuleList([unordered.zz, unordered.aa]), nn), X, Y, activation="tanh")
    with pytest.raises(ValueError, match="the order of its layers is not known"):
        Network.from_torch(unordered.state_dict())


def refused(nn):
    class Skip(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))

        def forward(self, x):
            return x + self.net(x)

    class Fails(Skip):
        def forward(self, x):
            raise RuntimeError("not today")

    other = "computes something else"
    yield nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3), nn.Softmax(-1)), other
    yield nn.Sequential(nn.Linear(3, 4), nn.SiLU(), nn.Linear(4, 3)), other
    yield nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 3)), other
    yield Skip(), other
    yield Fails(), r"could not be called on inputs of shape \[48, 3\] \(RuntimeError: not today\)"
    yield nn.Sequential(nn.Linear(3, 4), nn.GELU("tanh"), nn.Linear(4, 3)), other
    yield nn.Sequential(nn.Linear(3, 3)), "hidden"
    yield nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3)), "BatchNorm"
    yield nn.Sequential(nn.Linear(3, 4), nn.PReLU(), nn.Linear(4, 3)), "PReLU"
    yield nn.Sequential(nn.Conv1d(3, 4, 1), nn.ReLU(), nn.Linear(4, 3)), "dimensions"


def test_modules_that_are_something_else(nn):
    for module, text in refused(nn):
        with pytest.raises(ValueError, match=text):
            Network.from_torch(module)
    with pytest.raises(ValueError, match="there is no activation 'swish'; known are relu, tanh, gelu and sigmoid"):
        Network.from_torch(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)), "swish")
    with pytest.raises(ValueError, match="with tanh between them"):
        Network.from_torch(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)), "tanh")
    with pytest.raises(TypeError, match=r"a torch.nn.Module or its state_dict\(\) is needed, not a list"):
        Network.from_torch([])
    with pytest.raises(ValueError, match="'count' is a int, no tensor"):
        Network.from_torch({"count": 3})


def test_layers_as_lists_and_from_scikit_learn():
    weights, biases = oracle.random_layers([3, 4, 3])
    network = Network.from_layers([w.tolist() for w in weights], [b.tolist() for b in biases])
    agrees(network, weights, biases, X, Y)
    for (w, b), own_w, own_b in zip(network.layers, weights, biases):
        assert (w == own_w).all() and (b == own_b).all()
    agrees(Network.from_layers(weights), weights, [np.zeros(4), np.zeros(3)], X, Y)
    sklearn = pytest.importorskip("sklearn.neural_network")
    model = sklearn.MLPClassifier([6], activation="tanh", max_iter=20, random_state=0)
    with pytest.warns(match="converged"):
        model.fit(X, Y)
    weights = [w.T for w in model.coefs_]
    agrees(Network.from_layers(weights, model.intercepts_, "tanh"), weights, model.intercepts_, X, Y, activation="tanh")


def test_copies_and_pickles():
    features = np.random.default_rng(0).normal(size=(50, 4))
    network = Network.from_features(features, np.ones((3, 4)))
    for other in (pickle.loads(pickle.dumps(network)), copy.deepcopy(network)):
        assert (hypercube.losses(other, features, Y) == hypercube.losses(network, features, Y)).all()
        assert repr(other) == repr(network)


def test_layers_that_are_none():
    weights, biases = oracle.random_layers([3, 4, 3])
    with pytest.raises(ValueError, match="2 weights and 1 biases"):
        Network.from_layers(weights, biases[:1])
    with pytest.raises(ValueError):
        Network.from_layers([weights[0], weights[1].T], biases)
    with pytest.raises(ValueError, match="finite"):
        Network.from_layers([weights[0] * np.nan, weights[1]], biases)
    with pytest.raises(TypeError, match="the biases of layer 1 has dtype"):
        Network.from_layers(weights, [biases[0], ["a", "b", "c"]])


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("ablation", ["zero", "mean"])
def test_features_of_a_frozen_network(signed, ablation):
    rng = np.random.default_rng(5)
    features = rng.normal(size=(50, 7)) * 30
    features = features if signed else abs(features)
    weights, bias, y = rng.normal(size=(3, 7)) / 10, rng.normal(size=3), rng.integers(0, 3, 50)
    network = Network.from_features(features, weights, bias)
    np.testing.assert_allclose(network.logits(features), features @ weights.T + bias, rtol=1e-12)

    def own(mask):
        gate, mean = oracle.bits(mask, 7), features.mean(0) * (ablation == "mean")
        logits = (gate * features + (1 - gate) * mean) @ weights.T + bias
        return np.mean(np.logaddexp.reduce(logits, 1) - logits[np.arange(50), y])

    found = hypercube.losses(network, features, y, ablation)
    np.testing.assert_allclose(found, [own(mask) for mask in range(128)], rtol=1e-11)
    assert Network.from_features(features, weights).layers[-1][1].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="unit 2 is -1000.0 at point 0, far outside"):
        hypercube.losses(network, np.where(np.arange(7) == 2, -1000.0, features), y)
    with pytest.raises(ValueError, match=r"W has shape \[3, 6\] and H \[50, 7\]"):
        Network.from_features(features, weights[:, 1:], bias)


def test_files(nn, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 3))
    safetensors.save_file(model.state_dict(), tmp_path / "m.safetensors")
    network = Network.from_file(tmp_path / "m.safetensors", "tanh")
    agrees(network, *linear(model, nn), X, Y, activation="tanh")
    assert repr(network) == "<hypercube.Network 3-5-3, tanh, 5 nodes>"
    safetensors.save_file(model.state_dict(), tmp_path / "told.safetensors", {"activation": "tanh"})
    assert Network.from_file(tmp_path / "told.safetensors").activation == "tanh"
    assert Network.from_file(tmp_path / "told.safetensors", "gelu").activation == "gelu"
    assert Network.from_file(tmp_path / "m.safetensors").activation == "relu"
    with pytest.raises(FileNotFoundError, match="cannot read model .*none.safetensors"):
        Network.from_file(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="not a safetensors file"):
        Network.from_file(tmp_path / "bad.safetensors")
    with pytest.raises(OSError, match="it is a folder"):
        Network.from_file(tmp_path)
