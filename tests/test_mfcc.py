"""`MFCCTransformer`: the numbers of librosa, as rows with names, or as sequences."""

import inspect
import re
import warnings

import numpy as np
import pytest
import scipy.stats
import soundfile
from mfccs import RATE, TOLERANCE, ids, noise, paths  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio.dsp import STATISTICS

pytestmark = pytest.mark.usefixtures("each_kernel")

_REDUCE = {
    "mean": np.mean,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "median": np.median,
    "skew": scipy.stats.skew,
    "kurtosis": scipy.stats.kurtosis,
}
GRID = [
    {},
    {"n_mfcc": 13},
    {"n_mfcc": 128},
    {"sample_rate": 16000},
    {"n_fft": 1024, "hop_length": 256},
    {"n_fft": 1001, "hop_length": 333, "n_mels": 64},
    {"htk": True},
    {"mel_norm": None},
    {"mel_norm": 2.0},
    {"dct_type": 1},
    {"dct_type": 3},
    {"norm": None},
    {"norm": None, "dct_type": 3},
    {"lifter": 22},
    {"top_db": None},
    {"top_db": 20.0},
    {"power": 1.0},
    {"power": 1.0, "top_db": None},
    {"fmin": 300.0, "fmax": 8000.0},
    {"center": False},
    {"win_length": 400},
    {"win_length": 1000, "window": "hamming"},
    {"window": ("kaiser", 4.0)},
    {"deltas": 2},
    {"deltas": 3, "n_mfcc": 13, "statistics": ("median", "max")},
    {"offset": 0.05, "duration": 0.2},
    {"res_type": "soxr_qq"},
]


def librosa_frames(path, **parameters):
    """What librosa makes of a file: (n_values, n_frames)."""
    import librosa

    p = {name: default.default for name, default in inspect.signature(MFCCTransformer).parameters.items()} | parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of clips shorter than a frame, and of deprecated modules it imports
        waveform, rate = librosa.load(
            path, sr=p["sample_rate"], offset=p["offset"], duration=p["duration"], res_type=p["res_type"]
        )
        names = ("n_mels", "n_fft", "hop_length", "win_length", "window", "center", "power", "fmin", "fmax", "htk")
        mel = librosa.feature.melspectrogram(
            y=waveform, sr=rate, norm=p["mel_norm"], **{name: p[name] for name in names}
        )
        frames = librosa.feature.mfcc(
            S=librosa.power_to_db(mel, top_db=p["top_db"]),
            **{name: p[name] for name in ("n_mfcc", "dct_type", "norm", "lifter")},
        )
    mode = "interp" if frames.shape[1] >= 9 else "nearest"
    deltas = [librosa.feature.delta(frames, order=n + 1, mode=mode) for n in range(p["deltas"])]
    return np.vstack([frames, *deltas])


def assert_librosa(paths, parameters):
    transformer = MFCCTransformer(**{"statistics": ("mean", "std", "min", "max"), **parameters})
    found = transformer.fit_transform(paths)
    assert found.dtype == np.float32
    for path, row in zip(paths, found):
        frames = librosa_frames(path, **parameters)
        expected = np.concatenate([_REDUCE[name](frames, axis=1) for name in transformer.statistics])
        np.testing.assert_allclose(row, expected, rtol=0, atol=TOLERANCE, err_msg=str(path))


# The numbers of librosa


@pytest.mark.parametrize("parameters", GRID, ids=ids)
def test_rows_are_those_of_librosa(paths, parameters):
    assert_librosa(paths[:4], parameters)


@pytest.mark.parametrize("parameters", GRID, ids=ids)
def test_rows_of_real_clips_are_those_of_librosa(urbansound8k, parameters):
    assert_librosa(sorted(urbansound8k.glob("audio/*/*.wav"))[::4], parameters)


def test_rows_of_all_kinds_of_real_clips_are_those_of_librosa(urbansound8k, esc10):
    clips = sorted(urbansound8k.glob("audio/*/*.wav")) + sorted(esc10.glob("audio/*.ogg"))[::25]
    assert_librosa(clips, {"deltas": 1})


