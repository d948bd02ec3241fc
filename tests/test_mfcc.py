import ast
import inspect
import io
import os
import pickle
import re
import warnings
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import soundfile
from sklearn.base import clone
from sklearn.callback import FitCallback
from threadpoolctl import threadpool_limits

from skaudio import MFCCTransformer
from skaudio.dsp import STATISTICS
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError, AudioReadWarning

TOLERANCE = 5e-3
RATE = 22050
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
# Two parameters wrong together, or one out of its range; and the name the error must have in it.
WRONG = [
    ({"n_mfcc": 0}, "n_mfcc"),
    ({"n_mfcc": True}, "n_mfcc=True"),
    ({"n_fft": np.True_}, "n_fft"),
    ({"hop_length": True}, "hop_length=True"),
    ({"sample_rate": True}, "sample_rate=True"),
    ({"top_db": False}, "top_db=False"),
    ({"n_jobs": True}, "n_jobs=True"),
    ({"offset": True}, "offset=True"),
    ({"n_mfcc": 13.0}, "n_mfcc"),
    ({"n_mfcc": 129}, "n_mfcc"),
    ({"n_mels": 39}, "n_mels"),
    ({"n_mels": 0}, "n_mels"),
    ({"sample_rate": 0}, "sample_rate"),
    ({"sample_rate": "22050"}, "sample_rate"),
    ({"sample_rate": float("nan")}, "sample_rate"),
    ({"statistics": "mean"}, "statistics"),
    ({"statistics": ()}, "statistics"),
    ({"statistics": ("mean", "mode")}, "statistics.*'mode'"),
    ({"statistics": ("mean", "std", "mean")}, "statistics"),
    ({"statistics": None}, "duration"),
    ({"statistics": None, "duration": 1e-6}, "duration"),
    ({"statistics": None, "duration": 0.01, "center": False}, "duration"),
    ({"deltas": -1}, "deltas"),
    ({"deltas": 9}, "deltas"),
    ({"n_fft": 1}, "n_fft"),
    ({"hop_length": 0}, "hop_length"),
    ({"win_length": 0}, "win_length"),
    ({"win_length": 2049}, "win_length"),
    ({"window": "nope"}, "window"),
    ({"window": ("kaiser",)}, "window"),
    ({"window": np.ones(100)}, "window"),
    ({"window": None}, "window"),
    ({"window": ()}, "window"),
    ({"window": ["a"] * 2048}, "window"),
    ({"window": np.full(2048, np.nan)}, "window"),
    ({"center": "yes"}, "center"),
    ({"power": 0}, "power"),
    ({"fmin": -1}, "fmin"),
    ({"fmin": 11025}, "fmin"),
    ({"fmin": 5000, "fmax": 4000}, "fmin"),
    ({"fmax": 11026}, "fmax"),
    ({"fmax": 0}, "fmax"),
    ({"htk": "yes"}, "htk"),
    ({"mel_norm": "l2"}, "mel_norm"),
    ({"mel_norm": 0}, "mel_norm"),
    ({"dct_type": 4}, "dct_type"),
    ({"dct_type": 1, "n_mels": 1, "n_mfcc": 1}, "dct_type"),
    ({"norm": "l2"}, "norm"),
    ({"lifter": -1}, "lifter"),
    ({"top_db": -1}, "top_db"),
    ({"offset": -1}, "offset"),
    ({"duration": 0}, "duration"),
    ({"max_duration": 0}, "max_duration"),
    ({"channel": -1}, "channel"),
    ({"channel": "left"}, "channel"),
    ({"res_type": "best"}, "res_type"),
    ({"on_error": "drop"}, "on_error"),
    ({"n_jobs": 1.5}, "n_jobs"),
    ({"verbose": -1}, "verbose"),
]


def ids(parameters):
    return ", ".join(f"{k}={'array' if np.size(v) > 9 else v}" for k, v in parameters.items()) or "defaults"


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


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """40 short files of several rates, depths and channels: more than a batch."""
    folder = tmp_path_factory.mktemp("sound")
    rng = np.random.default_rng(1)
    paths = []
    for i in range(40):
        rate = (8000, 22050, 44100, 48000)[i % 4]
        channels = 1 + i % 2
        n = int(rate * rng.uniform(0.3, 0.6))
        tone = np.sin(2 * np.pi * rng.uniform(100, 3000, channels) * np.arange(n)[:, None] / rate)
        paths.append(str(folder / f"{i:02d}.wav"))
        subtype = ("PCM_16", "FLOAT", "PCM_24")[i % 3]
        soundfile.write(paths[-1], 0.3 * tone + rng.normal(0, 0.05, (n, channels)), rate, subtype=subtype)
    return paths


