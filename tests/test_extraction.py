"""Batches by any backend: what is at work where, in what order, and how it ends."""

import os
import threading
import tracemalloc

import joblib
import numpy as np
import pytest
import skaudio.audio._load as load
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from skaudio.feature_extraction._extraction import plan

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadError


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


def threads_at_work(clips, n_jobs):
    """Return how many threads of this process decode `clips`."""
    seen = set()
    original = load.open_path

    def open_path(path):
        seen.add(threading.get_ident())
        return original(path)

    load.open_path = open_path
    try:
        MFCCTransformer(n_jobs=n_jobs, hop_length=128).transform(clips)
    finally:
        load.open_path = original
    return len(seen)


def test_many_threads_are_used_where_they_are_asked_for(clips):
    assert threads_at_work(clips, 3) == 3
    assert threads_at_work(clips, None) == 1


@pytest.mark.parametrize("n_jobs", [8, -1])
def test_inside_a_worker_process_its_share_of_the_cores_is_the_limit(clips, n_jobs):
    share = max(1, joblib.cpu_count() // 2)
    found = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(threads_at_work)(clips, n_jobs) for _ in range(2))
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
    clips = [Sized(size) for size in sizes]
    batches = list(plan(range(len(clips)), clips))
    assert [position for batch in batches for position in batch] == list(range(len(clips)))
    for batch in batches:
        assert 1 <= len(batch) <= 8
        assert len(batch) == 1 or sum(sizes[position] for position in batch) <= 8_000_000


class Sized:
    def __init__(self, nbytes):
        self.nbytes = nbytes


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_after_a_failure_no_further_batch_is_begun(clips, tmp_path, n_jobs):
    broken = tmp_path / "broken.wav"
    broken.write_text("hello")
    seen = []
    original = load.open_path

    def open_path(path):
        seen.append(path)
        return original(path)

    load.open_path = open_path
    try:
        with pytest.raises(AudioReadError, match="clip 1,"):
            MFCCTransformer(n_jobs=n_jobs).transform([clips[0], str(broken), *clips * 10])
    finally:
        load.open_path = original
    assert len(seen) <= 8 * 6  # joblib has twice as many batches waiting as there are jobs


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


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_long_and_short_clips_have_the_numbers_of_librosa(tmp_path, rate):
    librosa = pytest.importorskip("librosa")
    path = tmp_path / "long.wav"
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, int(1.1 * load._LONG)).astype(np.float32)
    soundfile.write(path, samples, rate, subtype="FLOAT")
    waveform, _ = librosa.load(path, sr=22050)
    blocks = load.stream_clip(
        path, sample_rate=22050, offset=0, duration=None, max_duration=None, channel="mean", res_type="soxr_hq"
    )
    pieces = list(blocks)
    assert len(pieces) > 1
    np.testing.assert_allclose(np.concatenate(pieces), waveform, atol=1e-6)
    assert sum(map(len, pieces)) == len(waveform)
    expected = librosa.feature.mfcc(y=waveform, sr=22050, n_mfcc=40).mean(axis=1)
    np.testing.assert_allclose(MFCCTransformer().transform([path])[0], expected, atol=5e-3)
