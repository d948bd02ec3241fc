"""`Clip`: one sound, wherever it is; a class for each kind of place it can be in.

What a clip is called, how large it is, what it is known by and how it is opened are questions to the clip. No other
file asks what kind it is.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from skaudio.audio import Samples, Sound, open_bytes, open_path
from skaudio.clips._digest import digest_of
from skaudio.clips._errors import reason_of
from skaudio.clips._parameters import check_part
from skaudio.exceptions import AudioReadError

_MAGIC = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"FORM", b"caff", b"ID3", b".snd")  # that sound files start with


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
    place : str, PathLike or None
        The file that holds the sound; None for a clip in memory.
    """

    __slots__ = ()  # there may be very many of them
    path: str | None = None
    is_on_disk = False
    is_altered = False

    @property
    def place(self) -> str | os.PathLike[str] | None:
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
        """Return what becomes of the samples that were read; `read` gives those of another clip, read alike."""
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
    def place(self) -> str | os.PathLike[str] | None:
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
        """Return the file's, and the segment's ends."""
        file = super().identity()
        try:
            ends = [None if end is None else float(end) for end in (self.offset, self.duration)]
        except (TypeError, ValueError):
            return None  # they are refused when the clip is read
        return None if file is None else file + repr(ends).encode()


class BytesClip(Clip):
    """The content of a sound file."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def open(self, sample_rate: float | None) -> AbstractContextManager[Sound]:
        """Open the content."""
        return open_bytes(self.content)

    def identity(self) -> bytes:
        """Return a hash of the content: that of a file which holds the same."""
        return hashlib.blake2b(self.content, digest_size=16).digest()

    @property
    def size(self) -> int:
        """The content's length."""
        return len(self.content)


class FileClip(Clip):
    """A binary file object, or an entry of an archive. The process that opened it reads it, since no other can.

    A file is read from its start each time. A stream that cannot seek is read once, from where it stands.
    """

    __slots__ = ("_held", "file")

    def __init__(self, file: Any) -> None:
        self.file = file
        self._held: Clip | None = None

    def open(self, sample_rate: float | None) -> AbstractContextManager[Sound]:
        """Read the file object, and open what it holds."""
        return self.portable().open(sample_rate)

    def portable(self) -> Clip:
        """Return what the file object holds."""
        if self._held is not None:
            return self._held
        try:
            is_stream = False
            if hasattr(self.file, "read_bytes"):
                content = self.file.read_bytes()
            else:
                is_stream = not _goes_back(self.file)
                content = _all_of(self.file) if is_stream else self.file.read()
        except Exception as error:
            return UnreadableClip(reason_of(error), error)
        if isinstance(content, (bytearray, memoryview)):
            content = bytes(content)
        clip: Clip
        if isinstance(content, str):
            clip = UnreadableClip("the file object was opened as text; open it in binary mode, 'rb'")
        elif not isinstance(content, bytes):
            what = type(content).__name__
            clip = UnreadableClip(f"reading the {type(self.file).__name__} gave a {what}, and bytes are expected")
        elif is_stream and not content:
            clip = UnreadableClip(
                "the stream is at its end, and cannot go back to its start; to read it more than once, pass its bytes, "
                "stream.read()"
            )
        else:
            clip = BytesClip(content)
        if is_stream:
            self._held = clip
        return clip

    def identity(self) -> bytes | None:
        """Return that of its content."""
        return self.portable().identity()


class WaveformClip(Clip):
    """Samples in memory; without a rate of their own they have the one that is asked for."""

    __slots__ = ("rate", "samples")

    def __init__(self, samples: Any, rate: float | None = None) -> None:
        self.samples = samples
        self.rate = rate

    @contextmanager
    def open(self, sample_rate: float | None) -> Iterator[Sound]:
        """Take the samples."""
        rate = sample_rate if self.rate is None else self.rate
        if rate is None:
            raise ValueError("a bare waveform has no rate of its own: pass (waveform, rate), or set sample_rate")
        yield Samples(self._array(), rate)

    def identity(self) -> bytes | None:
        """Return a hash of the samples, their form and their rate."""
        try:
            samples = np.ascontiguousarray(self._array())
        except ValueError:
            return None
        rate = None if self.rate is None else float(self.rate)
        form = f"{samples.dtype.str}{np.shape(self.samples)}{rate!r}".encode()
        return hashlib.blake2b(form + samples.tobytes(), digest_size=16).digest()

    @property
    def size(self) -> int:
        """The samples' bytes."""
        if isinstance(self.samples, list):
            return 8 * len(self.samples)
        return int(getattr(self.samples, "nbytes", 0))

    def _array(self) -> np.ndarray:
        try:
            samples = np.asarray(self.samples)
        except ValueError as error:
            raise ValueError(
                "the waveform is a list whose parts differ in length; (n,) or (channels, n) is expected"
            ) from error
        if samples.dtype == np.uint8 and samples.ndim == 1:
            head = samples[:12].tobytes()
            if head.startswith(_MAGIC) or head[4:8] == b"ftyp":
                raise ValueError("the waveform is the bytes of a sound file; pass them as bytes: samples.tobytes()")
        if samples.dtype.kind not in "biuf":
            one = samples.flat[0] if samples.dtype.kind == "O" and samples.size else None
            what = f"dtype {samples.dtype}" if one is None else f"items of type {type(one).__name__}"
            raise ValueError(f"the waveform has {what}; real numbers are expected, as np.asarray(samples, 'float32')")
        return samples

    def check_finite(self) -> None:
        """Raise ValueError where a sample is NaN or infinite, or the waveform is none."""
        samples = self._array()
        if samples.dtype.kind == "f" and not np.isfinite(samples).all():
            raise ValueError("it holds samples that are NaN or infinite")


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


def _goes_back(file: Any) -> bool:
    """Go to the start of a file object, or tell that it cannot."""
    if not hasattr(file, "seek") or (hasattr(file, "seekable") and not file.seekable()):
        return False
    file.seek(0)
    return True


def _all_of(stream: Any) -> Any:
    """Read a stream to its end; one call may give less."""
    content = stream.read()
    if not isinstance(content, bytes) or not content:
        return content
    parts = [content]
    while more := stream.read():
        parts.append(more)
    return b"".join(parts)
