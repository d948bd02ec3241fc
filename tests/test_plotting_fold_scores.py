"""FoldScoresDisplay: the scores of folds, of one model or of a search's candidates."""

import numpy as np
import pytest
from drawing import SCORES, tick_names
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier

from skaudio.model_selection import PredefinedFolds
from skaudio.plotting import (
    FoldScoresDisplay,
)

pytestmark = pytest.mark.usefixtures("no_windows")


@pytest.fixture(scope="module")
def search():
    X, y = load_iris(return_X_y=True)
    return GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [60, 5, 30]}, cv=12).fit(X, y)


def split_scores(search, candidate):
    return [search.cv_results_[f"split{i}_test_score"][candidate] for i in range(12)]


def heights(display):
    return [bar.get_height() for bar in display.bars_]


def test_bars_are_the_scores_of_cross_validate():
    X, y = load_iris(return_X_y=True)
    results = cross_validate(KNeighborsClassifier(), X, y, cv=4)
    display = FoldScoresDisplay.from_cv_results(results)
    np.testing.assert_array_equal(heights(display), results["test_score"])
    assert tick_names(display.ax_.xaxis) == ["1", "2", "3", "4"]


def test_mean_and_standard_deviation_are_those_of_the_scores():
    display = FoldScoresDisplay.from_cv_results(SCORES)
    assert set(display.mean_line_.get_ydata()) == {0.75}
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["mean 0.750", "± sd 0.204"]
    (band,) = [patch for patch in display.ax_.patches if patch not in set(display.bars_)]
    low, high = band.get_extents().transformed(display.ax_.transData.inverted()).intervaly
    assert (low, high) == pytest.approx((0.75 - np.std(SCORES["test_score"]), 0.75 + np.std(SCORES["test_score"])))


def test_bars_of_a_search_are_the_folds_of_its_best_candidate(search):
    assert search.best_index_ == 1
    np.testing.assert_array_equal(
        heights(FoldScoresDisplay.from_cv_results(search.cv_results_)), split_scores(search, 1)
    )


@pytest.mark.parametrize("candidate", [0, 1, 2, -1])
def test_bars_of_a_search_are_the_folds_of_the_candidate_asked_for(search, candidate):
    display = FoldScoresDisplay.from_cv_results(search.cv_results_, candidate=candidate)
    np.testing.assert_array_equal(heights(display), split_scores(search, candidate))


def test_names_of_folds_and_score_are_drawn():
    display = FoldScoresDisplay.from_cv_results(SCORES, fold_names=[1, 4, 7], score_name="F1")
    assert tick_names(display.ax_.xaxis) == ["1", "4", "7"]
    assert display.ax_.get_ylabel() == "F1"


@pytest.mark.parametrize("scores", [[-0.5, 0.2], [0.5, 3.0]])
def test_scores_outside_0_to_1_stay_in_sight(scores):
    low, high = FoldScoresDisplay.from_cv_results({"test_score": scores}).ax_.get_ylim()
    assert low <= min(scores)
    assert high >= max(scores)


@pytest.mark.parametrize("results", [{}, {"fit_time": [1.0], "test_accuracy": [0.5]}])
def test_results_without_scores_are_an_error_that_says_what_they_hold(results):
    with pytest.raises(ValueError, match="'test_score'.*" + ".*".join(results)):
        FoldScoresDisplay.from_cv_results(results)


def test_folds_are_called_by_their_own_names():
    cv = PredefinedFolds([10, 1, 3, 1], clips=list("abcd"))
    display = FoldScoresDisplay.from_cv_results({"test_score": [0.1, 0.2, 0.3]}, cv=cv)
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["1", "3", "10"]
    assert [cv.folds[test[0]] for _, test in cv.split(list("abcd"))] == [1, 3, 10]
    with pytest.raises(ValueError, match="there are 2 scores, and 3 names of folds"):
        FoldScoresDisplay.from_cv_results({"test_score": [0.1, 0.2]}, cv=cv)


def test_the_band_lies_behind_the_bars():
    display = FoldScoresDisplay.from_cv_results({"test_score": [0.1, 0.2]})
    band = next(patch for patch in display.ax_.patches if patch not in list(display.bars_))
    assert band.get_zorder() < display.bars_[0].get_zorder()
