"""ANNClassifier: a scikit-learn classifier in all it does, and a Keras network in what it learns."""

import logging
import pickle

import numpy as np
import pytest
from networks import small
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.model_selection import cross_val_score
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skaudio import ANNClassifier

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def blobs():
    X, codes = make_blobs(120, centers=[[-5, 0], [5, 0], [0, 7]], random_state=0)
    return X.astype(np.float32), np.array(["cat", "dog", "owl"])[codes]


EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "minibatches and dropout: a row of weight 2 is not two rows",
}


@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@parametrize_with_checks(
    [ANNClassifier((20,), epochs=25, learning_rate=0.02, dropout=0.0, batch_size=16, random_state=0)],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_scikit_learn_check(estimator, check, last_bits_may_differ):
    check(estimator)


@pytest.mark.parametrize("name", ["check_param_validation", "check_dataframe_column_names_consistency"])
def test_scikit_learn_check_of_the_second_row(name):
    getattr(estimator_checks, name)("ANNClassifier", ANNClassifier((4,), epochs=1, random_state=0))


def test_the_default_is_the_tutorials_network(blobs):
    X, y = blobs
    network = ANNClassifier(epochs=1).fit(X, y)
    dense = [layer for layer in network.model_.layers if isinstance(layer, keras.layers.Dense)]
    dropout = [layer for layer in network.model_.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.units for layer in dense] == [100, 200, 100, 3]
    assert [layer.activation.__name__ for layer in dense] == ["relu"] * 3 + ["softmax"]
    assert [layer.rate for layer in dropout] == [0.5] * 3
    assert isinstance(network.model_.optimizer, keras.optimizers.Adam)
    assert (network.epochs, ANNClassifier().epochs, network.batch_size) == (1, 100, 32)


def test_learns_and_names_classes(blobs):
    X, y = blobs
    network = small(epochs=20).fit(X, y)
    assert network.score(X, y) > 0.95
    assert list(network.classes_) == ["cat", "dog", "owl"]
    assert set(network.history_) == {"loss", "accuracy"}
    assert len(network.history_["loss"]) == network.n_iter_ == 20
    assert network.history_["loss"][-1] < network.history_["loss"][0]
    assert "dense" in network.summary()
    assert network.scikeras_.model_ is network.model_
    probabilities = network.predict_proba(X[:1])
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)


def test_labels_that_are_floats_come_back(blobs):
    X, y = blobs
    labels = np.where(y == "cat", 1.0, 2.0)
    predicted = small(epochs=1).fit(X, labels).predict(X)
    assert predicted.dtype == labels.dtype
    assert set(predicted) <= {1.0, 2.0}


def test_a_random_state_is_drawn_from(blobs):
    X, y = blobs
    generator = np.random.RandomState(0)
    first = small(random_state=generator).fit(X, y)
    second = small(random_state=generator).fit(X, y)
    assert not np.array_equal(first.model_.get_weights()[0], second.model_.get_weights()[0])


def test_unfitted_and_refitted_networks_pickle(blobs):
    X, y = blobs
    assert pickle.loads(pickle.dumps(small())).get_params() == small().get_params()
    copied = pickle.loads(pickle.dumps(small().fit(X, y)))
    again = copied.fit(X, y)
    assert np.array_equal(again.predict_proba(X), small().fit(X, y).predict_proba(X))


class Recorder(keras.callbacks.Callback):
    """Notes epochs, and stops after two."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)
        if len(self.epochs) == 2:
            self.model.stop_training = True


def test_keras_callbacks_are_copied_and_may_stop(blobs):
    recorder = Recorder()
    network = small(callbacks=[recorder], epochs=9)
    assert [network.fit(*blobs).n_iter_ for _ in range(2)] == [2, 2]
    assert recorder.epochs == []
    clone(network)


def test_training_time_is_logged_when_asked(blobs, caplog, capfd):
    with caplog.at_level(logging.INFO, logger="skaudio"):
        small().fit(*blobs)
        assert not caplog.records
        small(verbose=1).fit(*blobs)
    assert "3 epochs of 120 rows in" in caplog.text
    assert capfd.readouterr().out == ""


def test_fits_in_threads_at_once_are_as_alone(blobs):
    import joblib

    expected = cross_val_score(small(), *blobs, cv=3)
    with joblib.parallel_config("threading", n_jobs=3):
        assert np.array_equal(cross_val_score(small(), *blobs, cv=3), expected)
