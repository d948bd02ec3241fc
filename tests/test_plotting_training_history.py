"""TrainingHistoryDisplay: the history of the network within."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import HISTORY, Network, coloured_pixels, fitted
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skaudio.plotting import (
    TrainingHistoryDisplay,
)

pytestmark = pytest.mark.usefixtures("no_windows")


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_lines_are_the_history(metric):
    display = TrainingHistoryDisplay(HISTORY, metric=metric).plot()
    training, validation = display.lines_
    for line, name, label in [(training, metric, "training"), (validation, f"val_{metric}", "validation")]:
        assert list(line.get_xdata()) == [1, 2, 3]
        assert list(line.get_ydata()) == HISTORY[name]
        assert line.get_label() == label
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["training", "validation"]
    assert display.ax_.get_ylabel() == metric
    assert training.get_color() != validation.get_color()
    assert training.get_linestyle() != validation.get_linestyle()


def test_without_validation_there_is_one_line():
    display = TrainingHistoryDisplay({"loss": [2.0, 1.0]}).plot()
    assert [line.get_label() for line in display.lines_] == ["training"]
    assert display.ax_.get_lines() == display.lines_


@pytest.mark.parametrize(
    "estimator",
    [
        Network(5),
        make_pipeline(StandardScaler(), Network(5)),
        GridSearchCV(Network(), {"n_neighbors": [60, 5]}, cv=2),
        GridSearchCV(make_pipeline(StandardScaler(), Network()), {"network__n_neighbors": [60, 5]}, cv=2),
        make_pipeline(StandardScaler(), GridSearchCV(Network(), {"n_neighbors": [60, 5]}, cv=2)),
    ],
    ids=["network", "pipeline", "search", "search of a pipeline", "pipeline of a search"],
)
def test_history_is_that_of_the_network_within(estimator):
    display = TrainingHistoryDisplay.from_estimator(fitted(estimator))
    assert list(display.lines_[0].get_ydata()) == [2, 1, 5]


@pytest.mark.parametrize(
    "estimator, name",
    [
        (Network(), "Network"),
        (make_pipeline(StandardScaler(), Network()), "Network"),
        (GridSearchCV(Network(), {}), "GridSearchCV"),
        (KNeighborsClassifier(), "KNeighborsClassifier"),
        (fitted(make_pipeline(StandardScaler(), KNeighborsClassifier())), "KNeighborsClassifier"),
    ],
)
def test_estimator_without_history_is_a_value_error_naming_it(estimator, name):
    with pytest.raises(ValueError, match=f"{name} has no history_"):
        TrainingHistoryDisplay.from_estimator(estimator)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("metric", ["f1", "", "val_f1", None])
def test_unknown_metric_is_a_value_error_that_says_which_there_are(metric):
    with pytest.raises(ValueError, match=f"metric={metric!r}.*loss, accuracy, val_loss, val_accuracy"):
        TrainingHistoryDisplay.from_estimator(fitted(Network()), metric=metric)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_epochs_are_whole_and_all_of_them_are_seen(n):
    display = TrainingHistoryDisplay({"loss": list(np.linspace(2, 1, n))}).plot()
    ticks = display.ax_.get_xticks()
    assert (ticks == ticks.round()).all()
    left, right = display.ax_.get_xlim()
    assert left <= 1 <= n <= right
    assert coloured_pixels(display) > 20


@pytest.mark.parametrize("options", [{"linewidth": 3, "color": "black"}, {"lw": 3, "c": "black"}], ids=str)
def test_options_of_the_history_reach_both_lines(options):
    display = TrainingHistoryDisplay(HISTORY).plot(marker="o", **options)
    for line in display.lines_:
        assert (line.get_linewidth(), line.get_color(), line.get_marker()) == (3, "black", "o")
