"""What the store keeps: each clip once, whatever is asked for next; the numbers are those without it."""

import os
import pickle
import sqlite3
import subprocess
import sys
import tempfile

import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from storing import clips, expected, log, n_decodes, numbers, store  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadError, AudioReadWarning
from skaudio.store import FeatureStore
from skaudio.testing import check_audio_transformer


@pytest.mark.slow
def test_check_of_audio_transformers_passes_with_a_store(tmp_path):
    check_audio_transformer(MFCCTransformer(cache=str(tmp_path / "features.sqlite")))
    check_audio_transformer(MFCCTransformer(cache=tmp_path / "more.sqlite", deltas=1, statistics=("std", "median")))
    check_audio_transformer(MFCCTransformer(cache=FeatureStore(tmp_path / "s.sqlite"), statistics=None, duration=0.6))


def test_a_clip_is_decoded_once_and_its_rows_have_the_same_bits(clips, expected, store, log):
    mfcc = MFCCTransformer(cache=store)
    for n_jobs in (1, 2):
        rows = mfcc.set_params(n_jobs=n_jobs).transform(clips)
        assert rows.tobytes() == expected.tobytes()
    assert n_decodes(log) == 96
    assert numbers(store) == {"clips": 96, "hits": 96, "misses": 96, "extractions": 96}


@pytest.mark.parametrize("place", [0, 1])
def test_with_a_bad_clip_no_more_are_opened_than_without_a_store(clips, store, log, place):
    broken = [*clips[:place], "nowhere.wav", *clips[place:]]
    for cache in (None, store):
        n_before = n_decodes(log)
        with pytest.raises(FileNotFoundError, match=f"clip {place}, 'nowhere.wav'"):
            MFCCTransformer(cache=cache).transform(broken)
        assert n_decodes(log) - n_before <= 9  # those of its batch may be read at once


@pytest.mark.parametrize("cache", [np.True_, True])
def test_true_is_the_store_of_the_user_whatever_its_type(clips, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    MFCCTransformer(cache=cache).transform(clips[:1])
    assert os.listdir(tmp_path) == ["skaudio"]
    MFCCTransformer(cache=np.False_).transform(clips[1:2])
    assert FeatureStore(tmp_path / "skaudio" / "features.sqlite").info()["clips"] == 1


def test_a_store_of_an_older_version_is_begun_anew(clips, expected, store):
    os.makedirs(os.path.dirname(store.path))
    with sqlite3.connect(store.path) as connection:
        connection.execute("CREATE TABLE features (key BLOB PRIMARY KEY, used INTEGER NOT NULL, data BLOB NOT NULL)")
        connection.execute("CREATE TABLE claims (key BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID")
        connection.execute("INSERT INTO features VALUES (x'00', 1, x'00')")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(f"PRAGMA application_id = {0x736B6175}")
    connection.close()
    assert MFCCTransformer(cache=store).transform(clips[:2]).tobytes() == expected[:2].tobytes()
    assert store.info()["clips"] == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to be another user")
@pytest.mark.parametrize("mode, n_claimed", [(0o644, 0), (0o600, 1)])
def test_an_owner_of_another_user_is_looked_at(mode, n_claimed):
    """The file of one who is at work: another user may read it, or not even that."""
    script = """
import os, sys
from skaudio.store import FeatureStore
os.setuid(65534)
with FeatureStore(sys.argv[1]).session() as session:
    print(len(session.claim({b"k" * 16: [b"part"]}, 1)))
"""
    with tempfile.TemporaryDirectory() as folder:  # one that others may be let into
        path = os.path.join(folder, "features.sqlite")
        with FeatureStore(path).session() as session:
            session.claim({b"k" * 16: [b"part"]}, 1)
            (owner,) = os.listdir(f"{path}-owners")
            os.chmod(f"{path}-owners/{owner}", mode)
            for name in (folder, f"{path}-owners", *(os.path.join(folder, name) for name in os.listdir(folder))):
                os.chmod(name, 0o777)
            done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=False)
    assert done.stdout == f"{n_claimed}\n", done.stderr


def test_a_changed_file_is_extracted_anew(tmp_path, store, log):
    path = tmp_path / "clip.wav"
    for level in (0.1, 0.2):
        soundfile.write(path, np.full(9000, level), 22050)
        os.utime(path, ns=(0, int(level * 1e9)))
        found = MFCCTransformer(cache=store).transform([path])
        assert found.tobytes() == MFCCTransformer().transform([path]).tobytes()
    assert store.info()["extractions"] == 2


def test_a_clip_given_twice_is_decoded_once(clips, store, log):
    rows = MFCCTransformer(cache=store).transform([clips[0], clips[1], clips[0], os.path.relpath(clips[0])])
    assert n_decodes(log) == 2
    assert rows[0].tobytes() == rows[2].tobytes() == rows[3].tobytes()


def test_segments_of_a_file_are_clips_of_their_own(clips, store, log):
    segments = [(clips[0], 0.0, 0.5), (clips[0], 0.25, 0.5), clips[0]]
    for _ in range(2):
        found = MFCCTransformer(cache=store).transform(segments)
    assert n_decodes(log) == 3
    assert found.tobytes() == MFCCTransformer().transform(segments).tobytes()


