"""`PredefinedFolds`: rows are split by their clip, in whatever form they come."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predefined import CLIPS, FOLDS, LABELS, cv  # noqa: F401 - a fixture
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skaudio.model_selection import PredefinedFolds

SHUFFLED = [7, 0, 11, 3, 8, 5, 1, 10, 4, 6, 2, 9]
SELECTIONS = {
    "whole": list(range(len(FOLDS))),
    "shuffled": SHUFFLED,
    "subset": [9, 1, 4],
    "repeated": [2, 2, 0, 7, 0, 2],
}


def _segments(paths):
    array = np.empty(len(paths), dtype=object)
    array[:] = [(path, 0.5, 1.0) for path in paths]
    return array


FORMS = {
    "list": list,
    "tuple": tuple,
    "str array": np.array,
    "object array": lambda paths: np.array(paths, dtype=object),
    "(n, 1) array": lambda paths: np.array(paths, dtype=object).reshape(-1, 1),
    "Series": lambda paths: pd.Series(paths, index=range(100, 100 + len(paths))),
    "string Series": lambda paths: pd.Series(paths, dtype="string"),
    "category Series": lambda paths: pd.Series(paths, dtype="category"),
    "frame of one column": lambda paths: pd.DataFrame({"file": paths}),
    "frame with a column path": lambda paths: pd.DataFrame({"length": 1.0, "path": paths, "name": "x"}),
    "frame with a column of any name": lambda paths: pd.DataFrame({"name": "x", "file": paths, "seconds": 4}),
    "frame whose index are the paths": lambda paths: pd.DataFrame({"mean": 1.0}, index=paths),
    "Polars frame": lambda paths: pl.DataFrame({"name": ["x"] * len(paths), "recording": paths}),
    "Polars Series": lambda paths: pl.Series("file", paths),
    "Arrow table": lambda paths: pa.table({"seconds": [1.0] * len(paths), "file": paths}),
    "lists of one": lambda paths: [[path] for path in paths],
    "lists of columns": lambda paths: [["x", path] for path in paths],
    "(n, 2) array": lambda paths: np.array([["x", path] for path in paths]),
    "Index": pd.Index,
    "PathLike": lambda paths: [Path(path) for path in paths],
    "segments": lambda paths: list(_segments(paths)),
    "array of segments": _segments,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("rows", SELECTIONS.values(), ids=SELECTIONS)
def test_rows_are_split_by_their_path(cv, rows, form):
    X = form([CLIPS[row] for row in rows])
    expected = FOLDS[rows]
    np.testing.assert_array_equal(cv.fold_of(X), expected)
    splits = list(cv.split(X))
    assert len(splits) == cv.get_n_splits(X) == len(set(expected))
    for fold, (train, test) in zip(sorted(set(expected)), splits):
        np.testing.assert_array_equal(test, np.flatnonzero(expected == fold))
        np.testing.assert_array_equal(train, np.flatnonzero(expected != fold))


@pytest.mark.parametrize("hold", [list, np.array, pd.Series, lambda clips: [Path(clip) for clip in clips]])
def test_clips_of_the_dataset_may_be_held_in_any_form(hold):
    cv = PredefinedFolds(list(FOLDS), clips=hold(CLIPS))
    np.testing.assert_array_equal(cv.fold_of([CLIPS[row] for row in SHUFFLED]), FOLDS[SHUFFLED])


@pytest.mark.parametrize("folds", [["a", "b", "b"], [2.5, 7.0, 7.0], pd.Series([0, 9, 9], index=[5, 6, 7])])
def test_folds_may_be_any_sortable_values(folds):
    cv = PredefinedFolds(folds, clips=["x", "y", "z"])
    assert [test.tolist() for _, test in cv.split(["z", "x", "y"])] == [[1], [0, 2]]


def test_a_shuffled_frame_beside_another_column_is_never_tested_on_what_it_was_trained_on(cv):
    """Accuracy would go from 0.49 to 0.88 on real sound."""
    frame = pd.DataFrame({"file": CLIPS, "seconds": 4.0}).sample(frac=1, random_state=1)
    for form in (frame, pl.DataFrame({name: frame[name].to_list() for name in frame}), pa.Table.from_pandas(frame)):
        for train, test in cv.split(form, LABELS[frame.index]):
            tested = set(FOLDS[frame.index[test]])
            assert len(tested) == 1
            assert not tested & set(FOLDS[frame.index[train]])


@pytest.mark.parametrize(
    "X, words",
    [
        (pd.DataFrame({"note": ["x"] * 12, "mean": 1.0}), r"'x' in column 'note' is not a clip"),
        (pd.DataFrame({"file": [f"/data/{clip}" for clip in CLIPS]}), r"'/data/clip00\.wav' in column 'file'"),
        (pl.DataFrame({"file": ["x.wav"] * 12}), r"'x\.wav' in column 'file'"),
        ([f"./{clip}" for clip in CLIPS], r"'\./clip00\.wav' is not a clip.*spelled as the dataset's"),
        (pd.Series(range(12), index=["x"] * 12), r"'x' in column 'the index'"),
    ],
)
def test_text_that_is_not_recognised_is_refused_even_with_the_labels_of_the_dataset(X, words):
    cv = PredefinedFolds(FOLDS, clips=CLIPS, labels=LABELS)
    with pytest.raises(ValueError, match=words):
        cv.fold_of(X, LABELS)


def test_without_clips_text_is_refused():
    with pytest.raises(ValueError, match=r"'clip11\.wav'.*no clips to know them by: pass clips=dataset\.data"):
        PredefinedFolds(FOLDS, labels=LABELS).fold_of(CLIPS[::-1], LABELS)


def test_two_columns_of_clips_of_different_folds_are_refused(cv):
    frame = pd.DataFrame({"a": CLIPS, "b": CLIPS[::-1]})
    with pytest.raises(ValueError, match="columns a, b of X hold clips of different folds"):
        cv.fold_of(frame)
    np.testing.assert_array_equal(cv.fold_of(frame.assign(b=CLIPS)), FOLDS)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_clip_without_a_path_among_paths_is_an_error_and_not_taken_by_position(cv, missing):
    X = [CLIPS[row] for row in SHUFFLED]
    X[3] = missing
    with pytest.raises(ValueError):
        cv.fold_of(X)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_unknown_path_is_named(cv, form):
    with pytest.raises(ValueError, match=r"'(elsewhere\.wav|x)'.* is not a clip of the dataset"):
        list(cv.split(form([CLIPS[0], "elsewhere.wav", CLIPS[1]])))


def test_path_in_two_folds_is_named():
    cv = PredefinedFolds([1, 2, 2], clips=["a.wav", "b.wav", "a.wav"])
    with pytest.raises(ValueError, match=r"'a\.wav' stands in folds 1 and 2"):
        list(cv.split(["a.wav", "b.wav"]))


def test_path_twice_in_one_fold_is_one_clip():
    cv = PredefinedFolds([1, 2, 1], clips=["a.wav", "b.wav", "a.wav"])
    assert cv.fold_of(["b.wav", "a.wav"]).tolist() == [2, 1]


@pytest.mark.parametrize(
    "folds, clips, message",
    [
        ([1, 2, 2], ["a", "b"], "2 paths, and folds 3 values"),
        ([[1, 2, 3]], ["a", "b", "c"], r"shape \(1, 3\)"),
        ([1, np.nan, 2], ["a", "b", "c"], "none of them missing"),
        ([], [], r"shape \(0,\)"),
    ],
)
def test_folds_that_do_not_fit_the_clips_are_an_error(folds, clips, message):
    with pytest.raises(ValueError, match=message):
        list(PredefinedFolds(folds, clips=clips).split(["a", "b"]))


@pytest.mark.parametrize("X", [[CLIPS[1], CLIPS[3]], [CLIPS[1]]])
def test_rows_of_one_fold_are_an_error(cv, X):
    assert cv.get_n_splits(X) == 1
    with pytest.raises(ValueError, match="of fold 1; at least 2 folds"):
        list(cv.split(X))


def test_number_of_splits_without_rows_is_that_of_the_dataset(cv):
    assert cv.get_n_splits() == 3


def test_groups_and_labels_are_ignored(cv):
    plain = list(cv.split(CLIPS))
    grouped = list(cv.split(CLIPS, LABELS, np.zeros(12)))
    assert len(plain) == len(grouped)
    for (train, test), (grouped_train, grouped_test) in zip(plain, grouped):
        np.testing.assert_array_equal(train, grouped_train)
        np.testing.assert_array_equal(test, grouped_test)
    assert cv.get_n_splits(CLIPS, LABELS, np.zeros(12)) == 3


@given(st.data())
def test_no_selection_puts_a_fold_on_both_sides(data):
    folds = np.array(data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=30)))
    clips = np.array([f"{k}.wav" for k in range(len(folds))], dtype=object)
    rows = data.draw(
        st.permutations(range(len(folds))) | st.lists(st.integers(0, len(folds) - 1), min_size=1, max_size=40)
    )
    cv = PredefinedFolds(folds, clips=clips)
    if len(set(folds[rows])) < 2:
        with pytest.raises(ValueError, match="at least 2 folds"):
            list(cv.split(clips[rows]))
        return
    splits = list(cv.split(clips[rows]))
    for train, test in splits:
        assert len(set(folds[rows][test])) == 1
        assert not set(folds[rows][test]) & set(folds[rows][train])
        assert sorted([*train, *test]) == list(range(len(rows)))
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(len(rows)))


def test_inner_folds_of_a_shuffled_subset_are_those_of_the_dataset(cv):
    X = np.array(CLIPS, dtype=object)[SHUFFLED]
    for train, test in cv.split(X):
        (outer,) = set(FOLDS[SHUFFLED][test])
        inner_numbers = []
        for inner_train, inner_test in cv.split(X[train]):
            tested, trained = (set(FOLDS[SHUFFLED][train][rows]) for rows in (inner_test, inner_train))
            assert len(tested) == 1
            assert not tested & trained
            inner_numbers += tested
        assert inner_numbers == sorted({1, 2, 3} - {outer})


def _fold_and_number(paths):
    rows = [CLIPS.index(path) for path in paths]
    return np.column_stack([FOLDS[rows], rows])


class FoldWitness(ClassifierMixin, BaseEstimator):
    """Refuses rows of a fold it was trained on; the first column is the fold."""

    def __init__(self, tolerance=0):
        self.tolerance = tolerance

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.folds_ = set(X[:, 0])
        return self

    def predict(self, X):
        tested = set(X[:, 0])
        if len(tested) != 1 or tested & self.folds_:
            raise AssertionError(f"trained on folds {self.folds_}, tested on {tested}")
        return self.classes_[X[:, 1].astype(int) % 2 * -1 + 1]


@pytest.mark.parametrize("form", [list, np.array, pd.Series], ids=["list", "array", "Series"])
def test_nested_search_on_shuffled_paths_never_tests_a_fold_it_trained_on(cv, form):
    model = make_pipeline(FunctionTransformer(_fold_and_number), FoldWitness())
    search = GridSearchCV(model, {"foldwitness__tolerance": [0, 1]}, cv=cv, error_score="raise")
    X = form([CLIPS[row] for row in SHUFFLED])
    assert cross_val_score(search, X, LABELS[SHUFFLED], cv=cv, error_score="raise").tolist() == [1.0, 1.0, 1.0]


def test_nested_search_runs_in_worker_processes(cv):
    model = make_pipeline(FunctionTransformer(_fold_and_number), GaussianNB())
    search = GridSearchCV(model, {"gaussiannb__var_smoothing": [1e-9, 1e-3]}, cv=cv, error_score="raise")
    scores = cross_val_score(search, CLIPS, LABELS, cv=cv, n_jobs=2, error_score="raise")
    np.testing.assert_array_equal(scores, cross_val_score(search, CLIPS, LABELS, cv=cv, error_score="raise"))


def test_clone_of_a_search_keeps_the_folds(cv):
    copied = clone(GridSearchCV(GaussianNB(), {}, cv=cv)).cv
    assert copied.fold_of(CLIPS[::-1]).tolist() == FOLDS[::-1].tolist()


def test_repr_names_the_parameters():
    assert " ".join(repr(PredefinedFolds([1, 2], clips=["a.wav", "b.wav"])).split()) == (
        "PredefinedFolds(by_position=False, clips=['a.wav', 'b.wav'], folds=[1, 2], labels=None)"
    )
