"""A store that cannot be used is warned of, and the rows are right."""

import os
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from storing import clips, expected, store  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio.store import FeatureStore


def newer(path):
    with FeatureStore(path).session():
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def foreign(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE books (title TEXT)")
    connection.close()


def truncated(path):
    MFCCTransformer(cache=path).transform([np.zeros(9000, np.float32)])
    MFCCTransformer(cache=path).fit_transform([np.full(9000, k / 99, np.float32) for k in range(50)])
    os.truncate(path, 30000)


UNUSABLE = {
    "newer": (newer, "version 99, .*newer skaudio"),
    "foreign": (foreign, "something else"),
    "folder": (lambda path: os.mkdir(path), "is a folder"),
    "text": (lambda path: path.write_text("hello " * 1000), "is no store, and left as it is"),
    "truncated": (truncated, "damaged|malformed"),
}


@pytest.mark.parametrize("make, words", UNUSABLE.values(), ids=UNUSABLE)
def test_a_store_that_cannot_be_used_is_warned_of_and_left_alone(tmp_path, clips, expected, make, words):
    path = tmp_path / "features.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.warns(UserWarning, match=f"feature store '.*features.sqlite' cannot be used.*({words})"):
        rows = MFCCTransformer(cache=path, n_jobs=2).transform(clips)
    assert rows.tobytes() == expected.tobytes()
    if before is not None:
        assert path.read_bytes() == before
    if make is not truncated:
        with pytest.raises(OSError, match=words):
            FeatureStore(path).info()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that even root cannot write to")
def test_a_store_in_a_read_only_folder_is_warned_of(clips, expected):
    with pytest.warns(UserWarning, match="cannot be used"):
        rows = MFCCTransformer(cache="/proc/self/features.sqlite").transform(clips[:4])
    assert rows.tobytes() == expected[:4].tobytes()


def test_a_damaged_entry_is_not_believed(clips, expected, store):
    MFCCTransformer(cache=store).transform(clips[:4])
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE features SET data = zeroblob(length(data)) WHERE rowid = 2")
    connection.close()
    with pytest.warns(UserWarning, match="does not match its checksum"):
        rows = MFCCTransformer(cache=store).transform(clips[:4])
    assert rows.tobytes() == expected[:4].tobytes()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_full_disk_is_warned_of_and_all_rows_are_right(tmp_path, clips, expected, n_jobs):
    script = f"""
import resource, signal, sys, warnings
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from skaudio import MFCCTransformer
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    rows = MFCCTransformer(cache={str(tmp_path / "features.sqlite")!r}, n_jobs={n_jobs}).transform({clips!r})
sys.stdout.buffer.write(rows.tobytes())
print(*[str(w.message) for w in caught], sep="\\n", file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.stdout == expected.tobytes(), done.stderr
    assert done.stderr.count(b"cannot be used, and features are extracted without it") == 1
