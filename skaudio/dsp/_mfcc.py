"""From a log spectrum to what a row holds: statistics of its cepstral coefficients, or all of their frames."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft

from skaudio.dsp._cepstrum import cepstrum, delta
from skaudio.dsp._statistics import summarise

# Of a long clip, statistics are taken of a few coefficients at a time: there is room for little more than its spectrum.
# How many depends on its length alone, so that the bits do not depend on what is asked for.
_LONG = 4096  # frames
_COLUMNS = 16


def mfcc_statistics(
    parts: Sequence[np.ndarray],
    *,
    n_mfcc: int,
    deltas: int,
    statistics: Sequence[str],
    dct_type: int = 2,
    norm: str | None = "ortho",
    lifter: float = 0,
) -> np.ndarray:
    """Return statistics over time of cepstral coefficients and of their derivatives.

    Parameters
    ----------
    parts : list of ndarray of shape (n, n_mels), float32
        Decibels, as from `log_mel_parts`. They are overwritten.
    n_mfcc : int
        How many coefficients.
    deltas : int
        How many derivatives of them.
    statistics : sequence of str
        As in `summarise`.
    dct_type, norm, lifter
        As in `cepstrum`.

    Returns
    -------
    ndarray of shape (len(statistics), 1 + deltas, n_mfcc), float32
        The same bits for a coefficient whatever else is asked for.

    Examples
    --------
    >>> import numpy as np
    >>> mfcc_statistics([np.zeros((20, 40), np.float32)], n_mfcc=13, deltas=1, statistics=("mean", "std")).shape
    (2, 2, 13)
    """
    for part in parts:
        part[:] = cepstrum(part, part.shape[1], dct_type=dct_type, norm=norm, lifter=lifter)
    result = np.empty((len(statistics), 1 + deltas, n_mfcc), np.float32)
    width = parts[0].shape[1] if sum(len(part) for part in parts) <= _LONG else _COLUMNS
    for start in range(0, n_mfcc, width):
        columns = np.concatenate([part[:, start : start + width] for part in parts])
        wanted = slice(start, min(start + width, n_mfcc))
        for order in range(1 + deltas):
            values = columns if order == 0 else delta(columns, order)
            summary = summarise(values, statistics).reshape(len(statistics), -1)
            result[:, order, wanted] = summary[:, : wanted.stop - start]
    return result


def mfcc_sequence(log_spectrum: np.ndarray, *, n_mfcc: int, deltas: int, **transform: Any) -> np.ndarray:
    """Return cepstral coefficients and their derivatives, frame by frame.

    Parameters
    ----------
    log_spectrum : ndarray of shape (n_frames, n_mels), float32
        Decibels.
    n_mfcc, deltas : int
        How many coefficients, and how many derivatives of them.
    **transform : dict
        ``dct_type``, ``norm`` and ``lifter`` of `cepstrum`.

    Returns
    -------
    ndarray of shape (n_frames, n_mfcc * (1 + deltas)), float32
        All coefficients, then all first derivatives, and so on.

    Examples
    --------
    >>> import numpy as np
    >>> mfcc_sequence(np.zeros((20, 40), np.float32), n_mfcc=13, deltas=2).shape
    (20, 39)
    """
    coefficients = cepstrum(log_spectrum, n_mfcc, **transform)
    return np.hstack([coefficients, *(delta(coefficients, order) for order in range(1, deltas + 1))])


def transform_bits() -> bytes:
    """Return a hash of what the transforms give for some numbers, the same only where all their bits are the same.

    ``scipy.fft`` may be another library's (its backend), and the same library may compute otherwise on another
    processor.

    Returns
    -------
    bytes
        16 bytes.

    Examples
    --------
    >>> transform_bits() == transform_bits()
    True
    """
    numbers = np.sin(np.arange(8 * 2048.0) ** 1.5).reshape(8, 2048)
    spectrum = scipy.fft.rfft(numbers, axis=1)
    coefficients = scipy.fft.dct(numbers[:, :128].astype(np.float32), norm="ortho", axis=1)
    return hashlib.blake2b(spectrum.tobytes() + coefficients.tobytes(), digest_size=16).digest()
