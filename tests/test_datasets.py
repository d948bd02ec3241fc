import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.model_selection import ShuffleSplit
from sklearn.utils import Bunch

from skaudio import load_audio
from skaudio.datasets import get_data_home, load_dataset, load_esc50, load_urbansound8k, make_urban_sounds
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import PredefinedFolds, check_leakage

URBAN_ROWS = {
    "slice_file_name": ["7-3-0-0.wav", "7-3-0-1.wav", "8-8-0-0.wav", "9-8-0-0.wav"],
    "fsID": [7, 7, 8, 9],
    "fold": [1, 1, 2, 3],
    "classID": [3, 3, 8, 8],
    "class": ["dog_bark", "dog_bark", "siren", "siren"],
}
ESC_ROWS = {
    "filename": ["1-5-A-0.ogg", "2-6-A-42.ogg", "3-7-A-1.ogg"],
    "fold": [1, 2, 3],
    "target": [0, 42, 1],
    "category": ["dog", "siren", "rooster"],
    "esc10": [True, False, True],
    "src_file": [5, 6, 7],
    "take": ["A", "A", "A"],
}


def write_urbansound8k(root, table="metadata/UrbanSound8K.csv", audio="audio", **columns):
    """Write the layout with empty files; a column that is None is left out."""
    rows = pd.DataFrame({name: values for name, values in {**URBAN_ROWS, **columns}.items() if values is not None})
    (root / table).parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(root / table, index=False)
    for fold, name in zip(URBAN_ROWS["fold"], URBAN_ROWS["slice_file_name"]):
        (root / audio / f"fold{fold}").mkdir(parents=True, exist_ok=True)
        (root / audio / f"fold{fold}" / name).touch()
    return root


def write_esc50(root, **columns):
    rows = pd.DataFrame({name: values for name, values in {**ESC_ROWS, **columns}.items() if values is not None})
    (root / "meta").mkdir(parents=True)
    (root / "audio").mkdir()
    rows.to_csv(root / "meta" / "esc50.csv", index=False)
    for name in ESC_ROWS["filename"]:
        (root / "audio" / name).touch()
    return root


def contents(folder):
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("synthetic") / "data")


@pytest.fixture(scope="module")
def partial_urbansound8k(urbansound8k):
    with pytest.warns(UserWarning, match="8712 of 8732 files") as caught:
        dataset = load_urbansound8k(urbansound8k, missing="drop")
    assert len(caught) == 1
    assert "20 are kept" in str(caught[0].message)
    return dataset


@pytest.fixture(scope="module")
def real_esc10(esc10):
    return load_esc50(esc10, subset="esc10")


# What every dataset promises


@pytest.fixture(
    params=[
        "synthetic",
        pytest.param("partial_urbansound8k", marks=pytest.mark.real_sound),
        pytest.param("real_esc10", marks=pytest.mark.real_sound),
        "urbansound8k by hand",
        "esc50 by hand",
        "esc10 by hand",
        "recognised",
    ]
)
def dataset(request, tmp_path):
    by_hand = {
        "urbansound8k by hand": lambda: load_urbansound8k(write_urbansound8k(tmp_path / "data")),
        "esc50 by hand": lambda: load_esc50(write_esc50(tmp_path / "data")),
        "esc10 by hand": lambda: load_esc50(write_esc50(tmp_path / "data"), subset="esc10"),
        "recognised": lambda: load_dataset(write_urbansound8k(tmp_path / "data")),
    }
    return by_hand[request.param]() if request.param in by_hand else request.getfixturevalue(request.param)


def test_dataset_is_a_bunch_of_clips_labels_folds_and_recordings(dataset):
    assert isinstance(dataset, Bunch)
    assert set(dataset) == {"data", "target", "target_names", "folds", "groups", "metadata", "cv", "DESCR"}
    n = len(dataset.data)
    assert n > 0
    assert (dataset.data.ndim, dataset.data.dtype) == (1, object)
    assert {type(path) for path in dataset.data} == {str}
    assert all(os.path.isfile(path) for path in dataset.data)
    assert len(set(dataset.data)) == n
    assert (dataset.target.shape, dataset.target.dtype.kind) == ((n,), "U")
    np.testing.assert_array_equal(dataset.target_names, np.unique(dataset.target))
    assert (dataset.folds.shape, dataset.folds.dtype.kind) == ((n,), "i")
    assert dataset.groups.shape == (n,)


def test_table_of_a_dataset_is_in_the_order_of_its_clips(dataset):
    assert isinstance(dataset.metadata, pd.DataFrame)
    np.testing.assert_array_equal(dataset.metadata.index, range(len(dataset.data)))
    np.testing.assert_array_equal(dataset.metadata["path"], dataset.data)
    np.testing.assert_array_equal(dataset.metadata["fold"], dataset.folds)


