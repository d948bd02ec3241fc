"""The clip grammar: what an ``X`` of sound may be, and the list of clips in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MappingView, Sequence, Set
from numbers import Number
from typing import Any

import numpy as np

from skaudio.clips._clip import Clip
from skaudio.clips._recognition import as_clip, is_file_object, is_hugging_face_clip, is_missing

_PATHS_AND_BYTES = (str, bytes, bytearray, memoryview, os.PathLike)


def clips_in(X: Any) -> list[Clip] | None:
    """Return the clips of `X`, each of the kind it is, or None where `X` is a table of numbers; see `as_clips`."""
    clips = as_clips(X)
    return None if clips is None else [as_clip(clip) for clip in clips]


def as_clips(X: Any) -> list[Any] | None:
    """Return the clips of `X`, or None where it is a table of numbers, one waveform a row.

    Parameters
    ----------
    X : list, tuple, array, Series or frame
        What a user calls the clips.

    Returns
    -------
    list or None
        One item a clip, each of them what `skaudio.load_audio` reads or a missing value. Tables of numbers, and what
        scikit-learn's own validation refuses by name (sparse, complex, three-dimensional), are left to it.

    Raises
    ------
    ValueError
        If `X` is one clip rather than a list of clips, is empty, or has several columns that are not numbers.
    TypeError
        If `X` has no order or can be read only once.
    """
    if _is_one_clip(X):
        raise ValueError(f"X is one clip ({_describe(X)}), and a list of clips is expected; pass [clip]")
    # Here, since reading one clip needs neither.
    import pandas as pd
    import scipy.sparse

    if scipy.sparse.issparse(X):
        return None
    if isinstance(X, (Set, Mapping, MappingView, Iterator)):
        raise TypeError(
            f"X is a {type(X).__name__}, which has no order, no positions or can be read only once; pass a list of "
            "clips, such as list(X)"
        )
    if isinstance(X, pd.DataFrame):
        clips = _from_frame(X)
    elif isinstance(X, pd.Series):
        clips = _from_array(X.to_numpy() if _is_numeric(X.dtype) else X.to_numpy(object))
    elif isinstance(X, Sequence):
        clips = _from_list(list(X))
    else:
        clips = _from_array(np.asarray(X))
    if clips is not None and not clips:
        raise ValueError("X holds no clips (0 sample(s)); at least one is expected")
    return clips


def _is_one_clip(X: Any) -> bool:
    if isinstance(X, _PATHS_AND_BYTES) or is_file_object(X) or is_hugging_face_clip(X):
        return True
    if not isinstance(X, tuple) or len(X) not in (2, 3) or not all(x is None or _is_scalar(x) for x in X[1:]):
        return False
    return isinstance(X[0], (str, os.PathLike)) if len(X) == 3 else _is_waveform(X[0])


def _from_frame(X: Any) -> list[Any] | None:
    if all(_is_numeric(dtype) for dtype in X.dtypes):
        return None
    if X.shape[1] > 1:
        _refuse_columns(X.shape[1])
    return _from_array(X.iloc[:, 0].to_numpy(object).reshape(-1, 1))


def _from_list(X: list[Any]) -> list[Any] | None:
    if not X:
        return []
    if all(_is_scalar(x) for x in X) and not all(is_missing(x) for x in X):
        _refuse_one_waveform()
    if all(isinstance(x, (list, tuple)) for x in X):
        if all(len(x) == 1 and isinstance(x[0], _PATHS_AND_BYTES) for x in X):
            return [x[0] for x in X]
        if all(isinstance(x, list) and any(isinstance(v, _PATHS_AND_BYTES) for v in x) for x in X):
            _refuse_columns(len(X[0]))
        rows_of_numbers = all(all(_is_scalar(v) for v in x) for x in X)
        if rows_of_numbers and len({len(x) for x in X}) == 1:
            return None
    return X


def _from_array(X: np.ndarray) -> list[Any] | None:
    if X.dtype.kind == "S":
        raise ValueError(
            f"X has dtype {X.dtype}: numpy drops the zero bytes such arrays end with, which ruins sound; "
            "pass a list of bytes, or an array of dtype object"
        )
    if X.dtype.kind in "biufcMm":
        if X.ndim == 1 and X.dtype.kind in "biuf":
            if X.dtype.kind == "f" and len(X) and np.isnan(X).all():  # a column of paths that are all missing
                return list(X)
            _refuse_one_waveform()
        return None
    if X.ndim == 1:
        return _from_list(list(X)) if any(_is_scalar(x) for x in X) else list(X)
    if X.ndim == 2 and X.shape[1] == 2 and len(X) and all(_is_waveform(a) and not _is_waveform(b) for a, b in X):
        raise ValueError("X is an array of pairs; pass a list of them: [(waveform, rate) for waveform, rate in X]")
    if X.ndim != 2 or not (any(_is_clip(x) for x in X.flat) or (X.shape[1] == 1 and all(map(is_missing, X.flat)))):
        return None
    if X.shape[1] > 1:
        _refuse_columns(X.shape[1])
    return list(X[:, 0])


def _is_clip(value: Any) -> bool:
    return isinstance(value, (*_PATHS_AND_BYTES, np.ndarray, tuple)) or is_file_object(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (Number, np.bool_))


def _is_waveform(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, list) and all(_is_scalar(v) for v in value)


def _is_numeric(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "biufc"


def _describe(X: Any) -> str:
    return repr(X) if isinstance(X, (str, os.PathLike)) else type(X).__name__


def _refuse_one_waveform() -> None:
    raise ValueError(
        "Expected 2D array, got 1D array instead: X is one waveform, and one a row is expected. "
        "Reshape your data: pass [w] or w.reshape(1, -1)"
    )


def _refuse_columns(n: int) -> None:
    raise ValueError(
        f"X has {n} columns that are not all numbers, and one column of clips is expected; "
        "select it, as in X['path'], or let a ColumnTransformer send each column where it belongs"
    )
