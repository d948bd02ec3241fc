"""What a fit of a network can be told: validation, early stopping, weights, warm starts, optimizers, callbacks."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn import config_context
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import compute_class_weight

from skaudio import ANNClassifier, MFCCTransformer
from skaudio.datasets import load_esc50
from skaudio.neural import _base

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def noisy():
    """Rows of uneven classes, a fifth of them mislabelled: the validation loss falls, and then rises."""
    rng = np.random.default_rng(0)
    codes = rng.choice(3, 120, p=[0.6, 0.25, 0.15])
    X = np.array([[-2, 0, 0], [2, 0, 0], [0, 3, 0]])[codes] + rng.normal(size=(120, 3))
    wrong = rng.random(120) < 0.2
    codes[wrong] = rng.integers(0, 3, wrong.sum())
    return X.astype(np.float32), np.array(["cat", "dog", "owl"])[codes]


@pytest.fixture(scope="module")
def sounds(esc10):
    """Clips, labels, folds and recordings of two classes."""
    dataset = load_esc50(esc10, subset="esc10")
    rows = np.flatnonzero(np.isin(dataset.target, dataset.target_names[:2]))
    return dataset.data[rows], dataset.target[rows], dataset.folds[rows], dataset.groups[rows]


@pytest.fixture
def splits(monkeypatch):
    """What each fit splits: its rows and their groups, and what the split returns."""
    found = []

    def recording(estimator, X, codes, weights, X_val, y_val, groups, seed):
        found.append((X, groups, original(estimator, X, codes, weights, X_val, y_val, groups, seed)))
        return found[-1][-1]

    original = _base.validation_data
    monkeypatch.setattr(_base, "validation_data", recording)
    return found


def _small(**parameters):
    defaults = {"hidden_layer_sizes": (16,), "epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return ANNClassifier(**{**defaults, **parameters})


def _cross_entropy(classifier, X, y):
    probabilities = classifier.predict_proba(X)
    return -np.log(probabilities[np.arange(len(y)), np.searchsorted(classifier.classes_, y)]).mean()


def _same_weights(first, second):
    pairs = zip(first.model_.get_weights(), second.model_.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


# Validation data


@pytest.mark.real_sound
def test_validation_clips_pass_the_steps_of_a_pipeline_by_the_documented_recipe(sounds):
    clips, labels, folds, _ = sounds
    train, held_out = folds < 3, folds == 5
    with config_context(enable_metadata_routing=True):
        classifier = _small(epochs=12, early_stopping=True).set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline(
            [("features", MFCCTransformer()), ("scale", StandardScaler()), ("classifier", classifier)],
            transform_input=["X_val"],
        )
        pipeline.fit(clips[train], labels[train], X_val=clips[held_out], y_val=labels[held_out])
    assert pipeline["scale"].n_samples_seen_ == train.sum()
    expected = _cross_entropy(pipeline, clips[held_out], labels[held_out])
    assert min(pipeline["classifier"].history_["val_loss"]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.real_sound
@pytest.mark.parametrize("way", ["cross_validate", "search"])
def test_recordings_routed_through_folds_are_held_out_whole(sounds, splits, way):
    clips, labels, _, recordings = sounds
    with config_context(enable_metadata_routing=True):
        classifier = _small(epochs=1, validation_fraction=0.25).set_fit_request(groups=True)
        model = Pipeline([("features", MFCCTransformer(n_mfcc=13)), ("scale", StandardScaler()), ("net", classifier)])
        if way == "search":
            search = GridSearchCV(model, {"net__dropout": [0.2]}, cv=GroupKFold(2), error_score="raise")
            search.fit(clips, labels, groups=recordings)
        else:
            parameters = {"groups": recordings}
            cross_validate(model, clips, labels, cv=GroupKFold(2), params=parameters, error_score="raise")
    assert len(splits) == (3 if way == "search" else 2)  # two folds, and a refit
    for X, groups, (train_X, _, _, (held_X, held)) in splits:
        recording_of = {row.tobytes(): group for row, group in zip(X, groups, strict=True)}
        trained, held_out = ({recording_of[row.tobytes()] for row in rows} for rows in (train_X, held_X))
        assert not trained & held_out
        assert trained | held_out == set(groups)
        assert len(held_X) == pytest.approx(len(X) / 4, abs=2)
        assert np.bincount(held).min() > 0.35 * len(held)  # two classes, of 40 clips each


def test_the_held_out_share_is_that_of_each_class(splits):
    y = np.repeat(["often", "seldom", "rare"], [100, 50, 10])
    X = np.random.default_rng(0).normal(size=(160, 2))
    for seed in range(3):
        _small(epochs=1, validation_fraction=0.2, random_state=seed).fit(X, y)
        _, _, (_, trained, _, (_, held)) = splits[seed]
        assert np.bincount(held).tolist() == [20, 2, 10]  # classes are in the order of the alphabet
        assert np.bincount(trained).tolist() == [80, 8, 40]


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.4, 0.75])
def test_the_held_out_share_is_the_one_asked_for_with_groups_too(noisy, splits, fraction):
    X, y = noisy
    _small(epochs=1, validation_fraction=fraction).fit(X, y, groups=np.arange(len(y)) // 2)
    ((_, _, (_, _, _, (_, held))),) = splits
    assert len(held) == pytest.approx(fraction * len(y), abs=6)


# Early stopping and the checkpoint


@pytest.mark.parametrize("patience", [1, 4])
def test_early_stopping_waits_for_patience_epochs_and_keeps_the_best(noisy, patience):
    X, y = noisy
    parameters = {"validation_fraction": 0.3, "learning_rate": 0.01, "dropout": 0.2}
    network = _small(epochs=60, early_stopping=True, patience=patience, **parameters).fit(X, y)
    best = int(np.argmin(network.history_["val_loss"]))
    assert best > 0
    assert network.n_iter_ == best + 1 + patience < 60
    assert {len(values) for values in network.history_.values()} == {network.n_iter_}
    assert set(network.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    one_of_the_best_epoch = _small(epochs=best + 1, **parameters).fit(X, y)
    assert _same_weights(network, one_of_the_best_epoch)
    assert np.array_equal(network.predict_proba(X), one_of_the_best_epoch.predict_proba(X))
    # The last epoch may come before the patience ends.
    ended = _small(epochs=best + 2, early_stopping=True, patience=9, **parameters).fit(X, y)
    assert ended.n_iter_ == best + 2
    assert _same_weights(ended, one_of_the_best_epoch)


class Reader(keras.callbacks.Callback):
    """Opens the checkpoint each epoch, as another process may."""

    opened = []  # the class's own: an instance is copied for each fit

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        if os.path.exists(self.path):
            file = open(self.path, "rb")  # noqa: SIM115  it is held open while the checkpoint is replaced
            self.opened.append((file, file.read(), os.listdir(os.path.dirname(self.path))))


def test_a_checkpoint_is_replaced_whole_and_leaves_nothing_else(noisy, tmp_path):
    path = tmp_path / "folder" / "best.keras"
    path.parent.mkdir()
    Reader.opened.clear()
    network = _small(epochs=6, validation_fraction=0.3, checkpoint=str(path), callbacks=[Reader(path)]).fit(*noisy)
    improved = np.minimum.accumulate(network.history_["val_loss"])
    assert len({content for _, content, _ in Reader.opened} | {path.read_bytes()}) == len(np.unique(improved)) > 1
    for file, content, listed in Reader.opened:
        file.seek(0)
        with file:
            assert file.read() == content  # what was opened is not written into
        assert listed == ["best.keras"]
        (tmp_path / "seen.keras").write_bytes(content)
        keras.models.load_model(tmp_path / "seen.keras")
    assert os.listdir(path.parent) == ["best.keras"]


# Weights


def test_balanced_weights_are_those_of_the_training_rows(noisy, splits):
    X, y = noisy
    groups = np.cumsum(np.random.default_rng(1).random(len(y)) < 0.2)  # uneven, so that the classes' shares change
    parameters = {"validation_fraction": 0.3, "dropout": 0.0}
    network = _small(class_weight="balanced", **parameters).fit(X, y, groups=groups)
    ((_, _, (_, trained, _, (held_X, held))),) = splits
    balanced = compute_class_weight("balanced", classes=np.arange(3), y=trained)
    by_dict = _small(class_weight=dict(zip(network.classes_, balanced)), **parameters).fit(X, y, groups=groups)
    assert _same_weights(network, by_dict)
    of_all_rows = dict(zip(network.classes_, compute_class_weight("balanced", classes=network.classes_, y=y)))
    assert not _same_weights(network, _small(class_weight=of_all_rows, **parameters).fit(X, y, groups=groups))
    # Validation is not weighed.
    found = network.model_.evaluate(held_X, held, batch_size=len(held), verbose=0, return_dict=True)
    assert network.history_["val_loss"][-1] == pytest.approx(found["loss"], rel=1e-5)
    assert network.history_["val_loss"][-1] == pytest.approx(
        _cross_entropy(network, held_X, network.classes_[held]), rel=1e-5
    )


@pytest.mark.parametrize("others", [{"dog": 1.0, "owl": 1.0}, {}], ids=["all classes", "one class"])
def test_the_weight_of_a_class_that_is_not_there_is_named(noisy, others):
    with pytest.warns(UserWarning, match=r"the class 'bear', which y does not hold.*'cat', 'dog', 'owl'"):
        found = _small(class_weight={"cat": 2.0, "bear": 3.0, **others}).fit(*noisy)
    assert _same_weights(found, _small(class_weight={"cat": 2.0, **others}).fit(*noisy))


def test_weights_of_rows_and_of_classes_multiply(noisy):
    X, y = noisy
    of_rows = np.random.default_rng(0).choice([0.5, 1.0, 4.0], len(y))
    of_classes = {"cat": 0.5, "dog": 2.0, "owl": 8.0}
    both = _small(class_weight=of_classes).fit(X, y, sample_weight=of_rows)
    assert _same_weights(both, _small().fit(X, y, sample_weight=of_rows * [of_classes[label] for label in y]))
    assert not _same_weights(both, _small().fit(X, y, sample_weight=of_rows))


def test_weights_of_rows_weigh_validation_and_those_of_classes_do_not(noisy, splits):
    X, y = noisy
    weights = np.random.default_rng(0).choice([0.0, 1.0, 4.0], len(y))
    network = _small(validation_fraction=0.4, class_weight={"cat": 9.0}).fit(X, y, sample_weight=weights)
    ((_, _, (_, _, _, (held_X, held, held_weights))),) = splits
    right = network.predict(held_X) == network.classes_[held]
    history = network.history_
    assert history["val_accuracy"][-1] == pytest.approx(right.mean())
    assert history["val_weighted_accuracy"][-1] == pytest.approx(np.average(right, weights=held_weights))
    assert history["val_weighted_accuracy"][-1] != pytest.approx(history["val_accuracy"][-1])
    found = network.model_.evaluate(
        held_X, held, sample_weight=held_weights, batch_size=len(held), verbose=0, return_dict=True
    )
    for name, value in found.items():
        assert history[f"val_{name}"][-1] == pytest.approx(value, rel=1e-5)


# Warm starts


def test_a_warm_start_goes_on_with_the_optimizers_state(noisy):
    X, y = noisy
    # A step of all rows, and no dropout: the seed of the second fit, which is that of the first, does not show.
    parameters = {"dropout": 0.0, "batch_size": len(X)}
    network = _small(warm_start=True, **parameters).fit(X, y)
    assert int(network.model_.optimizer.iterations) == 3
    network.fit(X, y)
    assert int(network.model_.optimizer.iterations) == 6
    at_once = _small(epochs=6, **parameters).fit(X, y)
    assert network.history_["loss"] == pytest.approx(at_once.history_["loss"], rel=1e-4)
    for a, b in zip(network.model_.get_weights(), at_once.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.parametrize(
    "changed", [{"dropout": 0.1}, {"hidden_layer_sizes": (16, 8)}, {"activation": "tanh"}], ids=lambda v: next(iter(v))
)
def test_a_warm_start_of_another_network_is_named_and_leaves_the_last(noisy, changed):
    network = _small(warm_start=True).fit(*noisy)
    expected = network.predict_proba(noisy[0])
    with pytest.raises(ValueError, match=f"warm_start=True goes on.*{next(iter(changed))}.*warm_start=False"):
        network.set_params(**changed).fit(*noisy)
    assert np.array_equal(network.predict_proba(noisy[0]), expected)
    assert network.n_iter_ == 3
    assert network.set_params(warm_start=False).fit(*noisy).n_iter_ == 3


def test_a_warm_start_takes_another_learning_rate(noisy):
    network = _small(warm_start=True, learning_rate=0.5).fit(*noisy)
    before = network.model_.get_weights()
    network.set_params(learning_rate=1e-30).fit(*noisy)
    assert float(network.model_.optimizer.learning_rate) == pytest.approx(1e-30)
    for a, b in zip(before, network.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_a_warm_start_takes_a_schedule_after_a_number_and_a_number_after_a_schedule(noisy):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.9)
    network = _small(warm_start=True).fit(*noisy)
    for _ in range(2):
        network.set_params(learning_rate=schedule).fit(*noisy)
        steps = int(network.model_.optimizer.iterations)
        assert float(network.model_.optimizer.learning_rate) == pytest.approx(float(schedule(steps)))
    network.set_params(learning_rate=0.25).fit(*noisy)
    assert float(network.model_.optimizer.learning_rate) == 0.25


def test_a_warm_start_with_other_columns_is_named(noisy):
    X, y = noisy
    network = _small(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="X has 2 features, but ANNClassifier is expecting 3"):
        network.fit(X[:, :2], y)
    assert network.fit(X, y).n_iter_ == 6
    assert _small().fit(X, y).fit(X[:, :2], y).n_features_in_ == 2


def test_a_warm_start_goes_on_after_unpickling(noisy):
    X, y = noisy
    network = pickle.loads(pickle.dumps(_small(warm_start=True, dropout=0.0, learning_rate=1e-30).fit(X, y)))
    before = network.model_.get_weights()
    network.fit(X, y)
    for a, b in zip(before, network.model_.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    assert network.n_iter_ == len(network.history_["loss"]) == 6
    loss = network.set_params(learning_rate=0.02).fit(X, y).history_["loss"]
    assert loss[8] < loss[6] <= loss[5] + 1e-6


# Optimizers


class Batches(keras.callbacks.Callback):
    """Wants batches, which only Keras's own loop tells of."""

    def on_train_batch_end(self, batch, logs=None):
        pass


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
    compiled, by_keras = (_small(callbacks=callbacks, **parameters).fit(X, y) for callbacks in (None, [Batches()]))
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
    network = _small(learning_rate=schedule, batch_size=30, epochs=2)
    for _ in range(2):
        optimizer = network.fit(*noisy).model_.optimizer
        assert int(optimizer.iterations) == 8
        assert float(optimizer.learning_rate) == pytest.approx(0.01)


