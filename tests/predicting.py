"""Fitted networks of each way to predict, rows and sequences for them, and what is compiled to predict by."""

import numpy as np
import pytest

from skaudio import ANNClassifier, CNNClassifier

keras = pytest.importorskip("keras")

from skaudio.neural import _inference  # noqa: E402
from skaudio.neural._compiled import Compiled  # noqa: E402

X = np.random.default_rng(0).normal(size=(1000, 6)).astype(np.float32)
Y = np.array(["ant", "bee", "cat"])[np.digitize(X[:, 0], [-0.5, 0.5])]
SEQUENCES = np.random.default_rng(1).normal(size=(40, 12, 4)).astype(np.float32)
SEQUENCES[::3, 8:] = SEQUENCES[::3, 7:8]  # padded, as short clips are


def fitted_dense(**parameters):
    defaults = {"hidden_layer_sizes": (16, 8), "epochs": 2, "learning_rate": 0.02, "random_state": 0}
    return ANNClassifier(**{**defaults, **parameters}).fit(X[:150], Y[:150])


def fitted_convolutional(**parameters):
    return CNNClassifier((4, 6), **{"epochs": 2, "random_state": 0, **parameters}).fit(SEQUENCES, np.arange(40) % 2)


def fitted_by_keras(**parameters):
    """A network whose activation is left to Keras."""
    return fitted_dense(activation="mish", **parameters)


@pytest.fixture(scope="module")
def dense():
    return fitted_dense()


@pytest.fixture(scope="module")
def by_keras():
    return fitted_by_keras()


@pytest.fixture(scope="module")
def convolutional():
    return fitted_convolutional()


@pytest.fixture
def forwards(monkeypatch):
    """What is compiled from here on, by signature; nothing is kept from before."""
    monkeypatch.setattr(_inference, "_forwards", Compiled(most=_inference._forwards._most))
    return _inference._forwards._kept
