"""Interrupts, threads, forks, exceptions and progress: what happens in a session."""

import multiprocessing
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import oracle
import pytest

import hypercube

X, Y = oracle.random_points(2, 2, count=4000)
#: Some seconds of work under mean ablation, where every node matters everywhere.
LONG = hypercube.Network.from_layers(*oracle.random_layers([2, 26, 2]))
WIDE = hypercube.Network.from_layers(*oracle.random_layers([2, 300, 2]))
SMALL = hypercube.Network.from_layers(*oracle.random_layers([2, 8, 2]))

WORK = {
    "losses": lambda: hypercube.losses(LONG, X, Y, "mean"),
    "gradients": lambda: hypercube.gradients(
        hypercube.Network.from_layers(*oracle.random_layers([2, 22, 2])), X, Y, "mean"
    ),
    "best_subsets": lambda: hypercube.best_subsets(WIDE, X, Y),
    "shapley": lambda: hypercube.averages(WIDE, X, Y).shapley(),
    "interactions": lambda: hypercube.averages(WIDE, X, Y).interactions(),
    "mean_curve": lambda: hypercube.averages(WIDE, X, Y).mean_curve(),
}


@pytest.mark.parametrize("work", WORK)
def test_ctrl_c_and_then_on(work):
    expected = oracle.table(*oracle.random_layers([2, 8, 2]), X[:50], Y[:50])
    start = time.monotonic()
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        WORK[work]()
    timer.join()
    assert time.monotonic() - start < 5
    np.testing.assert_allclose(hypercube.losses(SMALL, X[:50], Y[:50]), expected, rtol=1e-12)


def test_progress_is_told_and_may_end_it():
    told = []
    hypercube.gradients(LONG_ENOUGH, X, Y, "mean", progress=lambda *now: told.append(now))
    assert told == sorted(told) and told[-1] == (2**20, 2**20) and len(told) > 1

    def enough(done, total):
        raise StopIteration(f"{total}")

    with pytest.raises(StopIteration, match=str(2**26)):
        hypercube.losses(LONG, X, Y, "mean", progress=enough)
    assert hypercube.losses(SMALL, X, Y).shape == (256,)


LONG_ENOUGH = hypercube.Network.from_layers(*oracle.random_layers([2, 20, 2]))


def test_progress_on_stderr(capsys):
    # What takes less than a second shows none.
    x, y = oracle.random_points(2, 2, count=100_000)
    hypercube.gradients(LONG_ENOUGH, x, y, "mean", progress=True)
    err = capsys.readouterr().err
    assert "gradients: " in err and err.endswith("100%\n")
    hypercube.losses(SMALL, X, Y, progress=True)
    assert capsys.readouterr().err == ""


def test_the_interpreter_is_free_meanwhile():
    ticks, done = [0], threading.Event()

    def count():
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.005)

    counter = threading.Thread(target=count)
    counter.start()
    hypercube.gradients(LONG_ENOUGH, X, Y, "mean")
    done.set()
    counter.join()
    assert ticks[0] > 20


def test_from_many_threads_at_once():
    expected = hypercube.losses(SMALL, X, Y)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: hypercube.losses(SMALL, X, Y), range(40)):
            assert (found == expected).all()


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_in_a_forked_process():
    expected = hypercube.losses(SMALL, X, Y)  # so that there are threads, which a fork loses
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.apply_async(_forked).get(timeout=60)
    assert (found == expected).all()


def _forked():
    return hypercube.losses(SMALL, X, Y)


def test_after_an_exception_and_with_another_network():
    with pytest.raises(ValueError):
        hypercube.losses(SMALL, X, Y + 5)
    first = hypercube.losses(SMALL, X, Y)
    other = hypercube.losses(LONG_ENOUGH, X[:64], Y[:64])
    assert (hypercube.losses(SMALL, X, Y) == first).all() and len(other) == 2**20
