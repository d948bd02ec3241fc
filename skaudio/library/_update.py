"""Bringing a library up to date: what changed in its folders is heard, batch by batch, each of them kept at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from skaudio._shown import escape_unsafe
from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.clips import digest_of
from skaudio.datasets import fields_of, find_sounds, natural_order
from skaudio.exceptions import LibraryError
from skaudio.library._catalogue import (
    Row,
    copy_sounds,
    keep_file,
    known_files,
    note_change,
    remarks,
    revision,
    set_state,
)
from skaudio.library._changes import Changes, Found, changes
from skaudio.library._folders import follow_folder
from skaudio.library._hearing import FileColumns, Hearing, Maker
from skaudio.library._words import index_words


@dataclass
class UpdateReport:
    """What an update found.

    Attributes
    ----------
    n_added, n_changed, n_moved, n_forgotten, n_unchanged : int
        Files that are new, have other content, are elsewhere or called otherwise, are gone, and are as they were.
    failures : DataFrame
        A row a file that was tried now and cannot be read: ``path`` and ``error``. `SoundLibrary.unreadable` has all.
    missing : list of str
        Folders of the library that are not there, as of a disk that is unplugged: what is known of them is kept.
    doubts : DataFrame
        A row a file that was heard, and is not as its header has it, such as a cut one: ``path`` and ``doubt``.
    """

    n_added: int = 0
    n_changed: int = 0
    n_moved: int = 0
    n_forgotten: int = 0
    n_unchanged: int = 0
    failures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["path", "error"], dtype=object))
    missing: list[str] = field(default_factory=list)
    doubts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["path", "doubt"], dtype=object))


def update_folders(
    connection: sqlite3.Connection,
    roots: Mapping[str, str | None],
    maker: Maker,
    *,
    again: bool,
    n_jobs: int | None,
    verbose: int,
) -> UpdateReport:
    """Bring what is known of folders up to date.

    Whatever is finished when this is interrupted, or the process is killed, is kept.

    Parameters
    ----------
    connection : sqlite3.Connection
        The library.
    roots : dict
        The folders, and what the names of their files tell.
    maker : Maker
        What makes vectors.
    again : bool
        Whether all files are heard again.
    n_jobs, verbose : int
        As in `SoundLibrary.update`.
    """
    report = UpdateReport()
    known = set(remarks(connection, "unreadable", "error").itertuples(index=False, name=None))
    with transaction(connection):
        folders = {root: follow_folder(connection, root, pattern) for root, pattern in roots.items()}
    files = _look(folders, roots)
    below = tuple(os.path.join(os.fsencode(root), b"") for root in folders)
    hashes: dict[Found, bytes | None] = {}

    def hashed(each: Found) -> bytes | None:
        if each not in hashes:
            hashes[each] = digest_of(os.fsdecode(each.path))
        return hashes[each]

    while True:
        # Files are hashed before the lock is taken: others may have something to say meanwhile.
        number = revision(connection, "sounds")
        found = changes(
            files,
            known_files(connection),
            hashed=hashed,
            in_scope=lambda path: path.startswith(below),
            is_away=_away_from(connection, files, below),
            maker=maker.id,
            again=again,
        )
        about = FileColumns(maker.id, {name for (name,) in connection.execute("SELECT id FROM categories")})
        with transaction(connection):
            if revision(connection, "sounds") == number:  # nobody else was first
                _record_changes(connection, found, about)
                break
    n_moved = sum(move.was != move.found.path or move.id in found.back for move in found.moves)
    own = [own for _, own in found.to_hear] + [own for _, own, _ in found.copies]
    moved = {move.id for move in found.moves}
    report.n_unchanged = found.unchanged + len(found.moves) - n_moved
    report.n_moved = n_moved
    report.n_forgotten = len(found.gone)
    report.n_added = own.count(None)
    report.n_changed = sum(each is not None and each not in moved for each in own)
    hearing = Hearing(connection, maker, about, n_jobs)
    with tqdm(total=len(found.to_hear), unit="file", disable=not verbose) as bar:
        hearing.hear(found.to_hear, bar.update)
    tried = {os.fsdecode(each.path) for each, _ in found.to_hear}
    failures = remarks(connection, "unreadable", "error")
    is_new = np.array(
        [path in tried or (path, error) not in known for path, error in failures.itertuples(index=False, name=None)],
        bool,  # also where there are none: an empty list would select columns
    )
    report.failures = failures[is_new].reset_index(drop=True)
    report.doubts = remarks(connection, "heard", "doubt")
    return report


def _look(folders: Mapping[str, int], patterns: Mapping[str, str | None]) -> list[Found]:
    """Return the files in folders; one that lies in several belongs to the innermost."""
    found: dict[bytes, Found] = {}
    for root in sorted(folders, key=len, reverse=True):
        try:
            paths = [path for path in find_sounds(root) if os.fsencode(path) not in found]
        except OSError as error:
            raise LibraryError(f"{root!r} cannot be looked through: {error}") from error
        fields = _fields(root, paths, patterns[root])
        for path, (recording, weak_label) in zip(paths, fields):
            try:
                status = os.stat(path)
            except OSError:  # a link that leads nowhere; a file that was deleted just now
                continue
            name = os.fsencode(path)
            found[name] = Found(name, status.st_size, status.st_mtime_ns, folders[root], recording, weak_label)
    return [found[name] for name in sorted(found, key=lambda name: natural_order(os.fsdecode(name)))]


def _fields(root: str, paths: Sequence[str], pattern: str | None) -> list[tuple[str | None, str | None]]:
    """Return the recording and the label that a pattern finds in names; without one, the folder is a weak label."""
    if pattern is None:
        folders = [os.path.dirname(path) for path in paths]
        return [(None, None if folder == root else escape_unsafe(os.path.basename(folder))) for folder in folders]
    if not paths:
        return []
    rows = fields_of(pattern, root, [escape_unsafe(path) for path in paths]).to_dict("records")
    return [(row.get("group"), row.get("label")) for row in rows]


def _away_from(
    connection: sqlite3.Connection, files: Sequence[Found], below: tuple[bytes, ...]
) -> Callable[[bytes, Row], bool]:
    """Return what tells whether a known file that was not found is nowhere else.

    Of a folder that is not there as a whole, the disk may only be unplugged. It counts as moved, file by file, where a
    file lies at the same place in another folder.
    """
    roots = dict(connection.execute("SELECT id, path FROM folders"))
    there = {number for number, path in roots.items() if os.path.isdir(path)}
    places = {os.path.relpath(each.path, roots[each.folder]) for each in files}

    def is_away(path: bytes, row: Row) -> bool:
        if path.startswith(below):
            return True
        if row.folder in there:
            return not os.path.exists(path)
        return os.path.relpath(path, roots[row.folder]) in places

    return is_away


def _record_changes(connection: sqlite3.Connection, found: Changes, about: FileColumns) -> None:
    """Do all that needs no sound to be read."""
    touched: list[int] = []
    for move in found.moves:  # two files may have changed places
        connection.execute("UPDATE files SET path = ? WHERE id = ?", (b"\0%d" % move.id, move.id))
    for each, own, source in found.copies:
        if own is None:
            _displace(connection, each.path, touched)
        columns = "error", "seconds", "sample_rate"
        row = connection.execute(f"SELECT {', '.join(columns)} FROM files WHERE id = ?", (source,)).fetchone()
        values = {**about.values(each), **dict(zip(columns, row)), "state": "heard"}
        file = keep_file(connection, each.path, values)
        copy_sounds(connection, source, file)
        touched.append(file)
    for move in found.moves:
        _displace(connection, move.found.path, touched)
        _update_row(connection, move.id, about.values(move.found) | {"path": move.found.path})
        touched.append(move.id)
    for file, each in found.redescribed:
        _update_row(connection, file, about.values(each))
        touched.append(file)
    for each, own in found.to_hear:
        if own is None:
            _displace(connection, each.path, touched)
    connection.executemany(
        "UPDATE files SET state = 'heard' WHERE id = ? AND state = 'gone'", [(file,) for file in found.back]
    )
    set_state(connection, found.gone, "gone")
    index_words(connection, touched)
    if touched or found.gone:
        note_change(connection, "sounds")


def _update_row(connection: sqlite3.Connection, file: int, values: dict[str, Any]) -> None:
    del values["maker"]  # which stays that of its vectors
    changes = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE files SET {changes} WHERE id = ?", [*values.values(), file])


def _displace(connection: sqlite3.Connection, path: bytes, touched: list[int]) -> None:
    """Free a path for another file: the file that had it is gone, and its row gets a path that no file can have.

    The row stays, since the same content may come back.
    """
    found = connection.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchone()
    if found is not None:
        query = "UPDATE files SET path = ?, state = 'gone' WHERE id = ?"
        connection.execute(query, (b"\0%d/" % found[0] + path, found[0]))
        touched.append(found[0])
