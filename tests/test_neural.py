"""ANNClassifier: a scikit-learn classifier in all it does, and a Keras network in what it learns."""

import dataclasses
import logging
import os
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, check_cv, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skaudio import ANNClassifier

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def blobs():
    X, codes = make_blobs(120, centers=[[-5, 0], [5, 0], [0, 7]], random_state=0)
    return X.astype(np.float32), np.array(["cat", "dog", "owl"])[codes]


def _small(**parameters):
    defaults = {"hidden_layer_sizes": (16,), "epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return ANNClassifier(**{**defaults, **parameters})


EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "minibatches and dropout: a row of weight 2 is not two rows",
}


@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@parametrize_with_checks(
    [ANNClassifier((20,), epochs=25, learning_rate=0.02, dropout=0.0, batch_size=16, random_state=0)],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_scikit_learn_check(estimator, check):
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
    network = _small(epochs=20).fit(X, y)
    assert network.score(X, y) > 0.95
    assert list(network.classes_) == ["cat", "dog", "owl"]
    assert set(network.history_) == {"loss", "accuracy"}
    assert len(network.history_["loss"]) == network.n_iter_ == 20
    assert network.history_["loss"][-1] < network.history_["loss"][0]
    assert "dense" in network.summary()
    assert network.scikeras_.model_ is network.model_


@pytest.mark.parametrize(
    "labels", [["b", "a"], [7, 3], [True, False], ["x", "y", "z"], [1.0, 2.0, 3.0]], ids=lambda v: str(v)
)
def test_labels_of_any_type_come_back(labels):
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = np.asarray(labels)[np.arange(30) % len(labels)]
    network = _small(epochs=1).fit(X, y)
    assert network.predict(X).dtype == y.dtype
    assert set(network.predict(X)) <= set(y)
    assert network.predict_proba(X).shape == (30, len(labels))


def test_one_row_gives_two_dimensional_probabilities(blobs):
    X, y = blobs
    probabilities = _small().fit(X, y).predict_proba(X[:1])
    assert probabilities.shape == (1, 3)
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)


def test_batches_of_a_prediction_do_not_show(blobs):
    X, y = blobs
    network = _small().fit(X, y)
    many = np.tile(X, (80, 1))
    assert np.allclose(network.predict_proba(many)[:120], network.predict_proba(X), atol=1e-6)


def test_is_a_classifier_whose_folds_are_stratified(blobs):
    X, y = blobs
    assert is_classifier(ANNClassifier())
    assert is_classifier(Pipeline([("scale", StandardScaler()), ("classifier", ANNClassifier())]))
    skewed = np.sort(y)
    search = GridSearchCV(_small(epochs=1), {"dropout": [0.1]}, cv=3).fit(X, skewed)
    # Sorted labels in unshuffled, unstratified thirds would leave whole classes out of training.
    assert search.cv_results_["mean_test_score"][0] > 0
    for _, test in check_cv(3, skewed, classifier=is_classifier(search.estimator)).split(X, skewed):
        assert len(np.unique(skewed[test])) == 3


def _state():
    numpy_state = np.random.get_state()  # noqa: NPY002
    return random.getstate(), [np.asarray(part).tolist() for part in numpy_state], dict(os.environ)


def test_equal_seeds_give_equal_networks_and_leave_no_trace(blobs):
    import tensorflow as tf
    from tensorflow.python.framework import config

    X, y = blobs
    first = _small().fit(X, y)
    tf.random.set_seed(123)
    expected = [tf.random.uniform([3]).numpy().tolist() for _ in range(2)]
    tf.random.set_seed(123)
    before = _state()
    drawn = tf.random.uniform([3]).numpy().tolist()
    second = _small().fit(X, y)
    assert _state() == before
    assert [drawn, tf.random.uniform([3]).numpy().tolist()] == expected
    assert not config.is_op_determinism_enabled()
    for a, b in zip(first.model_.get_weights(), second.model_.get_weights()):
        assert np.array_equal(a, b)
    other = _small(random_state=1).fit(X, y)
    assert not np.array_equal(first.model_.get_weights()[0], other.model_.get_weights()[0])


def test_an_unseeded_keras_fit_works_afterwards(blobs):
    X, _ = blobs
    _small().fit(*blobs)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4), keras.layers.Dropout(0.5)])
    model.compile("adam", "mse")
    model.fit(X, np.zeros((len(X), 4)), epochs=1, verbose=0)


