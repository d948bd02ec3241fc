"""`check_leakage`: recordings on both sides of a split are counted and warned of."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold

from skaudio.exceptions import LeakageWarning
from skaudio.model_selection import PredefinedFolds, check_leakage

CLIPS = [f"clip{k:02}.wav" for k in range(12)]


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
        (PredefinedFolds([1, 2, 2, 2, 3, 3, 4, 4], by_position=True), None, [1, 3, 2, 2], [1, 1, 1, 1]),
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


def test_groups_of_other_rows_are_refused():
    frame = pd.DataFrame({"file": CLIPS}).sample(frac=1, random_state=0)
    groups = pd.Series(np.arange(12) // 2)
    with pytest.raises(ValueError, match="groups and X have different indices"):
        check_leakage(KFold(2), frame, groups=groups)
    assert len(check_leakage(KFold(2), frame, groups=groups[frame.index], max_share=1)) == 2


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


@pytest.mark.parametrize("seed", range(3))
def test_random_split_of_urbansound8k_leaks_96_percent(metadata, seed):
    cv = ShuffleSplit(1, test_size=0.2, random_state=seed)
    with pytest.warns(LeakageWarning):
        table = check_leakage(cv, metadata["slice_file_name"], metadata["class"], metadata["fsID"])
    assert table["n_test"].tolist() == [1747]
    assert table["share"][0] == pytest.approx(0.961, abs=0.01)


def test_official_folds_of_urbansound8k_share_five_recordings_and_are_not_warned_of(metadata):
    table = metadata.sample(frac=1, random_state=0)
    cv = PredefinedFolds(metadata["fold"], clips=metadata["slice_file_name"])
    leakage = check_leakage(cv, table["slice_file_name"], table["class"], table["fsID"])
    shared = table.groupby("fsID")["fold"].transform("nunique") > 1
    assert table["fsID"][shared].nunique() == 5
    assert leakage["n_shared"].sum() == shared.sum() > 0
    assert leakage["n_test"].tolist() == metadata["fold"].value_counts().sort_index().tolist()
