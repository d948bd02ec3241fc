"""Spectral contrast: how far the peaks of a spectrum stand above its valleys, in octave bands."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from skaudio.dsp._descriptors import frequencies
from skaudio.dsp._mel import decibels


def contrast_levels(
    magnitudes: np.ndarray,
    *,
    sample_rate: float,
    n_fft: int,
    n_bands: int = 6,
    fmin: float = 200.0,
    quantile: float = 0.02,
) -> np.ndarray:
    """Return the loudest and the quietest magnitudes in octave bands of each frame, from which `contrast` comes.

    Parameters
    ----------
    magnitudes, sample_rate, n_fft : ndarray, float and int
        As in `centroid`.
    n_bands : int, default=6
        Octaves above `fmin`; what lies below is one band more.
    fmin : float, default=200.0
        Upper edge of the lowest band in Hz.
    quantile : float, default=0.02
        Share of a band's bins that are its loudest, and its quietest.

    Returns
    -------
    ndarray of shape (n_frames, 2 * (1 + n_bands)), float32
        The mean of the loudest bins of each band, then of the quietest.

    Examples
    --------
    >>> import numpy as np
    >>> contrast_levels(np.ones((3, 1025), np.float32), sample_rate=22050, n_fft=2048).shape
    (3, 14)
    """
    bins = magnitudes.T
    peaks, valleys = [], []
    for start, stop, n in octaves(sample_rate, n_fft, n_bands, fmin, quantile):
        loudest, quietest = _extremes(bins[start:stop], n)
        peaks.append(loudest.mean(axis=0, dtype=np.float64))
        valleys.append(quietest.mean(axis=0, dtype=np.float64))
    return np.stack(peaks + valleys, axis=1).astype(np.float32)


def _extremes(bins: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `n` largest and the `n` smallest values of each column, in the order of their size."""
    if n == 1:
        return bins.max(axis=0, keepdims=True), bins.min(axis=0, keepdims=True)
    if 2 * n > len(bins):
        ordered = np.sort(bins, axis=0)
        return ordered[-n:], ordered[:n]
    # Two partitions of contiguous rows, each for a single place: NumPy's quickest code handles one place at a time.
    rows = np.ascontiguousarray(bins.T)
    rows.partition(n - 1, axis=1)
    rest = rows[:, n:]
    rest.partition(rest.shape[1] - n, axis=1)
    return np.sort(rest[:, -n:].T, axis=0), np.sort(rows[:, :n].T, axis=0)


def contrast(levels: np.ndarray, loudest: tuple[float, float], top_db: float = 80.0) -> np.ndarray:
    """Return how far the peaks of each octave band stand above its valleys, in dB.

    Jiang, Lu, Zhang, Tao and Cai, "Music type classification by spectral contrast feature", ICME 2002; magnitudes
    are taken to decibels as powers are, which is how librosa has it.

    Parameters
    ----------
    levels : ndarray of shape (n_frames, 2 * n)
        From `contrast_levels`.
    loudest : tuple of float
        The largest of the clip's peaks, and of its valleys.
    top_db : float, default=80.0
        Raise what is more than this below them.

    Returns
    -------
    ndarray of shape (n_frames, n), float32
        Decibels.

    Examples
    --------
    >>> import numpy as np
    >>> contrast(np.float32([[1, 0.1]]), (1.0, 0.1))
    array([[10.]], dtype=float32)
    """
    n = levels.shape[1] // 2
    peaks, valleys = (
        np.maximum(decibels(part), decibels(np.full(1, most, np.float32)) - np.float32(top_db))
        for part, most in zip((levels[:, :n], levels[:, n:]), loudest)
    )
    return np.asarray(peaks - valleys)


@lru_cache(maxsize=16)
def octaves(
    sample_rate: float, n_fft: int, n_bands: int, fmin: float, quantile: float
) -> tuple[tuple[int, int, int], ...]:
    """Return the bins of the bands that `contrast_levels` looks at.

    Parameters
    ----------
    sample_rate, n_fft, n_bands, fmin, quantile
        As in `contrast_levels`.

    Returns
    -------
    tuple of (int, int, int)
        Of each band the first bin, the one behind its last, and how many of its bins are its loudest. A band begins
        with the last bin of the one below, and leaves its own last bin to the one above; the highest takes all that are
        left.

    Examples
    --------
    >>> octaves(8000.0, 64, 2, 500.0, 0.02)
    ((0, 4, 1), (3, 8, 1), (7, 33, 1))
    """
    hertz = frequencies(sample_rate, n_fft)
    edges = [0.0, *(fmin * 2.0**k for k in range(n_bands + 1))]
    bands = []
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = np.flatnonzero((hertz >= low) & (hertz <= high))
        start = inside[0] - (k > 0)
        stop = len(hertz) if k == n_bands else inside[-1] + 1
        n = max(1, int(np.rint(quantile * (stop - start))))
        bands.append((int(start), int(stop if k == n_bands else stop - 1), n))
    return tuple(bands)
