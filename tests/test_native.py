"""The native kernel's mel bands: NumPy's numbers, however the waveform is cut, and within transformers."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernels import built, noise, spectrum_of, with_environment

from skaudio import MFCCTransformer
from skaudio.dsp import (
    decibels,
    mel_power,
    n_frames,
    native_log_mel,
    padded_window,
)
from skaudio.exceptions import AudioReadError
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.store import FeatureStore


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


@built
def test_kernel_and_function_agree_on_a_frame_of_any_window():
    waveform = noise(4096)
    taper = padded_window("hamming", 400, 1024).astype(np.float32)
    bands = {"sample_rate": 22050, "n_fft": 1024, "n_mels": 20}
    found = native_log_mel(waveform, taper=taper.tobytes(), first=100, hop_length=1000, n_frames=3, **bands)
    frames = np.lib.stride_tricks.sliding_window_view(waveform, 1024)[100:2101:1000]
    power = np.abs(np.fft.rfft(frames.astype(np.float64) * taper)) ** 2
    np.testing.assert_allclose(found, decibels(mel_power(power, **bands)), rtol=0, atol=1e-4)


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
