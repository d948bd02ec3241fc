"""schedule="cosine": the learning rate of each epoch, in both loops, and what it goes with."""

import numpy as np
import pytest
from networks import Batches, same_weights, small

keras = pytest.importorskip("keras")

from skaudio.neural._callbacks import cosine  # noqa: E402


@pytest.mark.parametrize("n_epochs", [1, 2, 9, 10, 50, 300])
def test_the_rate_rises_falls_and_is_never_above_what_was_asked_for(n_epochs):
    rates = np.array([cosine(n_epochs, 0.02, epoch) for epoch in range(n_epochs)])
    top = int(rates.argmax())
    assert rates[top] == pytest.approx(0.02)
    assert top == n_epochs // 10
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) < 0).all()
    assert rates.min() >= 0.0002 - 1e-12
    assert n_epochs == 1 or rates[-1] == pytest.approx(0.0002)


@pytest.mark.slow
def test_a_network_is_trained_by_it_in_both_loops(noisy):
    X, y = noisy
    network = small(epochs=20, schedule="cosine").fit(X, y)
    expected = [cosine(20, 0.02, epoch) for epoch in range(20)]
    np.testing.assert_allclose(network.history_["learning_rate"], expected, rtol=1e-6)
    assert same_weights(network, small(epochs=20, schedule="cosine").fit(X, y))
    assert not same_weights(network, small(epochs=20).fit(X, y))
    by_keras = small(epochs=20, schedule="cosine", callbacks=[Batches()]).fit(X, y)
    np.testing.assert_allclose(by_keras.history_["learning_rate"], expected, rtol=1e-6)


def test_a_schedule_of_keras_is_another_one(noisy):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    for theirs in ({"learning_rate": schedule}, {"optimizer": keras.optimizers.SGD(0.1)}):
        with pytest.raises(ValueError, match="schedule='cosine' needs a learning_rate that is a number, of an optim"):
            small(**theirs, schedule="cosine").fit(*noisy)
    with pytest.raises(ValueError, match="The 'schedule' parameter of ANNClassifier"):
        small(schedule="linear").fit(*noisy)
