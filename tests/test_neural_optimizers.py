"""Optimizers of a user's own, and learning rates that change."""

import numpy as np
import pytest
from networks import Batches, same_weights, small
from sklearn.base import clone

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow

OPTIMIZERS = {
    "adam with a schedule": lambda o: o.Adam(o.schedules.ExponentialDecay(0.05, 3, 0.5)),
    "sgd with momentum and a schedule": lambda o: o.SGD(o.schedules.CosineDecay(0.1, 6), momentum=0.9, nesterov=True),
    "adamw with clipping and averages": lambda o: o.AdamW(
        0.01, clipnorm=0.1, amsgrad=True, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2
    ),
    "sgd of two steps at once": lambda o: o.SGD(0.1, gradient_accumulation_steps=2),
    "rmsprop": lambda o: o.RMSprop(0.01, centered=True),
    "adam with loss scaling": lambda o: o.LossScaleOptimizer(o.Adam(0.01)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_does_the_same_in_both_loops_and_is_copied(noisy, name):
    X, y = noisy
    optimizer = OPTIMIZERS[name](keras.optimizers)
    configuration, variables = optimizer.get_config(), [np.array(v) for v in optimizer.variables]
    # A step of all rows, and no dropout: the loops draw the order of the rows each in its own way.
    parameters = {"optimizer": optimizer, "dropout": 0.0, "batch_size": len(X), "epochs": 5}
    compiled, by_keras = (small(callbacks=callbacks, **parameters).fit(X, y) for callbacks in (None, [Batches()]))
    assert compiled.history_["loss"] == pytest.approx(by_keras.history_["loss"], rel=1e-5)
    for a, b in zip(compiled.model_.get_weights(), by_keras.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert type(compiled.model_.optimizer) is type(optimizer)
    assert compiled.model_.optimizer is not optimizer
    assert not optimizer.built
    assert optimizer.get_config() == configuration
    assert [np.array(v).tolist() for v in optimizer.variables] == [v.tolist() for v in variables]


def test_a_schedule_of_learning_rates_counts_steps_anew_in_each_fit(noisy):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([4, 8], [0.1, 0.01, 0.001])
    network = small(learning_rate=schedule, batch_size=30, epochs=2)
    for _ in range(2):
        optimizer = network.fit(*noisy).model_.optimizer
        assert int(optimizer.iterations) == 8
        assert float(optimizer.learning_rate) == pytest.approx(0.01)


def test_keras_callbacks_set_the_learning_rate_and_stay_as_they_were(noisy):
    set_rate = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-30 if epoch else rate)
    halve = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9)
    network = small(callbacks=[set_rate], dropout=0.0).fit(*noisy)
    assert network.history_["learning_rate"] == pytest.approx([0.02, 1e-30, 1e-30], rel=1e-5)
    assert same_weights(network, small(epochs=1, dropout=0.0).fit(*noisy))
    for _ in range(2):
        network = small(callbacks=[halve], epochs=4).fit(*noisy)
        assert network.history_["learning_rate"] == pytest.approx([0.02, 0.02, 0.01, 0.005], rel=1e-5)
    assert halve.model is None
    assert network.callbacks[0] is halve


def test_optimizers_and_units_of_any_form(noisy):
    for optimizer in ("sgd", keras.optimizers.RMSprop(0.01)):
        network = small(optimizer=optimizer, hidden_layer_sizes=np.array([8, 4]))
        assert [network.fit(*noisy).n_iter_ for _ in range(2)] == [3, 3]
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    clone(small(learning_rate=schedule)).fit(*noisy)
