"""Statistics over time: many frames become one row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STATISTICS = ("mean", "std", "min", "max", "median", "skew", "kurtosis")


def summarise(values: np.ndarray, statistics: Sequence[str]) -> np.ndarray:
    """Reduce frames to one row.

    Parameters
    ----------
    values : ndarray of shape (n_frames, n_values)
        One row a frame.
    statistics : sequence of str
        Any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``, ``"skew"`` and ``"kurtosis"``.

    Returns
    -------
    ndarray of shape (len(statistics) * n_values,), float32
        All values of the first statistic, then all of the next.

    Notes
    -----
    Moments are population moments, as numpy's ``std`` and scipy's ``skew`` and ``kurtosis`` (Fisher's, 0 for a normal
    distribution) have them by default. A value that does not vary has skew and kurtosis 0, where scipy has NaN.

    Examples
    --------
    >>> import numpy as np
    >>> summarise(np.array([[1.0], [3.0]]), ("mean", "std"))
    array([2., 1.], dtype=float32)
    """
    values = values.astype(np.float64)
    mean = values.mean(axis=0)
    if tuple(statistics) == ("mean",):
        return mean.astype(np.float32)
    variance = np.square(values - mean).mean(axis=0)
    # The second is what scipy takes for rounding noise around a constant.
    constant = (values == values[:1]).all(axis=0) | (variance <= (np.finfo(np.float64).eps * mean) ** 2)
    scale = np.sqrt(np.where(constant, 1.0, variance))

    def standard_moment(order: int) -> np.ndarray:
        standard = (values - mean) / scale
        square = np.square(standard)
        powers = square * standard if order == 3 else np.square(square)
        return np.where(constant, 0.0, powers.mean(axis=0))

    compute = {
        "mean": lambda: mean,
        "std": lambda: np.sqrt(variance),
        "min": lambda: values.min(axis=0),
        "max": lambda: values.max(axis=0),
        "median": lambda: _median(values),
        "skew": lambda: standard_moment(3),
        "kurtosis": lambda: np.where(constant, 0.0, standard_moment(4) - 3.0),
    }
    return np.concatenate([compute[name]() for name in statistics]).astype(np.float32)


def _median(values: np.ndarray) -> np.ndarray:
    """Return what ``np.median`` of finite values does, faster: each column is partitioned where it is contiguous."""
    columns = np.ascontiguousarray(values.T)
    low, high = (len(values) - 1) // 2, len(values) // 2
    columns.partition([low, high], axis=1)
    return (columns[:, low] + columns[:, high]) / 2