@pytest.fixture(scope="module")
def rows(paths):
    return MFCCTransformer(n_jobs=1).transform(paths)


@pytest.fixture(scope="module")
def broken(paths, tmp_path_factory):
    """The same list with a missing file, an empty one, and a missing value."""
    empty = tmp_path_factory.mktemp("broken") / "empty.wav"
    empty.touch()
    clips = list(paths[:6])
    clips[1] = str(empty.parent / "missing.wav")
    clips[2] = empty
    clips[4] = None
    return clips


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


# Clips


def test_all_forms_of_a_clip_give_the_same_row(paths):
    path = paths[1]
    content = Path(path).read_bytes()
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE
    stereo = samples.T
    clips = [path, Path(path), content, bytearray(content), io.BytesIO(content), stereo, (stereo, rate), (path, 0, 60)]
    rows = MFCCTransformer().fit_transform(clips)
    np.testing.assert_array_equal(rows, np.repeat(rows[:1], len(clips), axis=0))


@pytest.mark.parametrize(
    "hold",
    [tuple, np.array, pd.Series, lambda x: np.array(x, object)[:, None], lambda x: pd.DataFrame({"path": x})],
    ids=["tuple", "array", "Series", "column", "frame"],
)
def test_all_forms_of_a_list_give_the_same_rows(paths, rows, hold):
    np.testing.assert_array_equal(MFCCTransformer().fit_transform(hold(paths[:3])), rows[:3])


def test_table_of_numbers_holds_a_waveform_a_row(noise):
    X = noise[:20000].reshape(2, -1)
    transformer = MFCCTransformer()
    np.testing.assert_array_equal(transformer.fit_transform(X), transformer.transform(list(X)))
    assert transformer.n_features_in_ == 10000
    with pytest.raises(ValueError, match="features"):
        transformer.transform(X[:, :5000])
    assert MFCCTransformer().transform(X[:, :5000]).shape == (2, 40)


def test_lists_of_clips_are_of_no_width(paths, noise):
    transformer = MFCCTransformer().fit(noise.reshape(1, -1))
    assert transformer.transform([noise[:5000]]).shape == (1, 40)
    assert transformer.transform(paths[:1]).shape == (1, 40)
    assert not hasattr(transformer.fit(paths), "n_features_in_")
    assert transformer.transform(noise.reshape(2, -1)).shape == (2, 40)


def test_columns_of_numbers_have_names(noise):
    X = pd.DataFrame(noise[:6000].reshape(2, -1)).add_prefix("t")
    transformer = MFCCTransformer().fit(X)
    assert transformer.feature_names_in_[:2].tolist() == ["t0", "t1"]
    assert not hasattr(transformer.fit(X.to_numpy()), "feature_names_in_")


def test_fit_opens_no_file(tmp_path):
    missing = [str(tmp_path / "missing.wav"), tmp_path, None, b"no sound", (str(tmp_path / "missing.wav"), 0, 1)]
    transformer = MFCCTransformer()
    assert transformer.fit(missing) is transformer
    assert not [name for name in vars(transformer) if name.endswith("_")]


@pytest.mark.parametrize(
    "clip", [np.array([0, np.nan]), np.array([[0, np.inf]]), ([0.0, np.nan], 8000), [0.0, -np.inf], [0.0, [1.0, 2.0]]]
)
def test_fit_looks_at_samples_in_memory(noise, clip):
    with pytest.raises(AudioReadError, match="clip 1") as caught:
        MFCCTransformer().fit([noise, clip])
    assert caught.value.position == 1
    assert MFCCTransformer(on_error="nan").fit([noise, clip])


