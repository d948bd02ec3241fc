import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier

from skaudio import MFCCTransformer, load_audio, make_audio_pipeline
from skaudio.datasets import load_audio_table, load_dataset
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import PredefinedFolds, check_leakage

# Names that are none of those recognised, so that nothing is found by chance.
ROWS = {
    "clip": ["a.wav", "b.wav", "sub/a.wav", "sub/c.wav"],
    "sound": ["dog", "siren", "dog", "siren"],
    "part": [1, 1, 2, 2],
    "day": [7, 7, 8, 9],
}
COLUMNS = {"path_column": "clip", "label_column": "sound"}
WORDS = ["007", "1.50", "1e3", "True", "NA", "N/A", "None", "null", "nan", "NaN", "-", "#N/A", "ü, ß"]


def touch(root, paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def table_of(**columns):
    return pd.DataFrame({name: values for name, values in {**ROWS, **columns}.items() if values is not None})


def write(root, name="clips.csv", **columns):
    """Write a table and its empty files; a column that is None is left out."""
    touch(root, ROWS["clip"])
    table_of(**columns).to_csv(root / name, index=False, sep="\t" if name.endswith((".tsv", ".tab")) else ",")
    return root / name


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Forty empty files."""
    root = tmp_path_factory.mktemp("clips")
    touch(root, [f"{k}.wav" for k in range(40)])
    return root


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A sound of four seconds: a low tone, noise, a low tone, noise, a second each, in stereo at 16 kHz."""
    rng = np.random.default_rng(0)
    tone, noise = 0.5 * np.sin(2 * np.pi * 220 * np.arange(16000) / 16000), rng.uniform(-0.5, 0.5, (2, 16000))
    samples = np.concatenate([tone, noise[0], tone * 0.8, noise[1]])
    path = tmp_path_factory.mktemp("recording") / "street.wav"
    soundfile.write(path, np.stack([samples, 0.5 * samples], axis=1), 16000)
    return path


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
    write(tmp_path)
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
    table = write(tmp_path, sound=labels)
    for source in (table, table_of(sound=labels)):
        dataset = load_audio_table(source, **COLUMNS, fold_column="part", root=tmp_path)
        assert dataset.target.tolist() == labels
        assert dataset.metadata["sound"].tolist() == labels


@pytest.mark.parametrize("name, word", [("clips.csv", "NA"), ("clips.tsv", "None"), ("clips.csv", "007")])
def test_labels_are_kept_word_for_word_where_all_of_them_are_alike(tmp_path, name, word):
    table = write(tmp_path, name, sound=[word] * 4)
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
    table = write(tmp_path, name, sound=["Hündin", "dog", "Hündin", "dog"])
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("clip", '"clip"', 1) if quoted else text, encoding="utf-8-sig")
    dataset = load_audio_table(table, **COLUMNS, fold_column="part")
    assert dataset.data.tolist() == [str(tmp_path / path) for path in ROWS["clip"]]
    assert dataset.target.tolist() == ["Hündin", "dog", "Hündin", "dog"]
    assert list(dataset.metadata.columns) == [*ROWS, "path"]


# Folds and groups


@pytest.mark.parametrize("part", [[1, 1, 2, 2], [2, 5, 5, 2], ["b", "a", "b", "a"], [0.5, 1.5, 0.5, 0.5]])
def test_fold_column_is_what_cv_splits_by(tmp_path, part):
    dataset = load_audio_table(write(tmp_path, part=part), **COLUMNS, fold_column="part")
    assert isinstance(dataset.cv, PredefinedFolds)
    assert dataset.folds.tolist() == part
    rows = [2, 0, 3, 1]
    splits = list(dataset.cv.split(dataset.data[rows]))
    assert [set(dataset.folds[rows][test]) for _, test in splits] == [{fold} for fold in sorted(set(part))]
    assert "stratified" not in dataset.DESCR


def test_fold_column_comes_before_groups(tmp_path):
    dataset = load_audio_table(write(tmp_path, day=[7, 8, 7, 8]), **COLUMNS, fold_column="part", group_column="day")
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


# Segments

SEGMENTS = {
    "clip": ["a.wav", "a.wav", "a.wav", "b.wav", "b.wav", "b.wav"],
    "sound": ["dog", "siren", "dog", "siren", "dog", "siren"],
    "part": [1, 2, 3, 2, 1, 3],
    "start": [0, 1.5, 3, 0, 1.5, 3],
    "length": [1.5, 1.5, 1, 1.5, 1.5, 2.25],
    "day": None,
}


