import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.utils import Bunch

from skaudio import make_audio_pipeline
from skaudio.datasets import load_audio_folder
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import PredefinedFolds

FOLDS_ABOVE = ["fold1/dog/1.wav", "fold1/siren/1.wav", "fold2/dog/1.wav", "fold2/dog/2.wav", "fold2/siren/1.wav"]


def write(root, *names):
    """Write empty files; a name that ends in a slash is an empty folder."""
    for name in names:
        if name.endswith("/"):
            (root / name).mkdir(parents=True)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
    return root


def names(dataset, root):
    return [Path(path).relative_to(root).as_posix() for path in dataset.data]


def load_without_folds(root):
    with pytest.warns(LeakageWarning) as caught:
        dataset = load_audio_folder(root)
    assert len(caught) == 1
    return dataset


def class_folders(**n_clips):
    return [f"{label}/{k}.wav" for label, n in n_clips.items() for k in range(n)]


# Classes


@pytest.mark.parametrize("root_type", [str, Path])
def test_class_of_a_clip_is_the_name_of_its_folder(tmp_path, root_type):
    write(tmp_path, "siren/up.wav", "dog/bark.wav", "dog/growl.wav", "car horn/new york.wav", "siren/down.wav")
    dataset = load_without_folds(root_type(tmp_path))
    expected = ["car horn/new york.wav", "dog/bark.wav", "dog/growl.wav", "siren/down.wav", "siren/up.wav"]
    assert names(dataset, tmp_path) == expected
    assert dataset.target.tolist() == ["car horn", "dog", "dog", "siren", "siren"]
    assert dataset.target_names.tolist() == ["car horn", "dog", "siren"]


def test_folder_of_classes_is_a_bunch_of_clips_and_labels(tmp_path):
    dataset = load_without_folds(write(tmp_path, *class_folders(dog=3, siren=3)))
    assert isinstance(dataset, Bunch)
    assert set(dataset) == {"data", "target", "target_names", "folds", "groups", "metadata", "cv", "DESCR"}
    assert (dataset.data.shape, dataset.data.dtype) == ((6,), object)
    assert {type(path) for path in dataset.data} == {str}
    assert (dataset.target.shape, dataset.target.dtype.kind) == ((6,), "U")
    np.testing.assert_array_equal(dataset.metadata.index, range(6))
    np.testing.assert_array_equal(dataset.metadata["path"], dataset.data)
    assert repr(str(tmp_path)) in dataset.DESCR


def test_folder_may_be_named_from_the_current_one(tmp_path, monkeypatch):
    write(tmp_path / "sounds", *FOLDS_ABOVE)
    monkeypatch.chdir(tmp_path)
    for root in ("sounds", "sounds/", "./sounds"):
        dataset = load_audio_folder(root)
        assert names(dataset, root) == FOLDS_ABOVE
        assert dataset.folds.tolist() == [1, 1, 2, 2, 2]


def test_sounds_deeper_in_a_class_belong_to_it(tmp_path):
    write(tmp_path, "dog/1.wav", "dog/day/walk/2.wav", "dog/day/3.wav", "siren/night/4.wav", "siren/dog/5.wav")
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
    write(tmp_path, *files)
    assert names(load_without_folds(tmp_path), tmp_path) == expected


def test_order_of_clips_is_not_that_of_their_writing(tmp_path):
    files = class_folders(siren=11, dog=11)
    for root, written in [(tmp_path / "a", files), (tmp_path / "b", files[::-1])]:
        write(root, *written)
    first, second = load_without_folds(tmp_path / "a"), load_without_folds(tmp_path / "b")
    assert names(first, tmp_path / "a") == names(second, tmp_path / "b")
    np.testing.assert_array_equal(first.cv.fold_of(first.data), second.cv.fold_of(second.data))


# What is a clip


@pytest.mark.parametrize(
    "name",
    [".2.wav", "._1.wav", ".cache/2.wav", "deep/.cache/2.wav", "deep/.2.wav"],
)
def test_hidden_files_and_folders_in_a_class_are_skipped(tmp_path, name):
    write(tmp_path, "dog/1.wav", "dog/3.wav", f"dog/{name}")
    assert names(load_without_folds(tmp_path), tmp_path) == ["dog/1.wav", "dog/3.wav"]


