"""The mel scale, and the triangular filters that sum a spectrum into its bands."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse


def mel_frequencies(n: int, *, fmin: float, fmax: float, htk: bool = False) -> np.ndarray:
    """Return frequencies evenly spaced on the mel scale.

    Parameters
    ----------
    n : int
        How many, both ends included.
    fmin, fmax : float
        Lowest and highest frequency in Hz.
    htk : bool, default=False
        HTK's scale in place of Slaney's.

    Returns
    -------
    ndarray of shape (n,), float64
        Frequencies in Hz.

    Notes
    -----
    HTK: ``mel = 2595 log10(1 + f / 700)``. Slaney (Auditory Toolbox, 1998): linear below 1 kHz, 3 mel a 200 Hz, and
    logarithmic above it, 27 mel a factor of 6.4.

    Examples
    --------
    >>> mel_frequencies(3, fmin=0.0, fmax=1000.0).round()
    array([   0.,  500., 1000.])
    """
    low, high = _hz_to_mel(fmin, htk), _hz_to_mel(fmax, htk)
    mel = np.linspace(low, high, n)
    if htk:
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    log_step = math.log(6.4) / 27.0
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp(log_step * (mel - 15.0)))


def _hz_to_mel(frequency: float, htk: bool) -> float:
    if htk:
        return 2595.0 * math.log10(1.0 + frequency / 700.0)
    if frequency < 1000.0:
        return frequency * 3.0 / 200.0
    return 15.0 + math.log(frequency / 1000.0) * 27.0 / math.log(6.4)


def mel_filters(
    *,
    sample_rate: float,
    n_fft: int,
    n_mels: int,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    mel_norm: str | float | None = "slaney",
) -> scipy.sparse.csr_array:
    """Return triangular filters that sum a spectrum into mel bands.

    Parameters
    ----------
    sample_rate : float
        Sampling rate in Hz.
    n_fft : int
        Length of the transform; the spectrum has ``1 + n_fft // 2`` bins.
    n_mels : int
        Number of bands.
    fmin : float, default=0.0
        Lower edge of the first band in Hz.
    fmax : float or None, default=None
        Upper edge of the last band in Hz; None is ``sample_rate / 2``.
    htk : bool, default=False
        HTK's mel scale in place of Slaney's.
    mel_norm : "slaney", float or None, default="slaney"
        ``"slaney"`` gives each band the same area, a number divides each filter by its norm of that order, None
        leaves peaks of 1.

    Returns
    -------
    scipy.sparse.csr_array of shape (n_mels, 1 + n_fft // 2), float32
        The filters.

    Notes
    -----
    Equal to ``librosa.filters.mel``, computed in float64 and rounded once.

    Examples
    --------
    >>> mel_filters(sample_rate=22050, n_fft=2048, n_mels=40).shape
    (40, 1025)
    """
    return _mel_filters(*_hashable(sample_rate, n_fft, n_mels, fmin, fmax, htk, mel_norm)).copy()


def _hashable(
    sample_rate: float,
    n_fft: int,
    n_mels: int,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    mel_norm: str | float | None = "slaney",
) -> tuple[Any, ...]:
    """Return the parameters of `mel_filters` in the one form that equal ones have."""
    high = sample_rate / 2 if fmax is None else fmax
    norm = mel_norm if mel_norm is None or isinstance(mel_norm, str) else float(mel_norm)
    return float(sample_rate), int(n_fft), int(n_mels), float(fmin), float(high), bool(htk), norm


def mel_matrix(dtype: str, **bands: Any) -> scipy.sparse.csr_array:
    """Return the mel filters as the package itself uses them: made once for equal parameters, and not to be changed.

    Parameters
    ----------
    dtype : str
        Of the weights.
    **bands : dict
        What `mel_filters` takes.

    Returns
    -------
    scipy.sparse.csr_array of shape (n_mels, 1 + n_fft // 2)
        The filters.

    Examples
    --------
    >>> mel_matrix("f", sample_rate=22050, n_fft=2048, n_mels=40).dtype
    dtype('float32')
    """
    return _mel_matrix(dtype, *_hashable(**bands))


@lru_cache(maxsize=32)
def _mel_matrix(dtype: str, *parameters: Any) -> scipy.sparse.csr_array:
    return _mel_filters(*parameters).astype(dtype)


@lru_cache(maxsize=32)
def _mel_filters(
    sample_rate: float, n_fft: int, n_mels: int, fmin: float, fmax: float, htk: bool, mel_norm: str | float | None
) -> scipy.sparse.csr_array:
    edges = mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax, htk=htk)
    bins = np.fft.rfftfreq(n_fft, 1.0 / sample_rate)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    if mel_norm == "slaney":
        weights *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    elif isinstance(mel_norm, float):
        norms = np.linalg.norm(weights, ord=mel_norm, axis=1, keepdims=True)
        weights /= np.where(norms < np.finfo(np.float32).tiny, 1.0, norms)
    return scipy.sparse.csr_array(weights.astype(np.float32))
