"""The mel spectrogram: spectra of frames, summed into bands, in decibels."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import scipy.fft
import scipy.sparse

from skaudio.dsp._filters import mel_filters
from skaudio.dsp._frames import n_frames, padded_window

# Frames whose spectra are in flight at once: most clips in one go. With fewer, threads wait for each other more often,
# since each step lets go of Python's lock and asks for it again.
_BLOCK_FRAMES = 256
_PART_FRAMES = 4096  # frames a part of a long spectrogram
_FLOOR = 1e-10  # power below which decibels stop, librosa's amin


def log_mel(
    waveform: np.ndarray,
    *,
    sample_rate: float,
    n_mels: int = 128,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    power: float = 2.0,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    mel_norm: str | float | None = "slaney",
    top_db: float | None = 80.0,
) -> np.ndarray:
    """Return the mel spectrogram in decibels.

    Parameters
    ----------
    waveform : ndarray of shape (n,), float32
        Samples; full scale is 1.
    sample_rate : float
        Their rate in Hz.
    n_mels, fmin, fmax, htk, mel_norm
        The bands, see `mel_filters`.
    n_fft, hop_length : int
        Frame length and step in samples.
    win_length : int or None, default=None
        Length of the window, centred in the frame and padded with zeros; None is `n_fft`.
    window : str, tuple or array-like, default="hann"
        What ``scipy.signal.get_window`` takes, or `win_length` numbers.
    center : bool, default=True
        Centre frames on their time, with silence of ``n_fft // 2`` samples around the waveform.
    power : float, default=2.0
        Exponent of the magnitude spectrum: 2 for power, 1 for magnitude.
    top_db : float or None, default=80.0
        Raise what is more than this below the clip's loudest value; None keeps all down to -100 dB.

    Returns
    -------
    ndarray of shape (n_frames, n_mels), float32
        Decibels, relative to 1.

    Raises
    ------
    ValueError
        If the waveform is shorter than a single frame.

    Examples
    --------
    >>> import numpy as np
    >>> log_mel(np.zeros(22050, np.float32), sample_rate=22050).shape
    (44, 128)
    """
    parts = log_mel_parts(
        [waveform],
        sample_rate=sample_rate,
        n_mels=n_mels,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        power=power,
        fmin=fmin,
        fmax=fmax,
        htk=htk,
        mel_norm=mel_norm,
        top_db=top_db,
    )
    return np.concatenate(parts)


def log_mel_parts(
    blocks: Iterable[np.ndarray],
    *,
    sample_rate: float,
    n_mels: int,
    n_fft: int,
    hop_length: int,
    win_length: int | None,
    window: Any,
    center: bool,
    power: float,
    fmin: float,
    fmax: float | None,
    htk: bool,
    mel_norm: str | float | None,
    top_db: float | None,
) -> list[np.ndarray]:
    """Return the mel spectrogram in decibels, in parts, of a waveform that comes in pieces.

    Neither of them is ever whole: this is for clips that hardly fit in memory.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n,), float32
        The waveform, piece by piece. How it is cut does not change a bit of the result.
    sample_rate, n_mels, n_fft, hop_length, win_length, window, center, power, fmin, fmax, htk, mel_norm, top_db
        As in `log_mel`.

    Returns
    -------
    list of ndarray of shape (n, n_mels), float32
        The rows of `log_mel`, at most 4096 of them in a part.

    Raises
    ------
    ValueError
        As from `log_mel`.

    Examples
    --------
    >>> import numpy as np
    >>> options = dict(sample_rate=22050, n_mels=40, n_fft=2048, hop_length=512, win_length=None, window="hann")
    >>> options |= dict(center=True, power=2.0, fmin=0.0, fmax=None, htk=False, mel_norm="slaney", top_db=80.0)
    >>> [part.shape for part in log_mel_parts([np.zeros(11025, np.float32)] * 2, **options)]
    [(44, 40)]
    """
    filters = mel_filters(
        sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, mel_norm=mel_norm
    )
    # A float32 transform loses what lies 140 dB below the loudest bin. Decibels show it, unless they are cut off before
    # (and a decibel of magnitude is two of power).
    dtype = np.float32 if top_db is not None and top_db <= 40 * power else np.float64
    taper = padded_window(window, win_length, n_fft).astype(dtype)
    filters = filters.astype(dtype, copy=False)
    silence = np.zeros(n_fft // 2 if center else 0, np.float32)
    n_samples = n_done = 0
    parts: list[np.ndarray] = []
    groups: list[np.ndarray] = []  # of frames, to be joined to the next part
    rest = silence  # samples of frames that are not complete yet
    for block in blocks:
        n_samples += len(block)
        rest = np.concatenate([rest, block])
        # Whole groups of frames only, so that the groups are the same however the waveform comes.
        n_ready = max(0, (len(rest) - n_fft) // hop_length + 1) // _BLOCK_FRAMES * _BLOCK_FRAMES
        for group in _mel_power(rest, n_ready, taper, filters, hop_length, power):
            groups.append(group)
            if len(groups) * _BLOCK_FRAMES == _PART_FRAMES:
                parts.append(np.concatenate(groups))
                groups.clear()
        n_done += n_ready
        rest = rest[n_ready * hop_length :]
    n_last = n_frames(n_samples, n_fft=n_fft, hop_length=hop_length, center=center) - n_done
    groups += _mel_power(np.concatenate([rest, silence]), n_last, taper, filters, hop_length, power)
    if groups:
        parts.append(np.concatenate(groups))
    for part in parts:
        np.log(np.maximum(part, _FLOOR, out=part), out=part)  # faster than log10
        part *= 10 / math.log(10)
    if top_db is not None:
        lowest = max(part.max() for part in parts) - np.float32(top_db)
        for part in parts:
            np.maximum(part, lowest, out=part)
    return parts


def _mel_power(
    samples: np.ndarray, n: int, taper: np.ndarray, filters: scipy.sparse.csr_array, hop_length: int, power: float
) -> Iterator[np.ndarray]:
    """Yield the power in mel bands of the first `n` frames of `samples`, group by group."""
    if not n:
        return
    n_fft = len(taper)
    frames = np.lib.stride_tricks.sliding_window_view(samples, n_fft)[::hop_length]
    tapered, energy = _scratch(n_fft, taper.dtype)
    for start in range(0, n, _BLOCK_FRAMES):
        group = slice(0, min(_BLOCK_FRAMES, n - start))
        np.multiply(frames[start : start + group.stop], taper, out=tapered[group])
        np.abs(scipy.fft.rfft(tapered[group], axis=1), out=energy[group])
        energy[group] **= power  # a square where that is 2
        yield (filters @ energy[group].T).T.astype(np.float32, copy=False)


_kept = threading.local()


def _scratch(n_fft: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Return this thread's memory for a group of frames: fresh pages each time would cost more than the arithmetic."""
    if getattr(_kept, "form", None) != (_BLOCK_FRAMES, n_fft, dtype):
        _kept.form = (_BLOCK_FRAMES, n_fft, dtype)
        # Rows a power of two apart would fall on the same lines of the cache when they are read down the columns.
        n_bins = 1 + n_fft // 2
        energy = np.empty((_BLOCK_FRAMES, n_bins + 15), dtype)[:, :n_bins]
        _kept.arrays = np.empty((_BLOCK_FRAMES, n_fft), dtype), energy
    return _kept.arrays
