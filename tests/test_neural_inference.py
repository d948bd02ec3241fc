"""Predictions: Keras's probabilities, by NumPy or compiled once for networks alike, from any number of threads."""

import pickle
import random
import threading

import numpy as np
import pytest
from networks import Batches, network_of_ones_own

from skaudio import ANNClassifier, CNNClassifier

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from skaudio.neural import _forward, _inference  # noqa: E402
from skaudio.neural._compiled import Compiled  # noqa: E402

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(1000, 6)).astype(np.float32)
Y = np.array(["ant", "bee", "cat"])[np.digitize(X[:, 0], [-0.5, 0.5])]
SEQUENCES = np.random.default_rng(1).normal(size=(40, 12, 4)).astype(np.float32)
SEQUENCES[::3, 8:] = SEQUENCES[::3, 7:8]  # padded, as short clips are
ODD = np.random.default_rng(2).normal(size=(40, 13, 7)).astype(np.float32)
ODD[::4, 4:] = ODD[::4, 3:4]


def _dense(**parameters):
    defaults = {"hidden_layer_sizes": (16, 8), "epochs": 2, "learning_rate": 0.02, "random_state": 0}
    return ANNClassifier(**{**defaults, **parameters}).fit(X[:150], Y[:150])


def _convolutional(**parameters):
    return CNNClassifier((4, 6), **{"epochs": 2, "random_state": 0, **parameters}).fit(SEQUENCES, np.arange(40) % 2)


def _by_keras(**parameters):
    """A network whose activation is left to Keras."""
    return _dense(activation="mish", **parameters)


@pytest.fixture(scope="module")
def dense():
    return _dense()


@pytest.fixture(scope="module")
def by_keras():
    return _by_keras()


@pytest.fixture(scope="module")
def convolutional():
    return _convolutional()


@pytest.fixture
def forwards(monkeypatch):
    """What is compiled from here on, by signature; nothing is kept from before."""
    monkeypatch.setattr(_inference, "_forwards", Compiled(most=_inference._forwards._most))
    return _inference._forwards._kept


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
        (_dense, X),
        (_convolutional, SEQUENCES),
        (lambda: _dense(dropout=0.0), X),
        *[(lambda name=name: _dense(activation=name), X) for name in _forward._ACTIVATIONS],
        (_by_keras, X),
        (lambda: CNNClassifier((5,), epochs=2, random_state=0).fit(SEQUENCES, np.arange(40) % 2), SEQUENCES),
        (lambda: CNNClassifier((3, 4, 5), epochs=2, random_state=0).fit(ODD, np.arange(40) % 2), ODD),
        (lambda: _dense(callbacks=[Batches()]), X),
        (lambda: _dense(model=network_of_ones_own), X),
    ],
    ids=[
        "dense",
        "convolutional",
        "without dropout",
        *_forward._ACTIVATIONS,
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
    assert np.ptp(expected, axis=0).min() > 0.01  # no two rows alike, or little would be compared


def test_one_function_is_compiled_for_any_rows_of_networks_alike(forwards):
    for parameters in ({}, {"random_state": 1}, {"dropout": 0.1, "optimizer": "sgd"}):
        network = _by_keras(**parameters)
        for n in (1, 3, 1000):
            assert network.predict_proba(X[:n]).shape == (n, 3)
    assert [forward.experimental_get_tracing_count() for forward in forwards.values()] == [1]


def test_nothing_is_compiled_for_our_own(forwards, dense, convolutional):
    dense.predict(X)
    convolutional.predict(SEQUENCES)
    assert not forwards


def test_networks_alike_keep_weights_of_their_own(forwards, by_keras):
    other = _by_keras(random_state=1)
    for network in (by_keras, other, by_keras):
        np.testing.assert_allclose(network.predict_proba(X), network.model_.predict(X, verbose=0), rtol=0, atol=1e-6)
    assert len(forwards) == 1
    assert np.abs(by_keras.predict_proba(X) - other.predict_proba(X)).max() > 0.01


def test_a_forgotten_function_is_compiled_again(by_keras, monkeypatch):
    assert _inference._forwards._most <= 32
    monkeypatch.setattr(_inference, "_forwards", Compiled(most=1))
    other = _by_keras(hidden_layer_sizes=(5,))
    expected, others = by_keras.predict_proba(X), other.predict_proba(X)
    assert len(_inference._forwards._kept) == 1
    assert np.array_equal(by_keras.predict_proba(X), expected)
    assert np.array_equal(other.predict_proba(X), others)


def test_what_is_compiled_outlives_a_cleared_session(by_keras):
    expected = by_keras.predict_proba(X)
    keras.utils.clear_session()
    assert np.array_equal(by_keras.predict_proba(X), expected)


def _in_threads(tasks):
    """Run all tasks at once, in a thread each, and return what they return, or the error of one."""
    barrier, found = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(i, task):
        barrier.wait()
        try:
            found[i] = task()
        except BaseException as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=(i, task), daemon=True) for i, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in found:
        if isinstance(result, BaseException):
            raise result
    return found