def test_folds_of_a_dataset_split_its_clips_in_any_order(dataset):
    assert isinstance(dataset.cv, PredefinedFolds)
    rows = np.random.default_rng(0).permutation(len(dataset.data))
    tests = [test for _, test in dataset.cv.split(dataset.data[rows])]
    assert len(tests) == dataset.cv.get_n_splits() == len(np.unique(dataset.folds))
    for test, fold in zip(tests, np.unique(dataset.folds)):
        assert set(dataset.folds[rows][test]) == {fold}
    assert sum(map(len, tests)) == len(dataset.data)


def test_folds_of_a_dataset_do_not_leak(dataset):
    assert check_leakage(dataset.cv, dataset.data, dataset.target, dataset.groups)["n_shared"].sum() == 0


def test_description_of_a_dataset_says_where_it_comes_from(dataset):
    assert "Licence" in dataset.DESCR or "ynthetic" in dataset.DESCR


# UrbanSound8K


@pytest.mark.real_sound
def test_missing_files_of_urbansound8k_are_counted_and_the_first_named(urbansound8k):
    table = pd.read_csv(urbansound8k / "metadata" / "UrbanSound8K.csv")
    paths = [urbansound8k / "audio" / f"fold{f}" / name for f, name in zip(table["fold"], table["slice_file_name"])]
    first = next(path for path in paths if not path.exists())
    with pytest.raises(DatasetError, match=r"8712 of 8732 files.*missing='drop' keeps the other 20") as caught:
        load_urbansound8k(urbansound8k)
    assert repr(str(first)) in str(caught.value)


@pytest.mark.real_sound
def test_clips_of_urbansound8k_that_are_there_are_kept_whole(partial_urbansound8k, urbansound8k):
    dataset = partial_urbansound8k
    assert sorted(dataset.data) == sorted(map(str, urbansound8k.glob("audio/fold*/*.wav")))
    assert len(dataset.data) == 20
    table = pd.read_csv(urbansound8k / "metadata" / "UrbanSound8K.csv").set_index("slice_file_name")
    rows = table.loc[[os.path.basename(path) for path in dataset.data]]
    np.testing.assert_array_equal(dataset.target, rows["class"])
    np.testing.assert_array_equal(dataset.folds, rows["fold"])
    np.testing.assert_array_equal(dataset.groups, rows["fsID"])


@pytest.mark.parametrize("root_type", [str, Path])
@pytest.mark.parametrize(
    "layout", [{}, {"table": "UrbanSound8K.csv"}, {"table": "UrbanSound8K.csv", "audio": "."}, {"audio": "."}]
)
def test_urbansound8k_is_read_from_its_own_layout_and_side_by_side(tmp_path, layout, root_type):
    write_urbansound8k(tmp_path, **layout)
    dataset = load_urbansound8k(root_type(tmp_path))
    assert [os.path.basename(path) for path in dataset.data] == URBAN_ROWS["slice_file_name"]
    assert dataset.target.tolist() == URBAN_ROWS["class"]
    assert dataset.folds.tolist() == URBAN_ROWS["fold"]
    assert dataset.groups.tolist() == URBAN_ROWS["fsID"]


def test_label_column_of_urbansound8k_may_be_class_name(tmp_path):
    write_urbansound8k(tmp_path, **{"class": None, "class_name": URBAN_ROWS["class"]})
    assert load_urbansound8k(tmp_path).target.tolist() == URBAN_ROWS["class"]


@pytest.mark.parametrize("load, write", [(load_urbansound8k, write_urbansound8k), (load_dataset, write_urbansound8k)])
def test_missing_files_are_dropped_with_a_count_alone(tmp_path, load, write):
    root = write(tmp_path)
    (root / "audio" / "fold1" / URBAN_ROWS["slice_file_name"][1]).unlink()
    with pytest.raises(DatasetError, match=r"1 of 4 files.*7-3-0-1\.wav"):
        load(root)
    with pytest.warns(UserWarning, match=r"1 of 4 files.*7-3-0-1\.wav.*3 are kept"):
        dataset = load(root, missing="drop")
    assert dataset.groups.tolist() == [7, 8, 9]


def test_dataset_without_any_file_is_an_error_also_when_missing_files_are_dropped(tmp_path):
    root = write_urbansound8k(tmp_path)
    for path in root.rglob("*.wav"):
        path.unlink()
    with pytest.raises(DatasetError, match="4 of 4 files"):
        load_urbansound8k(root, missing="drop")


# Errors of all loaders

LOADERS = {
    "urbansound8k": (load_urbansound8k, write_urbansound8k, "metadata/UrbanSound8K.csv"),
    "esc50": (load_esc50, write_esc50, "meta/esc50.csv"),
}


