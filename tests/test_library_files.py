"""What was said of a sound stays with it, whatever becomes of its file; and what is known is what is there."""

import os
import shutil
import sqlite3
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import hiss, tone, write

from skaudio.exceptions import LibraryError
from skaudio.library import SoundLibrary


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "s").mkdir()
    return tmp_path / "s"


@pytest.fixture
def library(tmp_path):
    return SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)


def _tags(library):
    sounds = library.sounds
    return {os.path.basename(path): "".join(tags) for path, tags in zip(sounds["path"], sounds["tags"])}


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
    assert _tags(library) == {"c.wav": "keep"}
    assert library.labels["label"].tolist() == ["dog"]


def test_equal_files_of_a_renamed_folder_keep_their_own(library, folder):
    a = write(folder / "x" / "a.wav", tone(300))
    shutil.copy(a, folder / "x" / "b.wav")
    library.update(folder)
    library.tag(a, "A")
    library.tag(str(folder / "x" / "b.wav"), "B")
    os.rename(folder / "x", folder / "y")
    library.update()
    assert _tags(library) == {"a.wav": "A", "b.wav": "B"}


def test_an_edited_file_keeps_its_tags_though_its_twin_was_copied(library, folder):
    a = write(folder / "a.wav", tone(300))
    shutil.copy(a, folder / "b.wav")
    library.update(folder)
    library.tag(a, "A")
    write(folder / "a.wav", hiss())
    shutil.copy(folder / "b.wav", folder / "c.wav")
    library.update()
    assert _tags(library) == {"a.wav": "A", "b.wav": "", "c.wav": ""}


def test_saving_by_way_of_another_file_keeps_what_was_said_of_the_name(library, folder):
    a = write(folder / "p.wav", tone(300))
    library.update(folder)
    library.tag(a, "x")
    library.label(a, "dog")
    write(folder / "p.tmp.wav", tone(500))
    library.update()
    os.replace(folder / "p.tmp.wav", a)
    library.update()
    assert _tags(library) == {"p.wav": "x"}
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
    assert _tags(library) == {"p.wav": "x"}


def test_a_copy_takes_nothing_from_a_disk_that_is_unplugged(library, folder, tmp_path):
    b = write(folder / "B" / "b.wav", tone(300))
    write(folder / "A" / "a.wav", tone(500))
    library.update(folder / "A", folder / "B")
    library.tag(b, "x")
    shutil.copy(b, folder / "A" / "backup.wav")
    os.rename(folder / "B", tmp_path / "unplugged")
    library.update(folder / "A")
    os.rename(tmp_path / "unplugged", folder / "B")
    library.update()
    assert _tags(library) == {"a.wav": "", "b.wav": "x", "backup.wav": ""}


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


@pytest.mark.real_sound
def test_broken_files_that_move_are_broken(library, folder, tmp_path, faults):
    shutil.copytree(faults, folder / "x")
    library.update(folder)
    n = [len(library.unreadable), len(library.sounds)]
    os.rename(folder / "x", folder / "y")
    library.update()
    assert [len(library.unreadable), len(library.sounds)] == n


def test_a_pattern_that_is_given_later_is_applied(library, folder):
    for k in range(4):
        write(folder / f"r{k // 2}-dog-{k}.wav", tone(300 + k))
    library.update(folder)
    assert library.update(folder, pattern="{group}-{label}-{n}").n_unchanged == 4
    assert library.sounds["recording"].tolist() == ["r0", "r0", "r1", "r1"]
    assert set(library.sounds["weak_label"]) == {"dog"}


def test_a_file_belongs_to_the_innermost_folder(library, folder):
    write(folder / "sub" / "r1-1.wav", tone(300))
    library.update(folder)
    library.update(folder / "sub", pattern="{group}-{n}")
    write(folder / "sub" / "r1-2.wav", tone(400))
    assert library.update().n_added == 1
    assert library.sounds["recording"].tolist() == ["r1", "r1"]
    os.remove(folder / "sub" / "r1-1.wav")
    assert library.update(folder).n_forgotten == 1
    os.remove(folder / "sub" / "r1-2.wav")
    assert library.update(folder / "sub").n_forgotten == 1


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


