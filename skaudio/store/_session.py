"""One open store: looking up, claiming, storing."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
import threading
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from skaudio.store._database import StoreError, as_store_errors, transaction
from skaudio.store._owner import Owner, is_alive

_DAY = 86400
_MANY = 5000  # keys of one statement; SQLite takes some thousands
_LENGTH = struct.Struct("<qd")


class Entry(NamedTuple):
    """What is stored of a clip under one key."""

    values: np.ndarray  # float32, of shape (n_values,)
    n_frames: int  # that were read of the clip
    rate: float  # its own, in Hz


def store_key(identity: bytes, fingerprint: bytes) -> bytes:
    """Return the key of a clip under one set of parameters."""
    return hashlib.blake2b(identity + fingerprint, digest_size=16).digest()


class StoreSession:
    """One open store, for one piece of work; safe to use from several threads.

    Its methods raise StoreError where the file cannot be used, be it full, damaged or gone.
    """

    def __init__(self, connection: sqlite3.Connection, owners: str) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._owners = owners
        self._owner: Owner | None = None

    def look_up(self, sizes: Mapping[bytes, int]) -> dict[bytes, Entry]:
        """Return what is stored under the keys of `sizes`, which says how many values each has; it counts as used."""
        found: dict[bytes, Entry] = {}
        stale, today = [], int(time.time() // _DAY)
        keys = list(sizes)
        with self._lock, as_store_errors():
            for start in range(0, len(keys), _MANY):
                some = keys[start : start + _MANY]
                query = f"SELECT key, used, data FROM features WHERE key IN ({_marks(some)})"
                for key, used, data in self._connection.execute(query, some):
                    found[key] = _unpack(data, sizes[key])
                    if used < today:
                        stale.append((today, key))
            if stale:
                with transaction(self._connection):
                    self._connection.executemany("UPDATE features SET used = ? WHERE key = ?", stale)
        return found

    def claim(self, wanted: Mapping[bytes, Sequence[bytes]], limit: int) -> list[bytes]:
        """Claim up to `limit` clips, in their order, that lack something and that nobody alive has claimed.

        `wanted` gives for each clip's key those of the features it lacks. What is claimed counts as extracted: who
        claims goes on to decode.
        """
        with self._lock, as_store_errors():
            if self._owner is None:
                self._owner = Owner(self._owners)
            with transaction(self._connection):
                features = [key for keys in wanted.values() for key in keys]
                query = f"SELECT key FROM features WHERE key IN ({_marks(features)})"
                stored = {key for (key,) in self._connection.execute(query, features)}
                clips = list(wanted)
                query = f"SELECT key, owner FROM claims WHERE key IN ({_marks(clips)})"
                alive = {self._owner.name: True}
                taken = set()
                for key, owner in self._connection.execute(query, clips):
                    if owner not in alive:
                        alive[owner] = is_alive(self._owners, owner)
                    if alive[owner]:
                        taken.add(key)
                free = [key for key, keys in wanted.items() if key not in taken and not stored.issuperset(keys)]
                claimed = free[:limit]
                rows = [(key, self._owner.name) for key in claimed]
                self._connection.executemany("INSERT OR REPLACE INTO claims VALUES (?, ?)", rows)
                self._add("extractions", len(claimed))
            return claimed

    def finish(self, entries: Iterable[tuple[bytes, bytes, Entry]], claims: Sequence[bytes], n_decoded: int) -> None:
        """Store ``(key, key of the clip, entry)``, and give up `claims`, of which `n_decoded` were decoded."""
        today = int(time.time() // _DAY)
        rows = [(key, clip, today, _pack(entry)) for key, clip, entry in entries]
        with self._lock, as_store_errors(), transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)", rows)
            self._connection.executemany("DELETE FROM claims WHERE key = ?", [(key,) for key in claims])
            self._add("extractions", n_decoded - len(claims))

    def count(self, **numbers: int) -> None:
        """Add to the counts ``hits`` and ``misses``."""
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


def _marks(values: Sequence[bytes]) -> str:
    return ",".join("?" * len(values))


def _pack(entry: Entry) -> bytes:
    data = _LENGTH.pack(entry.n_frames, entry.rate) + np.ascontiguousarray(entry.values, dtype="<f4").tobytes()
    return zlib.crc32(data).to_bytes(4, "little") + data


def _unpack(data: bytes, n_values: int) -> Entry:
    start = 4 + _LENGTH.size
    if len(data) != start + 4 * n_values or zlib.crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        raise StoreError("the file is damaged (an entry does not match its checksum); delete it, and it is made anew")
    values = np.frombuffer(data, "<f4", offset=start).astype(np.float32, copy=False)
    return Entry(values, *_LENGTH.unpack_from(data, 4))
