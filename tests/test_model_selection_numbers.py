"""`PredefinedFolds` of rows of numbers, which name no clip: their labels, their index or the caller tells it."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from predefined import CLIPS, FOLDS, LABELS, cv  # noqa: F401 - a fixture
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import LabelEncoder

from skaudio.datasets import make_urban_sounds
from skaudio.model_selection import PredefinedFolds

NUMBERS = {
    "array": np.zeros((12, 3)),
    "lists": [[0.0, 1.0]] * 12,
    "waveforms": [np.zeros(5)] * 12,
    "bytes": [b"RIFF"] * 12,
    "frame": pd.DataFrame({"mean": np.zeros(12), "std": np.zeros(12)}),
    "frame of one column of numbers": pd.DataFrame({"mean": np.zeros(12)}),
    "Polars frame": pl.DataFrame({"mean": np.zeros(12)}),
    "sparse": scipy.sparse.csr_array(np.eye(12)),
}
ENCODED = {
    "as they are": LABELS,
    "as numbers": (LABELS == "dog").astype(int),
    "as other numbers": np.where(LABELS == "dog", -7.5, 2.0),
    "as a Series": pd.Series(LABELS, index=range(50, 62)),
    "as categories": pd.Series(LABELS, dtype="category"),
    "as a list": LABELS.tolist(),
    "as other words": np.where(LABELS == "dog", "Hund", "Sirene"),
}


@pytest.mark.parametrize("X", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("y", ENCODED.values(), ids=ENCODED)
def test_rows_of_numbers_are_taken_in_order_where_their_labels_prove_it(X, y):
    cv = PredefinedFolds(FOLDS, clips=CLIPS, labels=LABELS)
    np.testing.assert_array_equal(cv.fold_of(X, y), FOLDS)
    assert cv.get_n_splits(X, y) == len(list(cv.split(X, y))) == 3


@pytest.mark.parametrize("X", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize(
    "labels, y, doubt",
    [
        (None, LABELS, "given no labels to compare with"),
        (LABELS, None, "no y is given"),
        (LABELS, LABELS[::-1], "y is not the dataset's labels in their order"),
        (LABELS, np.where(LABELS == "dog", "siren", "dog"), "y is not the dataset's labels"),
        (LABELS, np.r_[LABELS[:11], ["cat"]], "y is not the dataset's labels"),
        (LABELS, np.arange(12), "y is not the dataset's labels"),
        (LABELS, LABELS[:11], "y is not the dataset's labels"),
    ],
)
def test_rows_of_numbers_without_proof_are_an_error_that_gives_the_ways_on(X, labels, y, doubt):
    cv = PredefinedFolds(FOLDS, clips=CLIPS, labels=labels)
    for ask in (lambda: next(cv.split(X, y)), lambda: cv.get_n_splits(X, y), lambda: cv.fold_of(X, y)):
        with pytest.raises(ValueError, match=rf"12 rows.*{doubt}.*LeaveOneGroupOut\(\).*by_position=True"):
            ask()


@pytest.mark.parametrize("X", [*NUMBERS.values(), CLIPS[::-1]], ids=[*NUMBERS, "paths that are not known"])
def test_by_position_is_what_a_caller_vouches_for(X):
    cv = PredefinedFolds(FOLDS, by_position=True)
    np.testing.assert_array_equal(cv.fold_of(X), FOLDS)
    with pytest.raises(ValueError, match="11 rows, and the dataset 12 clips: by_position=True needs them all"):
        cv.fold_of(np.zeros((11, 3)))
    # Paths that are known are more than a position.
    known = PredefinedFolds(FOLDS, clips=CLIPS, by_position=True)
    np.testing.assert_array_equal(known.fold_of(CLIPS[::-1]), FOLDS[::-1])


def test_shuffled_frames_of_numbers_are_known_by_their_index():
    cv = PredefinedFolds(FOLDS, clips=CLIPS, labels=LABELS)
    frame = pd.DataFrame({"number": np.arange(12), "fold": FOLDS})
    shuffled = frame.sample(frac=1, random_state=0)
    np.testing.assert_array_equal(cv.fold_of(shuffled, LABELS[shuffled.index]), FOLDS[shuffled["number"]])
    subset = shuffled[:7]
    np.testing.assert_array_equal(cv.fold_of(subset, LABELS[subset.index]), FOLDS[subset["number"]])
    with pytest.raises(ValueError, match="y is not the dataset's labels"):
        cv.fold_of(shuffled.reset_index(drop=True), LABELS[shuffled.index])
    with pytest.raises(ValueError, match="y is not the dataset's labels"):
        cv.fold_of(shuffled, LABELS)


def test_the_folds_of_a_loader_know_its_labels(tmp_path):
    dataset = make_urban_sounds(tmp_path, n_per_class=4)
    X = np.random.default_rng(0).normal(size=(len(dataset.data), 3))
    codes = LabelEncoder().fit_transform(dataset.target)
    for y in (dataset.target, codes):
        np.testing.assert_array_equal(dataset.cv.fold_of(X, y), dataset.folds)
    order = np.random.default_rng(0).permutation(len(X))
    with pytest.raises(ValueError, match="y is not the dataset's labels in their order"):
        cross_val_score(GaussianNB(), X[order], dataset.target[order], cv=dataset.cv, error_score="raise")


@pytest.mark.parametrize("n", [1, 11, 13])
@pytest.mark.parametrize("ask", [lambda cv, X: next(cv.split(X)), lambda cv, X: cv.get_n_splits(X)])
def test_other_lengths_are_an_error_that_gives_the_other_way(cv, ask, n):
    with pytest.raises(ValueError, match=rf"{n} rows.* 12 clips.*LeaveOneGroupOut\(\).*groups=folds"):
        ask(cv, np.zeros((n, 3)))
