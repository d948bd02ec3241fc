"""Frames: how many a waveform gives, and the window they are weighed by."""

from __future__ import annotations

import reprlib
from functools import lru_cache
from typing import Any

import numpy as np


def n_frames(n_samples: int, *, n_fft: int, hop_length: int, center: bool) -> int:
    """Return how many frames a waveform gives.

    Parameters
    ----------
    n_samples : int
        Length of the waveform.
    n_fft, hop_length : int
        Frame length and step in samples.
    center : bool
        Whether frames are centred on their time, the waveform padded by half a frame at both ends.

    Returns
    -------
    int
        The number of frames.

    Raises
    ------
    ValueError
        If there is not a single frame: an empty waveform, or one shorter than `n_fft` without centring.

    Examples
    --------
    >>> n_frames(22050, n_fft=2048, hop_length=512, center=True)
    44
    """
    padded = n_samples + 2 * (n_fft // 2) if center else n_samples
    if n_samples < 1 or padded < n_fft:
        raise ValueError(f"it has {n_samples} samples, fewer than one frame of n_fft={n_fft}; center=True pads it")
    return 1 + (padded - n_fft) // hop_length


def padded_window(window: Any, win_length: int | None, n_fft: int) -> np.ndarray:
    """Return a window of `win_length` samples (None: `n_fft`) centred in `n_fft`.

    Parameters
    ----------
    window : str, tuple or array-like
        What ``scipy.signal.get_window`` takes, or the numbers themselves.
    win_length : int or None
        Its length in samples, at most `n_fft`.
    n_fft : int
        Length of the result.

    Returns
    -------
    ndarray of shape (n_fft,), float64
        The window.

    Raises
    ------
    ValueError
        If the window is unknown or of another length.

    Examples
    --------
    >>> padded_window("boxcar", 2, 4)
    array([0., 1., 1., 0.])
    """
    length = n_fft if win_length is None else win_length
    try:
        if isinstance(window, str) and window == "hann":
            values = _hann(length)
        elif isinstance(window, (str, tuple, float, int)):
            from scipy.signal import get_window

            values = get_window(window, length, fftbins=True)
        else:
            values = np.asarray(window, np.float64)
    except (ValueError, TypeError, IndexError) as error:
        raise ValueError(f"window={reprlib.repr(window)} is not one that scipy knows, nor numbers: {error}") from error
    if values.shape != (length,) or not np.isfinite(values).all():
        raise ValueError(f"window has shape {values.shape}; ({length},) finite numbers are expected, its length")
    left = (n_fft - length) // 2
    return np.pad(values, (left, n_fft - length - left))


@lru_cache(maxsize=16)
def _hann(length: int) -> np.ndarray:
    """Return the periodic window of Hann, with scipy's bits.

    The default window of everything here; ``scipy.signal`` takes longer to import than a clip takes to classify.
    """
    values = np.zeros(length)
    for k in range(2):
        values += 0.5 * np.cos(k * np.linspace(-np.pi, np.pi, length + 1)[:-1])
    return values if length > 1 else np.ones(length)
