"""Functions that make networks of a user's own, what they were called with, and problems to train them on."""

from types import SimpleNamespace

import numpy as np
import pytest

from skaudio import ANNClassifier, CNNClassifier

keras = pytest.importorskip("keras")

CALLS = []  # what functions were called with


@pytest.fixture(autouse=True)
def calls():
    CALLS.clear()
    return CALLS


def problem_of(kind):
    """Return one of the classifiers, and rows or sequences of three classes that it can learn."""
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 3
    X = rng.normal(size=(60, 5), scale=0.3) + 2 * np.eye(5)[codes]
    if kind is CNNClassifier:
        X = X[:, None, :] + rng.normal(size=(60, 6, 5), scale=0.3)
    return SimpleNamespace(kind=kind, X=X.astype(np.float32), y=np.array(["cat", "dog", "owl"])[codes])


@pytest.fixture(params=[ANNClassifier, CNNClassifier], ids=lambda kind: kind.__name__)
def problem(request):
    return problem_of(request.param)


@pytest.fixture
def rows():
    """A problem of one classifier, where the other is no different."""
    return problem_of(ANNClassifier)


def fitted(problem, model, **parameters):
    defaults = {"epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return problem.kind(model=model, **{**defaults, **parameters}).fit(problem.X, problem.y)


def layers_of(meta, units=8, dropout=0.0):
    return [
        keras.Input(meta["X_shape_"][1:]),
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dropout(dropout),
        keras.layers.Dense(meta["n_classes_"], activation="softmax"),
    ]


def of_meta(meta):
    CALLS.append(meta)
    return keras.Sequential(layers_of(meta))


class Subclassed(keras.Model):
    """The network of a user who writes `call`."""

    def __init__(self, n_classes, **parameters):
        super().__init__(**parameters)
        self.flatten = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(8, activation="relu")
        self.dropout = keras.layers.Dropout(0.1)
        self.classes = keras.layers.Dense(n_classes, activation="softmax")

    def call(self, rows, training=False):
        return self.classes(self.dropout(self.hidden(self.flatten(rows)), training=training))