def test_keras_callbacks_set_the_learning_rate_and_stay_as_they_were(noisy):
    set_rate = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-30 if epoch else rate)
    halve = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9)
    network = _small(callbacks=[set_rate], dropout=0.0).fit(*noisy)
    assert network.history_["learning_rate"] == pytest.approx([0.02, 1e-30, 1e-30], rel=1e-5)
    assert _same_weights(network, _small(epochs=1, dropout=0.0).fit(*noisy))
    for _ in range(2):
        network = _small(callbacks=[halve], epochs=4).fit(*noisy)
        assert network.history_["learning_rate"] == pytest.approx([0.02, 0.02, 0.01, 0.005], rel=1e-5)
    assert halve.model is None
    assert network.callbacks[0] is halve


# What does not go together


def _dense(meta):
    """Return a network with one class too many."""
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), keras.layers.Dense(meta["n_classes_"] + 1)])


@pytest.mark.parametrize(
    ("parameters", "given", "error", "message"),
    [
        ({"early_stopping": True}, {}, ValueError, "early_stopping=True needs validation data"),
        ({"checkpoint": "best.keras"}, {}, ValueError, "checkpoint='best.keras' needs validation data"),
        ({"checkpoint": "best.h5", "validation_fraction": 0.3}, {}, ValueError, "best.h5.*must end in .keras"),
        ({"validation_fraction": 0.2}, {"X_val", "y_val"}, ValueError, r"validation_fraction=0\.2 and X_val"),
        ({}, {"X_val"}, ValueError, "X_val and y_val are given together"),
        ({}, {"y_val"}, ValueError, "X_val and y_val are given together"),
        ({"validation_fraction": 0.5}, {"one_group"}, ValueError, r"validation_fraction=0\.5 of 120 rows"),
        ({"optimizer": "adamant"}, {}, ValueError, "optimizer='adamant' is unknown"),
        ({"activation": "rellu"}, {}, ValueError, "rellu"),
        ({"model": lambda meta: None}, {}, ValueError, "must be a function defined at the top of a module"),
        ({"model": _dense}, {}, ValueError, r"model=_dense.*\(None, 3\) is expected"),
        ({"callbacks": ["early"]}, {}, TypeError, "callbacks holds 'early'"),
        ({"hidden_layer_sizes": ()}, {}, ValueError, r"hidden_layer_sizes=\(\)"),
    ],
)
def test_what_does_not_go_together_is_named_and_nothing_is_fitted(
    noisy, tmp_path, monkeypatch, parameters, given, error, message
):
    monkeypatch.chdir(tmp_path)
    X, y = noisy
    arguments = {"X_val": X[:9], "y_val": y[:9], "groups": np.zeros(len(y))}
    chosen = {"groups" if name == "one_group" else name for name in given}
    network = _small(**parameters)
    with pytest.raises(error, match=message):
        network.fit(X, y, **{name: arguments[name] for name in chosen})
    assert not hasattr(network, "model_")
    with pytest.raises(NotFittedError):
        network.predict(X)
    assert os.listdir(tmp_path) == []


