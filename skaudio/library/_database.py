"""The library's file: SQLite, its schema by version, and connections that live as long as one piece of work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.exceptions import LibraryError

_APPLICATION = 0x736B6C62  # "sklb", in the file's header
_BUSY_SECONDS = 60.0

# The entry at position k brings a file of version k to version k + 1. No entry is changed after its release.
_MIGRATIONS = [
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE folders (
        id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, pattern TEXT, is_followed INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE makers (id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, versions TEXT NOT NULL);
    CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE, folder INTEGER NOT NULL REFERENCES folders,
        size INTEGER NOT NULL, modified INTEGER NOT NULL, digest BLOB, maker INTEGER NOT NULL REFERENCES makers,
        state TEXT NOT NULL CHECK (state IN ('heard', 'unreadable', 'gone')), error TEXT,
        seconds REAL, sample_rate REAL, recording TEXT, weak_label TEXT, category TEXT, added TEXT NOT NULL
    );
    CREATE INDEX files_by_digest ON files (digest);
    CREATE TABLE sounds (
        id INTEGER PRIMARY KEY AUTOINCREMENT, file INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
        start REAL NOT NULL, end REAL NOT NULL, is_part INTEGER NOT NULL, UNIQUE (file, start)
    );
    CREATE TABLE vectors (
        sound INTEGER PRIMARY KEY REFERENCES sounds ON DELETE CASCADE, data BLOB NOT NULL,
        pushed INTEGER NOT NULL DEFAULT 0  -- 0: an engine has no point of it, 1: this one, 2: an earlier one
    );
    CREATE TABLE dropped (sound INTEGER PRIMARY KEY);
    CREATE TABLE tags (
        sound INTEGER NOT NULL REFERENCES sounds ON DELETE CASCADE, tag TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (sound, tag)
    ) WITHOUT ROWID;
    CREATE TABLE labels (
        id INTEGER PRIMARY KEY AUTOINCREMENT, sound INTEGER NOT NULL REFERENCES sounds ON DELETE CASCADE,
        label TEXT NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('positive', 'negative', 'unsure', 'withdrawn')),
        who TEXT NOT NULL, at TEXT NOT NULL
    );
    CREATE INDEX labels_by_sound ON labels (sound);
    CREATE TABLE predictions (
        sound INTEGER PRIMARY KEY REFERENCES sounds ON DELETE CASCADE, class TEXT NOT NULL, probability REAL NOT NULL,
        model TEXT NOT NULL, at TEXT NOT NULL
    );
    CREATE TABLE peaks (sound INTEGER PRIMARY KEY REFERENCES sounds ON DELETE CASCADE, data BLOB NOT NULL);
    CREATE TABLE positions (
        sound INTEGER PRIMARY KEY REFERENCES sounds ON DELETE CASCADE, x REAL NOT NULL, y REAL NOT NULL
    );
    CREATE TABLE categories (
        id TEXT PRIMARY KEY, category TEXT NOT NULL, subcategory TEXT NOT NULL, words TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5 (
        name, folder, tags, category, predicted, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    );
    """,
]


class Database:
    """A library's file; connections to it are opened for one piece of work, so that it may be pickled and forked.

    Parameters
    ----------
    path : str or PathLike
        The file; it is made where there is none.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(os.fspath(path))

    def make(self) -> None:
        """Make the file where there is none, and bring one of an older version up to date."""
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            raise LibraryError(f"there is no folder {folder!r} for the library {os.path.basename(self.path)!r}")
        if not os.path.exists(self.path):
            with open(self.path, "ab"):  # empty, it is a database without tables
                pass
        with self.opened():
            pass

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """Open a connection, of a file that is there."""
        if not os.path.exists(self.path):
            raise LibraryError(f"the library {self.path!r} is not there any more")
        with self._as_library_errors():
            connection = self._connect()
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                self._migrate(connection)
                yield connection
            finally:
                connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a connection and a transaction on it, which is on the disk at the end, or has not happened."""
        with self.opened() as connection:
            connection.execute("PRAGMA synchronous = FULL")
            with transaction(connection):
                yield connection

    def _connect(self) -> sqlite3.Connection:
        folder = os.path.dirname(self.path)
        if not (os.access(self.path, os.W_OK) and os.access(folder, os.W_OK)):
            uri = f"{Path(self.path).as_uri()}?mode=ro"
            with suppress(sqlite3.OperationalError):
                connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
                try:
                    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                    return connection
                except sqlite3.OperationalError:  # no file can be made beside it
                    connection.close()
            return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
        return sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = self._version(connection)
        if version == len(_MIGRATIONS):
            return
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            version = self._version(connection)  # another process may have been first
            for migration in _MIGRATIONS[version:]:
                for statement in migration.split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")

    def _version(self, connection: sqlite3.Connection) -> int:
        application, version, n_tables = connection.execute(
            "SELECT (SELECT application_id FROM pragma_application_id), "
            "(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)"
        ).fetchone()
        if application == _APPLICATION:
            if version > len(_MIGRATIONS):
                raise LibraryError(
                    f"{self.path!r} is of version {version}, of a newer skaudio; this one knows {len(_MIGRATIONS)}"
                )
            return int(version)
        if n_tables:
            raise LibraryError(f"{self.path!r} is an SQLite file of something else, and no library of sounds")
        return 0

    @contextmanager
    def _as_library_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            text = str(error)
            if "not a database" in text:
                text = "the file is no library of sounds"
            elif "malformed" in text:
                text = "the file is damaged; the SQLite command .recover may save what is in it"
            elif "fts5" in text:
                text = (
                    "SQLite has no full-text search in this process: TensorFlow was imported before sqlite3, which "
                    "took TensorFlow's own SQLite; import skaudio.library, or sqlite3, before TensorFlow"
                )
            elif "readonly" in text:
                text = "the file cannot be written"
            raise LibraryError(f"{self.path!r}: {text}") from error
