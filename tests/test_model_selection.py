import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skaudio.exceptions import LeakageWarning
from skaudio.model_selection import PredefinedFolds, check_leakage

FOLDS = np.array([3, 1, 2, 1, 2, 3, 1, 1, 2, 3, 3, 2])
CLIPS = [f"clip{k:02}.wav" for k in range(len(FOLDS))]
LABELS = np.where(np.arange(len(FOLDS)) % 2, "dog", "siren")
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
    "PathLike": lambda paths: [Path(path) for path in paths],
    "segments": lambda paths: list(_segments(paths)),
    "array of segments": _segments,
}


@pytest.fixture
def cv():
    return PredefinedFolds(FOLDS, clips=CLIPS)


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


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((12, 3)),
        [[0.0, 1.0]] * 12,
        [np.zeros(5)] * 12,
        [b"RIFF"] * 12,
        pd.DataFrame({"mean": np.zeros(12), "std": np.zeros(12)}),
        pd.DataFrame({"mean": np.zeros(12)}),
    ],
    ids=["array", "lists", "waveforms", "bytes", "frame", "frame of one column of numbers"],
)
def test_rows_without_paths_are_taken_in_the_order_of_the_dataset(cv, X):
    np.testing.assert_array_equal(cv.fold_of(X), FOLDS)
    assert cv.get_n_splits(X) == len(list(cv.split(X))) == 3


def test_without_clips_paths_are_rows_in_the_order_of_the_dataset():
    np.testing.assert_array_equal(PredefinedFolds(FOLDS).fold_of(CLIPS[::-1]), FOLDS)


@pytest.mark.parametrize("n", [1, 11, 13])
@pytest.mark.parametrize("ask", [lambda cv, X: next(cv.split(X)), lambda cv, X: cv.get_n_splits(X)])
def test_other_lengths_are_an_error_that_gives_the_other_way(cv, ask, n):
    with pytest.raises(ValueError, match=rf"{n} rows.* 12 clips.*LeaveOneGroupOut\(\).*groups=folds"):
        ask(cv, np.zeros((n, 3)))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_clip_without_a_path_among_paths_is_an_error_and_not_taken_by_position(cv, missing):
    X = [CLIPS[row] for row in SHUFFLED]
    X[3] = missing
    with pytest.raises(ValueError):
        cv.fold_of(X)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_unknown_path_is_named(cv, form):
    with pytest.raises(ValueError, match=r"'elsewhere\.wav'.* is not a clip of the dataset"):
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
    assert repr(PredefinedFolds([1, 2], clips=["a.wav", "b.wav"])) == (
        "PredefinedFolds(clips=['a.wav', 'b.wav'], folds=[1, 2])"
    )


RECORDINGS = [10, 10, 11, 11, 12, 13, 13, 14]


@pytest.mark.parametrize("hold", [list, np.array, pd.Series])
def test_leakage_counts_the_test_clips_whose_recording_is_in_training(hold):
    table = check_leakage(KFold(2), list("abcdefgh"), groups=hold([1, 2, 3, 3, 1, 1, 4, 5]), max_share=1)
    assert list(table.columns) == ["n_test", "n_shared", "share"]
    assert table.to_dict("list") == {"n_test": [4, 4], "n_shared": [1, 2], "share": [0.25, 0.5]}


@pytest.mark.parametrize(
    "cv, y, n_test, n_shared",
    [
        (4, None, [2, 2, 2, 2], [0, 0, 1, 1]),
        (2, [0] * 4 + [1] * 4, [4, 4], [1, 1]),
        (StratifiedKFold(2), [0] * 4 + [1] * 4, [4, 4], [1, 1]),
        (PredefinedFolds([1, 2, 2, 2, 3, 3, 4, 4]), None, [1, 3, 2, 2], [1, 1, 1, 1]),
        ([([0, 1, 2], [3, 4]), ([4], [0, 1])], None, [2, 2], [1, 0]),
    ],
    ids=["int", "int with labels", "stratified", "folds", "pairs"],
)
def test_leakage_of_any_cross_validation(cv, y, n_test, n_shared):
    table = check_leakage(cv, np.zeros((8, 2)), y, groups=RECORDINGS, max_share=1)
    assert table["n_test"].tolist() == n_test
    assert table["n_shared"].tolist() == n_shared
    np.testing.assert_allclose(table["share"], np.divide(n_shared, n_test))