def test_samples_far_above_full_scale_are_warned_of_once(paths, noise, tmp_path):
    loud = (noise * 32768).astype(np.float32)
    path = tmp_path / "loud.wav"
    soundfile.write(path, loud, RATE, subtype="FLOAT")
    for cache in (None, tmp_path / "cold.sqlite", tmp_path / "cold.sqlite"):
        with pytest.warns(UserWarning, match=r"2 of 4 clips .*the first is clip 1, .*loud\.wav.*'int16'") as caught:
            MFCCTransformer(cache=cache).fit_transform([paths[0], path, loud, 119 * np.sign(noise)])
        assert len(caught) == 1
    table = np.stack([loud, noise])
    with pytest.warns(UserWarning, match=r"1 of 2 clips .*the first is clip 0, up to"):
        MFCCTransformer().transform(table)
    with pytest.warns(UserWarning, match=r"1 of 2 clips"):
        found = MFCCTransformer().transform(table.astype(np.int64))
    small = np.round(4 * noise / abs(noise).max()).astype(np.int64)[None]
    assert MFCCTransformer().transform(small).tobytes() == MFCCTransformer().transform(small.astype("f8")).tobytes()
    assert np.isfinite(found).all()


# Errors


@pytest.mark.parametrize("backend, n_jobs", [("threading", None), ("threading", 2), ("loky", 2)])
@pytest.mark.parametrize("method", ["transform", "fit_transform"])
def test_clip_that_cannot_be_read_is_named(broken, method, backend, n_jobs):
    with joblib.parallel_config(backend=backend), pytest.raises(AudioFileNotFoundError) as caught:
        getattr(MFCCTransformer(n_jobs=n_jobs), method)(broken)
    error = caught.value
    assert (error.position, error.path) == (1, broken[1])
    assert isinstance(error.cause, FileNotFoundError)
    assert str(error) == f"cannot read clip 1, {broken[1]!r}: there is no such file"


@pytest.mark.parametrize("backend, n_jobs", [("threading", None), ("threading", 2), ("loky", 2)])
@pytest.mark.parametrize("method", ["transform", "fit_transform"])
def test_rows_of_clips_that_cannot_be_read_are_nan_in_place(broken, rows, method, backend, n_jobs):
    transformer = MFCCTransformer(on_error="nan", n_jobs=n_jobs)
    with joblib.parallel_config(backend=backend), pytest.warns() as caught:
        found = getattr(transformer, method)(broken)
    expected = rows[: len(broken)].copy()
    expected[[1, 2, 4]] = np.nan
    np.testing.assert_array_equal(found, expected)

    [warning] = caught
    assert warning.category is AudioReadWarning
    lines = str(warning.message).splitlines()
    assert lines[0] == "3 of 6 clips could not be read; their rows are NaN:"
    assert [re.match(r"  cannot read clip (\d)", line)[1] for line in lines[1:]] == ["1", "2", "4"]
    assert broken[1] in lines[1]
    assert str(broken[2]) in lines[2]
    assert "missing" in lines[3]


def test_warning_points_at_the_line_of_the_caller(broken):
    with pytest.warns(AudioReadWarning) as caught:
        MFCCTransformer(on_error="nan").transform(broken)
    assert caught[0].filename == __file__


def test_it_is_always_the_first_bad_clip_that_is_raised(noise, tmp_path):
    """The second one is found long before the first: it opens its batch, and the batch before it is slow."""
    slow = [np.tile(noise, 10)] * 31
    clips = [*slow, tmp_path / "first.wav", tmp_path / "second.wav", *([noise[:2000]] * 31)]
    for n_jobs in (1, 2):
        with pytest.raises(AudioReadError, match=r"clip 31, .*first\.wav"):
            MFCCTransformer(n_jobs=n_jobs).transform(clips)


@pytest.mark.parametrize("on_error", ["raise", "nan"])
def test_all_clips_may_be_bad(tmp_path, on_error):
    transformer = MFCCTransformer(on_error=on_error)
    missing = [str(tmp_path / f"{i}.wav") for i in range(3)]
    if on_error == "raise":
        with pytest.raises(AudioReadError, match="clip 0"):
            transformer.transform(missing)
    else:
        with pytest.warns(AudioReadWarning, match="3 of 3"):
            assert np.isnan(transformer.transform(missing)).all()


@pytest.mark.parametrize(
    "X",
    [[None], [np.nan], pd.Series([None], dtype=object), pd.DataFrame({"path": [None]}, dtype=object)],
    ids=["None", "NaN", "Series", "frame"],
)
def test_missing_value_is_a_clip_that_cannot_be_read(X):
    with pytest.raises(AudioReadError, match="clip 0") as caught:
        MFCCTransformer().transform(X)
    assert (caught.value.position, caught.value.path) == (0, None)
    with pytest.warns(AudioReadWarning, match="missing"):
        assert np.isnan(MFCCTransformer(on_error="nan").fit_transform(X)).all()


