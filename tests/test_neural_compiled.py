"""What is compiled of the training: once for networks alike, forgotten in time, and nothing of a fit stays in it."""

import gc
import random
import weakref

import numpy as np
import pytest
from training import (
    EPOCHS,
    HELD_X,
    HELD_Y,
    Epochs,
    Shared,
    Start,
    X,
    Y,
    bits_of,
    classifier,
    farthest,
)

from skaudio import CNNClassifier

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import callbacks, optimizers  # noqa: E402

from skaudio.neural import _training, _twin  # noqa: E402
from skaudio.neural._compiled import Compiled  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture
def made(monkeypatch):
    """The twins made from here on; none is kept from before."""
    twins = []

    class Counted(_twin.Twin):
        def __init__(self, model, altering):
            super().__init__(model, altering)
            twins.append(self)

    monkeypatch.setattr(_twin, "Twin", Counted)
    monkeypatch.setattr(_twin, "_twins", Compiled(most=_twin._twins._most))
    return twins


def test_one_epoch_is_compiled_for_fits_of_any_size_seed_and_rate(made):
    for n, parameters in [
        (150, {}),
        (149, {"random_state": 1}),
        (100, {"dropout": 0.7}),
        (80, {"learning_rate": 0.1}),
        (64, {"batch_size": 7}),
        (40, {"batch_size": 1000}),
        (33, {"optimizer": optimizers.Adam(0.3)}),
    ]:
        classifier(epochs=2, **parameters).fit(X[:n], Y[:n], X_val=HELD_X[:n], y_val=HELD_Y[:n])
    (twin,) = made
    assert twin.epochs.experimental_get_tracing_count() == 1
    assert twin.evaluate.experimental_get_tracing_count() == 1


