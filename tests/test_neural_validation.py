"""Validation data of a fit, and what they decide: when it stops, and which epoch is kept."""

import os

import numpy as np
import pytest
from networks import cross_entropy, same_weights, small
from processes import small_of, three_classes
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, LeaveOneGroupOut, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import get_routing_for_object

from skaudio import MFCCTransformer
from skaudio.datasets import load_esc50

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sounds(esc10):
    """Clips, labels, folds and recordings of two classes."""
    dataset = load_esc50(esc10, subset="esc10")
    rows = np.flatnonzero(np.isin(dataset.target, dataset.target_names[:2]))
    return dataset.data[rows], dataset.target[rows], dataset.folds[rows], dataset.groups[rows]


# Validation data


def test_validation_clips_pass_the_steps_of_a_pipeline_by_the_documented_recipe(sounds):
    clips, labels, folds, _ = sounds
    train, held_out = folds < 3, folds == 5
    with config_context(enable_metadata_routing=True):
        classifier = small(epochs=12, early_stopping=True).set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline(
            [("features", MFCCTransformer()), ("scale", StandardScaler()), ("classifier", classifier)],
            transform_input=["X_val"],
        )
        pipeline.fit(clips[train], labels[train], X_val=clips[held_out], y_val=labels[held_out])
    assert pipeline["scale"].n_samples_seen_ == train.sum()
    expected = cross_entropy(pipeline, clips[held_out], labels[held_out])
    assert min(pipeline["classifier"].history_["val_loss"]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("way", ["cross_validate", "search"])
def test_recordings_routed_through_folds_are_held_out_whole(sounds, splits, way):
    clips, labels, _, recordings = sounds
    with config_context(enable_metadata_routing=True):
        classifier = small(epochs=1, validation_fraction=0.25).set_fit_request(groups=True)
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
        small(epochs=1, validation_fraction=0.2, random_state=seed).fit(X, y)
        _, _, (_, trained, _, (_, held)) = splits[seed]
        assert np.bincount(held).tolist() == [20, 2, 10]  # classes are in the order of the alphabet
        assert np.bincount(trained).tolist() == [80, 8, 40]


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.4, 0.75])
def test_the_held_out_share_is_the_one_asked_for_with_groups_too(noisy, splits, fraction):
    X, y = noisy
    groups = np.arange(len(y)) // 2
    numbered = np.column_stack([groups, X])
    network = small(epochs=1, validation_fraction=fraction).fit(numbered, y, groups=groups)
    ((_, _, (train_X, _, _, (held_X, held))),) = splits
    assert len(held) == pytest.approx(fraction * len(y), abs=6)
    assert not set(train_X[:, 0]) & set(held_X[:, 0])
    assert len(np.unique(np.vstack([train_X, held_X]), axis=0)) == len(y)
    assert {"val_loss", "val_accuracy"} <= set(network.history_)


# Early stopping and the checkpoint


@pytest.mark.parametrize("patience", [1, 4])
def test_early_stopping_waits_for_patience_epochs_and_keeps_the_best(noisy, patience):
    X, y = noisy
    parameters = {"validation_fraction": 0.3, "learning_rate": 0.01, "dropout": 0.2}
    network = small(epochs=60, early_stopping=True, patience=patience, **parameters).fit(X, y)
    best = int(np.argmin(network.history_["val_loss"]))
    assert best > 0
    assert network.n_iter_ == best + 1 + patience < 60
    assert {len(values) for values in network.history_.values()} == {network.n_iter_}
    assert set(network.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    one_of_the_best_epoch = small(epochs=best + 1, **parameters).fit(X, y)
    assert same_weights(network, one_of_the_best_epoch)
    assert np.array_equal(network.predict_proba(X), one_of_the_best_epoch.predict_proba(X))
    # The last epoch may come before the patience ends.
    ended = small(epochs=best + 2, early_stopping=True, patience=9, **parameters).fit(X, y)
    assert ended.n_iter_ == best + 2
    assert same_weights(ended, one_of_the_best_epoch)


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
    network = small(epochs=6, validation_fraction=0.3, checkpoint=str(path), callbacks=[Reader(path)]).fit(*noisy)
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


def test_checkpoint_is_the_best_epoch(noisy, tmp_path):
    X, y = noisy
    path = tmp_path / "best.keras"
    network = small(epochs=8, checkpoint=path, validation_fraction=0.3).fit(X, y)
    best = keras.models.load_model(path)
    assert os.listdir(tmp_path) == ["best.keras"]
    epoch = int(np.argmin(network.history_["val_loss"])) + 1
    expected = small(epochs=epoch, validation_fraction=0.3).fit(X, y)
    assert np.array_equal(best.get_weights()[0], expected.model_.get_weights()[0])


def test_x_val_through_a_pipeline_by_the_documented_recipe(noisy):
    from sklearn import config_context

    X, y = noisy
    with config_context(enable_metadata_routing=True):
        classifier = small().set_fit_request(X_val=True, y_val=True)
        steps = [("scale", StandardScaler()), ("classifier", classifier)]
        pipeline = Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=X[:30], y_val=y[:30])
    history = pipeline["classifier"].history_
    scaled = pipeline["scale"].transform(X[:30])
    right = (pipeline["classifier"].predict(scaled) == y[:30]).mean()
    assert history["val_accuracy"][-1] == pytest.approx(right)


@pytest.mark.parametrize("make_cv", [lambda: GroupKFold(2), LeaveOneGroupOut], ids=["GroupKFold", "LeaveOneGroupOut"])
@pytest.mark.parametrize("kind", ["ann", "cnn", "scikit-learn's"])
def test_groups_are_routed_to_the_splitter_alone_unless_they_are_requested(make_cv, kind):
    """As with scikit-learn's own classifiers: without a word on whether the network wants them."""
    X, y = three_classes("cnn" if kind == "cnn" else "ann", 36)
    groups = np.arange(36) // 12
    classifier = LogisticRegression(max_iter=2000) if kind == "scikit-learn's" else small_of(kind, epochs=1)
    with config_context(enable_metadata_routing=True):
        scores = cross_val_score(classifier, X, y, cv=make_cv(), params={"groups": groups}, error_score="raise")
        assert len(scores) == make_cv().get_n_splits(X, y, groups)
        search = GridSearchCV(make_pipeline(classifier), {}, cv=make_cv(), error_score="raise")
        search.fit(X, y, groups=groups)
        if kind != "scikit-learn's":
            assert get_routing_for_object(classifier).fit.requests["groups"] is False
            assert get_routing_for_object(clone(classifier).set_fit_request(groups=True)).fit.requests["groups"]
            assert get_routing_for_object(classifier).fit.requests["sample_weight"] is None