def test_hidden_folders_are_no_classes_and_no_folds(tmp_path):
    write(tmp_path, *FOLDS_ABOVE, ".git/hook.wav", "fold1/.cache/1.wav", ".fold3/dog/1.wav")
    dataset = load_audio_folder(tmp_path)
    assert names(dataset, tmp_path) == FOLDS_ABOVE
    assert dataset.target_names.tolist() == ["dog", "siren"]


@pytest.mark.parametrize(
    "name",
    ["1.txt", "1.csv", "1.json", "1.png", "1.wav.txt", "1.wavx", "1.npy", "wav", "mp3", "1", "1.pdf", "Thumbs.db"],
)
def test_files_with_other_endings_are_skipped(tmp_path, name):
    write(tmp_path, "dog/a.wav", "dog/b.wav", f"dog/{name}", f"dog/deep/{name}", name)
    assert names(load_without_folds(tmp_path), tmp_path) == ["dog/a.wav", "dog/b.wav"]


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
        "1.backup.wav",
        "ü ß.wav",
    ],
)
def test_files_with_endings_of_sound_are_clips_whether_they_are_decoded_here_or_not(tmp_path, name):
    write(tmp_path, "dog/0.wav", f"dog/{name}")
    assert names(load_without_folds(tmp_path), tmp_path) == ["dog/0.wav", f"dog/{name}"]


def test_folder_with_the_ending_of_a_sound_is_no_clip(tmp_path):
    write(tmp_path, "dog/0.wav", "dog/set.wav/1.wav", "dog/empty.wav/")
    assert names(load_without_folds(tmp_path), tmp_path) == ["dog/0.wav", "dog/set.wav/1.wav"]


# Folds


@pytest.mark.parametrize(
    "first, second, last",
    [
        ("fold1", "fold2", "fold10"),
        ("Fold_1", "Fold_2", "Fold_10"),
        ("fold 1", "fold 2", "fold 10"),
        ("FOLD-1", "FOLD-2", "FOLD-10"),
        ("fold01", "fold02", "fold10"),
        ("fold1", "Fold_2", "fold 10"),
    ],
)
@pytest.mark.parametrize("layout", ["{fold}/{label}/{name}", "{label}/{fold}/{name}", "{fold}/{label}/deep/{name}"])
def test_folders_of_folds_above_or_below_the_classes_are_the_folds(tmp_path, layout, first, second, last):
    clips = [
        (fold, label, name)
        for fold in (first, second, last)
        for label in ("dog", "siren")
        for name in ("1.wav", "2.wav")
    ]
    files = {layout.format(fold=fold, label=label, name=name): (fold, label) for fold, label, name in clips}
    dataset = load_audio_folder(write(tmp_path, *files))
    found = names(dataset, tmp_path)
    assert sorted(found) == sorted(files)
    number = {first: 1, second: 2, last: 10}
    assert dataset.folds.tolist() == [number[files[name][0]] for name in found]
    assert dataset.folds.dtype.kind == "i"
    assert dataset.target.tolist() == [files[name][1] for name in found]
    assert dataset.target_names.tolist() == ["dog", "siren"]
    assert dataset.groups is None
    np.testing.assert_array_equal(dataset.metadata["fold"], dataset.folds)


@pytest.mark.parametrize("layout", ["{fold}/dog/x.wav", "dog/{fold}/x.wav"])
def test_folds_are_in_natural_order(tmp_path, layout):
    files = [layout.format(fold=f"fold{number}") for number in (10, 9, 1, 2, 11)]
    dataset = load_audio_folder(write(tmp_path, *files))
    assert dataset.folds.tolist() == [1, 2, 9, 10, 11]
    assert [dataset.folds[test].tolist() for _, test in dataset.cv.split(dataset.data)] == [[1], [2], [9], [10], [11]]