@pytest.mark.parametrize("method", ["fit", "transform"])
def test_nan_in_a_table_follows_on_error(noise, method):
    X = noise[:9000].reshape(3, -1).copy()
    X[1, 5] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        getattr(MFCCTransformer(), method)(X)
    transformer = MFCCTransformer(on_error="nan").fit(X)
    with pytest.warns(AudioReadWarning, match="1 of 3"):
        found = transformer.transform(X)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("form", ["path", "Path", "segment", "bytes", "bytearray", "memoryview", "file", "pair"])
@pytest.mark.parametrize("problem", ["too short for a frame", "too loud"])
def test_clip_that_decodes_but_gives_no_row_is_named_by_its_path(tmp_path, problem, form):
    short = problem.startswith("too short")
    samples = np.full(100, 0.1, np.float32) if short else np.full(3000, 1e30, np.float32)
    path = str(tmp_path / "odd.wav")
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    content = Path(path).read_bytes()
    clip = {
        "path": path,
        "Path": Path(path),
        "segment": (path, 0, 60),
        "bytes": content,
        "bytearray": bytearray(content),
        "memoryview": memoryview(content),
        "file": io.BytesIO(content),
        "pair": (samples, RATE),
    }[form]
    with pytest.raises(AudioReadError, match="n_fft=2048" if short else "too loud") as caught:
        MFCCTransformer(center=not short).transform([clip])
    assert caught.value.position == 0
    assert caught.value.path == (path if form in ("path", "Path", "segment") else None)


def test_max_duration_refuses_longer_clips(noise, tmp_path):
    path = tmp_path / "second.wav"
    soundfile.write(path, noise, RATE)
    for clip in (path, path.read_bytes(), noise, (noise, RATE)):
        with pytest.raises(AudioReadError, match=r"clip 0.*max_duration=0\.5 s"):
            MFCCTransformer(max_duration=0.5).transform([clip])
        for parameters in ({"max_duration": 1.0}, {"max_duration": 0.5, "duration": 0.4}):
            assert MFCCTransformer(**parameters).transform([clip]).shape == (1, 40)


def test_odd_files_are_nan_exactly_where_they_hold_no_sound(faults):
    manifest = pd.read_csv(faults / "manifest.csv")
    manifest = manifest[manifest["expect"] != "audio or error"]
    clips = [str(faults / name) for name in manifest["file"]]
    bad = (manifest["expect"] != "audio").to_numpy()
    with pytest.warns(AudioReadWarning) as caught:
        found = MFCCTransformer(on_error="nan", n_jobs=2).transform(clips)
    np.testing.assert_array_equal(np.isnan(found).all(axis=1), bad)
    assert np.isfinite(found[~bad]).all()
    [warning] = caught
    for name in manifest["file"][bad]:
        assert f"{os.sep}{name}'" in str(warning.message)


# Parameters


@pytest.mark.parametrize("parameters, name", WRONG, ids=[ids(parameters) for parameters, _ in WRONG])
def test_wrong_parameters_are_named_at_use_and_not_before(noise, parameters, name):
    transformer = MFCCTransformer(**parameters)
    for method in ("fit", "transform", "fit_transform"):
        with pytest.raises(ValueError, match=name) as caught:
            getattr(transformer, method)([noise])
        assert not isinstance(caught.value, AudioReadError)
    with pytest.raises(ValueError, match=name):
        MFCCTransformer().fit([noise]).set_params(**parameters).transform([noise])


@pytest.mark.skipif(find_spec("samplerate") is not None, reason="samplerate is installed")
@pytest.mark.parametrize("method", ["fit", "transform", "fit_transform"])
def test_resampler_that_is_not_installed_is_an_import_error(noise, method):
    with pytest.raises(ImportError, match="pip install samplerate"):
        getattr(MFCCTransformer(res_type="linear", on_error="nan"), method)([noise])


def test_empty_bands_are_warned_of_at_fit(noise):
    with pytest.warns(UserWarning, match=r"of n_mels=128 mel bands"):
        MFCCTransformer(n_fft=256).fit([noise])


