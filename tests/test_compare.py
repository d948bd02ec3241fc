"""`compare`: estimators on the same splits, with the corrected resampled t-test."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB

from skaudio.model_selection import PredefinedFolds, compare

X, y = load_iris(return_X_y=True)
ESTIMATORS = {"majority": DummyClassifier(), "bayes": GaussianNB(), "logistic": LogisticRegression(max_iter=1000)}
CV = StratifiedKFold(5, shuffle=True, random_state=0)


@pytest.fixture(scope="module")
def table():
    return compare(ESTIMATORS, X, y, cv=CV)


def test_scores_are_those_of_scikit_learn_and_the_best_stands_first(table):
    for name, estimator in ESTIMATORS.items():
        scores = cross_val_score(estimator, X, y, cv=CV)
        assert table.attrs["scores"][name] == scores.tolist()
        assert table.loc[name, ["mean", "sd"]].tolist() == pytest.approx([scores.mean(), scores.std()])
    assert table["mean"].is_monotonic_decreasing
    assert table.index[-1] == "majority"
    assert table[["fit_seconds", "score_seconds"]].notna().all(axis=None)


def test_intervals_are_those_of_nadeau_and_bengio(table):
    best = table.index[0]
    assert table.loc[best, ["low", "high"]].isna().all()
    difference = np.subtract(table.attrs["scores"]["majority"], table.attrs["scores"][best])
    t = scipy.stats.t(4, difference.mean(), np.sqrt((1 / 5 + 30 / 120) * difference.var(ddof=1)))
    assert table.loc["majority", ["low", "high"]].tolist() == pytest.approx(t.interval(0.95))
    # Wider than that of the plain t-test.
    plain = scipy.stats.t(4, difference.mean(), np.sqrt(difference.var(ddof=1) / 5)).interval(0.95)
    assert table.loc["majority", "low"] < plain[0] < plain[1] < table.loc["majority", "high"]


def test_the_reference_may_be_any_of_them():
    table = compare(list(ESTIMATORS.items()), X, y, cv=CV, reference="majority", scoring="balanced_accuracy")
    assert table.loc["majority", "difference"] == 0
    assert (table.loc[["bayes", "logistic"], "low"] > 0).all()


def test_equal_estimators_are_not_told_apart_where_nothing_differs():
    table = compare({"a": GaussianNB(), "b": GaussianNB()}, X, y, cv=CV)
    assert table["difference"].tolist() == [0, 0]
    assert table.loc["b", ["low", "high"]].tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(2))
def test_the_interval_of_a_difference_by_chance_holds_zero_most_of_the_time(seed):
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(20):
        noise, labels = rng.normal(size=(60, 4)), rng.integers(0, 2, 60)
        table = compare({"a": GaussianNB(), "b": LogisticRegression()}, noise, labels, cv=5)
        row = table.iloc[1]
        held.append(row["low"] <= 0 <= row["high"])
    assert np.mean(held) > 0.85


def test_clips_keep_their_folds_in_any_order():
    clips = [f"{k}.wav" for k in range(len(y))]
    cv = PredefinedFolds(np.arange(len(y)) % 3, clips=clips)
    rows = np.random.default_rng(0).permutation(len(y))
    frame = pd.DataFrame({"clip": clips})
    shuffled = compare(
        {"a": DummyClassifier(), "b": DummyClassifier(strategy="constant", constant=2)},
        frame.iloc[rows],
        y[rows],
        cv=cv,
    )
    assert shuffled.attrs["scores"]["b"] == pytest.approx([np.mean(y[k::3] == 2) for k in range(3)])


@pytest.mark.parametrize(
    "arguments, says",
    [
        ({"estimators": {"a": GaussianNB()}}, "two or more of different names"),
        ({"estimators": [("a", GaussianNB()), ("a", GaussianNB())]}, "two or more of different names"),
        ({"reference": "c"}, "reference='c' is none of the estimators"),
        ({"level": 1}, "level=1"),
        ({"cv": [(np.arange(100), np.arange(100, 150))]}, "cv gives 1 splits of 150 clips"),
    ],
)
def test_what_cannot_be_compared_is_told(arguments, says):
    with pytest.raises(ValueError, match=says):
        compare(**{"estimators": ESTIMATORS, "X": X, "y": y, "cv": CV, **arguments})
