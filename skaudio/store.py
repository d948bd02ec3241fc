"""`FeatureStore`: what was extracted from each clip, kept on disk, so that no clip is extracted twice.

One SQLite file for any number of threads, processes and sessions on one machine. Who is going to extract a clip claims
it first, in the same transaction that looks whether somebody else has; so a search in many processes shares the work
rather than repeats it. A claim counts as long as its owner holds a lock on a file of its own, which the operating
system frees when the owner ends, however it ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

try:
    import fcntl
except ModuleNotFoundError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

__all__ = ["FeatureStore"]

_VERSION = 1
_APPLICATION = 0x736B6175  # "skau", in the file's header: other SQLite files are not ours
_BUSY_SECONDS = 60.0
_RETRY_SECONDS = 0.01
_MANY = 500  # keys a query
_DAY = 86400
_OWNER = re.compile(r"\d+-[0-9a-f]{16}")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS features (key BLOB PRIMARY KEY, used INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS claims (key BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class StoreError(OSError):
    """A store that cannot be used: damaged, full, read-only, of a newer version, or no store at all."""


class FeatureStore:
    """Features on disk, one entry a clip.

    Parameters
    ----------
    path : str, PathLike or None, default=None
        The file; it and its folder are made when first written to. None is ``skaudio/features.sqlite`` in the user's
        cache folder. While it is in use, there are a ``-wal`` and a ``-shm`` file and a folder ``-owners`` beside it.

    Notes
    -----
    A clip is known by its path, size and time of change, or by its content where it is in memory, together with all
    parameters that change the numbers. A file that changes is extracted anew. Failures are not stored.

    Processes may share a store, start and be killed at any time: what was finished stays, nothing is extracted twice
    but what was in work. This holds on one machine; on a network file system, whose locks are not to be relied upon,
    it is best effort. The object holds its path alone, so it can be copied, pickled and cloned.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from skaudio import MFCCTransformer
    >>> from skaudio.store import FeatureStore
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = FeatureStore(os.path.join(folder, "features.sqlite"))
    ...     clips = [np.zeros(8000, "float32"), np.ones(8000, "float32")]
    ...     for n_mfcc in (13, 20):
    ...         rows = MFCCTransformer(n_mfcc=n_mfcc, cache=store).fit_transform(clips)
    ...     info = store.info()
    >>> info["clips"], info["extractions"], info["hits"], info["misses"]
    (2, 2, 2, 2)
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})" if self.path is not None else f"{type(self).__name__}()"

    def info(self) -> dict[str, Any]:
        """Tell what is in the store, and how it was used.

        Returns
        -------
        dict
            ``path``; ``clips``, the number of clips stored (once for each set of parameters); ``bytes`` on disk; how
            many clips were asked for and there (``hits``) or not (``misses``); and ``extractions``, how many times
            a clip was decoded for the store.

        Raises
        ------
        StoreError
            If the file cannot be read, or is not a store.
        """
        path = self._file()
        info = {"path": path, "clips": 0, "bytes": 0, "hits": 0, "misses": 0, "extractions": 0}
        if os.path.exists(path):
            with _opened(path) as connection:
                (info["clips"],) = connection.execute("SELECT count(*) FROM features").fetchone()
                info |= connection.execute("SELECT name, value FROM counts").fetchall()
            info["bytes"] = sum(os.path.getsize(name) for name in (path, path + "-wal") if os.path.exists(name))
        return info

    def prune(self, max_bytes: int) -> int:
        """Forget the clips that were not used for longest, until the file is no larger than `max_bytes`.

        Parameters
        ----------
        max_bytes : int
            Size in bytes to come down to; days count, and within one the order of storing.

        Returns
        -------
        int
            How many clips were forgotten.

        Raises
        ------
        ValueError
            If `max_bytes` is negative.
        StoreError
            If the file cannot be written, or is not a store.
        """
        if max_bytes < 0:
            raise ValueError(f"max_bytes={max_bytes} must not be negative")
        path = self._file()
        if not os.path.exists(path):
            return 0
        forgotten = 0
        with _opened(path) as connection:
            while True:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                excess = os.path.getsize(path) - max_bytes
                (n,) = connection.execute("SELECT count(*) FROM features").fetchone()
                if excess <= 0 or not n:
                    return forgotten
                share = max(1, min(n, round(n * excess / os.path.getsize(path))))
                oldest = "SELECT key FROM features ORDER BY used, rowid LIMIT ?"
                connection.execute(f"DELETE FROM features WHERE key IN ({oldest})", (share,))
                connection.execute("VACUUM")
                forgotten += share

    def clear(self) -> None:
        """Forget all clips and counts.

        Raises
        ------
        StoreError
            If the file cannot be written, or is not a store.
        """
        path = self._file()
        if os.path.exists(path):
            with _opened(path) as connection:
                for table in ("features", "claims", "counts"):
                    connection.execute(f"DELETE FROM {table}")
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def session(self) -> Iterator[StoreSession]:
        """Open the store for one piece of work.

        Raises
        ------
        StoreError
            If the file cannot be opened or written, or is not a store.
        """
        if fcntl is None:
            raise StoreError("file locks (flock) are missing on this platform")
        path = self._file()
        with _as_store_errors():
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with _opened(path) as connection:
            session = StoreSession(connection, path + "-owners")
            try:
                yield session
            finally:
                session.end()

    def _file(self) -> str:
        if self.path is not None:
            return os.path.abspath(os.path.expanduser(os.fspath(self.path)))
        import pooch

        return os.path.join(str(pooch.os_cache("skaudio")), "features.sqlite")