def test_documented_parameters_and_defaults_are_those_of_the_signature():
    section = inspect.getdoc(MFCCTransformer).split("Parameters\n----------\n")[1].split("\nAttributes\n")[0]
    documented = {}
    for names, default in re.findall(r"^(\w+(?:, \w+)*) : .*default=(.*)$", section, flags=re.MULTILINE):
        names = names.split(", ")
        values = ast.literal_eval(default)
        documented |= dict(zip(names, values)) if len(names) > 1 else {names[0]: values}
    signature = inspect.signature(MFCCTransformer).parameters
    assert documented == {name: parameter.default for name, parameter in signature.items()}


def test_parameters_are_by_name_only():
    assert {p.kind for p in inspect.signature(MFCCTransformer).parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


# Bits


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_bits_do_not_depend_on_how_the_work_is_split(paths, rows, backend, n_jobs):
    with joblib.parallel_config(backend=backend):
        found = MFCCTransformer(n_jobs=n_jobs).fit_transform(paths)
    assert found.tobytes() == rows.tobytes()


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_bits_are_the_same_inside_a_worker(paths, rows, backend):
    transformer = MFCCTransformer(n_jobs=2)
    work = (joblib.delayed(transformer.transform)(part) for part in (paths[:20], paths[20:]))
    found = np.vstack(joblib.Parallel(n_jobs=2, backend=backend)(work))
    assert found.tobytes() == rows.tobytes()


def test_bits_do_not_depend_on_the_threads_of_libraries(paths, rows):
    for limit in (1, 2):
        with threadpool_limits(limit):
            assert MFCCTransformer().transform(paths).tobytes() == rows.tobytes()


def test_shuffled_clips_give_shuffled_rows(paths, rows):
    order = np.random.default_rng(3).permutation(len(paths))
    found = MFCCTransformer(n_jobs=2).transform([paths[i] for i in order])
    assert found.tobytes() == rows[order].tobytes()


def test_one_file_object_for_several_clips_gives_its_row_each_time(paths, rows):
    with open(paths[0], "rb") as file, joblib.parallel_config(backend="loky"):
        found = MFCCTransformer(n_jobs=2).transform([file] * 3)
    np.testing.assert_array_equal(found, rows[[0, 0, 0]])


def test_clones_and_pickles_give_the_same_rows(paths, rows):
    transformer = MFCCTransformer(window=np.hanning(2048), n_mfcc=13).fit(paths)
    expected = transformer.transform(paths[:2])
    for other in (clone(transformer), pickle.loads(pickle.dumps(transformer))):
        np.testing.assert_array_equal(other.transform(paths[:2]), expected)
    np.testing.assert_array_equal(clone(MFCCTransformer()).transform(paths), rows)


# Progress


class Recorder:
    """A callback that keeps what it is told."""

    def __init__(self):
        self.set_up, self.begun, self.ended, self.torn_down = 0, [], [], 0

    def setup(self, estimator, context):
        self.set_up += 1

    def teardown(self, estimator, context):
        self.torn_down += 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context)

    def on_fit_task_end(self, estimator, context):
        self.ended.append(context)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_callbacks_are_told_of_every_batch(paths, rows, n_jobs):
    recorder = Recorder()
    assert isinstance(recorder, FitCallback)
    transformer = MFCCTransformer(n_jobs=n_jobs).set_callbacks(recorder)
    np.testing.assert_array_equal(transformer.fit_transform(paths), rows)

    root, *batches = recorder.begun
    assert root.parent is None
    assert [batch.parent for batch in batches] == [root] * len(batches)
    assert [batch.task_id for batch in batches] == list(range(root.max_subtasks))
    assert len(batches) > 1
    assert recorder.ended == [*batches, root]
    assert (recorder.set_up, recorder.torn_down) == (1, 1)


def test_transform_alone_is_no_fit(paths):
    recorder = Recorder()
    MFCCTransformer().set_callbacks(recorder).transform(paths[:2])
    assert recorder.begun == []


def test_callbacks_are_torn_down_after_an_error(broken):
    recorder = Recorder()
    with pytest.raises(AudioReadError):
        MFCCTransformer().set_callbacks(recorder).fit_transform(broken)
    assert (recorder.set_up, recorder.torn_down) == (1, 1)


@pytest.mark.parametrize("method", ["transform", "fit_transform"])
def test_verbose_shows_progress_on_stderr_alone(paths, capsys, method):
    getattr(MFCCTransformer(verbose=1), method)(paths)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "40/40" in captured.err
    assert "clip" in captured.err

    getattr(MFCCTransformer(), method)(paths)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
