"""The SQLite file: opened, made, told from other files; its errors in the store's own words."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction

_VERSION = 3
_APPLICATION = 0x736B6175  # "skau", in the file's header: other SQLite files are not ours
_MARK_AT = 68  # byte of the application's number in SQLite's header
_MAGIC = b"SQLite format 3\0"
_BUSY_SECONDS = 60.0
_RETRY_SECONDS = 0.01

_SCHEMA = """
CREATE TABLE IF NOT EXISTS features
    (clip BLOB NOT NULL, part BLOB NOT NULL, used INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (clip, part));
CREATE TABLE IF NOT EXISTS claims (clip BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, state BLOB NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class StoreError(OSError):
    """A store that cannot be used: damaged, full, read-only, of a newer version, or no store at all."""


@contextmanager
def open_store(path: str) -> Iterator[sqlite3.Connection]:
    """Open a store's file, or make it; StoreError says why that cannot be."""
    if os.path.isdir(path):
        raise StoreError(f"{path!r} is a folder; the store is a file")
    if not _may_be_a_store(path):
        raise StoreError(f"{path!r} is no store, and left as it is; the store is an SQLite file")
    with as_store_errors():
        # SQLite itself makes files that nobody else may write, whatever the umask says.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o666))
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        with as_store_errors():
            _prepare(connection, path)
        yield connection
    except sqlite3.Error as error:
        raise StoreError(_describe(error)) from error
    finally:
        connection.close()


@contextmanager
def open_store_to_read(path: str) -> Iterator[sqlite3.Connection]:
    """Open a store's file that cannot be written, to read what is in it."""
    for options in ("mode=ro", "mode=ro&immutable=1"):  # the latter where not even a file beside it can be made
        uri = f"{Path(path).as_uri()}?{options}"
        try:
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError:
            continue
        try:
            if not _is_ours(connection, path):
                raise StoreError(f"{path!r} is of an older version, and cannot be written")
        except sqlite3.OperationalError:
            connection.close()
            continue
        _let_owner_write(path)
        try:
            yield connection
        finally:
            connection.close()
        return
    raise StoreError(f"{path!r} can neither be written nor read")


def _let_owner_write(path: str) -> None:
    """Let the store's owner write its ``-wal`` and ``-shm`` files if this process, which only reads, made them."""
    for beside in (f"{path}-wal", f"{path}-shm"):
        with suppress(OSError):
            if os.stat(beside).st_uid != os.stat(path).st_uid:
                os.chmod(beside, 0o666)


@contextmanager
def open_store_alone(path: str) -> Iterator[sqlite3.Connection]:
    """Open a store's file exclusively, without files beside it, for which a full disk has no room."""
    with as_store_errors():
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        with as_store_errors():
            for setting in ("locking_mode = EXCLUSIVE", "temp_store = MEMORY", "journal_mode = MEMORY"):
                connection.execute(f"PRAGMA {setting}")
            if not _is_ours(connection, path):
                raise StoreError(f"{path!r} is of an older version")
        yield connection
    finally:
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.close()


def lacks_room(error: StoreError) -> bool:
    """Tell whether an error comes from a full disk: SQLite says so, or cannot make the files beside the store."""
    return "full" in str(error) or "disk I/O" in str(error)


def _may_be_a_store(path: str) -> bool:
    """Tell whether a file is empty or not there, or begins as SQLite's do."""
    try:
        with open(path, "rb") as file:
            return file.read(len(_MAGIC)) in (b"", _MAGIC)
    except OSError:
        return True  # what is wrong with it, SQLite says


def is_marked_ours(path: str) -> bool:
    """Tell whether a file bears the store's mark, read without SQLite, which needs room for it."""
    with as_store_errors(), open(path, "rb") as file:
        head = file.read(_MARK_AT + 4)
    return head.startswith(_MAGIC) and head[_MARK_AT:] == _APPLICATION.to_bytes(4, "big")


def cannot_be_written(path: str) -> bool:
    """Tell whether a store's file exists, and this process may not write to the file or to its folder."""
    if not os.path.isfile(path):
        return False
    return not (os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK))


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    """See that the file is a store of ours, and make it one where it is new."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while not _is_ours(connection, path):
        try:
            # SQLite takes this outside of a transaction alone, and does not wait for other processes here.
            connection.execute("PRAGMA journal_mode = WAL")
            with transaction(connection):
                if not _is_ours(connection, path):  # nobody else was first
                    for table in ("features", "claims"):  # an older version's, whose keys are not ours
                        connection.execute(f"DROP TABLE IF EXISTS {table}")
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
    """Tell whether the file is a store of this version; a new file and a store of an older version are not.

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
def as_store_errors() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError(_describe(error)) from error


def _describe(error: Exception) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return f"the file is damaged ({text}); delete it, and it is made anew"
    return text
