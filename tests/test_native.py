"""The native kernel: soxr's and NumPy's numbers, the same bits at any width, and no input that it does not survive."""

import ctypes
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.sparse
import soxr
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skaudio import MFCCTransformer
from skaudio.dsp import (
    can_compute_log_mel,
    can_halve,
    decibels,
    describe_kernel,
    halve,
    kernel,
    mel_power,
    n_frames,
    native_log_mel,
    padded_window,
)
from skaudio.dsp._native import _library
from skaudio.dsp._native._tables import Filters, Halving, Transform
from skaudio.exceptions import AudioReadError
from skaudio.extraction import LogMel, Spectra
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.store import FeatureStore

NATIVE = isinstance(_library._library(), ctypes.CDLL)
built = pytest.mark.skipif(not NATIVE, reason=f"there is no native kernel: {_library._library()}")
WIDTHS = {"avx512": 16, "avx2": 8, "sse2": 4, "neon": 4}


def names_of_instructions():
    """Return the names of all instructions that this processor has."""
    widest = _library._library().skaudio_widest() if NATIVE else 0
    return [name for name, width in WIDTHS.items() if name in _library._WIDTHS and width <= widest]


def noise(n, seed=0, scale=0.5):
    return np.random.default_rng(seed).uniform(-scale, scale, n).astype(np.float32)


def with_environment(name, function):
    """Return what a function gives where the variable says `name`."""
    before = os.environ.get(_library.VARIABLE)
    os.environ[_library.VARIABLE] = name
    _library._width.cache_clear()
    try:
        return function()
    finally:
        _library._width.cache_clear()
        del os.environ[_library.VARIABLE]
        if before is not None:
            os.environ[_library.VARIABLE] = before


def spectrum_of(name, waveform, *, n_fft=2048, hop_length=512, center=True, top_db=80.0, **bands):
    """Return the log-mel spectrum that the step gives with a kernel."""
    spectra = Spectra.of_window(
        None, window="hann", win_length=None, n_fft=n_fft, hop_length=hop_length, center=center, dtype=np.float32
    )
    parameters = {"n_mels": 40, "fmin": 0.0, "fmax": None, "htk": False, "mel_norm": "slaney"} | bands
    step = LogMel(spectra, 22050.0, n_fft, **parameters, power=2.0, top_db=top_db, kernel=name)
    pieces = waveform if isinstance(waveform, list) else [waveform]
    flows = [step.start()] if step.takes is None else [spectra.start(), step.start()]
    blocks = pieces
    for flow in flows:
        blocks = [given for block in blocks for given in map(np.copy, flow.add(block))] + list(
            flow.end() if flow is flows[-1] else map(np.copy, flow.end())
        )
    (series,) = blocks
    return series.whole()


# log-mel spectra


@built
@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 9000),
    n_fft=st.sampled_from([8, 16, 64, 512, 1024, 2048, 4096]),
    hop_length=st.integers(1, 3000),
    center=st.booleans(),
    n_mels=st.sampled_from([1, 3, 40, 128]),
    seed=st.integers(0, 9),
)
@example(n=1, n_fft=2048, hop_length=512, center=True, n_mels=40, seed=0)
@example(n=8, n_fft=8, hop_length=1, center=False, n_mels=1, seed=0)
def test_spectra_are_those_of_numpy(n, n_fft, hop_length, center, n_mels, seed):
    waveform = noise(n, seed)
    try:
        parameters = {"n_fft": n_fft, "hop_length": max(hop_length, n // 500), "center": center, "n_mels": n_mels}
        expected = spectrum_of("numpy", waveform, **parameters)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error).split(";")[0]):
            spectrum_of("native", waveform, **parameters)
        return
    # What a frame is rounded by is a share of its loudest band.
    found, expected = (10 ** (levels / 20) for levels in (spectrum_of("native", waveform, **parameters), expected))
    assert (abs(found - expected) <= 1e-5 * expected.max(axis=1, keepdims=True)).all()


