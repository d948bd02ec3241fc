"""`check_audio_transformer`: what skaudio asks of a transformer beyond what scikit-learn asks."""

from __future__ import annotations

import copy
import io
import pathlib
import pickle
import tempfile
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from skaudio.exceptions import AudioReadError, AudioReadWarning
from skaudio.testing._assertions import assert_raises, assert_same, name_failed_check


@dataclass
class _Sounds:
    """Test clips, each as a waveform, as a file and as the bytes of that file."""

    waveforms: list[np.ndarray]  # float32, of several lengths, at `rate`
    rate: int
    folder: pathlib.Path

    @property
    def paths(self) -> list[str]:
        return [str(self.folder / f"{i}.wav") for i in range(len(self.waveforms))]

    @property
    def contents(self) -> list[bytes]:
        return [pathlib.Path(path).read_bytes() for path in self.paths]


def check_audio_transformer(transformer: Any) -> None:
    """Check that a transformer keeps skaudio's contract: the same bits for every form of clip, order and `n_jobs`.

    Parameters
    ----------
    transformer : estimator
        An instance with the parameters `sample_rate`, `n_jobs` and `on_error`; it is cloned and left as it is.

    Raises
    ------
    AssertionError
        If it does not; the message names the check and what was found.

    Notes
    -----
    scikit-learn's ``check_estimator`` covers what holds of all estimators; this covers what sound adds to it. Worker
    processes are started, which takes a few seconds.

    Examples
    --------
    >>> from skaudio import MFCCTransformer
    >>> from skaudio.testing import check_audio_transformer
    >>> check_audio_transformer(MFCCTransformer(n_mfcc=13))  # doctest: +SKIP
    """
    with tempfile.TemporaryDirectory() as folder:
        sounds = _make_sounds(pathlib.Path(folder), int(transformer.sample_rate))
        for check in _CHECKS:
            with warnings.catch_warnings():
                warnings.simplefilter("error", AudioReadWarning)
                with name_failed_check(transformer, check):
                    check(clone(transformer), sounds)


def _make_sounds(folder: pathlib.Path, rate: int) -> _Sounds:
    import soundfile

    rng = np.random.default_rng(0)
    waveforms = []
    for i, seconds in enumerate((0.5, 0.7, 0.5, 0.02, 1.1, 0.9)):
        time = np.arange(int(seconds * rate)) / rate
        tone = 0.4 * np.sin(2 * np.pi * 220 * (i + 1) * time) + 0.1 * rng.standard_normal(len(time))
        # Whole 16-bit steps, so that the file holds the very same numbers.
        waveforms.append((np.round(tone.clip(-1, 1) * 32767) / 32768).astype(np.float32))
    sounds = _Sounds(waveforms, rate, folder)
    for path, waveform in zip(sounds.paths, waveforms):
        soundfile.write(path, waveform, rate, subtype="PCM_16")
    return sounds


def _check_output(transformer: Any, sounds: _Sounds) -> None:
    rows = transformer.fit_transform(sounds.paths)
    assert isinstance(rows, np.ndarray), f"transform returns a {type(rows).__name__}"
    assert rows.dtype == np.float32, f"the dtype is {rows.dtype}, and float32 is expected"
    assert len(rows) == len(sounds.paths), f"{len(sounds.paths)} clips give {len(rows)} rows"
    assert np.isfinite(rows).all(), "some features are not finite"
    assert len(np.unique(rows.reshape(len(rows), -1), axis=0)) == len(rows), "different clips give equal rows"


def _check_forms_of_a_clip(transformer: Any, sounds: _Sounds) -> None:
    expected = transformer.fit_transform(sounds.paths)
    files = [io.BytesIO(content) for content in sounds.contents]
    files[0].read()  # the transformer must rewind it
    forms = {
        "PathLike": [pathlib.Path(path) for path in sounds.paths],
        "bytes": sounds.contents,
        "file objects": files,
        "waveforms": sounds.waveforms,
        "pairs": [(waveform, sounds.rate) for waveform in sounds.waveforms],
        "segments": [(path, 0.0, 10.0) for path in sounds.paths],
        "all of them mixed": [
            sounds.paths[0],
            sounds.contents[1],
            files[2],
            sounds.waveforms[3],
            (sounds.waveforms[4], sounds.rate),
            pathlib.Path(sounds.paths[5]),
        ],
    }
    for name, X in forms.items():
        assert_same(transformer.fit_transform(X), expected, name)


