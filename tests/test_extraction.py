"""Batches by any backend: what is at work where, in what order, and how it ends."""

import os
import subprocess
import sys
import threading
import tracemalloc

import joblib
import numpy as np
import pytest
import soundfile
from counting import answering, listening
from hypothesis import given
from hypothesis import strategies as st

from skaudio import MFCCTransformer
from skaudio.clips import Reader, as_clip
from skaudio.exceptions import AudioReadError
from skaudio.extraction import Recipe, _stored, plan, run_batches
from skaudio.extraction._run import StoppedError, new_run, run_named
from skaudio.inspection import check_clips
from skaudio.store import FeatureStore


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for k in range(70):
        soundfile.write(folder / f"{k:03}.wav", rng.uniform(-0.5, 0.5, 4000 + 100 * k), 22050)
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing", "sequential"])
def test_any_backend_gives_the_same_bits(clips, backend):
    expected = MFCCTransformer().transform(clips)
    with joblib.parallel_config(backend=backend, n_jobs=2 if backend != "sequential" else 1):
        assert MFCCTransformer().transform(clips).tobytes() == expected.tobytes()


def threads_at_work(clips, n_jobs, work="transform"):
    """Return how many threads of this process decode `clips`."""
    with listening() as events:
        if work == "transform":
            MFCCTransformer(n_jobs=n_jobs, hop_length=128).transform(clips)
        else:
            check_clips(clips, n_jobs=n_jobs)
    return len({thread for thread, event, *_ in events if event == "skaudio.decode"})


def test_many_threads_are_used_where_they_are_asked_for(clips):
    all_at_work, met = threading.Barrier(3, timeout=300), threading.local()

    def meet(event, *_):
        if not hasattr(met, "others"):
            met.others = all_at_work.wait()

    with answering(meet):
        assert threads_at_work(clips, 3) == 3
    assert threads_at_work(clips, None) == 1