@built
@pytest.mark.parametrize("bands", [{"htk": True}, {"mel_norm": None}, {"fmin": 300.0, "fmax": 4000.0}, {"n_mels": 512}])
def test_any_bands(bands):
    """With 512 of them some are empty."""
    waveform = noise(22050)
    found, expected = (spectrum_of(name, waveform, top_db=None, **bands) for name in ("native", "numpy"))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


@built
def test_silence_and_its_neighbourhood():
    for scale in (0, 1e-12, 1e-5, 1):
        waveform = noise(9000, scale=scale)
        found, expected = (spectrum_of(name, waveform, top_db=None) for name in ("native", "numpy"))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)
    assert (spectrum_of("native", np.zeros(9000, np.float32), top_db=None) == np.float32(-100)).all()


@built
@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(3000, 300_000),
    cuts=st.lists(st.floats(0, 1), max_size=4),
    hop_length=st.sampled_from([100, 512, 3000]),
    center=st.booleans(),
)
def test_bits_are_the_same_however_the_waveform_is_cut(n, cuts, hop_length, center):
    waveform = noise(n)
    pieces = np.split(waveform, sorted(int(cut * n) for cut in cuts))
    parameters = {"hop_length": hop_length, "center": center}
    whole = spectrum_of("native", waveform, **parameters)
    np.testing.assert_array_equal(spectrum_of("native", pieces, **parameters), whole)


@built
def test_what_is_too_loud_is_refused_and_no_number():
    for value in (np.inf, np.nan, 1e30):
        waveform = noise(9000)
        waveform[4000] = value
        taper = np.hanning(2048).astype(np.float32).tobytes()
        bands = {"sample_rate": 22050, "n_fft": 2048, "n_mels": 40}
        levels = native_log_mel(waveform, taper=taper, first=0, hop_length=512, n_frames=13, **bands)
        holds_it = [start <= 4000 < start + 2048 for start in range(0, 13 * 512, 512)]
        assert np.isnan(levels[holds_it]).all()
        assert np.isfinite(levels[np.invert(holds_it)]).all()
    loud = noise(22050)
    loud[10_000] = 1e30
    for name in ("native", "numpy"):
        for parameters in ({}, {"statistics": ("median",)}, {"statistics": ("skew",)}, {"top_db": None}):
            transformer = LogMelTransformer(**parameters)
            with pytest.raises(AudioReadError, match="too loud"):
                with_environment(name, lambda transformer=transformer: transformer.fit_transform([loud]))


# half the rate