def test_a_folder_whose_name_is_no_text(library, folder):
    name = os.fsencode(folder) + b"/caf\xe9"
    os.mkdir(name)
    os.rename(write(folder / "a.wav", tone(300)), name + b"/r1-1.wav")
    assert library.update(folder).n_added == 1
    assert library.sounds["weak_label"].tolist() == ["caf\\xe9"]
    library.update(folder, pattern="{group}-{n}")
    assert library.sounds["recording"].tolist() == ["r1"]
    with pytest.raises(ValueError, match="no text"):
        library.tag(1, "caf\udce9")


def test_others_are_not_kept_waiting_while_files_are_hashed(library, folder, monkeypatch):
    from skaudio.library import _update

    write(folder / "a.wav", tone(300))
    library.update(folder)
    write(folder / "b.wav", tone(400))
    hashing, go_on = threading.Event(), threading.Event()
    real = _update.digest_of

    def slow(path):
        hashing.set()
        assert go_on.wait(30)
        return real(path)

    monkeypatch.setattr(_update, "digest_of", slow)
    thread = threading.Thread(target=library.update)
    thread.start()
    assert hashing.wait(30)
    SoundLibrary(library.path).tag(1, "meanwhile")
    go_on.set()
    thread.join()
    assert _tags(library) == {"a.wav": "meanwhile", "b.wav": ""}


def test_a_library_that_is_deleted_is_not_begun_anew(library, folder):
    write(folder / "a.wav", tone(300))
    library.update(folder)
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(library.path + ending):
            os.remove(library.path + ending)
    for work in (library.update, lambda: library.sounds, lambda: library.tag(1, "x")):
        with pytest.raises(LibraryError, match="not there any more"):
            work()
    assert not os.path.exists(library.path)


def test_a_folder_that_all_files_were_moved_from_may_be_gone(library, folder, tmp_path):
    write(folder / "a.wav", tone(300))
    library.update(folder)
    os.rename(folder, tmp_path / "new")
    library.update(tmp_path / "new")
    assert library.update().n_unchanged == 1


def test_a_folder_is_let_go_of(library, folder, tmp_path):
    a = write(folder / "A" / "a.wav", tone(300))
    write(folder / "B" / "b.wav", tone(400))
    library.update(folder / "A", folder / "B")
    library.tag(a, "x")
    shutil.rmtree(folder / "B")
    with pytest.warns(UserWarning, match=r"forget\(\) lets go of it"):
        library.update()
    assert library.forget(folder / "B") == 1
    assert library.update().n_unchanged == 1
    assert library.forget(folder / "A") == 1
    assert not len(library.sounds)
    library.update(folder / "A")
    assert _tags(library) == {"a.wav": "x"}
    with pytest.raises(LibraryError, match="no folder of the library"):
        library.forget(tmp_path)


def test_home_is_known(library, folder, monkeypatch):
    write(folder / "a.wav", tone(300))
    monkeypatch.setenv("HOME", str(folder.parent))
    assert library.update("~/s").n_added == 1


def test_one_moment_is_one_moment(library, folder):
    """What is read in one go belongs together, though files come and go meanwhile."""
    for k in range(12):
        write(folder / f"a{k}.wav", tone(200 + 50 * k, 0.1))
    library.update(folder)
    expected = dict(zip(library.sounds["id"], library.vectors.tolist()))
    stop = threading.Event()

    def come_and_go():
        other = SoundLibrary(library.path)
        while not stop.is_set():
            os.rename(folder / "a0.wav", folder.parent / "away")
            other.update()
            os.rename(folder.parent / "away", folder / "a0.wav")
            other.update()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(40):
            moment = library.snapshot()
            assert len(moment.sounds) == len(moment.vectors) == len(moment.scaled)
            for sound, vector in zip(moment.sounds["id"], moment.vectors):
                assert expected[sound] == vector.tolist()
            found = library.search(2, k=20)
            assert not found["id"].duplicated().any()
    finally:
        stop.set()
        thread.join()


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
@settings(max_examples=25, deadline=None)
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
