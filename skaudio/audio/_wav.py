"""Plain 16-bit WAV, read without libsndfile: the same numbers in a third of the time.

Most collections of sounds consist of such files. Whatever is not exactly as the standard has it is left to libsndfile,
and so are all its errors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from skaudio.audio._content import Content
from skaudio.audio._sound import Sound, first_frame

_HEAD = 4096  # bytes in which the samples must begin
_MAX_RATE = 768_000
_BLOCK_SAMPLES = 1 << 20


class PlainWav(Sound):
    """16-bit PCM samples that stand in one piece in a WAV file.

    Parameters
    ----------
    content : Content
        The file's.
    start, n_frames : int
        Byte of the first sample, and number of frames.
    channels, rate : int
        As the header has them.
    """

    format, subtype, always_finite = "WAV", "PCM_16", True

    def __init__(self, content: Content, start: int, n_frames: int, channels: int, rate: int) -> None:
        self._content = content
        self._start = start
        self.n_frames: int = n_frames
        self.channels = channels
        self.rate = rate

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield the samples, a million at a time."""
        begin = first_frame(offset, self.rate, self.n_frames)
        end = self.n_frames if duration is None else min(self.n_frames, begin + int(duration * self.rate))
        step = max(1, _BLOCK_SAMPLES // self.channels)
        size = 2 * self.channels
        for first in range(begin, end, step):
            n = min(step, end - first)
            start = self._start + first * size
            content = self._content.view(start, n * size)
            if len(content) < n * size:
                raise ValueError("the file became shorter while it was read")
            yield np.frombuffer(content, "<i2").reshape(n, self.channels)


def parse_plain_wav(content: Content) -> PlainWav | None:
    """Return the sound in a content, or None where it is not plain 16-bit WAV."""
    head = content.read(0, _HEAD)
    if len(head) < 44 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    form: tuple[int, int] | None = None
    position = 12
    while position + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"data":
            if form is None or not length or length % (2 * form[0]) or position + length > content.size:
                return None
            if not _is_tail(content, position + length):
                return None
            return PlainWav(content, position, length // (2 * form[0]), *form)
        if name == b"fmt ":
            form = _parse_format_chunk(head[position : position + length])
            if form is None:
                return None
        elif not (name.isalnum() and name.isascii()):
            return None
        position += length + length % 2
    return None


def _parse_format_chunk(chunk: bytes) -> tuple[int, int] | None:
    """Return channels and rate of a format chunk, or None where it is not of plain 16-bit samples."""
    if len(chunk) != 16:
        return None
    kind, channels, rate, n_bytes, frame, bits = struct.unpack("<HHIIHH", chunk)
    plain = kind == 1 and bits == 16 and frame == 2 * channels and n_bytes == frame * rate
    return (channels, rate) if plain and 1 <= channels <= 64 and 1 < rate <= _MAX_RATE else None


def _is_tail(content: Content, position: int) -> bool:
    """Tell whether nothing but whole chunks without samples follows."""
    position += position % 2
    while position < content.size:
        header = content.read(position, 8)
        if len(header) < 8:
            return False
        name, length = struct.unpack("<4sI", header)
        position += 8 + length + length % 2
        if not (name.isalnum() or name == b"id3 ") or name in (b"data", b"RIFF") or position > content.size + 1:
            return False
    return True


def wav_streams(content: Content) -> list[Content]:
    """Return the WAV files that stand one after another in a content; none where there is one, or it is none."""
    starts: list[int] = []
    position = 0
    while position < content.size:
        head = content.read(position, 12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            break
        starts.append(position)
        length = int.from_bytes(head[4:8], "little")
        position += 8 + length + length % 2
    if len(starts) < 2:
        return []
    return [content.part(start, end) for start, end in zip(starts, [*starts[1:], content.size])]
