"""The compiled training loop: Keras's own fit in all it learns and tells, compiled once for networks alike."""

import csv
import gc
import pickle
import random
import subprocess
import sys
import weakref

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer
from skaudio.datasets import load_esc50

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import callbacks, optimizers  # noqa: E402

from skaudio.neural import _training  # noqa: E402
from skaudio.neural._ann import dense_network  # noqa: E402
from skaudio.neural._backend import seeded  # noqa: E402
from skaudio.neural._cnn import convolutional_network  # noqa: E402
from skaudio.neural._compiled import Compiled  # noqa: E402

pytestmark = pytest.mark.slow

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


def _network(optimizer="adam", *, dropout=0.0, weighted=False):
    """Return a plain Keras network, the same each time."""
    with seeded(1):
        model = dense_network({"n_features_in_": 6, "n_classes_": 4}, (16, 8), "relu", dropout)
    return _compile(model, optimizer, weighted)


def _compile(model, optimizer="adam", weighted=False):
    weighted_metrics = ["accuracy"] if weighted else None
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=weighted_metrics)
    return model


def _classifier(**parameters):
    defaults = {"hidden_layer_sizes": (16, 8), "epochs": EPOCHS, "learning_rate": 0.02, "dropout": 0.2}
    return ANNClassifier(**{**defaults, "random_state": 0, **parameters})


def _train(model, X=X, codes=CODES, weights=None, held=None, *, epochs=EPOCHS, seed=5, hooks=()):
    return _training.train(
        model, X, codes, weights, held, batch_size=BATCH, epochs=epochs, callbacks=list(hooks), seed=seed
    )


def _by_keras(model, X=X, codes=CODES, weights=None, held=None, *, epochs=EPOCHS, seed=5, hooks=(), class_weight=None):
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


def _assert_alike(model, other):
    for weights, others in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=0, atol=1e-6)


def _assert_told_alike(history, other):
    assert list(history) == list(other)
    for name, values in history.items():
        assert values == pytest.approx(other[name], abs=1e-6), name


def _bits(network):
    return [weights.tobytes() for weights in network.model_.get_weights()]


def _farthest(weights, others):
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