def test_a_random_state_is_drawn_from(blobs):
    X, y = blobs
    generator = np.random.RandomState(0)
    first = _small(random_state=generator).fit(X, y)
    second = _small(random_state=generator).fit(X, y)
    assert not np.array_equal(first.model_.get_weights()[0], second.model_.get_weights()[0])


def test_equal_networks_serial_and_in_worker_processes(blobs):
    X, y = blobs
    grid = {"dropout": [0.1, 0.5]}
    serial = GridSearchCV(_small(), grid, cv=3, refit=False).fit(X, y)
    parallel = GridSearchCV(_small(), grid, cv=3, refit=False, n_jobs=2).fit(X, y)
    for i in range(3):
        key = f"split{i}_test_score"
        assert np.array_equal(serial.cv_results_[key], parallel.cv_results_[key])


def test_pickle_in_a_fresh_process_gives_the_same_probabilities(blobs, tmp_path):
    X, y = blobs
    network = ANNClassifier(epochs=1, random_state=0).fit(X, y)
    content = pickle.dumps(network)
    assert len(content) < 2 * sum(weight.nbytes for weight in network.model_.get_weights())
    (tmp_path / "network.pkl").write_bytes(content)
    np.save(tmp_path / "X.npy", X)
    script = (
        "import pickle, numpy as np\n"
        "network = pickle.load(open('network.pkl', 'rb'))\n"
        "np.save('found.npy', network.predict_proba(np.load('X.npy')))\n"
        "assert network.scikeras_.model_ is network.model_\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert np.array_equal(np.load(tmp_path / "found.npy"), network.predict_proba(X))


def test_unfitted_and_refitted_networks_pickle(blobs):
    X, y = blobs
    assert pickle.loads(pickle.dumps(_small())).get_params() == _small().get_params()
    copied = pickle.loads(pickle.dumps(_small().fit(X, y)))
    again = copied.fit(X, y)
    assert np.array_equal(again.predict_proba(X), _small().fit(X, y).predict_proba(X))


def test_a_pickle_of_other_versions_is_named(blobs):
    network = _small(epochs=1).fit(*blobs)
    state = network.__getstate__()
    state["_network"] = dataclasses.replace(state["_network"], versions={"keras": "3.0.0", "skaudio": "0.0.1"})
    with pytest.warns(UserWarning, match=r"keras 3\.0\.0, skaudio 0\.0\.1"):
        ANNClassifier().__setstate__(state)


def test_warm_start_goes_on(blobs):
    X, y = blobs
    network = _small(warm_start=True).fit(X, y)
    weights = network.model_.get_weights()[0]
    network.fit(X, y)
    assert network.n_iter_ == len(network.history_["loss"]) == 6
    assert network.history_["loss"][3] < network.history_["loss"][0]
    assert not np.array_equal(weights, network.model_.get_weights()[0])
    pickle.loads(pickle.dumps(network)).fit(X, y)
    with pytest.raises(ValueError, match="'bear'"):
        network.fit(X, ["bear"] * len(X))
    assert _small().fit(X, y).fit(X, y).n_iter_ == 3


def test_weights_of_rows_and_classes_count(blobs):
    X, y = blobs
    twice, contradictory = np.vstack([X, X]), np.r_[y, np.full(len(y), "cat")]
    believed = np.r_[np.ones(len(y)), np.zeros(len(y))]
    assert _small(epochs=15).fit(twice, contradictory, sample_weight=believed).score(X, y) > 0.95
    assert (_small(epochs=15).fit(twice, contradictory, sample_weight=1 - believed).predict(X) == "cat").all()
    unloved = _small(epochs=15, class_weight={"cat": 0}).fit(twice, contradictory)
    assert (unloved.predict(X[y != "cat"]) == y[y != "cat"]).mean() > 0.95
    rare = np.r_[np.flatnonzero(y == "cat"), np.flatnonzero(y == "owl")[:4]]
    plain, balanced = (_small(class_weight=w, epochs=2).fit(X[rare], y[rare]) for w in (None, "balanced"))
    assert balanced.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()


def test_early_stopping_keeps_the_best_weights(blobs):
    X, y = blobs
    y_val = np.roll(np.array(["cat", "dog", "owl"]), 1)[np.searchsorted(["cat", "dog", "owl"], y)]  # gets ever worse
    network = _small(epochs=30, early_stopping=True, patience=2)
    network.fit(X, y, X_val=X, y_val=y_val)
    assert network.n_iter_ == 3
    assert int(np.argmin(network.history_["val_loss"])) == 0
    one_epoch = _small(epochs=1).fit(X, y)
    assert np.array_equal(network.model_.get_weights()[0], one_epoch.model_.get_weights()[0])


def test_validation_fraction_is_stratified_and_keeps_groups_together(blobs):
    from skaudio.neural._validation import validation_data

    X, y = blobs
    network = _small(validation_fraction=0.25)
    network.classes_ = np.unique(y)
    codes = np.searchsorted(network.classes_, y)
    train_X, train, _, (held_X, held) = validation_data(network, X, codes, None, None, None, None, 0)
    assert len(train) == 90
    assert np.bincount(held).tolist() == [10, 10, 10]
    assert len(np.unique(np.vstack([train_X, held_X]), axis=0)) == len(X)
    groups = np.arange(len(X)) // 4
    X_numbered = np.column_stack([groups, X])
    train_X, _, _, (held_X, _) = validation_data(network, X_numbered, codes, None, None, None, groups, 0)
    assert not set(train_X[:, 0]) & set(held_X[:, 0])
    fitted = network.fit(X, y, groups=groups)
    assert {"val_loss", "val_accuracy"} <= set(fitted.history_)


def test_checkpoint_is_the_best_epoch(blobs, tmp_path):
    X, y = blobs
    path = tmp_path / "best.keras"
    network = _small(epochs=8, checkpoint=path, validation_fraction=0.3).fit(X, y)
    best = keras.models.load_model(path)
    assert os.listdir(tmp_path) == ["best.keras"]
    epoch = int(np.argmin(network.history_["val_loss"])) + 1
    expected = _small(epochs=epoch, validation_fraction=0.3).fit(X, y)
    assert np.array_equal(best.get_weights()[0], expected.model_.get_weights()[0])


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)
        if len(self.epochs) == 2:
            self.model.stop_training = True


