"""`load_audio_table`: clips, labels, folds and groups from a table."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import COLUMNS, ROWS, table_of, touch, write_table

from skaudio.datasets import load_audio_table, load_dataset
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import PredefinedFolds, check_leakage

WORDS = ["007", "1.50", "1e3", "True", "NA", "N/A", "None", "null", "nan", "NaN", "-", "#N/A", "ü, ß"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Forty empty files."""
    root = tmp_path_factory.mktemp("clips")
    touch(root, [f"{k}.wav" for k in range(40)])
    return root


# The table


@pytest.mark.parametrize("path_type", [str, Path])
@pytest.mark.parametrize("name", ["clips.csv", "clips.tsv", "clips.tab", "clips.TSV", "clips.txt"])
def test_table_is_read_and_paths_start_from_its_folder(tmp_path, name, path_type):
    separator = "\t" if name.lower().endswith(("tsv", "tab")) else ","
    touch(tmp_path, ROWS["clip"])
    table_of().to_csv(tmp_path / name, index=False, sep=separator)
    dataset = load_audio_table(path_type(tmp_path / name), **COLUMNS, fold_column="part")
    assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
    assert (dataset.data.ndim, dataset.data.dtype) == (1, object)
    assert dataset.target.tolist() == ROWS["sound"]
    assert dataset.target_names.tolist() == ["dog", "siren"]
    assert dataset.folds.tolist() == ROWS["part"]
    assert dataset.groups is None
    assert list(dataset.metadata.columns) == [*ROWS, "path"]
    np.testing.assert_array_equal(dataset.metadata["path"], dataset.data)
    for known in (name, "'clip'", "'sound'"):
        assert known in dataset.DESCR


def test_table_of_parquet_is_read(tmp_path):
    pytest.importorskip("pyarrow")
    touch(tmp_path, ROWS["clip"])
    table_of(sound=["007", "NA", "007", "NA"], start=[0.0, 1.0, 2.0, 3.0]).to_parquet(tmp_path / "clips.parquet")
    dataset = load_audio_table(tmp_path / "clips.parquet", **COLUMNS, fold_column="part", offset_column="start")
    assert dataset.data.tolist() == [(str(tmp_path / path), float(k), None) for k, path in enumerate(ROWS["clip"])]
    assert dataset.target.tolist() == ["007", "NA", "007", "NA"]
    assert dataset.folds.tolist() == ROWS["part"]


@pytest.mark.parametrize("index", [[9, 5, 7, 5], ["x", "y", "z", "x"], pd.date_range("2020", periods=4), None])
def test_frame_of_any_index_is_read_and_left_alone(tmp_path, index):
    touch(tmp_path, ROWS["clip"])
    frame = table_of().set_axis(pd.RangeIndex(4) if index is None else index)
    before = frame.copy()
    dataset = load_audio_table(frame, **COLUMNS, fold_column="part", group_column="day", root=tmp_path)
    assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
    assert dataset.target.tolist() == ROWS["sound"]
    assert dataset.folds.tolist() == ROWS["part"]
    assert dataset.groups.tolist() == ROWS["day"]
    np.testing.assert_array_equal(dataset.metadata.index, range(4))
    pd.testing.assert_frame_equal(frame, before)


def test_paths_of_a_frame_start_from_the_current_folder(tmp_path, monkeypatch):
    touch(tmp_path, ROWS["clip"])
    monkeypatch.chdir(tmp_path)
    dataset = load_audio_table(table_of(), **COLUMNS, fold_column="part")
    assert [os.path.normpath(path) for path in dataset.data] == [os.path.normpath(path) for path in ROWS["clip"]]


@pytest.mark.parametrize("root_type", [str, Path])
def test_root_is_where_relative_paths_start(tmp_path, root_type):
    touch(tmp_path / "sounds", ROWS["clip"])
    table_of().to_csv(tmp_path / "clips.csv", index=False)
    with pytest.raises(DatasetError, match="4 of 4 files"):
        load_audio_table(tmp_path / "clips.csv", **COLUMNS, fold_column="part")
    for table in (tmp_path / "clips.csv", table_of()):
        dataset = load_audio_table(table, **COLUMNS, fold_column="part", root=root_type(tmp_path / "sounds"))
        assert dataset.data.tolist() == [str(tmp_path / "sounds" / path) for path in ROWS["clip"]]


@pytest.mark.parametrize("root", [None, "elsewhere"])
def test_absolute_paths_start_from_nowhere_else(tmp_path, root):
    touch(tmp_path / "sounds", ROWS["clip"])
    paths = [str(tmp_path / "sounds" / path) for path in ROWS["clip"]]
    table_of(clip=paths).to_csv(tmp_path / "clips.csv", index=False)
    for table in (tmp_path / "clips.csv", table_of(clip=paths), table_of(clip=[Path(path) for path in paths])):
        assert load_audio_table(table, **COLUMNS, fold_column="part", root=root).data.tolist() == paths


