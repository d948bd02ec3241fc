"""Folds that come with a dataset, and a check that recordings do not leak across them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator, check_cv

from skaudio.exceptions import LeakageWarning, warn_user

__all__ = ["PredefinedFolds", "check_leakage"]


class PredefinedFolds(BaseCrossValidator):
    """Cross-validate on the folds a dataset comes with.

    Rows are recognised by their path, so the folds of a subset, of shuffled or repeated clips and of the inner
    searches of a nested one are the dataset's own. Without paths, rows are taken in the dataset's order.

    Parameters
    ----------
    folds : array-like of shape (n_clips,)
        The fold of each clip of the dataset, any sortable values.
    clips : array-like of shape (n_clips,) or None, default=None
        The path of each clip, or its segment ``(path, offset, duration)``. With it, an `X` of paths or segments (a
        list, a 1-D array or Series, a frame of one column, or the column ``path`` of a frame) is split by path; a
        segment that is not of the dataset itself belongs where its path does.

    Notes
    -----
    scikit-learn's ``PredefinedSplit`` knows positions alone: as the inner splitter of a nested search it fails, and
    on shuffled clips it mixes all folds in silence. An `X` that has neither paths nor the dataset's length is refused
    here; `sklearn.model_selection.LeaveOneGroupOut` with ``groups=folds`` routed splits such rows.

    Examples
    --------
    >>> from skaudio.model_selection import PredefinedFolds
    >>> cv = PredefinedFolds([1, 1, 2], clips=["a.wav", "b.wav", "c.wav"])
    >>> [test.tolist() for _, test in cv.split(["c.wav", "a.wav"])]
    [[1], [0]]
    """

    def __init__(self, folds: Any, clips: Any = None) -> None:
        self.folds = folds
        self.clips = clips

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows of each fold as test rows, the others as training rows, in the order of the folds.

        Parameters
        ----------
        X : clips, or array-like of shape (n_clips, n_features)
            Paths of the dataset's clips in any selection and order; or rows in the dataset's own order.
        y : None
            Ignored.
        groups : None
            Ignored: groups are recordings.

        Yields
        ------
        train, test : ndarray of int
            Positions in `X`.

        Raises
        ------
        ValueError
            If a path is not of the dataset or stands in two folds, `X` has neither paths nor the dataset's length, or
            all its rows are of one fold.
        """
        folds = self.fold_of(X)
        present = np.unique(folds)
        if len(present) < 2:
            raise ValueError(f"all {len(folds)} rows of X are of fold {present[0]}; at least 2 folds are needed")
        for fold in present:
            yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return how many folds are present in `X`; without `X`, in the dataset.

        Parameters
        ----------
        X : clips or None
            As in `split`.
        y, groups : None
            Ignored.

        Returns
        -------
        int
            The number of splits.
        """
        return len(np.unique(np.asarray(self.folds) if X is None else self.fold_of(X)))

    def fold_of(self, X: Any) -> np.ndarray:
        """Return the fold of each row of `X`.

        Parameters
        ----------
        X : clips, or array-like of shape (n_clips, n_features)
            As in `split`.

        Returns
        -------
        ndarray of shape (n_rows,)
            Values of `folds`.

        Raises
        ------
        ValueError
            As in `split`.
        """
        folds = np.asarray(self.folds)
        if folds.ndim != 1 or not len(folds) or pd.isna(folds).any():
            raise ValueError(f"folds has shape {folds.shape}; one value a clip is expected, none of them missing")
        clips = _identities(X)
        if self.clips is not None and clips is not None:
            by_clip = _by_clip(self.clips, folds)
            try:
                return np.asarray([by_clip[clip if clip in by_clip else _path_of(clip)] for clip in clips])
            except KeyError as error:
                raise ValueError(
                    f"{error.args[0]!r} is not a clip of the dataset these {len(by_clip)} folds belong to; "
                    "its paths must be spelled as the dataset's are"
                ) from None
        n = X.shape[0] if hasattr(X, "shape") else len(X)
        if n == len(folds):
            return folds
        raise ValueError(
            f"X has {n} rows that are not paths, and the dataset {len(folds)} clips: their folds are unknown. "
            "Split clips rather than features, or use LeaveOneGroupOut() with groups=folds of these rows"
        )


def check_leakage(cv: Any, X: Any, y: Any = None, groups: Any = None, *, max_share: float = 0.05) -> pd.DataFrame:
    """Tell how many test clips of each split share their source recording with training clips.

    Parameters
    ----------
    cv : splitter, int or iterable of (train, test)
        Any cross-validation of scikit-learn.
    X : clips or array-like
        What it splits.
    y : array-like or None
        Labels, for a splitter that stratifies.
    groups : array-like of shape (n_clips,)
        The source recording of each clip.
    max_share : float, default=0.05
        Share of shared test clips above which a warning is given, in [0, 1].

    Returns
    -------
    DataFrame
        A row a split: ``n_test`` clips, ``n_shared`` of them whose recording is in training too, and their ``share``.

    Raises
    ------
    ValueError
        If `groups` is missing or of another length than `X`, or `max_share` is out of range.

    Warns
    -----
    LeakageWarning
        If the share of all test clips together is above `max_share`.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> from skaudio.model_selection import check_leakage
    >>> recordings = [1, 1, 2, 2]
    >>> check_leakage(KFold(2), ["a", "b", "c", "d"], groups=recordings)["share"].tolist()
    [0.0, 0.0]
    """
    if not 0 <= max_share <= 1:
        raise ValueError(f"max_share={max_share!r} must be in [0, 1]")
    if groups is None:
        raise ValueError("groups is missing: the source recording of each clip, as in dataset.groups")
    groups = np.asarray(groups)
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    if len(groups) != n:
        raise ValueError(f"groups has {len(groups)} values, and X {n} clips")
    rows = []
    splitter = check_cv(cv, y, classifier=y is not None)
    with warnings.catch_warnings():
        # A splitter that ignores groups says so; here that is what is measured.
        warnings.filterwarnings("ignore", "The groups parameter is ignored", UserWarning)
        splits = list(splitter.split(X, y, groups))
    for train, test in splits:
        shared = np.isin(groups[test], groups[train])
        rows.append({"n_test": len(test), "n_shared": int(shared.sum()), "share": float(shared.mean())})
    table = pd.DataFrame(rows, columns=["n_test", "n_shared", "share"])
    share = table["n_shared"].sum() / max(1, table["n_test"].sum())
    if share > max_share:
        warn_user(
            f"{share:.1%} of the test clips come from a recording that is in training too, so the scores are too "
            "high; use the dataset's folds (dataset.cv) or a splitter by groups, such as StratifiedGroupKFold",
            LeakageWarning,
        )
    return table


def _identities(X: Any) -> list[Any] | None:
    """Return the paths or segments `X` consists of, or None where it is something else."""
    if isinstance(X, pd.DataFrame):
        if "path" in X.columns:
            X = X["path"]
        elif X.shape[1] == 1:
            X = X.iloc[:, 0]
        else:
            return None
    elif isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == 1:
        X = X[:, 0]
    if getattr(X, "ndim", 1) != 1:
        return None
    items = list(X)
    has_path = [isinstance(_path_of(item), (str, os.PathLike)) for item in items]
    if not any(has_path):
        return None
    if not all(has_path):
        raise ValueError(f"row {has_path.index(False)} of X is no path, and others are: its fold is unknown")
    return [(os.fspath(item[0]), *item[1:]) if isinstance(item, tuple) else os.fspath(item) for item in items]


def _path_of(clip: Any) -> Any:
    """Return the file of a segment ``(path, offset, duration)``; any other clip itself."""
    return clip[0] if isinstance(clip, tuple) and len(clip) == 3 else clip


def _by_clip(clips: Any, folds: np.ndarray) -> dict[Any, Any]:
    if len(clips) != len(folds):
        raise ValueError(f"clips has {len(clips)} paths, and folds {len(folds)} values")
    by_clip: dict[Any, Any] = {}
    for clip, fold in zip(_identities(clips) or list(clips), folds):
        if by_clip.setdefault(clip, fold) != fold:
            raise ValueError(f"{clip!r} stands in folds {by_clip[clip]} and {fold}; a clip is in one fold")
    return by_clip
