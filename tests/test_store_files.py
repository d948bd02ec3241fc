"""The store and the files it knows: swapped, replaced, restored, copied, and on a disk that cannot be written."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from counting import answering
from disks import fill, small_disk
from storing import log, n_decodes, store, write_clips  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio.clips import _digest, digest_of, known_digest
from skaudio.dsp import describe_kernel, kernel
from skaudio.store import FeatureStore

OLD = time.time_ns() - 3600 * 10**9


@pytest.fixture
def clips(tmp_path):
    """Paths of 12 clips of equal sizes and times."""
    folder = tmp_path / "clips"
    folder.mkdir()
    paths = write_clips(folder)[:12]
    for path in paths:
        os.utime(path, ns=(OLD, OLD))
    return paths


def check(clips, store):
    """Assert that the rows with a store are those without."""
    found = MFCCTransformer(cache=store).transform(clips)
    assert found.tobytes() == MFCCTransformer().transform(clips).tobytes()


def swap(a, b):
    shutil.move(a, a + ".x")
    shutil.move(b, a)
    shutil.move(a + ".x", b)


SWAPS = {
    "moved over": lambda a, b: shutil.move(b, a),
    "swapped": swap,
    "written over, with its times": lambda a, b: (shutil.copyfile(b, a), os.utime(a, ns=(OLD, OLD))),
    "copied over, with its times": lambda a, b: shutil.copy2(b, a),
}


@pytest.mark.parametrize("how", SWAPS)
def test_a_file_that_took_anothers_place_is_never_taken_for_it(clips, store, how):
    check(clips, store)
    SWAPS[how](clips[0], clips[1])
    check([path for path in clips if os.path.exists(path)], store)


def test_a_link_that_points_elsewhere_is_another_clip(clips, store, tmp_path):
    link = str(tmp_path / "link.wav")
    for target in clips[:3]:
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(target, link)
        check([link], store)


def test_no_row_is_wrong_after_a_hundred_swaps(clips, store):
    check(clips, store)
    rng = np.random.default_rng(0)
    rows = {digest_of(path): row for path, row in zip(clips, MFCCTransformer().transform(clips))}
    for k in range(100):
        a, b = (clips[i] for i in rng.choice(len(clips), 2, replace=False))
        (swap, SWAPS["written over, with its times"])[k % 2](a, b)
        found = MFCCTransformer(cache=store).transform(clips)
        for path, row in zip(clips, found):
            assert row.tobytes() == rows[digest_of(path)].tobytes()


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("which", ["numpy", "native"])
def test_a_file_replaced_while_it_is_read_is_not_stored_under_its_old_name(clips, store, n_jobs, which, monkeypatch):
    """The event comes before a file is read by itself, and after several are read by the native kernel."""
    if which != kernel() == "numpy":
        pytest.skip(describe_kernel())
    monkeypatch.setenv("SKAUDIO_KERNEL", which)
    first, second = (Path(path).read_bytes() for path in clips[:2])
    right = MFCCTransformer().transform([first, second])

    def replace(event, *arguments):
        if event == "skaudio.decode" and str(arguments[0]) == clips[0]:
            with open(clips[0] + ".new", "wb") as file:
                file.write(second)
            os.utime(clips[0] + ".new", ns=(OLD, OLD))
            os.replace(clips[0] + ".new", clips[0])

    with answering(replace):
        rows = MFCCTransformer(cache=store, n_jobs=n_jobs).transform(clips)
    assert rows[0].tobytes() == right[1 if which == "numpy" else 0].tobytes()  # what was read
    assert MFCCTransformer(cache=store).transform([first]).tobytes() == right[:1].tobytes()
    check(clips, store)


def test_what_is_copied_renamed_restored_or_touched_is_not_decoded_anew(clips, store, log, tmp_path):
    expected = MFCCTransformer(cache=store).transform(clips)
    n = n_decodes(log)
    assert n == len(clips)
    for path in clips:
        os.utime(path)
    copied = shutil.copytree(os.path.dirname(clips[0]), tmp_path / "copied")
    os.rename(os.path.dirname(clips[0]), tmp_path / "renamed")
    for folder in (copied, tmp_path / "renamed"):
        paths = [os.path.join(folder, os.path.basename(path)) for path in clips]
        assert MFCCTransformer(cache=store).transform(paths).tobytes() == expected.tobytes()
    contents = [Path(path).read_bytes() for path in paths]
    assert MFCCTransformer(cache=store).transform(contents).tobytes() == expected.tobytes()
    assert n_decodes(log) == n
    assert store.info()["extractions"] == len(clips)


def test_a_file_is_hashed_once_unless_it_is_so_new_that_its_times_tell_nothing(clips, tmp_path, monkeypatch):
    new = tmp_path / "new.wav"
    shutil.copyfile(clips[0], new)
    assert digest_of(new) == digest_of(clips[0])
    assert known_digest(new) is None
    hashed = _digest._hashed
    n_hashed = []
    monkeypatch.setattr(_digest, "_hashed", lambda *arguments: n_hashed.append(1) or hashed(*arguments))
    monkeypatch.setattr(_digest, "_FRESH", -1)  # from here on it is old enough
    assert digest_of(new) == digest_of(new)
    assert len(n_hashed) == 1
    assert known_digest(new) is not None
    assert digest_of(tmp_path / "gone.wav") is None
    assert digest_of(tmp_path) is None
    assert digest_of(os.devnull) is None  # nor is any other device read to its end


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path, 3) as disk:
        yield disk


def test_a_store_on_a_disk_that_cannot_be_written_serves_its_rows(disk, clips, log):
    store = FeatureStore(disk / "features.sqlite")
    MFCCTransformer(cache=store).transform(clips[:8])
    before = store.info()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    n = n_decodes(log)
    found = MFCCTransformer(cache=store, n_jobs=2).transform(clips)  # a warning would be an error
    assert n_decodes(log) - n == 4
    assert store.info() == before
    assert found.tobytes() == MFCCTransformer().transform(clips).tobytes()


@pytest.fixture
def full_disk(disk, clips):
    """A store on a disk that is full."""
    store = FeatureStore(disk / "features.sqlite")
    MFCCTransformer(cache=store, n_mfcc=40, deltas=2).transform(clips)
    fill(disk)
    return store


def test_a_full_disk_has_room_once_the_store_is_cleared(full_disk, clips):
    full_disk.clear()
    assert full_disk.info()["clips"] == 0
    check(clips[:2], full_disk)


def test_a_database_of_something_else_on_a_full_disk_is_never_removed(full_disk):
    content = bytearray(Path(full_disk.path).read_bytes())
    content[68:72] = b"book"
    with open(full_disk.path, "r+b") as file:
        file.write(content)
    with pytest.raises(OSError):
        full_disk.clear()
    assert Path(full_disk.path).read_bytes() == content


def test_a_full_disk_has_room_once_the_store_is_pruned_and_what_is_left_is_served(full_disk, clips):
    before = full_disk.info()
    forgotten = full_disk.prune(before["bytes"] // 2)
    assert 0 < forgotten < len(clips)
    after = full_disk.info()
    assert after["clips"] == before["clips"] - forgotten
    assert os.path.getsize(full_disk.path) <= before["bytes"] // 2
    check(clips[-2:], full_disk)
