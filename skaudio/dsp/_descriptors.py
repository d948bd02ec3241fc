"""Descriptors of each frame: of its spectrum, or of its samples.

Each function takes frames of shape (n_frames, n) and gives values of shape (n_frames, n_values), float32. Spectra are
quickest where each bin's values lie together in memory. Sums go along the bins one by one, and by no BLAS, so that
their bits are the same everywhere.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse

_TINY = np.finfo(np.float32).tiny
_FLOOR = np.float32(1e-10)  # flatness takes smaller powers for this one, librosa's amin
_CROSSING = 1e-10  # samples nearer to 0 count as positive, librosa's threshold


def frequencies(sample_rate: float, n_fft: int) -> np.ndarray:
    """Return the frequencies of a transform's bins.

    Parameters
    ----------
    sample_rate : float
        Sampling rate in Hz.
    n_fft : int
        Length of the transform.

    Returns
    -------
    ndarray of shape (1 + n_fft // 2,)
        Hz.

    Examples
    --------
    >>> frequencies(8000, 4)
    array([   0., 2000., 4000.])
    """
    return np.fft.rfftfreq(n_fft, 1 / sample_rate)


def centroid(magnitudes: np.ndarray, *, sample_rate: float, n_fft: int) -> np.ndarray:
    """Return the mean frequency of each frame in Hz, weighed by magnitude; 0 of silence.

    ``sum_k f_k |X_k| / sum_k |X_k|``: the first moment (Klapuri and Davy, "Signal Processing Methods for Music
    Transcription", 2006, chapter 5).

    Parameters
    ----------
    magnitudes : ndarray of shape (n_frames, 1 + n_fft // 2)
        Magnitudes of spectra.
    sample_rate : float
        Sampling rate in Hz.
    n_fft : int
        Length of the transform.

    Returns
    -------
    ndarray of shape (n_frames, 1), float32
        Hz.

    Examples
    --------
    >>> import numpy as np
    >>> centroid(np.float32([[0, 1, 0], [0, 1, 1]]), sample_rate=8000, n_fft=4).ravel()
    array([2000., 3000.], dtype=float32)
    """
    first, _ = _moments(magnitudes, sample_rate, n_fft)
    return first.astype(np.float32)[:, None]


def bandwidth(magnitudes: np.ndarray, *, sample_rate: float, n_fft: int) -> np.ndarray:
    """Return how far the frequencies of each frame lie from their mean in Hz, weighed by magnitude.

    ``sqrt(sum_k (f_k - centroid)^2 |X_k| / sum_k |X_k|)``: the second moment (Klapuri and Davy, 2006).

    Parameters
    ----------
    magnitudes, sample_rate, n_fft : ndarray, float and int
        As in `centroid`.

    Returns
    -------
    ndarray of shape (n_frames, 1), float32
        Hz.

    Examples
    --------
    >>> import numpy as np
    >>> bandwidth(np.float32([[1, 0, 1]]), sample_rate=8000, n_fft=4)
    array([[2000.]], dtype=float32)
    """
    first, second = _moments(magnitudes, sample_rate, n_fft)
    return np.sqrt(np.maximum(second - first**2, 0)).astype(np.float32)[:, None]


def rolloff(magnitudes: np.ndarray, *, sample_rate: float, n_fft: int, roll_percent: float = 0.85) -> np.ndarray:
    """Return the frequency of each frame in Hz below which `roll_percent` of its magnitude lies.

    Parameters
    ----------
    magnitudes, sample_rate, n_fft : ndarray, float and int
        As in `centroid`.
    roll_percent : float, default=0.85
        Share, between 0 and 1.

    Returns
    -------
    ndarray of shape (n_frames, 1), float32
        Hz; 0 of silence.

    Examples
    --------
    >>> import numpy as np
    >>> rolloff(np.float32([[1, 1, 2]]), sample_rate=8000, n_fft=4, roll_percent=0.5)
    array([[2000.]], dtype=float32)
    """
    # In one array, converted before it is summed: sums that convert on the way take three times as long.
    total = magnitudes.T.astype(np.float64)
    np.add.accumulate(total, axis=0, out=total)
    reached = (total >= roll_percent * total[-1]).argmax(axis=0)
    return frequencies(sample_rate, n_fft)[reached].astype(np.float32)[:, None]


def flatness(spectra: np.ndarray) -> np.ndarray:
    """Return how even each frame's power is spread: 1 for white noise, near 0 for a tone.

    The geometric mean of the bins' powers over their arithmetic one (Dubnov, "Generalization of spectral flatness
    measure for non-Gaussian linear processes", IEEE Signal Processing Letters 11, 2004), of powers of 1e-10 at least.

    Parameters
    ----------
    spectra : ndarray of shape (n_frames, n_bins)
        Squared magnitudes.

    Returns
    -------
    ndarray of shape (n_frames, 1), float32
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> flatness(np.float32([[1, 1, 1], [1, 0, 0]])).round(3).ravel()
    array([1., 0.], dtype=float32)
    """
    power = np.maximum(spectra.T, _FLOOR)
    mean = np.add.reduce(power, axis=0, dtype=np.float64) / len(power)
    log = np.add.reduce(np.log(power), axis=0, dtype=np.float64) / len(power)
    return (np.exp(log) / mean).astype(np.float32)[:, None]


def rms(frames: np.ndarray) -> np.ndarray:
    """Return the root of the mean square of each frame's samples.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_fft)
        Samples; full scale is 1.

    Returns
    -------
    ndarray of shape (n_frames, 1), float32
        Full scale is 1.

    Examples
    --------
    >>> import numpy as np
    >>> rms(np.float32([[3, 4, 3, 4]]) / 5).round(3)
    array([[0.707]], dtype=float32)
    """
    return np.sqrt(np.square(frames, dtype=np.float64).mean(axis=1)).astype(np.float32)[:, None]


def zero_crossing_rate(frames: np.ndarray) -> np.ndarray:
    """Return how many of each frame's samples have another sign than the one before.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_fft)
        Samples; 0, and what is nearer to it than 1e-10, counts as positive.

    Returns
    -------
    ndarray of shape (n_frames, 1), float32
        A share of the samples, between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> zero_crossing_rate(np.float32([[1, -1, 1, 1]]))
    array([[0.5]], dtype=float32)
    """
    negative = frames < -_CROSSING
    crossings = (negative[:, 1:] != negative[:, :-1]).sum(axis=1)
    return (crossings / frames.shape[1]).astype(np.float32)[:, None]


def _moments(magnitudes: np.ndarray, sample_rate: float, n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean frequency and the mean squared frequency of each frame."""
    total, first, second = _moment_weights(float(sample_rate), int(n_fft)) @ magnitudes.T.astype(np.float64)
    total = np.where(total < _TINY, 1.0, total)
    return first / total, second / total


@lru_cache(maxsize=16)
def _moment_weights(sample_rate: float, n_fft: int) -> scipy.sparse.csr_array:
    hertz = frequencies(sample_rate, n_fft)
    return scipy.sparse.csr_array(np.stack([np.ones_like(hertz), hertz, hertz**2]))
