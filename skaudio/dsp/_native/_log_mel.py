"""The log-mel spectrum by the kernel."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

import numpy as np

from skaudio.dsp._filters import mel_matrix
from skaudio.dsp._native._library import call
from skaudio.dsp._native._tables import LONGEST, Filters, Transform

_FARTHEST = 1 << 40  # samples


def can_compute_log_mel(n_fft: int, dtype: str, power: float) -> bool:
    """Tell whether `native_log_mel` computes such a spectrum.

    Parameters
    ----------
    n_fft : int
        Frame length in samples.
    dtype : str
        The precision that the spectra need, see `spectrum_dtype`.
    power : float
        Exponent of the magnitudes that are summed.

    Returns
    -------
    bool
        True for a power of two from 8 to 65536, float32, and squared magnitudes.

    Examples
    --------
    >>> can_compute_log_mel(2048, "float32", 2.0), can_compute_log_mel(400, "float32", 2.0)
    (True, False)
    """
    return 8 <= n_fft <= LONGEST and n_fft & (n_fft - 1) == 0 and dtype == "float32" and power == 2


def native_log_mel(
    waveform: np.ndarray, *, taper: bytes, first: int, hop_length: int, n_frames: int, **bands: Any
) -> np.ndarray:
    """Return the mel bands of some frames in decibels, computed by the kernel.

    Parameters
    ----------
    waveform : ndarray of shape (n,), float32
        Samples; full scale is 1. Silence is before and behind them.
    taper : bytes
        The window, as numbers of float32; their number is the frame length.
    first : int
        Where the first frame begins, in samples; negative before the waveform.
    hop_length : int
        Step in samples.
    n_frames : int
        How many frames.
    **bands : dict
        What `mel_filters` takes.

    Returns
    -------
    ndarray of shape (n_frames, n_mels), float32
        ``10 log10(max(power, 1e-10))``, and NaN where the power is too large for a number.

    Raises
    ------
    RuntimeError
        If there is no kernel.
    ValueError
        If it does not compute such a spectrum, see `can_compute_log_mel`.

    Notes
    -----
    From `decibels` of `mel_power` it differs by rounding alone: by 1e-4 dB in noise, and up to 2e-3 dB in bands that
    are 60 dB and more below their frame's loudest, where both are as far from what float64 gives.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.dsp import kernel
    >>> taper = np.hanning(1024).astype(np.float32).tobytes()
    >>> bands = {"sample_rate": 22050, "n_fft": 1024, "n_mels": 40}
    >>> if kernel() == "native":
    ...     native_log_mel(np.ones(9000, np.float32), taper=taper, first=0, hop_length=512, n_frames=9, **bands).shape
    ... else:
    ...     (9, 40)
    (9, 40)
    """
    n_fft = bands["n_fft"]
    if not can_compute_log_mel(n_fft, "float32", 2) or len(taper) != 4 * n_fft or waveform.ndim != 1 or hop_length < 1:
        raise ValueError(
            f"n_fft={n_fft} with a window of {len(taper) // 4} numbers, hop_length={hop_length} and a waveform of "
            f"shape {waveform.shape} is not what the native kernel computes"
        )
    waveform = np.require(waveform, np.float32, ("C", "A"))
    # Held here as long as they are read: a cache may forget them meanwhile.
    filters, half = filters_of(**bands), half_window(taper)
    levels = np.empty((n_frames, filters.n), np.float32)
    call(
        "log_mel",
        ctypes.byref(transform_of(n_fft)),
        ctypes.byref(filters),
        half.ctypes.data,
        waveform.ctypes.data,
        len(waveform),
        first,
        min(hop_length, _FARTHEST),  # no second frame is as far as that
        n_frames,
        levels.ctypes.data,
    )
    return levels


@lru_cache(maxsize=16)
def transform_of(n: int) -> Transform:
    return Transform(n)


@lru_cache(maxsize=32)
def filters_of(**bands: Any) -> Filters:
    return Filters(mel_matrix("f", **bands))


@lru_cache(maxsize=16)
def half_window(taper: bytes) -> np.ndarray:
    return np.frombuffer(taper, np.float32) / 2
