"""Folds of a folder of classes: those that it has, and those that it is given."""

from pathlib import Path

import numpy as np
import pytest
from folders import FOLDS_ABOVE, class_folders, load_without_folds, names, write_files

from skaudio.datasets import load_audio_folder
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import PredefinedFolds

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
    dataset = load_audio_folder(write_files(tmp_path, *files))
    found = names(dataset, tmp_path)
    assert sorted(found) == sorted(files)
    number = {first: 1, second: 2, last: 10}
    assert dataset.folds.tolist() == [number[files[name][0]] for name in found]
    assert dataset.folds.dtype.kind == "i"
    assert dataset.target.tolist() == [files[name][1] for name in found]
    assert dataset.target_names.tolist() == ["dog", "siren"]
    assert dataset.groups is None
    np.testing.assert_array_equal(dataset.metadata["fold"], dataset.folds)


@pytest.mark.parametrize("layout", ["{fold}/{label}/x.wav", "{label}/{fold}/x.wav"])
def test_folds_are_in_natural_order(tmp_path, layout):
    files = [layout.format(fold=f"fold{k}", label=label) for k in (10, 9, 1, 2, 11) for label in ("dog", "cow")]
    dataset = load_audio_folder(write_files(tmp_path, *files))
    assert dataset.folds[dataset.target == "dog"].tolist() == [1, 2, 9, 10, 11]
    tests = [dataset.folds[test].tolist() for _, test in dataset.cv.split(dataset.data)]
    assert tests == [[1] * 2, [2] * 2, [9] * 2, [10] * 2, [11] * 2]


def test_folds_above_and_folds_below_the_classes_split_alike(tmp_path):
    above = load_audio_folder(write_files(tmp_path / "above", *FOLDS_ABOVE))
    swapped = ["/".join([label, fold, name]) for fold, label, name in (file.split("/") for file in FOLDS_ABOVE)]
    below = load_audio_folder(write_files(tmp_path / "below", *swapped))
    for dataset in (above, below):
        assert isinstance(dataset.cv, PredefinedFolds)
        assert dataset.cv.get_n_splits() == 2
        for fold, (train, test) in zip((1, 2), dataset.cv.split(dataset.data)):
            assert set(dataset.folds[test]) == {fold}
            assert set(dataset.folds[train]) == {3 - fold}


def test_clips_of_one_name_in_several_folders_are_different_clips_with_folds_of_their_own(tmp_path):
    files = [f"fold{fold}/{label}/{name}.wav" for fold in (1, 2, 3) for label in ("dog", "siren") for name in "ab"]
    dataset = load_audio_folder(write_files(tmp_path, *files))
    assert len(set(dataset.data)) == 12
    rows = np.random.default_rng(0).permutation(12)
    expected = [int(Path(path).parents[1].name[-1]) for path in dataset.data[rows]]
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data[rows]), expected)
    tests = [test for _, test in dataset.cv.split(dataset.data[rows])]
    assert [set(dataset.folds[rows][test]) for test in tests] == [{1}, {2}, {3}]


@pytest.mark.parametrize("folder", ["folder1", "unfold1", "fold", "fold1b", "fold__1", "1fold", "fold1.5", "foldone"])
def test_folders_of_other_names_are_classes_and_no_folds(tmp_path, folder):
    files = [f"{folder}/1.wav", f"{folder}/2.wav", "zebra/1.wav", "zebra/2.wav"]
    dataset = load_without_folds(write_files(tmp_path, *files))
    assert dataset.folds is None
    assert dataset.target.tolist() == [folder] * 2 + ["zebra"] * 2


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
        load_audio_folder(write_files(tmp_path, *files))
    assert str(tmp_path) in str(caught.value)
    assert lost in str(caught.value)


# Folds where there are none


def test_without_folds_a_warning_says_why_and_where_it_comes_from(tmp_path):
    write_files(tmp_path, *class_folders(dog=6, siren=6))
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
    dataset = load_audio_folder(write_files(tmp_path, *FOLDS_ABOVE))
    assert "stratified" not in dataset.DESCR


