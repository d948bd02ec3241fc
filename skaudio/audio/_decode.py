"""Sound files and their bytes: opened, and decoded block by block.

Whoever wants to know which clips are decoded can listen: each one raises Python's audit event ``skaudio.decode`` with
its path, or None where it comes from memory (``sys.addaudithook``).
"""

from __future__ import annotations

import io
import math
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skaudio.audio._convert import to_float
from skaudio.audio._sound import Sound, first_frame
from skaudio.audio._wav import parse_plain_wav

# Header frame counts lie, so a file is read in blocks until it ends and nothing is allocated from its header.
_BLOCK_SAMPLES = 1 << 18
_SMALL = 1 << 20  # bytes
# Lengths that programs write into a header before they know: 0, or one of the largest numbers it holds.
_UNKNOWN_LENGTH = 0x7FFFF000


class DecodedSound(Sound):
    """What libsndfile decodes."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.format, self.subtype = file.format, file.subtype
        self.rate, self.channels = file.samplerate, file.channels
        self.finite = self.subtype.startswith("PCM_")

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield what the decoder gives until it gives no more."""
        start = first_frame(offset, self.rate, self._file.frames)
        if start:
            self._file.seek(start)
        # soundfile seeks to where it is after each block, and a seek costs an MP3 the bits it had in reserve: the next
        # block would begin with other numbers.
        self._file.seekable = lambda: False
        wanted = math.inf if duration is None else int(duration * self.rate)
        block_frames = max(1, _BLOCK_SAMPLES // self.channels)
        # The same numbers, and libsndfile's own conversion takes several times as long.
        whole = self.subtype == "PCM_16"
        n = 0
        while n < wanted:
            count = int(min(block_frames, wanted - n))
            block = self._file.read(count, dtype="int16" if whole else "float32", always_2d=True)
            if not len(block):
                return
            n += len(block)
            yield to_float(block) if whole else block

    def lost(self, n_frames: int) -> str:
        """Say what is promised and not there, as far as the header and libsndfile's log of it tell."""
        log = self._file.extra_info
        # WAV, AIFF, AU and W64, each with its own name for it.
        size = re.search(r"^ *(?:data|SSND|Data Size|riff) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE)
        if size and 0 < int(size[1]) < _UNKNOWN_LENGTH:
            return f"its header promises {int(size[1])} bytes, and {int(size[2])} are there"
        count = re.search(r"frame count (\d+) does not match value from 'ds64' chunk of (\d+)", log)
        if count and int(count[1]) < int(count[2]):
            return f"its header promises {count[2]} samples, and {count[1]} are there"
        if "lacks an end-of-stream bit" in log:
            return "its last page is missing"
        if self.format == "MP3" and n_frames < self._file.frames:
            return f"its header promises {self._file.frames} samples, and {n_frames} are there"
        return ""


@contextmanager
def open_path(path: str | os.PathLike[str]) -> Iterator[Sound]:
    """Open a file by its descriptor.

    A name tells the decoder nothing it can trust: soundfile takes ``.raw`` for headerless samples, cannot encode
    names that are not UTF-8, and libsndfile says "does not exist" of files that do.
    """
    sys.audit("skaudio.decode", path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ValueError(f"it is {kind}, not a sound file")
        plain = _plain_wav(descriptor, status.st_size) if hasattr(os, "pread") else None
        if plain is not None:
            yield plain
            return
        with _decoder(path, descriptor, status.st_size) as file:
            yield DecodedSound(file)
    finally:
        os.close(descriptor)


def _plain_wav(descriptor: int, size: int) -> Sound | None:
    # A small file at once: each call of the system lets go of Python's lock, which other threads are waiting for.
    if size <= _SMALL:
        content = os.pread(descriptor, size, 0)
        return parse_plain_wav(content, len(content))
    return parse_plain_wav(descriptor, size)


def _decoder(path: str | os.PathLike[str], descriptor: int, size: int) -> Any:
    import soundfile

    try:
        return soundfile.SoundFile(descriptor, closefd=False)
    except soundfile.LibsndfileError as error:
        head = os.pread(descriptor, 512, 0) if hasattr(os, "pread") else b""
        _refuse_look_alikes(head, size)
        # libsndfile goes by the name where the content does not start as it should (an MP3 after junk).
        try:
            return soundfile.SoundFile(os.fspath(path))
        except Exception:
            raise error from None


@contextmanager
def open_bytes(content: bytes) -> Iterator[Sound]:
    """Open the content of a file."""
    sys.audit("skaudio.decode", None)
    plain = parse_plain_wav(content, len(content))
    if plain is not None:
        yield plain
        return
    import soundfile

    try:
        file = soundfile.SoundFile(io.BytesIO(content))
    except soundfile.LibsndfileError:
        _refuse_look_alikes(content[:512], len(content))
        raise
    with file:
        yield DecodedSound(file)


def _refuse_look_alikes(head: bytes, size: int) -> None:
    """Name what is commonly saved under a sound file's name."""
    if size == 0:
        raise ValueError("the file is empty (0 bytes)")
    if head.startswith(b"version https://git-lfs"):
        raise ValueError("it is a git-LFS pointer, not the sound itself; fetch it with: git lfs pull")
    if head.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise ValueError("it is an HTML page saved under a sound file's name; download the sound again")
