"""Sounds for a browser: the file as it is where browsers play it, and WAV where they do not."""

from __future__ import annotations

import io
import os
import struct
from collections import OrderedDict
from threading import Lock
from typing import Any

import numpy as np

from skaudio.clips import load_audio
from skaudio.exceptions import AudioReadError

_PLAYED = {  # by the decoder's names of format and encoding
    ("WAV", "PCM_16"): "audio/wav",
    ("WAV", "PCM_24"): "audio/wav",
    ("WAV", "PCM_U8"): "audio/wav",
    ("WAV", "FLOAT"): "audio/wav",
    ("WAVEX", "PCM_16"): "audio/wav",
    ("FLAC", "PCM_16"): "audio/flac",
    ("FLAC", "PCM_24"): "audio/flac",
    ("OGG", "VORBIS"): "audio/ogg",
    ("OGG", "OPUS"): "audio/ogg",
    ("MP3", "MPEG_LAYER_III"): "audio/mpeg",
}
_MOST_CHANNELS = 2
_MOST_BYTES = 64_000_000  # of converted sounds that are kept in memory
_LONGEST = 600.0  # seconds of a sound that are converted


def played_as(path: str) -> str | None:
    """Return the type under which browsers play a file as it is; None where they do not."""
    import soundfile

    try:
        with open(path, "rb") as file:
            found = soundfile.info(file)
    except (soundfile.SoundFileError, OSError, ValueError, TypeError):
        return None
    if found.channels > _MOST_CHANNELS:
        return None
    return _PLAYED.get((found.format, found.subtype))


def is_inside(path: str, folders: list[str]) -> bool:
    """Tell whether a file lies in one of some folders, once all links are followed."""
    real = os.path.realpath(path)
    return any(real.startswith(os.path.join(os.path.realpath(folder), "")) for folder in folders)


class Converted:
    """Sounds as WAV: each is made when it is asked for, and the latest are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, bytes] = OrderedDict()
        self._lock = Lock()

    def wav(self, path: str, start: float, duration: float | None) -> bytes:
        """Return a sound as 16-bit mono WAV of its own rate.

        Raises
        ------
        AudioReadError
            If it cannot be read.
        """
        try:
            key = path, start, duration, os.stat(path).st_mtime_ns
        except OSError as error:
            raise AudioReadError(str(error.strerror), path, None, error) from error
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        duration = _LONGEST if duration is None else min(duration, _LONGEST)
        samples, rate = load_audio(path, sample_rate=None, offset=start, duration=duration)
        content = as_wav(samples, rate)
        with self._lock:
            self._kept[key] = content
            while sum(map(len, self._kept.values())) > _MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return content


def as_wav(samples: np.ndarray, rate: float) -> bytes:
    """Return samples as the content of a 16-bit mono WAV file."""
    data = np.asarray(np.clip(np.round(32767 * samples), -32768, 32767), "<i2").tobytes()
    rate = round(rate)
    file = io.BytesIO()
    file.write(
        struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    )
    file.write(struct.pack("<4sI", b"data", len(data)) + data)
    return file.getvalue()
