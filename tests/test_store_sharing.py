"""The store is shared: each clip is extracted once, whoever asks for it and however it ends."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
from counting import count_decodes, decodes
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from storing import clips, expected, log, n_decodes, numbers, store  # noqa: F401 - fixtures

from skaudio import MFCCTransformer, make_audio_pipeline
from skaudio.datasets import make_urban_sounds
from skaudio.exceptions import AudioReadError
from skaudio.store import FeatureStore

HERE = os.path.dirname(__file__)


def test_what_is_claimed_and_given_up_is_no_extraction(clips, store, log, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("hello")
    for n_jobs in (1, 2):
        with pytest.raises(AudioReadError, match="clip 3,"):
            MFCCTransformer(cache=store, n_jobs=n_jobs).transform([*clips[:3], str(broken), *clips[3:]])
    assert numbers(store)["extractions"] == n_decodes(log)


# Exactly once, and shared


@pytest.mark.slow
def test_a_search_in_worker_processes_decodes_each_clip_once(tmp_path, store):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=4)
    log = tmp_path / "decodes.log"
    pipeline = make_audio_pipeline(classifier=GaussianNB(), cache=store)
    grid = {"features__n_mfcc": [13, 40], "classifier__var_smoothing": [1e-9, 1e-2]}
    with joblib.parallel_config(backend="loky", initializer=count_decodes, initargs=(log,)):
        search = GridSearchCV(pipeline, grid, cv=dataset.cv, n_jobs=2, error_score="raise", refit=False)
        search.fit(dataset.data, dataset.target)
    by_process = decodes(log)
    paths = [path for process in by_process.values() for path in process]
    assert sorted(paths) == sorted(dataset.data)
    assert store.info()["extractions"] == len(dataset.data)
    search.set_params(n_jobs=1, estimator__features__cache=None)
    plain = clone(search).fit(dataset.data, dataset.target)
    assert plain.cv_results_["mean_test_score"].tolist() == search.cv_results_["mean_test_score"].tolist()


WORKER = """
import os, sys, time
sys.path.insert(0, {here!r})
from counting import answering, count_decodes
from skaudio import MFCCTransformer

def wait_for(names):
    while not all(map(os.path.exists, names)):
        time.sleep(0.001)

def begin(event, *arguments):
    open(name + ".began", "w").close()
    wait_for([each + ".began" for each in {names!r}])

count_decodes({log!r})
clips = open({listing!r}).read().split("\\n")
name = sys.argv[1]
open(name, "w").close()
wait_for([{go!r}])
with answering(begin):
    rows = MFCCTransformer(cache={store!r}, n_fft=8192, hop_length=64).transform(clips)
open(name + ".rows", "wb").write(rows.tobytes())
"""


def start(tmp_path, store, clips, n):
    """Start `n` processes that extract the same clips, and wait for each other before the first of them."""
    listing, go = tmp_path / "clips.txt", tmp_path / "go"
    listing.write_text("\n".join(clips))
    names = [str(tmp_path / f"worker{k}") for k in range(n)]
    for name in names:
        for ending in ("", ".began", ".rows"):
            Path(name + ending).unlink(missing_ok=True)
    go.unlink(missing_ok=True)
    script = WORKER.format(
        here=HERE, log=str(tmp_path / "decodes.log"), listing=str(listing), go=str(go), store=str(store.path),
        names=names,
    )  # fmt: skip
    workers = [subprocess.Popen([sys.executable, "-c", script, name]) for name in names]
    while not all(os.path.exists(name) for name in names):
        assert all(worker.poll() is None for worker in workers)
        time.sleep(0.01)
    go.touch()
    return workers, names


@pytest.mark.slow
def test_processes_started_together_share_the_work(tmp_path, store, clips):
    workers, names = start(tmp_path, store, clips, 4)
    assert [worker.wait() for worker in workers] == [0] * 4
    by_process = decodes(tmp_path / "decodes.log")
    assert sorted(path for paths in by_process.values() for path in paths) == clips
    assert len(by_process) == 4
    assert store.info()["extractions"] == len(clips)
    expected = MFCCTransformer(n_fft=8192, hop_length=64, n_jobs=2).transform(clips).tobytes()
    for name in names:
        with open(name + ".rows", "rb") as file:
            assert file.read() == expected


OPENER = """
import os, sys, time
from skaudio.store import FeatureStore
open(sys.argv[1], "w").close()
while not os.path.exists({go!r}):
    time.sleep(0.001)
for k in range(60):
    with FeatureStore(os.path.join({folder!r}, str(k))).session() as session:
        session.count(hits=1)