def test_table_in_the_current_folder_is_read(tmp_path, monkeypatch):
    write_table(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_audio_table("clips.csv", **COLUMNS, fold_column="part").data.tolist() == ROWS["clip"]


@pytest.mark.parametrize(
    "names", [("path", "label"), ("label", "path"), ("file", "path"), ("Datei, Ort", "Geräusch"), ("0", "1"), ("", " ")]
)
def test_columns_may_have_any_names(tmp_path, names):
    path_column, label_column = names
    touch(tmp_path, ROWS["clip"])
    frame = table_of().rename(columns={"clip": path_column, "sound": label_column})
    frame.to_csv(tmp_path / "clips.csv", index=False)
    tables = [frame] if "" in names else [frame, tmp_path / "clips.csv"]  # pandas gives a column without a name one
    for table in tables:
        dataset = load_audio_table(
            table, path_column=path_column, label_column=label_column, fold_column="part", root=tmp_path
        )
        assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
        assert dataset.target.tolist() == ROWS["sound"]


@pytest.mark.parametrize("parameter, values", [("fold_column", [1, 1, 2, 2]), ("group_column", [7, 7, 8, 9])])
def test_fold_and_group_columns_may_be_called_path(tmp_path, parameter, values):
    touch(tmp_path, ROWS["clip"])
    columns = {"fold_column": "part", parameter: "path"}
    dataset = load_audio_table(table_of(path=values), **COLUMNS, **columns, root=tmp_path)
    found = dataset.folds if parameter == "fold_column" else dataset.groups
    assert found.tolist() == values


@pytest.mark.parametrize("word", WORDS)
def test_labels_are_kept_word_for_word(tmp_path, word):
    labels = [word, "dog", word, "dog"]
    table = write_table(tmp_path, sound=labels)
    for source in (table, table_of(sound=labels)):
        dataset = load_audio_table(source, **COLUMNS, fold_column="part", root=tmp_path)
        assert dataset.target.tolist() == labels
        assert dataset.metadata["sound"].tolist() == labels


@pytest.mark.parametrize("name, word", [("clips.csv", "NA"), ("clips.tsv", "None"), ("clips.csv", "007")])
def test_labels_are_kept_word_for_word_where_all_of_them_are_alike(tmp_path, name, word):
    table = write_table(tmp_path, name, sound=[word] * 4)
    assert load_audio_table(table, **COLUMNS, fold_column="part").target.tolist() == [word] * 4
    found = load_dataset(table, **COLUMNS, fold_column="part")
    assert found.target.tolist() == [word] * 4


@pytest.mark.parametrize("word", [word for word in WORDS if "/" not in word])
def test_paths_are_kept_word_for_word(tmp_path, word):
    paths = [word, "b.wav", "c.wav", "d.wav"]
    touch(tmp_path, paths)
    table_of(clip=paths).to_csv(tmp_path / "clips.csv", index=False)
    for source in (tmp_path / "clips.csv", table_of(clip=paths)):
        dataset = load_audio_table(source, **COLUMNS, fold_column="part", root=tmp_path)
        assert dataset.data.tolist() == [str(tmp_path / path) for path in paths]


@pytest.mark.parametrize(
    "labels, expected", [([7, 10, 7, 10], ["7", "10", "7", "10"]), ([True, False] * 2, ["True", "False"] * 2)]
)
def test_labels_of_a_frame_that_are_no_text_become_text(clips, labels, expected):
    frame = pd.DataFrame({"clip": [f"{k}.wav" for k in range(4)], "sound": labels, "part": [1, 1, 2, 2]})
    assert load_audio_table(frame, **COLUMNS, fold_column="part", root=clips).target.tolist() == expected


@pytest.mark.parametrize("name", ["clips.csv", "clips.tsv"])
@pytest.mark.parametrize("quoted", [False, True])
def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path, name, quoted):
    table = write_table(tmp_path, name, sound=["Hündin", "dog", "Hündin", "dog"])
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("clip", '"clip"', 1) if quoted else text, encoding="utf-8-sig")
    dataset = load_audio_table(table, **COLUMNS, fold_column="part")
    assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
    assert dataset.target.tolist() == ["Hündin", "dog", "Hündin", "dog"]
    assert list(dataset.metadata.columns) == [*ROWS, "path"]


# Folds and groups


@pytest.mark.parametrize("part", [[1, 1, 2, 2], [2, 5, 5, 2], ["b", "a", "b", "a"], [0.5, 1.5, 0.5, 0.5]])
def test_fold_column_is_what_cv_splits_by(tmp_path, part):
    dataset = load_audio_table(write_table(tmp_path, part=part), **COLUMNS, fold_column="part")
    assert isinstance(dataset.cv, PredefinedFolds)
    assert dataset.folds.tolist() == part
    rows = [2, 0, 3, 1]
    splits = list(dataset.cv.split(dataset.data[rows]))
    assert [set(dataset.folds[rows][test]) for _, test in splits] == [{fold} for fold in sorted(set(part))]
    assert "stratified" not in dataset.DESCR


