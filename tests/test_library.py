"""A library follows its folders: what is heard, what is not heard again, what is kept."""

import os
import shutil
import sqlite3

import numpy as np
import pytest
from counting import answering
from hearing import folder, library  # noqa: F401 - fixtures
from sounds import hiss, tone, write

from skaudio import MFCCTransformer
from skaudio.exceptions import DatasetError, LibraryError
from skaudio.library import SoundLibrary


@pytest.fixture
def decoded():
    """A list that is filled with the paths that are decoded."""
    paths = []
    with answering(lambda event, *arguments: paths.append(arguments[0]) if event == "skaudio.decode" else None):
        yield paths


def _counts(report):
    return {name: n for name, n in vars(report).items() if name.startswith("n_") and n}


def _paths(library):
    return [os.path.basename(path) for path in library.sounds["path"]]


def test_vectors_are_the_rows_of_the_transformer(library, folder):
    assert _paths(library) == ["hiss0.wav", "hiss1.wav", "hiss2.wav", "tone0.wav", "tone1.wav", "tone2.wav"]
    expected = MFCCTransformer().fit_transform(library.sounds["path"].tolist())
    np.testing.assert_array_equal(library.vectors, expected)
    assert library.sounds["seconds"].tolist() == [0.5] * 6
    assert library.sounds["weak_label"].tolist() == ["noise"] * 3 + ["tones"] * 3


def test_an_unchanged_folder_is_not_opened(library, folder, decoded):
    report = library.update()
    assert _counts(report) == {"n_unchanged": 6}
    assert list(report.failures.columns) == ["path", "error"]
    assert decoded == []


def test_what_is_new_is_heard_alone(library, folder, decoded):
    new = write(folder / "new.wav", tone(1000))
    assert _counts(library.update(folder)) == {"n_added": 1, "n_unchanged": 6}
    assert set(decoded) == {new}
    assert _paths(library)[-1] == "new.wav"


def test_a_moved_file_keeps_what_was_said_of_it_and_is_not_decoded(library, folder, decoded):
    sound = library.sounds["id"][0]
    library.tag(sound, "wind")
    library.label(sound, "weather")
    vector = library.vectors[0].copy()
    (folder / "elsewhere").mkdir()
    os.rename(folder / "noise" / "hiss0.wav", folder / "elsewhere" / "gale.wav")
    assert _counts(library.update()) == {"n_moved": 1, "n_unchanged": 5}
    assert decoded == []
    first = library.sounds.iloc[0]
    assert (os.path.basename(first["path"]), first["tags"], first["label"]) == ("gale.wav", ("wind",), "weather")
    assert first["weak_label"] == "elsewhere"
    np.testing.assert_array_equal(library.vectors[0], vector)


def test_two_files_that_change_places_keep_what_was_said_of_their_content(library, folder, decoded):
    one, two = folder / "noise" / "hiss0.wav", folder / "tones" / "tone0.wav"
    library.tag(str(one), "noisy")
    os.rename(one, folder / "third")
    os.rename(two, one)
    os.rename(folder / "third", two)
    assert _counts(library.update()) == {"n_moved": 2, "n_unchanged": 4}
    assert decoded == []
    tags = dict(zip(library.sounds["path"], library.sounds["tags"]))
    assert tags[str(two)] == ("noisy",)
    assert tags[str(one)] == ()


def test_a_file_that_is_moved_onto_another_one_takes_its_place(library, folder, decoded):
    one, two = folder / "noise" / "hiss0.wav", folder / "tones" / "tone0.wav"
    library.tag(str(one), "noisy")
    os.replace(one, two)
    library.update()
    assert decoded == []
    assert len(library.sounds) == 5
    assert dict(zip(library.sounds["path"], library.sounds["tags"]))[str(two)] == ("noisy",)


def test_what_is_gone_is_forgotten_and_comes_back_with_what_was_said_of_it(library, folder, decoded):
    path = folder / "tones" / "tone1.wav"
    library.tag(str(path), "kept")
    content = path.read_bytes()
    path.unlink()
    assert _counts(library.update()) == {"n_forgotten": 1, "n_unchanged": 5}
    assert "tone1.wav" not in _paths(library)
    assert library.info()["gone"] == 1
    assert len(library.search(hiss(), k=10)) == 5
    (folder / "again.wav").write_bytes(content)
    assert _counts(library.update()) == {"n_moved": 1, "n_unchanged": 5}
    assert decoded == []
    assert library.sounds.set_index("path").loc[str(folder / "again.wav"), "tags"] == ("kept",)


