"""Predictions: Keras's probabilities, by NumPy or compiled once for networks alike."""

import pickle
import random

import numpy as np
import pytest
from networks import Batches, network_of_ones_own
from predicting import (  # noqa: F401 - fixtures
    SEQUENCES,
    X,
    Y,
    by_keras,
    convolutional,
    dense,
    fitted_by_keras,
    fitted_convolutional,
    fitted_dense,
    forwards,
)

from skaudio import ANNClassifier, CNNClassifier

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from skaudio.neural import _forward, _inference  # noqa: E402
from skaudio.neural._compiled import Compiled  # noqa: E402
from skaudio.neural._dense import ACTIVATIONS  # noqa: E402

pytestmark = pytest.mark.slow

ODD = np.random.default_rng(2).normal(size=(40, 13, 7)).astype(np.float32)
ODD[::4, 4:] = ODD[::4, 3:4]


@pytest.fixture
def chunks(forwards, monkeypatch):
    """The shapes of what the compiled functions are given from here on."""
    shapes = []
    compile_network = _inference._compile

    def compiled(model):
        forward = compile_network(model)

        def counted(weights, rows):
            shapes.append(tuple(rows.shape))
            return forward(weights, rows)

        return counted

    monkeypatch.setattr(_inference, "_compile", compiled)
    return shapes


@pytest.mark.parametrize(
    "fit, rows",
    [
        (fitted_dense, X),
        (fitted_convolutional, SEQUENCES),
        (lambda: fitted_dense(dropout=0.0), X),
        *[(lambda name=name: fitted_dense(activation=name), X) for name in ACTIVATIONS],
        (fitted_by_keras, X),
        (lambda: CNNClassifier((5,), epochs=2, random_state=0).fit(SEQUENCES, np.arange(40) % 2), SEQUENCES),
        (lambda: CNNClassifier((3, 4, 5), epochs=2, random_state=0).fit(ODD, np.arange(40) % 2), ODD),
        (lambda: fitted_dense(callbacks=[Batches()]), X),
        (lambda: fitted_dense(model=network_of_ones_own), X),
    ],
    ids=[
        "dense",
        "convolutional",
        "without dropout",
        *ACTIVATIONS,
        "left to Keras",
        "one block",
        "odd sizes",
        "trained by Keras",
        "of a user's function",
    ],
)
def test_probabilities_are_those_of_keras(fit, rows):
    network = fit()
    expected = network.model_.predict(rows, verbose=0)
    np.testing.assert_allclose(network.predict_proba(rows), expected, rtol=0, atol=1e-6)
    assert np.ptp(expected, axis=0).min() > 0.01  # each varies from row to row, or little would be compared


def test_one_function_is_compiled_for_any_rows_of_networks_alike(forwards):
    for parameters in ({}, {"random_state": 1}, {"dropout": 0.1, "optimizer": "sgd"}):
        network = fitted_by_keras(**parameters)
        for n in (1, 3, 1000):
            assert network.predict_proba(X[:n]).shape == (n, 3)
    assert [forward.experimental_get_tracing_count() for forward in forwards.values()] == [1]


def test_nothing_is_compiled_for_our_own(forwards, dense, convolutional):
    dense.predict(X)
    convolutional.predict(SEQUENCES)
    assert not forwards


def test_networks_alike_keep_weights_of_their_own(forwards, by_keras):
    other = fitted_by_keras(random_state=1)
    for network in (by_keras, other, by_keras):
        np.testing.assert_allclose(network.predict_proba(X), network.model_.predict(X, verbose=0), rtol=0, atol=1e-6)
    assert len(forwards) == 1
    assert np.abs(by_keras.predict_proba(X) - other.predict_proba(X)).max() > 0.01


def test_a_forgotten_function_is_compiled_again(by_keras, monkeypatch):
    assert _inference._forwards._most <= 32
    monkeypatch.setattr(_inference, "_forwards", Compiled(most=1))
    other = fitted_by_keras(hidden_layer_sizes=(5,))
    expected, others = by_keras.predict_proba(X), other.predict_proba(X)
    assert len(_inference._forwards._kept) == 1
    assert np.array_equal(by_keras.predict_proba(X), expected)
    assert np.array_equal(other.predict_proba(X), others)


def test_what_is_compiled_outlives_a_cleared_session(by_keras):
    expected = by_keras.predict_proba(X)
    keras.utils.clear_session()
    assert np.array_equal(by_keras.predict_proba(X), expected)