@pytest.mark.parametrize(
    "columns, expected",
    [
        ({"offset_column": "start", "duration_column": "length"}, lambda row: (float(row.start), float(row.length))),
        ({"offset_column": "start"}, lambda row: (float(row.start), None)),
        ({"duration_column": "length"}, lambda row: (0.0, float(row.length))),
    ],
    ids=["both", "offset", "duration"],
)
@pytest.mark.parametrize("whole", [False, True])
def test_clips_of_a_table_with_offsets_or_durations_are_segments(tmp_path, columns, expected, whole):
    if whole:
        frame = table_of(**{**SEGMENTS, "start": [0, 1, 3, 0, 1, 3], "length": [1, 1, 1, 1, 1, 2]})
    else:
        frame = table_of(**SEGMENTS)
    touch(tmp_path, ROWS["clip"])
    frame.to_csv(tmp_path / "clips.csv", index=False)
    for table in (tmp_path / "clips.csv", frame.set_axis(list("uvwxyz"))):
        dataset = load_audio_table(table, **COLUMNS, fold_column="part", root=tmp_path, **columns)
        assert (dataset.data.shape, dataset.data.dtype) == ((6,), object)
        assert list(dataset.data) == [(str(tmp_path / row.clip), *expected(row)) for row in frame.itertuples()]
        assert {tuple(map(type, clip)) for clip in dataset.data} <= {
            (str, float, float),
            (str, float, type(None)),
        }
        np.testing.assert_array_equal(dataset.metadata["path"], [clip[0] for clip in dataset.data])


def test_segments_of_one_file_keep_their_folds_in_any_order_and_selection(tmp_path):
    touch(tmp_path, ROWS["clip"])
    dataset = load_audio_table(
        table_of(**SEGMENTS),
        **COLUMNS,
        fold_column="part",
        offset_column="start",
        duration_column="length",
        root=tmp_path,
    )
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data), SEGMENTS["part"])
    for rows in ([5, 3, 0, 1, 4, 2], [4, 1], [2, 2, 5, 0]):
        expected = np.asarray(SEGMENTS["part"])[rows]
        for X in (dataset.data[rows], list(dataset.data[rows]), pd.Series(list(dataset.data[rows]))):
            np.testing.assert_array_equal(dataset.cv.fold_of(X), expected)
            for fold, (train, test) in zip(np.unique(expected), dataset.cv.split(X)):
                np.testing.assert_array_equal(test, np.flatnonzero(expected == fold))
                np.testing.assert_array_equal(train, np.flatnonzero(expected != fold))


def test_segments_without_durations_keep_their_folds_after_a_random_split(tmp_path):
    touch(tmp_path, ROWS["clip"])
    dataset = load_audio_table(
        table_of(**SEGMENTS), **COLUMNS, fold_column="part", offset_column="start", root=tmp_path
    )
    kept, _, folds, _ = train_test_split(dataset.data, dataset.folds, test_size=2, random_state=0)
    assert {type(clip) for clip in kept} == {tuple}
    np.testing.assert_array_equal(dataset.cv.fold_of(kept), folds)


def test_segments_of_one_file_are_kept_together_by_groups(tmp_path):
    touch(tmp_path, [f"{k}.wav" for k in range(6)])
    frame = pd.DataFrame(
        {
            "file": [f"{k // 4}.wav" for k in range(24)],
            "sound": ["dog", "siren"] * 12,
            "start": [k % 4 for k in range(24)],
        }
    )
    dataset = load_audio_table(
        frame, path_column="file", label_column="sound", group_column="file", offset_column="start", root=tmp_path
    )
    assert dataset.cv.get_n_splits() == 5
    for train, test in dataset.cv.split(dataset.data):
        assert not {clip[0] for clip in dataset.data[train]} & {clip[0] for clip in dataset.data[test]}


@pytest.mark.parametrize(
    "columns", [{"offset_column": "start", "duration_column": "length"}, {"offset_column": "start"}]
)
def test_features_of_segments_are_those_of_what_is_read_there(recording, columns):
    frame = pd.DataFrame({"clip": recording.name, "sound": "x", "start": [0, 0.25, 2.5, 3], "length": [1, 0.5, 9, 1]})
    dataset = load_audio_table(
        frame.assign(part=[1, 1, 2, 2]), **COLUMNS, fold_column="part", root=recording.parent, **columns
    )
    parts = [
        load_audio(recording, offset=row.start, duration=row.length if "duration_column" in columns else None)
        for row in frame.itertuples()
    ]
    expected = MFCCTransformer(n_mfcc=13).fit_transform(parts)
    found = MFCCTransformer(n_mfcc=13).fit_transform(dataset.data)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert np.abs(found[0] - found[1]).max() > 0.1


