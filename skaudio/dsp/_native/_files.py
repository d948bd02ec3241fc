"""Log-mel spectra of several files in one call of the kernel."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.dsp._native._halving import halving
from skaudio.dsp._native._library import call
from skaudio.dsp._native._log_mel import filters_of, half_window, transform_of
from skaudio.dsp._native._tables import FileResult, Spectrogram

MOST_BYTES = 1 << 20
"""A larger file is left to others."""


@dataclass(frozen=True)
class FileLevels:
    """The mel bands of a file's samples, in decibels, and what the file held.

    Attributes
    ----------
    levels : ndarray of shape (n_frames, n_mels), float32
        Decibels, none further below the loudest than was asked for.
    mean : ndarray of shape (n_mels,), float64
        Their mean over time.
    n_samples : int
        In the file.
    rate : int
        Of the file, in Hz.
    """

    levels: np.ndarray
    mean: np.ndarray
    n_samples: int
    rate: int


def native_log_mel_of_files(
    paths: Sequence[str | os.PathLike[str]],
    *,
    taper: bytes,
    hop_length: int,
    center: bool,
    top_db: float | None,
    most_frames: int,
    **bands: Any,
) -> list[FileLevels | None]:
    """Return the mel bands of several files in decibels, read and computed by the kernel in one call.

    Parameters
    ----------
    paths : sequence of str or PathLike
        The files.
    taper : bytes
        The window, as numbers of float32.
    hop_length : int
        Step in samples, below 2 ** 40.
    center : bool
        Whether frames are centred on their time.
    top_db : float or None
        How far levels reach below the loudest.
    most_frames : int
        A file of more is left to others.
    **bands : dict
        What `mel_filters` takes; the sampling rate is a whole number.

    Returns
    -------
    list of FileLevels or None
        None for a file that the caller must read by other means: it is missing, larger than a megabyte, anything but
        plain 16-bit WAV of one channel at the rate or at twice the rate, too short for a frame, or too loud; or it
        has more than `most_frames` frames.

    Raises
    ------
    RuntimeError
        If there is no kernel.

    Notes
    -----
    The numbers have the bits of `halve` and `native_log_mel`.

    Examples
    --------
    >>> from skaudio.dsp import kernel
    >>> window = {"taper": bytes(4 * 1024), "hop_length": 512, "center": True, "top_db": 80.0, "most_frames": 4096}
    >>> if kernel() == "native":
    ...     native_log_mel_of_files(["none.wav"], **window, sample_rate=22050, n_fft=1024, n_mels=40)
    ... else:
    ...     [None]
    [None]
    """
    filters, half, transform, filter_ = filters_of(**bands), half_window(taper), transform_of(bands["n_fft"]), halving()
    before = bands["n_fft"] // 2 if center else 0
    wanted = Spectrogram(
        transform=ctypes.pointer(transform),
        filters=ctypes.pointer(filters),
        taper=half.ctypes.data,
        halving=None if filter_ is None else ctypes.pointer(filter_),
        rate=int(bands["sample_rate"]),
        hop=hop_length,
        before=before,
        top_db=-1.0 if top_db is None else top_db,
    )
    room = sum(min(most_frames, 1 + (_size(path) // 2 + 2 * before) // hop_length) for path in paths)
    levels = np.empty((room, filters.n), np.float32)
    means = np.empty((len(paths), filters.n), np.float64)
    found = (FileResult * len(paths))()
    names = (ctypes.c_char_p * len(paths))(*map(_name, paths))
    data = levels.ctypes.data, means.ctypes.data
    call("log_mel_of_files", ctypes.byref(wanted), len(paths), names, room, most_frames, *data, ctypes.byref(found))
    results: list[FileLevels | None] = []
    start = 0
    for file, mean in zip(found, means):
        stop = start + file.n_frames
        results.append(FileLevels(levels[start:stop], mean, file.n_samples, file.rate) if file.n_frames else None)
        start = stop
    return results


def _name(path: str | os.PathLike[str]) -> bytes:
    """Return a path as C has it; an empty one, of no file, where it has none."""
    try:
        name = os.fsencode(path)
    except (TypeError, ValueError):
        return b""
    return b"" if b"\0" in name else name


def _size(path: str | os.PathLike[str]) -> int:
    try:
        return min(os.stat(path).st_size, MOST_BYTES)
    except (OSError, TypeError, ValueError):
        return 0