def test_folds_above_and_folds_below_the_classes_split_alike(tmp_path):
    above = load_audio_folder(write(tmp_path / "above", *FOLDS_ABOVE))
    swapped = ["/".join([label, fold, name]) for fold, label, name in (file.split("/") for file in FOLDS_ABOVE)]
    below = load_audio_folder(write(tmp_path / "below", *swapped))
    for dataset in (above, below):
        assert isinstance(dataset.cv, PredefinedFolds)
        assert dataset.cv.get_n_splits() == 2
        for fold, (train, test) in zip((1, 2), dataset.cv.split(dataset.data)):
            assert set(dataset.folds[test]) == {fold}
            assert set(dataset.folds[train]) == {3 - fold}


def test_clips_of_one_name_in_several_folders_are_different_clips_with_folds_of_their_own(tmp_path):
    files = [f"fold{fold}/{label}/{name}.wav" for fold in (1, 2, 3) for label in ("dog", "siren") for name in "ab"]
    dataset = load_audio_folder(write(tmp_path, *files))
    assert len(set(dataset.data)) == 12
    rows = np.random.default_rng(0).permutation(12)
    expected = [int(Path(path).parents[1].name[-1]) for path in dataset.data[rows]]
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data[rows]), expected)
    tests = [test for _, test in dataset.cv.split(dataset.data[rows])]
    assert [set(dataset.folds[rows][test]) for test in tests] == [{1}, {2}, {3}]


@pytest.mark.parametrize("folder", ["folder1", "unfold1", "fold", "fold1b", "fold__1", "1fold", "fold1.5", "foldone"])
def test_folders_of_other_names_are_classes_and_no_folds(tmp_path, folder):
    dataset = load_without_folds(write(tmp_path, f"{folder}/1.wav", f"{folder}/2.wav"))
    assert dataset.folds is None
    assert dataset.target.tolist() == [folder] * 2


@pytest.mark.parametrize(
    "files, lost",
    [
        (["dog/fold1/1.wav", "dog/fold2/2.wav", "siren/3.wav", "siren/4.wav"], "3.wav"),
        (["dog/fold1/1.wav", "dog/fold2/2.wav", "siren/fold1/3.wav", "siren/rest/4.wav"], "4.wav"),
        (["dog/fold1/1.wav", "dog/fold2/2.wav", "siren/fold1/3.wav", "siren/fold2/4.wav", "dog/5.wav"], "5.wav"),
        (["fold1/dog/1.wav", "fold2/dog/2.wav", "siren/3.wav", "siren/4.wav"], "3.wav"),
    ],
    ids=["class without folds", "fold beside another folder", "clip beside folds", "class beside folds"],
)
def test_clips_in_no_fold_where_others_are_in_folds_are_an_error_that_names_one(tmp_path, files, lost):
    with pytest.raises(DatasetError, match="in no fold") as caught:
        load_audio_folder(write(tmp_path, *files))
    assert str(tmp_path) in str(caught.value)
    assert lost in str(caught.value)


# Folds where there are none


def test_without_folds_a_warning_says_why_and_where_it_comes_from(tmp_path):
    write(tmp_path, *class_folders(dog=6, siren=6))
    with pytest.warns(LeakageWarning, match=r"recording.*training and test share recordings.*groups") as caught:
        dataset = load_audio_folder(tmp_path)
    assert [warning.filename for warning in caught] == [__file__]
    assert dataset.folds is None
    assert dataset.groups is None
    assert "fold" not in dataset.metadata.columns
    assert "5 folds are stratified by class alone" in dataset.DESCR
    assert "training and test share recordings" in dataset.DESCR


@pytest.mark.filterwarnings("error::skaudio.exceptions.LeakageWarning")
def test_with_folds_nothing_is_warned_of(tmp_path):
    dataset = load_audio_folder(write(tmp_path, *FOLDS_ABOVE))
    assert "stratified" not in dataset.DESCR


