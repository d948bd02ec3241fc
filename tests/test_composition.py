"""Clips through what scikit-learn composes: searches, column transformers, unions, ensembles."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skaudio import ANNClassifier, MFCCTransformer, make_audio_pipeline
from skaudio.datasets import load_audio_table, make_urban_sounds
from skaudio.exceptions import AudioReadWarning


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("composition") / "data", n_per_class=4)


@pytest.fixture(scope="module")
def rows(dataset):
    """Rows of clips in three of the classes, in no order."""
    chosen = np.flatnonzero(np.isin(dataset.target, ["siren", "drilling", "gun_shot"]))
    return np.random.default_rng(0).permutation(chosen)


def pipeline(**parameters):
    return make_audio_pipeline(classifier=GaussianNB()).set_params(**{"features__n_mfcc": 13, **parameters})


@pytest.mark.slow
def test_nested_search_keeps_the_folds_of_the_dataset_inside_and_out(dataset, rows):
    X, y = dataset.data[rows], dataset.target[rows]
    search = GridSearchCV(pipeline(), {"features__n_mfcc": [5, 13]}, cv=dataset.cv, error_score="raise")
    result = cross_validate(search, X, y, cv=dataset.cv, return_estimator=True, error_score="raise")
    folds = np.unique(dataset.folds[rows])
    assert len(result["estimator"]) == len(folds)
    assert [inner.n_splits_ for inner in result["estimator"]] == [len(folds) - 1] * len(folds)


@pytest.mark.slow
def test_halving_search_spends_epochs_on_the_promising(dataset, rows):
    network = ANNClassifier((16,), learning_rate=0.02, random_state=0)
    model = make_audio_pipeline(classifier=network)
    search = HalvingGridSearchCV(
        model,
        {"classifier__dropout": [0.1, 0.3, 0.5]},
        resource="classifier__epochs",
        min_resources=1,
        max_resources=9,
        factor=3,
        cv=dataset.cv,
        error_score="raise",
        random_state=0,
    ).fit(dataset.data[rows], dataset.target[rows])
    assert search.n_candidates_ == [3, 1]
    assert search.n_resources_[-1] > search.n_resources_[0]
    assert search.best_estimator_["classifier"].n_iter_ == search.n_resources_[-1]


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_column_transformer_joins_clips_with_numbers(dataset, rows, dtype):
    table = pd.DataFrame({"path": pd.Series(dataset.data[rows], dtype=dtype), "salience": np.arange(len(rows)) % 2})
    columns = ColumnTransformer(
        [("sound", MFCCTransformer(n_mfcc=5), "path"), ("numbers", StandardScaler(), ["salience"])],
        verbose_feature_names_out=False,
    )
    X = columns.fit_transform(table)
    np.testing.assert_array_equal(X[:, :5].astype(np.float32), MFCCTransformer(n_mfcc=5).transform(dataset.data[rows]))
    assert columns.get_feature_names_out().tolist() == [*MFCCTransformer(n_mfcc=5).get_feature_names_out(), "salience"]
    model = make_pipeline(columns, GaussianNB())
    y = dataset.target[rows]
    by_frame = cross_val_score(model, table, y, cv=dataset.cv, error_score="raise")  # split by its column "path"
    by_clips = [
        clone(model).fit(table[heard], y[heard]).score(table[~heard], y[~heard])
        for heard in (dataset.folds[rows] != fold for fold in np.unique(dataset.folds[rows]))
    ]
    assert by_frame.tolist() == pytest.approx(by_clips)


@pytest.mark.parametrize("columns", ["path", ["path"]], ids=["a column", "a frame of one column"])
@pytest.mark.parametrize("missing", [None, np.nan, pd.NA], ids=repr)
def test_missing_paths_are_rows_to_impute(dataset, rows, columns, missing):
    paths = pd.Series(dataset.data[rows], dtype="object")
    paths[2] = missing
    table = pd.DataFrame({"path": paths, "salience": 1.0})
    sound = make_pipeline(MFCCTransformer(n_mfcc=5, on_error="nan"), SimpleImputer())
    transformer = ColumnTransformer([("sound", sound, columns), ("numbers", "passthrough", ["salience"])])
    with pytest.warns(AudioReadWarning, match="1 of 12 clips"):
        X = transformer.fit_transform(table)
    assert X.shape == (len(rows), 6)
    np.testing.assert_allclose(X[2, :5], np.delete(X, 2, axis=0)[:, :5].mean(axis=0), rtol=1e-5)


def test_feature_union_puts_features_side_by_side(dataset, rows):
    spread = MFCCTransformer(n_mfcc=3, statistics=("std",))
    union = FeatureUnion([("mean", MFCCTransformer(n_mfcc=5)), ("spread", spread)])
    X = union.fit_transform(dataset.data[rows])
    np.testing.assert_array_equal(X[:, 5:], spread.transform(dataset.data[rows]))
    assert union.get_feature_names_out()[5] == "spread__mfcc_00_std"
    frame = union.set_output(transform="pandas").fit_transform(dataset.data[rows])
    assert frame.shape == X.shape


@pytest.mark.slow
@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(max_iter=1000),
        SVC(),
        OneVsRestClassifier(GaussianNB()),
        CalibratedClassifierCV(GaussianNB(), cv=2),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_any_classifier_takes_the_place_of_the_network(dataset, rows, classifier):
    model = make_audio_pipeline(classifier=classifier)
    scores = cross_val_score(model, dataset.data[rows], dataset.target[rows], cv=dataset.cv, error_score="raise")
    assert len(scores) == len(np.unique(dataset.folds[rows]))


def test_pipelines_of_clips_are_calibrated_with_folds_that_keep_recordings_together(dataset, rows):
    X, y = dataset.data[rows], dataset.target[rows]
    inner = [(train, test) for train, test in dataset.cv.split(X) if set(y[train]) == set(y)]
    model = CalibratedClassifierCV(pipeline(), cv=inner, method="sigmoid").fit(X, y)
    assert model.predict_proba(X).shape == (len(X), 3)


def test_pipelines_of_clips_vote(dataset, rows):
    X, y = dataset.data[rows], dataset.target[rows]
    small, large = pipeline(features__n_mfcc=5), pipeline(features__n_mfcc=20)
    vote = VotingClassifier([("small", small), ("large", large)], voting="soft").fit(X, y)
    each = [clone(model).fit(X, y).predict_proba(X) for model in (small, large)]
    np.testing.assert_allclose(vote.predict_proba(X), np.mean(each, axis=0))


def test_pipelines_of_clips_are_bagged_as_a_frame_of_one_column(dataset, rows):
    table, y = pd.DataFrame({"path": dataset.data[rows]}), dataset.target[rows]
    bag = BaggingClassifier(pipeline(), n_estimators=3, random_state=0).fit(table, y)
    assert len(bag.estimators_) == 3
    predicted = cross_val_predict(bag, table, y, cv=dataset.cv)
    assert set(predicted) <= set(y)


def test_segments_of_long_recordings_are_rows_like_others(dataset, rows):
    table = pd.DataFrame({"path": np.repeat(dataset.data[rows], 2), "offset": [0.0, 0.1] * len(rows), "duration": 0.1})
    table["label"] = np.repeat(dataset.target[rows], 2)
    table["fold"] = np.repeat(dataset.folds[rows], 2)
    segments = load_audio_table(
        table,
        path_column="path",
        label_column="label",
        fold_column="fold",
        offset_column="offset",
        duration_column="duration",
    )
    scores = cross_val_score(pipeline(), segments.data, segments.target, cv=segments.cv, error_score="raise")
    assert len(scores) == len(np.unique(dataset.folds[rows]))
    whole = MFCCTransformer(offset=0.1, duration=0.1).transform([segments.data[1][0]])
    np.testing.assert_array_equal(MFCCTransformer().transform([segments.data[1]]), whole)


@pytest.mark.filterwarnings("default")  # it warns of itself: experimental, and of parts of Optuna that are deprecated
def test_optuna_searches_over_the_folds(dataset, rows):
    integration = pytest.importorskip("optuna_integration", reason="Optuna is not installed")
    optuna = pytest.importorskip("optuna")
    search = integration.OptunaSearchCV(
        pipeline(),
        {"features__n_mfcc": optuna.distributions.IntDistribution(3, 20)},
        cv=dataset.cv,
        n_trials=3,
        random_state=0,
        error_score="raise",
    ).fit(dataset.data[rows], dataset.target[rows])
    assert 3 <= search.best_params_["features__n_mfcc"] <= 20