# Of 4 test clips together 1 is shared: 25 %.
_QUARTER = [([0, 1], [2, 3]), ([0, 1], [4, 5])]
_GROUPS = [1, 2, 1, 3, 4, 5]


@pytest.mark.parametrize("max_share", [0.0, 0.05, 0.2499])
def test_leakage_above_the_share_is_warned_of(max_share):
    with pytest.warns(LeakageWarning, match=r"25\.0%.*recording.*in training") as caught:
        check_leakage(_QUARTER, list("abcdef"), groups=_GROUPS, max_share=max_share)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("max_share", [0.25, 1])
def test_leakage_up_to_the_share_is_not_warned_of(max_share):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = check_leakage(_QUARTER, list("abcdef"), groups=_GROUPS, max_share=max_share)
    assert table["share"].tolist() == [0.5, 0.0]


def test_the_share_is_that_of_all_test_clips_and_not_the_mean_of_the_splits():
    # A clip of a shared recording alone in its split: 1 of 7 test clips, and half of the splits.
    cv = [([0, 1, 2, 3, 4, 5], [6]), ([6], [0, 1, 2, 3, 4, 5])]
    groups = ["a", "b", "c", "d", "e", "f", "a"]
    with pytest.warns(LeakageWarning, match=r"^28\.6% of the test clips"):
        check_leakage(cv, list("abcdefg"), groups=groups, max_share=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_leakage(cv, list("abcdefg"), groups=groups, max_share=0.3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "groups is missing"),
        ({"groups": [1, 2, 3]}, "groups has 3 values, and X 4 clips"),
        ({"groups": [1, 2, 3, 4, 5]}, "groups has 5 values, and X 4 clips"),
        ({"groups": [1, 2, 3, 4], "max_share": 1.5}, r"max_share=1\.5"),
        ({"groups": [1, 2, 3, 4], "max_share": -0.1}, r"max_share=-0\.1"),
    ],
)
def test_wrong_arguments_of_check_leakage_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        check_leakage(KFold(2), list("abcd"), **arguments)


@pytest.fixture(scope="module")
def metadata(urbansound8k):
    return pd.read_csv(urbansound8k / "metadata" / "UrbanSound8K.csv")


@pytest.mark.real_sound
@pytest.mark.parametrize("seed", range(3))
def test_random_split_of_urbansound8k_leaks_96_percent(metadata, seed):
    cv = ShuffleSplit(1, test_size=0.2, random_state=seed)
    with pytest.warns(LeakageWarning):
        table = check_leakage(cv, metadata["slice_file_name"], metadata["class"], metadata["fsID"])
    assert table["n_test"].tolist() == [1747]
    assert table["share"][0] == pytest.approx(0.961, abs=0.01)


@pytest.mark.real_sound
def test_official_folds_of_urbansound8k_share_five_recordings_and_are_not_warned_of(metadata):
    table = metadata.sample(frac=1, random_state=0)
    cv = PredefinedFolds(metadata["fold"], clips=metadata["slice_file_name"])
    leakage = check_leakage(cv, table["slice_file_name"], table["class"], table["fsID"])
    shared = table.groupby("fsID")["fold"].transform("nunique") > 1
    assert table["fsID"][shared].nunique() == 5
    assert leakage["n_shared"].sum() == shared.sum() > 0
    assert leakage["n_test"].tolist() == metadata["fold"].value_counts().sort_index().tolist()
