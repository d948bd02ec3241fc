"""An open library: its file, what it holds, what its vectors are made by, and what of it is kept in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone

from skaudio._docstrings import fill_docstring
from skaudio._environment import environment
from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.exceptions import LibraryError, warn_user
from skaudio.feature_extraction import recipe_of
from skaudio.library._catalogue import catalogue, get, remarks, revision
from skaudio.library._database import Database
from skaudio.library._engine import VectorEngine
from skaudio.library._features import (
    is_embedding,
    maker_of,
    model_hashes,
    width_of,
)
from skaudio.library._filters import CHOOSING, ids_of, select
from skaudio.library._hearing import Maker
from skaudio.library._index import Index, load_index, rows_of
from skaudio.library._notes import Notes
from skaudio.library._settings import settings_of
from skaudio.library._space import Space
from skaudio.library._sync import synchronise


class LibrarySnapshot(NamedTuple):
    """What is known of all sounds of a library at one moment."""

    sounds: pd.DataFrame
    vectors: np.ndarray
    scaled: np.ndarray
    labels: pd.DataFrame
    features: Any


class OpenLibrary:
    """What a `SoundLibrary` stands on; see there for the parameters."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        features: Any = None,
        window: float | None = None,
        engine: VectorEngine | None = None,
    ) -> None:
        if window is not None and not (isinstance(window, Real) and 0 < window <= np.inf):
            raise ValueError(
                f"window={window!r} must be a number of seconds above 0, inf for files as a whole, or None"
            )
        self._database = Database(path)
        self._engine = engine
        self._kept: dict[str, tuple[int, Any]] = {}
        self._database.make()
        with self._database.opened() as connection:
            self._transformer, self._window = settings_of(connection, features, window, self._database.path)

    @property
    def path(self) -> str:
        """The library's file."""
        return self._database.path

    @property
    def window(self) -> float:
        """Seconds of the parts that longer files are divided into; infinite where files are heard as a whole."""
        return self._window

    @property
    def features(self) -> Any:
        """What makes vectors: a transformer, as the first step of a pipeline of clips."""
        return clone(self._transformer)

    @property
    def sounds(self) -> pd.DataFrame:
        """The sounds that are there, a row each by ascending ``id``.

        Its columns are ``id``, ``file``, ``path``, ``folder``, ``start``, ``end`` and ``seconds``, ``is_part`` (whether
        it is a window of a longer file), ``sample_rate``, ``recording`` (what sounds of one recording share),
        ``category`` (of the Universal Category System), ``weak_label`` (the name of its folder), ``predicted`` and
        ``probability``, ``tags`` and ``label``.
        """
        with self._reading() as connection:
            return self._table(connection).copy()

    @property
    def vectors(self) -> np.ndarray:
        """The rows of features, float32 of shape (n_sounds, n_features), in the order of `sounds`."""
        with self._reading() as connection:
            return rows_of(connection, self._table(connection)["id"].to_numpy(), self._n_features)

    def snapshot(self) -> LibrarySnapshot:
        """Return what is known of all sounds at one moment, though others change the library meanwhile.

        Returns
        -------
        LibrarySnapshot
            ``sounds``, ``vectors`` and ``labels``, which are the properties of these names, ``scaled``, the vectors at
            the scale at which they are compared, and ``features``; all of the same sounds.
        """
        with self._reading() as connection:
            table, space = self._table(connection), self._index(connection).space
            vectors = rows_of(connection, table["id"].to_numpy(), self._n_features)
            labels = Notes(connection).labels()
        return LibrarySnapshot(table.copy(), vectors, space.scaled(vectors), labels, self.features)

    @property
    def points(self) -> np.ndarray:
        """The vectors as they are compared: float32 of shape (n_sounds, n_values), rows of unit length."""
        with self._reading() as connection:
            return self._index(connection).engine.points.copy()

    @fill_docstring(choosing=CHOOSING)
    def select(
        self,
        *,
        tags: str | Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
        exclude: Any = None,
        sounds: Any = None,
    ) -> pd.DataFrame:
        """Return the sounds that meet all of the conditions.

        Parameters
        ----------
        {choosing}
        sounds : as in `tag`, default=None
            Only these, in this order.

        Returns
        -------
        DataFrame
            Rows of `sounds`.

        Raises
        ------
        LibraryError
            If a sound is not in the library.
        ValueError
            If `where` names no column, or gives it a value of another kind.
        """
        with self._reading() as connection:
            table = self._table(connection)
        chosen = table[select(table, tags, where, exclude)]
        if sounds is not None:
            there = set(chosen["id"])
            ids = [sound for sound in ids_of(table, sounds) if sound in there]
            chosen = chosen.set_index("id", drop=False).loc[ids]
        return chosen.reset_index(drop=True)

    @property
    def unreadable(self) -> pd.DataFrame:
        """The files that cannot be read: ``path`` and ``error``."""
        with self._reading() as connection:
            return remarks(connection, "unreadable", "error")

    def info(self) -> dict[str, Any]:
        """Tell what the library holds.

        Returns
        -------
        dict
            ``path``, ``bytes``, ``files`` and ``sounds`` that are there, ``seconds``, files that are ``unreadable`` or
            ``gone``, ``folders``, the number of ``tags`` and ``labels``, and the ``features`` as text.
        """
        with self._reading() as connection:
            count = dict(connection.execute("SELECT state, count(*) FROM files GROUP BY state"))
            seconds = connection.execute("SELECT sum(seconds) FROM files WHERE state = 'heard'").fetchone()[0]
            query = "SELECT path FROM folders WHERE is_followed ORDER BY id"
            folders = [os.fsdecode(path) for (path,) in connection.execute(query)]
            n_tags = connection.execute("SELECT count(*) FROM tags").fetchone()[0]
            sounds = len(self._table(connection))
            n_labels = len(Notes(connection).labels())
            features = get(connection, "features")
        return {
            "path": self.path,
            "bytes": os.path.getsize(self.path),
            "files": count.get("heard", 0),
            "sounds": sounds,
            "seconds": float(seconds or 0),
            "unreadable": count.get("unreadable", 0),
            "gone": count.get("gone", 0),
            "folders": folders,
            "tags": n_tags,
            "labels": n_labels,
            "window": self.window,
            "features": features,
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": {}}

    @property
    def _n_features(self) -> int:
        return width_of(recipe_of(self._transformer).features)

    def _maker(self, connection: sqlite3.Connection, *, again: bool) -> Maker:
        """Return what makes vectors here and now; warn where it is not what made those that are there."""
        recipe = recipe_of(self._transformer)
        self._check_models(connection)
        mark = maker_of(recipe)
        others = connection.execute(
            "SELECT count(*) FROM files JOIN makers ON makers.id = files.maker "
            "WHERE files.state = 'heard' AND makers.fingerprint != ?",
            (mark,),
        ).fetchone()[0]
        if others and not again:
            warn_user(
                f"{others} files of {self.path!r} were heard with other versions of libraries or on another machine, "
                "whose numbers may differ a little; update(again=True) hears all files again"
            )
        with transaction(connection):
            query = "INSERT OR IGNORE INTO makers (fingerprint, versions) VALUES (?, ?)"
            connection.execute(query, (mark, json.dumps(environment())))
            (number,) = connection.execute("SELECT id FROM makers WHERE fingerprint = ?", (mark,)).fetchone()
        return Maker(number, recipe, None if np.isinf(self._window) else self._window)

    def _check_models(self, connection: sqlite3.Connection) -> None:
        """Raise LibraryError where a pretrained model is not the one that made the vectors."""
        if (kept := get(connection, "models")) is None:
            return
        if kept != (found := model_hashes(self._transformer)):
            raise LibraryError(
                f"the pretrained model has changed since {self.path!r} was made (its hash is {found}, and was {kept}); "
                "a new library is needed for another model"
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection that sees the library as it is now, although others may write meanwhile.

        With an engine it is a plain connection: a search may have to bring the engine up to date, and that writes.
        """
        with self._database.opened() as connection:
            if self._engine is None:
                connection.execute("BEGIN")
            yield connection

    def _table(self, connection: sqlite3.Connection) -> pd.DataFrame:
        """Return the catalogue, which is read anew only where it has changed."""
        number = revision(connection, "sounds") + revision(connection, "notes")  # both only grow
        return self._remembered("table", number, lambda: catalogue(connection))

    def _index(self, connection: sqlite3.Connection) -> Index:
        """Return the points in memory, which are read anew only where sounds have changed."""

        def load() -> Index:
            return load_index(connection, self._n_features, standardize=not is_embedding(self._transformer))

        return self._remembered("index", revision(connection, "sounds"), load)

    def _searched(self, connection: sqlite3.Connection) -> tuple[Space, VectorEngine]:
        """Return what is searched: the engine that was given, in step with the library, or the points in memory."""
        if self._engine is None:
            index = self._index(connection)
            return index.space, index.engine
        engine = self._engine

        def follow() -> Space:
            return synchronise(connection, engine, self._n_features, standardize=not is_embedding(self._transformer))

        return self._remembered("space", revision(connection, "sounds"), follow), engine

    def _remembered(self, name: str, number: int, make: Any) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] != number:
            kept = self._kept[name] = (number, make())
        return kept[1]
