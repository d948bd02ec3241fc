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


# Errors


@pytest.mark.parametrize(
    "parameter",
    ["path_column", "label_column", "fold_column", "group_column", "offset_column", "duration_column"],
)
@pytest.mark.parametrize("form", ["file", "frame"])
def test_unknown_column_is_named_with_those_there_are(tmp_path, parameter, form):
    table = write_table(tmp_path) if form == "file" else table_of()
    with pytest.raises(DatasetError, match=r"has no column 'nothing'; it has clip, sound, part, day") as caught:
        load_audio_table(table, **{**COLUMNS, "fold_column": "part", parameter: "nothing"}, root=tmp_path)
    assert ("clips.csv" if form == "file" else "the frame") in str(caught.value)


@pytest.mark.parametrize("column", ["clip", "sound", "part", "day", "start"])
@pytest.mark.parametrize("form", ["csv", "tsv", "frame of None", "frame of text"])
def test_row_without_a_value_is_an_error_that_names_its_column_and_row(tmp_path, column, form):
    values = {**ROWS, "start": [0.0, 1.0, 2.0, 3.0]}
    empty = "" if form == "frame of text" else None
    values[column] = [*values[column][:2], empty, values[column][3]]
    table = table_of(**values) if form.startswith("frame") else write_table(tmp_path, f"clips.{form}", **values)
    with pytest.raises(DatasetError, match=rf"no value in column '{column}' for 1 rows, first row 2"):
        load_audio_table(table, **COLUMNS, fold_column="part", group_column="day", offset_column="start", root=tmp_path)


@pytest.mark.parametrize("column", ["start", "length"])
@pytest.mark.parametrize("value", ["1:30", "one", "2,5", "1 s"])
@pytest.mark.parametrize("form", ["file", "frame"])
def test_offsets_and_durations_that_are_no_numbers_are_an_error(tmp_path, column, value, form):
    columns = {"start": [0, 1, 2, 3], "length": [1, 1, 1, 1], column: [0, value, 2, 3]}
    table = write_table(tmp_path, **columns) if form == "file" else table_of(**columns)
    with pytest.raises(DatasetError, match=rf"column '{column}' that are no numbers; seconds are expected"):
        load_audio_table(
            table,
            **COLUMNS,
            fold_column="part",
            offset_column="start",
            duration_column="length",
            root=tmp_path,
        )


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.tsv", "nowhere.parquet", "folder.csv"])
def test_table_that_is_no_file_is_named(tmp_path, name):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DatasetError, match=rf"{name}' cannot be read as a table"):
        load_audio_table(tmp_path / name, **COLUMNS)


@pytest.mark.parametrize("name", ["clips.csv", "clips.tsv"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\x00\xff\xfe" * 100, b"clip,sound\n\xff\xfe,x\n", 'clip,sound\nx,"y\n'.encode("utf-16")],
    ids=["empty", "blank", "binary", "latin", "utf-16"],
)
def test_table_that_cannot_be_read_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=rf"{name}' cannot be read as a table"):
        load_audio_table(tmp_path / name, **COLUMNS)


def test_table_of_parquet_that_cannot_be_read_is_named_with_pyarrow_and_without(tmp_path):
    (tmp_path / "clips.parquet").write_bytes(b"clip,sound\n")
    with pytest.raises(DatasetError, match=r"clips\.parquet' cannot be read as a table"):
        load_audio_table(tmp_path / "clips.parquet", **COLUMNS)


def test_table_without_rows_is_an_error(tmp_path):
    (tmp_path / "clips.csv").write_text("clip,sound\n")
    for table, source in [(tmp_path / "clips.csv", r"clips\.csv'"), (table_of()[:0], "the frame")]:
        with pytest.raises(DatasetError, match=f"{source} lists no clips"):
            load_audio_table(table, **COLUMNS)


@pytest.mark.parametrize("form", ["file", "frame"])
def test_missing_files_are_an_error_or_dropped_with_a_count(tmp_path, form):
    table = write_table(tmp_path, start=[0, 1, 2, 3]) if form == "file" else table_of(start=[0, 1, 2, 3])
    touch(tmp_path, ROWS["clip"])
    (tmp_path / "b.wav").unlink()
    columns = {**COLUMNS, "fold_column": "part", "group_column": "day", "offset_column": "start", "root": tmp_path}
    with pytest.raises(DatasetError, match=r"1 of 4 files.*b\.wav.*missing='drop' keeps the other 3"):
        load_audio_table(table, **columns)
    with pytest.warns(UserWarning, match=r"1 of 4 files.*b\.wav.*3 are kept") as caught:
        dataset = load_audio_table(table, **columns, missing="drop")
    assert len(caught) == 1
    assert list(dataset.data) == [(str(tmp_path / ROWS["clip"][k]), float(k), None) for k in (0, 2, 3)]
    assert dataset.target.tolist() == ["dog", "dog", "siren"]
    assert dataset.folds.tolist() == [1, 2, 2]
    assert dataset.groups.tolist() == [7, 8, 9]
    np.testing.assert_array_equal(dataset.metadata.index, range(3))
    assert [len(test) for _, test in dataset.cv.split(dataset.data)] == [1, 2]


def test_table_without_any_file_is_an_error_also_when_missing_files_are_dropped(tmp_path):
    with pytest.raises(DatasetError, match="4 of 4 files"):
        load_audio_table(table_of(), **COLUMNS, fold_column="part", root=tmp_path, missing="drop")


@pytest.mark.parametrize("missing", ["ignore", None, True])
def test_unknown_way_with_missing_files_is_an_error(tmp_path, missing):
    with pytest.raises(ValueError, match=f"missing={missing!r} must be 'raise' or 'drop'"):
        load_audio_table(write_table(tmp_path), **COLUMNS, fold_column="part", missing=missing)
