"""Sound files and their bytes: decoded to mono samples at their own rate."""

from __future__ import annotations

import io
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skaudio.audio._convert import check_length, mix, to_float

# Header frame counts lie, so a file is read in blocks until it ends and nothing is allocated from its header.
_BLOCK_SAMPLES = 1 << 18


@contextmanager
def open_path(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Open a file by its descriptor.

    A name tells the decoder nothing it can trust: soundfile takes ``.raw`` for headerless samples, cannot encode
    names that are not UTF-8, and libsndfile says "does not exist" of files that do.
    """
    import soundfile

    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ValueError(f"it is {kind}, not a sound file")
        try:
            sound = soundfile.SoundFile(descriptor, closefd=False)
        except soundfile.LibsndfileError as error:
            head = os.pread(descriptor, 512, 0) if hasattr(os, "pread") else b""
            _refuse_look_alikes(head, status.st_size)
            # libsndfile goes by the name where the content does not start as it should (an MP3 after junk).
            try:
                sound = soundfile.SoundFile(os.fspath(path))
            except Exception:
                raise error from None
        with sound:
            yield sound
    finally:
        os.close(descriptor)


@contextmanager
def open_bytes(content: bytes) -> Iterator[Any]:
    import soundfile

    try:
        sound = soundfile.SoundFile(io.BytesIO(content))
    except soundfile.LibsndfileError:
        _refuse_look_alikes(content[:512], len(content))
        raise
    with sound:
        yield sound


def _refuse_look_alikes(head: bytes, size: int) -> None:
    """Name what is commonly saved under a sound file's name."""
    if size == 0:
        raise ValueError("the file is empty (0 bytes)")
    if head.startswith(b"version https://git-lfs"):
        raise ValueError("it is a git-LFS pointer, not the sound itself; fetch it with: git lfs pull")
    if head.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise ValueError("it is an HTML page saved under a sound file's name; download the sound again")


def blocks(sound: Any, offset: float, duration: float | None) -> Iterator[np.ndarray]:
    """Yield the wanted part of an open file as float32 arrays of shape (n, channels)."""
    rate = sound.samplerate
    start = int(offset * rate)
    if start:
        if start >= sound.frames:
            raise ValueError(f"offset={offset:g} s is past its end, {sound.frames / rate:g} s")
        sound.seek(start)
    wanted = math.inf if duration is None else int(duration * rate)
    block_frames = max(1, _BLOCK_SAMPLES // sound.channels)
    # The same numbers, and libsndfile's own conversion takes several times as long.
    whole = sound.subtype == "PCM_16"
    n = 0
    while n < wanted:
        count = int(min(block_frames, wanted - n))
        block = sound.read(count, dtype="int16" if whole else "float32", always_2d=True)
        if not len(block):
            return
        n += len(block)
        yield to_float(block) if whole else block


def mono_blocks(
    sound: Any, offset: float, duration: float | None, max_duration: float | None, channel: str | int
) -> Iterator[np.ndarray]:
    """Yield the wanted part of an open file as mono arrays."""
    limit = math.inf if max_duration is None else int(max_duration * sound.samplerate)
    n = 0
    for block in blocks(sound, offset, duration):
        n += len(block)
        check_length(n, limit, max_duration)
        yield mix(block.T, channel)
