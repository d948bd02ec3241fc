"""What was said of a sound stays with it, whatever becomes of its file; and what is known is what is there."""

import os
import shutil
import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shelving import folder, library, tags_of  # noqa: F401 - fixtures
from sounds import hiss, tone, write

from skaudio.library import SoundLibrary


def test_a_twin_does_not_take_what_was_said(library, folder):
    a = write(folder / "a.wav", tone(300))
    shutil.copy(a, folder / "b.wav")
    library.update(folder)
    library.tag(a, "keep")
    library.label(a, "dog")
    os.remove(folder / "b.wav")
    library.update()
    os.rename(a, folder / "c.wav")
    library.update()
    assert tags_of(library) == {"c.wav": "keep"}
    assert library.labels["label"].tolist() == ["dog"]


def test_equal_files_of_a_renamed_folder_keep_their_own(library, folder):
    a = write(folder / "x" / "a.wav", tone(300))
    shutil.copy(a, folder / "x" / "b.wav")
    library.update(folder)
    library.tag(a, "A")
    library.tag(str(folder / "x" / "b.wav"), "B")
    os.rename(folder / "x", folder / "y")
    library.update()
    assert tags_of(library) == {"a.wav": "A", "b.wav": "B"}


def test_an_edited_file_keeps_its_tags_though_its_twin_was_copied(library, folder):
    a = write(folder / "a.wav", tone(300))
    shutil.copy(a, folder / "b.wav")
    library.update(folder)
    library.tag(a, "A")
    write(folder / "a.wav", hiss())
    shutil.copy(folder / "b.wav", folder / "c.wav")
    library.update()
    assert tags_of(library) == {"a.wav": "A", "b.wav": "", "c.wav": ""}


def test_saving_by_way_of_another_file_keeps_what_was_said_of_the_name(library, folder):
    a = write(folder / "p.wav", tone(300))
    library.update(folder)
    library.tag(a, "x")
    library.label(a, "dog")
    write(folder / "p.tmp.wav", tone(500))
    library.update()
    os.replace(folder / "p.tmp.wav", a)
    library.update()
    assert tags_of(library) == {"p.wav": "x"}
    assert library.labels["label"].tolist() == ["dog"]
    expected = library.features.fit_transform([a])
    np.testing.assert_array_equal(library.vectors, expected)


def test_a_backup_that_is_put_back_keeps_what_was_said(library, folder):
    a = write(folder / "p.wav", tone(300))
    library.update(folder)
    library.tag(a, "x")
    shutil.copy(a, folder / "p_bak.wav")
    library.update()
    write(folder / "p.wav", tone(700))
    library.update()
    os.replace(folder / "p_bak.wav", a)
    library.update()
    assert tags_of(library) == {"p.wav": "x"}


def test_broken_files_that_come_back_are_broken(library, folder, tmp_path):
    write(folder / "a.wav", tone(300))
    (folder / "bad.wav").write_bytes(b"RIFFxxxxnothing")
    library.update(folder)
    os.rename(folder / "bad.wav", tmp_path / "away")
    assert not len(library.update().failures)
    os.rename(tmp_path / "away", folder / "bad.wav")
    report = library.update()
    assert len(report.failures) == 1
    assert not len(report.doubts)
    info = library.info()
    assert (info["files"], info["unreadable"], info["sounds"]) == (1, 1, 1)


def test_broken_files_that_move_are_broken(library, folder, faults):
    shutil.copytree(faults, folder / "x")
    library.update(folder)
    n = [len(library.unreadable), len(library.sounds)]
    os.rename(folder / "x", folder / "y")
    library.update()
    assert [len(library.unreadable), len(library.sounds)] == n


def test_a_name_that_is_used_again_is_another_sound(library, folder):
    path = write(folder / "ZOOM0001.wav", tone(300))
    library.update(folder)
    library.label(1, "dog")
    os.remove(path)
    library.update()
    write(folder / "ZOOM0001.wav", hiss())
    assert library.update().n_added == 1
    assert library.sounds["label"].tolist() == [None]
    os.remove(path)
    write(folder / "back.wav", tone(300))
    library.update()
    assert library.sounds["label"].tolist() == ["dog"]


