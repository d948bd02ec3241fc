"""`PredefinedFolds`: the folds a dataset comes with, for clips in any selection and order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator

from skaudio.model_selection._rows import (
    columns_of,
    file_of,
    identity_of,
    labels_agree,
    n_rows_of,
    order_of,
    refuse_text,
)


class PredefinedFolds(BaseCrossValidator):
    """Cross-validate on the folds a dataset comes with.

    Rows are recognised by their path. So the dataset's folds hold for a subset, for shuffled or repeated clips, and in
    the inner searches of a nested one. Rows without paths, such as features that were extracted before, are assumed to
    be in the dataset's order only if their labels confirm it.

    Parameters
    ----------
    folds : array-like of shape (n_clips,)
        The fold of each clip of the dataset, any sortable values.
    clips : array-like of shape (n_clips,) or None, default=None
        The path of each clip, or its segment ``(path, offset, duration)``. With it, an `X` that holds paths or segments
        of the dataset is split by them: a list, an array, a Series, any column of a frame (of pandas, Polars or Arrow)
        whatever its name, or the index of a pandas object. A segment that the dataset does not have is in the
        fold of its path.
    labels : array-like of shape (n_clips,) or None, default=None
        The class of each clip. With it, rows of numbers are taken in the dataset's order (for a pandas object, by the
        positions in its index) if the `y` that is passed to `split` has these labels row by row, also encoded as
        numbers.
    by_position : bool, default=False
        Take rows without paths in the dataset's order without such proof: the caller vouches for it.

    Notes
    -----
    scikit-learn's ``PredefinedSplit`` knows positions alone: as the inner splitter of a nested search it fails, and
    on shuffled clips it mixes all folds in silence. An `X` that has neither paths nor verified rows is refused
    here, and so is text that is not the dataset's; `sklearn.model_selection.LeaveOneGroupOut` with ``groups=folds``
    routed splits such rows. The labels reveal that rows of numbers were shuffled, unless clips changed places only
    with clips of their own class.

    Examples
    --------
    >>> from skaudio.model_selection import PredefinedFolds
    >>> cv = PredefinedFolds([1, 1, 2], clips=["a.wav", "b.wav", "c.wav"])
    >>> [test.tolist() for _, test in cv.split(["c.wav", "a.wav"])]
    [[1], [0]]
    """

    def __init__(self, folds: Any, clips: Any = None, *, labels: Any = None, by_position: bool = False) -> None:
        self.folds = folds
        self.clips = clips
        self.labels = labels
        self.by_position = by_position

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows of each fold as test rows, the others as training rows, in the order of the folds.

        Parameters
        ----------
        X : clips, or array-like of shape (n_clips, n_features)
            Paths of the dataset's clips in any selection and order; or rows in the dataset's own order.
        y : array-like of shape (n_clips,) or None
            The labels of the rows, by which rows without paths are verified.
        groups : None
            Ignored: groups are recordings.

        Yields
        ------
        train, test : ndarray of int
            Positions in `X`.

        Raises
        ------
        ValueError
            If a path is not of the dataset or stands in two folds, `X` has neither paths nor rows that are verified, or
            all its rows are of one fold.
        """
        folds = self.fold_of(X, y)
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
        y : array-like or None
            As in `split`.
        groups : None
            Ignored.

        Returns
        -------
        int
            The number of splits.
        """
        return len(self.get_fold_names(X, y))

    def get_fold_names(self, X: Any = None, y: Any = None) -> np.ndarray:
        """Return the folds that `split` yields, in its order: the names of the columns of a search's ``cv_results_``.

        Parameters
        ----------
        X : clips or None
            As in `split`; None is the whole dataset.
        y : array-like or None
            As in `split`.

        Returns
        -------
        ndarray of shape (n_splits,)
            Values of `folds`.

        Examples
        --------
        >>> from skaudio.model_selection import PredefinedFolds
        >>> PredefinedFolds([1, 10, 2, 10]).get_fold_names().tolist()
        [1, 2, 10]
        """
        return np.unique(np.asarray(self.folds) if X is None else self.fold_of(X, y))

    def fold_of(self, X: Any, y: Any = None) -> np.ndarray:
        """Return the fold of each row of `X`.

        Parameters
        ----------
        X : clips, or array-like of shape (n_clips, n_features)
            As in `split`.
        y : array-like of shape (n_clips,) or None, default=None
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
        if self.clips is not None:
            by_path = self._folds_by_path(X, folds)
            if by_path is not None:
                return by_path
        n = n_rows_of(X)
        if self.by_position:
            if n == len(folds):
                return folds
            raise ValueError(f"X has {n} rows, and the dataset {len(folds)} clips: by_position=True needs them all")
        refuse_text(X, "PredefinedFolds has no clips to know them by: pass clips=dataset.data")
        order = order_of(X, len(folds))
        if len(order) == n and self.labels is not None and labels_agree(np.asarray(self.labels)[order], y):
            return folds[order]
        raise ValueError(
            f"X has {n} rows that are not paths, and the dataset {len(folds)} clips: which fold a row belongs to is "
            f"unknown, since {self._why_order_is_unknown(n, len(folds), y)}. Split clips rather than features; or pass "
            "LeaveOneGroupOut() with groups=folds of these rows; or PredefinedFolds(folds, by_position=True), if the "
            "rows stand in the dataset's order for certain"
        )

    def _folds_by_path(self, X: Any, folds: np.ndarray) -> np.ndarray | None:
        """Return the folds of the rows by the paths that `X` holds, or None where it holds no text."""
        by_clip = _map_clips_to_folds(self.clips, folds)
        found: dict[str, np.ndarray] = {}
        unknown: list[str] = []
        for name, items in columns_of(X):
            known = [identity_of(item) for item in items]
            missing = [row for row, key in enumerate(known) if key not in by_clip and file_of(key) not in by_clip]
            if items and not missing:
                found[name] = np.asarray([by_clip[key if key in by_clip else file_of(key)] for key in known])
            elif any(key is not None for key in known):
                unknown.append(_describe_unknown_row(name, items, missing[0], len(by_clip)))
        if not found:
            if unknown:
                raise ValueError(min(unknown, key=len))
            return None
        first, *others = found.values()
        if any((other != first).any() for other in others):
            raise ValueError(f"the columns {', '.join(found)} of X hold clips of different folds; pass one of them")
        return first

    def _why_order_is_unknown(self, n: int, n_clips: int, y: Any) -> str:
        if n != n_clips:
            return "there are not as many"
        if self.labels is None:
            return "PredefinedFolds was given no labels to compare with (a loader's dataset.cv has them)"
        if y is None:
            return "no y is given to compare with the dataset's labels"
        return "y is not the dataset's labels in their order"


def _describe_unknown_row(name: str, items: list[Any], row: int, n_clips: int) -> str:
    where = f" in column {name!r}" if name else ""
    if identity_of(items[row]) is None:
        return f"row {row}{where} of X is no path, and others are: its fold is unknown"
    item = os.fspath(items[row]) if isinstance(items[row], os.PathLike) else items[row]
    return (
        f"{item!r}{where} is not a clip of the dataset these {n_clips} folds belong to; "
        "its paths must be spelled as the dataset's are"
    )


def _map_clips_to_folds(clips: Any, folds: np.ndarray) -> dict[Any, Any]:
    if len(clips) != len(folds):
        raise ValueError(f"clips has {len(clips)} paths, and folds {len(folds)} values")
    by_clip: dict[Any, Any] = {}
    for clip, fold in zip(clips, folds):
        key = clip if identity_of(clip) is None else identity_of(clip)
        if by_clip.setdefault(key, fold) != fold:
            raise ValueError(f"{clip!r} stands in folds {by_clip[key]} and {fold}; a clip is in one fold")
    return by_clip
