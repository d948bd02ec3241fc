"""An engine beside the library's file is kept in step with it: what it lacks is added, what is gone removed."""

from __future__ import annotations

import os

import numpy as np

from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.library._catalogue import get, put
from skaudio.library._engine import VectorEngine
from skaudio.library._index import fit_space, rows_of, sound_ids
from skaudio.library._space import Space

_AT_ONCE = 2000
_LEAST = 50  # sounds that a space lasts for, however few there were when it was made


def synchronise(connection: sqlite3.Connection, engine: VectorEngine, n_features: int, *, standardize: bool) -> Space:
    """Bring an engine into step with the library, and return the space of its points.

    The space is kept, since a point that an engine has cannot follow it. When there are twice as many sounds as it was
    made of, it is made anew, and all points are added again.
    """
    ids = sound_ids(connection)
    made_of = int(get(connection, "space made of") or 0)
    _remove(connection, engine)
    if _is_another(connection, engine):
        made_of = 0
    if get(connection, "engine") != repr(engine) or len(ids) > max(2 * made_of, _LEAST) or not made_of:
        space = fit_space(connection, ids, n_features, standardize=standardize, n_components=None)
        with transaction(connection):
            put(connection, "engine", repr(engine))
            put(connection, "space made of", len(ids))
            for name in ("mean", "scale"):
                values = getattr(space, name)
                put(connection, f"space's {name}", None if values is None else values.astype("<f4").tobytes())
            connection.execute("UPDATE vectors SET pushed = 0")
        if hasattr(engine, "clear"):
            engine.clear()
    space = _space(connection)
    while len(lacking := _lacking(connection)):
        names = [
            {"path": os.fsdecode(path).encode("utf-8", "replace").decode(), "start": start, "end": end}
            for path, start, end in _paths_and_times(connection, lacking)
        ]
        engine.add(lacking, space.points(rows_of(connection, lacking, n_features)), names)
        with transaction(connection):
            connection.executemany("UPDATE vectors SET pushed = 1 WHERE sound = ?", [(int(each),) for each in lacking])
    return space


def _is_another(connection: sqlite3.Connection, engine: VectorEngine) -> bool:
    """Tell whether an engine holds another number of points than it was given, where it can tell."""
    if not hasattr(engine, "count"):
        return False
    (pushed,) = connection.execute("SELECT count(*) FROM vectors WHERE pushed > 0").fetchone()
    return bool(engine.count() != pushed)


def _space(connection: sqlite3.Connection) -> Space:
    mean, scale = (get(connection, f"space's {name}") for name in ("mean", "scale"))
    if mean is None or scale is None:
        return Space()
    return Space(np.frombuffer(mean, "<f4"), np.frombuffer(scale, "<f4"))


def _remove(connection: sqlite3.Connection, engine: VectorEngine) -> None:
    query = (
        "SELECT sound FROM dropped UNION SELECT vectors.sound FROM vectors JOIN sounds ON sounds.id = vectors.sound "
        "JOIN files ON files.id = sounds.file WHERE pushed > 0 AND files.state != 'heard'"
    )
    gone = np.array([sound for (sound,) in connection.execute(query)], np.int64)
    if not len(gone):
        return
    engine.remove(gone)
    rows = [(int(sound),) for sound in gone]
    with transaction(connection):
        connection.executemany("UPDATE vectors SET pushed = 0 WHERE sound = ?", rows)
        connection.executemany("DELETE FROM dropped WHERE sound = ?", rows)


def _lacking(connection: sqlite3.Connection) -> np.ndarray:
    query = (
        "SELECT vectors.sound FROM vectors JOIN sounds ON sounds.id = vectors.sound JOIN files ON files.id = "
        f"sounds.file WHERE pushed != 1 AND files.state = 'heard' ORDER BY vectors.sound LIMIT {_AT_ONCE}"
    )
    return np.array([sound for (sound,) in connection.execute(query)], np.int64)


def _paths_and_times(connection: sqlite3.Connection, ids: np.ndarray) -> list[tuple[bytes, float, float]]:
    found = {
        sound: rest
        for sound, *rest in connection.execute(
            "SELECT sounds.id, files.path, start, end FROM sounds JOIN files ON files.id = sounds.file "
            "WHERE sounds.id BETWEEN ? AND ?",
            (int(ids[0]), int(ids[-1])),
        )
    }
    return [tuple(found[int(sound)]) for sound in ids]
