"""Rows, a plain Keras network and its training by Keras's own fit, to compare the compiled loop with."""

import numpy as np
import pytest

from skaudio import ANNClassifier

keras = pytest.importorskip("keras")

from keras import callbacks  # noqa: E402

from skaudio.neural import _training  # noqa: E402
from skaudio.neural._backend import seeded  # noqa: E402
from skaudio.neural._dense import Dense  # noqa: E402

EPOCHS = 3
BATCH = 32
LABELS = np.array(["ant", "bee", "cat", "dog"])


def _rows(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6)).astype(np.float32)
    return X, (X[:, 0] > 0) + 2 * (X[:, 1] > 0), rng.uniform(0, 2, n).astype(np.float32)


X, CODES, WEIGHTS = _rows(150, seed=0)  # the last batch is a part of one
HELD_X, HELD_CODES, HELD_WEIGHTS = HELD = _rows(300, seed=1)  # more than are evaluated at once
Y, HELD_Y = LABELS[CODES], LABELS[HELD_CODES]


def plain_network(optimizer="adam", *, dropout=0.0, weighted=False):
    """Return a plain Keras network, the same each time."""
    with seeded(1):
        model = Dense().build({"n_features_in_": 6, "n_classes_": 4}, (16, 8), "relu", dropout)
    return compile_plain(model, optimizer, weighted)


def compile_plain(model, optimizer="adam", weighted=False):
    weighted_metrics = ["accuracy"] if weighted else None
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=weighted_metrics)
    return model


def classifier(**parameters):
    defaults = {"hidden_layer_sizes": (16, 8), "epochs": EPOCHS, "learning_rate": 0.02, "dropout": 0.2}
    return ANNClassifier(**{**defaults, "random_state": 0, **parameters})


def train(model, X=X, codes=CODES, weights=None, held=None, *, epochs=EPOCHS, seed=5, hooks=()):
    return _training.train(
        model, X, codes, weights, held, batch_size=BATCH, epochs=epochs, callbacks=list(hooks), seed=seed
    )


def by_keras(model, X=X, codes=CODES, weights=None, held=None, *, epochs=EPOCHS, seed=5, hooks=(), class_weight=None):
    """Train by Keras's own fit, on the rows in the order in which the compiled loop takes them."""
    rng = np.random.default_rng(seed)
    history = {}
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        told = model.fit(
            X[order],
            codes[order],
            sample_weight=None if weights is None else weights[order],
            class_weight=class_weight,
            validation_data=held,
            batch_size=BATCH,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=list(hooks),
            shuffle=False,
            verbose=0,
        ).history
        for name, values in told.items():
            history.setdefault(name, []).extend(values)
    return history


def assert_alike(model, other):
    for weights, others in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=0, atol=1e-6)


def assert_told_alike(history, other):
    assert list(history) == list(other)
    for name, values in history.items():
        assert values == pytest.approx(other[name], abs=1e-6), name


def bits_of(network):
    return [weights.tobytes() for weights in network.model_.get_weights()]


def farthest(weights, others):
    return max(np.abs(a - b).max() for a, b in zip(weights, others, strict=True))


class Shared(callbacks.Callback):
    """A callback that fit does not copy, so that a test reads what it saw."""

    def __deepcopy__(self, memo):
        return self


class Start(Shared):
    """Keeps the weights that a training starts from."""

    def on_train_begin(self, logs=None):
        self.weights = self.model.get_weights()


class Epochs(Shared):
    """Keeps the number of each epoch, its logs and the weights after it."""

    def __init__(self):
        super().__init__()
        self.numbers, self.logs, self.weights = [], [], []

    def on_epoch_end(self, epoch, logs=None):
        self.numbers.append(epoch)
        self.logs.append(dict(logs))
        self.weights.append(self.model.get_weights())
