"""One open store: looking up, claiming, storing."""

from __future__ import annotations

import hashlib
import os
import struct
import threading
import time
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.store._database import StoreError, as_store_errors
from skaudio.store._owner import Owner, is_alive

_DAY = 86400


class Entry(NamedTuple):
    """What is to be stored of a clip."""

    clip: bytes  # key of the clip and the way it is read
    part: bytes  # key of what the values are
    values: np.ndarray  # float32, of shape (n_values,)
    n_frames: int  # that were read of the clip
    rate: float  # of the clip itself, in Hz
    peak: float
    lost: bool  # whether the clip is not whole


def store_key(identity: bytes, fingerprint: bytes) -> bytes:
    """Return the key of a clip and the way it is read."""
    return hashlib.blake2b(identity + fingerprint, digest_size=16).digest()


class StoreSession:
    """One open store, for one piece of work; safe to use from several threads.

    Its methods raise StoreError where the file cannot be used, be it full, damaged or gone.
    """

    def __init__(self, connection: sqlite3.Connection, owners: str, *, read_only: bool = False) -> None:
        self._connection = connection
        self.read_only = read_only  # then nothing is written, and every claim is granted
        self._lock = threading.RLock()
        self._owners = owners
        self._owner: Owner | None = None

    def look_up(
        self, clips: Sequence[bytes], sizes: Mapping[bytes, int]
    ) -> dict[bytes, tuple[list[bytes], np.ndarray]]:
        """Return what is stored of `clips`, and count it as used today.

        `sizes` gives the number of values of each part that is asked for. Of each part come back the clips that have
        it, and their entries in the same order: a structured array with the fields of `entry_type`.
        """
        found: dict[bytes, tuple[list[bytes], list[bytes]]] = {part: ([], []) for part in sizes}
        stale, today = [], int(time.time() // _DAY)
        with self._lock, as_store_errors():
            query = (
                f"SELECT clip, part, used, data FROM features WHERE clip IN ({_marks(clips)}) "
                f"AND part IN ({_marks(sizes)})"
            )
            for clip, part, used, data in self._connection.execute(query, [*clips, *sizes]):
                names, entries = found[part]
                names.append(clip)
                entries.append(data)
                if used < today:
                    stale.append((today, clip, part))
            if stale and not self.read_only:
                with transaction(self._connection):
                    self._connection.executemany("UPDATE features SET used = ? WHERE clip = ? AND part = ?", stale)
        return {part: (names, _unpack(entries, sizes[part])) for part, (names, entries) in found.items()}

    def digests(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the hash of each file that is noted in the very state that `files` gives for it."""
        found = {}
        states = {_path_key(path): (path, state) for path, state in files.items()}
        with self._lock, as_store_errors():
            query = f"SELECT path, state, digest FROM files WHERE path IN ({_marks(states)})"
            for key, state, digest in self._connection.execute(query, list(states)):
                path, wanted = states[key]
                if state == wanted:
                    found[path] = digest
        return found

    def note_files(self, files: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Note path, state and hash of files."""
        if self.read_only:
            return
        rows = [(_path_key(path), state, digest) for path, state, digest in files]
        with self._lock, as_store_errors(), transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    def claim(self, wanted: Mapping[bytes, Sequence[bytes]], limit: int) -> list[bytes]:
        """Claim up to `limit` clips, in their order, that lack something and that nobody alive has claimed.

        `wanted` gives the parts that each clip lacks. A claim counts as an extraction at once, since its owner goes on
        to decode; `finish` and `end` take back those that were not decoded.
        """
        if self.read_only:
            return list(wanted)[:limit]
        with self._lock, as_store_errors():
            if self._owner is None:
                self._owner = Owner(self._owners)
            with transaction(self._connection):
                clips = list(wanted)
                query = f"SELECT clip, part FROM features WHERE clip IN ({_marks(clips)})"
                stored = set(self._connection.execute(query, clips))
                query = f"SELECT clip, owner FROM claims WHERE clip IN ({_marks(clips)})"
                alive = {self._owner.name: True}
                taken = set()
                for clip, owner in self._connection.execute(query, clips):
                    if owner not in alive:
                        alive[owner] = is_alive(self._owners, owner)
                    if alive[owner]:
                        taken.add(clip)
                lacking = (clip for clip, parts in wanted.items() if not stored.issuperset((clip, p) for p in parts))
                claimed = [clip for clip in lacking if clip not in taken][:limit]
                rows = [(clip, self._owner.name) for clip in claimed]
                self._connection.executemany("INSERT OR REPLACE INTO claims VALUES (?, ?)", rows)
                self._add("extractions", len(claimed))
            return claimed

    def finish(self, entries: Iterable[Entry], claims: Sequence[bytes], n_decoded: int) -> None:
        """Store entries, and give up the claims on some clips, of which `n_decoded` were decoded."""
        if self.read_only:
            return
        today = int(time.time() // _DAY)
        rows = [(entry.clip, entry.part, today, _pack(entry)) for entry in entries]
        with self._lock, as_store_errors(), transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)", rows)
            self._connection.executemany("DELETE FROM claims WHERE clip = ?", [(clip,) for clip in claims])
            self._add("extractions", n_decoded - len(claims))

    def count(self, **numbers: int) -> None:
        """Add to the counts ``hits`` and ``misses``."""
        if self.read_only:
            return
        with self._lock, as_store_errors(), transaction(self._connection):
            for name, number in numbers.items():
                self._add(name, number)

    def _add(self, name: str, number: int) -> None:
        if number:
            self._connection.execute(
                "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                (name, number),
            )

    def end(self) -> None:
        """Give up what is claimed and not finished."""
        with self._lock:
            if self._owner is None:
                return
            with suppress(StoreError), as_store_errors(), transaction(self._connection):
                given_up = self._connection.execute("DELETE FROM claims WHERE owner = ?", (self._owner.name,))
                self._add("extractions", -given_up.rowcount)
            self._owner.release()
            self._owner = None


def _path_key(path: str) -> bytes:
    return hashlib.blake2b(os.fsencode(path), digest_size=16).digest()


def _marks(values: Collection[bytes]) -> str:
    return ",".join("?" * len(values))


def entry_type(n_values: int) -> np.dtype:
    """Return the form in which a part of `n_values` is stored, a checksum of the rest first."""
    of_clip = [("n_frames", "<i8"), ("rate", "<f8"), ("peak", "<f8"), ("lost", "<i4")]
    return np.dtype([("checksum", "<u4"), *of_clip, ("values", "<f4", (n_values,))])


def _pack(entry: Entry) -> bytes:
    data = (
        struct.pack("<qddi", entry.n_frames, entry.rate, entry.peak, entry.lost)
        + np.ascontiguousarray(entry.values, "<f4").tobytes()
    )
    return zlib.crc32(data).to_bytes(4, "little") + data


def _unpack(entries: list[bytes], n_values: int) -> np.ndarray:
    form = entry_type(n_values)
    if all(len(data) == form.itemsize for data in entries):
        table = np.frombuffer(b"".join(entries), form)
        if table["checksum"].tolist() == [zlib.crc32(memoryview(data)[4:]) for data in entries]:
            return table
    raise StoreError("the file is damaged (an entry does not match its checksum); delete it, and it is made anew")
