"""The clips that are in memory: the bytes of a sound file, a file object, samples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from skaudio.audio import Samples, Sound, open_bytes
from skaudio.clips._clip import Clip, UnreadableClip
from skaudio.clips._errors import reason_of

_MAGIC = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"FORM", b"caff", b"ID3", b".snd")  # that sound files start with


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
                is_stream = not _rewind(self.file)
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


def _rewind(file: Any) -> bool:
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
