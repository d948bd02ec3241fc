"""Frames, spectra and mel bands as functions of arrays, against librosa."""

import contextlib
import warnings

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from mfccs import ids
from threadpoolctl import threadpool_limits

from skaudio import load_audio
from skaudio.dsp import (
    STATISTICS,
    cepstrum,
    delta,
    log_mel,
    mel_filters,
    mel_frequencies,
    n_frames,
    padded_window,
    summarise,
)

RATE = 22050
TOLERANCE = 5e-3
_RNG = np.random.default_rng(0)
_T = np.arange(RATE) / RATE
SOUNDS = {
    "noise": _RNG.normal(0, 0.1, RATE),
    "tone": np.sin(2 * np.pi * 440 * _T),
    "chirp": np.sin(2 * np.pi * (100 + 4000 * _T) * _T),
    "decay": np.exp(-20 * _T) * _RNG.normal(0, 0.1, RATE),
    "quiet": _RNG.normal(0, 1e-5, RATE),
    "impulse": np.eye(1, RATE, RATE // 2)[0],
    "constant": np.ones(RATE),
    "silence": np.zeros(RATE),
    "short": _RNG.normal(0, 0.1, 300),
    "one sample": np.ones(1),
}
SOUNDS = {name: sound.astype(np.float32) for name, sound in SOUNDS.items()}

BANDS = [
    {},
    {"n_mels": 40},
    {"n_mels": 1},
    {"n_fft": 1024},
    {"n_fft": 1001},
    {"sample_rate": 44100},
    {"sample_rate": 8000.5},
    {"fmin": 300.0, "fmax": 8000.0},
    {"fmax": 900.0, "n_mels": 10},
    {"htk": True},
    {"htk": True, "fmin": 20.0, "n_mels": 64},
    {"mel_norm": None},
    {"mel_norm": 1},
    {"mel_norm": 2.0},
    {"mel_norm": np.inf},
    {"mel_norm": np.float32(3)},
    {"mel_norm": np.int64(4)},
]
SPECTRA = [
    {},
    {"n_fft": 1024, "hop_length": 256},
    {"n_fft": 1001, "hop_length": 333},
    {"n_fft": 512, "hop_length": 700, "n_mels": 30},
    {"win_length": 400},
    {"win_length": 1999, "window": "hamming"},
    {"window": ("kaiser", 4.0)},
    {"window": "boxcar", "win_length": 1},
    {"center": False, "n_fft": 256, "n_mels": 20},
    {"power": 1.0},
    {"power": 0.5},
    {"power": 3.0},
    {"top_db": None},
    {"top_db": 20.0},
    {"top_db": 0.0},
    {"power": 1.0, "top_db": None, "n_mels": 40, "fmin": 50.0, "fmax": 9000.0, "htk": True, "mel_norm": None},
]
CEPSTRA = [
    {},
    {"n_mfcc": 13},
    {"n_mfcc": 128},
    {"dct_type": 1},
    {"dct_type": 3},
    {"norm": None},
    {"dct_type": 1, "norm": None},
    {"dct_type": 3, "norm": None},
    {"lifter": 22},
    {"lifter": 0.5},
    {"lifter": 40, "n_mfcc": 128, "dct_type": 3},
]


def librosa_filters(*, sample_rate=RATE, n_fft=2048, n_mels=128, mel_norm="slaney", **parameters):
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of empty filters
        return librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels, norm=mel_norm, **parameters)


def librosa_log_mel(waveform, *, mel_norm="slaney", top_db=80.0, **parameters):
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of empty filters, of clips shorter than a frame
        mel = librosa.feature.melspectrogram(y=waveform, sr=RATE, norm=mel_norm, **parameters)
    return librosa.power_to_db(mel, top_db=top_db).T


def librosa_cepstrum(log_spectrum, n_mfcc=40, **parameters):
    import librosa

    return librosa.feature.mfcc(S=log_spectrum.T, n_mfcc=n_mfcc, **parameters).T


def librosa_delta(values, order):
    import librosa

    mode = "interp" if len(values) >= 9 else "nearest"
    # In float64: its fit of the ends loses all digits of a high derivative in float32.
    return librosa.feature.delta(values.T.astype(np.float64), order=order, mode=mode).T


