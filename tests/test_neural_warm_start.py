"""Warm starts: a fit that goes on."""

import pickle

import numpy as np
import pytest
from networks import small

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def test_a_warm_start_goes_on_with_the_optimizers_state(noisy):
    X, y = noisy
    # A step of all rows, and no dropout: the seed of the second fit, which is that of the first, does not show.
    parameters = {"dropout": 0.0, "batch_size": len(X)}
    network = small(warm_start=True, **parameters).fit(X, y)
    assert int(network.model_.optimizer.iterations) == 3
    network.fit(X, y)
    assert int(network.model_.optimizer.iterations) == 6
    at_once = small(epochs=6, **parameters).fit(X, y)
    assert network.history_["loss"] == pytest.approx(at_once.history_["loss"], rel=1e-4)
    for a, b in zip(network.model_.get_weights(), at_once.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.parametrize(
    "changed", [{"dropout": 0.1}, {"hidden_layer_sizes": (16, 8)}, {"activation": "tanh"}], ids=lambda v: next(iter(v))
)
def test_a_warm_start_of_another_network_is_named_and_leaves_the_last(noisy, changed):
    network = small(warm_start=True).fit(*noisy)
    expected = network.predict_proba(noisy[0])
    with pytest.raises(ValueError, match=f"warm_start=True goes on.*{next(iter(changed))}.*warm_start=False"):
        network.set_params(**changed).fit(*noisy)
    assert np.array_equal(network.predict_proba(noisy[0]), expected)
    assert network.n_iter_ == 3
    assert network.set_params(warm_start=False).fit(*noisy).n_iter_ == 3


def test_a_warm_start_takes_another_learning_rate(noisy):
    network = small(warm_start=True, learning_rate=0.5).fit(*noisy)
    before = network.model_.get_weights()
    network.set_params(learning_rate=1e-30).fit(*noisy)
    assert float(network.model_.optimizer.learning_rate) == pytest.approx(1e-30)
    for a, b in zip(before, network.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_a_warm_start_takes_a_schedule_after_a_number_and_a_number_after_a_schedule(noisy):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.9)
    network = small(warm_start=True).fit(*noisy)
    for _ in range(2):
        network.set_params(learning_rate=schedule).fit(*noisy)
        steps = int(network.model_.optimizer.iterations)
        assert float(network.model_.optimizer.learning_rate) == pytest.approx(float(schedule(steps)))
    network.set_params(learning_rate=0.25).fit(*noisy)
    assert float(network.model_.optimizer.learning_rate) == 0.25


def test_a_warm_start_with_other_columns_or_classes_is_named(noisy):
    X, y = noisy
    network = small(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="X has 2 features, but ANNClassifier is expecting 3"):
        network.fit(X[:, :2], y)
    with pytest.raises(ValueError, match="'bear'"):
        network.fit(X, ["bear"] * len(X))
    assert network.fit(X, y).n_iter_ == 6
    assert small().fit(X, y).fit(X[:, :2], y).n_features_in_ == 2


def test_a_warm_start_goes_on_after_unpickling(noisy):
    X, y = noisy
    network = pickle.loads(pickle.dumps(small(warm_start=True, dropout=0.0, learning_rate=1e-30).fit(X, y)))
    before = network.model_.get_weights()
    network.fit(X, y)
    for a, b in zip(before, network.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    assert network.n_iter_ == len(network.history_["loss"]) == 6
    loss = network.set_params(learning_rate=0.02).fit(X, y).history_["loss"]
    assert loss[8] < loss[6] <= loss[5] + 1e-6