@pytest.mark.parametrize(
    "n_clips", [{"dog": 5, "siren": 5}, {"dog": 7, "siren": 23, "cat": 12}, {"dog": 10, "siren": 50}]
)
def test_folds_of_a_folder_without_any_spread_each_class_evenly(tmp_path, n_clips):
    dataset = load_without_folds(write_files(tmp_path, *class_folders(**n_clips)))
    assert isinstance(dataset.cv, PredefinedFolds)
    splits = list(dataset.cv.split(dataset.data, dataset.target))
    assert len(splits) == dataset.cv.get_n_splits() == 5
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.arange(len(dataset.data)))
    for label, n in n_clips.items():
        per_fold = [int(np.sum(dataset.target[test] == label)) for _, test in splits]
        assert min(per_fold) >= n // 5
        assert max(per_fold) <= -(-n // 5)


def test_folds_of_a_folder_without_any_do_not_follow_the_order_of_clips(tmp_path):
    dataset = load_without_folds(write_files(tmp_path, *class_folders(dog=50, siren=50)))
    folds = dataset.cv.fold_of(dataset.data)[dataset.target == "dog"]
    assert folds.tolist() != sorted(folds)
    assert folds.tolist() != list(folds[:5]) * 10


def test_shuffled_part_of_a_folder_without_folds_keeps_its_folds(tmp_path):
    dataset = load_without_folds(write_files(tmp_path, *class_folders(dog=11, siren=14)))
    folds = dataset.cv.fold_of(dataset.data)
    rows = np.random.default_rng(1).permutation(25)[:17]
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data[rows]), folds[rows])
    for train, test in dataset.cv.split(dataset.data[rows]):
        assert not set(folds[rows][train]) & set(folds[rows][test])
    np.testing.assert_array_equal(load_without_folds(tmp_path).cv.fold_of(dataset.data[rows]), folds[rows])


@pytest.mark.parametrize("smallest, n_folds", [(1, 2), (2, 2), (3, 3), (4, 4), (5, 5), (6, 5)])
def test_class_of_few_clips_makes_fewer_folds(tmp_path, smallest, n_folds):
    dataset = load_without_folds(write_files(tmp_path, *class_folders(dog=smallest, siren=9)))
    assert dataset.cv.get_n_splits() == len(list(dataset.cv.split(dataset.data))) == n_folds
    assert f"{n_folds} folds are stratified" in dataset.DESCR
    for _, test in dataset.cv.split(dataset.data):
        assert np.sum(dataset.target[test] == "dog") <= -(-smallest // n_folds)


def test_one_clip_a_class_is_a_dataset_without_cross_validation(tmp_path):
    dataset = load_audio_folder(write_files(tmp_path, "dog/1.wav", "siren/1.wav", "cat/1.wav"))
    assert dataset.cv is None
    assert dataset.folds is None
    assert dataset.target.tolist() == ["cat", "dog", "siren"]
    assert "nothing to cross-validate on" in dataset.DESCR


# Splits


@pytest.mark.parametrize(
    "parts",
    [("train", "test"), ("Training", "Validation", "TEST"), ("train", "valid", "eval"), ("dev", "test")],
    ids=" ".join,
)
@pytest.mark.parametrize("layout", ["{part}/{label}/{name}", "{label}/{part}/{name}"])
def test_the_parts_of_a_split_are_folds_and_no_classes(tmp_path, layout, parts):
    names_of = [
        layout.format(part=p, label=c, name=n) for p in parts for c in ("cat", "dog") for n in ("1.wav", "2.wav")
    ]
    with pytest.warns(UserWarning, match=f"the folders {', '.join(sorted(parts))} are taken as folds") as caught:
        dataset = load_audio_folder(write_files(tmp_path, *names_of))
    assert len(caught) == 1
    assert dataset.target_names.tolist() == ["cat", "dog"]
    number = {"tr": 1, "va": 2, "de": 2, "te": 3, "ev": 3}
    found = [name.split("/") for name in names(dataset, tmp_path)]
    place = 0 if layout.startswith("{part}") else 1
    assert dataset.folds.tolist() == [number[name[place].casefold()[:2]] for name in found]
    assert dataset.target.tolist() == [name[1 - place] for name in found]
    assert dataset.cv.get_n_splits() == len(parts)


def test_a_class_may_have_the_name_of_a_part_of_a_split(tmp_path):
    dataset = load_without_folds(write_files(tmp_path, "train/1.wav", "train/2.wav", "bus/1.wav", "bus/2.wav"))
    assert dataset.target_names.tolist() == ["bus", "train"]


def test_a_split_that_some_clips_are_not_in_is_named(tmp_path):
    files = ["train/cat/1.wav", "test/cat/2.wav", "more/cat/3.wav"]
    with pytest.raises(DatasetError, match=r"3\.wav' is in no fold"):
        load_audio_folder(write_files(tmp_path, *files))
    with pytest.raises(DatasetError, match=r"4\.wav' lies in no folder of a class"):
        load_audio_folder(write_files(tmp_path / "b", *files[:2], "test/4.wav"))


def test_folders_of_equal_names_below_each_folder_are_no_guess(tmp_path):
    files = [f"{part}/{label}/1.wav" for part in ("first", "second") for label in ("cat", "dog")]
    words = r"folders first, second lie folders of the same names, cat, dog.*fold1, fold2.*load_audio_table"
    with pytest.raises(DatasetError, match=words):
        load_audio_folder(write_files(tmp_path, *files))
    # Where one folder has sounds of its own, the others' folders are parts of classes.
    dataset = load_without_folds(write_files(tmp_path, "second/1.wav", "second/2.wav"))
    assert dataset.target_names.tolist() == ["first", "second"]
