"""ClassCountDisplay: clips by class, and by fold."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import DATASET, IN_FOLDS, artists, drawn_texts, tick_names
from sklearn.utils import Bunch

from skaudio.plotting import (
    ClassCountDisplay,
)

pytestmark = pytest.mark.usefixtures("no_windows")


def test_bars_are_the_counts_of_the_classes():
    display = ClassCountDisplay.from_dataset(DATASET)
    assert display.counts.to_dict() == {"dog_bark": 2, "drilling": 1, "siren": 3}
    assert [bar.get_width() for bar in display.bars_] == [2, 1, 3]
    assert tick_names(display.ax_.yaxis) == ["dog bark", "drilling", "siren"]
    assert [text.get_text() for text in display.ax_.texts] == ["2", "1", "3"]
    assert display.ax_.get_title() == "6 clips in 3 classes"


# Classes by fold


def test_bars_are_the_counts_of_the_classes_in_each_fold():
    display = ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=True)
    widths = [[bar.get_width() for bar in bars] for bars in display.bars_]
    assert widths == [[1, 0, 1], [1, 1, 0], [0, 0, 2]]  # a row a fold, for dog_bark, drilling, siren
    lefts = [[bar.get_x() for bar in bars] for bars in display.bars_]
    assert lefts == [[0, 0, 0], [1, 0, 1], [2, 1, 1]]
    assert tick_names(display.ax_.yaxis) == ["dog bark", "drilling", "siren"]
    assert [text.get_text() for text in display.ax_.texts] == ["2", "1", "3"]
    assert display.ax_.get_title() == "6 clips in 3 classes"
    legend = display.ax_.get_legend()
    assert legend.get_title().get_text() == "fold"
    assert [text.get_text() for text in legend.get_texts()] == ["1", "2", "3"]
    assert len({bars[0].get_facecolor() for bars in display.bars_}) == 3


@pytest.mark.parametrize("by_fold", [False, True])
def test_totals_stand_at_the_end_of_their_bars_and_the_first_class_on_top(by_fold):
    display = ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=by_fold)
    for text, (row, total) in zip(display.ax_.texts, enumerate([2, 1, 3])):
        assert text.xy == (total, pytest.approx(row))
    bottom, top = display.ax_.get_ylim()
    assert bottom > top
    left, right = display.ax_.get_xlim()
    assert left == 0
    assert right > 3


def test_folds_may_have_names():
    dataset = Bunch(target=DATASET.target, folds=np.array(["north", "south"] * 3))
    display = ClassCountDisplay.from_dataset(dataset, by_fold=True)
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["north", "south"]
    assert [[bar.get_width() for bar in bars] for bars in display.bars_] == [[0, 0, 3], [2, 1, 0]]


def test_options_of_the_bars_reach_those_of_every_fold():
    display = ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=True).plot(edgecolor="black", height=0.25)
    assert {bar.get_edgecolor() for bar in artists(display)} == {(0.0, 0.0, 0.0, 1.0)}
    assert {round(bar.get_height(), 9) for bar in artists(display)} == {0.25}
    assert len({bars[0].get_facecolor() for bars in display.bars_}) == 3


def test_by_fold_of_a_dataset_without_folds_is_a_value_error():
    with pytest.raises(ValueError, match=r"by_fold=True.*folds"):
        ClassCountDisplay.from_dataset(DATASET, by_fold=True)
    assert plt.get_fignums() == []


def test_classes_whose_names_differ_by_an_underscore_have_a_bar_each():
    display = ClassCountDisplay.from_dataset(Bunch(target=np.array(["dog bark", "dog_bark", "dog_bark"])))
    assert len({bar.get_y() for bar in display.bars_}) == 2


@pytest.mark.parametrize("by_fold", [False, True])
def test_names_of_classes_and_folds_are_no_formulas(by_fold):
    dataset = Bunch(target=np.array(["a$b$c", "$^$"]), folds=np.array(["$_$", "x$y$"]))
    display = ClassCountDisplay.from_dataset(dataset, by_fold=by_fold)
    texts = drawn_texts(display.figure_)
    assert {"a$b$c", "$^$"} <= set(texts)
    assert not by_fold or {"$_$", "x$y$"} <= set(texts)


@pytest.mark.parametrize("by_fold", [False, True])
def test_names_of_fifty_classes_do_not_overlap(by_fold):
    target = np.repeat([f"class {i:02d}" for i in range(50)], 10)
    display = ClassCountDisplay.from_dataset(Bunch(target=target, folds=np.arange(500) % 5), by_fold=by_fold)
    display.figure_.canvas.draw()
    for texts in (display.ax_.get_yticklabels(), display.ax_.texts):
        boxes = sorted(text.get_window_extent().extents[[1, 3]].tolist() for text in texts)
        assert all(high <= low for (_, high), (low, _) in pairwise(boxes))
