"""One open store: looking up, claiming, storing."""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np

from skaudio.store._database import StoreError, as_store_errors, transaction
from skaudio.store._owner import Owner, is_alive

_DAY = 86400


class StoreSession:
    """One open store, for one piece of work; safe to use from several threads.

    Its methods raise StoreError where the file cannot be used, be it full, damaged or gone.
    """

    def __init__(self, connection: sqlite3.Connection, owners: str) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._owners = owners
        self._owner: Owner | None = None

    def look_up(self, keys: Sequence[bytes], n_values: int) -> dict[bytes, np.ndarray]:
        """Return what is stored under `keys`, as float32 arrays of `n_values`, and count it as used today.

        SQLite takes some thousands of keys at once; `keys` are given in parts.
        """
        found: dict[bytes, np.ndarray] = {}
        stale, today = [], int(time.time() // _DAY)
        with self._lock, as_store_errors():
            marks = ",".join("?" * len(keys))
            query = f"SELECT key, used, data FROM features WHERE key IN ({marks})"
            for key, used, data in self._connection.execute(query, keys):
                found[key] = _unpack(data, n_values)
                if used < today:
                    stale.append((today, key))
            if stale:
                with transaction(self._connection):
                    self._connection.executemany("UPDATE features SET used = ? WHERE key = ?", stale)
        return found

    def claim(self, keys: Sequence[bytes], limit: int) -> list[bytes]:
        """Claim up to `limit` of `keys` that are neither stored nor claimed by somebody alive, in their order.

        They are counted as extractions: who claims goes on to decode.
        """
        with self._lock, as_store_errors():
            if self._owner is None:
                self._owner = Owner(self._owners)
            with transaction(self._connection):
                marks = ",".join("?" * len(keys))
                stored = self._connection.execute(f"SELECT key FROM features WHERE key IN ({marks})", keys)
                taken = {key for (key,) in stored}
                claims = self._connection.execute(f"SELECT key, owner FROM claims WHERE key IN ({marks})", keys)
                alive = {self._owner.name: True}
                for key, owner in claims:
                    if owner not in alive:
                        alive[owner] = is_alive(self._owners, owner)
                    if alive[owner]:
                        taken.add(key)
                claimed = [key for key in keys if key not in taken][:limit]
                rows = [(key, self._owner.name) for key in claimed]
                self._connection.executemany("INSERT OR REPLACE INTO claims VALUES (?, ?)", rows)
                self._add("extractions", len(claimed))
            return claimed

    def finish(self, entries: Iterable[tuple[bytes, np.ndarray]], keys: Sequence[bytes], n_decoded: int) -> None:
        """Store ``(key, values)`` entries, and give up the claims on `keys`, of which `n_decoded` were decoded."""
        today = int(time.time() // _DAY)
        rows = [(key, today, _pack(values)) for key, values in entries]
        with self._lock, as_store_errors(), transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)
            self._connection.executemany("DELETE FROM claims WHERE key = ?", [(key,) for key in keys])
            self._add("extractions", n_decoded - len(keys))

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


def _pack(values: np.ndarray) -> bytes:
    data = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return zlib.crc32(data).to_bytes(4, "little") + data


def _unpack(data: bytes, n_values: int) -> np.ndarray:
    if len(data) != 4 + 4 * n_values or zlib.crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        raise StoreError("the file is damaged (an entry does not match its checksum); delete it, and it is made anew")
    return np.frombuffer(data, "<f4", offset=4).astype(np.float32, copy=False)