def test_many_rows_pass_in_chunks_of_bounded_size(chunks):
    rows = np.random.default_rng(0).normal(size=(10_000, 40)).astype(np.float32)
    network = ANNClassifier((8,), activation="mish", epochs=1, random_state=0).fit(rows[:60], np.arange(60) % 2)
    found = network.predict_proba(rows)
    assert max(n * width for n, width in chunks) <= _inference._NUMBERS
    assert sum(n for n, _ in chunks) == 10_000
    assert len(chunks) == 2
    np.testing.assert_allclose(found, network.model_.predict(rows, verbose=0), rtol=0, atol=1e-6)


def test_the_bits_are_near_however_few_rows_are_computed_at_once(dense, convolutional, monkeypatch):
    expected = dense.predict_proba(X), convolutional.predict_proba(SEQUENCES)
    for numbers in (1, 5000):
        monkeypatch.setattr(_forward, "_NUMBERS", numbers)
        np.testing.assert_allclose(dense.predict_proba(X), expected[0], rtol=0, atol=1e-6)
        np.testing.assert_allclose(convolutional.predict_proba(SEQUENCES), expected[1], rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_a_prediction_leaves_the_classifier_as_it_was(forwards, request, kind):
    network, rows = request.getfixturevalue(kind), {"dense": X, "convolutional": SEQUENCES}[kind]
    before, variables = dict(vars(network)), [variable.numpy().tobytes() for variable in network.model_.variables]
    assert len(variables) > len(network.model_.weights)  # the state of dropout's seed is one of them
    for _ in range(2):
        network.predict(rows)
        network.predict_proba(rows)
    after = vars(network)
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
    assert [variable.numpy().tobytes() for variable in network.model_.variables] == variables


def test_weights_that_are_set_are_predicted_with(forwards):
    network, other = fitted_dense(), fitted_dense(random_state=1)
    expected = other.predict_proba(X)
    assert not np.array_equal(network.predict_proba(X), expected)
    network.model_.set_weights(other.model_.get_weights())
    assert np.array_equal(network.predict_proba(X), expected)
    kernel = network.model_.get_layer("classes").kernel
    kernel.assign(np.zeros(kernel.shape))
    network.model_.get_layer("classes").bias.assign([0, 0, 50])
    assert network.predict_proba(X)[:, 2] == pytest.approx(1)


def test_a_warm_start_is_predicted_with():
    network = fitted_dense(warm_start=True)
    before = network.predict_proba(X)
    network.fit(X[:150], Y[:150])
    after = network.predict_proba(X)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(after, network.model_.predict(X, verbose=0), rtol=0, atol=1e-6)


def test_frozen_layers_predict_as_before(forwards, dense):
    expected = dense.predict_proba(X)
    copied = pickle.loads(pickle.dumps(dense))
    copied.model_.get_layer("dense_0").trainable = False
    assert np.array_equal(copied.predict_proba(X), expected)
    assert np.array_equal(dense.predict_proba(X), expected)


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_an_unpickled_network_finds_the_same_bits(forwards, request, kind):
    network, rows = request.getfixturevalue(kind), {"dense": X, "convolutional": SEQUENCES}[kind]
    content, expected = pickle.dumps(network), network.predict_proba(rows)
    copied = pickle.loads(content)
    assert np.array_equal(copied.predict_proba(rows), expected)
    assert copied.model_ is not network.model_
    assert np.array_equal(copied.predict_proba(rows), expected)


def _draws():
    """Return what the global generators give next, and what they give after."""
    return [(random.random(), np.random.random(), float(tf.random.uniform([]))) for _ in range(2)]  # noqa: NPY002


def test_global_random_states_are_not_touched(forwards, dense, by_keras, convolutional):
    content = pickle.dumps([dense, convolutional])

    def seed():
        random.seed(7)
        np.random.seed(7)  # noqa: NPY002
        tf.random.set_seed(7)

    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        seed()
        expected = _draws() + _draws()
        seed()
        found = _draws()
        dense.predict(X)
        by_keras.predict(X)  # the first compiles
        by_keras.predict(X)
        convolutional.predict_proba(SEQUENCES)
        for network in pickle.loads(content):
            assert network.model_ is not None
        found += _draws()
    finally:
        tf.random.set_seed(None)
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
    assert len(forwards) == 1
    assert found == expected
