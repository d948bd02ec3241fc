"""`AlteredClip`: a clip whose samples are changed after they were read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from skaudio.audio import Sound
from skaudio.clips._clip import Clip

Alteration = Callable[[np.ndarray, float, Callable[[Clip], np.ndarray]], np.ndarray]
"""A picklable callable ``(samples, rate, read) -> samples``; ``read(clip)`` reads another clip in the same way."""


class AlteredClip(Clip):
    """A clip whose samples are altered once they are mono, at the transformer's rate, and cut to the part it reads.

    Parameters
    ----------
    source : Clip
        What is read.
    alteration : Alteration
        What is done to its samples.
    name : bytes
        What the alteration is known by in a store; equal only where it does the same.
    """

    __slots__ = ("_alteration", "_name", "source")
    is_altered = True

    def __init__(self, source: Clip, alteration: Alteration, name: bytes) -> None:
        self.source = source
        self._alteration = alteration
        self._name = name

    @property
    def path(self) -> str | None:  # type: ignore[override]
        """The source's."""
        return self.source.path

    @property
    def is_on_disk(self) -> bool:  # type: ignore[override]
        """Whether the source is a file."""
        return self.source.is_on_disk

    @property
    def file_path(self) -> str | os.PathLike[str] | None:
        """The source's."""
        return self.source.file_path

    @property
    def size(self) -> int:
        """The source's."""
        return self.source.size

    def open(self, sample_rate: float | None) -> AbstractContextManager[Sound]:
        """Open the source."""
        return self.source.open(sample_rate)

    def part(self, offset: float, duration: float | None) -> tuple[float, float | None]:
        """Return the part of the source."""
        return self.source.part(offset, duration)

    def identity(self) -> bytes | None:
        """Return a hash of the source's and of the alteration's name."""
        identity = self.source.identity()
        if identity is None:
            return None
        return hashlib.blake2b(b"altered" + self._name + identity, digest_size=16).digest()

    def portable(self) -> Clip:
        """Return the clip with a source that is portable."""
        return AlteredClip(self.source.portable(), self._alteration, self._name)

    def check_finite(self) -> None:
        """Check the source."""
        self.source.check_finite()

    def alter(self, waveform: np.ndarray, rate: float, read: Callable[[Clip], np.ndarray]) -> np.ndarray:
        """Return the altered samples."""
        altered: Any = self._alteration(waveform, rate, read)
        return altered