@pytest.mark.parametrize("load", [load_urbansound8k, load_esc50, load_dataset])
def test_missing_folder_is_named(tmp_path, load):
    with pytest.raises(DatasetError, match=r"there is no folder .*nowhere"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("load", [load_urbansound8k, load_esc50])
def test_file_in_place_of_the_folder_is_named(tmp_path, load):
    (tmp_path / "table.csv").touch()
    with pytest.raises(DatasetError, match=r"there is no folder .*table\.csv"):
        load(tmp_path / "table.csv")


@pytest.mark.parametrize("load, write, table", LOADERS.values(), ids=LOADERS)
def test_missing_table_is_named(tmp_path, load, write, table):
    with pytest.raises(DatasetError, match=f"there is no .*{os.path.basename(table)}.*expected"):
        load(tmp_path)


@pytest.mark.parametrize("load, write, table", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\x00\xff\xfe" * 100, b"a,b\n1,2\n1,2,3,4,5\n"],
    ids=["empty", "blank", "binary", "ragged"],
)
def test_table_that_cannot_be_read_is_named(tmp_path, load, write, table, content):
    (write(tmp_path) / table).write_bytes(content)
    with pytest.raises(DatasetError, match=rf"{os.path.basename(table)}' cannot be read as a table"):
        load(tmp_path)


@pytest.mark.parametrize("load, write, table", LOADERS.values(), ids=LOADERS)
def test_table_without_rows_is_named(tmp_path, load, write, table):
    source = write(tmp_path) / table
    source.write_text(source.read_text().splitlines()[0] + "\n")
    with pytest.raises(DatasetError, match=rf"{os.path.basename(table)}' lists no clips"):
        load(tmp_path)


@pytest.mark.parametrize(
    "name, column",
    [("urbansound8k", column) for column in ("slice_file_name", "fsID", "fold", "class")]
    + [("esc50", column) for column in ("filename", "fold", "category", "esc10", "src_file")],
)
def test_missing_column_is_named_with_those_there_are(tmp_path, name, column):
    load, write, table = LOADERS[name]
    write(tmp_path, **{column: None})
    with pytest.raises(DatasetError, match=rf"{os.path.basename(table)}' has no column '{column}'.*(classID|take)"):
        load(tmp_path)


@pytest.mark.parametrize(
    "name, column",
    [("urbansound8k", column) for column in ("slice_file_name", "fold", "class")]
    + [("esc50", column) for column in ("filename", "fold", "category")],
)
def test_row_without_a_file_fold_or_class_is_an_error_that_names_the_column(tmp_path, name, column):
    load, write, _ = LOADERS[name]
    rows = URBAN_ROWS if name == "urbansound8k" else ESC_ROWS
    write(tmp_path, **{column: [None, *rows[column][1:]]})
    with pytest.raises(DatasetError, match=f"'{column}'"):
        load(tmp_path)


@pytest.mark.parametrize("load, write, table", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("missing", ["ignore", None, True])
def test_unknown_way_with_missing_files_is_an_error(tmp_path, load, write, table, missing):
    with pytest.raises(ValueError, match=f"missing={missing!r} must be 'raise' or 'drop'"):
        load(write(tmp_path), missing=missing)


# ESC-50


@pytest.mark.real_sound
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


@pytest.mark.real_sound
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


# Recognition


@pytest.mark.parametrize(
    "load, write",
    [
        (load_urbansound8k, write_urbansound8k),
        (load_urbansound8k, lambda root: write_urbansound8k(root, table="UrbanSound8K.csv", audio=".")),
        (load_esc50, write_esc50),
    ],
    ids=["UrbanSound8K", "UrbanSound8K side by side", "ESC-50"],
)
def test_layout_is_recognised(tmp_path, load, write):
    expected, dataset = load(write(tmp_path)), load_dataset(tmp_path)
    assert dataset.DESCR == expected.DESCR
    np.testing.assert_array_equal(dataset.data, expected.data)
    np.testing.assert_array_equal(dataset.target, expected.target)


@pytest.mark.real_sound
def test_layout_of_real_datasets_is_recognised(esc10, urbansound8k, real_esc10):
    np.testing.assert_array_equal(load_dataset(esc10).data, real_esc10.data)
    with pytest.warns(UserWarning, match="20 are kept"):
        assert len(load_dataset(urbansound8k, missing="drop").data) == 20


def test_unknown_layout_is_an_error_that_names_what_is_known(tmp_path):
    (tmp_path / "dog.wav").touch()
    with pytest.raises(DatasetError, match=r"UrbanSound8K\.csv.*esc50\.csv"):
        load_dataset(tmp_path)


# The synthetic dataset


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


# Where datasets are kept


@pytest.mark.parametrize(
    "value, expected",
    [
        ("sounds", "sounds"),
        ("~/sounds", os.path.join("HOME", "sounds")),
        ("", os.path.join("HOME", "skaudio_data")),
        (None, os.path.join("HOME", "skaudio_data")),
    ],
)
def test_data_home_is_the_variable_or_a_folder_in_the_home(monkeypatch, tmp_path, value, expected):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    if value is None:
        monkeypatch.delenv("SKAUDIO_DATA", raising=False)
    else:
        monkeypatch.setenv("SKAUDIO_DATA", value)
    assert os.path.normpath(get_data_home()) == expected.replace("HOME", str(tmp_path))
