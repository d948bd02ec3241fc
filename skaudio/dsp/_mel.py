"""The mel spectrogram: power spectra summed into bands, in decibels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from skaudio.dsp._filters import mel_matrix
from skaudio.dsp._frames import padded_window
from skaudio.dsp._spectra import SpectraStream

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
    n_mels : int, default=128
        Bands.
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
    fmin, fmax : float, default=0.0, None
        Lowest and highest frequency in Hz; an `fmax` of None is half of `sample_rate`.
    htk : bool, default=False
        HTK's mel scale in place of Slaney's.
    mel_norm : "slaney", float or None, default="slaney"
        Norm of the filters, see `mel_filters`.
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
    taper = padded_window(window, win_length, n_fft).astype(spectrum_dtype(power, top_db))
    stream = SpectraStream(taper, hop_length=hop_length, center=center)
    bands = {
        "sample_rate": sample_rate,
        "n_fft": n_fft,
        "n_mels": n_mels,
        "fmin": fmin,
        "fmax": fmax,
        "htk": htk,
        "mel_norm": mel_norm,
    }
    groups = [mel_power(group, power=power, **bands) for group in stream.add(waveform)]
    groups += [mel_power(group, power=power, **bands) for group in stream.end()]
    values = decibels(np.concatenate(groups))
    return values if top_db is None else np.maximum(values, values.max() - np.float32(top_db))


def spectrum_dtype(power: float, top_db: float | None) -> type[np.floating]:
    """Return the precision that spectra need for decibels.

    Parameters
    ----------
    power : float
        Exponent of the magnitude spectrum.
    top_db : float or None
        Dynamic range kept, in dB.

    Returns
    -------
    type
        ``np.float32`` or ``np.float64``.

    Notes
    -----
    A float32 transform loses what lies 140 dB below the loudest bin. Decibels show it, unless they are cut off before
    (and a decibel of magnitude is two of power).

    Examples
    --------
    >>> spectrum_dtype(2.0, 80.0).__name__, spectrum_dtype(2.0, None).__name__
    ('float32', 'float64')
    """
    return np.float32 if top_db is not None and top_db <= 40 * power else np.float64


def mel_power(spectra: np.ndarray, *, power: float = 2.0, **bands: Any) -> np.ndarray:
    """Sum spectra into mel bands.

    Parameters
    ----------
    spectra : ndarray of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes, float32 or float64; quickest where each bin's values lie together in memory.
    power : float, default=2.0
        Exponent of the magnitudes that are summed.
    **bands : dict
        What `mel_filters` takes.

    Returns
    -------
    ndarray of shape (n_frames, n_mels), float32
        The power in each band.

    Examples
    --------
    >>> import numpy as np
    >>> mel_power(np.ones((3, 513), np.float32), sample_rate=22050, n_fft=1024, n_mels=40).shape
    (3, 40)
    """
    if power != 2:
        spectra = np.sqrt(spectra) if power == 1 else spectra ** (power / 2)
    # By scipy.sparse, which goes along the frames, and not by BLAS, whose sums differ with the number of its threads.
    return (mel_matrix(spectra.dtype.char, **bands) @ spectra.T).T.astype(np.float32, copy=False)


def decibels(power: np.ndarray) -> np.ndarray:
    """Return powers in decibels.

    Parameters
    ----------
    power : ndarray, float32
        Powers, of any shape.

    Returns
    -------
    ndarray, float32
        ``10 log10(max(power, 1e-10))``.

    Examples
    --------
    >>> import numpy as np
    >>> decibels(np.float32([1, 0.01, 0])).round()
    array([   0.,  -20., -100.], dtype=float32)
    """
    result = np.maximum(power, np.float32(_FLOOR))
    np.log(result, out=result)  # faster than log10
    result *= np.float32(10 / math.log(10))
    return result
