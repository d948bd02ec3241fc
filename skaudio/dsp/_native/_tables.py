"""The tables that the kernel works by, and their C structures: `kernel.c` says what it does with them."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

LONGEST = 1 << 16  # samples of a transform


class Table(ctypes.Structure):
    """A C structure that keeps the arrays it points to alive."""

    _kept: list[np.ndarray]

    def _keep(self, array: Any, dtype: type) -> ctypes.c_void_p:
        kept: np.ndarray = np.ascontiguousarray(array, dtype)
        self._kept.append(kept)
        return ctypes.c_void_p(kept.ctypes.data)


class Transform(Table):
    """A real transform of `n` samples, a power of two from 8 on."""

    _fields_ = [
        ("n", ctypes.c_int64),
        ("twiddles", ctypes.c_void_p),
        ("places", ctypes.c_void_p),
        ("split", ctypes.c_void_p),
    ]

    def __init__(self, n: int) -> None:
        self._kept = []
        twiddles = [np.empty(0)]
        length = n // 2
        while length > 2:
            angles = np.arange(length // 4)[:, None] * (2 * np.pi / length * np.arange(1, 4))
            twiddles.append(_cos_sin(angles))
            length //= 4
        split = _cos_sin(np.arange(n // 4 + 1) * (2 * np.pi / n))
        split[-2] = 0  # which the cosine of a rounded quarter turn is not
        places = _places(n // 2)
        super().__init__(
            n=n,
            twiddles=self._keep(np.concatenate(twiddles), np.float32),
            places=self._keep(np.append(places, 0), np.int32),
            split=self._keep(split, np.float32),
        )


def _cos_sin(angles: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1).ravel()


def _places(n: int) -> np.ndarray:
    """Return where a radix-4 transform of `n` numbers, decimated in frequency, leaves each of them."""
    if n <= 2:
        return np.arange(n)
    k = np.arange(n)
    return k % 4 * (n // 4) + _places(n // 4)[k // 4]


class Filters(Table):
    """Bands: each a weighted sum of neighbouring bins, from a sparse matrix of shape (n, n_bins)."""

    _fields_ = [
        ("n", ctypes.c_int64),
        ("starts", ctypes.c_void_p),
        ("lengths", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
    ]

    def __init__(self, matrix: Any) -> None:
        self._kept = []
        starts, weights = [], []
        for band in range(matrix.shape[0]):
            row = matrix[[band]].toarray()[0]
            (bins,) = row.nonzero()
            start, stop = (bins[0], bins[-1] + 1) if len(bins) else (0, 0)
            starts.append(start)
            weights.append(row[start:stop])
        super().__init__(
            n=matrix.shape[0],
            starts=self._keep(starts, np.int32),
            lengths=self._keep([len(each) for each in weights], np.int32),
            weights=self._keep(np.concatenate(weights), np.float32),
        )


class FileResult(ctypes.Structure):
    """What came of a file."""

    _fields_ = [("n_frames", ctypes.c_int64), ("n_samples", ctypes.c_int64), ("rate", ctypes.c_int64)]


class Halving(Table):
    """A filter of an odd number of taps that halves a sampling rate, by transforms of `n` samples."""

    _fields_ = [
        ("whole", ctypes.POINTER(Transform)),
        ("half", ctypes.POINTER(Transform)),
        ("response", ctypes.c_void_p),
        ("delay", ctypes.c_int64),
    ]

    def __init__(self, taps: np.ndarray, n: int) -> None:
        self._kept = []
        response = np.fft.rfft(taps.astype(np.float64), n) / (2 * n)
        super().__init__(
            whole=ctypes.pointer(Transform(n)),
            half=ctypes.pointer(Transform(n // 2)),
            response=self._keep(response.view(np.float64), np.float32),
            delay=len(taps) // 2,
        )


class Spectrogram(ctypes.Structure):
    """A log-mel spectrum, and the sampling rate of the sound that it is computed from."""

    _fields_ = [
        ("transform", ctypes.POINTER(Transform)),
        ("filters", ctypes.POINTER(Filters)),
        ("taper", ctypes.c_void_p),
        ("halving", ctypes.POINTER(Halving)),
        ("rate", ctypes.c_int64),
        ("hop", ctypes.c_int64),
        ("before", ctypes.c_int64),
        ("top_db", ctypes.c_float),
    ]