def test_classifier_is_validated_on_segments_of_one_file(recording, tmp_path):
    starts = np.arange(16) / 4
    table = pd.DataFrame(
        {
            "clip": str(recording),
            "sound": ["tone" if start % 2 < 1 else "noise" for start in starts],
            "start": starts,
            "length": 0.25,
            "part": ["first" if start < 2 else "second" for start in starts],
        }
    )
    table.to_csv(tmp_path / "clips.csv", index=False)
    dataset = load_audio_table(
        tmp_path / "clips.csv", **COLUMNS, fold_column="part", offset_column="start", duration_column="length"
    )
    rows = np.random.default_rng(0).permutation(16)
    pipeline = make_audio_pipeline(classifier=KNeighborsClassifier(1))
    scores = cross_val_score(pipeline, dataset.data[rows], dataset.target[rows], cv=dataset.cv, error_score="raise")
    assert scores.tolist() == [1, 1]


# Errors


@pytest.mark.parametrize(
    "parameter",
    ["path_column", "label_column", "fold_column", "group_column", "offset_column", "duration_column"],
)
@pytest.mark.parametrize("form", ["file", "frame"])
def test_unknown_column_is_named_with_those_there_are(tmp_path, parameter, form):
    table = write(tmp_path) if form == "file" else table_of()
    with pytest.raises(DatasetError, match=r"has no column 'nothing'; it has clip, sound, part, day") as caught:
        load_audio_table(table, **{**COLUMNS, "fold_column": "part", parameter: "nothing"}, root=tmp_path)
    assert ("clips.csv" if form == "file" else "the frame") in str(caught.value)


@pytest.mark.parametrize("column", ["clip", "sound", "part", "day", "start"])
@pytest.mark.parametrize("form", ["csv", "tsv", "frame of None", "frame of text"])
def test_row_without_a_value_is_an_error_that_names_its_column_and_row(tmp_path, column, form):
    values = {**ROWS, "start": [0.0, 1.0, 2.0, 3.0]}
    empty = "" if form == "frame of text" else None
    values[column] = [*values[column][:2], empty, values[column][3]]
    table = table_of(**values) if form.startswith("frame") else write(tmp_path, f"clips.{form}", **values)
    with pytest.raises(DatasetError, match=rf"no value in column '{column}' for 1 rows, first row 2"):
        load_audio_table(table, **COLUMNS, fold_column="part", group_column="day", offset_column="start", root=tmp_path)


@pytest.mark.parametrize("column", ["start", "length"])
@pytest.mark.parametrize("value", ["1:30", "one", "2,5", "1 s"])
@pytest.mark.parametrize("form", ["file", "frame"])
def test_offsets_and_durations_that_are_no_numbers_are_an_error(tmp_path, column, value, form):
    columns = {"start": [0, 1, 2, 3], "length": [1, 1, 1, 1], column: [0, value, 2, 3]}
    table = write(tmp_path, **columns) if form == "file" else table_of(**columns)
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
    table = write(tmp_path, start=[0, 1, 2, 3]) if form == "file" else table_of(start=[0, 1, 2, 3])
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
        load_audio_table(write(tmp_path), **COLUMNS, fold_column="part", missing=missing)


# Recognition


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
    dataset = load_dataset(write(tmp_path, **columns), **COLUMNS, fold_column="part")
    paths = [str(tmp_path / path) for path in ROWS["clip"]]
    if expected is None:
        assert dataset.data.tolist() == paths
    else:
        assert list(dataset.data) == [(path, *segment) for path, segment in zip(paths, expected)]


def test_columns_that_are_named_come_before_those_that_are_found(tmp_path):
    table = write(tmp_path, file=["w", "x", "y", "z"], label=["w", "x", "y", "z"], fold=[1, 2, 3, 4])
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
        load_dataset(write(tmp_path), **COLUMNS, speaker_column="day")


def test_column_that_is_named_and_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="has no column 'nothing'; it has clip, sound, part, day"):
        load_dataset(write(tmp_path), path_column="nothing")


def test_missing_files_of_a_recognised_table_are_dropped_with_a_count(tmp_path):
    table = write(tmp_path)
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