def test_eight_threads_at_once_find_what_one_finds(forwards, dense, convolutional):
    # The first call of all is one of theirs. The second network is of the first one's architecture.
    networks = [(dense, X), (_by_keras(random_state=1), X), (convolutional, SEQUENCES), (_by_keras(), X)] * 2

    def often(network, rows):
        return [network.predict_proba(rows).tobytes() for _ in range(20)]

    found = _in_threads([lambda of=of: often(*of) for of in networks])
    assert [forward.experimental_get_tracing_count() for forward in forwards.values()] == [1]
    assert found == [[network.predict_proba(rows).tobytes()] * 20 for network, rows in networks]


def test_threads_predict_while_a_network_is_trained(forwards, dense, convolutional):
    expected = dense.predict_proba(X)
    found = []

    class Predict(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            # Known and new, from the thread that trains and from another, which need not wait for the end of the fit.
            thread = threading.Thread(target=lambda: found.append(dense.predict_proba(X)), daemon=True)
            thread.start()
            thread.join(60)
            assert not thread.is_alive()
            found.append(convolutional.predict_proba(SEQUENCES))

    bits = [weights.tobytes() for weights in _dense().model_.get_weights()]
    fitted = _dense(callbacks=[Predict()])
    assert [weights.tobytes() for weights in fitted.model_.get_weights()] == bits
    assert len(found) == 4
    assert all(np.array_equal(probabilities, expected) for probabilities in found[::2])
    assert all(np.array_equal(probabilities, convolutional.predict_proba(SEQUENCES)) for probabilities in found[1::2])


def test_a_first_prediction_elsewhere_and_one_within_a_fit_do_not_wait_for_each_other(forwards, by_keras, monkeypatch):
    asked = threading.Event()
    found = []

    class Asked(Compiled):
        def get(self, signature, make):
            asked.set()
            return super().get(signature, make)

    elsewhere = threading.Thread(target=lambda: found.append(by_keras.predict_proba(X)), daemon=True)
    other = _by_keras(hidden_layer_sizes=(5,))
    monkeypatch.setattr(_inference, "_forwards", Asked(most=4))

    class Predict(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            elsewhere.start()
            assert asked.wait(60)
            elsewhere.join(0.3)  # by now it holds the lock that it holds while it compiles, if there is one
            found.append(other.predict_proba(X))

    _dense(callbacks=[Predict()])
    elsewhere.join(60)
    assert len(found) == 2


def test_many_rows_pass_in_chunks_of_bounded_size(chunks):
    rows = np.random.default_rng(0).normal(size=(10_000, 40)).astype(np.float32)
    network = ANNClassifier((8,), activation="mish", epochs=1, random_state=0).fit(rows[:60], np.arange(60) % 2)
    found = network.predict_proba(rows)
    assert max(n * width for n, width in chunks) <= _inference._NUMBERS
    assert sum(n for n, _ in chunks) == 10_000
    assert len(chunks) == 2
    np.testing.assert_allclose(found, network.model_.predict(rows, verbose=0), rtol=0, atol=1e-6)


def test_few_rows_are_in_flight_at_once_and_the_bits_are_near(dense, convolutional, monkeypatch):
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
    network, other = _dense(), _dense(random_state=1)
    expected = other.predict_proba(X)
    assert not np.array_equal(network.predict_proba(X), expected)
    network.model_.set_weights(other.model_.get_weights())
    assert np.array_equal(network.predict_proba(X), expected)
    kernel = network.model_.get_layer("classes").kernel
    kernel.assign(np.zeros(kernel.shape))
    network.model_.get_layer("classes").bias.assign([0, 0, 50])
    assert network.predict_proba(X)[:, 2] == pytest.approx(1)


def test_a_warm_start_is_predicted_with():
    network = _dense(warm_start=True)
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
