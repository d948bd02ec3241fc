"""Power spectra of a waveform that comes in pieces: framed, tapered, transformed, squared."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import numpy as np
import scipy.fft

from skaudio.dsp._framing import GROUP_FRAMES, FrameStream


class SpectraStream:
    """The power spectra of one waveform, group of frames by group, however the waveform is cut.

    Neither the waveform nor its spectra are ever held whole, so that clips may be longer than memory. Each stream
    raises Python's audit event ``skaudio.spectra`` with its frame length and step, by which a listener can count them.

    Parameters
    ----------
    taper : ndarray of shape (n_fft,)
        The window. Its dtype, float32 or float64, is that of the computation.
    hop_length : int
        Step in samples.
    center : bool
        Centre frames on their time, with silence of ``n_fft // 2`` samples around the waveform.

    Examples
    --------
    >>> import numpy as np
    >>> stream = SpectraStream(np.hanning(512), hop_length=256, center=True)
    >>> [group.shape for group in (*stream.add(np.zeros(80000)), *stream.end())]
    [(256, 257), (57, 257)]
    """

    def __init__(self, taper: np.ndarray, *, hop_length: int, center: bool) -> None:
        sys.audit("skaudio.spectra", len(taper), hop_length)
        self._taper = taper
        self._frames = FrameStream(len(taper), hop_length=hop_length, center=center)

    def add(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Take the next piece of the waveform, and yield the spectra it completes.

        Parameters
        ----------
        samples : ndarray of shape (n,)
            Samples; full scale is 1.

        Yields
        ------
        ndarray of shape (256, 1 + n_fft // 2)
            Squared magnitudes, each bin's together in memory; to be used before the next are asked for: they are
            overwritten then.
        """
        for frames in self._frames.add(samples):
            yield _power(frames, self._taper)

    def end(self) -> Iterator[np.ndarray]:
        """Yield the spectra of the frames that are left.

        Yields
        ------
        ndarray of shape (n, 1 + n_fft // 2)
            As from `add`, the last of them of fewer frames.

        Raises
        ------
        ValueError
            If the waveform is shorter than a single frame.
        """
        for frames in self._frames.end():
            yield _power(frames, self._taper)


def _power(frames: np.ndarray, taper: np.ndarray) -> np.ndarray:
    n, n_fft = frames.shape
    n_bins = 1 + n_fft // 2
    tapered, energy = _scratch(n_fft, taper.dtype)
    tapered = tapered[: n * n_fft].reshape(n, n_fft)
    energy = energy[: n * n_bins].reshape(n_bins, n)
    np.multiply(frames, taper, out=tapered)
    # Real and imaginary parts in turn, all of them in one run of memory: squared in half the time of two strided ones.
    parts = scipy.fft.rfft(tapered, axis=1).view(taper.dtype)
    np.multiply(parts, parts, out=parts)
    np.add(parts[:, ::2], parts[:, 1::2], out=energy.T)
    return energy.T


_thread_memory = threading.local()
_MAX_FORMS = 4


def _scratch(n_fft: int, dtype: np.dtype) -> tuple[np.ndarray, ...]:
    """Return this thread's memory for a group of frames: fresh pages each time would cost more than the arithmetic."""
    forms: dict[tuple[int, np.dtype], tuple[np.ndarray, ...]] = _thread_memory.__dict__.setdefault("forms", {})
    if (n_fft, dtype) not in forms:
        if len(forms) == _MAX_FORMS:
            forms.clear()
        forms[n_fft, dtype] = tuple(np.empty(GROUP_FRAMES * n, dtype) for n in (n_fft, 1 + n_fft // 2))
    return forms[n_fft, dtype]


def fft_fingerprint() -> bytes:
    """Return what the transforms give for some numbers, the same only where all their bits are the same.

    ``scipy.fft`` may be another library's (its backend), and the same library may compute otherwise on another
    processor.

    Returns
    -------
    bytes
        Some thousand bytes.

    Examples
    --------
    >>> fft_fingerprint() == fft_fingerprint()
    True
    """
    numbers = np.sin(np.arange(2 * 2048.0) ** 1.5).reshape(2, 2048)
    spectra = [scipy.fft.rfft(numbers.astype(dtype), axis=1)[:, ::16] for dtype in (np.float32, np.float64)]
    coefficients = scipy.fft.dct(numbers[:, :128].astype(np.float32), norm="ortho", axis=1)
    return b"".join(part.tobytes() for part in (*spectra, coefficients))