# The numbers of librosa


@pytest.mark.parametrize("parameters", BANDS, ids=ids)
def test_mel_filters_are_those_of_librosa(parameters):
    given = {"sample_rate": RATE, "n_fft": 2048, "n_mels": 128, **parameters}
    filters = mel_filters(**given)
    assert filters.dtype == np.float32
    assert filters.shape == (given["n_mels"], 1 + given["n_fft"] // 2)
    np.testing.assert_allclose(filters.toarray(), librosa_filters(**given), rtol=1e-5, atol=1e-9)


def test_mel_filters_are_not_changed_by_what_is_done_with_those_handed_out():
    first = mel_filters(sample_rate=RATE, n_fft=512, n_mels=20)
    before = first.toarray()
    with contextlib.suppress(ValueError):  # read-only would do too
        first *= 2
    np.testing.assert_array_equal(mel_filters(sample_rate=RATE, n_fft=512, n_mels=20).toarray(), before)


@pytest.mark.parametrize("htk", [False, True])
@settings(deadline=None)
@given(n=st.integers(2, 200), fmin=st.floats(0, 5000), width=st.floats(1, 20000))
def test_mel_frequencies_are_those_of_librosa(htk, n, fmin, width):
    import librosa

    expected = librosa.mel_frequencies(n, fmin=fmin, fmax=fmin + width, htk=htk)
    np.testing.assert_allclose(
        mel_frequencies(n, fmin=fmin, fmax=fmin + width, htk=htk), expected, rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("parameters", SPECTRA, ids=ids)
@pytest.mark.parametrize("sound", SOUNDS)
def test_cepstra_of_log_mel_are_those_of_librosa(sound, parameters):
    waveform = SOUNDS[sound]
    if not parameters.get("center", True) and len(waveform) < parameters["n_fft"]:
        with pytest.raises(ValueError, match="fewer than one frame"):
            log_mel(waveform, sample_rate=RATE, **parameters)
        return
    spectrum = log_mel(waveform, sample_rate=RATE, **parameters)
    expected = librosa_log_mel(waveform, **parameters)
    assert spectrum.dtype == np.float32
    assert spectrum.shape == expected.shape
    n_mfcc = min(40, spectrum.shape[1])
    np.testing.assert_allclose(cepstrum(spectrum, n_mfcc), librosa_cepstrum(expected, n_mfcc), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("parameters", SPECTRA[:6], ids=ids)
def test_cepstra_of_real_clips_are_those_of_librosa(urbansound8k, parameters):
    for path in sorted(urbansound8k.glob("audio/*/*.wav"))[::3]:
        waveform, _ = load_audio(path)
        spectrum = log_mel(waveform, sample_rate=RATE, **parameters)
        expected = librosa_log_mel(waveform, **parameters)
        n_mfcc = min(40, spectrum.shape[1])
        np.testing.assert_allclose(
            cepstrum(spectrum, n_mfcc), librosa_cepstrum(expected, n_mfcc), rtol=0, atol=TOLERANCE, err_msg=path.name
        )


@pytest.mark.parametrize("parameters", CEPSTRA, ids=ids)
@pytest.mark.parametrize("sound", ["noise", "chirp", "silence", "short"])
def test_cepstrum_is_that_of_librosa(sound, parameters):
    spectrum = log_mel(SOUNDS[sound], sample_rate=RATE)
    coefficients = cepstrum(spectrum, **{"n_mfcc": 40, **parameters})
    expected = librosa_cepstrum(spectrum, **parameters)
    assert coefficients.dtype == np.float32
    assert coefficients.shape == expected.shape
    np.testing.assert_allclose(coefficients, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("order", range(1, 9))
@pytest.mark.parametrize("n", [1, 2, 8, 9, 10, 44])
def test_delta_is_that_of_librosa(n, order):
    values = np.random.default_rng(n).normal(0, 20, (n, 5)).astype(np.float32)
    derivative = delta(values, order)
    assert derivative.dtype == np.float32
    assert derivative.shape == values.shape
    np.testing.assert_allclose(derivative, librosa_delta(values, order), rtol=1e-6, atol=TOLERANCE)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_delta_is_the_derivative_of_a_polynomial(order):
    t = np.arange(20.0)
    derivative = delta((t**order)[:, None], order)
    np.testing.assert_allclose(derivative, np.full((20, 1), np.prod(np.arange(1, order + 1))), rtol=1e-4)


# Frames and windows


@settings(deadline=None)
@given(
    n_samples=st.integers(0, 3000),
    n_fft=st.integers(2, 700),
    hop_length=st.integers(1, 900),
    center=st.booleans(),
)
def test_n_frames_is_what_log_mel_gives(n_samples, n_fft, hop_length, center):
    frames = {"n_fft": n_fft, "hop_length": hop_length, "center": center}
    waveform = np.zeros(n_samples, np.float32)
    if n_samples >= (1 if center else n_fft):
        found = log_mel(waveform, sample_rate=RATE, n_mels=3, **frames)
        assert found.shape == (n_frames(n_samples, **frames), 3)
        return
    with pytest.raises(ValueError, match=f"{n_samples} samples.*n_fft={n_fft}"):
        n_frames(n_samples, **frames)
    with pytest.raises(ValueError, match=f"{n_samples} samples.*n_fft={n_fft}"):
        log_mel(waveform, sample_rate=RATE, n_mels=3, **frames)


@pytest.mark.parametrize("center", [False, True])
def test_frames_do_not_depend_on_what_follows_them(center):
    """Also across the blocks that frames are computed in."""
    rng = np.random.default_rng(1)
    waveform = rng.normal(0, 0.1, 512 * 200).astype(np.float32)
    whole = log_mel(waveform, sample_rate=RATE, center=center, top_db=None)
    part = log_mel(waveform[: 512 * 70], sample_rate=RATE, center=center, top_db=None)
    np.testing.assert_array_equal(part[:60], whole[:60])
    expected = librosa_log_mel(waveform, center=center, top_db=None)
    np.testing.assert_allclose(whole, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("window", ["hann", "hamming", ("kaiser", 8.0), ("gaussian", 30)])
@pytest.mark.parametrize("win_length", [None, 1, 100, 255, 256])
def test_window_is_that_of_librosa(window, win_length):
    import librosa

    expected = librosa.util.pad_center(librosa.filters.get_window(window, win_length or 256), size=256)
    np.testing.assert_array_equal(padded_window(window, win_length, 256), expected)


def test_window_of_numbers_is_centred():
    np.testing.assert_array_equal(padded_window([1, 2, 3], 3, 8), [0, 0, 1, 2, 3, 0, 0, 0])
    np.testing.assert_array_equal(
        log_mel(SOUNDS["noise"], sample_rate=RATE, window=scipy.signal.get_window("hamming", 400), win_length=400),
        log_mel(SOUNDS["noise"], sample_rate=RATE, window="hamming", win_length=400),
    )


@pytest.mark.parametrize("window", ["nope", ("kaiser",), np.ones(5), np.ones((1, 8)), [], ()])
def test_window_that_is_none_is_a_value_error_naming_it(window):
    with pytest.raises(ValueError, match="window"):
        padded_window(window, None, 8)


# Bits


@pytest.mark.parametrize("parameters", [{}, {"mel_norm": None, "n_fft": 4096}, {"power": 1.0}], ids=ids)
def test_bits_do_not_depend_on_the_number_of_threads(parameters):
    rng = np.random.default_rng(2)
    waveform = rng.normal(0, 0.1, 30 * RATE).astype(np.float32)

    def features():
        coefficients = cepstrum(log_mel(waveform, sample_rate=RATE, **parameters), 40, lifter=22)
        return summarise(np.hstack([coefficients, delta(coefficients, 1)]), STATISTICS).tobytes()

    with threadpool_limits(1):
        one = features()
    with threadpool_limits(2):
        assert features() == one


def test_inputs_are_left_as_they_are():
    waveform = SOUNDS["noise"].copy()
    spectrum = log_mel(waveform, sample_rate=RATE)
    before = spectrum.copy()
    summarise(delta(cepstrum(spectrum, 40, lifter=22), 1), STATISTICS)
    np.testing.assert_array_equal(waveform, SOUNDS["noise"])
    np.testing.assert_array_equal(spectrum, before)
