"""Tables as other programs and other people wrote them."""

import json
import os
import re
import unicodedata
from urllib.parse import quote

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from layouts import write_esc50
from tables import COLUMNS, ROWS, table_of, touch

from skaudio.datasets import load_audio_table, load_dataset, load_esc50
from skaudio.exceptions import DatasetError

FILES = ROWS["clip"]


@pytest.fixture
def root(tmp_path):
    touch(tmp_path, FILES)
    return tmp_path


def load(table, root=None, **parameters):
    return load_audio_table(table, **COLUMNS, fold_column="part", root=root, **parameters)


def assert_read(dataset, root):
    assert dataset.data.tolist() == [os.path.join(root, path) for path in FILES]
    assert dataset.target.tolist() == ROWS["sound"]
    assert list(dataset.folds) == ROWS["part"]
    assert dataset.cv.get_n_splits() == 2


# Forms of tables


@pytest.mark.parametrize("make", [pl.DataFrame, pl.LazyFrame, pa.table, pd.DataFrame], ids=lambda make: make.__name__)
def test_frames_of_any_library(root, make):
    assert_read(load(make(ROWS), root), root)


@pytest.mark.parametrize("name", ["clips.jsonl", "clips.ndjson", "clips.json"])
def test_json(root, name):
    rows = table_of().to_dict("records")
    lines = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    (root / name).write_text(json.dumps(rows) if name.endswith(".json") else lines)
    assert_read(load(root / name), root)
    named = [{"audio_filepath": row["clip"], "label": row["sound"], "fold": row["part"]} for row in rows]
    (root / name).write_text(json.dumps(named) if name.endswith(".json") else "\n".join(map(json.dumps, named)))
    assert_read(load_dataset(root / name), root)


def test_labels_of_json_are_text_word_for_word(root):
    labels = ["007", 7, "NA", "1e3"]
    lines = [json.dumps({"clip": path, "sound": label, "part": 1}) for path, label in zip(FILES, labels)]
    (root / "clips.jsonl").write_text("\n".join(lines))
    assert load(root / "clips.jsonl").target.tolist() == ["007", "7", "NA", "1e3"]


