"""UrbanSound8K and ESC-50, and what every dataset promises."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from layouts import ESC_ROWS, URBAN_ROWS, real_esc10, write_esc50, write_urbansound8k  # noqa: F401 - a fixture
from sklearn.utils import Bunch

from skaudio.datasets import get_data_home, load_dataset, load_esc50, load_urbansound8k, make_urban_sounds
from skaudio.exceptions import DatasetError
from skaudio.model_selection import PredefinedFolds, check_leakage


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("synthetic") / "data", n_per_class=4)


@pytest.fixture(scope="module")
def partial_urbansound8k(urbansound8k):
    with pytest.warns(UserWarning, match="8712 of 8732 files") as caught:
        dataset = load_urbansound8k(urbansound8k, missing="drop")
    assert len(caught) == 1
    assert "20 are kept" in str(caught[0].message)
    return dataset


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


def test_missing_files_of_urbansound8k_are_counted_and_the_first_named(urbansound8k):
    table = pd.read_csv(urbansound8k / "metadata" / "UrbanSound8K.csv")
    paths = [urbansound8k / "audio" / f"fold{f}" / name for f, name in zip(table["fold"], table["slice_file_name"])]
    first = next(path for path in paths if not path.exists())
    with pytest.raises(DatasetError, match=r"8712 of 8732 files.*missing='drop' keeps the other 20") as caught:
        load_urbansound8k(urbansound8k)
    assert repr(str(first)) in str(caught.value)


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
    "urbansound8k": (load_urbansound8k, write_urbansound8k, "metadata/UrbanSound8K.csv", URBAN_ROWS),
    "esc50": (load_esc50, write_esc50, "meta/esc50.csv", ESC_ROWS),
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


@pytest.mark.parametrize("load, write, table", [each[:3] for each in LOADERS.values()], ids=LOADERS)
def test_missing_table_is_named(tmp_path, load, write, table):
    with pytest.raises(DatasetError, match=f"there is no .*{os.path.basename(table)}.*expected"):
        load(tmp_path)


@pytest.mark.parametrize("load, write, table", [each[:3] for each in LOADERS.values()], ids=LOADERS)
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\x00\xff\xfe" * 100, b"a,b\n1,2\n1,2,3,4,5\n"],
    ids=["empty", "blank", "binary", "ragged"],
)
def test_table_that_cannot_be_read_is_named(tmp_path, load, write, table, content):
    (write(tmp_path) / table).write_bytes(content)
    with pytest.raises(DatasetError, match=rf"{os.path.basename(table)}' cannot be read as a table"):
        load(tmp_path)


@pytest.mark.parametrize("load, write, table", [each[:3] for each in LOADERS.values()], ids=LOADERS)
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
    load, write, table, rows = LOADERS[name]
    write(tmp_path, **{column: None})
    with pytest.raises(DatasetError, match=rf"{os.path.basename(table)}' has no column '{column}'") as caught:
        load(tmp_path)
    assert [other for other in rows if other != column and other not in str(caught.value)] == []


@pytest.mark.parametrize(
    "name, column",
    [("urbansound8k", column) for column in ("slice_file_name", "fold", "class")]
    + [("esc50", column) for column in ("filename", "fold", "category")],
)
def test_row_without_a_file_fold_or_class_is_an_error_that_names_the_column(tmp_path, name, column):
    load, write, _, rows = LOADERS[name]
    write(tmp_path, **{column: [None, *rows[column][1:]]})
    with pytest.raises(DatasetError, match=f"'{column}'"):
        load(tmp_path)


@pytest.mark.parametrize("load, write, table", [each[:3] for each in LOADERS.values()], ids=LOADERS)
@pytest.mark.parametrize("missing", ["ignore", None, True])
def test_unknown_way_with_missing_files_is_an_error(tmp_path, load, write, table, missing):
    with pytest.raises(ValueError, match=f"missing={missing!r} must be 'raise' or 'drop'"):
        load(write(tmp_path), missing=missing)


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
