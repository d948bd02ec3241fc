"""`Clip`: one sound, wherever it is; here those of files, and in `_in_memory.py` those that are in memory.

What a clip is called, how large it is, what it is known by and how it is opened are questions to the clip. No other
file asks what kind it is.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np

from skaudio.audio import Sound, open_path
from skaudio.clips._digest import digest_of
from skaudio.clips._parameters import check_part
from skaudio.exceptions import AudioReadError


class Clip(ABC):
    """One sound.

    Attributes
    ----------
        path : str or None
            The file as text that can be printed, whatever bytes its name holds; None for a clip in memory.
        is_on_disk : bool
            Whether the sound is a file, or a part of one.
        is_altered : bool
            Whether the samples are changed once they are read, by `alter`.
    file_path : str, PathLike or None
            The file that holds the sound; None for a clip in memory.
    """

    __slots__ = ()  # there may be very many of them
    path: str | None = None
    is_on_disk = False
    is_altered = False

    @property
    def file_path(self) -> str | os.PathLike[str] | None:
        """The file that holds the sound; None for a clip in memory."""
        return None

    @abstractmethod
    def open(self, sample_rate: float | None) -> AbstractContextManager[Sound]:
        """Open the sound; a waveform that comes without a rate has `sample_rate`."""

    @abstractmethod
    def identity(self) -> bytes | None:
        """Return what the clip is known by in a store: equal only for equal sound. None where it cannot be told."""

    @property
    def size(self) -> int:
        """About how many bytes the clip is."""
        return 0

    def part(self, offset: float, duration: float | None) -> tuple[float, float | None]:
        """Return which part of the opened sound to read, in seconds, for what is wanted of the clip."""
        return offset, duration

    def portable(self) -> Clip:
        """Return the clip in a form that other threads and processes can read."""
        return self

    def alter(self, waveform: np.ndarray, rate: float, read: Callable[[Clip], np.ndarray]) -> np.ndarray:
        """Return the altered samples; `read` gives the samples of another clip, read in the same way."""
        return waveform

    def check_finite(self) -> None:  # noqa: B027 - where no samples are at hand there is nothing to do
        """Raise ValueError where samples that are at hand are NaN or infinite; no file is opened."""


class PathClip(Clip):
    """A file."""

    __slots__ = ("source",)
    is_on_disk = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.source = path

    @property
    def path(self) -> str:  # type: ignore[override]
        """The file's name."""
        return printable(self.source)

    @property
    def file_path(self) -> str | os.PathLike[str] | None:
        """The file."""
        return self.source

    def open(self, sample_rate: float | None) -> AbstractContextManager[Sound]:
        """Open the file."""
        return open_path(self.source)

    def identity(self) -> bytes | None:
        """Return a hash of the file's bytes: wherever it lies, and whatever it is called."""
        return digest_of(self.source)

    @property
    def size(self) -> int:
        """The file's size; 0 where there is none."""
        try:
            return os.stat(self.source).st_size
        except (OSError, ValueError):
            return 0


class SegmentClip(PathClip):
    """``(path, offset, duration)``: a part of a file, in seconds; a duration of None reaches to its end."""

    __slots__ = ("duration", "offset")

    def __init__(self, path: str | os.PathLike[str], offset: float, duration: float | None) -> None:
        super().__init__(path)
        self.offset = offset
        self.duration = duration

    def part(self, offset: float, duration: float | None) -> tuple[float, float | None]:
        """Return the part of the file that is `offset` into the segment, and ends where the segment does."""
        check_part(self.offset, self.duration)
        if self.duration is None:
            return self.offset + offset, duration
        if offset >= self.duration:
            raise ValueError(f"offset={offset:g} s is past the end of the segment, {self.duration:g} s")
        rest = self.duration - offset
        return self.offset + offset, rest if duration is None else min(rest, duration)

    def identity(self) -> bytes | None:
        """Return the file's identity, followed by the segment's offset and duration."""
        file = super().identity()
        try:
            ends = [None if end is None else float(end) for end in (self.offset, self.duration)]
        except (TypeError, ValueError):
            return None  # they are refused when the clip is read
        return None if file is None else file + repr(ends).encode()


class UnreadableClip(Clip):
    """A stand-in for a value that is no clip: it raises when it is opened, where the position in ``X`` is known."""

    __slots__ = ("_error",)

    def __init__(self, reason: str, cause: BaseException | None = None) -> None:
        self._error = AudioReadError(reason, cause=cause)  # which survives pickling, whatever its cause is

    def open(self, sample_rate: float | None) -> AbstractContextManager[Sound]:
        """Raise the error."""
        raise AudioReadError(self._error.reason, cause=self._error.cause)

    def identity(self) -> None:
        """Return None."""


def printable(path: str | os.PathLike[str]) -> str:
    """Return a path as text that can be printed."""
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # text that is no file's name
        return str(path).encode("utf-8", "backslashreplace").decode()
