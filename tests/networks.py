"""What the tests of networks share: a network that is quickly fitted, and callbacks and functions of a user's."""

import numpy as np
import pytest

from skaudio import ANNClassifier

keras = pytest.importorskip("keras")

from skaudio.neural._dense import Dense  # noqa: E402


def small(**parameters):
    defaults = {"hidden_layer_sizes": (16,), "epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return ANNClassifier(**{**defaults, **parameters})


def noisy_rows():
    rng = np.random.default_rng(0)
    codes = rng.choice(3, 120, p=[0.6, 0.25, 0.15])
    X = np.array([[-2, 0, 0], [2, 0, 0], [0, 3, 0]])[codes] + rng.normal(size=(120, 3))
    wrong = rng.random(120) < 0.2
    codes[wrong] = rng.integers(0, 3, wrong.sum())
    return X.astype(np.float32), np.array(["cat", "dog", "owl"])[codes]


def same_weights(first, second):
    pairs = zip(first.model_.get_weights(), second.model_.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def cross_entropy(classifier, X, y):
    probabilities = classifier.predict_proba(X)
    return -np.log(probabilities[np.arange(len(y)), np.searchsorted(classifier.classes_, y)]).mean()


class Batches(keras.callbacks.Callback):
    """Wants batches, which only Keras's own loop tells of."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def network_of_ones_own(meta):
    return Dense().build(meta, (8,), "tanh", 0.1)