"""


@pytest.mark.slow
def test_a_store_may_be_made_by_several_at_once(tmp_path):
    go, folder = tmp_path / "go", tmp_path / "stores"
    script = OPENER.format(go=str(go), folder=str(folder))
    names = [str(tmp_path / f"opener{k}") for k in range(3)]
    openers = [subprocess.Popen([sys.executable, "-c", script, name], stderr=subprocess.PIPE) for name in names]
    while not all(os.path.exists(name) for name in names):
        assert all(opener.poll() is None for opener in openers)
        time.sleep(0.01)
    go.touch()
    for opener in openers:
        _, error = opener.communicate()
        assert opener.returncode == 0, error
    assert {FeatureStore(folder / str(k)).info()["hits"] for k in range(60)} == {3}


def test_threads_share_the_work(clips, expected, store, log):
    results = [None] * 4

    def work(k):
        results[k] = MFCCTransformer(cache=store, n_jobs=1 + k % 2).transform(clips)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert n_decodes(log) == store.info()["extractions"] == len(clips)
    for rows in results:
        assert rows.tobytes() == expected.tobytes()


# Killed, interrupted


@pytest.mark.slow
def test_killed_at_any_moment_it_keeps_what_was_finished(tmp_path, store, clips):
    rng = np.random.default_rng(0)
    log = tmp_path / "decodes.log"
    n_stored = 0
    for n_begun in rng.integers(1, 40, 8):
        n_before = n_decodes(log)
        (worker,), _ = start(tmp_path, store, clips, 1)
        while worker.poll() is None and n_decodes(log) < n_before + n_begun:
            time.sleep(0.001)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        with sqlite3.connect(store.path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        now = store.info()["clips"]
        n_new = n_decodes(log) - n_before
        # All but the batch in work was kept, and nothing that was kept was decoded again.
        assert now >= n_stored
        assert n_new - (now - n_stored) <= 8
        n_stored = now
        if now == len(clips):
            store.clear()
            n_stored = 0
    n_before = n_decodes(log)
    (worker,), (name,) = start(tmp_path, store, clips, 1)
    assert worker.wait() == 0
    assert n_decodes(log) - n_before == len(clips) - n_stored
    with open(name + ".rows", "rb") as file:
        assert file.read() == MFCCTransformer(n_fft=8192, hop_length=64).transform(clips).tobytes()


def test_claims_of_a_dead_owner_are_taken_over_at_once(store):
    script = f"""
import os, time
from skaudio.store import FeatureStore
with FeatureStore({str(store.path)!r}).session() as session:
    print(len(session.claim({{bytes([k]) * 16: [b'part'] for k in range(4)}}, 3)), flush=True)
    time.sleep(60)
"""
    keys = [bytes([k]) * 16 for k in range(4)]
    wanted = {key: [b"part"] for key in keys}
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "3\n"
    with store.session() as session:
        assert session.claim(wanted, 4) == keys[3:]
        owner.kill()
        owner.wait()
        assert session.claim(wanted, 4) == keys[:3]
    owner.stdout.close()
    with store.session() as session:  # which the last one gave up at its end
        assert session.claim(wanted, 4) == keys


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_keep_its_parents_claims_alive(store):
    script = f"""
import os, signal, time
from skaudio.store import FeatureStore
with FeatureStore({str(store.path)!r}).session() as session:
    session.claim({{b"k" * 16: [b"part"]}}, 1)
    child = os.fork()
    if child == 0:
        os.close(1)
        time.sleep(300)
        os._exit(0)
    print(child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=False)
    try:
        with store.session() as session:
            assert session.claim({b"k" * 16: [b"part"]}, 1) == [b"k" * 16]
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


@pytest.mark.slow
def test_interrupted_it_ends_with_one_message_and_goes_on_where_it_was(tmp_path, store):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=12)
    command = [sys.executable, "-m", "skaudio.cli", "extract", "data", "-o", "features.csv"]
    command += ["--set", f"features__cache={store.path}", "--set", "features__hop_length=16"]
    job = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not os.path.exists(store.path) or store.info()["clips"] < 20:
        assert job.poll() is None
        time.sleep(0.02)
    job.send_signal(signal.SIGINT)
    out, err = job.communicate(timeout=300)
    assert (job.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "skaudio: interrupted"
    assert "Traceback" not in err
    assert not (tmp_path / "features.csv").exists()
    n_stored = store.info()["clips"]
    assert 20 <= n_stored < len(dataset.data)
    before = store.info()["extractions"]
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert store.info()["extractions"] - before == len(dataset.data) - n_stored


@pytest.mark.slow
def test_a_grid_over_esc10_decodes_400_clips(esc10, store):
    from skaudio.datasets import load_esc50

    dataset = load_esc50(esc10)
    pipeline = make_audio_pipeline(classifier=GaussianNB(), cache=store)
    grid = {"features__n_mfcc": [13, 20, 40], "features__statistics": [("mean",), ("mean", "std")]}
    GridSearchCV(pipeline, grid, cv=dataset.cv, n_jobs=2).fit(dataset.data, dataset.target)
    assert store.info()["extractions"] == store.info()["clips"] == 400
    shutil.rmtree(os.path.dirname(store.path))
