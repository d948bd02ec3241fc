"""What networks do to the process they run in, and to others: no traces, no noise, equal bits, fair shares."""

import copy
import json
import logging
import multiprocessing
import os
import pickle
import random
import re
import subprocess
import sys
import threading
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_validate

import skaudio
from skaudio import ANNClassifier, CNNClassifier
from skaudio.neural import _backend, _network

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def _data(kind, n_rows=60):
    rng = np.random.default_rng(0)
    codes = np.arange(n_rows) % 3
    if kind == "ann":
        X = rng.normal(size=(n_rows, 40)) + codes[:, None]
    else:
        X = rng.normal(size=(n_rows, 24, 10)) + codes[:, None, None]
    return X.astype(np.float32), np.array(["cat", "dog", "owl"])[codes]


def _small(kind, **parameters):
    make, units = (ANNClassifier, (8,)) if kind == "ann" else (CNNClassifier, (4, 4))
    return make(units, **{"epochs": 2, "random_state": 0, **parameters})


def _default(kind, **parameters):
    make = ANNClassifier if kind == "ann" else CNNClassifier
    return make(**{"epochs": 2, "random_state": 0, **parameters})


def _equal_weights(first, second):
    pairs = zip(first.model_.get_weights(), second.model_.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def _run(*arguments, cwd, timeout=300, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=timeout,  # a hang is an error of the test
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


class Batches(keras.callbacks.Callback):
    """Wants batches, which only Keras's own loop tells of."""

    def on_train_batch_end(self, batch, logs=None):
        pass


class Fails(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise ZeroDivisionError("in the middle")


LOOPS = {"compiled": [], "keras": [Batches()]}


# Traces


class Traces:
    """What is global in a process, and must be after a piece of work as it was before."""

    def __init__(self):
        import tensorflow as tf
        from keras.src.random.seed_generator import global_seed_generator
        from tensorflow.python.framework import config

        self.tf, self.config, self.keras_seeds = tf, config, global_seed_generator()
        tf.random.set_seed(123)
        self.expected = [tf.random.uniform([2]).numpy().tolist() for _ in range(2)]
        tf.random.set_seed(123)
        self.drawn = [tf.random.uniform([2]).numpy().tolist()]
        self.before = self.now()

    def now(self):
        numpy_state = np.random.get_state()  # noqa: NPY002
        return {
            "python": random.getstate(),
            "numpy": [np.asarray(part).tolist() for part in numpy_state],
            "keras": np.asarray(self.keras_seeds.state).tolist(),
            "tensorflow": self.tf.random.get_global_generator().state.numpy().tolist(),
            "determinism": self.config.is_op_determinism_enabled(),
            "eager": self.tf.config.functions_run_eagerly(),
            "environment": dict(os.environ),
            "folder": (os.getcwd(), sorted(os.listdir())),
            "logging": [
                (name, logging.getLogger(name).level, list(logging.getLogger(name).filters))
                for name in ("", "tensorflow", "absl", "skaudio")
            ],
            "warnings": list(warnings.filters),
        }

    def check(self):
        assert self.now() == self.before
        assert [*self.drawn, self.tf.random.uniform([2]).numpy().tolist()] == self.expected


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_nothing_global_is_changed(kind, loop, empty):
    X, y = _data(kind)
    network = _small(kind, callbacks=LOOPS[loop], validation_fraction=0.3, early_stopping=True)
    traces = Traces()
    network.fit(X, y)
    traces.check()
    for work in (
        lambda: network.predict(X),
        lambda: pickle.loads(pickle.dumps(network)).predict(X),
        lambda: copy.deepcopy(network).fit(X, y),
        lambda: network.summary(),
    ):
        traces = Traces()
        work()
        traces.check()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_a_fit_that_fails_in_the_middle_leaves_no_trace_and_no_network(kind, loop, empty):
    X, y = _data(kind)
    network = _small(kind, callbacks=[*LOOPS[loop], Fails()], epochs=3)
    traces = Traces()
    with pytest.raises(ZeroDivisionError, match="in the middle"):
        network.fit(X, y)
    traces.check()
    with pytest.raises(NotFittedError):
        network.predict(X)
    # Others train on, in other threads too, and Keras without a seed.
    thread = threading.Thread(target=network.set_params(callbacks=None, epochs=2).fit, args=(X, y), daemon=True)
    thread.start()
    thread.join(60)  # a lock that was kept would not end
    assert _equal_weights(network, _small(kind).fit(X, y))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3)), np.ones((8, 2)), verbose=0)