class StoreSession:
    """One open store, for one piece of work; safe to use from several threads.

    Its methods raise StoreError where the file cannot be used, be it full, damaged or gone.
    """

    def __init__(self, connection: sqlite3.Connection, owners: str) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._owners = owners
        self._owner: _Owner | None = None

    def look_up(self, keys: Sequence[bytes], n_values: int) -> dict[bytes, np.ndarray]:
        """Return what is stored under `keys`, as float32 arrays of `n_values`, and count it as used today."""
        found: dict[bytes, np.ndarray] = {}
        stale, today = [], int(time.time() // _DAY)
        with self._lock, _as_store_errors():
            for start in range(0, len(keys), _MANY):
                part = keys[start : start + _MANY]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, used, data FROM features WHERE key IN ({marks})"
                for key, used, data in self._connection.execute(query, part):
                    found[key] = _unpack(data, n_values)
                    if used < today:
                        stale.append((today, key))
            if stale:
                with _transaction(self._connection):
                    self._connection.executemany("UPDATE features SET used = ? WHERE key = ?", stale)
        return found

    def claim(self, keys: Sequence[bytes], limit: int) -> list[bytes]:
        """Claim up to `limit` of `keys` that are neither stored nor claimed by somebody alive, in their order.

        They are counted as extractions: who claims goes on to decode.
        """
        with self._lock, _as_store_errors():
            if self._owner is None:
                self._owner = _Owner(self._owners)
            with _transaction(self._connection):
                marks = ",".join("?" * len(keys))
                stored = self._connection.execute(f"SELECT key FROM features WHERE key IN ({marks})", keys)
                taken = {key for (key,) in stored}
                claims = self._connection.execute(f"SELECT key, owner FROM claims WHERE key IN ({marks})", keys)
                alive = {self._owner.name: True}
                for key, owner in claims:
                    if owner not in alive:
                        alive[owner] = _is_alive(self._owners, owner)
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
        with self._lock, _as_store_errors(), _transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)
            self._connection.executemany("DELETE FROM claims WHERE key = ?", [(key,) for key in keys])
            self._add("extractions", n_decoded - len(keys))

    def count(self, **numbers: int) -> None:
        """Add to the counts ``hits`` and ``misses``."""
        with self._lock, _as_store_errors(), _transaction(self._connection):
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
            with suppress(StoreError), _as_store_errors(), _transaction(self._connection):
                given_up = self._connection.execute("DELETE FROM claims WHERE owner = ?", (self._owner.name,))
                self._add("extractions", -given_up.rowcount)
            self._owner.release()
            self._owner = None


