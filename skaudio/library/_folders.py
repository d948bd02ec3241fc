"""The folders that a library follows."""

from __future__ import annotations

import os
from collections.abc import Sequence

from skaudio._sqlite import sqlite3
from skaudio.exceptions import LibraryError
from skaudio.library._catalogue import note_change, set_state


def check_roots(
    connection: sqlite3.Connection, folders: Sequence[str | os.PathLike[str]], pattern: str | None
) -> tuple[dict[str, str | None], list[str]]:
    """Return the folders to look at with their patterns, and those that are known and not there.

    What is known inside of a folder is looked at with it.

    Parameters
    ----------
    connection : sqlite3.Connection
        The library.
    folders : sequence of str or PathLike
        The folders; none for all that are known.
    pattern : str or None
        What the names of their files tell; None takes what they were added with.

    Raises
    ------
    LibraryError
        If there are none, or one that is named is not there.
    """
    query = "SELECT path, pattern, id FROM folders WHERE is_followed"
    known = {os.fsdecode(path): (kept, number) for path, kept, number in connection.execute(query)}
    named = [os.path.abspath(os.path.expanduser(os.fspath(folder))) for folder in folders]
    if not named and not known:
        raise LibraryError("the library has no folders yet; name one")
    away = []
    if not named:
        named = [root for root in known if os.path.isdir(root)]
        away = [root for root in known if root not in named and _has_files(connection, known[root][1])]
    for root in named:
        if not os.path.isdir(root):
            what = "it is a file, and a folder is expected" if os.path.exists(root) else "there is no such folder"
            kept = "; what is known of it is kept, and forget() lets go of it" if root in known else ""
            raise LibraryError(f"{root!r}: {what}{kept}")
    inside = [root for root in known for other in named if root.startswith(os.path.join(other, ""))]
    inside = [root for root in inside if os.path.isdir(root)]
    kept_patterns = {root: kept for root, (kept, _) in known.items()}
    result = {root: kept_patterns.get(root) for root in [*named, *inside]}
    return (result if pattern is None else {**result, **dict.fromkeys(named, pattern)}), away


def _has_files(connection: sqlite3.Connection, folder: int) -> bool:
    """Tell whether files of a folder are known to be in it: one that all were moved from may be gone itself."""
    query = "SELECT 1 FROM files WHERE folder = ? AND state != 'gone' LIMIT 1"
    return connection.execute(query, (folder,)).fetchone() is not None


def forget_folder(connection: sqlite3.Connection, folder: str | os.PathLike[str]) -> int:
    """Have a folder not be followed any more, and its files be gone; return how many there were.

    Raises
    ------
    LibraryError
        If the library has no such folder.
    """
    root = os.path.abspath(os.path.expanduser(os.fspath(folder)))
    found = connection.execute("SELECT id FROM folders WHERE path = ? AND is_followed", (os.fsencode(root),)).fetchone()
    if found is None:
        raise LibraryError(f"{root!r} is no folder of the library")
    connection.execute("UPDATE folders SET is_followed = 0 WHERE id = ?", found)
    files = connection.execute("SELECT id FROM files WHERE folder = ? AND state != 'gone'", found).fetchall()
    set_state(connection, [file for (file,) in files], "gone")
    note_change(connection, "sounds")
    return len(files)


def follow_folder(connection: sqlite3.Connection, root: str, pattern: str | None) -> int:
    query = (
        "INSERT INTO folders (path, pattern) VALUES (?, ?) ON CONFLICT (path) "
        "DO UPDATE SET pattern = excluded.pattern, is_followed = 1 RETURNING id"
    )
    return int(connection.execute(query, (os.fsencode(root), pattern)).fetchone()[0])