# One long process: noise and memory

LONG = """
import json, sys
import numpy as np
import tensorflow as tf
tf.reduce_sum(tf.ones((3, 3)) @ tf.ones((3, 3))).numpy()
import keras, psutil
import skaudio
from skaudio import ANNClassifier, CNNClassifier

class Batches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass

print("MARK", file=sys.stderr, flush=True)
rng = np.random.default_rng(0)
y = np.arange(320) % 10
rows = (rng.normal(size=(320, 40)) + y[:, None]).astype(np.float32)
sequences = (rng.normal(size=(320, 16, 8)) + y[:, None, None]).astype(np.float32)

for callbacks in (None, [Batches()]):
    for i in range(8):
        n = 60 + 30 * i
        network = ANNClassifier((8 + i,), epochs=2, validation_fraction=0.2, callbacks=callbacks, random_state=i)
        network.fit(rows[:n], y[:n]).predict(rows[: 10 + i])
    CNNClassifier((4,), epochs=2, callbacks=callbacks).fit(sequences[:90], y[:90]).predict(sequences[:10])
del network

held = []
for i in range(56):
    n = 200 + 2 * i
    if i % 14 == 1:  # the first of them is among the first 5
        network = CNNClassifier((8, 8), epochs=2, dropout=0.1 + 0.01 * i, random_state=i)
        network.fit(sequences[:n], y[:n]).predict(sequences)
    else:
        validation = {"X_val": rows[n:], "y_val": y[n:]} if i % 2 else {}
        network = ANNClassifier(epochs=3, dropout=0.1 + 0.01 * i, learning_rate=0.001 * (1 + i), random_state=i)
        network.fit(rows[:n], y[:n], **validation).predict(rows)
    del network
    held.append(psutil.Process().memory_info().rss)
with open("held.json", "w") as file:
    json.dump(held, file)
"""


@pytest.fixture(scope="module")
def long_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    done = _run("-W", "error", "-c", LONG, cwd=folder)
    return done, json.loads((folder / "held.json").read_text())


def test_fits_and_predictions_say_nothing(long_process):
    done, _ = long_process
    assert done.stdout == ""
    assert done.stderr.partition("MARK\n")[2] == ""


def test_many_fits_do_not_fill_the_memory(long_process):
    _, held = long_process
    assert held[-1] - held[4] < 100_000_000


# Equal bits, and fair shares of the cores


class Threads(keras.callbacks.Callback):
    """Notes how many threads TensorFlow uses in this process."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_train_begin(self, logs=None):
        from tensorflow.config import threading as threads

        found = [threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads()]
        (self.folder / str(os.getpid())).write_text(json.dumps(found))


def test_workers_train_the_same_networks_with_their_share_of_the_cores(tmp_path, capfd):
    # This process has used TensorFlow when the workers start.
    for kind in ("ann", "cnn"):
        X, y = _data(kind, 150)
        network = _default(kind, callbacks=[Threads(tmp_path)])
        alone = cross_validate(network, X, y, cv=2, return_estimator=True)["estimator"]
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=3):
            in_workers = cross_validate(network, X, y, cv=2, return_estimator=True)["estimator"]
        for a, b in zip(alone, in_workers, strict=True):
            assert _equal_weights(a, b)
            assert a.history_ == b.history_
    found = {int(file.name): json.loads(file.read_text()) for file in tmp_path.iterdir()}
    here = found.pop(os.getpid())
    assert here == [0, 0]  # TensorFlow's own choice
    assert len(found) in (1, 2)
    assert list(found.values()) == [[3, 3]] * len(found)
    assert "worker processes take" not in capfd.readouterr().err


FRESH = """
import pickle
for kind in ("ann", "cnn"):
    with open(f"{kind}.pickle", "rb") as file:
        network, X, y = pickle.load(file)
    found = network.predict_proba(X)
    again = type(network)(epochs=2, random_state=0).fit(X, y)
    with open(f"{kind}.found", "wb") as file:
        pickle.dump((found, again.predict_proba(X), again.model_.get_weights(), again.history_), file)