@pytest.mark.parametrize(
    "text, says",
    [
        ('{"clip": "a.wav"', "cannot be read as a table"),
        ('{"clip": "a.wav", "sound": "dog"}', "has no column 'part'"),
        ("[1, 2]", "rows are expected"),
        ('{"clip": {"path": "a.wav"}, "sound": "dog", "part": 1}', "'clip' holds objects"),
        ("", "no column"),
    ],
)
def test_json_of_another_form_is_refused(root, text, says):
    (root / "clips.jsonl").write_text(text)
    with pytest.raises(DatasetError, match=says):
        load(root / "clips.jsonl")


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("name", ["clips.csv", "clips.CSV"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_separators_and_marks_of_spreadsheets(root, separator, name, encoding):
    table_of().to_csv(root / name, sep=separator, index=False, encoding=encoding)
    assert_read(load(root / name), root)


@pytest.mark.parametrize("read", [load, load_dataset])
def test_a_table_without_a_row_of_names_is_recognised_as_such(root, read):
    table_of().to_csv(root / "clips.csv", index=False, header=False)
    with pytest.raises(DatasetError, match=r"no row of names.*starts with a\.wav, dog.*read_csv\(table, names="):
        read(root / "clips.csv")
    frame = pd.read_csv(root / "clips.csv", names=list(ROWS))
    assert_read(load(frame, root), root)


# Paths that are not where the table says


def refused(root, paths, **parameters):
    with pytest.raises(DatasetError) as raised:
        load(table_of(clip=paths), root, **parameters)
    return str(raised.value)


@pytest.mark.parametrize("missing", ["raise", "drop"])
@pytest.mark.parametrize(
    "spoil, says",
    [
        (lambda path: ".\\" + path.replace("/", "\\"), "backslashes"),
        (lambda path: path + " ", "white space around"),
        (lambda path: f"'{path}'", "quotes around"),
        (lambda path: path[:-4], "lack an ending"),
        (lambda path: path[:-4] + ".mp3", r"end in \.mp3"),
        (lambda path: path.replace(".wav", ".WAV"), r"(end in \.WAV|other capitals)"),
        (lambda path: path.replace("a.", "A.").replace("b.", "B.").replace("c.", "C."), "other capitals"),
        (lambda path: "/home/other/data/" + path, "a file of that name is"),
        (lambda path: "C:\\data\\" + path.replace("/", "\\"), "a file of that name is"),
    ],
)
def test_where_all_paths_fail_alike_it_says_why(root, spoil, says, missing):
    paths = [spoil(path) for path in FILES]
    message = refused(root, paths, missing=missing)
    assert "4 of 4 files" in message
    assert re.search(says, message), message
    assert str(root / "a.wav") in message.replace("./", "")


def test_another_root_is_named(root):
    inside = root / "download" / "audio"
    touch(inside, FILES)
    for path in FILES:
        (root / path).unlink()
    message = refused(root, FILES)
    assert f"{str(inside / 'a.wav')!r} is there: pass root={str(inside)!r}" in message
    assert_read(load(table_of(), inside), inside)
    message = refused(root, ["sub/c.wav", "sub/a.wav", "a.wav", "b.wav"])
    assert f"{str(inside / 'sub' / 'c.wav')!r} is there: pass root={str(inside)!r}" in message


def test_addresses_and_accents(tmp_path):
    name = "Käuzchen im Wald.wav"
    names = [f"{k} {name}" for k in range(4)]
    touch(tmp_path, [unicodedata.normalize("NFC", name) for name in names])
    message = refused(tmp_path, [unicodedata.normalize("NFD", name) for name in names])
    assert "another form of Unicode" in message
    message = refused(tmp_path, [quote(unicodedata.normalize("NFC", name)) for name in names])
    assert "%20 for a space" in message
    message = refused(tmp_path, [(tmp_path / unicodedata.normalize("NFC", name)).as_uri() for name in names])
    assert "the paths are addresses" in message


def test_where_nothing_of_the_name_is_there_it_says_no_more(root):
    message = refused(root, ["x.wav", "y.wav", "z.wav", "w.wav"])
    assert message.endswith(f"the first {str(root / 'x.wav')!r}")


def test_one_missing_file_among_others_is_told_of_too(root):
    message = refused(root, ["a.wav", "b.wav", "sub\\a.wav", "sub/c.wav"])
    assert "1 of 4" in message
    assert "backslashes" in message
    assert "missing='drop' keeps the other 3" in message


def test_a_renamed_file_of_a_known_dataset_is_named(tmp_path):
    root = write_esc50(tmp_path)
    (root / "audio" / "2-6-A-42.ogg").rename(root / "audio" / "2-6-A-42.m4a")
    with pytest.raises(DatasetError, match=r"the paths end in \.ogg: '.*2-6-A-42\.m4a' is there.*missing='drop'"):
        load_esc50(root)


def test_a_table_in_the_current_folder_is_helped_too(root, monkeypatch):
    inside = root / "audio"
    touch(inside, ["x.wav", "y.wav"])
    monkeypatch.chdir(root)
    (root / "m.csv").write_text("path,label\nx.wav,a\ny.wav,b\n")
    with pytest.raises(DatasetError, match=r"pass root='\./audio'"):
        load_audio_table("m.csv", path_column="path", label_column="label")


@pytest.mark.parametrize("text", ["path,label\na.wav,007,3\nb.wav,1,4\n", "path,label\na.wav,dog,\nb.wav,cat,\n"])
def test_rows_of_more_fields_than_names_are_told_of(root, text):
    (root / "m.csv").write_text(text)
    with pytest.raises(DatasetError, match="more fields than its first line has names"):
        load_audio_table(root / "m.csv", path_column="path", label_column="label")


def test_one_file_of_two_labels_by_two_spellings_is_refused(root):
    table = pd.DataFrame({"path": ["a.wav", "./a.wav"], "label": ["dog", "cat"]})
    with pytest.raises(DatasetError, match="different labels"):
        load_audio_table(table, path_column="path", label_column="label", root=root)