def test_one_epoch_is_compiled_for_convolutional_networks_alike(made):
    sequences = np.random.default_rng(2).normal(size=(40, 12, 4))
    for seed, n in enumerate((40, 30)):
        CNNClassifier((4,), epochs=1, dropout=0.1 + seed / 2, random_state=seed).fit(sequences[:n], np.arange(n) % 2)
    (twin,) = made
    assert twin.epochs.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"hidden_layer_sizes": (16, 9)},
        {"activation": "tanh"},
        {"dropout": 0.0},
        {"optimizer": "sgd"},
        {"optimizer": optimizers.Adam(beta_1=0.5)},
        {"learning_rate": optimizers.schedules.ExponentialDecay(0.02, 5, 0.5)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_network_or_optimizer_is_compiled_for_itself(made, other):
    bits = bits_of(classifier(epochs=1).fit(X, Y))
    assert bits_of(classifier(epochs=1, **other).fit(X, Y)) != bits
    assert len(made) == 2


def _scaled_sgd(factor):
    class Scaled(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(factor * gradient, variable, learning_rate)

    return Scaled(0.5)


def _scaled_schedule(factor):
    class Scaled(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return factor * 0.5

        def get_config(self):
            return {}

    return Scaled()


@pytest.mark.parametrize("define", [_scaled_sgd, _scaled_schedule])
def test_a_class_that_was_defined_anew_is_not_taken_for_its_old_self(define):
    # As a cell of a notebook is edited and run again: same name, same configuration, other code.
    for factor in (1.0, 0.0):
        start, new = Start(), define(factor)
        key = "optimizer" if isinstance(new, optimizers.Optimizer) else "learning_rate"
        with keras.saving.custom_object_scope({"Scaled": type(new)}):
            network = classifier(**{"optimizer": "sgd", key: new}, epochs=1, callbacks=[start]).fit(X, Y)
        assert (farthest(start.weights, network.model_.get_weights()) > 0) == (factor > 0)


def test_what_was_not_used_for_long_is_forgotten_and_freed(made, monkeypatch):
    assert _twin._twins._most <= 16
    monkeypatch.setattr(_twin, "_twins", Compiled(most=2))
    for units in (4, 5, 4, 6, 4):
        classifier(hidden_layer_sizes=(units,), epochs=1).fit(X, Y)
    assert [twin.network.layers[0].units for twin in made] == [4, 5, 6]
    assert list(_twin._twins._kept.values()) == [made[2], made[0]]
    forgotten = weakref.ref(made.pop(1))
    gc.collect()
    assert forgotten() is None


def test_fits_between_leave_nothing_in_the_compiled_epoch(made):
    def fit():
        return classifier().fit(X, Y, X_val=HELD_X, y_val=HELD_Y)

    first = fit()
    classifier(random_state=1, dropout=0.6, learning_rate=0.5, batch_size=3).fit(HELD_X, HELD_Y)
    again = fit()
    assert len(made) == 1
    assert bits_of(again) == bits_of(first)
    assert again.history_ == first.history_


def test_the_rate_of_dropout_is_that_of_this_fit(made):
    low = classifier(dropout=0.1).fit(X, Y)
    high = classifier(dropout=0.9).fit(X, Y)
    assert len(made) == 1
    _twin._twins._kept.clear()
    assert bits_of(classifier(dropout=0.9).fit(X, Y)) == bits_of(high)
    assert high.history_["loss"][-1] > low.history_["loss"][-1] + 0.1


def test_a_fit_that_ended_in_an_error_leaves_nothing(made):
    class Broken(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise ZeroDivisionError

    expected = bits_of(classifier().fit(X, Y))
    with pytest.raises(ZeroDivisionError):
        classifier(random_state=3, callbacks=[Broken()]).fit(X, Y)
    assert bits_of(classifier().fit(X, Y)) == expected
    assert len(made) == 1


@pytest.mark.parametrize("moments", [("on_epoch_begin", "on_epoch_end"), ("on_test_begin", "on_test_end")])
def test_a_fit_within_a_fit_leaves_the_outer_one_as_it_is(made, moments):
    def fit(**parameters):
        return classifier(**parameters).fit(X, Y, X_val=HELD_X, y_val=HELD_Y)

    class Nested(callbacks.Callback):
        pass

    for moment in moments:
        setattr(Nested, moment, lambda self, *_: fit(random_state=3, epochs=1))
    outer, alone = fit(callbacks=[Nested()]), fit()
    assert len(made) == 1
    assert bits_of(outer) == bits_of(alone)
    assert outer.history_ == alone.history_


def test_callbacks_draw_the_same_numbers_whether_or_not_a_network_alike_was_fitted(made):
    class Drawing(Shared):
        def __init__(self):
            super().__init__()
            self.drawn = []

        def on_epoch_end(self, epoch, logs=None):
            numpy_drawn = np.random.random()  # noqa: NPY002  the global generator is the point
            self.drawn.append((random.random(), numpy_drawn, float(tf.random.uniform([]))))

    first, second = Drawing(), Drawing()
    for drawing in (first, second):
        classifier(callbacks=[drawing]).fit(X, Y)
    assert len(made) == 1
    assert len(set(first.drawn)) == EPOCHS
    assert second.drawn == first.drawn


def test_what_is_compiled_outlives_a_cleared_session():
    first = classifier().fit(X, Y)
    keras.utils.clear_session()
    assert bits_of(classifier().fit(X, Y)) == bits_of(first)


def test_a_later_fit_leaves_the_network_of_an_earlier_one(made):
    first = classifier().fit(X, Y)
    bits, probabilities = bits_of(first), first.predict_proba(X)
    state = [variable.numpy().tobytes() for variable in first.model_.optimizer.variables]
    second = classifier(random_state=1).fit(HELD_X, HELD_Y)
    assert len(made) == 1
    assert bits_of(first) == bits != bits_of(second)
    assert np.array_equal(first.predict_proba(X), probabilities)
    assert [variable.numpy().tobytes() for variable in first.model_.optimizer.variables] == state
    weights = [weights.copy() for weights in second.model_.get_weights()]
    first.model_.set_weights([np.zeros_like(array) for array in weights])
    assert farthest(second.model_.get_weights(), weights) == 0


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_epochs_that_nobody_is_told_of_are_trained_many_in_a_call(monkeypatch, schedule):
    n_epochs, calls = 12, []
    run = _twin.Twin._epochs

    def counted(twin, X, codes, weights, orders, *rest):  # traced once, and run by Python each time
        tf.py_function(lambda n: calls.append(int(n)), [tf.shape(orders)[0]], [])
        return run(twin, X, codes, weights, orders, *rest)

    monkeypatch.setattr(_twin.Twin, "_epochs", counted)
    monkeypatch.setattr(_twin, "_twins", Compiled(most=2))
    monkeypatch.setattr(_training, "_SECONDS", 1e9)
    alone = classifier(epochs=n_epochs, schedule=schedule).fit(X, Y)
    assert calls == [1, n_epochs - 1]
    told = Epochs()
    watched = classifier(epochs=n_epochs, schedule=schedule, callbacks=[told]).fit(X, Y)
    assert calls[2:] == [1] * n_epochs
    assert bits_of(watched) == bits_of(alone)
    assert watched.history_ == alone.history_
    assert told.numbers == list(range(n_epochs))
    again = [network.fit(X, Y) for network in (alone.set_params(warm_start=True), watched.set_params(warm_start=True))]
    assert bits_of(again[0]) == bits_of(again[1])
