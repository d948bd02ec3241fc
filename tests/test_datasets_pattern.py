"""Labels, speakers and folds that stand in the names of files."""

import json

import pytest
from folders import write_files
from running import skaudio_command

from skaudio.datasets import load_audio_folder, load_dataset, make_urban_sounds
from skaudio.exceptions import DatasetError, LeakageWarning

DIGITS = [f"{digit}_{speaker}_{n}.wav" for digit in range(3) for speaker in ("ann", "bob", "cy") for n in range(2)]


@pytest.fixture
def digits(tmp_path):
    return write_files(tmp_path, *DIGITS)


@pytest.mark.parametrize("load", [load_audio_folder, load_dataset])
def test_labels_and_groups_are_those_of_the_names(digits, load):
    dataset = load(digits, pattern="{label}_{group}_{n}")
    assert dataset.target.tolist() == [name.split("_")[0] for name in DIGITS]
    assert dataset.groups.tolist() == [name.split("_")[1] for name in DIGITS]
    assert dataset.folds is None
    assert dataset.metadata["n"].tolist() == [name.split("_")[2][0] for name in DIGITS]
    for train, test in dataset.cv.split(dataset.data):
        assert not set(dataset.groups[train]) & set(dataset.groups[test])


def test_folds_of_names_are_numbers_where_they_are_written_so(tmp_path):
    names = ["1-dog-a.wav", "2-dog-b.wav", "10-cat-c.wav", "2-cat-d.wav"]
    write_files(tmp_path, *names)
    dataset = load_audio_folder(tmp_path, pattern="{fold}-{label}-{take}")
    assert dict(zip(dataset.target + dataset.metadata["take"], dataset.folds)) == {
        "doga": 1,
        "dogb": 2,
        "catc": 10,
        "catd": 2,
    }
    assert dataset.cv.get_n_splits() == 3


def test_without_a_label_the_folders_are_the_classes(tmp_path):
    write_files(tmp_path, *(f"{label}/{who}-{n}.wav" for label in ("dog", "cat") for who in "ab" for n in range(2)))
    dataset = load_audio_folder(tmp_path, pattern="{group}-{n}")
    assert dataset.target_names.tolist() == ["cat", "dog"]
    assert sorted(set(dataset.groups)) == ["a", "b"]
    assert dataset.cv.get_n_splits() == 2


def test_a_pattern_with_a_slash_is_of_the_path_below_the_root(tmp_path):
    write_files(tmp_path, "ann/yes/1.wav", "ann/no/1.wav", "bob/yes/2.flac", "bob/no/x.y.wav")
    dataset = load_audio_folder(tmp_path, pattern="{group}/{label}/{n}")
    assert dataset.target.tolist() == ["no", "yes", "no", "yes"]
    assert dataset.groups.tolist() == ["ann", "ann", "bob", "bob"]
    assert dataset.metadata["n"].tolist() == ["1", "1", "x.y", "2"]


def test_names_that_can_be_read_in_two_ways_are_no_match(tmp_path):
    """Else dog_bark_12_3 would be a dog of the group bark."""
    write_files(tmp_path, "dog_bark_12_3.wav", "siren_7_1.wav", "siren_8_2.wav")
    with pytest.raises(DatasetError, match=r"1 of 3 names in .* do not match .*: 'dog_bark_12_3'.*\{label:\.\+\}"):
        load_audio_folder(tmp_path, pattern="{label}_{group}_{n}")
    dataset = load_audio_folder(tmp_path, pattern=r"{label:.+}_{group:\d+}_{n:\d+}")
    assert dataset.target.tolist() == ["dog_bark", "siren", "siren"]
    assert dataset.groups.tolist() == ["12", "7", "8"]


def test_names_that_do_not_match_are_listed_and_no_more_than_a_few(tmp_path):
    write_files(tmp_path, *(f"take{n}.wav" for n in range(9)), "a_b_1.wav")
    with pytest.raises(DatasetError, match=r"9 of 10 names.*'take0', .*'take4', \.\.\."):
        load_audio_folder(tmp_path, pattern="{label}_{group}_{n}")


@pytest.mark.parametrize(
    "pattern, says",
    [
        ("{label", "no pattern of fields"),
        ("{}_{label}", "has a field ''"),
        ("{0}", "has a field '0'"),
        ("{label}{group}", "nothing between 'label' and the next"),
        ("{label}_{label}", "cannot be used"),
        ("{label:[}_x", "cannot be used"),
        ("label_group", "has no fields"),
    ],
)
def test_what_is_no_pattern_is_refused(digits, pattern, says):
    with pytest.raises(ValueError, match=says):
        load_audio_folder(digits, pattern=pattern)


def test_folds_in_folders_and_in_names_are_one_too_many(tmp_path):
    write_files(tmp_path, *(f"fold{fold}/{label}/{fold}-x.wav" for fold in (1, 2) for label in ("dog", "cat")))
    assert load_audio_folder(tmp_path, pattern="{group}-{n}").cv.get_n_splits() == 2
    with pytest.raises(DatasetError, match="which is meant"):
        load_audio_folder(tmp_path, pattern="{fold}-{n}")


def test_a_pattern_needs_a_folder_with_sounds(tmp_path):
    (tmp_path / "clips.csv").write_text("path,label\na.wav,a\n")
    with pytest.raises(DatasetError, match="is a table"):
        load_dataset(tmp_path / "clips.csv", pattern="{label}_{n}")
    with pytest.raises(DatasetError, match="no sound files"):
        load_audio_folder(tmp_path, pattern="{label}_{n}")


def test_names_without_groups_are_warned_of(tmp_path):
    write_files(tmp_path, "dog-1.wav", "dog-2.wav", "cat-1.wav", "cat-2.wav")
    with pytest.warns(LeakageWarning, match="neither folds nor groups"):
        load_audio_folder(tmp_path, pattern="{label}-{n}")


@pytest.mark.slow
def test_commands_take_a_pattern(tmp_path):
    dataset = make_urban_sounds(tmp_path / "urban", n_per_class=2)
    (tmp_path / "names").mkdir()
    for n, (path, label) in enumerate(zip(dataset.data, dataset.target)):
        link = tmp_path / "names" / f"{label.replace('_', '-')}_{n % 2}_{n}.wav"
        link.symlink_to(path)
    done = skaudio_command("explore", "names", "--pattern", "{label}_{group}_{n}", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_clips"] == 20
    done = skaudio_command("check", "names", "--pattern", "{label}-{n}", cwd=tmp_path)
    assert done.returncode == 2
    assert "do not match --pattern '{label}-{n}'" in done.stderr
