"""The halving of a sampling rate: soxr's own filter, measured, and applied by the kernel."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

from skaudio.dsp._native._library import call
from skaudio.dsp._native._tables import Halving

RES_TYPE = "soxr_hq"
_DELAY = 192  # samples on either side of the filter's middle: all its 383 taps above rounding errors lie within
_NOISE = 1e-6  # of what soxr gives
_N = 2048  # samples of a transform


def can_halve(rate: float, sample_rate: float, res_type: str) -> bool:
    """Tell whether `halve` does what a resampler is asked for.

    Parameters
    ----------
    rate, sample_rate : float
        What there is and what is wanted, in Hz.
    res_type : str
        The resampler.

    Returns
    -------
    bool
        True where the rates are 2 to 1, and the resampler is ``"soxr_hq"`` with the filter it is known to have: one of
        linear phase and no more than 385 taps.

    Examples
    --------
    >>> can_halve(44100, 22050, "soxr_hq"), can_halve(48000, 22050, "soxr_hq")
    (True, False)
    """
    return rate == 2 * sample_rate and res_type == RES_TYPE and halving() is not None


def halve(samples: np.ndarray) -> np.ndarray:
    """Return samples of half the rate, computed by the kernel.

    Parameters
    ----------
    samples : ndarray of shape (n,), int16 or float32
        Samples; full scale of float32 is 1.

    Returns
    -------
    ndarray of shape ((n + 1) // 2,), float32
        What soxr gives, within 1e-6 of the largest.

    Raises
    ------
    RuntimeError
        If there is no kernel, or `can_halve` is never true.
    ValueError
        If the samples are of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.dsp import kernel
    >>> if kernel() == "native":
    ...     halve(np.ones(1001, np.float32)).shape
    ... else:
    ...     (501,)
    (501,)
    """
    dtype = np.int16 if samples.dtype.kind == "i" and samples.dtype.itemsize == 2 else np.float32
    if samples.ndim != 1 or (samples.dtype.kind != "f" and dtype is np.float32):
        raise ValueError(f"samples of {samples.dtype}, shape {samples.shape}, are not (n,) of int16 or float32")
    filter_ = halving()
    if filter_ is None:
        raise RuntimeError("soxr halves the rate by another filter than the native kernel knows")
    samples = np.require(samples, dtype, ("C", "A"))
    halved = np.empty((len(samples) + 1) // 2, np.float32)
    call(
        "halve",
        ctypes.byref(filter_),
        samples.ctypes.data,
        dtype is np.int16,
        len(samples),
        halved.ctypes.data,
        len(halved),
    )
    return halved


@cache
def halving() -> Halving | None:
    """Return the filter as the kernel takes it, or None where it is another one than expected."""
    taps = _taps()
    return None if taps is None else Halving(taps, _N)


@cache
def _taps() -> np.ndarray | None:
    """Return the taps of soxr's filter, or None where it is another one than expected.

    A filter of linear phase is the same forwards and backwards. An impulse at an even sample shows every other tap,
    one at an odd sample those between.
    """
    import soxr

    n = 8 * _DELAY
    places = np.arange(-n, n + 1)
    taps = np.zeros(2 * n + 1, np.float32)
    for odd in (0, 1):
        impulse = np.zeros(2 * n, np.float32)
        impulse[n + odd] = 1
        found = soxr.resample(impulse, 2, 1, quality=RES_TYPE)
        at = n - odd - 2 * (n // 2) + 2 * np.arange(len(found))
        taps[at] = found
    middle = np.abs(places) <= _DELAY
    if np.abs(taps[~middle]).max() > _NOISE or np.abs(taps - taps[::-1]).max() > _NOISE:
        return None
    return ((taps + taps[::-1]) / 2)[middle]
