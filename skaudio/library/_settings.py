"""What a library is made with and keeps: its features, and the length of the parts of longer files."""

from __future__ import annotations

from typing import Any

from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.exceptions import LibraryError
from skaudio.library._catalogue import get, put
from skaudio.library._features import features_of, from_text, model_hashes, to_text


def settings_of(connection: sqlite3.Connection, features: Any, window: float | None, path: str) -> tuple[Any, float]:
    """Return the transformer and the window of a library: those it was made with, or those of a new one.

    Raises
    ------
    LibraryError
        If it was made with others than are asked for.
    """
    if get(connection, "features") is None:
        transformer = features_of("strong" if features is None else features)
        with transaction(connection):
            if get(connection, "features") is None:  # nobody else was first
                put(connection, "features", to_text(transformer))
                put(connection, "models", model_hashes(transformer) or None)
                put(connection, "window", 30.0 if window is None else float(window))
    kept, length = get(connection, "features"), float(get(connection, "window"))
    if features is not None and to_text(features_of(features)) != kept:
        raise LibraryError(
            f"{path!r} holds vectors of other features: {from_text(kept)!r}; open it without features=, or make a new "
            "library for others"
        )
    if window is not None and float(window) != length:
        raise LibraryError(f"{path!r} was made with window={length:g}; a new library is needed for window={window:g}")
    return from_text(kept), length
