"""What networks do to the process they run in: no traces, no noise, bounded memory."""

import copy
import json
import logging
import os
import pickle
import random
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from networks import Batches, same_weights
from processes import run_python, small_of, three_classes
from sklearn.exceptions import NotFittedError

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


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
    X, y = three_classes(kind)
    network = small_of(kind, callbacks=LOOPS[loop], validation_fraction=0.3, early_stopping=True)
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
    X, y = three_classes(kind)
    network = small_of(kind, callbacks=[*LOOPS[loop], Fails()], epochs=3)
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
    assert same_weights(network, small_of(kind).fit(X, y))
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
    for i in range(6):  # TensorFlow notes the fifth that it traces
        n = 60 + 30 * i
        network = ANNClassifier((8 + i,), epochs=2, validation_fraction=0.2, callbacks=callbacks, random_state=i)
        network.fit(rows[:n], y[:n]).predict(rows[: 10 + i])
    CNNClassifier((4,), epochs=2, callbacks=callbacks).fit(sequences[:90], y[:90]).predict(sequences[:10])
del network

held = []
for i in range(30):
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
    done = run_python("-W", "error", "-c", LONG, cwd=folder)
    return done, json.loads((folder / "held.json").read_text())


def test_fits_and_predictions_say_nothing(long_process):
    done, _ = long_process
    assert done.stdout == ""
    assert done.stderr.partition("MARK\n")[2] == ""


def test_many_fits_do_not_fill_the_memory(long_process):
    _, held = long_process
    assert held[-1] - held[4] < 50_000_000


# Seeds


@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_equal_seeds_give_equal_networks_and_another_seed_another(kind):
    X, y = three_classes(kind)
    first, second, other = (small_of(kind, random_state=seed).fit(X, y) for seed in (0, 0, 1))
    assert same_weights(first, second)
    assert not same_weights(first, other)


# Without Keras


def test_without_keras_the_way_to_get_it_is_named(tmp_path):
    (tmp_path / "keras.py").write_text("raise ModuleNotFoundError('gone', name='keras')")
    script = (
        "from skaudio import ANNClassifier\n"
        "try:\n    ANNClassifier().fit([[0.0], [1.0]], [0, 1])\n"
        "except ImportError as error:\n    print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert 'pip install "skaudio[keras]"' in done.stdout
