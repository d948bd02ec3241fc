"""ESC-50, and its subset ESC-10."""

import os

import numpy as np
import pytest
from layouts import ESC_ROWS, real_esc10, write_esc50  # noqa: F401 - a fixture

from skaudio.datasets import load_esc50
from skaudio.exceptions import DatasetError


def test_esc10_has_400_clips_in_10_classes_and_5_folds(real_esc10):
    assert len(real_esc10.data) == 400
    assert set(np.unique(real_esc10.target, return_counts=True)[1]) == {40}
    assert real_esc10.target_names.tolist() == [
        "chainsaw",
        "clock_tick",
        "crackling_fire",
        "crying_baby",
        "dog",
        "helicopter",
        "rain",
        "rooster",
        "sea_waves",
        "sneezing",
    ]
    assert np.unique(real_esc10.folds, return_counts=True)[1].tolist() == [80] * 5


def test_folds_classes_and_recordings_of_esc10_are_those_of_its_file_names(real_esc10):
    names = [os.path.basename(path).split("-") for path in real_esc10.data]
    assert real_esc10.folds.tolist() == [int(fold) for fold, *_ in names]
    assert real_esc10.groups.tolist() == [int(recording) for _, recording, *_ in names]
    assert len({(code, label) for (*_, code), label in zip(names, real_esc10.target)}) == 10


@pytest.mark.parametrize(
    "subset, rows", [({}, [0, 1, 2]), ({"subset": "esc50"}, [0, 1, 2]), ({"subset": "esc10"}, [0, 2])]
)
def test_subset_of_esc50_is_chosen(tmp_path, subset, rows):
    dataset = load_esc50(write_esc50(tmp_path), **subset)
    assert [os.path.basename(path) for path in dataset.data] == [ESC_ROWS["filename"][row] for row in rows]
    assert dataset.target.tolist() == [ESC_ROWS["category"][row] for row in rows]
    assert dataset.groups.tolist() == [ESC_ROWS["src_file"][row] for row in rows]


def test_files_missing_outside_of_the_subset_are_no_error(tmp_path):
    (write_esc50(tmp_path) / "audio" / ESC_ROWS["filename"][1]).unlink()
    assert len(load_esc50(tmp_path, subset="esc10").data) == 2
    with pytest.raises(DatasetError, match=r"1 of 3 files.*2-6-A-42\.ogg"):
        load_esc50(tmp_path)


def test_unknown_subset_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="subset='esc20' must be 'esc50' or 'esc10'"):
        load_esc50(write_esc50(tmp_path), subset="esc20")


def test_table_without_clips_of_esc10_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="no clip as ESC-10's"):
        load_esc50(write_esc50(tmp_path, esc10=[False] * 3), subset="esc10")