def _check_forms_of_x(transformer: Any, sounds: _Sounds) -> None:
    expected = transformer.fit_transform(sounds.paths)
    column = np.asarray(sounds.paths, dtype=object)
    forms = {
        "a tuple": tuple(sounds.paths),
        "an object array": column,
        "a str array": np.asarray(sounds.paths),
        "an (n, 1) array": column.reshape(-1, 1),
        "a Series": pd.Series(sounds.paths),
        "a Series of strings": pd.Series(sounds.paths, dtype="string"),
        "a Series of categories": pd.Series(sounds.paths, dtype="category"),
        "a frame of one column": pd.DataFrame({"path": sounds.paths}),
    }
    for name, X in forms.items():
        assert_same(transformer.fit_transform(X), expected, name)
    equal = [sounds.waveforms[0], sounds.waveforms[2]]
    assert_same(transformer.fit_transform(equal), expected[[0, 2]], "waveforms of one length")
    assert_same(transformer.fit_transform(np.stack(equal)), expected[[0, 2]], "a 2-D array of waveforms")


def _check_lone_clip(transformer: Any, sounds: _Sounds) -> None:
    lone = {
        "a lone path": sounds.paths[0],
        "a lone PathLike": pathlib.Path(sounds.paths[0]),
        "lone bytes": sounds.contents[0],
        "a lone file object": io.BytesIO(sounds.contents[0]),
        "a lone pair": (sounds.waveforms[0], sounds.rate),
        "a lone segment": (sounds.paths[0], 0.0, 0.1),
        "a lone waveform": sounds.waveforms[0],
    }
    for name, X in lone.items():
        assert_raises(ValueError, partial(transformer.fit, X), f"{name}, by fit,")
        assert_raises(ValueError, partial(transformer.transform, X), f"{name}, by transform,")


def _check_order(transformer: Any, sounds: _Sounds) -> None:
    expected = transformer.fit_transform(sounds.paths)
    order = [4, 0, 5, 3, 0, 1, 2]
    assert_same(transformer.transform([sounds.paths[i] for i in order]), expected[order], "clips in another order")
    for i, path in enumerate(sounds.paths):
        assert_same(transformer.transform([path]), expected[[i]], "one clip alone")


def _check_parallel(transformer: Any, sounds: _Sounds) -> None:
    expected = transformer.set_params(n_jobs=1).fit_transform(sounds.paths)
    for n_jobs in (None, 2, 3, -1):
        assert_same(transformer.set_params(n_jobs=n_jobs).transform(sounds.paths), expected, f"n_jobs={n_jobs}")
    transformer.set_params(n_jobs=None)
    for backend in ("threading", "loky"):
        with joblib.parallel_config(backend=backend, n_jobs=2):
            assert_same(transformer.transform(sounds.paths), expected, f"the joblib backend {backend}")
            assert_same(transformer.transform(sounds.waveforms), expected, f"waveforms by the backend {backend}")
    for limit in (1, 2):
        with threadpool_limits(limit):
            assert_same(transformer.transform(sounds.paths), expected, f"BLAS limited to {limit} threads")


def _check_samples(transformer: Any, sounds: _Sounds) -> None:
    rate, waveform = sounds.rate, sounds.waveforms[0]
    expected = transformer.fit_transform([waveform])
    steps = np.round(waveform * 32768).astype(np.int16)
    stereo = np.stack([waveform, waveform])
    assert_same(transformer.transform([stereo]), expected, "two equal channels")
    assert_same(transformer.transform([(stereo, rate)]), expected, "a pair of two equal channels")
    assert_same(transformer.transform([steps]), expected, "int16 samples")
    assert_same(transformer.transform([steps.astype(np.int32) * 65536]), expected, "int32 samples")
    assert_same(transformer.transform([waveform.astype(np.float64)]), expected, "float64 samples")
    swapped = steps.astype(steps.dtype.newbyteorder())
    assert_same(transformer.transform([swapped]), expected, "int16 samples in the other byte order")
    transformer.set_params(on_error="raise")
    assert_raises(ValueError, lambda: transformer.transform([steps.astype(np.int64)]), "int64 samples")
    shortest = transformer.transform([waveform[:1], waveform[:100]])
    assert np.isfinite(shortest).all(), "clips of 1 and 100 samples give features that are not finite"


