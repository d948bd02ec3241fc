"""The synthetic dataset."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.model_selection import ShuffleSplit

from skaudio import load_audio
from skaudio.datasets import make_urban_sounds
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import check_leakage


def contents(folder):
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("synthetic") / "data")


def test_synthetic_dataset_has_10_classes_in_10_folds_and_the_layout_of_urbansound8k(synthetic):
    assert len(synthetic.data) == 200
    assert len(synthetic.target_names) == 10
    assert synthetic.metadata.groupby("class")["fold"].apply(set).map(sorted).tolist() == [list(range(1, 11))] * 10
    assert set(np.unique(synthetic.target, return_counts=True)[1]) == {20}
    for path, row in zip(synthetic.data, synthetic.metadata.itertuples()):
        file = Path(path)
        assert file.parent.name == f"fold{row.fold}"
        assert file.name.split("-")[:2] == [str(row.fsID), str(row.classID)]
    assert (file.parents[2] / "metadata" / "UrbanSound8K.csv").is_file()
    real_columns = ["slice_file_name", "fsID", "start", "end", "salience", "fold", "classID", "class", "path"]
    assert list(synthetic.metadata.columns) == real_columns


def test_synthetic_sounds_are_of_mixed_rates_depths_channels_and_lengths(synthetic):
    files = [soundfile.info(path) for path in synthetic.data]
    assert len({file.samplerate for file in files}) >= 3
    assert len({file.subtype for file in files}) >= 3
    assert {file.channels for file in files} == {1, 2}
    assert len({round(file.duration, 2) for file in files}) > 20
    lengths = synthetic.metadata["end"] - synthetic.metadata["start"]
    np.testing.assert_allclose([file.duration for file in files], lengths, rtol=0, atol=0.2)  # ADPCM comes in blocks


def test_synthetic_sounds_are_read_and_are_no_silence(synthetic):
    for path in synthetic.data[::7]:
        samples, _ = load_audio(path)
        assert np.isfinite(samples).all()
        assert 0.05 < np.abs(samples).max() <= 1.1


def test_recordings_of_the_synthetic_dataset_lie_in_one_fold_and_leak_in_a_random_split(synthetic):
    recordings = synthetic.metadata.groupby("fsID")
    assert set(recordings["fold"].nunique()) == set(recordings["class"].nunique()) == {1}
    assert set(recordings.size()) == {2}
    assert set(synthetic.metadata.groupby("class")["fsID"].nunique()) == {10}
    with pytest.warns(LeakageWarning):
        leakage = check_leakage(ShuffleSplit(1, test_size=0.2, random_state=0), synthetic.data, groups=synthetic.groups)
    assert leakage["share"][0] > 0.5


def test_synthetic_dataset_says_that_it_is_synthetic(synthetic):
    assert "synthetic" in synthetic.DESCR.lower()
    assert "random_state=0" in synthetic.DESCR
    assert "synthetic" in make_urban_sounds.__doc__.lower()


def test_same_seed_gives_the_same_bytes_at_any_time_and_another_seed_others(tmp_path):
    for name, seed in [("a", 3), ("c", 4)]:
        make_urban_sounds(tmp_path / name, n_per_class=2, random_state=seed)
    time.sleep(1.1)  # some formats hold the second they were written in
    make_urban_sounds(tmp_path / "b", n_per_class=2, random_state=3)
    files, files_again, files_other = (contents(tmp_path / name) for name in "abc")
    assert list(files) == list(files_again)
    assert [name for name in files if files[name] != files_again[name]] == []
    sounds = [name for name in files if name.endswith(".wav")]
    assert len(sounds) == 20
    assert all(files[name] != files_other[name] for name in sounds)


@pytest.mark.parametrize("n_per_class", [2, 3, 5, 13])
def test_synthetic_dataset_of_any_size_has_10_folds_and_several_recordings_a_class(tmp_path, n_per_class):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=n_per_class)
    assert set(np.unique(dataset.target, return_counts=True)[1]) == {n_per_class}
    assert dataset.cv.get_n_splits() == 10
    recordings = dataset.metadata.groupby("class")["fsID"].nunique()
    assert recordings.min() >= 2
    assert recordings.max() <= max(2, n_per_class // 2)
    assert check_leakage(dataset.cv, dataset.data, groups=dataset.groups)["n_shared"].sum() == 0


@pytest.mark.parametrize("n_per_class", [-1, 0, 1])
def test_too_few_clips_a_class_are_an_error(tmp_path, n_per_class):
    with pytest.raises(ValueError, match=f"n_per_class={n_per_class} must be at least 2"):
        make_urban_sounds(tmp_path / "data", n_per_class=n_per_class)
    assert list(tmp_path.iterdir()) == []


def test_synthetic_dataset_is_not_written_over_anything_else(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(DatasetError, match="not empty") as caught:
        make_urban_sounds(tmp_path, n_per_class=2)
    assert repr(str(tmp_path)) in str(caught.value)
    assert contents(tmp_path) == {os.path.join("notes", "mine.txt"): b"mine"}
    with pytest.raises(DatasetError):
        make_urban_sounds(tmp_path / "notes" / "mine.txt", n_per_class=2)
    assert contents(tmp_path) == {os.path.join("notes", "mine.txt"): b"mine"}


def test_synthetic_dataset_fills_an_empty_folder_and_makes_missing_ones(tmp_path):
    (tmp_path / "empty").mkdir()
    for root in (tmp_path / "empty", tmp_path / "a" / "b" / "c"):
        assert len(make_urban_sounds(root, n_per_class=2).data) == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "empty"]


def test_synthetic_dataset_replaces_its_own(tmp_path):
    make_urban_sounds(tmp_path / "data", n_per_class=3, random_state=1)
    make_urban_sounds(tmp_path / "data", n_per_class=2, random_state=2)
    make_urban_sounds(tmp_path / "fresh", n_per_class=2, random_state=2)
    assert contents(tmp_path / "data") == contents(tmp_path / "fresh")


def test_synthetic_dataset_that_fails_leaves_the_last_one_whole(tmp_path):
    make_urban_sounds(tmp_path / "data", n_per_class=2)
    before = contents(tmp_path)
    with pytest.raises(ValueError):
        make_urban_sounds(tmp_path / "data", n_per_class=2, random_state=-1)
    assert contents(tmp_path) == before