def test_changed_content_is_heard_again_and_keeps_the_tags_of_its_file(library, folder, decoded):
    path = folder / "tones" / "tone1.wav"
    library.tag(str(path), "kept")
    write(path, hiss(0.7, seed=9))
    assert _counts(library.update()) == {"n_changed": 1, "n_unchanged": 5}
    assert set(decoded) == {str(path)}
    row = library.sounds.set_index("path").loc[str(path)]
    assert (row["tags"], round(row["seconds"], 3)) == (("kept",), 0.7)


def test_a_copy_is_a_sound_of_its_own_without_being_decoded(library, folder, decoded):
    library.tag(str(folder / "noise" / "hiss0.wav"), "first")
    shutil.copy(folder / "noise" / "hiss0.wav", folder / "copy.wav")
    assert _counts(library.update()) == {"n_added": 1, "n_unchanged": 6}
    assert decoded == []
    assert library.sounds["tags"].tolist()[-1] == ()
    np.testing.assert_array_equal(library.vectors[-1], library.vectors[0])


def test_a_file_with_a_new_time_alone_is_unchanged(library, folder, decoded):
    os.utime(folder / "noise" / "hiss0.wav", (1, 1))
    assert _counts(library.update()) == {"n_unchanged": 6}
    assert decoded == []


def test_what_cannot_be_read_is_listed_and_not_tried_again_until_it_changes(library, folder, decoded):
    bad = folder / "bad.wav"
    bad.write_bytes(b"<html>404")
    report = library.update()
    assert report.failures["path"].tolist() == [str(bad)]
    assert "HTML" in report.failures["error"][0] or "html" in report.failures["error"][0]
    decoded.clear()
    assert not len(library.update().failures)
    assert library.unreadable["path"].tolist() == [str(bad)]
    assert decoded == []
    write(bad, tone(500))
    assert not len(library.update().failures)
    assert "bad.wav" in _paths(library)


def test_a_sound_that_breaks_is_not_found_and_keeps_its_tags(library, folder):
    path = folder / "noise" / "hiss0.wav"
    library.tag(str(path), "kept")
    good = path.read_bytes()
    path.write_bytes(good[:20])
    report = library.update()
    assert report.failures["path"].tolist() == [str(path)]
    assert len(library.search(hiss(), k=10)) == 5
    path.write_bytes(good)
    library.update()
    assert library.sounds.set_index("path").loc[str(path), "tags"] == ("kept",)


def test_a_missing_folder_is_an_error_and_nothing_is_forgotten(library, folder):
    folder.rename(folder.parent / "unplugged")
    write(folder.parent / "more" / "x.wav", tone(700))
    with pytest.raises(LibraryError, match=r"no such folder; what is known of it is kept, and forget"):
        library.update(folder)
    library.update(folder.parent / "more")
    write(folder.parent / "more" / "y.wav", tone(800))
    with pytest.warns(UserWarning, match="no such folder; what is known of it is kept"):
        report = library.update()
    assert (report.missing, report.n_added, report.n_forgotten) == ([str(folder)], 1, 0)
    assert len(library.sounds) == 8


def test_several_folders(library, folder, tmp_path):
    write(tmp_path / "more" / "x.wav", tone(700))
    assert _counts(library.update(tmp_path / "more")) == {"n_added": 1}
    assert _counts(library.update()) == {"n_unchanged": 7}
    os.rename(tmp_path / "more" / "x.wav", folder / "x.wav")  # from one folder to the other
    assert _counts(library.update(folder)) == {"n_moved": 1, "n_unchanged": 6}
    assert library.info()["folders"] == [str(folder), str(tmp_path / "more")]
    assert _counts(library.update()) == {"n_unchanged": 7}


