"""A library that is killed while it hears loses nothing, and hears nothing twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest
from sounds import hiss, tone, write

from skaudio.library import SoundLibrary

_SCRIPT = """
import sys, time
decoded = open(sys.argv[3], "a", buffering=1)

def slowly(event, arguments):
    if event == "skaudio.decode":
        decoded.write(f"{arguments[0]}\\n")
        time.sleep(0.01)  # so that batches are kept, too, before the last one is decoded

sys.addaudithook(slowly)
from skaudio.library import SoundLibrary
library = SoundLibrary(sys.argv[1], features="tutorial", window=2.0)
print("ready", flush=True)
library.update(sys.argv[2], n_jobs=2)
print("done", flush=True)
"""


@pytest.fixture
def folder(tmp_path):
    for k in range(120):
        make = tone(200 + 20 * k, 1.5, seed=k) if k % 2 else hiss(1.5, seed=k)
        write(tmp_path / "s" / f"{k % 7}" / f"{k}.wav", make)
    write(tmp_path / "s" / "long.wav", hiss(30, seed=500))
    (tmp_path / "s" / "bad.wav").write_bytes(b"no sound")
    return tmp_path / "s"


def _start(tmp_path, folder):
    arguments = [sys.executable, "-c", _SCRIPT, str(tmp_path / "a.library"), str(folder), str(tmp_path / "decoded")]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def _heard(tmp_path):
    """Return the paths of the files that the library has, those that cannot be read among them."""
    connection = sqlite3.connect(tmp_path / "a.library")
    try:
        rows = connection.execute("SELECT path FROM files WHERE state != 'gone'").fetchall()
    except sqlite3.OperationalError:  # it was killed before there was a table
        return set()
    finally:
        connection.close()
    return {os.fsdecode(path) for (path,) in rows}


def _decoded(tmp_path):
    """Return the paths that were decoded, in order."""
    try:
        return (tmp_path / "decoded").read_text().splitlines()
    except FileNotFoundError:
        return []


@pytest.mark.slow
def test_killed_twenty_times(tmp_path, folder):
    heard, n_decoded = set(), 0
    for n_begun in np.random.default_rng(0).integers(1, 25, 20):
        with _start(tmp_path, folder) as process:
            assert process.stdout.readline() == "ready\n"
            while process.poll() is None and len(_decoded(tmp_path)) < n_decoded + n_begun:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        decoded = _decoded(tmp_path)
        assert heard.isdisjoint(decoded[n_decoded:]), "what was kept was decoded again"
        assert heard <= _heard(tmp_path), "what was finished was lost"
        heard, n_decoded = _heard(tmp_path), len(decoded)
        assert heard <= set(decoded)
    assert heard
    with _start(tmp_path, folder) as process:
        assert process.communicate()[0].endswith("done\n")
    assert process.returncode == 0
    library = SoundLibrary(tmp_path / "a.library")
    sounds = library.sounds
    assert library.update().n_unchanged == 122
    assert len(sounds) == 120 + 15
    assert not sounds.duplicated(["path", "start"]).any()
    assert library.info()["unreadable"] == 1
    other = SoundLibrary(tmp_path / "b.library", features="tutorial", window=2.0)
    other.update(folder)
    order = (
        other.sounds.reset_index().set_index(["path", "start"])["index"].loc[list(zip(sounds["path"], sounds["start"]))]
    )
    np.testing.assert_array_equal(library.vectors, other.vectors[order.to_numpy()])


@pytest.mark.slow
def test_two_that_hear_at_once_leave_each_sound_once(tmp_path, folder):
    processes = [_start(tmp_path, folder) for _ in range(2)]
    for process in processes:
        assert process.communicate()[0].endswith("done\n")
        assert process.returncode == 0
    library = SoundLibrary(tmp_path / "a.library")
    assert len(library.sounds) == 135
    assert not library.sounds.duplicated(["path", "start"]).any()