"""


def test_a_fresh_process_loads_networks_and_trains_the_same(tmp_path):
    networks = {}
    for kind in ("ann", "cnn"):
        X, y = _data(kind, 150)
        networks[kind] = _default(kind).fit(X, y), X
        (tmp_path / f"{kind}.pickle").write_bytes(pickle.dumps((networks[kind][0], X, y)))
    _run("-W", "error", "-c", FRESH, cwd=tmp_path)
    for kind, (network, X) in networks.items():
        found, again, weights, history = pickle.loads((tmp_path / f"{kind}.found").read_bytes())
        expected = network.predict_proba(X)
        assert np.array_equal(found, expected)
        assert np.array_equal(again, expected)
        assert history == network.history_
        for a, b in zip(weights, network.model_.get_weights(), strict=True):
            assert np.array_equal(a, b)


FORKED = """
import warnings
import joblib
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV, cross_val_score
from skaudio import ANNClassifier

def refused(name, work):
    try:
        work()
    except (RuntimeError, ValueError) as error:
        print(name, type(error).__name__, "TensorFlow" in str(error), "loky" in str(error), flush=True)
    else:
        print(name, "worked", flush=True)

if __name__ == "__main__":
    X, y = make_blobs(40, centers=2, random_state=0)
    fitted = ANNClassifier((8,), epochs=1, random_state=0).fit(X, y)
    new = clone(fitted)
    warnings.simplefilter("ignore")
    with joblib.parallel_config("multiprocessing", n_jobs=2):
        parallel = joblib.Parallel()
        refused("predict", lambda: parallel(joblib.delayed(fitted.predict)(X) for _ in range(3)))
        refused("refit", lambda: parallel(joblib.delayed(fitted.fit)(X, y) for _ in range(3)))
        refused("fit", lambda: parallel(joblib.delayed(new.fit)(X, y) for _ in range(3)))
        refused("score", lambda: cross_val_score(new, X, y, cv=2, error_score="raise"))
        refused("search", lambda: GridSearchCV(fitted, {"dropout": [0.1]}, cv=2).fit(X, y))
    fitted.predict(X)
    print("ended")
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no processes are forked here")
def test_forked_workers_name_loky_and_do_not_hang(tmp_path):
    (tmp_path / "forked.py").write_text(FORKED)
    done = _run("forked.py", cwd=tmp_path, timeout=120, JOBLIB_START_METHOD="fork")
    assert done.stdout.splitlines() == [
        "predict RuntimeError True True",
        "refit RuntimeError True True",
        "fit RuntimeError True True",
        "score RuntimeError True True",
        "search ValueError True True",  # scikit-learn's word that all fits failed, with the first error
        "ended",
    ]


# Memory of workers


@pytest.mark.parametrize(
    ("taken", "free", "message"),
    [
        ([0.2e9, 0.2e9], 1.7e9, None),
        (
            [0.2e9, 0.2e9],
            1.5e9,
            "2 worker processes take some 1.0 GB each for TensorFlow, 1.6 GB more than now, and 1.5 GB are free; "
            "a smaller n_jobs takes less",
        ),
        ([1.4e9, 0.9e9, 0.1e9], 1.1e9, None),  # the first has all that it takes
        ([1.4e9, 0.9e9, 0.1e9], 0.9e9, "3 worker processes take .* 1.0 GB more than now, and 0.9 GB are free"),
        ([0.2e9] * 64, None, None),  # without psutil
    ],
)
def test_workers_that_will_take_more_than_is_free_are_warned_of(monkeypatch, taken, free, message):
    monkeypatch.setattr(_backend, "free_memory", lambda: free)
    monkeypatch.setattr(_backend, "_workers", lambda: taken)
    if message is None:
        _backend._warn_of_memory()
    else:
        with pytest.warns(UserWarning, match=message):
            _backend._warn_of_memory()


