"""The vectors of a library in memory, as points that can be searched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skaudio._sqlite import sqlite3
from skaudio.exceptions import LibraryError
from skaudio.library._engine import ExactEngine
from skaudio.library._space import Space

_MANY = 200_000  # points; beyond, their principal values alone are held
_FEW_VALUES = 128
_SAMPLE = 20_000  # rows that a space is fitted on, where there are more
_CHUNK = 4096
_OF_HEARD = (
    "FROM vectors JOIN sounds ON sounds.id = vectors.sound JOIN files ON files.id = sounds.file "
    "WHERE files.state = 'heard'"
)


@dataclass(frozen=True)
class Index:
    """Points of all sounds, and how a row becomes one."""

    space: Space
    engine: ExactEngine


def load_index(connection: sqlite3.Connection, n_features: int, *, standardize: bool) -> Index:
    """Read all vectors, and make points of them.

    Parameters
    ----------
    connection : sqlite3.Connection
        The library.
    n_features : int
        Values of a vector.
    standardize : bool
        Whether the features are of different units.
    """
    ids = sound_ids(connection)
    n_components = _FEW_VALUES if len(ids) > _MANY else None
    space = fit_space(connection, ids, n_features, standardize=standardize, n_components=n_components)
    width = n_features if space.components is None else _FEW_VALUES
    points = np.empty((len(ids), width), np.float32)
    for start in range(0, len(ids), _CHUNK):
        rows = rows_of(connection, ids[start : start + _CHUNK], n_features)
        points[start : start + _CHUNK] = space.points(rows)
    return Index(space, ExactEngine(ids, points))


def fit_space(
    connection: sqlite3.Connection, ids: np.ndarray, n_features: int, *, standardize: bool, n_components: int | None
) -> Space:
    """Return the space of the vectors, fitted on a sample of them where there are many."""
    if not standardize and n_components is None:
        return Space()
    if len(ids) > _SAMPLE:
        ids = np.sort(np.random.default_rng(0).choice(ids, _SAMPLE, replace=False))
    return Space.fitted(rows_of(connection, ids, n_features), standardize=standardize, n_components=n_components)


def sound_ids(connection: sqlite3.Connection) -> np.ndarray:
    """Return the ids of the sounds that are there, in ascending order."""
    found = connection.execute(f"SELECT vectors.sound {_OF_HEARD} ORDER BY vectors.sound")
    return np.fromiter((sound for (sound,) in found), np.int64)


def rows_of(connection: sqlite3.Connection, ids: np.ndarray, n_features: int) -> np.ndarray:
    """Return the vectors of sounds, given in ascending order, as rows of float32."""
    rows = np.empty((len(ids), n_features), np.float32)
    if not len(ids):
        return rows
    found = connection.execute(
        "SELECT sound, data FROM vectors WHERE sound BETWEEN ? AND ? ORDER BY sound", (int(ids[0]), int(ids[-1]))
    )
    places = {sound: k for k, sound in enumerate(ids.tolist())}
    n_found = 0
    for sound, data in found:
        if sound in places:
            if len(data) != 4 * n_features:
                raise LibraryError(f"sound {sound} has {len(data) // 4} values, and {n_features} are expected")
            rows[places[sound]] = np.frombuffer(data, "<f4")
            n_found += 1
    if n_found != len(places):
        raise LibraryError(f"{len(places) - n_found} of {len(places)} sounds are not there any more; ask again")
    return rows
