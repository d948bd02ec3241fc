"""Bringing a library up to date: what changed in its folders is heard, batch by batch, each of them kept at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from skaudio._transaction import transaction
from skaudio.audio import LOUD
from skaudio.clips import Clip, TooLongError, as_clip, windows_of
from skaudio.datasets import fields_of, find_sounds
from skaudio.exceptions import AudioReadError, LibraryError
from skaudio.extraction import Recipe, extract
from skaudio.library._catalogue import (
    Heard,
    copy_sounds,
    keep_file,
    keep_sounds,
    known_files,
    note_change,
    set_state,
)
from skaudio.library._changes import Changes, Found, changes, look
from skaudio.library._words import category_of, index_words

_WINDOWS = 64  # of a long file that are in memory at a time


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


@dataclass(frozen=True)
class Maker:
    """What makes vectors.

    Parameters
    ----------
    id : int
        Its number in the catalogue.
    recipe : Recipe
        What is done with a clip.
    window : float or None
        Seconds of the parts that longer files are heard in; None hears all files whole.
    """

    id: int
    recipe: Recipe
    window: float | None


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
        about = _About(folder, maker.id, fields, known_categories)
        _settle(connection, found, about)
    n_moved = sum(move.was != move.found.path or move.id in found.back for move in found.moves)
    report.n_unchanged += found.unchanged + len(found.moves) - n_moved
    report.n_moved += n_moved
    report.n_forgotten += len(found.gone)
    report.n_added += sum(own is None for _, own in found.to_hear) + sum(own is None for _, own, _ in found.copies)
    report.n_changed += sum(own is not None for _, own in found.to_hear)
    hearing = _Hearing(connection, maker, about, n_jobs)
    with tqdm(total=len(found.to_hear), unit="file", disable=not verbose) as bar:
        hearing.hear(found.to_hear, bar.update)


@dataclass(frozen=True)
class _About:
    """What is written of each file beside its content."""

    folder: int
    maker: int
    fields: dict[bytes, dict[str, str]]
    categories: set[str]

    def values(self, found: Found) -> dict[str, Any]:
        own = self.fields.get(found.path, {})
        name = os.fsdecode(found.path)
        return {
            "folder": self.folder,
            "size": found.size,
            "modified": found.modified,
            "digest": found.digest,
            "maker": self.maker,
            "recording": own.get("group"),
            "weak_label": own.get("label"),
            "category": category_of(name, self.categories),
        }


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


def _settle(connection: sqlite3.Connection, found: Changes, about: _About) -> None:
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


class _Hearing:
    """The work of one folder: files to sounds, those that are finished kept at once."""

    def __init__(self, connection: sqlite3.Connection, maker: Maker, about: _About, n_jobs: int | None) -> None:
        self._connection = connection
        self._maker = maker
        self._about = about
        self._n_jobs = n_jobs
        reader = maker.recipe.reader
        limits = [each for each in (reader.max_duration, maker.window) if each is not None]
        # What is longer than a window is found while it is read: headers lie.
        self._is_divided = (
            maker.window is not None and reader.duration is None and min(limits) == maker.window and not reader.offset
        )
        limited = replace(reader, max_duration=min(limits)) if self._is_divided else reader
        self._recipe = Recipe(limited, maker.recipe.features)

    def hear(self, to_hear: Sequence[tuple[Found, int | None]], step: Callable[[int], Any]) -> None:
        """Hear files, and keep what is heard."""
        clips = [as_clip(os.fsdecode(found.path)) for found, _ in to_hear]
        long: list[int] = []
        work = extract(self._recipe, clips, store=None, n_jobs=self._n_jobs, keep_memory=False, stop_at_failure=False)
        with closing(work) as batches:
            for batch in batches:
                done = list(zip(batch.positions, batch.outcomes))
                too_long = {k for k, outcome in done if self._is_too_long(outcome)}
                long += sorted(too_long)
                if len(done) > len(too_long):
                    self._keep([(to_hear[k][0], outcome) for k, outcome in done if k not in too_long])
                step(len(done) - len(too_long))
        for k in sorted(long):
            self._keep([(to_hear[k][0], self._parts(clips[k]))])
            step(1)

    def _is_too_long(self, outcome: Any) -> bool:
        return self._is_divided and isinstance(outcome, AudioReadError) and isinstance(outcome.cause, TooLongError)

    def _parts(self, clip: Clip) -> Any:
        """Return the parts of a long file and its rate, or its error."""
        window = self._maker.window
        assert window is not None
        heard: list[Heard] = []
        batch: list[tuple[float, float, Any]] = []
        try:
            for part in windows_of(self._maker.recipe.reader, clip, window, window):
                batch.append(part)
                if len(batch) == _WINDOWS:
                    heard += self._heard_parts(batch)
                    batch = []
            heard += self._heard_parts(batch)
            with clip.open(None) as sound:
                rate = sound.rate
        except AudioReadError as error:
            error.path = clip.path
            return error
        return heard, rate, ""

    def _heard_parts(self, parts: list[tuple[float, float, Any]]) -> Iterator[Heard]:
        clips = [as_clip(samples) for _, _, samples in parts]
        recipe = self._maker.recipe
        rows: list[Any] = [None] * len(clips)
        work = extract(recipe, clips, store=None, n_jobs=self._n_jobs, keep_memory=False, stop_at_failure=True)
        with closing(work) as batches:
            for batch in batches:
                for k, outcome in zip(batch.positions, batch.outcomes):
                    if isinstance(outcome, AudioReadError):
                        start, end, _ = parts[k]
                        raise AudioReadError(f"from {start:g} to {end:g} s: {outcome.reason}", cause=outcome.cause)
                    rows[k] = outcome.rows
        for (start, end, _), row in zip(parts, rows):
            yield Heard(start, end, True, np.concatenate(row))

    def _keep(self, outcomes: Sequence[tuple[Found, Any]]) -> None:
        with transaction(self._connection):
            touched = []
            for found, outcome in outcomes:
                values = self._about.values(found)
                if isinstance(outcome, AudioReadError):
                    values |= {"state": "unreadable", "error": outcome.reason}
                    file = keep_file(self._connection, found.path, values)
                    query = "DELETE FROM vectors WHERE sound IN (SELECT id FROM sounds WHERE file = ?)"
                    self._connection.execute(query, (file,))
                    query = "INSERT OR IGNORE INTO dropped SELECT id FROM sounds WHERE file = ?"
                    self._connection.execute(query, (file,))
                else:
                    heard, rate, doubt = _sounds_of(outcome)
                    seconds = max(each.end for each in heard)
                    values |= {"state": "heard", "error": doubt or None, "seconds": seconds, "sample_rate": rate}
                    file = keep_file(self._connection, found.path, values)
                    keep_sounds(self._connection, file, heard)
                touched.append(file)
            index_words(self._connection, touched)
            note_change(self._connection, "sounds")


def _sounds_of(outcome: Any) -> tuple[list[Heard], float, str]:
    """Return the sounds of a file, its rate, and what is odd about it."""
    if isinstance(outcome, tuple):
        return outcome
    heard = Heard(0.0, outcome.n_frames / outcome.rate, False, np.concatenate(outcome.rows))
    doubt = outcome.lost
    if outcome.peak > LOUD:
        doubt = doubt or f"its samples go up to {outcome.peak:g}, far above full scale, which is 1"
    return [heard], outcome.rate, doubt


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