def test_the_plain_way_of_the_tutorial(paths):
    import librosa

    for path, row in zip(paths, MFCCTransformer().transform(paths[:4])):
        waveform, rate = librosa.load(path)
        expected = librosa.feature.mfcc(y=waveform, sr=rate, n_mfcc=40).mean(axis=1)
        np.testing.assert_allclose(row, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("n_samples", [1, 7, 300, 1100, 2047, 4095, 4096])
@pytest.mark.parametrize("parameters", [{}, {"deltas": 2}, {"n_fft": 512, "n_mels": 40}], ids=ids)
def test_short_clips_are_padded_by_centring_alone(tmp_path, n_samples, parameters):
    """Below 4096 samples there are fewer than 9 frames, which derivatives are estimated from."""
    path = tmp_path / "short.wav"
    soundfile.write(path, np.random.default_rng(n_samples).normal(0, 0.1, n_samples), RATE)
    assert_librosa([path], parameters)


# Rows, names, sequences


@pytest.mark.parametrize("deltas", [0, 2])
@pytest.mark.parametrize("statistics", [("mean",), ("max", "std"), STATISTICS, ["median"]])
def test_columns_run_by_statistic_then_derivative_then_coefficient(noise, statistics, deltas):
    transformer = MFCCTransformer(n_mfcc=13, statistics=statistics, deltas=deltas)
    row = transformer.fit_transform([noise])[0]
    frames = MFCCTransformer(n_mfcc=13, statistics=None, deltas=deltas, duration=1).transform([noise])[0]
    names = transformer.get_feature_names_out()
    assert row.shape == names.shape == (len(statistics) * 13 * (1 + deltas),)
    for value, name in zip(row, names):
        match = re.fullmatch(r"mfcc_(\d\d)(?:_delta(\d))?_([a-z]+)", name)
        column = frames[:, 13 * int(match[2] or 0) + int(match[1])]
        np.testing.assert_allclose(value, _REDUCE[match[3]](column.astype(np.float64)), rtol=1e-5, atol=1e-5)
    expected = [name for name in statistics for _ in range(13 * (1 + deltas))]
    assert [name.rsplit("_", 1)[1] for name in names] == expected


def test_names_are_known_without_a_fit():
    names = MFCCTransformer(n_mfcc=2, deltas=1, statistics=("mean", "std")).get_feature_names_out()
    assert names.dtype == object
    assert names.tolist() == [
        "mfcc_00_mean",
        "mfcc_01_mean",
        "mfcc_00_delta1_mean",
        "mfcc_01_delta1_mean",
        "mfcc_00_std",
        "mfcc_01_std",
        "mfcc_00_delta1_std",
        "mfcc_01_delta1_std",
    ]
    assert MFCCTransformer(n_mfcc=101, n_mels=128).get_feature_names_out()[[0, 100]].tolist() == [
        "mfcc_000_mean",
        "mfcc_100_mean",
    ]
    sequences = MFCCTransformer(n_mfcc=1, deltas=1, statistics=None, duration=1)
    assert sequences.get_feature_names_out().tolist() == ["mfcc_00", "mfcc_00_delta1"]


def test_frames_come_out_with_names(noise):
    transformer = MFCCTransformer(n_mfcc=3).set_output(transform="pandas")
    frame = transformer.fit_transform([noise, noise[:9000]])
    assert frame.columns.tolist() == ["mfcc_00_mean", "mfcc_01_mean", "mfcc_02_mean"]
    assert (frame.dtypes == np.float32).all()
    np.testing.assert_array_equal(frame, MFCCTransformer(n_mfcc=3).transform([noise, noise[:9000]]))


def test_derivatives_and_statistics_do_not_change_the_other_columns(paths):
    small = MFCCTransformer(n_mfcc=13)
    large = MFCCTransformer(n_mfcc=20, deltas=2, statistics=("std", "mean"))
    columns = large.get_feature_names_out().tolist()
    chosen = [columns.index(name) for name in small.get_feature_names_out()]
    np.testing.assert_array_equal(large.transform(paths[:3])[:, chosen], small.transform(paths[:3]))


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("deltas", [0, 1])
def test_sequences_have_one_length_padded_with_silence_and_trimmed(noise, center, deltas):
    transformer = MFCCTransformer(n_mfcc=13, statistics=None, duration=0.5, deltas=deltas, center=center)
    n = round(0.5 * RATE)
    clips = [noise[:n], noise, noise[:4000], noise[:1]]
    sequences = transformer.fit_transform(clips)
    n_frames = 1 + n // 512 if center else 1 + (n - 2048) // 512
    assert sequences.shape == (4, n_frames, 13 * (1 + deltas))
    assert sequences.dtype == np.float32
    np.testing.assert_array_equal(sequences[1], sequences[0])
    for sequence, clip in zip(sequences, clips):
        padded = np.pad(clip[:n], (0, max(0, n - len(clip))))
        np.testing.assert_array_equal(sequence, transformer.transform([padded])[0])


@pytest.mark.parametrize("duration", [0.2, 0.25])  # whole samples of 22050 Hz, and half a sample more than that
def test_sequences_are_those_of_librosa(paths, duration):
    parameters = {"n_mfcc": 20, "deltas": 1, "duration": duration}
    sequences = MFCCTransformer(statistics=None, **parameters).transform(paths[:4])
    for path, sequence in zip(paths, sequences):
        np.testing.assert_allclose(sequence, librosa_frames(path, **parameters).T, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("method", ["transform", "fit_transform"])
def test_sequences_in_a_frame_are_an_error_that_says_why(noise, method):
    transformer = MFCCTransformer(statistics=None, duration=0.5).set_output(transform="pandas")
    with pytest.raises(ValueError, match="sequences, which a frame cannot hold"):
        getattr(transformer, method)([noise])