def test_a_failed_refit_leaves_no_network_of_other_classes(noisy):
    X, y = noisy
    network = _small().fit(X, y)
    with pytest.raises(ValueError, match="needs validation data"):
        network.set_params(early_stopping=True).fit(X[:, :2], y == "cat")
    with pytest.raises(NotFittedError):
        network.predict(X)
    assert network.set_params(early_stopping=False).fit(X[:, :2], y == "cat").predict(X[:, :2]).dtype == bool


# Callbacks of scikit-learn


class Tasks:
    """A scikit-learn callback that counts tasks by their names, and may stop each network after some epochs."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.begun, self.ended, self.ids = [], [], []

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.estimator_name, context.task_name))

    def on_fit_task_end(self, estimator, context):
        self.ended.append((context.estimator_name, context.task_name))
        if context.task_name == "epoch":
            self.ids.append(context.task_id)
            assert context.parent.max_subtasks == 4
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after

    def teardown(self, estimator, context):
        pass


def _search(**parameters):
    network = _small(epochs=4, hidden_layer_sizes=(8,))
    model = Pipeline([("scale", StandardScaler()), ("net", network)])
    return GridSearchCV(model, {"net__dropout": [0.1, 0.3]}, cv=3, error_score="raise", **parameters)


@pytest.mark.parametrize("stop_after", [None, 2])
def test_callbacks_of_a_search_are_told_of_each_epoch_of_each_network_and_may_stop_it(noisy, stop_after):
    tasks = Tasks(stop_after)
    search = _search().set_callbacks(tasks).fit(*noisy)
    n_fits, n_epochs = 2 * 3 + 1, stop_after or 4
    assert tasks.begun.count(("ANNClassifier", "epoch")) == n_fits * n_epochs
    assert tasks.ended.count(("ANNClassifier", "epoch")) == n_fits * n_epochs
    assert tasks.ended.count(("ANNClassifier", "fit")) == n_fits
    assert tasks.ids == list(range(n_epochs)) * n_fits
    assert search.best_estimator_["net"].n_iter_ == n_epochs
    assert not hasattr(search.best_estimator_["net"], "_skl_callbacks")
    pickle.dumps(search.best_estimator_)


class Predicts(Tasks):
    """Asks the network of each epoch."""

    def __init__(self, X):
        super().__init__()
        self.X, self.networks, self.probabilities = X, [], []

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch":
            self.networks.append(fitted_estimator)
            self.probabilities.append(fitted_estimator.predict_proba(self.X))


@pytest.mark.parametrize("warm_start", [False, True])
def test_callbacks_are_given_the_network_of_each_epoch(noisy, warm_start):
    X, y = noisy
    predicts = Predicts(X)
    network = _small(warm_start=warm_start).set_callbacks(predicts).fit(X, y)
    assert len(predicts.probabilities) == 3
    for epochs, found in enumerate(predicts.probabilities, start=1):
        assert np.array_equal(found, _small(epochs=epochs).fit(X, y).predict_proba(X))
    if warm_start:
        network.fit(X, y)
        assert np.array_equal(predicts.probabilities[-1], network.predict_proba(X))
        assert not np.array_equal(predicts.probabilities[3], predicts.probabilities[2])


def test_the_scores_of_each_epoch_are_monitored(noisy):
    X, y = noisy
    monitor = ScoringMonitor(scoring="accuracy")
    network = _small().set_callbacks(monitor).fit(X, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert scores == [_small(epochs=epochs).fit(X, y).score(X, y) for epochs in (1, 2, 3)]
    assert scores[-1] == network.score(X, y)


def _bars(shown):
    """Return how far the progress bars came, in percent, by what they are of."""
    bars = {}
    for line in shown.splitlines():
        of, percent = re.fullmatch(r" *(.*?) #?\d* *[━╸╺ ]+ +(\d+)% .*", line).groups()
        bars.setdefault(of.split(" | ")[-1], []).append(int(percent))
    return bars


def test_progress_bars_show_candidates_folds_and_networks(noisy, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # wide, so that no name is cut
    _search().set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*noisy)
    shown, complaints = capfd.readouterr()
    bars = _bars(shown)
    assert "candidate-split-evaluation" in shown
    assert "refit-with-best-params" in shown
    assert {of: len(percents) for of, percents in bars.items()} == {
        "GridSearchCV - fit": 1,
        "GridSearchCV - search": 1,
        "Pipeline - fit": 7,
        "StandardScaler - fit": 7,
        "ANNClassifier - fit": 7,
    }
    assert {percent for percents in bars.values() for percent in percents} == {100}
    assert "Warning" not in complaints


def test_progress_bars_and_a_checkpoint_of_a_search_in_worker_processes(tmp_path):
    (tmp_path / "counting_bar.py").write_text(
        """
