"""Whether recordings stand on both sides of a split: `check_leakage`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import check_cv

from skaudio.exceptions import LeakageWarning, warn_user
from skaudio.model_selection._rows import n_rows_of


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
        If `groups` is missing, of another length than `X` or of another index, or `max_share` is out of range.

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
        raise ValueError(
            "groups is missing: the source recording of each clip, as in dataset.groups; where it is not known, "
            "skaudio.inspection.infer_groups(X) finds clips that are copies or overlap"
        )
    if isinstance(groups, pd.Series) and isinstance(X, (pd.DataFrame, pd.Series)) and not groups.index.equals(X.index):
        raise ValueError("groups and X have different indices: row by row they are not of the same clips")
    groups = np.asarray(groups)
    n = n_rows_of(X)
    if len(groups) != n:
        raise ValueError(f"groups has {len(groups)} values, and X {n} clips")
    rows = []
    splitter = check_cv(cv, y, classifier=y is not None)
    with warnings.catch_warnings():
        # A splitter that ignores groups warns of it. The warning is silenced: what it leads to is measured here.
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
