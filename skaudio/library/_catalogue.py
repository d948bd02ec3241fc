"""The catalogue: files, the sounds in them, and what is said of each, as rows of SQLite and as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skaudio._sqlite import sqlite3
from skaudio.library._words import index_words


class Row(NamedTuple):
    """A file as the catalogue knows it."""

    id: int
    folder: int
    size: int
    modified: int
    digest: bytes | None
    state: str
    maker: int
    recording: str | None
    weak_label: str | None
    is_heard: bool  # there are vectors of it
    is_noted: bool  # something was said of it


class Heard(NamedTuple):
    """A sound that was extracted: a whole file, or a part of one."""

    start: float  # seconds
    end: float
    is_part: bool
    vector: np.ndarray


def now() -> str:
    """Return the moment, as text."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def get(connection: sqlite3.Connection, name: str) -> Any:
    """Return a value of the library as a whole, or None."""
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if found is None else found[0]


def put(connection: sqlite3.Connection, name: str, value: Any) -> None:
    """Keep a value of the library as a whole."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def revision(connection: sqlite3.Connection, of: str) -> int:
    """Return a number that grows when ``"sounds"`` or ``"notes"``, what is said of them, change."""
    return int(get(connection, f"revision of {of}") or 0)


def note_change(connection: sqlite3.Connection, of: str) -> None:
    """Let that number grow."""
    put(connection, f"revision of {of}", revision(connection, of) + 1)


def known_files(connection: sqlite3.Connection) -> dict[bytes, Row]:
    """Return all files by their path, those that are gone included."""
    heard = {file for (file,) in connection.execute("SELECT file FROM sounds JOIN vectors ON sound = sounds.id")}
    query = (
        "SELECT file FROM sounds JOIN tags ON sound = sounds.id "
        "UNION SELECT file FROM sounds JOIN labels ON sound = sounds.id"
    )
    noted = {file for (file,) in connection.execute(query)}
    query = "SELECT path, id, folder, size, modified, digest, state, maker, recording, weak_label FROM files"
    rows = connection.execute(query)
    return {path: Row._make((file, *rest, file in heard, file in noted)) for path, file, *rest in rows}


def keep_file(connection: sqlite3.Connection, path: bytes, values: dict[str, Any]) -> int:
    """Insert or change the row of a file, and return its id."""
    values = {"path": path, "added": now(), **values}
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    changes = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("path", "added"))
    query = f"INSERT INTO files ({names}) VALUES ({marks}) ON CONFLICT (path) DO UPDATE SET {changes} RETURNING id"
    return int(connection.execute(query, list(values.values())).fetchone()[0])


def keep_sounds(connection: sqlite3.Connection, file: int, heard: Sequence[Heard]) -> None:
    """Store the sounds of a file and their vectors; its other sounds lose their vectors, and keep tags and labels."""
    for start, end, is_part, vector in heard:
        (sound,) = connection.execute(
            "INSERT INTO sounds (file, start, end, is_part) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (file, start) DO UPDATE SET end = excluded.end, is_part = excluded.is_part RETURNING id",
            (file, start, end, is_part),
        ).fetchone()
        data = np.ascontiguousarray(vector, "<f4").tobytes()
        connection.execute(
            "INSERT INTO vectors (sound, data) VALUES (?, ?) "
            "ON CONFLICT (sound) DO UPDATE SET data = excluded.data, pushed = min(2 * pushed, 2)",
            (sound, data),
        )
        for table in ("predictions", "peaks", "positions"):  # they were of other samples
            connection.execute(f"DELETE FROM {table} WHERE sound = ?", (sound,))
    starts = {each.start for each in heard}
    rows = connection.execute("SELECT id, start FROM sounds WHERE file = ?", (file,)).fetchall()
    drop_vectors(connection, [sound for sound, start in rows if start not in starts])


def drop_vectors(connection: sqlite3.Connection, sounds: Iterable[int]) -> None:
    """Have sounds not be found any more; what was said of them comes back with them."""
    for sound in sounds:
        if connection.execute("DELETE FROM vectors WHERE sound = ?", (sound,)).rowcount:
            connection.execute("INSERT OR IGNORE INTO dropped VALUES (?)", (sound,))


def copy_sounds(connection: sqlite3.Connection, source: int, file: int) -> None:
    """Have a file consist of the sounds of another one with the same content."""
    query = (
        "SELECT start, end, is_part, data FROM sounds JOIN vectors ON vectors.sound = sounds.id WHERE file = ? "
        "ORDER BY start"
    )
    rows = connection.execute(query, (source,)).fetchall()
    heard = [Heard(start, end, bool(is_part), np.frombuffer(data, "<f4")) for start, end, is_part, data in rows]
    keep_sounds(connection, file, heard)


def set_state(connection: sqlite3.Connection, files: Iterable[int], state: str) -> None:
    """Say of files that they are there, or gone."""
    files = list(files)
    connection.executemany("UPDATE files SET state = ? WHERE id = ?", [(state, file) for file in files])
    index_words(connection, files)


def catalogue(connection: sqlite3.Connection) -> pd.DataFrame:
    """Return the sounds that are there, a row each, by ascending id."""
    query = (
        "SELECT sounds.id, files.id, files.path, folders.path, sounds.start, sounds.end, sounds.is_part, "
        "files.sample_rate, files.recording, files.category, files.weak_label, predictions.class, "
        "predictions.probability FROM sounds JOIN files ON files.id = sounds.file "
        "JOIN folders ON folders.id = files.folder JOIN vectors ON vectors.sound = sounds.id "
        "LEFT JOIN predictions ON predictions.sound = sounds.id WHERE files.state = 'heard' ORDER BY sounds.id"
    )
    names = [
        *("id", "file", "path", "folder", "start", "end", "is_part", "sample_rate", "recording", "category"),
        *("weak_label", "predicted", "probability"),
    ]
    columns = list(zip(*connection.execute(query))) or [()] * len(names)
    table = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in zip(names, columns)})
    table["path"] = pd.Series(map(os.fsdecode, table["path"]), dtype=object, index=table.index)
    table["folder"] = pd.Series(map(os.fsdecode, table["folder"]), dtype=object, index=table.index)
    kinds = {"id": "int64", "file": "int64", "is_part": bool}
    kinds |= dict.fromkeys(("start", "end", "sample_rate", "probability"), float)
    table = table.astype(kinds)
    table["seconds"] = table["end"] - table["start"]
    own = table["file"].map("file {}".format)
    table["recording"] = table["recording"].where(table["recording"].notna(), own).astype(object)
    of_sound = tags_by_sound(connection)
    table["tags"] = pd.Series([of_sound.get(sound, ()) for sound in table["id"]], dtype=object, index=table.index)
    labels = positive_labels(connection)
    table["label"] = pd.Series([labels.get(sound) for sound in table["id"]], dtype=object, index=table.index)
    # pandas makes the table by which it finds columns when one is first asked for, and while it does so, other threads
    # find none.
    table.columns.get_loc("path")
    return table


def tags_by_sound(connection: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    """Return the tags of each sound that has some, sorted."""
    found: dict[int, list[str]] = {}
    for sound, tag in connection.execute("SELECT sound, tag FROM tags ORDER BY sound, tag"):
        found.setdefault(sound, []).append(tag)
    return {sound: tuple(tags) for sound, tags in found.items()}


def positive_labels(connection: sqlite3.Connection) -> dict[int, str]:
    """Return the label that was last said to be right, of each sound that has one."""
    query = f"SELECT sound, label FROM ({LAST_WORDS}) WHERE verdict = 'positive' ORDER BY at, id"
    return dict(connection.execute(query).fetchall())  # the last one stands


LAST_WORDS = (
    "SELECT id, sound, label, verdict, who, at FROM (SELECT *, row_number() OVER (PARTITION BY sound, label "
    "ORDER BY at DESC, id DESC) AS place FROM labels) WHERE place = 1 AND verdict != 'withdrawn'"
)
"""What was last said of each sound and class, by the time at which it was said."""


def remarks(connection: sqlite3.Connection, state: str, name: str) -> pd.DataFrame:
    """Return the files of a state of which something is to be said, and what it is, in a column called `name`."""
    query = "SELECT path, error FROM files WHERE state = ? AND error IS NOT NULL ORDER BY path"
    rows = [(os.fsdecode(path), error) for path, error in connection.execute(query, (state,))]
    return pd.DataFrame(rows, columns=["path", name], dtype=object)
