"""Tables that cannot be read, and rows, columns and files that are missing in them, are named."""

import sys

import numpy as np
import pytest
from tables import COLUMNS, ROWS, table_of, touch, write_table

from skaudio.datasets import load_audio_table
from skaudio.exceptions import DatasetError


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


@pytest.mark.parametrize("has_pyarrow", [True, False])
def test_table_of_parquet_that_cannot_be_read_is_named(tmp_path, monkeypatch, has_pyarrow):
    (tmp_path / "clips.parquet").write_bytes(b"clip,sound\n")
    if not has_pyarrow:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
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