class Batches(Shared):
    """Counts batches."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


@pytest.fixture
def made(monkeypatch):
    """The twins made from here on; none is kept from before."""
    twins = []

    class Counted(_training._Twin):
        def __init__(self, model):
            super().__init__(model)
            twins.append(self)

    monkeypatch.setattr(_training, "_Twin", Counted)
    monkeypatch.setattr(_training, "_twins", Compiled(most=_training._twins._most))
    return twins


@pytest.fixture
def compiled_fits(monkeypatch):
    """The numbers of rows of the fits that the compiled loop did."""
    fits = []
    train = _training.train

    def counted(model, X, *arguments, **parameters):
        fits.append(len(X))
        return train(model, X, *arguments, **parameters)

    monkeypatch.setattr(_training, "train", counted)
    return fits


OPTIMIZERS = {
    "adam": optimizers.Adam,
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "schedule and clipped norm": lambda: optimizers.AdamW(
        optimizers.schedules.CosineDecay(0.01, 12), weight_decay=0.01, clipnorm=0.5
    ),
    "accumulated gradients": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "loss scale": lambda: optimizers.SGD(0.1, loss_scale_factor=128.0),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_learns_as_in_keras(name):
    ours, plain = (_network(OPTIMIZERS[name]()) for _ in range(2))
    _assert_told_alike(_train(ours), _by_keras(plain))
    _assert_alike(ours, plain)
    for variable, other in zip(ours.optimizer.variables, plain.optimizer.variables, strict=True):
        np.testing.assert_allclose(variable, other, rtol=1e-5, atol=1e-6)


def test_a_loss_scaled_dynamically_is_learnt_from():
    # Gradients that were divided by the scale, of a loss that was not multiplied by it, would change next to nothing.
    network = _classifier(epochs=10, dropout=0.0, optimizer=optimizers.LossScaleOptimizer(optimizers.SGD(0.2)))
    loss = network.fit(X, Y).history_["loss"]
    assert loss[-1] < 0.7 * loss[0]


def test_a_moving_average_of_the_weights_ends_a_training_as_in_keras():
    # One epoch, since the average becomes the weights at the end of a fit.
    ours, plain = (_network(optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5)) for _ in range(2))
    _train(ours, epochs=1)
    _by_keras(plain, epochs=1)
    _assert_alike(ours, plain)
    raw = _network(optimizers.Adam(0.01))
    _train(raw, epochs=1)
    assert _farthest(raw.get_weights(), ours.get_weights()) > 1e-3


def test_dropout_draws_what_it_draws_in_keras():
    ours, plain = (_network(dropout=0.5) for _ in range(2))
    _assert_told_alike(_train(ours), _by_keras(plain))
    _assert_alike(ours, plain)


@pytest.mark.parametrize(
    "weights, held",
    [(None, HELD[:2]), (WEIGHTS, HELD[:2]), (WEIGHTS, HELD), (np.zeros_like(WEIGHTS), None)],
    ids=["validated", "weighted, validated", "weighted, validated by weight", "all of no weight"],
)
def test_weights_and_validation_are_told_as_in_keras(weights, held):
    ours, plain = (_network(weighted=weights is not None) for _ in range(2))
    _assert_told_alike(_train(ours, weights=weights, held=held), _by_keras(plain, weights=weights, held=held))
    _assert_alike(ours, plain)


def test_batch_normalisation_learns_as_in_keras():
    sequences = np.random.default_rng(2).normal(size=(70, 11, 5)).astype(np.float32)
    codes = np.arange(70) % 3

    def network():
        with seeded(1):
            model = convolutional_network({"X_shape_": sequences.shape, "n_classes_": 3}, (4, 6), 0.5)
        return _compile(model)

    ours, plain = network(), network()
    moving = [
        i for i, variable in enumerate(ours.weights) if "normalisation" in variable.path and not variable.trainable
    ]
    start = ours.get_weights()
    _assert_told_alike(
        _train(ours, sequences, codes, held=(sequences, codes)),
        _by_keras(plain, sequences, codes, held=(sequences, codes)),
    )
    _assert_alike(ours, plain)
    assert len(moving) == 4
    assert all(np.abs(ours.get_weights()[i] - start[i]).max() > 1e-3 for i in moving)


def test_weights_of_classes_are_those_of_keras():
    start = Start()
    network = _classifier(dropout=0.0, class_weight={"ant": 3.0, "cat": 0.5}, callbacks=[start])
    network.fit(X, Y, X_val=HELD_X, y_val=HELD_Y)
    plain = _network(optimizers.Adam(0.02), weighted=True)
    plain.set_weights(start.weights)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    by_code = {0: 3.0, 1: 1.0, 2: 0.5, 3: 1.0}
    _assert_told_alike(network.history_, _by_keras(plain, held=HELD[:2], seed=seed, class_weight=by_code))
    _assert_alike(network.model_, plain)


def test_a_warm_start_goes_on_as_keras_does():
    start = Start()
    network = _classifier(dropout=0.0, warm_start=True, callbacks=[start]).fit(X, Y)
    plain = _network(optimizers.Adam(0.02))
    plain.set_weights(start.weights)
    network.set_params(learning_rate=0.005).fit(X, Y)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    first = _by_keras(plain, seed=seed)
    plain.optimizer.learning_rate = 0.005
    second = _by_keras(plain, seed=seed)
    _assert_told_alike(network.history_, {name: first[name] + second[name] for name in first})
    _assert_alike(network.model_, plain)


def test_a_layer_that_is_frozen_before_a_warm_start_stays():
    network = pickle.loads(pickle.dumps(_classifier(warm_start=True).fit(X, Y)))
    layer = network.model_.get_layer("dense_0")
    layer.trainable = False
    frozen, rest = layer.get_weights()[0], network.model_.get_layer("classes").get_weights()[0]
    network.fit(X, Y)
    assert np.array_equal(layer.get_weights()[0], frozen)
    assert not np.array_equal(network.model_.get_layer("classes").get_weights()[0], rest)


def test_a_layer_that_is_frozen_without_a_pickle_between_does_not_stop_a_warm_start():
    # Keras wants `compile` after it, and without goes on as before.
    network = _classifier(warm_start=True).fit(X, Y)
    network.model_.get_layer("dense_0").trainable = False
    assert network.fit(X, Y).n_iter_ == 2 * EPOCHS


def test_a_network_of_mixed_precision_learns():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = _classifier(epochs=20, dropout=0.1).fit(X, Y)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.score(X, Y) > 0.9


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
        _classifier(epochs=2, **parameters).fit(X[:n], Y[:n], X_val=HELD_X[:n], y_val=HELD_Y[:n])
    (twin,) = made
    assert twin.epoch.experimental_get_tracing_count() == 1
    assert twin.evaluate.experimental_get_tracing_count() == 1


def test_one_epoch_is_compiled_for_convolutional_networks_alike(made):
    sequences = np.random.default_rng(2).normal(size=(40, 12, 4))
    for seed, n in enumerate((40, 30)):
        CNNClassifier((4,), epochs=1, dropout=0.1 + seed / 2, random_state=seed).fit(sequences[:n], np.arange(n) % 2)
    (twin,) = made
    assert twin.epoch.experimental_get_tracing_count() == 1


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
    bits = _bits(_classifier(epochs=1).fit(X, Y))
    assert _bits(_classifier(epochs=1, **other).fit(X, Y)) != bits
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
            network = _classifier(**{"optimizer": "sgd", key: new}, epochs=1, callbacks=[start]).fit(X, Y)
        assert (_farthest(start.weights, network.model_.get_weights()) > 0) == (factor > 0)


def test_gradients_pass_through_the_optimizers_own_apply_gradients():
    class Still(optimizers.SGD):
        def apply_gradients(self, grads_and_vars, **parameters):
            return super().apply_gradients([(0 * gradient, variable) for gradient, variable in grads_and_vars])

    start = Start()
    with keras.saving.custom_object_scope({"Still": Still}):
        network = _classifier(optimizer=Still(0.5), callbacks=[start]).fit(X, Y)
    assert _farthest(start.weights, network.model_.get_weights()) == 0


def test_what_was_not_used_for_long_is_forgotten_and_freed(made, monkeypatch):
    assert _training._twins._most <= 16
    monkeypatch.setattr(_training, "_twins", Compiled(most=2))
    for units in (4, 5, 4, 6, 4):
        _classifier(hidden_layer_sizes=(units,), epochs=1).fit(X, Y)
    assert [twin.network.layers[0].units for twin in made] == [4, 5, 6]
    assert list(_training._twins._kept.values()) == [made[2], made[0]]
    forgotten = weakref.ref(made.pop(1))
    gc.collect()
    assert forgotten() is None


def test_fits_between_leave_nothing_in_the_compiled_epoch(made):
    def fit():
        return _classifier().fit(X, Y, X_val=HELD_X, y_val=HELD_Y)

    first = fit()
    _classifier(random_state=1, dropout=0.6, learning_rate=0.5, batch_size=3).fit(HELD_X, HELD_Y)
    again = fit()
    assert len(made) == 1
    assert _bits(again) == _bits(first)
    assert again.history_ == first.history_


def test_the_rate_of_dropout_is_that_of_this_fit(made):
    low = _classifier(dropout=0.1).fit(X, Y)
    high = _classifier(dropout=0.9).fit(X, Y)
    assert len(made) == 1
    _training._twins._kept.clear()
    assert _bits(_classifier(dropout=0.9).fit(X, Y)) == _bits(high)
    assert high.history_["loss"][-1] > low.history_["loss"][-1] + 0.1


def test_a_fit_that_ended_in_an_error_leaves_nothing(made):
    class Broken(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise ZeroDivisionError

    expected = _bits(_classifier().fit(X, Y))
    with pytest.raises(ZeroDivisionError):
        _classifier(random_state=3, callbacks=[Broken()]).fit(X, Y)
    assert _bits(_classifier().fit(X, Y)) == expected
    assert len(made) == 1


@pytest.mark.parametrize("moments", [("on_epoch_begin", "on_epoch_end"), ("on_test_begin", "on_test_end")])
def test_a_fit_within_a_fit_leaves_the_outer_one_as_it_is(made, moments):
    def fit(**parameters):
        return _classifier(**parameters).fit(X, Y, X_val=HELD_X, y_val=HELD_Y)

    class Nested(callbacks.Callback):
        pass

    for moment in moments:
        setattr(Nested, moment, lambda self, *_: fit(random_state=3, epochs=1))
    outer, alone = fit(callbacks=[Nested()]), fit()
    assert len(made) == 1
    assert _bits(outer) == _bits(alone)
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
        _classifier(callbacks=[drawing]).fit(X, Y)
    assert len(made) == 1
    assert len(set(first.drawn)) == EPOCHS
    assert second.drawn == first.drawn


def test_what_is_compiled_outlives_a_cleared_session():
    first = _classifier().fit(X, Y)
    keras.utils.clear_session()
    assert _bits(_classifier().fit(X, Y)) == _bits(first)


def test_the_network_is_keras_alone_and_loads_where_skaudio_is_not(tmp_path):
    sequences = np.random.default_rng(2).normal(size=(20, 12, 4)).astype(np.float32)
    dense = _classifier().fit(X, Y)
    convolutional = CNNClassifier((4,), epochs=1, random_state=0).fit(sequences, np.arange(20) % 2)
    for name, network, rows in (("dense", dense, X), ("convolutional", convolutional, sequences)):
        assert isinstance(network.model_, keras.Model)
        for layer in (network.model_, network.model_.optimizer, *network.model_.layers):
            assert type(layer).__module__.partition(".")[0] == "keras"
        network.model_.save(tmp_path / f"{name}.keras")
        np.save(tmp_path / f"{name}.npy", rows)
        np.save(tmp_path / f"{name}-expected.npy", network.predict_proba(rows))
    assert {type(layer) for layer in dense.model_.layers} == {keras.layers.Dense, keras.layers.Dropout}
    script = (
        "import sys, numpy as np, keras\n"
        "for name in ('dense', 'convolutional'):\n"
        "    model = keras.models.load_model(f'{name}.keras')\n"
        "    found = model.predict(np.load(f'{name}.npy'), verbose=0)\n"
        "    assert np.allclose(found, np.load(f'{name}-expected.npy'), atol=1e-6)\n"
        "assert not any(module.startswith('skaudio') for module in sys.modules)\n"
        "print('loaded')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "loaded\n", done.stderr


def test_a_later_fit_leaves_the_network_of_an_earlier_one(made):
    first = _classifier().fit(X, Y)
    bits, probabilities = _bits(first), first.predict_proba(X)
    state = [variable.numpy().tobytes() for variable in first.model_.optimizer.variables]
    second = _classifier(random_state=1).fit(HELD_X, HELD_Y)
    assert len(made) == 1
    assert _bits(first) == bits != _bits(second)
    assert np.array_equal(first.predict_proba(X), probabilities)
    assert [variable.numpy().tobytes() for variable in first.model_.optimizer.variables] == state
    weights = [weights.copy() for weights in second.model_.get_weights()]
    first.model_.set_weights([np.zeros_like(array) for array in weights])
    assert _farthest(second.model_.get_weights(), weights) == 0


def test_the_network_has_the_state_of_its_optimizer_and_learns_on_in_keras():
    model = _classifier().fit(X, Y).model_
    steps = EPOCHS * -(-len(X) // BATCH)
    assert int(model.optimizer.iterations) == steps
    assert all(np.abs(momentum).max() > 0 for momentum in model.optimizer._momentums)
    model.fit(X, CODES, batch_size=BATCH, verbose=0)
    assert int(model.optimizer.iterations) == steps + 5


def test_callbacks_hear_of_the_same_moments_as_in_keras():
    moments = ("train_begin", "epoch_begin", "test_begin", "test_end", "epoch_end", "train_end")

    def hook(moment):
        def heard(self, *told):
            self.heard.append((moment, *(sorted(logs) if isinstance(logs, dict) else logs for logs in told)))

        return heard

    Listener = type("Listener", (Shared,), {f"on_{moment}": hook(moment) for moment in moments})
    ours, plain = Listener(), Listener()
    ours.heard, plain.heard = [], []
    _train(_network(weighted=True), weights=WEIGHTS, held=HELD, epochs=2, hooks=[ours])
    _network(weighted=True).fit(
        X, CODES, sample_weight=WEIGHTS, validation_data=HELD, epochs=2, verbose=0, callbacks=[plain]
    )
    assert ours.heard == plain.heard
    assert len(ours.heard) == 2 + 2 * 4
    assert ours.params == plain.params


def test_an_epochs_network_is_the_one_of_its_logs():
    class Evaluate(Epochs):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            found = self.model.evaluate(HELD_X, HELD_CODES, verbose=0, return_dict=True)
            assert {f"val_{name}": value for name, value in found.items()} == pytest.approx(
                {name: value for name, value in logs.items() if name.startswith("val_")}, abs=1e-6
            )

    seen = Evaluate()
    network = _classifier(callbacks=[seen]).fit(X, Y, X_val=HELD_X, y_val=HELD_Y)
    assert seen.model is network.model_
    assert seen.numbers == list(range(EPOCHS))
    assert [logs["val_loss"] for logs in seen.logs] == network.history_["val_loss"]
    assert all(_farthest(a, b) > 0 for a, b in zip(seen.weights, seen.weights[1:]))
    assert _farthest(seen.weights[-1], network.model_.get_weights()) == 0


def test_a_scheduled_learning_rate_is_that_of_keras():
    def rate(epoch):
        return 0.2 * 0.1**epoch

    ours, plain = (_network("sgd") for _ in range(2))
    history = _train(ours, hooks=[callbacks.LearningRateScheduler(rate)])
    _assert_told_alike(history, _by_keras(plain, hooks=[callbacks.LearningRateScheduler(rate)]))
    _assert_alike(ours, plain)
    assert history["learning_rate"] == pytest.approx([0.2, 0.02, 0.002])


def test_a_learning_rate_reduced_on_a_plateau_is_reduced():
    seen = Epochs()
    reduce = callbacks.ReduceLROnPlateau("loss", factor=1e-6, patience=1, min_delta=100)
    network = _classifier(optimizer="sgd", epochs=4, callbacks=[reduce, seen]).fit(X, Y)
    assert network.history_["learning_rate"] == pytest.approx([0.02, 0.02, 2e-8, 2e-14])
    steps = [_farthest(a, b) for a, b in zip(seen.weights, seen.weights[1:])]
    assert steps[0] > 1e-3 > 1e-6 > max(steps[1:])


@pytest.mark.parametrize("moment", ["on_epoch_begin", "on_epoch_end"])
def test_weights_that_a_callback_sets_are_learnt_from(moment):
    given = [np.full_like(array, 0.1) for array in _network().get_weights()]

    class Reset(Epochs):
        pass

    setattr(Reset, moment, lambda self, *_: self.model.set_weights(given))
    model = _network(optimizers.SGD(0.5))
    model.set_weights(given)
    history = _training.train(  # all rows at once, whose order does not matter
        model, X, CODES, None, None, batch_size=len(X), epochs=EPOCHS, callbacks=[Reset()], seed=5
    )
    assert history["loss"] == pytest.approx([history["loss"][0]] * EPOCHS, abs=1e-6)
    assert (_farthest(model.get_weights(), given) == 0) == (moment == "on_epoch_end")


def test_averaged_weights_are_swapped_in_for_validation_as_in_keras():
    ours, plain = (_network(optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)) for _ in range(2))
    history = _train(ours, held=HELD[:2], epochs=1, hooks=[callbacks.SwapEMAWeights()])
    _assert_told_alike(history, _by_keras(plain, held=HELD[:2], epochs=1, hooks=[callbacks.SwapEMAWeights()]))
    _assert_alike(ours, plain)


def test_a_fit_that_was_interrupted_goes_on_where_it_was_backed_up(tmp_path):
    class Interrupt(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    backup, seen = callbacks.BackupAndRestore(tmp_path / "backup"), Epochs()
    with pytest.raises(KeyboardInterrupt):
        _classifier(epochs=5, callbacks=[backup, seen, Interrupt()]).fit(X, Y)
    network = _classifier(epochs=5, callbacks=[backup, seen]).fit(X, Y)
    assert seen.numbers == [0, 1, 2, 3, 4]
    assert network.n_iter_ == 3


def test_callbacks_of_keras_that_want_epochs_do_their_work(compiled_fits, tmp_path):
    seen, told = Epochs(), []
    hooks = [
        seen,
        callbacks.EarlyStopping("accuracy", mode="min", patience=2, restore_best_weights=True, start_from_epoch=1),
        callbacks.CSVLogger(tmp_path / "log.csv"),
        callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: told.append((epoch, logs["loss"]))),
        callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True),
    ]
    network = _classifier(epochs=9, learning_rate=0.01, callbacks=hooks).fit(X, Y)
    assert compiled_fits == [len(X)]
    assert network.n_iter_ == 4  # from epoch 1 on the accuracy only rises
    assert _farthest(network.model_.get_weights(), seen.weights[1]) == 0
    assert told == list(enumerate(network.history_["loss"]))
    with open(tmp_path / "log.csv", newline="") as file:
        assert [float(row["loss"]) for row in csv.DictReader(file)] == network.history_["loss"]
    network.model_.load_weights(tmp_path / "3.weights.h5")
    assert _farthest(network.model_.get_weights(), seen.weights[2]) == 0


def test_every_batch_is_counted_where_a_callback_counts_batches(compiled_fits):
    batches, told = Batches(), []
    function = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(batch))
    for hook in (batches, function):
        _classifier(callbacks=[hook]).fit(X, Y)
    assert batches.seen == told == [0, 1, 2, 3, 4] * EPOCHS
    assert compiled_fits == []


@pytest.mark.parametrize("save_freq, batches", [("epoch", []), (3, [0, 1, 2, 3, 4])])
def test_a_checkpoint_that_counts_batches_itself_is_told_of_them(tmp_path, save_freq, batches):
    seen = []

    class Counting(callbacks.ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            super().on_train_batch_end(batch, logs)

    path = tmp_path / "model.keras"
    _classifier(epochs=1, callbacks=[callbacks.ModelCheckpoint(path, save_freq=save_freq)]).fit(X, Y)
    assert path.exists()
    _classifier(epochs=1, callbacks=[Counting(path, save_freq=save_freq)]).fit(X, Y)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "make, compiled",
    [
        (lambda folder: callbacks.TerminateOnNaN(), False),
        (lambda folder: callbacks.ModelCheckpoint(folder / "model.keras", save_freq=3), False),
        (lambda folder: callbacks.ModelCheckpoint(folder / "model.keras"), True),
        (lambda folder: callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: None), True),
    ],
    ids=["TerminateOnNaN", "ModelCheckpoint by batches", "ModelCheckpoint", "LambdaCallback"],
)
def test_only_callbacks_that_want_batches_have_keras_train(compiled_fits, tmp_path, make, compiled):
    network = _classifier(callbacks=[make(tmp_path)]).fit(X, Y)
    assert compiled_fits == [len(X)] * compiled
    assert network.history_["loss"][-1] < network.history_["loss"][0]


def test_tensorboard_wants_batches(tmp_path):
    # It is not trained with, since it needs the package of its name.
    assert _training.wants_batches(callbacks.TensorBoard(tmp_path))


def network_of_ones_own(meta):
    return dense_network(meta, (8,), "relu", 0.1)


def test_a_network_of_a_users_function_is_trained_by_keras(compiled_fits):
    network = _classifier(model=network_of_ones_own).fit(X, Y)
    assert compiled_fits == []
    assert set(network.history_) == {"accuracy", "loss"}


def test_rows_that_do_not_fit_twice_into_memory_are_trained_on_by_keras(compiled_fits, monkeypatch):
    for free, compiled in ((2 * X.nbytes, []), (2 * X.nbytes + 1, [len(X)]), (None, [len(X)] * 2)):
        monkeypatch.setattr(_training, "free_memory", lambda free=free: free)
        network = _classifier().fit(X, Y)
        assert compiled_fits == compiled
        assert network.history_["loss"][-1] < network.history_["loss"][0]


def test_many_fits_by_keras_pass_without_notes_of_tracing(caplog, compiled_fits):
    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        for seed in range(8):
            _classifier(epochs=1, random_state=seed, callbacks=[Batches()]).fit(X[:40], Y[:40])
        assert "retracing" not in caplog.text
        logger.warning("5 calls triggered tf.function retracing")
    finally:
        logger.removeHandler(caplog.handler)
    assert compiled_fits == []
    assert "retracing" in caplog.text  # a note of anyone else's is still heard


def test_as_much_is_learnt_of_real_sound_as_by_keras_alone(esc10):
    dataset = load_esc50(esc10, subset="esc10")
    train = dataset.folds != 5
    features = MFCCTransformer(n_jobs=2).fit_transform(dataset.data)
    rows = StandardScaler().fit(features[train]).transform(features).astype(np.float32)
    codes = np.unique(dataset.target, return_inverse=True)[1]

    def network():
        layers = [keras.Input((rows.shape[1],))]
        for units in (100, 200, 100):
            layers += [keras.layers.Dense(units, activation="relu"), keras.layers.Dropout(0.5)]
        return _compile(keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")]))

    plain = network()  # one for all seeds, put back to a start, since Keras takes a second to compile another
    plain.optimizer.build(plain.trainable_variables)
    blank = [variable.numpy() for variable in plain.optimizer.variables]

    def by_keras(seed):
        with seeded(seed):
            plain.set_weights(network().get_weights())
            for variable, value in zip(plain.optimizer.variables, blank, strict=True):
                variable.assign(value)
            plain.fit(rows[train], codes[train], epochs=20, verbose=0)
        return np.mean(plain(rows[~train]).numpy().argmax(axis=1) == codes[~train])

    def ours(seed):
        fitted = ANNClassifier(epochs=20, random_state=seed).fit(rows[train], codes[train])
        return fitted.score(rows[~train], codes[~train])

    found, expected = [ours(seed) for seed in range(10)], [by_keras(100 + seed) for seed in range(10)]
    error = np.sqrt((np.var(found, ddof=1) + np.var(expected, ddof=1)) / 10)
    assert abs(np.mean(found) - np.mean(expected)) < 3 * error
    assert min(np.mean(found), np.mean(expected)) > 0.4
    assert error < 0.03
