"""The compiled training loop: Keras's own fit in all it learns and tells."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from training import (
    BATCH,
    CODES,
    EPOCHS,
    HELD,
    HELD_X,
    HELD_Y,
    WEIGHTS,
    Start,
    X,
    Y,
    assert_alike,
    assert_told_alike,
    by_keras,
    classifier,
    compile_plain,
    farthest,
    plain_network,
    train,
)

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer
from skaudio.datasets import load_esc50

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import optimizers  # noqa: E402

from skaudio.neural._backend import seeded  # noqa: E402
from skaudio.neural._convolutional import Convolutional  # noqa: E402

pytestmark = pytest.mark.slow

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
    ours, plain = (plain_network(OPTIMIZERS[name]()) for _ in range(2))
    assert_told_alike(train(ours), by_keras(plain))
    assert_alike(ours, plain)
    for variable, other in zip(ours.optimizer.variables, plain.optimizer.variables, strict=True):
        np.testing.assert_allclose(variable, other, rtol=1e-5, atol=1e-6)


def test_a_loss_scaled_dynamically_is_learnt_from():
    # Gradients that were divided by the scale, of a loss that was not multiplied by it, would change next to nothing.
    network = classifier(epochs=10, dropout=0.0, optimizer=optimizers.LossScaleOptimizer(optimizers.SGD(0.2)))
    loss = network.fit(X, Y).history_["loss"]
    assert loss[-1] < 0.7 * loss[0]


def test_a_moving_average_of_the_weights_ends_a_training_as_in_keras():
    # One epoch, since the average becomes the weights at the end of a fit.
    ours, plain = (plain_network(optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5)) for _ in range(2))
    train(ours, epochs=1)
    by_keras(plain, epochs=1)
    assert_alike(ours, plain)
    raw = plain_network(optimizers.Adam(0.01))
    train(raw, epochs=1)
    assert farthest(raw.get_weights(), ours.get_weights()) > 1e-3


def test_dropout_draws_what_it_draws_in_keras():
    ours, plain = (plain_network(dropout=0.5) for _ in range(2))
    assert_told_alike(train(ours), by_keras(plain))
    assert_alike(ours, plain)


@pytest.mark.parametrize(
    "weights, held",
    [(None, HELD[:2]), (WEIGHTS, HELD[:2]), (WEIGHTS, HELD), (np.zeros_like(WEIGHTS), None)],
    ids=["validated", "weighted, validated", "weighted, validated by weight", "all of no weight"],
)
def test_weights_and_validation_are_told_as_in_keras(weights, held):
    ours, plain = (plain_network(weighted=weights is not None) for _ in range(2))
    assert_told_alike(train(ours, weights=weights, held=held), by_keras(plain, weights=weights, held=held))
    assert_alike(ours, plain)


def test_batch_normalisation_learns_as_in_keras():
    sequences = np.random.default_rng(2).normal(size=(70, 11, 5)).astype(np.float32)
    codes = np.arange(70) % 3

    def network():
        with seeded(1):
            model = Convolutional().build({"X_shape_": sequences.shape, "n_classes_": 3}, (4, 6), 0.5)
        return compile_plain(model)

    ours, plain = network(), network()
    moving = [
        i for i, variable in enumerate(ours.weights) if "normalisation" in variable.path and not variable.trainable
    ]
    start = ours.get_weights()
    assert_told_alike(
        train(ours, sequences, codes, held=(sequences, codes)),
        by_keras(plain, sequences, codes, held=(sequences, codes)),
    )
    assert_alike(ours, plain)
    assert len(moving) == 4
    assert all(np.abs(ours.get_weights()[i] - start[i]).max() > 1e-3 for i in moving)


def test_weights_of_classes_are_those_of_keras():
    start = Start()
    network = classifier(dropout=0.0, class_weight={"ant": 3.0, "cat": 0.5}, callbacks=[start])
    network.fit(X, Y, X_val=HELD_X, y_val=HELD_Y)
    plain = plain_network(optimizers.Adam(0.02), weighted=True)
    plain.set_weights(start.weights)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    by_code = {0: 3.0, 1: 1.0, 2: 0.5, 3: 1.0}
    assert_told_alike(network.history_, by_keras(plain, held=HELD[:2], seed=seed, class_weight=by_code))
    assert_alike(network.model_, plain)


def test_a_warm_start_goes_on_as_keras_does():
    start = Start()
    network = classifier(dropout=0.0, warm_start=True, callbacks=[start]).fit(X, Y)
    plain = plain_network(optimizers.Adam(0.02))
    plain.set_weights(start.weights)
    network.set_params(learning_rate=0.005).fit(X, Y)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    first = by_keras(plain, seed=seed)
    plain.optimizer.learning_rate = 0.005
    second = by_keras(plain, seed=seed)
    assert_told_alike(network.history_, {name: first[name] + second[name] for name in first})
    assert_alike(network.model_, plain)


def test_a_layer_that_is_frozen_before_a_warm_start_stays():
    network = pickle.loads(pickle.dumps(classifier(warm_start=True).fit(X, Y)))
    layer = network.model_.get_layer("dense_0")
    layer.trainable = False
    frozen, rest = layer.get_weights()[0], network.model_.get_layer("classes").get_weights()[0]
    network.fit(X, Y)
    assert np.array_equal(layer.get_weights()[0], frozen)
    assert not np.array_equal(network.model_.get_layer("classes").get_weights()[0], rest)


def test_a_layer_that_is_frozen_without_a_pickle_between_does_not_stop_a_warm_start():
    # Keras wants `compile` after it, and without goes on as before.
    network = classifier(warm_start=True).fit(X, Y)
    network.model_.get_layer("dense_0").trainable = False
    assert network.fit(X, Y).n_iter_ == 2 * EPOCHS


def test_a_network_of_mixed_precision_learns():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = classifier(epochs=20, dropout=0.1).fit(X, Y)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.score(X, Y) > 0.9


def test_gradients_pass_through_the_optimizers_own_apply_gradients():
    class Still(optimizers.SGD):
        def apply_gradients(self, grads_and_vars, **parameters):
            return super().apply_gradients([(0 * gradient, variable) for gradient, variable in grads_and_vars])

    start = Start()
    with keras.saving.custom_object_scope({"Still": Still}):
        network = classifier(optimizer=Still(0.5), callbacks=[start]).fit(X, Y)
    assert farthest(start.weights, network.model_.get_weights()) == 0


def test_the_network_is_keras_alone_and_loads_where_skaudio_is_not(tmp_path):
    sequences = np.random.default_rng(2).normal(size=(20, 12, 4)).astype(np.float32)
    dense = classifier().fit(X, Y)
    checkpoint = {"checkpoint": tmp_path / "checkpoint.keras", "validation_fraction": 0.3}
    convolutional = CNNClassifier((4,), epochs=1, random_state=0, **checkpoint).fit(sequences, np.arange(20) % 2)
    np.save(tmp_path / "checkpoint.npy", sequences)
    np.save(tmp_path / "checkpoint-expected.npy", convolutional.predict_proba(sequences))
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
        "for name in ('dense', 'convolutional', 'checkpoint'):\n"
        "    model = keras.models.load_model(f'{name}.keras')\n"
        "    found = model.predict(np.load(f'{name}.npy'), verbose=0)\n"
        "    assert np.allclose(found, np.load(f'{name}-expected.npy'), atol=1e-6)\n"
        "assert not any(module.startswith('skaudio') for module in sys.modules)\n"
        "print('loaded')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "loaded\n", done.stderr


def test_the_network_has_the_state_of_its_optimizer_and_learns_on_in_keras():
    model = classifier().fit(X, Y).model_
    steps = EPOCHS * -(-len(X) // BATCH)
    assert int(model.optimizer.iterations) == steps
    assert all(np.abs(momentum).max() > 0 for momentum in model.optimizer._momentums)
    model.fit(X, CODES, batch_size=BATCH, verbose=0)
    assert int(model.optimizer.iterations) == steps + 5


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
        return compile_plain(keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")]))

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
