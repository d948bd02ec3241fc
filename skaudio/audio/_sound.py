"""`Sound`: an open source of samples, in the form all sources have once they are open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from skaudio.audio._convert import to_float

UNSCALED_PEAK = 120.0
"""A peak above this means that integers were made floats without scaling: full scale is 1."""


class Sound(ABC):
    """Samples at their own rate, to be read once from a given second on.

    Attributes
    ----------
    format, subtype : str
        libsndfile's names of the container and of the encoding.
    rate : float
        Samples a second.
    channels : int
        How many channels a frame has.
    always_finite : bool
        Whether the encoding leaves no room for NaN and infinity.
    n_frames : int or None
        How many samples a channel has, where that is known for sure.
    """

    format: str
    subtype: str
    rate: float
    channels: int
    always_finite = False
    n_frames: int | None = None

    @abstractmethod
    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield the samples from second `offset` on, `duration` seconds at most.

        They are arrays of shape (n, channels), float32; int16 as they are, whose full scale is 32768.
        """

    def describe_loss(self, n_frames: int) -> str:
        """Say what the source promises beyond the `n_frames` it held; an empty string where nothing is known."""
        return ""


class Samples(Sound):
    """A waveform in memory: (n,) or (channels, n), of any real dtype."""

    format = "samples"

    def __init__(self, samples: np.ndarray, rate: float) -> None:
        if samples.dtype.kind not in "biuf":
            raise ValueError(f"the waveform has dtype {samples.dtype}; real numbers are expected")
        if samples.dtype.kind in "iu" and samples.dtype.itemsize == 8:
            # As from a list, JSON or a table: the numbers may be those of 16 bits, of 24, or anything else.
            raise ValueError(
                f"the waveform has dtype {samples.dtype}, whose full scale is not known; pass 16-bit samples as "
                "np.asarray(samples, 'int16'), or numbers whose full scale is 1 as np.asarray(samples, 'float32')"
            )
        if samples.ndim not in (1, 2):
            raise ValueError(f"the waveform has shape {samples.shape}; (n,) or (channels, n) is expected")
        if samples.ndim == 2 and samples.shape[0] > max(64, samples.shape[1]):
            raise ValueError(
                f"the waveform has shape {samples.shape}, which is {samples.shape[0]} channels of {samples.shape[1]} "
                "samples; channels come first: pass waveform.T"
            )
        self._samples = np.atleast_2d(samples)
        self.rate = rate
        self.channels, self.n_frames = self._samples.shape
        self.subtype = str(samples.dtype)
        self.always_finite = samples.dtype.kind in "biu"

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield all of it at once, or nothing where there are no samples."""
        n = self._samples.shape[1]
        start = first_frame(offset, self.rate, n)
        stop = None if duration is None else start + int(duration * self.rate)
        part = self._samples[:, start:stop]
        if part.size:
            yield to_float(part).T


def first_frame(offset: float, rate: float, n_frames: int) -> int:
    """Return the frame at `offset` seconds, or raise ValueError where the sound ends before it."""
    start = int(offset * rate)
    if start and start >= n_frames:
        raise ValueError(f"offset={offset:g} s is past its end, {n_frames / rate:g} s")
    return start
