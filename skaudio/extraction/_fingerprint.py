"""What features are stored under: a hash of what they give for a fixed signal, so that no version need be counted.

Whatever changes the numbers of a clip changes those of the signal, be it a constant in this package, another version
of a library or another processor. The parameters are hashed beside them, since not every one shows in one signal, and
the versions of the libraries that decode, since the signal is of one encoding.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from functools import lru_cache

import numpy as np

from skaudio.clips import Reader, as_clip
from skaudio.dsp import fft_fingerprint
from skaudio.exceptions import AudioReadError
from skaudio.extraction._recipe import Recipe
from skaudio.extraction._step import Feature

_RATE = 44100


def reader_fingerprint(reader: Reader) -> bytes:
    """Return what clips read by `reader` are known by."""
    return hashlib.blake2b(reader.what_changes_numbers().encode(), digest_size=16).digest()


def fingerprint(reader: Reader, feature: Feature) -> bytes:
    """Return what a feature of clips read by `reader` is stored under."""
    # The signal is read whole, since its length is fixed. Which part of a clip is read is hashed too, in the text of
    # `what_changes_numbers`.
    channel = reader.channel if isinstance(reader.channel, str) else 0
    whole = replace(reader, offset=0.0, duration=None, max_duration=None, channel=channel)
    # The FFT of this thread and moment: scipy's backend can be another one in the next.
    return _fingerprint(reader.what_changes_numbers(), whole, feature, fft_fingerprint())


@lru_cache(maxsize=256)
def _fingerprint(text: str, reader: Reader, feature: Feature, fft: bytes) -> bytes:
    digest = hashlib.blake2b(f"{text} {feature!r}".encode() + fft, digest_size=16)
    try:
        for signal in _signals():
            (row,) = Recipe(reader, (feature,))(as_clip(signal), lambda: None).rows
            digest.update(row.tobytes())
    except AudioReadError as error:  # a frame longer than the signal
        digest.update(error.reason.encode())
    return digest.digest()


@lru_cache(maxsize=1)
def _signals() -> tuple[bytes, bytes]:
    """Return a 16-bit stereo WAV file of 1.5 s, loud and quiet: noise that fades, a rising tone, silence, clicks.

    In whole numbers, so that it is the same everywhere. Decibels have a floor that only the quiet one comes near.
    """
    n = np.arange(3 * _RATE // 2)
    noise = ((n * 1103515245 + 12345) >> 8) % 65536 - 32768
    noise = noise * (len(n) - n) // len(n)
    tone = ((n * n // 400) % 65536 - 32768) // 2
    stereo = np.stack([noise, tone], axis=1)
    stereo[_RATE : 5 * _RATE // 4] = 0
    stereo[5 * _RATE // 4 :] //= 256
    stereo[_RATE * 5 // 4 :: 999] = 32767
    return _wav(stereo), _wav(stereo // 4096)


def _wav(stereo: np.ndarray) -> bytes:
    samples = stereo.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, _RATE, 4 * _RATE, 4, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(samples), b"WAVE")
        + form
        + struct.pack("<4sI", b"data", len(samples))
        + samples
    )
