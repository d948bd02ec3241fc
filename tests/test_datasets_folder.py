"""`load_audio_folder`: a folder a class."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from folders import FOLDS_ABOVE, TOPMOST, class_folders, load_without_folds, names, write_files
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.utils import Bunch

from skaudio import make_audio_pipeline
from skaudio.datasets import load_audio_folder
from skaudio.exceptions import DatasetError, LeakageWarning

# Classes


@pytest.mark.parametrize("root_type", [str, Path])
def test_class_of_a_clip_is_the_name_of_its_folder(tmp_path, root_type):
    write_files(tmp_path, "siren/up.wav", "dog/bark.wav", "dog/growl.wav", "car horn/new york.wav", "siren/down.wav")
    dataset = load_without_folds(root_type(tmp_path))
    expected = ["car horn/new york.wav", "dog/bark.wav", "dog/growl.wav", "siren/down.wav", "siren/up.wav"]
    assert names(dataset, tmp_path) == expected
    assert dataset.target.tolist() == ["car horn", "dog", "dog", "siren", "siren"]
    assert dataset.target_names.tolist() == ["car horn", "dog", "siren"]


def test_folder_of_classes_is_a_bunch_of_clips_and_labels(tmp_path):
    dataset = load_without_folds(write_files(tmp_path, *class_folders(dog=3, siren=3)))
    assert isinstance(dataset, Bunch)
    assert set(dataset) == {"data", "target", "target_names", "folds", "groups", "metadata", "cv", "DESCR"}
    assert (dataset.data.shape, dataset.data.dtype) == ((6,), object)
    assert {type(path) for path in dataset.data} == {str}
    assert (dataset.target.shape, dataset.target.dtype.kind) == ((6,), "U")
    np.testing.assert_array_equal(dataset.metadata.index, range(6))
    np.testing.assert_array_equal(dataset.metadata["path"], dataset.data)
    assert repr(str(tmp_path)) in dataset.DESCR


def test_folder_may_be_named_from_the_current_one(tmp_path, monkeypatch):
    write_files(tmp_path / "sounds", *FOLDS_ABOVE)
    monkeypatch.chdir(tmp_path)
    for root in ("sounds", "sounds/", "./sounds"):
        dataset = load_audio_folder(root)
        assert names(dataset, root) == FOLDS_ABOVE
        assert dataset.folds.tolist() == [1, 1, 2, 2, 2]


def test_sounds_deeper_in_a_class_belong_to_it(tmp_path):
    write_files(tmp_path, "dog/1.wav", "dog/day/walk/2.wav", "dog/day/3.wav", "siren/night/4.wav", "siren/dog/5.wav")
    dataset = load_without_folds(tmp_path)
    assert dict(zip(names(dataset, tmp_path), dataset.target)) == {
        "dog/1.wav": "dog",
        "dog/day/walk/2.wav": "dog",
        "dog/day/3.wav": "dog",
        "siren/night/4.wav": "siren",
        "siren/dog/5.wav": "siren",
    }


@pytest.mark.parametrize(
    "files, expected",
    [
        (["dog/10.wav", "dog/2.wav", "dog/1.wav"], ["dog/1.wav", "dog/2.wav", "dog/10.wav"]),
        (
            ["dog/b1.wav", "dog/A10.wav", "dog/a9.wav", "dog/a09.wav"],
            ["dog/a09.wav", "dog/a9.wav", "dog/A10.wav", "dog/b1.wav"],
        ),
        (
            ["kind 10/1.wav", "kind 9/1.wav", "kind 9/2.wav"],
            ["kind 9/1.wav", "kind 9/2.wav", "kind 10/1.wav"],
        ),
        (
            ["dog/take 10/1.wav", "dog/take 9/2-10.wav", "dog/take 9/2-9.wav"],
            ["dog/take 9/2-9.wav", "dog/take 9/2-10.wav", "dog/take 10/1.wav"],
        ),
        (["10/x.wav", "9/x.wav", "9/y.wav", "a/x.wav"], ["9/x.wav", "9/y.wav", "10/x.wav", "a/x.wav"]),
        (["dog/bark.wav", "dog/bark 2.wav", "dog/2.wav"], ["dog/2.wav", "dog/bark 2.wav", "dog/bark.wav"]),
        (["dog2/1.wav", "dog/1.wav", "dog/2.wav"], ["dog/1.wav", "dog/2.wav", "dog2/1.wav"]),
        (["dog/take2/1.wav", "dog/take/1.wav"], ["dog/take/1.wav", "dog/take2/1.wav"]),
    ],
    ids=[
        "files",
        "case",
        "classes",
        "deeper",
        "numbers as classes",
        "with and without a number",
        "class with and without a number",
        "deeper with and without a number",
    ],
)
def test_clips_are_in_natural_order(tmp_path, files, expected):
    write_files(tmp_path, *files)
    assert names(load_without_folds(tmp_path, TOPMOST), tmp_path) == expected


def test_order_of_clips_is_not_that_of_their_writing(tmp_path):
    files = class_folders(siren=11, dog=11)
    for root, written in [(tmp_path / "a", files), (tmp_path / "b", files[::-1])]:
        write_files(root, *written)
    first, second = load_without_folds(tmp_path / "a"), load_without_folds(tmp_path / "b")
    assert names(first, tmp_path / "a") == names(second, tmp_path / "b")
    np.testing.assert_array_equal(first.cv.fold_of(first.data), second.cv.fold_of(second.data))


# What is a clip


@pytest.mark.parametrize(
    "name",
    [".2.wav", "._1.wav", ".cache/2.wav", "deep/.cache/2.wav", "deep/.2.wav"],
)
def test_hidden_files_and_folders_in_a_class_are_skipped(tmp_path, name):
    write_files(tmp_path, "dog/1.wav", "dog/3.wav", f"dog/{name}")
    assert names(load_without_folds(tmp_path, TOPMOST), tmp_path) == ["dog/1.wav", "dog/3.wav"]


def test_hidden_folders_are_no_classes_and_no_folds(tmp_path):
    write_files(tmp_path, *FOLDS_ABOVE, ".git/hook.wav", "fold1/.cache/1.wav", ".fold3/dog/1.wav")
    dataset = load_audio_folder(tmp_path)
    assert names(dataset, tmp_path) == FOLDS_ABOVE
    assert dataset.target_names.tolist() == ["dog", "siren"]


@pytest.mark.parametrize(
    "name",
    ["1.txt", "1.csv", "1.json", "1.png", "1.wav.txt", "1.wavx", "1.npy", "wav", "mp3", "1", "1.pdf", "Thumbs.db"],
)
def test_files_with_other_endings_are_skipped(tmp_path, name):
    write_files(tmp_path, "dog/a.wav", "dog/b.wav", f"dog/{name}", f"dog/deep/{name}", name)
    assert names(load_without_folds(tmp_path, TOPMOST), tmp_path) == ["dog/a.wav", "dog/b.wav"]


@pytest.mark.parametrize(
    "name",
    [
        "1.wav",
        "1.WAV",
        "1.Wav",
        "1.flac",
        "1.ogg",
        "1.OPUS",
        "1.mp3",
        "1.MP3",
        "1.aiff",
        "1.AIF",
        "1.au",
        "1.w64",
        "1.m4a",
        "1.M4A",
        "1.wma",
        "1.amr",
        "1.WebM",
        "1.wv",
        "1.backup.wav",
        "ü ß.wav",
    ],
)
def test_files_with_endings_of_sound_are_clips_whether_they_are_decoded_here_or_not(tmp_path, name):
    write_files(tmp_path, "dog/0.wav", f"dog/{name}")
    assert names(load_without_folds(tmp_path, TOPMOST), tmp_path) == ["dog/0.wav", f"dog/{name}"]


def test_folder_with_the_ending_of_a_sound_is_no_clip(tmp_path):
    write_files(tmp_path, "dog/0.wav", "dog/set.wav/1.wav", "dog/empty.wav/")
    assert names(load_without_folds(tmp_path, TOPMOST), tmp_path) == ["dog/0.wav", "dog/set.wav/1.wav"]


# Errors


@pytest.mark.parametrize(
    "files",
    [
        [],
        ["dog/"],
        ["dog/notes.txt", "readme.md"],
        ["dog/.1.wav", ".dog/1.wav"],
        ["fold1/dog/", "fold2/siren/"],
        ["dog/fold1/", "dog/fold2/notes.txt"],
    ],
    ids=["empty", "empty class", "other files", "hidden", "folds above", "folds below"],
)
def test_folder_without_sounds_is_an_error_that_says_what_is_expected(tmp_path, files):
    with pytest.raises(DatasetError, match=r"no sound files in it; root/CLASS/SOUND\.wav is expected") as caught:
        load_audio_folder(write_files(tmp_path, *files))
    assert repr(str(tmp_path)) in str(caught.value)


@pytest.mark.parametrize(
    "files",
    [["dog.wav", "siren.wav"], ["dog.wav", "empty/"], ["fold1/1.wav", "fold2/2.wav"]],
    ids=["no folders", "beside a folder", "folds alone"],
)
def test_sounds_in_no_class_are_an_error_that_says_what_is_expected(tmp_path, files):
    with pytest.raises(DatasetError, match=r"no folder of a class; root/CLASS/SOUND\.wav is expected") as caught:
        load_audio_folder(write_files(tmp_path, *files))
    assert repr(str(tmp_path)) in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere", "file.wav"])
def test_what_is_no_folder_is_named(tmp_path, name):
    (tmp_path / "file.wav").touch()
    with pytest.raises(DatasetError, match=r"there is no folder .*expected") as caught:
        load_audio_folder(tmp_path / name)
    assert repr(str(tmp_path / name)) in str(caught.value)


@pytest.mark.parametrize(
    "files, empty",
    [
        (["cat/"], "cat"),
        (["cat/notes.txt", "cat/.1.wav"], "cat"),
        (["cat/deep/deeper/"], "cat"),
        (["siren/fold1/", "siren/fold2/1.wav"], os.path.join("siren", "fold1")),
    ],
)
def test_folder_of_a_class_without_sounds_is_warned_of_and_is_no_class(tmp_path, files, empty):
    write_files(tmp_path, "dog/fold1/1.wav", "dog/fold2/2.wav", "cow/fold1/1.wav", *files)
    with pytest.warns(UserWarning, match=r"^1 folders of .*hold no sound files") as caught:
        dataset = load_audio_folder(tmp_path)
    assert len(caught) == 1
    assert str(caught[0].message).endswith(f": {empty}")
    assert not issubclass(caught[0].category, LeakageWarning)
    assert "cat" not in dataset.target_names


def test_all_folders_without_sounds_are_named_in_one_warning(tmp_path):
    write_files(tmp_path, "dog/fold1/1.wav", "dog/fold2/2.wav", "cow/fold1/1.wav", "kind 10/", "kind 9/", "cat/")
    with pytest.warns(UserWarning, match=r"^3 folders of .*: cat, kind 9, kind 10$") as caught:
        load_audio_folder(tmp_path)
    assert len(caught) == 1


# In use


@pytest.mark.parametrize("layout", ["{label}/{k}.wav", "fold{fold}/{label}/{k}.wav"])
def test_classifier_is_searched_over_the_folds_of_a_folder(tmp_path, layout):
    rng = np.random.default_rng(0)
    time = np.arange(4000) / 8000
    for k in range(6):
        sounds = {
            "tone": np.sin(2 * np.pi * rng.uniform(300, 600) * time) * rng.uniform(0.3, 0.9),
            "noise": rng.uniform(-0.5, 0.5, len(time)),
        }
        for label, samples in sounds.items():
            path = tmp_path / layout.format(label=label, k=k, fold=k % 3 + 1)
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, samples, 8000)
    dataset = load_audio_folder(tmp_path) if "fold" in layout else load_without_folds(tmp_path)
    pipeline = make_audio_pipeline(classifier=GaussianNB())
    search = GridSearchCV(pipeline, {"features__n_mfcc": [13, 20]}, cv=dataset.cv, error_score="raise")
    rows = rng.permutation(12)
    search.fit(dataset.data[rows], dataset.target[rows])
    assert search.n_splits_ == (3 if "fold" in layout else 5)
    assert search.best_score_ == 1
    np.testing.assert_array_equal(search.predict(dataset.data), dataset.target)
