"""Statistics over time: many frames become one row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

STATISTICS = ("mean", "std", "min", "max", "median", "skew", "kurtosis")
STREAMED_STATISTICS = ("mean", "std", "min", "max", "skew", "kurtosis")
"""Those that need no more than a part of the frames at a time; the others sort all values."""
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


def is_statistic(name: object) -> bool:
    """Tell whether `summarise` knows a statistic.

    Parameters
    ----------
    name : object
        What a user asks for.

    Returns
    -------
    bool
        True for the names in ``STATISTICS``, and for percentiles, ``"p0"`` to ``"p100"``.

    Examples
    --------
    >>> is_statistic("p95"), is_statistic("p101")
    (True, False)
    """
    return isinstance(name, str) and (name in STATISTICS or _PERCENTILE.fullmatch(name) is not None)


def summarise(values: np.ndarray, statistics: Sequence[str]) -> np.ndarray:
    """Reduce frames to one row.

    Parameters
    ----------
    values : ndarray of shape (n_frames, n_values)
        One row a frame.
    statistics : sequence of str
        Any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``, ``"skew"``, ``"kurtosis"``, and percentiles,
        as ``"p5"`` or ``"p97.5"``.

    Returns
    -------
    ndarray of shape (len(statistics) * n_values,), float32
        All values of the first statistic, then all of the next.

    Notes
    -----
    Moments are population moments, as numpy's ``std`` and scipy's ``skew`` and ``kurtosis`` (Fisher's, 0 for a normal
    distribution) have them by default; percentiles are ``numpy.percentile``'s, interpolated. A value that does not vary
    has skew and kurtosis 0, where scipy has NaN.

    Examples
    --------
    >>> import numpy as np
    >>> summarise(np.array([[1.0], [3.0]]), ("mean", "std"))
    array([2., 1.], dtype=float32)
    """
    return summarise_rows(np.ascontiguousarray(np.asarray(values).T), statistics).ravel()


def summarise_rows(rows: np.ndarray, statistics: Sequence[str]) -> np.ndarray:
    """Do what `summarise` does, of values whose time runs along the rows.

    Parameters
    ----------
    rows : ndarray of shape (n_values, n_frames)
        One row a value. In this order each sum runs along memory that lies together, and is the same whatever other
        rows there are.
    statistics : sequence of str
        As in `summarise`.

    Returns
    -------
    ndarray of shape (len(statistics), n_values), float32
        One row a statistic.

    Examples
    --------
    >>> import numpy as np
    >>> summarise_rows(np.array([[1.0, 3.0], [5.0, 5.0]]), ("mean", "p50"))
    array([[2., 5.],
           [2., 5.]], dtype=float32)
    """
    exact = rows.astype(np.float64)
    mean = _mean(exact)
    if tuple(statistics) == ("mean",):
        return mean.astype(np.float32)[None]
    deviation = exact - mean[:, None]
    variance = _mean(np.square(deviation))
    # The second is what scipy takes for rounding noise around a constant.
    constant = (rows == rows[:, :1]).all(axis=1) | (variance <= (np.finfo(np.float64).eps * mean) ** 2)
    scale = np.sqrt(np.where(constant, 1.0, variance))

    def standard_moment(order: int) -> np.ndarray:
        standard = deviation / scale[:, None]
        square = np.square(standard)
        powers = square * standard if order == 3 else np.square(square)
        return np.where(constant, 0.0, _mean(powers))

    compute: dict[str, Callable[[], np.ndarray]] = {
        "mean": lambda: mean,
        "std": lambda: np.sqrt(variance),
        "min": lambda: rows.min(axis=1),
        "max": lambda: rows.max(axis=1),
        "median": lambda: _median(rows),
        "skew": lambda: standard_moment(3),
        "kurtosis": lambda: np.where(constant, 0.0, standard_moment(4) - 3.0),
    }
    shares = [float(name[1:]) for name in statistics if name not in compute]
    percentiles = iter(np.percentile(exact, shares, axis=1) if shares else ())  # all from one partial sort
    result = np.empty((len(statistics), len(rows)), np.float32)
    for k, name in enumerate(statistics):
        result[k] = compute[name]() if name in compute else next(percentiles)
    return result


def summarise_parts(parts: Iterable[np.ndarray], statistics: Sequence[str]) -> np.ndarray:
    """Do what `summarise` does, of values that come in parts, and need not be in memory together.

    Parameters
    ----------
    parts : iterable of ndarray of shape (n, n_values)
        The frames in their order; gone through twice for moments of an order above 1.
    statistics : sequence of str
        As in `summarise`, but for ``"median"`` and percentiles, which need all values at once.

    Returns
    -------
    ndarray of shape (len(statistics), n_values), float32
        One row a statistic.

    Examples
    --------
    >>> import numpy as np
    >>> summarise_parts([np.array([[1.0]]), np.array([[3.0]])], ("mean", "std"))
    array([[2.],
           [1.]], dtype=float32)
    """
    # Time runs along the rows, as in `summarise_rows`, for sums that are the same whatever other values there are.
    rows = (np.ascontiguousarray(part.T) for part in parts)
    n, total = 0, np.zeros(1)
    low, high = np.full(1, np.inf), np.full(1, -np.inf)
    for block in rows:
        n += block.shape[1]
        total = total + block.sum(axis=1, dtype=np.float64)
        low, high = np.minimum(low, block.min(axis=1)), np.maximum(high, block.max(axis=1))
    mean = total / n
    found = {"mean": mean, "min": low, "max": high}
    if not found.keys() >= set(statistics):
        spread = np.where(high > low, high - low, 1.0)  # so that no power is out of the range of numbers
        moments = dict.fromkeys((2, 3, 4), np.zeros(1))
        for part in parts:
            deviation = (np.ascontiguousarray(part.T) - mean[:, None]) / spread[:, None]
            square = np.square(deviation)
            for order, powers in ((2, square), (3, square * deviation), (4, np.square(square))):
                moments[order] = moments[order] + powers.sum(axis=1)
        variance = moments[2] / n * np.square(spread)
        constant = (high == low) | (variance <= (np.finfo(np.float64).eps * mean) ** 2)
        second = np.where(constant, 1.0, moments[2] / n)
        found["std"] = np.sqrt(variance)
        found["skew"] = np.where(constant, 0.0, moments[3] / n / second**1.5)
        found["kurtosis"] = np.where(constant, 0.0, moments[4] / n / np.square(second) - 3.0)
    return np.array([found[name] for name in statistics], np.float32)


def _mean(rows: np.ndarray) -> np.ndarray:
    """Return what ``rows.mean(axis=1)`` does, faster where rows are few."""
    return np.asarray(np.add.reduce(rows, axis=1) / rows.shape[1])


def _median(rows: np.ndarray) -> np.ndarray:
    """Return what ``np.median`` of finite values does, faster."""
    rows = rows.copy()
    low, high = (rows.shape[1] - 1) // 2, rows.shape[1] // 2
    rows.partition([low, high], axis=1)
    return (rows[:, low].astype(np.float64) + rows[:, high]) / 2
