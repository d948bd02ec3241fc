"""The store as its users see it: a path, what is in it, and how to make it smaller."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from skaudio._sqlite import sqlite3
from skaudio.store._database import (
    StoreError,
    as_store_errors,
    cannot_be_written,
    is_marked_ours,
    lacks_room,
    open_store,
    open_store_alone,
    open_store_to_read,
)
from skaudio.store._owner import HAS_FLOCK, OWNERS_SUFFIX
from skaudio.store._session import StoreSession


class FeatureStore:
    """Features on disk, one entry a clip.

    Parameters
    ----------
    path : str, PathLike or None, default=None
        The file; it and its folder are made when first written to. None is ``skaudio/features.sqlite`` in the user's
        cache folder. While it is in use, there are a ``-wal`` and a ``-shm`` file and a folder ``-owners`` beside it.

    Notes
    -----
    A clip is known by its content, together with all parameters that change the numbers: a file that is renamed,
    copied or restored is found, one that changes is extracted anew. What a file holds is hashed once, and again when
    its size, its times, its inode or its device are others. Failures are not stored.

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
            ``path``; ``clips``, the number of clips stored (once for each way of reading
            them: rate, part, channel); ``bytes`` on disk; how many clips were asked for and there (``hits``) or not
            (``misses``); and ``extractions``, how many times a clip was decoded for the store.

        Raises
        ------
        StoreError
            If the file cannot be read, or is not a store.
        """
        path = self.file
        info = {"path": path, "clips": 0, "bytes": 0, "hits": 0, "misses": 0, "extractions": 0}
        if not os.path.exists(path):
            return info
        try:
            with (open_store_to_read if cannot_be_written(path) else open_store)(path) as connection:
                info |= _counts(connection)
        except StoreError as error:
            if not lacks_room(error):
                raise
            with open_store_to_read(path) as connection:
                info |= _counts(connection)
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
        path = self.file
        if not os.path.exists(path):
            return 0
        try:
            with open_store(path) as connection:
                return _shrink(connection, max_bytes)
        except StoreError as error:
            if not lacks_room(error):
                raise
            with open_store_alone(path) as connection:
                return _shrink(connection, max_bytes)

    def clear(self) -> None:
        """Forget all clips and counts.

        Raises
        ------
        StoreError
            If the file cannot be written, or is not a store.
        """
        path = self.file
        if not os.path.exists(path):
            return
        try:
            with open_store(path) as connection:
                for table in ("features", "files", "claims", "counts"):
                    connection.execute(f"DELETE FROM {table}")
                connection.execute("VACUUM")
                _empty_the_log(connection)
        except StoreError as error:
            if not lacks_room(error) or not is_marked_ours(path):
                raise
            _remove(path)  # a file that is gone needs no room; who has it open goes on with what is left of it

    @contextmanager
    def session(self) -> Iterator[StoreSession]:
        """Open the store for one piece of work; a store that cannot be written serves what it holds.

        Yields
        ------
        StoreSession
            What reads and writes it.

        Raises
        ------
        StoreError
            If the file cannot be opened, or is not a store.
        """
        if not HAS_FLOCK:
            raise StoreError("file locks (flock) are missing on this platform")
        path = self.file
        if cannot_be_written(path):
            with open_store_to_read(path) as connection:
                yield StoreSession(connection, "", read_only=True)
            return
        with as_store_errors():
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open_store(path) as connection:
            session = StoreSession(connection, path + OWNERS_SUFFIX)
            try:
                yield session
            finally:
                session.end()

    @property
    def file(self) -> str:
        """The file's absolute path."""
        if self.path is not None:
            return os.path.abspath(os.path.expanduser(os.fspath(self.path)))
        import pooch

        return os.path.join(str(pooch.os_cache("skaudio")), "features.sqlite")


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    (n,) = connection.execute("SELECT count(DISTINCT clip) FROM features").fetchone()
    return {"clips": n, **dict(connection.execute("SELECT name, value FROM counts").fetchall())}


def _shrink(connection: sqlite3.Connection, max_bytes: int) -> int:
    """Forget what was not used for longest, until the file is small enough, and return how many clips that was."""
    forgotten = 0
    with as_store_errors():
        connection.execute("DELETE FROM files")  # their hashes are soon made again
        measure = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        while True:
            _empty_the_log(connection)
            (size,) = connection.execute(measure).fetchone()  # the file itself shrinks once nobody reads it any more
            (n,) = connection.execute("SELECT count(DISTINCT clip) FROM features").fetchone()
            if size <= max_bytes or not n:
                return forgotten
            share = max(1, min(n, round(n * (size - max_bytes) / size)))
            oldest = "SELECT clip FROM features GROUP BY clip ORDER BY max(used), min(rowid) LIMIT ?"
            connection.execute(f"DELETE FROM features WHERE clip IN ({oldest})", (share,))
            connection.execute("VACUUM")
            forgotten += share


def _empty_the_log(connection: sqlite3.Connection) -> None:
    """Move what is in the ``-wal`` file to the store's own, unless somebody reads it: nobody is waited for."""
    (timeout,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute(f"PRAGMA busy_timeout = {timeout}")


def _remove(path: str) -> None:
    for name in (path, path + "-wal", path + "-shm"):
        with as_store_errors(), suppress(FileNotFoundError):
            os.unlink(name)


def store_of(cache: bool | str | os.PathLike[str] | FeatureStore | None) -> FeatureStore | None:
    """Return the store that a parameter `cache` names: that of the user for True, none for False and None."""
    if isinstance(cache, (bool, np.bool_)):
        return FeatureStore() if cache else None
    return cache if cache is None or isinstance(cache, FeatureStore) else FeatureStore(cache)