def test_a_search_where_little_memory_is_free_says_so_once_a_worker(tmp_path):
    # In each process that Python starts, 100 MB are free.
    (tmp_path / "sitecustomize.py").write_text(
        """
import psutil

original = psutil.virtual_memory
psutil.virtual_memory = lambda: original()._replace(available=100_000_000)
"""
    )
    (tmp_path / "threads.py").write_text(
        """
import os
import keras
import tensorflow as tf

class Threads(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        with open(f"{os.getpid()}.threads", "w") as file:
            file.write(str(tf.config.threading.get_intra_op_parallelism_threads()))
"""
    )
    (tmp_path / "search.py").write_text(
        """
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
from skaudio import ANNClassifier
from threads import Threads

if __name__ == "__main__":
    X, y = make_blobs(40, centers=2, random_state=0)
    network = ANNClassifier((8,), epochs=1, callbacks=[Threads()], random_state=0)
    grid = {"dropout": [0.1, 0.2, 0.3]}
    GridSearchCV(network, grid, cv=2, n_jobs=2, refit=False, error_score="raise").fit(X, y)
"""
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = _run("search.py", cwd=tmp_path, PYTHONPATH=path)
    n_workers = len(list(tmp_path.glob("*.threads")))
    assert n_workers in (1, 2)
    assert done.stderr.count("2 worker processes take some 1.0 GB each for TensorFlow") == n_workers
    assert "0.1 GB are free; a smaller n_jobs takes less" in done.stderr
    share = str(max(1, joblib.cpu_count() // 2))
    assert {file.read_text() for file in tmp_path.glob("*.threads")} == {share}


# Pickles


@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_a_pickle_holds_the_weights_and_little_else(kind):
    X, y = _data(kind)
    network = _default(kind, validation_fraction=0.3, early_stopping=True).fit(X, y)
    weights = sum(weight.nbytes for weight in network.model_.get_weights())
    content = pickle.dumps(network)
    assert weights < len(content) < weights + 20_000  # an optimizer's state would be twice the weights
    assert len(content) < 2 * weights
    assert not pickle.loads(content).model_.compiled


@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_copies_predict_the_same_and_train_on_their_own(kind, tmp_path):
    X, y = _data(kind)
    network = _small(kind, warm_start=True, validation_fraction=0.3).fit(X, y)
    expected = network.predict_proba(X)
    joblib.dump(network, tmp_path / "network.joblib", compress=3)
    copies = [
        copy.deepcopy(network),
        pickle.loads(pickle.dumps(network, protocol=2)),
        pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(network)))),
        joblib.load(tmp_path / "network.joblib"),
    ]
    for copied in copies:
        assert np.array_equal(copied.predict_proba(X), expected)
        assert copied.history_ == network.history_
        assert copied.classes_.tolist() == network.classes_.tolist()
        assert copied.fit(X, y).n_iter_ == 4
        assert not np.array_equal(copied.predict_proba(X), expected)
        assert np.array_equal(network.predict_proba(X), expected)
    assert not hasattr(clone(network), "model_")


def test_a_pickle_of_other_versions_is_loaded_and_names_those_and_these(monkeypatch):
    X, y = _data("ann")
    network = _small("ann").fit(X, y)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(_network, "_versions", lambda: {"keras": "3.0.0", "skaudio": "0.0.1"})
        content = pickle.dumps(network)
    here = f"keras {keras.__version__}, skaudio {skaudio.__version__}"
    with pytest.warns(UserWarning, match=re.escape(f"keras 3.0.0, skaudio 0.0.1, and is loaded under {here}")):
        loaded = pickle.loads(content)
    assert np.array_equal(loaded.predict_proba(X), network.predict_proba(X))
