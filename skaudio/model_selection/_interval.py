"""`accuracy_interval`: how far an accuracy on so few clips can be from what it would be on many."""

from __future__ import annotations

from typing import Any

import numpy as np

_N_DRAWS = 2000


def accuracy_interval(right: Any, groups: Any = None, *, level: float = 0.95) -> tuple[float, float]:
    """Return a confidence interval for an accuracy, from the clips or the groups that it was measured on.

    Parameters
    ----------
    right : array-like of shape (n_clips,)
        Whether each clip was given its class.
    groups : array-like of shape (n_clips,) or None, default=None
        The recording, machine or speaker of each clip. Clips of one group are right or wrong together more often than
        not, so the groups are what counts.
    level : float, default=0.95
        The share of such intervals that hold the true accuracy.

    Returns
    -------
    low, high : float
        Without groups, Wilson's score interval [1]_. With groups, a bootstrap [2]_: as many groups are drawn 2000
        times, with replacement and a fixed seed, and percentiles of their accuracies are taken. With fewer than ten
        groups it is too narrow. Where all groups have the same accuracy, such as 0 or 1, draws tell nothing: it is
        Wilson's interval then, with each group counted once. With a single group the interval is 0 to 1.

    Raises
    ------
    ValueError
        If there are no clips, `groups` is of another length, or `level` is not between 0 and 1.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
       Statistical Association 22, 1927.
    .. [2] B. Efron and R. Tibshirani, "An introduction to the bootstrap", 1993, chapter 13.

    Examples
    --------
    >>> from skaudio.model_selection import accuracy_interval
    >>> low, high = accuracy_interval([True] * 8 + [False])
    >>> f"{low:.2f} to {high:.2f}"
    '0.57 to 0.98'
    """
    right = np.asarray(right, dtype=float)
    if right.ndim != 1 or not len(right):
        raise ValueError(f"right has shape {right.shape}; one value a clip is expected")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must be between 0 and 1")
    if groups is None:
        return _wilson(int(right.sum()), len(right), level)
    groups = np.asarray(groups)
    if groups.shape != right.shape:
        raise ValueError(f"groups has shape {groups.shape}, and right {right.shape}")
    codes = np.unique(groups, return_inverse=True)[1]
    n_clips = np.bincount(codes)
    n_right = np.bincount(codes, weights=right)
    if len(n_clips) == 1:
        return 0.0, 1.0
    if len(set(n_right / n_clips)) == 1:
        return _wilson(round(right.mean() * len(n_clips)), len(n_clips), level)
    draws = np.random.default_rng(0).integers(0, len(n_clips), (_N_DRAWS, len(n_clips)))
    accuracies = n_right[draws].sum(axis=1) / n_clips[draws].sum(axis=1)
    low, high = np.quantile(accuracies, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _wilson(n_right: int, n: int, level: float) -> tuple[float, float]:
    from scipy.stats import binomtest

    interval = binomtest(n_right, n).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)
