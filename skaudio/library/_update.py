"""Bringing a library up to date: what changed in its folders is heard, batch by batch, each of them kept at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from tqdm import tqdm

from skaudio._transaction import transaction
from skaudio.datasets import fields_of, find_sounds
from skaudio.exceptions import LibraryError
from skaudio.library._catalogue import (
    copy_sounds,
    keep_file,
    known_files,
    note_change,
    set_state,
)
from skaudio.library._changes import Changes, changes, look
from skaudio.library._hearing import About, Hearing, Maker
from skaudio.library._words import index_words


@dataclass
class UpdateReport:
    """What an update found.

    Attributes
    ----------
    n_added, n_changed, n_moved, n_forgotten, n_unchanged : int
        Files that are new, have other content, are elsewhere or called otherwise, are gone, and are as they were.
    failures : DataFrame
        A row a file that cannot be read: ``path`` and ``error``; those that could not be read before are among them.
    doubts : DataFrame
        A row a file that was heard, and is not as its header has it, such as a cut one: ``path`` and ``doubt``.
    """

    n_added: int = 0
    n_changed: int = 0
    n_moved: int = 0
    n_forgotten: int = 0
    n_unchanged: int = 0
    failures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["path", "error"], dtype=object))
    doubts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["path", "doubt"], dtype=object))


def update_folder(
    connection: sqlite3.Connection,
    root: str,
    maker: Maker,
    *,
    pattern: str | None,
    again: bool,
    n_jobs: int | None,
    verbose: int,
    report: UpdateReport,
) -> None:
    """Bring what is known of one folder up to date, and add what was found to `report`.

    Whatever is finished when this is interrupted, or the process is killed, is kept.
    """
    paths = find_sounds(root)
    fields = _fields(root, paths, pattern)
    known_categories = {name for (name,) in connection.execute("SELECT id FROM categories")}
    with transaction(connection):
        folder = _folder(connection, root, pattern)
        found = changes(look(paths), known_files(connection), folder, maker.id, again=again)
        about = About(folder, maker.id, fields, known_categories)
        _settle(connection, found, about)
    n_moved = sum(move.was != move.found.path or move.id in found.back for move in found.moves)
    report.n_unchanged += found.unchanged + len(found.moves) - n_moved
    report.n_moved += n_moved
    report.n_forgotten += len(found.gone)
    report.n_added += sum(own is None for _, own in found.to_hear) + sum(own is None for _, own, _ in found.copies)
    report.n_changed += sum(own is not None for _, own in found.to_hear)
    hearing = Hearing(connection, maker, about, n_jobs)
    with tqdm(total=len(found.to_hear), unit="file", disable=not verbose) as bar:
        hearing.hear(found.to_hear, bar.update)


def _fields(root: str, paths: Sequence[str], pattern: str | None) -> dict[bytes, dict[str, str]]:
    """Return the group and the label that a pattern finds in names; without one, the folder is a weak label."""
    if pattern is None:
        folders = [os.path.basename(os.path.dirname(path)) for path in paths]
        inside = [os.path.dirname(os.path.abspath(path)) != root for path in paths]
        return {os.fsencode(path): {"label": folder} for path, folder, below in zip(paths, folders, inside) if below}
    if not paths:
        return {}
    return dict(zip(map(os.fsencode, paths), fields_of(pattern, root, paths).to_dict("records")))


def _folder(connection: sqlite3.Connection, root: str, pattern: str | None) -> int:
    query = (
        "INSERT INTO folders (path, pattern) VALUES (?, ?) "
        "ON CONFLICT (path) DO UPDATE SET pattern = excluded.pattern RETURNING id"
    )
    return int(connection.execute(query, (os.fsencode(root), pattern)).fetchone()[0])


def _settle(connection: sqlite3.Connection, found: Changes, about: About) -> None:
    """Do all that needs no sound to be read."""
    touched: list[int] = []
    for move in found.moves:  # two files may have changed places
        connection.execute("UPDATE files SET path = ? WHERE id = ?", (b"\0%d" % move.id, move.id))
    for move in found.moves:
        # The maker stays that of its vectors.
        values = {**about.values(move.found), "path": move.found.path}
        del values["maker"]
        _displace(connection, move.found.path, touched)
        changes = ", ".join(f"{name} = ?" for name in values)
        connection.execute(f"UPDATE files SET {changes} WHERE id = ?", [*values.values(), move.id])
        touched.append(move.id)
    connection.executemany(
        "UPDATE files SET state = 'heard' WHERE id = ? AND state = 'gone'", [(file,) for file in found.back]
    )
    for each, _, source in found.copies:
        columns = "state", "error", "seconds", "sample_rate"
        found_row = connection.execute(f"SELECT {', '.join(columns)} FROM files WHERE id = ?", (source,)).fetchone()
        values = {**about.values(each), **dict(zip(columns, found_row)), "state": "heard"}
        file = keep_file(connection, each.path, values)
        copy_sounds(connection, source, file)
        touched.append(file)
    set_state(connection, found.gone, "gone")
    index_words(connection, touched)
    if touched or found.gone:
        note_change(connection, "sounds")


def _displace(connection: sqlite3.Connection, path: bytes, touched: list[int]) -> None:
    """Have a file that another one was moved onto be gone, under a name that no file has."""
    found = connection.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchone()
    if found is not None:
        query = "UPDATE files SET path = ?, state = 'gone' WHERE id = ?"
        connection.execute(query, (b"\0%d/" % found[0] + path, found[0]))
        touched.append(found[0])


def check_roots(connection: sqlite3.Connection, folders: Sequence[str | os.PathLike[str]]) -> list[tuple[str, Any]]:
    """Return the folders to look at, and the patterns that they were added with; without any, all that are known.

    Raises
    ------
    LibraryError
        If there are none, or one is not there: then nothing is forgotten, as the disk may only be elsewhere.
    """
    known = {os.fsdecode(path): pattern for path, pattern in connection.execute("SELECT path, pattern FROM folders")}
    roots = [os.path.abspath(os.fspath(folder)) for folder in folders] or list(known)
    if not roots:
        raise LibraryError("the library has no folders yet; name one")
    for root in roots:
        if not os.path.isdir(root):
            what = "it is a file, and a folder is expected" if os.path.exists(root) else "there is no such folder"
            kept = "; what is known of it is kept" if root in known else ""
            raise LibraryError(f"{root!r}: {what}{kept}")
    return [(root, known.get(root)) for root in roots]


def remarks(connection: sqlite3.Connection, state: str, name: str) -> pd.DataFrame:
    """Return the files that cannot be read, or that were heard and are odd, and why, in a column of that name."""
    query = "SELECT path, error FROM files WHERE state = ? AND error IS NOT NULL ORDER BY path"
    rows = [(os.fsdecode(path), error) for path, error in connection.execute(query, (state,))]
    return pd.DataFrame(rows, columns=["path", name], dtype=object)