def test_counts_of_what_is_written_over_and_of_what_goes_elsewhere(library, folder):
    a = write(folder / "A" / "a.wav", tone(300))
    b = write(folder / "A" / "b.wav", tone(400))
    (folder / "B").mkdir()
    library.update(folder / "A", folder / "B")
    shutil.copyfile(a, b)
    report = library.update()
    assert (report.n_changed, report.n_added, report.n_unchanged) == (1, 0, 1)
    os.rename(a, folder / "B" / "a.wav")
    report = library.update()
    assert (report.n_moved, report.n_forgotten, report.n_unchanged) == (1, 0, 1)


def test_a_long_file_that_is_cut_is_in_doubt(library, folder):
    path = write(folder / "long.wav", hiss(10))
    data = (folder / "long.wav").read_bytes()
    (folder / "long.wav").write_bytes(data[: len(data) // 2])
    report = library.update(folder)
    assert report.doubts["path"].tolist() == [path]
    assert len(library.sounds) == 5


def test_equal_files_alone_are_like_each_other(library, folder):
    a = write(folder / "a.wav", tone(300))
    shutil.copy(a, folder / "b.wav")
    library.update(folder)
    assert library.search(a)["similarity"].tolist() == pytest.approx([1, 1])
    assert len(library.duplicates()) == 2


def test_older_words_do_not_take_the_place_of_newer_ones(library, folder):
    a = write(folder / "a.wav", tone(300))
    library.update(folder)
    library.label(1, "dog", "negative")
    row = {"path": a, "label": "dog", "verdict": "positive", "who": np.nan, "at": "2001-01-01T00:00:00+00:00"}
    assert library.import_labels(pd.DataFrame([row])) == 1
    assert library.labels["verdict"].tolist() == ["negative"]
    assert library.sounds["label"].tolist() == [None]
    with pytest.raises(ValueError, match="no column label"):
        library.import_labels(pd.DataFrame({"path": [a]}))


@pytest.mark.parametrize("name", ["[take1] a.wav", "what?.wav", "a*b.wav"])
def test_a_star_alone_stands_for_any(library, folder, name):
    path = write(folder / name, tone(300))
    write(folder / "whatX.wav", tone(400))
    write(folder / "axb.wav", tone(500))
    library.update(folder)
    found = library.select(where={"path": path})["path"].tolist()
    assert path in found
    assert len(found) == (2 if "*" in name else 1)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["rename", "copy", "delete", "edit", "swap"]), st.integers(0, 9), st.integers(0, 9)),
        max_size=8,
    )
)
def test_tags_follow_content_or_name(tmp_path_factory, steps):
    """After any changes, and one update for each, what is found is what is there, and its vectors are its own."""
    place = tmp_path_factory.mktemp("any")
    folder = place / "s"
    for k in range(4):
        write(folder / f"{k}.wav", tone(300 + 150 * k, 0.2))
    library = SoundLibrary(place / "a.library", features="tutorial")
    library.update(folder)
    for sound, path in zip(library.sounds["id"], library.sounds["path"]):
        library.tag(sound, os.path.basename(path))
    n_edits = 0
    for kind, first, second in steps:
        names = sorted(os.listdir(folder))
        if not names:
            break
        a, b = folder / names[first % len(names)], folder / f"{second}.wav"
        if kind == "rename":
            os.replace(a, b)
        elif kind == "copy" and a != b:
            shutil.copyfile(a, b)
        elif kind == "delete":
            os.remove(a)
        elif kind == "edit":
            n_edits += 1
            write(a, hiss(0.2, seed=n_edits))
        elif kind == "swap" and b.exists() and a != b:
            os.rename(a, folder / "third")
            os.rename(b, a)
            os.rename(folder / "third", b)
        library.update()
        there = sorted(str(folder / name) for name in os.listdir(folder))
        sounds = library.sounds
        assert sorted(sounds["path"]) == there
        if there:
            np.testing.assert_array_equal(library.vectors, library.features.fit_transform(sounds["path"].tolist()))
        tags = [tag for each in sounds["tags"] for tag in each]
        assert len(tags) == len(set(tags)), "what was said of one sound is said of two"
    connection = sqlite3.connect(library.path)
    assert connection.execute("SELECT count(*) FROM tags").fetchone() == (4,)  # nothing that was said is lost
    connection.close()
