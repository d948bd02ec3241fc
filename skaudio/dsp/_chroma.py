"""Chroma: the power of each pitch class, whatever its octave."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse

_CENTRE_OCTAVE, _OCTAVE_WIDTH = 5.0, 2.0  # of the octaves' weights: those that music lies in count most
_A440 = 440.0


def chroma_filters(*, sample_rate: float, n_fft: int, n_chroma: int = 12, tuning: float = 0.0) -> np.ndarray:
    """Return filters that sum a power spectrum into pitch classes.

    Each bin falls into the classes near its pitch by a bell of the width of a bin, and counts by its octave (D. Ellis,
    "Chroma feature analysis and synthesis", 2007; the numbers are those of ``librosa.filters.chroma``).

    Parameters
    ----------
    sample_rate : float
        Sampling rate in Hz.
    n_fft : int
        Length of the transform.
    n_chroma : int, default=12
        Pitch classes of an octave; the first is C.
    tuning : float, default=0.0
        How far A lies from 440 Hz, in parts of a class.

    Returns
    -------
    ndarray of shape (n_chroma, 1 + n_fft // 2), float64
        Weights.

    Examples
    --------
    >>> chroma_filters(sample_rate=22050, n_fft=4096)[:, 164].argmax()  # 883 Hz is an A
    np.int64(9)
    """
    hertz = np.arange(1, n_fft) * sample_rate / n_fft
    pitch = n_chroma * np.log2(hertz / (_A440 * 2.0 ** (tuning / n_chroma) / 16))
    pitch = np.concatenate([[pitch[0] - 1.5 * n_chroma], pitch])  # 0 Hz has none: half a circle from the first bin
    width = np.concatenate([np.maximum(np.diff(pitch), 1.0), [1.0]])
    half = round(n_chroma / 2)
    distance = np.remainder(pitch - np.arange(n_chroma)[:, None] + half + 10 * n_chroma, n_chroma) - half
    bells = np.exp(-0.5 * (2 * distance / width) ** 2)
    bells /= np.sqrt(np.square(bells).sum(axis=0))
    bells *= np.exp(-0.5 * ((pitch / n_chroma - _CENTRE_OCTAVE) / _OCTAVE_WIDTH) ** 2)
    return np.roll(bells, -3 * (n_chroma // 12), axis=0)[:, : 1 + n_fft // 2]


def chroma(
    spectra: np.ndarray, *, sample_rate: float, n_fft: int, n_chroma: int = 12, tuning: float = 0.0
) -> np.ndarray:
    """Return the power of each pitch class, relative to the strongest one of its frame.

    Parameters
    ----------
    spectra : ndarray of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes.
    sample_rate, n_fft, n_chroma, tuning : float, int, int and float
        As in `chroma_filters`.

    Returns
    -------
    ndarray of shape (n_frames, n_chroma), float32
        Between 0 and 1; all 0 of silence.

    Examples
    --------
    >>> import numpy as np
    >>> chroma(np.ones((2, 1025), np.float32), sample_rate=22050, n_fft=2048).max(axis=1)
    array([1., 1.], dtype=float32)
    """
    values = _sparse_filters(float(sample_rate), int(n_fft), int(n_chroma), float(tuning)) @ spectra.T
    most = values.max(axis=0)
    return np.ascontiguousarray((values / np.where(most < np.finfo(np.float32).tiny, 1, most)).T, np.float32)


@lru_cache(maxsize=16)
def _sparse_filters(sample_rate: float, n_fft: int, n_chroma: int, tuning: float) -> scipy.sparse.csr_array:
    # Sparse, since the product of two dense arrays is BLAS's, whose sums differ with the number of its threads.
    filters = chroma_filters(sample_rate=sample_rate, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning)
    return scipy.sparse.csr_array(filters.astype(np.float32))