def _check_state(transformer: Any, sounds: _Sounds) -> None:
    before = dict(vars(transformer))
    unfitted = transformer.transform(sounds.paths)
    assert vars(transformer) == before, "transform leaves state behind"
    fitted = transformer.fit(sounds.paths)
    assert fitted is transformer, "fit does not return the transformer itself"
    assert not hasattr(fitted, "n_features_in_"), "fit on clips sets n_features_in_"
    after = dict(vars(fitted))
    assert_same(fitted.transform(sounds.paths), unfitted, "use without fit")
    assert vars(fitted) == after, "transform after fit leaves state behind"
    # fit may note in attributes that end in _ what it was fitted with, such as the hash of a pretrained model. It may
    # change no parameter and nothing else.
    noted = {name for name in after if name.endswith("_") and not name.startswith("_")}
    assert {name: value for name, value in after.items() if name not in noted} == before, "fit leaves state behind"
    assert_same(pickle.loads(pickle.dumps(fitted)).transform(sounds.paths), unfitted, "a pickled transformer")
    assert_same(clone(fitted).transform(sounds.paths), unfitted, "a clone")


def _check_x_untouched(transformer: Any, sounds: _Sounds) -> None:
    for X in (sounds.paths, sounds.waveforms, np.stack([sounds.waveforms[0], sounds.waveforms[2]])):
        before = copy.deepcopy(X)
        transformer.fit_transform(X)
        assert all(np.array_equal(a, b) for a, b in zip(X, before)), "X is changed"


def _check_feature_names(transformer: Any, sounds: _Sounds) -> None:
    names = transformer.get_feature_names_out()
    rows = transformer.fit_transform(sounds.paths)
    assert names.dtype == object, f"the names have dtype {names.dtype}, and object is expected"
    assert len(names) == rows.shape[-1], f"there are {len(names)} names for {rows.shape[-1]} features"
    assert len(set(names)) == len(names), "names repeat"
    if rows.ndim > 2:
        assert_raises(
            ValueError, lambda: transformer.set_output(transform="pandas").transform(sounds.paths), "a frame of 3-D"
        )
        return
    series = pd.Series(sounds.paths, index=[f"clip {i}" for i in range(len(rows))])
    frame = transformer.set_output(transform="pandas").fit_transform(series)
    assert list(frame.columns) == list(names), "the columns of a frame are not the feature names"
    assert list(frame.index) == list(series.index), "the frame does not keep the index of X"
    assert_same(frame.to_numpy(), rows, "a frame")


def _check_errors(transformer: Any, sounds: _Sounds) -> None:
    broken = sounds.folder / "broken.wav"
    broken.write_bytes(b"no sound")
    X = [sounds.paths[0], str(broken), sounds.paths[1], None, str(sounds.folder / "absent.wav"), b""]
    for n_jobs in (1, 2):
        transformer.set_params(on_error="raise", n_jobs=n_jobs)
        error = assert_raises(AudioReadError, lambda: transformer.fit(X).transform(X), "a broken file")
        assert isinstance(error, AudioReadError)
        assert error.position == 1, f"the error names clip {error.position}, and clip 1 is the first that is broken"
        assert error.path == str(broken), f"the error names the file {error.path!r}, and {str(broken)!r} is broken"
        assert isinstance(error.cause, Exception), "the error does not carry its cause"
        expected = transformer.transform([sounds.paths[0], sounds.paths[1]])
        transformer.set_params(on_error="nan")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rows = transformer.transform(X)
        read_warnings = [w for w in caught if issubclass(w.category, AudioReadWarning)]
        assert len(read_warnings) == 1, f"{len(read_warnings)} AudioReadWarnings are given, and one is expected"
        assert "broken.wav" in str(read_warnings[0].message), "the warning does not name the files"
        assert "absent.wav" in str(read_warnings[0].message), "the warning does not name the files"
        assert len(rows) == len(X), f"{len(X)} clips, some of them broken, give {len(rows)} rows"
        assert_same(rows[[0, 2]], expected, "good clips among broken ones")
        assert np.isnan(rows[[1, 3, 4, 5]]).all(), "the rows of broken clips are not NaN"
    transformer.set_params(on_error="raise")
    assert_raises(FileNotFoundError, lambda: transformer.transform(X[4:5]), "a missing file")
    not_finite = np.full(1000, np.nan, np.float32)
    assert_raises(ValueError, lambda: transformer.fit([not_finite]), "a waveform of NaN, by fit,")
    assert_raises(ValueError, lambda: transformer.transform([not_finite]), "a waveform of NaN, by transform,")


_CHECKS = (
    _check_output,
    _check_forms_of_a_clip,
    _check_forms_of_x,
    _check_lone_clip,
    _check_order,
    _check_parallel,
    _check_samples,
    _check_state,
    _check_x_untouched,
    _check_feature_names,
    _check_errors,
)