@pytest.mark.parametrize(
    "n_clips", [{"dog": 5, "siren": 5}, {"dog": 7, "siren": 23, "cat": 12}, {"dog": 10, "siren": 50}]
)
def test_folds_of_a_folder_without_any_spread_each_class_evenly(tmp_path, n_clips):
    dataset = load_without_folds(write(tmp_path, *class_folders(**n_clips)))
    assert isinstance(dataset.cv, PredefinedFolds)
    splits = list(dataset.cv.split(dataset.data, dataset.target))
    assert len(splits) == dataset.cv.get_n_splits() == 5
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.arange(len(dataset.data)))
    for label, n in n_clips.items():
        per_fold = [int(np.sum(dataset.target[test] == label)) for _, test in splits]
        assert min(per_fold) >= n // 5
        assert max(per_fold) <= -(-n // 5)


def test_folds_of_a_folder_without_any_do_not_follow_the_order_of_clips(tmp_path):
    dataset = load_without_folds(write(tmp_path, *class_folders(dog=50, siren=50)))
    folds = dataset.cv.fold_of(dataset.data)[dataset.target == "dog"]
    assert folds.tolist() != sorted(folds)
    assert folds.tolist() != list(folds[:5]) * 10


def test_shuffled_part_of_a_folder_without_folds_keeps_its_folds(tmp_path):
    dataset = load_without_folds(write(tmp_path, *class_folders(dog=11, siren=14)))
    folds = dataset.cv.fold_of(dataset.data)
    rows = np.random.default_rng(1).permutation(25)[:17]
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data[rows]), folds[rows])
    for train, test in dataset.cv.split(dataset.data[rows]):
        assert not set(folds[rows][train]) & set(folds[rows][test])
    np.testing.assert_array_equal(load_without_folds(tmp_path).cv.fold_of(dataset.data[rows]), folds[rows])


@pytest.mark.parametrize("smallest, n_folds", [(1, 2), (2, 2), (3, 3), (4, 4), (5, 5), (6, 5)])
def test_class_of_few_clips_makes_fewer_folds(tmp_path, smallest, n_folds):
    dataset = load_without_folds(write(tmp_path, *class_folders(dog=smallest, siren=9)))
    assert dataset.cv.get_n_splits() == len(list(dataset.cv.split(dataset.data))) == n_folds
    assert f"{n_folds} folds are stratified" in dataset.DESCR
    for _, test in dataset.cv.split(dataset.data):
        assert np.sum(dataset.target[test] == "dog") <= -(-smallest // n_folds)


def test_one_clip_a_class_is_a_dataset_without_cross_validation(tmp_path):
    dataset = load_audio_folder(write(tmp_path, "dog/1.wav", "siren/1.wav", "cat/1.wav"))
    assert dataset.cv is None
    assert dataset.folds is None
    assert dataset.target.tolist() == ["cat", "dog", "siren"]
    assert "nothing to cross-validate on" in dataset.DESCR


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
        load_audio_folder(write(tmp_path, *files))
    assert repr(str(tmp_path)) in str(caught.value)


@pytest.mark.parametrize(
    "files",
    [["dog.wav", "siren.wav"], ["dog.wav", "empty/"], ["fold1/1.wav", "fold2/2.wav"]],
    ids=["no folders", "beside a folder", "folds alone"],
)
def test_sounds_in_no_class_are_an_error_that_says_what_is_expected(tmp_path, files):
    with pytest.raises(DatasetError, match=r"no folder of a class; root/CLASS/SOUND\.wav is expected") as caught:
        load_audio_folder(write(tmp_path, *files))
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
    write(tmp_path, "dog/fold1/1.wav", "dog/fold2/2.wav", *files)
    with pytest.warns(UserWarning, match=r"^1 folders of .*hold no sound files") as caught:
        dataset = load_audio_folder(tmp_path)
    assert len(caught) == 1
    assert str(caught[0].message).endswith(f": {empty}")
    assert not issubclass(caught[0].category, LeakageWarning)
    assert "cat" not in dataset.target_names


def test_all_folders_without_sounds_are_named_in_one_warning(tmp_path):
    write(tmp_path, "dog/fold1/1.wav", "dog/fold2/2.wav", "kind 10/", "kind 9/", "cat/")
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
