"""`load_dataset`: layouts, tables and folders are recognised."""

import os

import numpy as np
import pandas as pd
import pytest
from layouts import write_esc50, write_urbansound8k
from tables import COLUMNS, ROWS, table_of, touch, write_table

from skaudio.datasets import load_dataset, load_esc50, load_urbansound8k
from skaudio.exceptions import DatasetError
from skaudio.model_selection import check_leakage

# Layouts


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


def test_layout_of_real_datasets_is_recognised(esc10, urbansound8k):
    np.testing.assert_array_equal(load_dataset(esc10).data, load_esc50(esc10, subset="esc10").data)
    with pytest.warns(UserWarning, match="20 are kept"):
        assert len(load_dataset(urbansound8k, missing="drop").data) == 20


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Forty empty files."""
    root = tmp_path_factory.mktemp("clips")
    touch(root, [f"{k}.wav" for k in range(40)])
    return root


# Tables, and folders of classes


@pytest.mark.parametrize(
    "path_column",
    ["path", "file", "filename", "file_name", "filepath", "file_path", "slice_file_name", "audio"],
)
@pytest.mark.parametrize("label_column", ["label", "class", "class_name", "category", "target"])
def test_columns_of_common_names_are_found(tmp_path, path_column, label_column):
    touch(tmp_path, ROWS["clip"])
    names = {"clip": path_column, "sound": label_column, "part": "fold", "day": "group"}
    table_of().rename(columns=names).to_csv(tmp_path / "clips.csv", index=False)
    dataset = load_dataset(tmp_path / "clips.csv")
    assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
    assert dataset.target.tolist() == ROWS["sound"]
    assert dataset.folds.tolist() == ROWS["part"]
    assert dataset.groups.tolist() == ROWS["day"]


@pytest.mark.parametrize("name", ["group", "fsID", "src_file", "recording", "source"])
def test_groups_of_common_names_are_found(clips, tmp_path, name):
    frame = pd.DataFrame({"path": [str(clips / f"{k}.wav") for k in range(8)], "label": ["dog", "siren"] * 4})
    frame[name] = [1, 1, 2, 2, 3, 3, 4, 4]
    frame.to_csv(tmp_path / "clips.tsv", index=False, sep="\t")
    dataset = load_dataset(str(tmp_path / "clips.tsv"))
    assert dataset.groups.tolist() == frame[name].tolist()
    assert check_leakage(dataset.cv, dataset.data, groups=dataset.groups)["n_shared"].tolist() == [0] * 4


@pytest.mark.parametrize(
    "columns, expected",
    [
        ({"offset": [0, 1, 2, 3], "duration": [4, 5, 6, 7]}, [(0, 4), (1, 5), (2, 6), (3, 7)]),
        ({"offset": [0, 1, 2, 3]}, [(0, None), (1, None), (2, None), (3, None)]),
        ({"duration": [4, 5, 6, 7]}, None),
    ],
    ids=["both", "offset", "duration"],
)
def test_segments_are_found_by_their_offset_and_not_by_a_duration_alone(tmp_path, columns, expected):
    dataset = load_dataset(write_table(tmp_path, **columns), **COLUMNS, fold_column="part")
    paths = [str(tmp_path / path) for path in ROWS["clip"]]
    if expected is None:
        assert dataset.data.tolist() == paths
    else:
        assert list(dataset.data) == [(path, *segment) for path, segment in zip(paths, expected)]


def test_columns_that_are_named_come_before_those_that_are_found(tmp_path):
    table = write_table(tmp_path, file=["w", "x", "y", "z"], label=["w", "x", "y", "z"], fold=[1, 2, 3, 4])
    dataset = load_dataset(table, **COLUMNS, fold_column="part", group_column="day")
    assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
    assert dataset.target.tolist() == ROWS["sound"]
    assert dataset.folds.tolist() == ROWS["part"]
    assert dataset.groups.tolist() == ROWS["day"]


@pytest.mark.parametrize(
    "column, parameter, names",
    [("file", "path_column", "'path' or 'file' or 'filename'"), ("class", "label_column", "'label' or 'class'")],
)
def test_table_without_a_column_of_a_common_name_is_an_error_that_names_the_parameter(
    tmp_path, column, parameter, names
):
    touch(tmp_path, ROWS["clip"])
    frame = table_of().rename(columns={"clip": "file", "sound": "class", "part": "fold", "day": "group"})
    frame.rename(columns={column: "mine"}).to_csv(tmp_path / "clips.csv", index=False)
    with pytest.raises(DatasetError, match=rf"called {names}.* by {parameter}; it has .*mine") as caught:
        load_dataset(tmp_path / "clips.csv")
    assert repr(str(tmp_path / "clips.csv")) in str(caught.value)
    np.testing.assert_array_equal(load_dataset(tmp_path / "clips.csv", **{parameter: "mine"}).target, ROWS["sound"])


def test_unknown_parameter_is_named_with_those_there_are(tmp_path):
    with pytest.raises(TypeError, match=r"'speaker_column'.*path_column, label_column, fold_column, group_column"):
        load_dataset(write_table(tmp_path), **COLUMNS, speaker_column="day")


def test_column_that_is_named_and_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="has no column 'nothing'; it has clip, sound, part, day"):
        load_dataset(write_table(tmp_path), path_column="nothing")


def test_missing_files_of_a_recognised_table_are_dropped_with_a_count(tmp_path):
    table = write_table(tmp_path)
    (tmp_path / "b.wav").unlink()
    with pytest.raises(DatasetError, match=r"1 of 4 files.*b\.wav"):
        load_dataset(table, **COLUMNS, fold_column="part")
    with pytest.warns(UserWarning, match="3 are kept"):
        assert len(load_dataset(table, **COLUMNS, fold_column="part", missing="drop").data) == 3


def test_folder_of_classes_is_recognised(tmp_path):
    touch(tmp_path, ["dog/fold1/1.wav", "dog/fold2/2.wav", "siren/fold1/3.wav", "siren/fold2/4.wav"])
    dataset = load_dataset(tmp_path)
    assert [os.path.basename(path) for path in dataset.data] == ["1.wav", "2.wav", "3.wav", "4.wav"]
    assert dataset.target.tolist() == ["dog", "dog", "siren", "siren"]
    assert dataset.folds.tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("files", [[], ["1.wav"], ["dog/notes.txt"], ["clips.csv"]])
def test_folder_of_no_known_layout_is_an_error_that_names_all_of_them(tmp_path, files):
    touch(tmp_path, files)
    layouts = r"UrbanSound8K\.csv.*esc50\.csv.*folder of sounds for each class.*root/CLASS/SOUND\.wav"
    with pytest.raises(DatasetError, match=layouts) as caught:
        load_dataset(tmp_path)
    assert repr(str(tmp_path)) in str(caught.value)


@pytest.mark.parametrize("files", [["dog/1.wav", "dog/2.wav"], ["metadata/UrbanSound8K.csv"], ["meta/esc50.csv"]])
def test_columns_for_a_folder_are_an_error(tmp_path, files):
    touch(tmp_path, files)
    with pytest.raises(DatasetError, match="is a folder, which has no columns: path_column, label_column"):
        load_dataset(tmp_path, **COLUMNS)