def test_failures_are_named_each_time_and_not_stored(clips, store, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("hello")
    X = [clips[0], str(broken), clips[1], str(broken), "nowhere.wav"]
    mfcc = MFCCTransformer(cache=store, on_error="nan")
    for _ in range(2):
        with pytest.warns(AudioReadWarning, match="3 of 5 clips") as caught:
            rows = mfcc.transform(X)
        assert all(f"clip {position}" in str(caught[0].message) for position in (1, 3, 4))
        assert np.isnan(rows[[1, 3, 4]]).all()
        assert np.isfinite(rows[[0, 2]]).all()
        with pytest.raises(AudioReadError, match=r"clip 1, .*broken"):
            MFCCTransformer(cache=store).transform(X[:4])
    assert store.info()["clips"] == 2


def test_clips_in_memory_are_kept_by_fit_transform_and_looked_up_by_transform(clips, store):
    with open(clips[0], "rb") as file:
        X = [file.read(), soundfile.read(clips[1], dtype="float32")[0], soundfile.read(clips[2], dtype="int16")]
    expected = MFCCTransformer().transform(X)
    fitted = MFCCTransformer(cache=store).fit(X)
    loaded = pickle.loads(pickle.dumps(fitted))
    for each in (fitted, loaded, clone(fitted)):
        assert each.transform(X).tobytes() == expected.tobytes()
        assert store.info()["clips"] == 0
    assert MFCCTransformer(cache=store).fit_transform(X).tobytes() == expected.tobytes()
    assert store.info()["clips"] == 3
    assert loaded.transform(X).tobytes() == expected.tobytes()  # what is there may well be used
    assert numbers(store) == {"clips": 3, "hits": 3, "misses": 12, "extractions": 3}


def test_the_store_of_the_user_is_in_the_cache_folder(clips, tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    script = f"""
from skaudio import MFCCTransformer
from skaudio.store import FeatureStore
MFCCTransformer(cache=True).transform({clips[:2]!r})
print(FeatureStore().info()["clips"], FeatureStore().info()["path"])
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    n_clips, path = done.stdout.split(" ", 1)
    assert n_clips == "2"
    assert path.startswith(str(tmp_path))


def test_a_store_is_its_path_alone(store):
    for other in (clone(MFCCTransformer(cache=store)).cache, pickle.loads(pickle.dumps(store))):
        assert vars(other) == vars(store) == {"path": store.path}


def test_prune_forgets_what_was_not_used_for_longest(clips, store, log):
    mfcc = MFCCTransformer(cache=store)
    mfcc.transform(clips)
    with sqlite3.connect(store.info()["path"]) as connection:
        connection.execute("UPDATE features SET used = 1")
    connection.close()
    mfcc.transform(clips[:10])  # used today
    whole = store.info()["bytes"]
    forgotten = store.prune(whole // 4)
    assert store.info()["bytes"] <= whole // 4
    assert store.info()["clips"] == 96 - forgotten > 10
    os.truncate(log, 0)
    mfcc.transform(clips[:10])
    assert n_decodes(log) == 0
    assert store.prune(0) == 96 - forgotten
    store.clear()
    assert numbers(store) == {"clips": 0, "hits": 0, "misses": 0, "extractions": 0}
    with pytest.raises(ValueError, match="max_bytes=-1"):
        store.prune(-1)


def test_prune_forgets_no_more_than_asked_while_somebody_reads(clips, store):
    """The file cannot shrink then, and is not what is measured."""
    MFCCTransformer(cache=store).transform(clips)
    whole = store.info()["bytes"]
    reader = sqlite3.connect(store.path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM features").fetchone() == (96,)
    forgotten = store.prune(whole // 2)
    assert 30 < store.info()["clips"] == 96 - forgotten < 70
    assert reader.execute("SELECT count(*) FROM features").fetchone() == (96,)
    reader.close()
    assert store.prune(whole // 2) == 0
    assert store.info()["bytes"] <= whole // 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_counts_are_right_after_a_fork(clips, store):
    mfcc = MFCCTransformer(cache=store)
    mfcc.transform(clips[:5])
    child = os.fork()
    if not child:
        status = 1
        try:
            mfcc.transform(clips[3:9])
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    mfcc.transform(clips[8:10])
    assert numbers(store) == {"clips": 10, "hits": 3, "misses": 10, "extractions": 10}


def test_a_store_that_is_not_there_is_empty_and_is_not_made(store):
    assert numbers(store) == {"clips": 0, "hits": 0, "misses": 0, "extractions": 0}
    assert store.prune(0) == 0
    store.clear()
    assert not os.path.exists(store.path)


def test_nothing_is_left_beside_the_file(clips, store):
    MFCCTransformer(cache=store).transform(clips[:3])
    assert os.listdir(os.path.dirname(store.path)) == ["features.sqlite"]


def test_parameters_of_another_kind_are_refused(clips):
    with pytest.raises(ValueError, match="'cache'"):
        MFCCTransformer(cache=3).transform(clips[:1])


def test_false_and_none_are_no_store(clips, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for cache in (False, None):
        MFCCTransformer(cache=cache).transform(clips[:1])
    assert os.listdir(tmp_path) == []
