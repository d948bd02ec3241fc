"""The mel spectrogram: frames, spectra, triangular filters, decibels."""

from __future__ import annotations

import math
import reprlib
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
import scipy.signal
import scipy.sparse

# Frames whose spectra are in flight at once: most clips in one go. With fewer, threads wait for each other more often,
# since each step lets go of Python's lock and asks for it again.
_BLOCK_FRAMES = 256
_PART_FRAMES = 4096  # frames a part of a long spectrogram
_FLOOR = 1e-10  # power below which decibels stop, librosa's amin


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
        The filters, read-only: they are computed once for equal parameters.

    Notes
    -----
    Equal to ``librosa.filters.mel``, computed in float64 and rounded once.

    Examples
    --------
    >>> mel_filters(sample_rate=22050, n_fft=2048, n_mels=40).shape
    (40, 1025)
    """
    high = sample_rate / 2 if fmax is None else fmax
    norm = mel_norm if mel_norm is None or isinstance(mel_norm, str) else float(mel_norm)
    return _mel_filters(float(sample_rate), int(n_fft), int(n_mels), float(fmin), float(high), bool(htk), norm)


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
    filters = scipy.sparse.csr_array(weights.astype(np.float32))
    for part in (filters.data, filters.indices, filters.indptr):
        part.flags.writeable = False
    return filters


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
        if isinstance(window, (str, tuple, float, int)):
            values = scipy.signal.get_window(window, length, fftbins=True)
        else:
            values = np.asarray(window, np.float64)
    except (ValueError, TypeError, IndexError) as error:
        raise ValueError(f"window={reprlib.repr(window)} is not one that scipy knows, nor numbers: {error}") from error
    if values.shape != (length,) or not np.isfinite(values).all():
        raise ValueError(f"window has shape {values.shape}; ({length},) finite numbers are expected, its length")
    left = (n_fft - length) // 2
    return np.pad(values, (left, n_fft - length - left))
