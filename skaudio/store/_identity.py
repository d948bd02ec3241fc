"""What a clip is known by."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import numpy as np


def clip_identity(clip: Any) -> bytes | None:
    """Return what a clip is known by, or None where its file is not to be found.

    A file's path (not resolved), size and time of change; of a clip in memory a hash of its content.
    """
    if isinstance(clip, tuple) and len(clip) == 3:
        file = clip_identity(clip[0])
        return None if file is None else file + repr(clip[1:]).encode()
    if isinstance(clip, (str, os.PathLike)):
        try:
            path = os.path.abspath(os.fspath(clip))
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        return os.fsencode(path) + f"|{status.st_size}|{status.st_mtime_ns}".encode()
    content = hashlib.blake2b(digest_size=16)
    if isinstance(clip, (bytes, bytearray, memoryview)):
        content.update(b"bytes")
        content.update(clip)
    else:
        samples, rate = clip if isinstance(clip, tuple) and len(clip) == 2 else (clip, None)
        try:
            samples = np.ascontiguousarray(samples)
        except ValueError:
            return None
        if samples.dtype.kind not in "biuf":
            return None
        content.update(f"{samples.dtype.str}{samples.shape}{rate!r}".encode())
        content.update(samples)
    return content.digest()


def store_key(identity: bytes, fingerprint: bytes) -> bytes:
    """Return the key of a clip under one set of parameters."""
    return hashlib.blake2b(identity + fingerprint, digest_size=16).digest()
