"""`LogMelTransformer`: the decibels of librosa, summarised."""

import inspect
import warnings

import numpy as np
import pytest
import soundfile

from skaudio import MFCCTransformer, load_audio
from skaudio.dsp import STATISTICS
from skaudio.feature_extraction import LogMelTransformer

pytestmark = pytest.mark.usefixtures("each_kernel")

TOLERANCE = 5e-3
GRID = [
    {},
    {"n_mels": 64, "statistics": (*STATISTICS, "p5", "p95")},
    {"deltas": 2, "statistics": ("std", "p50")},
    {"power": 1.0, "top_db": None},
    {"sample_rate": 16000, "n_fft": 512, "hop_length": 160, "n_mels": 40, "fmin": 50.0, "fmax": 7000.0},
    {"htk": True, "mel_norm": None, "top_db": 40.0},
    {"center": False, "window": "hamming", "win_length": 1000},
    {"hop_length": 3000, "n_fft": 1024, "n_mels": 40},
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for k, rate in enumerate((44100, 22050, 8000)):
        samples = rng.normal(0, 0.1, (rate * (k + 1), 1 + k % 2)) * np.exp(-np.arange(rate * (k + 1)) / rate)[:, None]
        soundfile.write(folder / f"{k}.wav", samples, rate)
    return [str(path) for path in sorted(folder.iterdir())]


def librosa_frames(path, **changed):
    """What librosa makes of a file: (n_values, n_frames)."""
    import librosa

    p = {name: default.default for name, default in inspect.signature(LogMelTransformer).parameters.items()} | changed
    waveform, rate = load_audio(path, sample_rate=p["sample_rate"])
    names = ("n_fft", "hop_length", "win_length", "window", "center", "power", "n_mels", "fmin", "fmax", "htk")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of clips shorter than a frame
        mel = librosa.feature.melspectrogram(
            y=waveform, sr=rate, norm=p["mel_norm"], **{name: p[name] for name in names}
        )
    values = librosa.power_to_db(mel, top_db=p["top_db"])
    deltas = [librosa.feature.delta(values.astype(np.float64), order=k + 1) for k in range(p["deltas"])]
    return np.concatenate([values, *deltas])


def summary(frames, name):
    import scipy.stats

    functions = {"skew": scipy.stats.skew, "kurtosis": scipy.stats.kurtosis}
    if name in functions:
        return functions[name](frames.astype(np.float64), axis=1)
    if name.startswith("p"):
        return np.percentile(frames, float(name[1:]), axis=1)
    return getattr(np, name)(frames, axis=1)


@pytest.mark.parametrize("parameters", GRID, ids=str)
def test_rows_are_those_of_librosa(paths, parameters):
    mel = LogMelTransformer(**parameters)
    frames = [librosa_frames(path, **parameters) for path in paths]
    expected = [np.concatenate([summary(each, name) for name in mel.statistics]) for each in frames]
    rows = mel.fit_transform(paths)
    np.testing.assert_allclose(rows, expected, rtol=0, atol=TOLERANCE)
    assert rows.dtype == np.float32
    assert len(mel.get_feature_names_out()) == rows.shape[1]


def test_rows_of_real_clips_are_those_of_librosa(urbansound8k, esc10):
    clips = [*sorted(urbansound8k.glob("audio/*/*.wav")), *sorted(esc10.glob("audio/*.ogg"))[::40]]
    expected = [librosa_frames(path).mean(axis=1) for path in clips]
    np.testing.assert_allclose(LogMelTransformer().transform(clips), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("deltas", [0, 1])
def test_sequences_are_padded_and_trimmed(paths, deltas):
    mel = LogMelTransformer(statistics=None, duration=2.0, n_mels=40, deltas=deltas)
    rows = mel.transform(paths)
    assert rows.shape == (3, 87, 40 * (1 + deltas))
    expected = librosa_frames(paths[2], n_mels=40, deltas=deltas)[:, :80].T
    top = np.abs(rows[2, :80] - expected)
    assert np.median(top) < TOLERANCE
    assert mel.get_feature_names_out()[[0, -1]].tolist() == ["logmel_00", "logmel_39" + "_delta1" * deltas]


def test_names_tell_the_band_the_derivative_and_the_statistic():
    names = LogMelTransformer(n_mels=128, deltas=1, statistics=("mean", "p95")).get_feature_names_out()
    assert names[[0, 128, 256, -1]].tolist() == [
        "logmel_000_mean",
        "logmel_000_delta1_mean",
        "logmel_000_p95",
        "logmel_127_delta1_p95",
    ]


def test_parameters_it_shares_with_mfccs_have_the_same_defaults_and_words():
    mel, mfcc = inspect.signature(LogMelTransformer).parameters, inspect.signature(MFCCTransformer).parameters
    assert {name: mfcc[name].default for name in mel} == {name: mel[name].default for name in mel}
    assert set(mfcc) - set(mel) == {"n_mfcc", "dct_type", "norm", "lifter"}


@pytest.mark.parametrize("statistics", [("p101",), ("mean", "p"), ("p5", "p5"), (5,)])
def test_what_is_no_percentile_is_named(statistics):
    with pytest.raises(ValueError, match=r"statistics=.*percentiles, as 'p5'"):
        LogMelTransformer(statistics=statistics).fit(["dog.wav"])


@pytest.mark.slow
def test_bands_that_do_not_fit_in_memory_are_floored_too():
    """2200 bands of 4000 frames are more than is held: they go through a temporary file."""
    samples = np.random.default_rng(0).normal(0, 0.1, 4000 * 256).astype(np.float32)
    samples[: len(samples) // 2] *= 1e-6
    parameters = {"n_mels": 2200, "n_fft": 16384, "hop_length": 256, "statistics": ("min", "max")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of bands that stay empty
        low, high = LogMelTransformer(top_db=60.0, **parameters).transform([samples]).reshape(2, -1)
    assert np.isclose(low.min(), high.max() - 60.0, atol=1e-3)