import os
from sklearn.callback import ProgressBar

class CountingBar(ProgressBar):
    def on_fit_task_end(self, estimator, context):
        with open("tasks.txt", "a") as file:
            file.write(f"{context.estimator_name} {context.task_name} {os.getpid()}\\n")
        super().on_fit_task_end(estimator, context)
"""
    )
    (tmp_path / "search.py").write_text(
        """
from counting_bar import CountingBar
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from skaudio import ANNClassifier

if __name__ == "__main__":
    X, y = make_blobs(60, centers=3, random_state=0)
    network = ANNClassifier((8,), epochs=4, validation_fraction=0.3, checkpoint="folder/best.keras", random_state=0)
    model = Pipeline([("scale", StandardScaler()), ("net", network)])
    search = GridSearchCV(model, {"net__dropout": [0.1, 0.5]}, cv=3, n_jobs=2, refit=False, error_score="raise")
    search.set_callbacks(CountingBar(max_propagation_depth=None)).fit(X, y)
"""
    )
    (tmp_path / "folder").mkdir()
    # Keras saves by an interface that NumPy 2 deprecates; all other warnings are errors.
    allowed = "ignore:__array__ implementation doesn:DeprecationWarning"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", allowed, "search.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    bars = _bars(done.stdout)
    assert bars["ANNClassifier - fit"] == [100] * 6
    assert bars["GridSearchCV - fit"] == [100]
    tasks = [line.rsplit(" ", 1) for line in (tmp_path / "tasks.txt").read_text().splitlines()]
    of_epochs = [process for task, process in tasks if task == "ANNClassifier epoch"]
    assert len(of_epochs) == 2 * 3 * 4
    assert len(set(of_epochs)) == 2  # both workers told of them
    assert os.listdir(tmp_path / "folder") == ["best.keras"]
    assert keras.models.load_model(tmp_path / "folder" / "best.keras").output_shape == (None, 3)
