"""What the tests of CNNClassifier share: sequences that rise or fall, and a small network."""

import numpy as np
import pytest

from skaudio import CNNClassifier


def small_network(**parameters):
    defaults = {"filters": (4, 8), "epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return CNNClassifier(**{**defaults, **parameters})


def make_slopes(n, seed):
    """Sequences that fall, stay or rise, in noise: the frames of all classes are alike, but for their order."""
    names = np.array(["falling", "rising", "steady"])
    y = names[np.arange(n) % 3]
    slope = np.array([-1.0, 1.0, 0.0])[np.searchsorted(names, y)]
    noise = np.random.default_rng(seed).normal(size=(n, 12, 5))
    return (0.5 * noise + slope[:, None, None] * np.linspace(-1, 1, 12)[:, None]).astype(np.float32), y


@pytest.fixture(scope="module")
def slopes():
    return make_slopes(48, seed=0)