class _Owner:
    """A name that counts as alive as long as this process holds the lock on its file."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        while True:
            self.name = f"{os.getpid()}-{os.urandom(8).hex()}"
            self._path = os.path.join(folder, self.name)
            os.makedirs(folder, exist_ok=True)
            try:
                _sweep(folder)
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            except FileNotFoundError:  # the last of the others took the folder away
                continue
            # flock and not lockf: its locks belong to the open file, so threads of one process are told apart.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if os.fstat(self._descriptor).st_nlink:  # nobody swept it away before it was locked
                _descriptors.add(self._descriptor)
                return
            os.close(self._descriptor)

    def release(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        _descriptors.discard(self._descriptor)
        with suppress(OSError):  # closed by a fork
            os.close(self._descriptor)
        with suppress(OSError):  # others are at work
            os.rmdir(self._folder)


_descriptors: set[int] = set()  # of the owners in this process


def _forget_owners() -> None:
    """Let a forked child not keep its parent's claims alive."""
    while _descriptors:
        os.close(_descriptors.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_owners)


def _is_alive(folder: str, owner: str) -> bool:
    try:
        descriptor = os.open(os.path.join(folder, owner), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _sweep(folder: str) -> None:
    """Remove the files of owners that were killed."""
    for name in os.listdir(folder):
        if _OWNER.fullmatch(name) and not _is_alive(folder, name):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    """Open a store's file, or make it; StoreError says why that cannot be."""
    if os.path.isdir(path):
        raise StoreError(f"{path!r} is a folder; the store is a file")
    with _as_store_errors():
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        with _as_store_errors():
            _prepare(connection, path)
        yield connection
    except sqlite3.Error as error:
        raise StoreError(_describe(error)) from error
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    """See that the file is a store of ours, and make it one where it is new."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while not _is_ours(connection, path):
        try:
            # Not in a transaction, and SQLite itself does not wait for others here.
            connection.execute("PRAGMA journal_mode = WAL")
            with _transaction(connection):
                if not _is_ours(connection, path):  # nobody else was first
                    for statement in _SCHEMA.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
                    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
    connection.execute("PRAGMA synchronous = NORMAL")


def _is_ours(connection: sqlite3.Connection, path: str) -> bool:
    """Tell whether the file is a store, or False where it is new.

    Raises
    ------
    StoreError
        If it is a store of a newer version, or something else.
    """
    # In one statement, so that it is one moment's state.
    application, version, n_tables = connection.execute(
        "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), "
        "(SELECT count(*) FROM sqlite_master)"
    ).fetchone()
    if application == _APPLICATION:
        if version > _VERSION:
            raise StoreError(f"{path!r} is of version {version}, of a newer skaudio; this one knows {_VERSION}")
        return version == _VERSION
    if n_tables:
        raise StoreError(f"{path!r} is an SQLite file of something else")
    return False


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError(_describe(error)) from error


def _describe(error: Exception) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return f"the file is damaged or no store ({text}); delete it, and it is made anew"
    return text


def _pack(values: np.ndarray) -> bytes:
    data = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return zlib.crc32(data).to_bytes(4, "little") + data


def _unpack(data: bytes, n_values: int) -> np.ndarray:
    if len(data) != 4 + 4 * n_values or zlib.crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        raise StoreError("the file is damaged (an entry does not match its checksum); delete it, and it is made anew")
    return np.frombuffer(data, "<f4", offset=4).astype(np.float32, copy=False)


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
