"""Sounds that are in a library more than once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skaudio._similar_clips import check_threshold, groups_of
from skaudio._sqlite import sqlite3
from skaudio.inspection import find_duplicates
from skaudio.library._engine import ExactEngine

_ROWS = 512  # points that are compared with all others at a time


def find_copies(
    connection: sqlite3.Connection,
    table: pd.DataFrame,
    engine: ExactEngine,
    *,
    by: str,
    threshold: float | None,
    n_jobs: int | None,
) -> pd.DataFrame:
    """Return the sounds that are there more than once, with a number for each group of them."""
    if by == "content":
        if threshold is not None:
            raise ValueError(f"threshold={threshold!r} is for by='vectors' and 'fingerprint': bytes are equal or not")
        digests = dict(connection.execute("SELECT id, digest FROM files"))
        keys = [(digests[file], start) for file, start in zip(table["file"], table["start"])]
        groups = pd.Series(pd.factorize(pd.Series(keys, dtype=object))[0], dtype=int)
    elif by == "vectors":
        threshold = 0.99 if threshold is None else threshold
        check_threshold(threshold)
        groups = pd.Series(groups_of(_pairs(engine.points, threshold), len(table)), dtype=int)
    elif by == "fingerprint":
        clips = [
            (path, start, end - start) if is_part else path
            for path, start, end, is_part in zip(table["path"], table["start"], table["end"], table["is_part"])
        ]
        found = find_duplicates(clips, by="fingerprint", threshold=threshold, n_jobs=n_jobs) if clips else None
        groups = pd.Series(-1 - np.arange(len(table)), dtype=int)
        if found is not None:
            groups.iloc[found.index] = found["group"].to_numpy()
    else:
        raise ValueError(f"by={by!r} is unknown; 'vectors', 'content' or 'fingerprint' is expected")
    repeated = groups.map(groups.value_counts()) > 1
    found_rows = table[repeated.to_numpy()].assign(group=pd.factorize(groups[repeated])[0])
    return found_rows.sort_values(["group", "id"]).reset_index(drop=True)


def _pairs(points: np.ndarray, threshold: float) -> pd.DataFrame:
    found = [np.empty((0, 2), int)]
    for start in range(0, len(points), _ROWS):
        products = points[start : start + _ROWS] @ points[start:].T
        first, second = np.nonzero(np.triu(products >= threshold, 1))
        found.append(np.stack([first, second], axis=1) + start)
    return pd.DataFrame(np.concatenate(found), columns=["first", "second"])