def test_keras_callbacks_are_copied_and_may_stop(blobs):
    recorder = Recorder()
    network = _small(callbacks=[recorder], epochs=9)
    assert [network.fit(*blobs).n_iter_ for _ in range(2)] == [2, 2]
    assert recorder.epochs == []
    clone(network)


class EpochCounter:
    """A scikit-learn callback."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.ended = 0

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.ended += context.task_name == "epoch"
        return context.task_name == "epoch" and self.ended == self.stop_after

    def teardown(self, estimator, context):
        pass


def test_scikit_learn_callbacks_see_each_epoch_and_may_stop(blobs):
    counter = EpochCounter()
    network = _small().set_callbacks(counter).fit(*blobs)
    assert counter.ended == 3
    pickle.dumps(network.set_callbacks())
    assert _small(epochs=9).set_callbacks(EpochCounter(stop_after=2)).fit(*blobs).n_iter_ == 2


def test_callbacks_of_the_other_kind_are_named(blobs):
    with pytest.raises(TypeError, match="set_callbacks"):
        _small(callbacks=[EpochCounter()]).fit(*blobs)
    with pytest.raises(TypeError, match=r"callbacks=\["):
        _small().set_callbacks(keras.callbacks.TerminateOnNaN())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"early_stopping": True}, "early_stopping=True needs validation data"),
        ({"checkpoint": "best.keras"}, "needs validation data"),
        ({"checkpoint": "best.h5", "validation_fraction": 0.2}, "must end in .keras"),
        ({"checkpoint": "no/such/folder/best.keras", "validation_fraction": 0.2}, "no folder"),
        ({"optimizer": "adamant"}, "optimizer='adamant'"),
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (10, 2.5)}, "hidden_layer_sizes"),
        ({"dropout": 1.0}, "dropout"),
        ({"epochs": 0}, "epochs"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
        ({"class_weight": "balance"}, "class_weight"),
    ],
)
def test_wrong_parameters_are_named_at_fit(blobs, parameters, message):
    with pytest.raises(ValueError, match=message):
        _small(**parameters).fit(*blobs)


def test_misspelt_parameters_are_refused():
    with pytest.raises(TypeError, match="dropuot"):
        ANNClassifier(dropuot=0.3)
    with pytest.raises(ValueError, match="dropuot"):
        ANNClassifier().set_params(dropuot=0.3)


def test_wrong_data_are_named(blobs):
    X, y = blobs
    with pytest.raises(ValueError, match="one class, 'cat'"):
        _small().fit(X, ["cat"] * len(X))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        _small().fit(X, y[:-1])
    with pytest.raises(ValueError, match="NaN"):
        _small().fit(np.full_like(X, np.nan), y)
    with pytest.raises(NotFittedError):
        _small().predict(X)
    with pytest.raises(ValueError, match="together"):
        _small().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="two sources"):
        _small(validation_fraction=0.2).fit(X, y, X_val=X, y_val=y)
    with pytest.raises(ValueError, match="'bear'"):
        _small().fit(X, y, X_val=X[:1], y_val=["bear"])
    with pytest.raises(ValueError, match="transform_input"):
        _small().fit(X, y, X_val=["a.wav", "b.wav"], y_val=y[:2])
    with pytest.raises(ValueError, match=r"validation_fraction=0\.1 of 4 rows"):
        _small(validation_fraction=0.1).fit(X[:4], ["a", "a", "a", "b"])


def test_x_val_through_a_pipeline_by_the_documented_recipe(blobs):
    from sklearn import config_context

    X, y = blobs
    with config_context(enable_metadata_routing=True):
        classifier = _small().set_fit_request(X_val=True, y_val=True)
        steps = [("scale", StandardScaler()), ("classifier", classifier)]
        pipeline = Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=X[:30], y_val=y[:30])
    history = pipeline["classifier"].history_
    scaled = pipeline["scale"].transform(X[:30])
    right = (pipeline["classifier"].predict(scaled) == y[:30]).mean()
    assert history["val_accuracy"][-1] == pytest.approx(right)


def test_optimizers_and_units_of_any_form(blobs):
    for optimizer in ("sgd", keras.optimizers.RMSprop(0.01)):
        network = _small(optimizer=optimizer, hidden_layer_sizes=np.array([8, 4]))
        assert [network.fit(*blobs).n_iter_ for _ in range(2)] == [3, 3]
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    clone(_small(learning_rate=schedule)).fit(*blobs)


def test_training_time_is_logged_when_asked(blobs, caplog, capfd):
    with caplog.at_level(logging.INFO, logger="skaudio"):
        _small().fit(*blobs)
        assert not caplog.records
        _small(verbose=1).fit(*blobs)
    assert "3 epochs of 120 rows in" in caplog.text
    assert capfd.readouterr().out == ""


def test_fits_in_threads_at_once_are_as_alone(blobs):
    import joblib

    expected = cross_val_score(_small(), *blobs, cv=3)
    with joblib.parallel_config("threading", n_jobs=3):
        assert np.array_equal(cross_val_score(_small(), *blobs, cv=3), expected)


def test_without_keras_the_way_to_get_it_is_named(tmp_path):
    (tmp_path / "keras.py").write_text("raise ModuleNotFoundError('gone', name='keras')")
    script = (
        "from skaudio import ANNClassifier\n"
        "try:\n    ANNClassifier().fit([[0.0], [1.0]], [0, 1])\n"
        "except ImportError as error:\n    print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert 'pip install "skaudio[keras]"' in done.stdout


def test_a_search_in_workers_that_did_other_work_before_ends_without_a_warning(tmp_path):
    # The first work makes loky measure how large its workers are; TensorFlow then makes them grow.
    script = tmp_path / "search.py"
    script.write_text(
        """
import time
import warnings

from joblib import Parallel, delayed
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV

from skaudio import ANNClassifier

if __name__ == "__main__":
    warnings.simplefilter("error")
    Parallel(n_jobs=2)(delayed(abs)(i) for i in range(4))
    time.sleep(1.5)  # loky looks at its workers once a second
    X, y = make_blobs(60, centers=3, random_state=0)
    network = ANNClassifier((8,), epochs=1, random_state=0)
    GridSearchCV(network, {"dropout": [0.1, 0.5]}, cv=3, n_jobs=2, refit=False).fit(X, y)
    print("ended")
"""
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "ended\n", done.stderr
    assert "A worker stopped" not in done.stderr
