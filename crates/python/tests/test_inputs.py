"""What people pass: taken where it means something, refused in one line where it does not."""

import os

import numpy as np
import oracle
import pytest

import hypercube

WEIGHTS, BIASES = oracle.random_layers([2, 5, 3])
X, Y = oracle.random_points(2, 3)
NETWORK = hypercube.Network.from_layers(WEIGHTS, BIASES)
LOSSES = hypercube.losses(NETWORK, X, Y)


def taken():
    strided = np.repeat(X, 2, 0)[::2]
    wide = np.concatenate([X, X], 1)[:, :2]
    yield "lists", X.tolist(), Y.tolist()
    yield "Fortran order", np.asfortranarray(X), Y
    yield "every other row", strided, np.repeat(Y, 2)[::2]
    yield "some columns", wide, Y
    yield "reversed twice", X[::-1][::-1], Y[::-1][::-1]
    yield "big-endian", X.astype(">f8"), Y.astype(">i4")
    yield "read-only", np.broadcast_to(X, X.shape), Y
    for dtype in (np.int8, np.uint8, np.int32, np.uint64, np.float32, object):
        yield f"{np.dtype(dtype)} labels", X, Y.astype(dtype)


@pytest.mark.parametrize("x, y", [pytest.param(x, y, id=name) for name, x, y in taken()])
def test_arrays_of_all_kinds(x, y):
    assert (hypercube.losses(NETWORK, x, y) == LOSSES).all()


def test_float32_points_are_widened():
    single = X.astype(np.float32)
    assert (hypercube.losses(NETWORK, single, Y) == hypercube.losses(NETWORK, single.astype(float), Y)).all()


def test_boolean_labels_and_data_frames():
    pandas = pytest.importorskip("pandas")
    two = hypercube.Network.from_layers(*oracle.random_layers([2, 5, 2]))
    own = hypercube.losses(two, X, Y % 2)
    assert (hypercube.losses(two, pandas.DataFrame(X), Y % 2 == 1) == own).all()
    assert (hypercube.losses(two, X, pandas.Series(Y % 2)) == own).all()


def test_torch_tensors():
    torch = pytest.importorskip("torch")
    x, y = torch.tensor(X, requires_grad=True), torch.tensor(Y)
    assert (hypercube.losses(NETWORK, x, y) == LOSSES).all()
    assert (hypercube.losses(NETWORK, x.T.contiguous().T, y) == LOSSES).all()
    half = x.bfloat16()
    assert (hypercube.losses(NETWORK, half, y) == hypercube.losses(NETWORK, half.double(), y)).all()


NAN = X.copy()
NAN[3, 1] = np.nan
REFUSED = [
    (NAN, Y, ValueError, "point 3 has a coordinate that is NaN"),
    (X[:0], Y[:0], ValueError, "there are no points"),
    (X[:, :1], Y, ValueError, "the points have 1 coordinates, but the network takes 2 inputs"),
    (X[:, 0], Y, ValueError, r"X has shape \[50\], not \[points, inputs\]"),
    (X, Y[:-1], ValueError, "X has 50 points, but y has 49 labels"),
    (X, Y[:, None], ValueError, r"y has shape \[50, 1\], not \[points\]"),
    (X, np.where(np.arange(50) == 7, 3, Y), ValueError, "point 7 has label 3, but the network has 3 classes, from 0"),
    (X, np.where(np.arange(50) == 7, -1, Y), ValueError, "point 7 has label -1, but the network has 3 classes, from 0"),
    (X, np.where(np.arange(50) == 7, 0.5, Y), ValueError, "point 7 has label 0.5; labels are classes"),
    (X, np.where(np.arange(50) == 7, np.nan, Y), ValueError, "point 7 has label nan; labels are classes"),
    (X, np.full(50, 1e300), ValueError, "point 0 has label 1e[+]300; labels are classes"),
    (X + 1j, Y, TypeError, "X has dtype complex128; real numbers are needed"),
    (X.astype(str), Y, TypeError, "X has dtype <U32; real numbers are needed"),
    ([[1.0, 2.0], [3.0]], [0, 1], ValueError, "inhomogeneous"),
    (None, Y, ValueError, r"X has shape \[\], not"),
]


