import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from skaudio.plotting import ClassCountDisplay, FoldScoresDisplay

DATASET = Bunch(target=np.array(["siren", "dog_bark", "siren", "drilling", "siren", "dog_bark"]))
SCORES = {"test_score": np.array([0.5, 0.75, 1.0]), "fit_time": np.ones(3)}
DRAW = {
    "class counts": lambda ax: ClassCountDisplay.from_dataset(DATASET, ax=ax),
    "fold scores": lambda ax: FoldScoresDisplay.from_cv_results(SCORES, ax=ax),
}


@pytest.fixture(autouse=True)
def no_windows():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def search():
    X, y = load_iris(return_X_y=True)
    return GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [60, 5, 30]}, cv=12).fit(X, y)


def split_scores(search, candidate):
    return [search.cv_results_[f"split{i}_test_score"][candidate] for i in range(12)]


def heights(display):
    return [bar.get_height() for bar in display.bars_]


def tick_names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_own_axes_are_drawn_on_and_no_figure_is_opened(draw):
    ax = Figure().subplots()
    display = draw(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert set(display.bars_) <= set(ax.patches)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_without_axes_a_figure_is_made(draw):
    display = draw(None)
    assert display.ax_.figure is display.figure_
    assert plt.get_fignums() == [display.figure_.number]


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_plot_draws_again_elsewhere_with_the_options_of_the_bars(draw):
    display = draw(None)
    first = display.ax_
    again = display.plot(ax=Figure().subplots(), color="black")
    assert again is display
    assert display.ax_ is not first
    assert {bar.get_facecolor() for bar in display.bars_} == {(0.0, 0.0, 0.0, 1.0)}


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_figure_is_saved(draw, tmp_path):
    draw(Figure().subplots()).figure_.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_bars_are_the_counts_of_the_classes():
    display = ClassCountDisplay.from_dataset(DATASET)
    assert display.counts.to_dict() == {"dog_bark": 2, "drilling": 1, "siren": 3}
    assert [bar.get_width() for bar in display.bars_] == [2, 1, 3]
    assert tick_names(display.ax_.yaxis) == ["dog bark", "drilling", "siren"]
    assert [text.get_text() for text in display.ax_.texts] == ["2", "1", "3"]
    assert display.ax_.get_title() == "6 clips in 3 classes"


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