@pytest.mark.parametrize("work", ["transform", "check"])
@pytest.mark.parametrize("n_jobs", [8, -1])
def test_inside_a_worker_process_its_share_of_the_cores_is_the_limit(clips, n_jobs, work):
    share = max(1, joblib.cpu_count() // 2)
    tasks = [joblib.delayed(threads_at_work)(clips, n_jobs, work) for _ in range(2)]
    found = joblib.Parallel(n_jobs=2, backend="loky")(tasks)
    assert max(found) <= share


def test_inside_a_worker_thread_there_are_no_more_threads(clips):
    def work():
        return MFCCTransformer(n_jobs=8).transform(clips).tobytes(), threading.active_count()

    n_before = threading.active_count()
    found = joblib.Parallel(n_jobs=2, backend="threading")(joblib.delayed(work)() for _ in range(2))
    assert found[0][0] == MFCCTransformer().transform(clips).tobytes()
    assert max(n for _, n in found) <= n_before + 6  # two workers, and the pool's own


@given(sizes=st.lists(st.integers(0, 40_000_000), max_size=100))
def test_batches_hold_all_clips_in_order_and_are_bounded(sizes):
    clips = [Sized(size) for size in sizes]  # a plan asks for nothing else
    batches = list(plan(range(len(clips)), clips))
    assert [position for batch in batches for position in batch] == list(range(len(clips)))
    for batch in batches:
        assert 1 <= len(batch) <= 8
        assert len(batch) == 1 or sum(sizes[position] for position in batch) <= 8_000_000


class Sized:
    def __init__(self, size):
        self.size = size


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_after_a_failure_no_further_batch_is_begun(clips, tmp_path, n_jobs):
    broken = tmp_path / "broken.wav"
    broken.write_text("hello")
    begun = []

    def batches():
        for batch in plan(range(len(many)), many):
            begun.append(len(batch))
            yield batch

    many = [as_clip(path) for path in [clips[0], broken, *clips * 100]]  # the failure is seen long before their end
    recipe = Recipe(Reader(), tuple(MFCCTransformer()._features()))
    failures, found = [], run_batches(recipe, many, batches(), n_jobs, stop_at_failure=True)
    for batch in found:
        if not failures:
            n_at_failure = len(begun)
        failures += [outcome for outcome in batch.outcomes if isinstance(outcome, AudioReadError)]
    assert [failure.position for failure in failures] == [1]
    # What joblib had been given when the failure was seen, and one batch that was being given meanwhile.
    assert len(begun) <= n_at_failure + n_jobs
    assert len(begun) < len(many) // 8


def test_memory_does_not_grow_with_the_number_of_clips(clips):
    def peak(n):
        X = [clips[0]] * n
        mfcc = MFCCTransformer(n_mfcc=1)
        mfcc.transform(X[:2])
        tracemalloc.start()
        try:
            mfcc.transform(X)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # A list of clips and a row each; and nothing else.
    assert peak(1200) - peak(100) < 1100 * 500


@pytest.mark.slow
def test_a_long_clip_is_never_whole_in_memory(tmp_path):
    path = tmp_path / "long.wav"
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", 44100, 2) as file:
        for _ in range(60):  # ten minutes
            file.write(rng.integers(-9000, 9000, (441000, 2), dtype=np.int16))
    mfcc = MFCCTransformer(statistics=("mean", "std", "skew"), deltas=1)
    mfcc.transform([np.zeros(22050, np.float32)])
    tracemalloc.start()
    try:
        mfcc.transform([path])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # 53 MB of mono samples at 22 050 Hz would be no room for themselves and the spectra, 13 MB.
    assert peak < 50e6
    assert os.path.getsize(path) > 100e6


@pytest.mark.slow
def test_a_worker_of_the_callers_process_number_is_another_process(clips):
    """Two containers may both be number 1: a batch that comes from another process is never taken for one's own."""
    expected = MFCCTransformer().transform(clips[:9])
    with joblib.parallel_config(backend="loky", n_jobs=2, initializer=os.environ.__setitem__, initargs=("A", "B")):
        pid = os.getpid()
        joblib.Parallel()(joblib.delayed(pretend_to_be)(pid) for _ in range(4))
        found = MFCCTransformer().transform(clips[:9])
    assert found.tobytes() == expected.tobytes()


def pretend_to_be(pid):
    os.getpid = lambda: pid


def test_a_forked_worker_is_another_process(clips):
    expected = MFCCTransformer().transform(clips[:9])
    script = f"""
import os, sys
import numpy as np
from skaudio import MFCCTransformer
clips = {clips[:9]!r}
MFCCTransformer().transform(clips[:1])
os.getpid = lambda: 1
import joblib
with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
    sys.stdout.buffer.write(MFCCTransformer().transform(clips).tobytes())
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, check=False, timeout=60)
    assert done.stdout == expected.tobytes(), done.stderr


def test_a_batch_of_a_call_that_has_ended_is_given_up():
    with new_run() as name:
        run = run_named(name)
        run.go_on()
    with pytest.raises(StoppedError):
        run.go_on()
    with pytest.raises(StoppedError):
        run_named(name)
    run_named("of another process").go_on()


def test_what_others_have_in_work_does_not_make_batches_small(clips, tmp_path):
    """Of every four clips another has three: a batch of eight is found all the same, and none of his is waited for."""
    store = FeatureStore(tmp_path / "features.sqlite")
    mfcc = MFCCTransformer(cache=store)
    recipe = Recipe(mfcc._reader(), tuple(mfcc._features()))
    parts, pending, known = _stored.StoredParts(recipe), _stored.Pending(), [as_clip(path) for path in clips]
    for position, clip in enumerate(known):
        pending.add(parts.name(clip, position), position)
    names = list(pending.first)
    with store.session() as other, store.session() as session:
        other.claim({name: parts.keys for k, name in enumerate(names) if k % 4}, 99)
        errors = []
        first = next(_stored._claim_batches(session, known, pending, names, parts.keys, errors))
    assert first == list(range(0, 32, 4))
    assert not errors


def test_one_clip_is_done_by_who_asks_for_it(clips, monkeypatch):
    started, start = [], threading.Thread.start

    def counted(thread):
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", counted)
    transformer = MFCCTransformer(n_jobs=4)
    one = transformer.transform(clips[:1])
    assert started == []
    two = transformer.transform(clips[:20])
    assert started
    assert one.tobytes() == two[:1].tobytes()
