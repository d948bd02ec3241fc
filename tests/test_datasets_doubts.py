"""Folders whose classes would be a guess are refused with what was probably meant, and clips listed twice."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest
from folders import TOPMOST, class_folders, load_without_folds, write_files
from layouts import write_esc50, write_urbansound8k
from tables import COLUMNS, table_of, touch

from skaudio.datasets import load_audio_folder, load_audio_table, load_dataset, make_urban_sounds
from skaudio.exceptions import DatasetError, LeakageWarning

WRONG = {
    "parent of classes": (
        ["dataset/dog/1.wav", "dataset/dog/2.wav", "dataset/cow/1.wav"],
        r"all 3 sounds of .* lie in one folder, 'dataset'.*were the folders cow, dog meant\? Then load '.*dataset'",
    ),
    "parent of names that tell": (
        [f"recordings/{k}_anna_{n}.wav" for k in range(3) for n in range(2)],
        r"one folder, 'recordings'.*names of the files tell the classes, as '0_anna_0' may.*"
        r"pattern='\{label\}_\{group\}_\{n\}'",
    ),
    "folds without classes": (
        ["audio/fold1/a.wav", "audio/fold2/b.wav"],
        r"one folder, 'audio'.*were the folders fold1, fold2 meant",
    ),
    "several datasets": (
        [f"{place}/{label}/1.wav" for place, labels in {"farm": ("cow", "hen"), "town": ("bus", "car", "tram")}.items()
         for label in labels],
        r"folders farm, town of .* holds folders of its own, as 'farm' holds cow, hen.*which of them are the classes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_folders_that_may_be_anything_are_refused_with_what_was_meant(tmp_path, kind):
    files, words = WRONG[kind]
    write_files(tmp_path, *files)
    for load in (load_audio_folder, load_dataset):
        with pytest.raises(DatasetError, match=words) as caught:
            load(tmp_path)
        assert TOPMOST in str(caught.value)
    dataset = load_without_folds(tmp_path, TOPMOST)
    assert dataset.target_names.tolist() == sorted({name.partition("/")[0] for name in files})


def test_folders_below_classes_are_groups_or_classes_where_a_pattern_says_so(tmp_path):
    write_files(tmp_path, *(f"{a}/{b}/{n}.wav" for a in ("x", "y") for b in (f"{a}1", f"{a}2") for n in (1, 2)))
    dataset = load_audio_folder(tmp_path, pattern="{label}/{group}/{rest:.+}")
    assert (dataset.target_names.tolist(), len(np.unique(dataset.groups))) == (["x", "y"], 4)
    dataset = load_without_folds(tmp_path, "{dataset}/{label}/{rest:.+}")
    assert dataset.target_names.tolist() == ["x1", "x2", "y1", "y2"]


@pytest.mark.parametrize("write, table", [(write_urbansound8k, "UrbanSound8K.csv"), (write_esc50, "esc50.csv")])
def test_a_dataset_among_the_folders_is_named(tmp_path, write, table):
    write(tmp_path / "inner")
    write_files(tmp_path, *class_folders(dog=3))
    with pytest.raises(
        DatasetError, match=rf"inner' is a dataset of its own, with the table '.*{table}': load '.*inner'"
    ):
        load_dataset(tmp_path)
    with pytest.raises(DatasetError, match=rf"dataset of its own, with the table '.*{table}'"):
        load_audio_folder(tmp_path / "inner")


@pytest.mark.parametrize("name", ["labels.csv", "meta/labels.tsv", "labels.jsonl"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_table_that_says_something_else_than_the_folders_is_named(tmp_path, name, whole):
    write_files(tmp_path, *(f"{part}/{k}{part}.wav" for part in ("one", "two") for k in range(4)))
    listed = [f"{k}{part}{'.wav' if whole else ''}" for part in ("one", "two") for k in range(4)]
    table = pd.DataFrame({"clip": listed, "n": range(8), "what": ["cow", "hen"] * 4})
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if name.endswith("jsonl"):
        table.to_json(path, orient="records", lines=True)
    else:
        table.to_csv(path, index=False, sep="\t" if name.endswith("tsv") else ",")
    with pytest.raises(
        DatasetError, match=r"'.*labels.*' lists the sounds of .* in its column 'clip'.*Load that table"
    ):
        load_audio_folder(tmp_path)
    assert load_without_folds(tmp_path, TOPMOST).target_names.tolist() == ["one", "two"]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"path": ["dog/0.wav", "cow/1.wav"], "x": [1, 2], "label": ["dog", "cow"]}),
        pd.DataFrame({"path": ["elsewhere/9.wav"], "label": ["hen"]}),
        pd.DataFrame({"name": ["anything"], "value": [3]}),
        pd.DataFrame(columns=["path"]),
    ],
    ids=["agrees", "other sounds", "no sounds", "empty"],
)
def test_a_table_that_says_nothing_else_is_no_doubt(tmp_path, table):
    write_files(tmp_path, "dog/0.wav", "dog/2.wav", "cow/1.wav", "cow/3.wav")
    table.to_csv(tmp_path / "features.csv", index=False)
    assert load_without_folds(tmp_path).target_names.tolist() == ["cow", "dog"]


def test_sounds_in_no_folder_are_told_of_patterns(tmp_path):
    with pytest.raises(DatasetError, match=r"no folder of a class.*or a pattern of what the names tell, such as"):
        load_dataset(write_files(tmp_path, "7_anna_1.wav", "8_anna_2.wav"))


def test_one_file_under_two_labels_by_links_is_refused(tmp_path):
    write_files(tmp_path, "dog/1.wav", "cow/1.wav")
    os.symlink(tmp_path / "dog" / "1.wav", tmp_path / "cow" / "2.wav")
    with pytest.raises(DatasetError, match=r"cow/2\.wav' and '.*dog/1\.wav' are one file, under the labels 'cow' and"):
        load_audio_folder(tmp_path)


# Rows that stand there twice


def test_rows_that_repeat_a_clip_are_counted_and_kept_together(tmp_path):
    names = [f"{k}.wav" for k in range(10)]
    touch(tmp_path, names)
    frame = table_of(clip=names + names[:4], sound=["dog", "cow"] * 7, part=None, day=None)
    with (
        pytest.warns(UserWarning, match="4 of the 14 rows of the frame repeat a clip"),
        pytest.warns(LeakageWarning, match="stratified by class and keep each file together"),
    ):
        dataset = load_audio_table(frame, **COLUMNS, root=tmp_path)
    folds = dataset.cv.fold_of(dataset.data)
    assert (folds[:4] == folds[10:]).all()
    assert "stratified by class and keep each file together" in dataset.DESCR


def test_a_clip_in_two_folds_is_refused_when_it_is_loaded(tmp_path):
    frame = table_of(clip=["a.wav", "b.wav", "a.wav", "b.wav"], sound=["dog", "cow"] * 2)
    touch(tmp_path, ["a.wav", "b.wav"])
    with pytest.raises(DatasetError, match=r"a\.wav' stands in rows 0 and 2, in the folds 1 and 2; a clip is in one"):
        load_audio_table(frame, **COLUMNS, fold_column="part", root=tmp_path)


def test_parts_of_one_file_are_kept_together_where_nothing_else_is_known(tmp_path):
    names = [f"{k}.wav" for k in range(6)]
    touch(tmp_path, names)
    frame = pd.DataFrame({"clip": names * 4, "sound": ["dog", "cow"] * 12, "start": np.arange(24) // 6})
    with pytest.warns(LeakageWarning, match="keep each file together"):
        dataset = load_audio_table(frame, **COLUMNS, offset_column="start", root=tmp_path)
    for train, test in dataset.cv.split(dataset.data):
        assert not {clip[0] for clip in dataset.data[train]} & {clip[0] for clip in dataset.data[test]}


def test_the_synthetic_dataset_and_its_parent_are_told_apart(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_urban_sounds(tmp_path / "urban", n_per_class=2)
        load_dataset(tmp_path / "urban")
    with pytest.raises(DatasetError, match="urban' is a dataset of its own"):
        load_dataset(tmp_path)
