"""Landmarks: pairs of spectral peaks, which a sound keeps through another format, gain or cut."""

from __future__ import annotations

import numpy as np
import scipy.fft
from scipy.ndimage import maximum_filter

LANDMARK_RATE = 8000
"""The rate in Hz of the samples that landmarks are taken of."""
LANDMARK_STEP = 64
"""The samples of one step of their time."""

_N_FFT, _HOP = 512, 128
_NEAR = 9, 15  # frames and bins within which a peak is the largest
_PEAKS_A_SECOND = 30
_FAN = 6  # pairs of a peak with those that follow it
_MOST_FRAMES, _MOST_BINS = 63, 63  # between the two of a pair
_BLOCK = 1 << 19  # samples that are transformed at a time: the spectra of a longer sound would take too much memory
_FLOOR = 1e-5  # of the loudest magnitude: what is quieter is no peak


def landmarks(waveform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the landmarks of a waveform.

    Parameters
    ----------
    waveform : ndarray of shape (n,)
        Samples at 8 kHz.

    Returns
    -------
    hashes : ndarray of shape (n_landmarks,), int32
        What each pair is known by: the frequency of its first peak, and how far away the second one is.
    frames : ndarray of shape (n_landmarks,), int32
        When its first peak is, in steps of 8 ms.

    Notes
    -----
    Of A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003. Frames are taken twice, the second
    time half a step later, and the landmarks of both are returned: a sound that begins between frames has other peaks.

    Examples
    --------
    >>> import numpy as np
    >>> hashes, frames = landmarks(np.random.default_rng(0).normal(size=16000))
    >>> len(hashes) == len(frames) > 100
    True
    """
    waveform = np.asarray(waveform, np.float32)
    found = []
    for begin in range(0, max(1, len(waveform)), _BLOCK):
        for start in (begin, begin + LANDMARK_STEP):
            hashes, frames = _landmarks(waveform[start : start + _BLOCK])
            found.append((hashes, 2 * frames + start // LANDMARK_STEP))
    return np.concatenate([each for each, _ in found]), np.concatenate([each for _, each in found])


def _landmarks(waveform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    padded = np.pad(waveform, _N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _N_FFT)[::_HOP]
    magnitudes = np.abs(scipy.fft.rfft(frames * np.hanning(_N_FFT).astype(np.float32), axis=1))
    loudest = magnitudes.max(initial=0.0)
    is_peak = (magnitudes == maximum_filter(magnitudes, _NEAR)) & (magnitudes > _FLOOR * loudest)
    is_peak[:, 0] = False
    time, bins = np.nonzero(is_peak)
    n_kept = max(8, int(_PEAKS_A_SECOND * len(waveform) / LANDMARK_RATE))
    if len(time) > n_kept:
        # Relative to the frame's own level, so that quiet parts have theirs, too.
        level = np.log(magnitudes[time, bins]) - np.log(magnitudes.mean(axis=1)[time] + 1e-12)
        kept = np.sort(np.argsort(-level, kind="stable")[:n_kept])
        time, bins = time[kept], bins[kept]
    hashes, starts = [], []
    for ahead in range(1, 4 * _FAN):
        if ahead >= len(time):
            break
        later, further = time[ahead:] - time[:-ahead], bins[ahead:] - bins[:-ahead]
        fits = (later > 0) & (later <= _MOST_FRAMES) & (np.abs(further) <= _MOST_BINS)
        hashes.append(((bins[:-ahead] << 13) + ((further + 64) << 6) + later)[fits])
        starts.append(time[:-ahead][fits])
    if not hashes:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    found, when = np.concatenate(hashes).astype(np.int32), np.concatenate(starts).astype(np.int32)
    # The first few pairs of each peak: those of peaks that follow it soonest.
    order = np.argsort(when, kind="stable")
    found, when = found[order], when[order]
    rank = np.arange(len(when)) - np.searchsorted(when, when)
    return found[rank < 2 * _FAN], when[rank < 2 * _FAN]
