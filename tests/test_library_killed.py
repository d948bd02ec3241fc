"""A library that is killed while it hears loses nothing, and hears nothing twice."""

import os
import random
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
import sys
decoded = open(sys.argv[3], "a", buffering=1)
sys.addaudithook(lambda event, arguments: decoded.write(f"{arguments[0]}\\n") if event == "skaudio.decode" else None)
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


def _n_heard(tmp_path):
    connection = sqlite3.connect(tmp_path / "a.library")
    try:
        return connection.execute("SELECT count(*) FROM files WHERE state != 'gone'").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


@pytest.mark.slow
def test_killed_twenty_times(tmp_path, folder):
    random.seed(0)
    kills = finished = 0
    before = 0
    while kills < 20:
        with _start(tmp_path, folder) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(random.uniform(0, 0.25))
            process.send_signal(signal.SIGKILL)
            finished += process.stdout.read().count("done")
        kills += 1
        now = _n_heard(tmp_path)
        assert now >= before, "what was finished was lost"
        before = now
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
    # What was kept was not decoded again: at each kill, a batch in each thread and the long file at most.
    decoded = (tmp_path / "decoded").read_text().split("\n")
    assert len(decoded) < 122 + 20 * (2 * 8 + 3) + 10


@pytest.mark.slow
def test_two_that_hear_at_once_hear_everything_once(tmp_path, folder):
    processes = [_start(tmp_path, folder) for _ in range(2)]
    for process in processes:
        assert process.communicate()[0].endswith("done\n")
    library = SoundLibrary(tmp_path / "a.library")
    assert len(library.sounds) == 135
    assert not library.sounds.duplicated(["path", "start"]).any()
    assert os.path.getsize(tmp_path / "a.library") > 0
