"""Hashes of files, remembered by a process: a file is unchanged while its size, times, inode and device are."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from typing import NamedTuple

_BLOCK = 1 << 20  # bytes
_FRESH = 2_000_000_000  # ns in which a file may be written again and have the same times: some systems count by 2 s
_MOST = 1 << 18  # files that are remembered, some 50 MB


class Status(NamedTuple):
    """The state of a file: another one once the file is renamed, replaced, restored with its old times, or written."""

    device: int
    inode: int
    size: int
    modified: int  # ns
    changed: int  # ns; of its name, its rights or its content

    def encoded(self) -> bytes:
        """Return it as bytes, for a table."""
        return repr(tuple(self)).encode()


_known: dict[str, tuple[Status, bytes]] = {}  # in this process, by absolute path


def status_of(path: str | os.PathLike[str]) -> tuple[str, Status] | None:
    """Return a file's absolute path, in which links are left, and the state of what it leads to; None without one."""
    try:
        place = os.path.abspath(os.fspath(path))
        found = os.stat(place)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):  # a device has no end
        return None
    return place, Status(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def digest_of(path: str | os.PathLike[str]) -> bytes | None:
    """Return a hash of a file's bytes; None where it cannot be read, or changes meanwhile."""
    found = status_of(path)
    if found is None:
        return None
    place, status = found
    kept = _known.get(place)
    if kept is not None and kept[0] == status:
        return kept[1]
    digest = _hashed(place)
    if digest is None or status_of(place) != found:
        return None
    if time.time_ns() - max(status.modified, status.changed) > _FRESH:
        remember(place, status, digest)
    return digest


def known_digest(path: str | os.PathLike[str]) -> tuple[str, Status, bytes] | None:
    """Return path, state and hash of a file whose hash is remembered and still holds; None else."""
    found = status_of(path)
    if found is None:
        return None
    kept = _known.get(found[0])
    return (*found, kept[1]) if kept is not None and kept[0] == found[1] else None


def remember(place: str, status: Status, digest: bytes) -> None:
    """Remember the hash of a file in one state."""
    while len(_known) >= _MOST:
        try:
            _known.pop(next(iter(_known)))
        except (KeyError, RuntimeError, StopIteration):  # another thread does the same
            break
    _known[place] = status, digest


def _hashed(place: str) -> bytes | None:
    digest = hashlib.blake2b(digest_size=16)
    try:
        descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            while block := os.read(descriptor, _BLOCK):
                digest.update(block)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return digest.digest()