@pytest.mark.parametrize("function", ["losses", "gradients", "averages", "best_subsets", "Game"])
@pytest.mark.parametrize("x, y, kind, text", REFUSED)
def test_what_are_no_points(function, x, y, kind, text):
    network = NETWORK
    if function == "averages":
        if "3 classes" in text:
            return
        network = hypercube.Network.from_layers(*oracle.random_layers([2, 5, 2]))
        y = np.where(np.equal(y, 2), 1, y)
    with pytest.raises(kind, match=text):
        found = getattr(hypercube, function)(network, x, y)
        found(np.ones((1, 5), bool)) if function == "Game" else None


def test_other_refusals():
    with pytest.raises(ValueError, match="there is no ablation 'median'; there are 'zero' and 'mean'"):
        hypercube.losses(NETWORK, X, Y, "median")
    with pytest.raises(ValueError, match="exact averages need two classes; the network has 3"):
        hypercube.averages(NETWORK, X, Y)
    two = hypercube.Network.from_layers(*oracle.random_layers([2, 5, 2]))
    with pytest.raises(ValueError, match="p is 1.5, not a probability"):
        hypercube.averages(two, X, Y % 2).mean_loss(1.5)
    with pytest.raises(ValueError, match="at least 1 step"):
        hypercube.averages(two, X, Y % 2).mean_curve(0)
    for seconds in (-1, float("nan")):
        with pytest.raises(ValueError, match="seconds"):
            hypercube.best_subsets(NETWORK, X, Y, seconds=seconds)


def test_too_many_nodes():
    x, y = oracle.random_points(2, 2)
    wide = hypercube.Network.from_layers(*oracle.random_layers([2, 31, 2]))
    for function in (hypercube.losses, hypercube.gradients):
        with pytest.raises(ValueError, match=r"31 nodes make 2\^31 sub-networks, too many to hold; at most 30"):
            function(wide, x, y)
    assert hypercube.averages(wide, x, y).shapley().values.shape == (31,)


@pytest.mark.skipif(not os.path.exists("/proc/meminfo"), reason="the free memory is not known here")
def test_more_memory_than_there_is():
    text = r"the gate gradients of 2\^28 masks take 1048576.0 GiB, but .* GiB are free"
    with pytest.raises(MemoryError, match=text):
        hypercube._functions._check_memory("the gate gradients of 2^28 masks", 1 << 50)


@pytest.mark.parametrize("function", ["spectrum", "walsh", "shapley", "banzhaf", "interactions", "best_masks"])
def test_tables(function):
    function = getattr(hypercube, function)
    for values in ([], [1.0, 2.0, 3.0], [[1.0, 2.0]], 1.0):
        with pytest.raises(ValueError, match=r"not \[2\^N\]"):
            function(values)
    with pytest.raises(ValueError, match="NaN at mask 1"):
        function([0.0, np.nan])
    own, strided = function(LOSSES), function(np.repeat(LOSSES, 2)[::2])
    for a, b in zip(np.atleast_2d(own), np.atleast_2d(strided)):
        assert (a == b).all()
    function([2.0])  # no node at all
    function([2, 1])


def test_a_single_node():
    weights, biases = oracle.random_layers([2, 1, 2])
    network = hypercube.Network.from_layers(weights, biases)
    x, y = oracle.random_points(2, 2)
    table = hypercube.losses(network, x, y)
    assert hypercube.shapley(table)[0] == pytest.approx(table[1] - table[0], abs=1e-15)
    assert hypercube.averages(network, x, y).shapley().values[0] == pytest.approx(table[1] - table[0], abs=1e-14)
    np.testing.assert_allclose(hypercube.best_subsets(network, x, y).loss, table)
    assert hypercube.interactions(table).shape == (1, 1)