def test_a_pattern_tells_recordings_and_labels(tmp_path):
    for recording in ("r1", "r2"):
        for n in range(2):
            write(tmp_path / "s" / f"{recording}-dog-{n}.wav", tone(400 + n))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s", pattern="{group}-{label}-{n}")
    assert library.sounds["recording"].tolist() == ["r1", "r1", "r2", "r2"]
    assert set(library.sounds["weak_label"]) == {"dog"}
    write(tmp_path / "s" / "other name.wav", tone(500))
    with pytest.raises(DatasetError, match="do not match"):
        library.update()  # the pattern is kept with the folder


def test_a_long_file_is_heard_in_parts(tmp_path):
    path = write(tmp_path / "s" / "long.wav", np.concatenate([tone(300, 1.0), hiss(1.0), tone(2000, 0.5)]))
    write(tmp_path / "s" / "short.wav", tone(300, 1.0))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)
    library.update(tmp_path / "s")
    parts = library.sounds[library.sounds["is_part"]]
    assert parts[["start", "end"]].values.tolist() == [[0, 1], [1, 2], [1.5, 2.5]]
    assert parts["recording"].nunique() == 1
    assert SoundLibrary(tmp_path / "a.library").window == 1.0
    found = library.search((path, 1.0, 1.0), k=1)
    assert found[["path", "start"]].values.tolist() == [[path, 1.0]]
    assert found["similarity"][0] > 0.99
    assert len(library.search(tone(300, 1.0), k=10, per_recording=1)) == 2


def test_what_was_said_of_parts_that_are_not_there_comes_back_with_them(tmp_path):
    path = tmp_path / "s" / "long.wav"
    whole = np.concatenate([tone(300, 1.0), hiss(1.0), tone(2000, 1.0)])
    write(path, whole)
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)
    library.update(tmp_path / "s")
    library.tag(library.sounds["id"].iloc[-1], "end")
    library.label(library.sounds["id"].iloc[-1], "last")
    write(path, tone(300, 1.5))
    library.update()
    assert library.sounds[["start", "end"]].values.tolist() == [[0.0, 1.0], [0.5, 1.5]]
    assert library.sounds["tags"].tolist() == [(), ()]
    assert not len(library.labels)
    write(path, whole)
    library.update()
    assert library.sounds["tags"].tolist() == [(), (), ("end",)]
    assert library.labels[["start", "label"]].values.tolist() == [[2.0, "last"]]


def test_names_that_are_no_text_are_kept(tmp_path):
    path = os.fsencode(tmp_path) + b"/s/caf\xe9.wav"
    write(tmp_path / "s" / "a.wav", tone(300))
    os.rename(tmp_path / "s" / "a.wav", path)
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    assert library.sounds["path"].tolist() == [os.fsdecode(path)]
    assert len(library.search_text("caf")) == 1


def test_an_empty_folder_makes_an_empty_library(tmp_path):
    (tmp_path / "s").mkdir()
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    assert _counts(library.update(tmp_path / "s")) == {}
    assert library.vectors.shape == (0, 40)
    assert len(library.search(tone(300))) == 0
    assert len(library.search_text("dog")) == 0
    assert len(library.map()) == len(library.duplicates()) == 0
    with pytest.raises(LibraryError, match="no folders yet"):
        SoundLibrary(tmp_path / "b.library", features="tutorial").update()


def test_another_version_of_a_library_is_told_and_heard_again_where_asked_for(library, decoded):
    connection = sqlite3.connect(library.path)
    connection.execute("UPDATE makers SET fingerprint = x'00'")
    connection.commit()
    connection.close()
    with pytest.warns(UserWarning, match="6 files .* were heard with other versions"):
        library.update()
    assert decoded == []
    assert _counts(library.update(again=True)) == {"n_changed": 6}
    assert len(decoded) == 6
    assert _counts(library.update()) == {"n_unchanged": 6}


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_number_of_jobs_changes_no_bits(tmp_path, folder, library, n_jobs):
    other = SoundLibrary(tmp_path / f"{n_jobs}.library", features="tutorial")
    other.update(folder, n_jobs=n_jobs)
    order = [library.sounds["path"].tolist().index(path) for path in other.sounds["path"]]
    np.testing.assert_array_equal(other.vectors, library.vectors[order])
