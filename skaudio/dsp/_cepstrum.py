"""From log spectra to cepstral coefficients, and their derivatives over time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
import scipy.fft

_DELTA_WIDTH = 9  # frames a derivative is estimated from, librosa's default


def cepstrum(
    log_spectrum: np.ndarray, n_mfcc: int, *, dct_type: int = 2, norm: str | None = "ortho", lifter: float = 0
) -> np.ndarray:
    """Return cepstral coefficients: the cosine transform of each frame's log spectrum.

    Parameters
    ----------
    log_spectrum : ndarray of shape (n_frames, n_mels)
        Decibels.
    n_mfcc : int
        How many coefficients to keep.
    dct_type : {1, 2, 3}, default=2
        Type of the cosine transform.
    norm : "ortho" or None, default="ortho"
        Its normalisation.
    lifter : float, default=0
        Weigh coefficient ``k`` (from 1) by ``1 + lifter / 2 * sin(pi * k / lifter)``; 0 does not.

    Returns
    -------
    ndarray of shape (n_frames, n_mfcc), float32
        The coefficients.

    Examples
    --------
    >>> import numpy as np
    >>> cepstrum(np.ones((2, 4), np.float32), 2).round(3)
    array([[2., 0.],
           [2., 0.]], dtype=float32)
    """
    if log_spectrum.shape[0] == 1 and log_spectrum.dtype == np.float64:  # a mean: any call of scipy's takes longer
        coefficients = np.einsum("kj,ij->ik", _cosines(log_spectrum.shape[1], dct_type, norm)[:n_mfcc], log_spectrum)
    else:
        coefficients = scipy.fft.dct(log_spectrum, type=dct_type, norm=norm, axis=1)[:, :n_mfcc]
    if lifter > 0:
        k = np.arange(1, 1 + n_mfcc, dtype=np.float32)
        coefficients = coefficients * (1 + (lifter / 2) * np.sin(np.pi * k / lifter)).astype(np.float32)
    return np.ascontiguousarray(coefficients)


@lru_cache(maxsize=16)
def _cosines(n: int, dct_type: int, norm: str | None) -> np.ndarray:
    """Return the matrix of the cosine transform, a row a coefficient; scipy's own, whatever its backend is now."""
    with scipy.fft.set_backend("scipy"):
        return np.ascontiguousarray(scipy.fft.dct(np.eye(n), type=dct_type, norm=norm, axis=0))


def delta(values: np.ndarray, order: int) -> np.ndarray:
    """Return the derivative over time, estimated from 9 frames.

    Parameters
    ----------
    values : ndarray of shape (n_frames, n_values)
        One row a frame.
    order : int
        Which derivative, 1 to 8.

    Returns
    -------
    ndarray of shape (n_frames, n_values), float32
        The derivative, in units a frame to the power of `order`.

    Notes
    -----
    A Savitzky-Golay filter: a polynomial of degree `order` is fitted to 9 frames, and its derivative of that order is
    one number for all of them. That is why the four frames at either end repeat their neighbour, as librosa's
    ``mode="interp"`` has it. A clip of fewer than 9 frames is continued with its first and last frame, librosa's
    ``mode="nearest"``.

    Examples
    --------
    >>> import numpy as np
    >>> delta(np.arange(12.0)[:, None], 1).ravel().round(3)[:3]
    array([1., 1., 1.], dtype=float32)
    """
    half = _DELTA_WIDTH // 2
    weights = delta_weights(order)
    short = len(values) < _DELTA_WIDTH
    source = np.pad(values, ((half, half), (0, 0)), mode="edge") if short else values
    n_valid = len(source) - 2 * half
    result = np.zeros((n_valid, values.shape[1]), np.float64)
    for position, weight in enumerate(weights):
        result += weight * source[position : position + n_valid]
    if not short:
        result = np.pad(result, ((half, half), (0, 0)), mode="edge")
    return result.astype(np.float32)


def derivatives(parts: Iterable[np.ndarray], order: int) -> Iterator[np.ndarray]:
    """Yield what `delta` makes of frames that come in parts.

    Parameters
    ----------
    parts : iterable of ndarray of shape (n, n_values)
        The frames in their order, 9 of them at least.
    order : int
        Which derivative, 1 to 8.

    Yields
    ------
    ndarray of shape (n, n_values), float32
        The derivatives, in other parts.

    Examples
    --------
    >>> import numpy as np
    >>> parts = [np.arange(10.0)[:, None], np.arange(10.0, 13.0)[:, None]]
    >>> [part.shape for part in derivatives(parts, 1)]
    [(6, 1), (3, 1), (4, 1)]
    """
    half = _DELTA_WIDTH // 2
    held, last = None, None
    for part in parts:
        held = part if held is None else np.concatenate([held, part])
        if len(held) >= _DELTA_WIDTH:
            found = delta(held, order)
            # The frames at the ends of a part have their neighbours in others, but for those of the first.
            yield found[half if last is not None else 0 : -half]
            last, held = found[-half:], held[1 - _DELTA_WIDTH :]
    if last is None:
        raise ValueError(f"there are fewer than {_DELTA_WIDTH} frames")
    yield last


def delta_weights(order: int) -> np.ndarray:
    """Return the weights of the frames that `delta` sums.

    The shortest that give the derivative in the middle of any polynomial of a degree up to its order: what
    ``scipy.signal.savgol_coeffs`` gives, which takes longer to import than a clip takes to classify.

    Parameters
    ----------
    order : int
        Which derivative, 1 to 8.

    Returns
    -------
    ndarray of shape (9,), float64
        The weights.

    Examples
    --------
    >>> (60 * delta_weights(1)).round().astype(int).tolist()
    [-4, -3, -2, -1, 0, 1, 2, 3, 4]
    """
    half = _DELTA_WIDTH // 2
    powers = np.arange(-half, half + 1.0) ** np.arange(order + 1.0)[:, None]
    derivatives = np.zeros(order + 1)  # of each power at 0: of all but one they are 0
    derivatives[order] = math.factorial(order)
    return np.linalg.lstsq(powers, derivatives, rcond=None)[0]