@built
@settings(deadline=None, max_examples=60)
@given(n=st.integers(1, 20_000), seed=st.integers(0, 9), whole=st.booleans())
@example(n=1, seed=0, whole=True)
@example(n=220_501, seed=0, whole=True)
@example(n=1664, seed=0, whole=False)
@example(n=1665, seed=0, whole=False)
def test_half_the_rate_is_that_of_soxr(n, seed, whole):
    waveform = noise(n, seed, 1.0)
    samples = (waveform * 32767).astype(np.int16)
    if whole:
        waveform = samples.astype(np.float32) / 32768
    found = halve(samples if whole else waveform)
    expected = soxr.resample(waveform, 44100, 22050, quality="soxr_hq")
    assert found.shape == expected.shape == ((n + 1) // 2,)
    np.testing.assert_allclose(found, expected, rtol=0, atol=7e-7)
    np.testing.assert_array_equal(halve(waveform), found)


@built
def test_samples_at_any_place_in_memory():
    samples = (noise(9001) * 32767).astype(np.int16)
    expected = halve(samples)
    shifted = np.frombuffer(b"x" + samples.tobytes(), np.uint8)[1:].view(np.int16)
    assert not shifted.flags.aligned
    for same in (shifted, samples[::-1].copy()[::-1], np.repeat(samples, 3)[::3], np.asarray(samples, ">i2")):
        np.testing.assert_array_equal(halve(same), expected)
    waveform = noise(9001)
    waveform.setflags(write=False)
    expected = spectrum_of("native", waveform)
    unaligned = np.frombuffer(b"x" + waveform.tobytes(), np.uint8)[1:].view(np.float32)
    for same in (unaligned, np.repeat(waveform, 2)[::2], waveform.astype(np.float64)):
        np.testing.assert_array_equal(spectrum_of("native", same), expected)


@built
def test_infinite_samples_stay_where_they_are():
    waveform = noise(9000)
    waveform[6000] = np.nan
    found = halve(waveform)
    assert np.isnan(found[3000])
    assert np.isfinite(found[:1000]).all()


# which instructions


@built
@pytest.mark.parametrize("name", names_of_instructions())
def test_bits_do_not_depend_on_the_instructions(name):
    samples = (noise(30_000) * 32767).astype(np.int16)
    assert f"native ({name})" == with_environment(name, describe_kernel)
    for n in (1, 511, 2048, 3000, 30_000):
        expected = halve(samples[:n])
        np.testing.assert_array_equal(with_environment(name, lambda n=n: halve(samples[:n])), expected)
        expected = spectrum_of("native", noise(n), n_fft=512, hop_length=100)
        found = with_environment(name, lambda n=n: spectrum_of("native", noise(n), n_fft=512, hop_length=100))
        np.testing.assert_array_equal(found, expected)


@built
def test_bits_do_not_depend_on_threads():
    waveforms = [noise(5000 + 777 * k, k) for k in range(16)]
    expected = [spectrum_of("native", halve(waveform)) for waveform in waveforms]
    found = [None] * 16

    def work(k):
        for _ in range(5):
            found[k] = spectrum_of("native", halve(waveforms[k]))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for its, others in zip(found, expected):
        np.testing.assert_array_equal(its, others)


@built
def test_no_table_is_forgotten_while_it_is_read():
    """Other threads ask for more windows meanwhile than are kept."""
    waveform = noise(100_000)
    bands = {"sample_rate": 22050, "n_fft": 4096, "n_mels": 4}
    tapers = [np.full(4096, 0.1 + k / 40, np.float32).tobytes() for k in range(40)]

    def levels(taper, n_frames):
        return native_log_mel(waveform, taper=taper, first=0, hop_length=1, n_frames=n_frames, **bands)

    def others():
        while not ended:
            for taper in tapers[1:]:
                levels(taper, 1)

    expected = levels(tapers[0], 20_000)
    ended = []
    threads = [threading.Thread(target=others) for _ in range(2)]
    for thread in threads:
        thread.start()
    found = [levels(tapers[0], 20_000) for _ in range(5)]
    ended.append(True)
    for thread in threads:
        thread.join()
    for its in found:
        np.testing.assert_array_equal(its, expected)


# what is refused


@built
def test_sizes_beyond_it_are_refused():
    numbers = np.zeros(9000, np.float32)
    bands = Filters(scipy.sparse.csr_array(np.ones((2, 5))))

    def log_mel(n=8, hop=4, n_samples=9000, n_frames=3):
        transform = Transform(8)
        transform.n = n
        arguments = (ctypes.byref(transform), ctypes.byref(bands), numbers.ctypes.data, numbers.ctypes.data)
        levels = np.empty((3, 2), np.float32)
        _library.call("log_mel", *arguments, n_samples, 0, hop, n_frames, levels.ctypes.data)

    log_mel()
    for wrong in (
        {"hop": 1 << 60},
        {"n_frames": 1 << 50},
        {"n_samples": 1 << 50},
        {"n": 12},
        {"n": 4},
        {"n": 1 << 17},
        {"n": -8},
        {"hop": 0},
        {"n_samples": -1},
        {"n_frames": -1},
    ):
        with pytest.raises(RuntimeError, match="does not compute"):
            log_mel(**wrong)
    halving = Halving(np.ones(5), 64)
    halving.delay = 32
    with pytest.raises(RuntimeError, match="does not compute"):
        _library.call("halve", ctypes.byref(halving), numbers.ctypes.data, 0, 9000, numbers.ctypes.data, 10)


@built
def test_arguments_of_another_kind_are_refused():
    for samples in (
        np.zeros((9, 2), "f"),
        np.zeros((9, 0), "f"),
        np.zeros(9, "i4"),
        np.zeros(9, "u2"),
        np.zeros(9, "b"),
    ):
        with pytest.raises(ValueError, match=r"not \(n,\) of int16 or float32"):
            halve(samples)
    right = {"taper": bytes(4 * 16), "hop_length": 4, "n_fft": 16}
    for wrong in ({"taper": bytes(4)}, {"n_fft": 12}, {"n_fft": 0}, {"hop_length": 0}):
        with pytest.raises(ValueError, match="is not what the native kernel computes"):
            native_log_mel(np.zeros(9, "f"), first=0, n_frames=2, sample_rate=8000, n_mels=2, **right | wrong)
    with pytest.raises(ValueError, match="is not what the native kernel computes"):
        native_log_mel(np.zeros((9, 2), "f"), first=0, n_frames=2, sample_rate=8000, n_mels=2, **right)


@built
def test_one_frame_has_no_second_one_however_far():
    expected = LogMelTransformer(hop_length=20_000).fit_transform([noise(9000)])
    for hop_length in (1 << 62, 1 << 63, 1 << 70):
        found = LogMelTransformer(hop_length=hop_length).fit_transform([noise(9000)])
        np.testing.assert_array_equal(found, expected)


@built
@pytest.mark.parametrize("n_fft", [512, 2048])
def test_tones_are_as_near_to_what_they_are_as_by_numpy(n_fft):
    tone = np.sin(2 * np.pi * 1000 * np.arange(9000) / 22050).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(tone, n_fft)[::512].astype(np.float64)
    power = np.abs(np.fft.rfft(frames * padded_window("hann", None, n_fft))) ** 2
    exact = decibels(mel_power(power, sample_rate=22050, n_fft=n_fft, n_mels=40))
    exact = np.maximum(exact, exact.max() - 80)
    off = {name: abs(spectrum_of(name, tone, n_fft=n_fft, center=False) - exact).max() for name in ("native", "numpy")}
    assert off["native"] < 2e-3
    assert off["native"] < 3 * off["numpy"] + 1e-4


def test_the_rule_of_what_it_computes():
    assert can_compute_log_mel(2048, "float32", 2.0)
    for n_fft, dtype, power in [
        (2000, "float32", 2),
        (1 << 17, "float32", 2),
        (2048, "float64", 2),
        (2048, "float32", 1),
    ]:
        assert not can_compute_log_mel(n_fft, dtype, power)
    assert can_halve(44100, 22050, "soxr_hq")
    assert can_halve(16000.0, 8000, "soxr_hq")
    assert not any(
        (can_halve(48000, 22050, "soxr_hq"), can_halve(44100, 22050, "soxr_vhq"), can_halve(1, 2, "soxr_hq"))
    )


def test_a_word_that_is_none_and_what_is_not_there():
    with pytest.raises(ValueError, match="SKAUDIO_KERNEL='fast' is none of native, numpy"):
        with_environment("fast", kernel)
    if "avx512" not in names_of_instructions():
        with pytest.raises(ValueError, match="SKAUDIO_KERNEL=avx512, and th"):
            with_environment("avx512", kernel)
    assert with_environment("numpy", kernel) == "numpy"
    assert with_environment("numpy", describe_kernel) == "numpy (SKAUDIO_KERNEL=numpy)"


WITHOUT = """
import numpy as np
from skaudio import MFCCTransformer
from skaudio.dsp import describe_kernel, kernel
from skaudio.dsp._native import _library
from pathlib import Path
_library._LIBRARY = Path({path!r})
print(kernel(), "|", describe_kernel())
print(MFCCTransformer().fit_transform([np.zeros(9000, "float32")]).shape)
"""


@pytest.mark.parametrize("content, reason", [(None, "it was not built"), (b"no library", "it cannot be loaded")])
def test_where_there_is_none_numpy_computes_and_says_so(tmp_path, content, reason):
    path = tmp_path / "_kernel.so"
    if content is not None:
        path.write_bytes(content)
    environment = {name: value for name, value in os.environ.items() if name != _library.VARIABLE}
    script = [sys.executable, "-c", WITHOUT.format(path=str(path))]
    done = subprocess.run(script, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith(f"numpy | numpy ({reason}"), done.stderr
    assert done.stdout.endswith("(1, 40)\n")
    done = subprocess.run(script, capture_output=True, text=True, env=environment | {_library.VARIABLE: "native"})
    assert "ValueError: SKAUDIO_KERNEL=native, and there is no native kernel: " + reason in done.stderr


@built
def test_a_worker_without_it_says_so(monkeypatch):
    step = LogMelTransformer()._feature()
    assert "kernel='native'" in repr(step)
    monkeypatch.setattr(_library, "_library", lambda: "it was not built")
    with pytest.raises(RuntimeError, match="were to be computed by the native kernel, and here is none"):
        halve(noise(9))


# within transformers


@built
def test_which_kernel_it_was_is_part_of_what_rows_are_stored_under(tmp_path):
    clips = [(noise(30_000), 44100)]
    transformer = MFCCTransformer(cache=tmp_path / "store")
    rows = {}
    for _ in range(2):
        for name in ("native", "numpy"):
            rows.setdefault(name, []).append(with_environment(name, lambda: transformer.fit_transform(clips)))
    assert FeatureStore(tmp_path / "store").info()["extractions"] == 2
    for its in rows.values():
        np.testing.assert_array_equal(*its)
    assert (rows["native"][0] != rows["numpy"][0]).any()
    np.testing.assert_allclose(rows["native"][0], rows["numpy"][0], rtol=0, atol=1e-4)


@built
@pytest.mark.parametrize("seconds", [3, 100])
def test_rows_are_those_of_numpy(seconds):
    """Clips of more than 95 seconds come in pieces."""
    clips = [((noise(seconds * 44100, k) * 32767).astype(np.int16), 44100) for k in range(2)]
    statistics = ("mean", "std", "min", "max", "median")
    features = [("mfcc", MFCCTransformer(statistics=statistics, deltas=1)), ("mel", LogMelTransformer())]
    union = AudioFeatureUnion(features)
    native, numpy = (with_environment(name, lambda: union.fit_transform(clips)) for name in ("native", "numpy"))
    np.testing.assert_allclose(native, numpy, rtol=0, atol=1e-3)
    np.testing.assert_allclose(native[:, :40], numpy[:, :40], rtol=0, atol=1e-4)
    assert n_frames(seconds * 22050, n_fft=2048, hop_length=512, center=True) == 1 + seconds * 22050 // 512


@built
def test_kernel_and_function_agree_on_a_frame_of_any_window():
    waveform = noise(4096)
    taper = padded_window("hamming", 400, 1024).astype(np.float32)
    bands = {"sample_rate": 22050, "n_fft": 1024, "n_mels": 20}
    found = native_log_mel(waveform, taper=taper.tobytes(), first=100, hop_length=1000, n_frames=3, **bands)
    frames = np.lib.stride_tricks.sliding_window_view(waveform, 1024)[100:2101:1000]
    power = np.abs(np.fft.rfft(frames.astype(np.float64) * taper)) ** 2
    np.testing.assert_allclose(found, decibels(mel_power(power, **bands)), rtol=0, atol=1e-4)
