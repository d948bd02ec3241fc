"""Predictions from any number of threads at once, also while a network is trained."""

import threading

import numpy as np
import pytest
from predicting import (  # noqa: F401 - fixtures
    SEQUENCES,
    X,
    by_keras,
    convolutional,
    dense,
    fitted_by_keras,
    fitted_dense,
    forwards,
)

from skaudio.neural import _inference
from skaudio.neural._compiled import Compiled

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


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
    networks = [
        (dense, X),
        (fitted_by_keras(random_state=1), X),
        (convolutional, SEQUENCES),
        (fitted_by_keras(), X),
    ] * 2

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

    bits = [weights.tobytes() for weights in fitted_dense().model_.get_weights()]
    fitted = fitted_dense(callbacks=[Predict()])
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
    other = fitted_by_keras(hidden_layer_sizes=(5,))
    monkeypatch.setattr(_inference, "_forwards", Asked(most=4))

    class Predict(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            elsewhere.start()
            assert asked.wait(60)
            elsewhere.join(0.3)  # by now it holds the lock that it holds while it compiles, if there is one
            found.append(other.predict_proba(X))

    fitted_dense(callbacks=[Predict()])
    elsewhere.join(60)
    assert len(found) == 2
