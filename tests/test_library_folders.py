"""A library's folders, each on its own, and what several processes see of it at a time."""

import os
import shutil
import threading
import time

import pytest
from shelving import folder, library, tags_of  # noqa: F401 - fixtures
from sounds import tone, write

from skaudio.exceptions import LibraryError
from skaudio.library import SoundLibrary


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
    assert tags_of(library) == {"a.wav": "", "b.wav": "x", "backup.wav": ""}


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
    assert tags_of(library) == {"a.wav": "meanwhile", "b.wav": ""}


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
    assert tags_of(library) == {"a.wav": "x"}
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
        seen, deadline = set(), time.monotonic() + 300
        while seen != {11, 12} and time.monotonic() < deadline:
            moment = library.snapshot()
            seen.add(len(moment.sounds))
            assert len(moment.sounds) == len(moment.vectors) == len(moment.scaled)
            for sound, vector in zip(moment.sounds["id"], moment.vectors):
                assert expected[sound] == vector.tolist()
            found = library.search(2, k=20)
            assert not found["id"].duplicated().any()
    finally:
        stop.set()
        thread.join()
    assert seen == {11, 12}
