"""`MFCCTransformer` takes clips of all forms, and names those that cannot be read."""

import io
import os
import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile
from mfccs import RATE, broken, noise, paths, rows  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError, AudioReadWarning
from skaudio.inspection import check_clips

pytestmark = pytest.mark.usefixtures("each_kernel")


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
    mfcc = MFCCTransformer(on_error="nan", n_jobs=2)
    with pytest.warns(AudioReadWarning) as caught:
        found = mfcc.transform(clips)
    np.testing.assert_array_equal(np.isnan(found).all(axis=1), bad)
    assert np.isfinite(found[~bad]).all()
    unread, cut = (str(warning.message) for warning in caught)
    assert f"{bad.sum()} of {len(clips)} clips could not be read" in unread
    for name in manifest["file"][bad][:10]:
        assert f"{os.sep}{name}'" in unread
    assert f"and {bad.sum() - 10} more" in unread
    problems = check_clips(clips).query("problem == 'truncated'")
    problems = problems[~bad[problems.index]]
    assert f"{len(problems)} of {len(clips)} clips are not as their headers have them" in cut
    for path, detail in problems[["path", "detail"]].to_numpy()[:10]:
        assert f"{path!r}: {detail}" in cut
    with pytest.warns(AudioReadWarning, match="are not as their headers"):
        _, failures = mfcc.transform_with_failures(clips)
    assert [failure.position for failure in failures] == np.flatnonzero(bad).tolist()


@pytest.mark.parametrize("cache", [False, True])
def test_an_array_without_an_axis_is_a_clip_that_cannot_be_read(noise, tmp_path, cache):
    mfcc = MFCCTransformer(on_error="nan", cache=tmp_path / "features.sqlite" if cache else None)
    with pytest.warns(AudioReadWarning, match=r"clip 1: the waveform has shape \(\)"):
        rows = mfcc.transform([noise, np.array(3.0)])
    assert np.isnan(rows).any(axis=1).tolist() == [False, True]
