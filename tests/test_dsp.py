import contextlib
import warnings

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from threadpoolctl import threadpool_limits

from skaudio import load_audio
from skaudio.dsp import (
    STATISTICS,
    Series,
    SpectraStream,
    cepstrum,
    delta,
    is_statistic,
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


def ids(parameters):
    return ", ".join(f"{name}={value}" for name, value in parameters.items()) or "defaults"


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


# Statistics


@settings(deadline=None)
@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30),
        elements=st.floats(-1000, 1000, width=32),
    )
)
def test_order_statistics_and_moments_are_those_of_numpy(values):
    row = summarise(values, ("mean", "std", "min", "max", "median"))
    assert row.dtype == np.float32
    wide = values.astype(np.float64)
    expected = [f(wide, axis=0) for f in (np.mean, np.std, np.min, np.max, np.median)]
    np.testing.assert_allclose(row, np.concatenate(expected), rtol=1e-6, atol=1e-6)


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(2, 40), st.integers(1, 4)), elements=st.floats(-100, 100, width=32)))
def test_skew_and_kurtosis_are_those_of_scipy(values):
    wide = values.astype(np.float64)
    assume((wide.std(axis=0) > 1e-3).all())
    expected = np.concatenate([scipy.stats.skew(wide), scipy.stats.kurtosis(wide)])
    np.testing.assert_allclose(summarise(values, ("skew", "kurtosis")), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(deadline=None)
@given(value=st.floats(-1e6, 1e6), n=st.integers(1, 300))
def test_what_does_not_vary_has_no_skew_and_no_kurtosis(dtype, value, n):
    row = summarise(np.full((n, 2), value, dtype), ("skew", "kurtosis"))
    np.testing.assert_array_equal(row, np.zeros(4))


def test_statistics_come_one_after_the_other_in_the_order_asked():
    values = np.array([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    np.testing.assert_array_equal(summarise(values, ("max", "mean", "min")), np.float32([6, 60, 3, 30, 1, 10]))
    each = np.concatenate([summarise(values, (name,)) for name in STATISTICS])
    np.testing.assert_array_equal(summarise(values, STATISTICS), each)


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=st.floats(-100, 100, width=32)))
def test_percentiles_are_those_of_numpy(values):
    expected = np.percentile(values.astype(np.float64), (5, 50, 97.5), axis=0).ravel()
    np.testing.assert_allclose(summarise(values, ("p5", "p50", "p97.5")), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["p", "p101", "p-1", "p5.", "P5", "5", "p5 ", 5, None, "mode", "p1e1"])
def test_what_is_no_statistic_is_known_as_none(name):
    assert not is_statistic(name)
    assert all(map(is_statistic, (*STATISTICS, "p0", "p5", "p99.9", "p100")))


def test_the_mean_of_a_mapped_series_is_there_without_its_frames():
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 8)).astype(np.float32) for n in (5, 1, 30)]
    series, n_mapped = Series(parts), []

    def double(frames):
        n_mapped.append(len(frames))
        return 2 * frames

    mapped = series.mapped(double)
    np.testing.assert_allclose(mapped.mean, 2 * np.concatenate(parts).mean(axis=0), rtol=1e-5)
    assert n_mapped == [1]
    np.testing.assert_array_equal(mapped.whole(), 2 * np.concatenate(parts))
    np.testing.assert_array_equal(mapped.rows(2, 5), 2 * np.concatenate(parts)[:, 2:5].T)
    assert n_mapped == [1, 5, 1, 30]


# Pieces


def in_pieces(waveform, lengths, n_fft, **parameters):
    stream = SpectraStream(np.hanning(n_fft).astype(np.float32), **parameters)
    groups, start = [], 0
    for length in lengths:
        groups += [group.copy() for group in stream.add(waveform[start : start + length])]
        start += length
    groups += [group.copy() for group in stream.add(waveform[start:])]
    groups += [group.copy() for group in stream.end()]
    return groups


@settings(deadline=None, max_examples=200)
@given(
    n_samples=st.integers(1, 30_000),
    n_fft=st.integers(2, 300),
    hop_length=st.one_of(st.integers(1, 40), st.integers(1, 2000)),
    center=st.booleans(),
    lengths=st.lists(st.integers(0, 9000), max_size=12),
)
def test_the_spectra_have_the_same_bits_however_the_waveform_is_cut(n_samples, n_fft, hop_length, center, lengths):
    assume(center or n_samples >= n_fft)
    waveform = np.random.default_rng(n_samples).normal(0, 0.1, n_samples).astype(np.float32)
    parameters = {"n_fft": n_fft, "hop_length": hop_length, "center": center}
    whole = in_pieces(waveform, [], **parameters)
    parts = in_pieces(waveform, lengths, **parameters)
    # Groups of the same frames, since the bits of a mel product may depend on them.
    assert [len(group) for group in parts] == [len(group) for group in whole]
    assert np.concatenate(parts).tobytes() == np.concatenate(whole).tobytes()
    assert sum(map(len, whole)) == n_frames(n_samples, **parameters)
    padded = np.pad(waveform, n_fft // 2 if center else 0)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length] * np.hanning(n_fft)
    exact = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    np.testing.assert_allclose(np.concatenate(whole), exact, rtol=1e-3, atol=1e-5 * max(1.0, exact.max()))


def test_two_streams_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    waveforms = rng.normal(size=(2, 9000)).astype(np.float32)
    parameters = {"n_fft": 64, "hop_length": 16, "center": True}
    alone = [in_pieces(waveform, [], **parameters) for waveform in waveforms]
    streams = [SpectraStream(np.hanning(64).astype(np.float32), hop_length=16, center=True) for _ in waveforms]
    found = [[], []]
    for step in ("add", "end"):
        for k, stream in enumerate(streams):
            groups = stream.add(waveforms[k]) if step == "add" else stream.end()
            found[k] += [group.copy() for group in groups]
    for one, both in zip(alone, found):
        assert np.concatenate(one).tobytes() == np.concatenate(both).tobytes()


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
