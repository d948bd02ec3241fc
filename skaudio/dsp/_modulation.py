"""How fast values rise and fall: the energy of their modulation, by its frequency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.fft

_FLOOR = 0.01  # squared units of the values, below which energies say nothing


def modulation_energies(rows: np.ndarray, *, frame_rate: float, bands: Sequence[float]) -> np.ndarray:
    """Return the energy of the modulation of each row, by bands of modulation frequency.

    Parameters
    ----------
    rows : ndarray of shape (n_values, n_frames)
        Values over time, such as decibels of mel bands.
    frame_rate : float
        Frames a second.
    bands : sequence of float
        Lower edges of the bands in Hz, rising, all below ``frame_rate / 2``, where the last band ends.

    Returns
    -------
    ndarray of shape (len(bands), n_values), float64
        The part of the variance of each row that lies in each band; from a first edge of 0 on, they sum to the
        variance.

    Notes
    -----
    The periodogram of each row without its mean, padded with zeros to two periods of the lowest edge above 0, so that a
    short clip has bins in each band. Modulation spectra of the envelopes of bands go back to Houtgast and Steeneken, "A
    review of the MTF concept in room acoustics and its use for estimating speech intelligibility in auditoria",
    JASA 77, 1985; octaves of them to Dau, Kollmeier and Kohlrausch, "Modeling auditory processing of amplitude
    modulation", JASA 102, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> slow = np.sqrt(2) * np.sin(2 * np.pi * 3 * np.arange(400) / 100)
    >>> modulation_energies(slow[None], frame_rate=100.0, bands=(0.0, 2.0, 4.0)).ravel().round(3)
    array([0., 1., 0.])
    """
    exact = rows.astype(np.float64)
    exact -= exact.mean(axis=1, keepdims=True)
    n = exact.shape[1]
    lowest = min((edge for edge in bands if edge > 0), default=frame_rate)
    padded = scipy.fft.next_fast_len(max(n, int(np.ceil(2 * frame_rate / lowest))), real=True)
    power = np.square(np.abs(scipy.fft.rfft(exact, padded, axis=1))) * (2 / (n * padded))
    if padded % 2 == 0:
        power[:, -1] /= 2  # the one bin without a twin
    starts = np.searchsorted(np.fft.rfftfreq(padded, 1 / frame_rate), bands)
    return np.stack([power[:, start:stop].sum(axis=1) for start, stop in zip(starts, [*starts[1:], power.shape[1]])])


def log_energies(energies: np.ndarray) -> np.ndarray:
    """Return energies in decibels of one squared unit, from -20 on.

    Examples
    --------
    >>> import numpy as np
    >>> log_energies(np.array([0.0, 0.99]))
    array([-20.,   0.])
    """
    return 10 * np.log10(energies + _FLOOR)