def test_fold_column_comes_before_groups(tmp_path):
    dataset = load_audio_table(
        write_table(tmp_path, day=[7, 8, 7, 8]), **COLUMNS, fold_column="part", group_column="day"
    )
    assert dataset.groups.tolist() == [7, 8, 7, 8]
    assert [dataset.folds[test].tolist() for _, test in dataset.cv.split(dataset.data)] == [[1, 1], [2, 2]]


@pytest.mark.parametrize(
    "labels, groups, share",
    [
        ([k // 2 % 2 for k in range(40)], [f"recording {k // 2}" for k in range(40)], 4),
        ([k % 2 for k in range(40)], [k // 4 for k in range(40)], 4),
        ([k % 4 for k in range(40)], [k // 8 for k in range(40)], 2),
        ([k % 2 for k in range(40)], ["007", "7", "NA", "7.0", "x"] * 8, 4),
    ],
    ids=["groups of one class", "groups of all classes", "a group a fold", "groups alike"],
)
def test_group_column_keeps_each_group_on_one_side_of_stratified_folds(clips, labels, groups, share):
    frame = pd.DataFrame({"clip": [f"{k}.wav" for k in range(40)], "sound": labels, "take": groups})
    dataset = load_audio_table(frame, **COLUMNS, group_column="take", root=clips)
    assert dataset.folds is None
    np.testing.assert_array_equal(dataset.groups, groups)
    assert isinstance(dataset.cv, PredefinedFolds)
    assert check_leakage(dataset.cv, dataset.data, groups=dataset.groups)["n_shared"].tolist() == [0] * 5
    for _, test in dataset.cv.split(dataset.data):
        assert set(np.unique(dataset.target[test], return_counts=True)[1]) == {share}
    assert "5 that are stratified by class and keep each group together" in dataset.DESCR
    rows = np.random.default_rng(0).permutation(40)[:30]
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data[rows]), dataset.cv.fold_of(dataset.data)[rows])


@pytest.mark.parametrize("n_groups, n_folds", [(2, 2), (3, 3), (4, 4), (5, 5), (20, 5)])
def test_few_groups_make_fewer_folds(clips, n_groups, n_folds):
    groups = np.arange(40) // 2 % n_groups
    frame = pd.DataFrame({"clip": [f"{k}.wav" for k in range(40)], "sound": np.arange(40) % 2, "take": groups})
    dataset = load_audio_table(frame, **COLUMNS, group_column="take", root=clips)
    assert dataset.cv.get_n_splits() == n_folds
    assert len(list(dataset.cv.split(dataset.data))) == n_folds
    assert f"cv holds {n_folds}" in dataset.DESCR


def test_classes_of_one_group_each_are_a_dataset_without_cross_validation(clips):
    frame = pd.DataFrame({"clip": [f"{k}.wav" for k in range(6)], "sound": [0, 1] * 3, "take": ["x", "y"] * 3})
    dataset = load_audio_table(frame, **COLUMNS, group_column="take", root=clips)
    assert dataset.cv is None
    assert "nothing to cross-validate on" in dataset.DESCR


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 7)), min_size=1, max_size=40))
@settings(deadline=None)
def test_no_group_is_ever_on_both_sides_of_a_split(clips, rows):
    labels, groups = zip(*rows)
    frame = pd.DataFrame({"clip": [f"{k}.wav" for k in range(len(rows))], "sound": labels, "take": groups})
    dataset = load_audio_table(frame, **COLUMNS, group_column="take", root=clips)
    groups_of_class = {label: {group for other, group in rows if other == label} for label in labels}
    assert (dataset.cv is None) == (max(map(len, groups_of_class.values())) < 2)
    if dataset.cv is not None:
        splits = list(dataset.cv.split(dataset.data))
        assert len(splits) == np.clip(min(map(len, groups_of_class.values())), 2, 5)
        for train, test in splits:
            assert not set(dataset.groups[train]) & set(dataset.groups[test])
        assert sorted(row for _, test in splits for row in test) == list(range(len(rows)))


def test_without_folds_and_groups_a_warning_says_why_and_where_it_comes_from(clips):
    frame = pd.DataFrame({"clip": [f"{k}.wav" for k in range(40)], "sound": np.arange(40) % 4})
    with pytest.warns(LeakageWarning, match=r"recording.*name it as the groups") as caught:
        dataset = load_audio_table(frame, **COLUMNS, root=clips)
    assert [warning.filename for warning in caught] == [__file__]
    assert dataset.folds is None
    assert dataset.groups is None
    assert "5 folds are stratified by class alone" in dataset.DESCR
    for _, test in dataset.cv.split(dataset.data):
        assert np.unique(dataset.target[test], return_counts=True)[1].tolist() == [2] * 4
