"""What has become of a folder since it was last looked at: by names, sizes and times, and content where they differ."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from skaudio.clips import digest_of
from skaudio.library._catalogue import Row


class Found(NamedTuple):
    """A file that is there."""

    path: bytes
    size: int
    modified: int  # ns
    digest: bytes | None = None


class Move(NamedTuple):
    """A file of the catalogue that is called otherwise now, or only has another time."""

    id: int
    was: bytes
    found: Found


@dataclass
class Changes:
    """What is to be done with files.

    Attributes
    ----------
    to_hear : list of (Found, int or None)
        Files that are new or have other content, and the id that those have.
    copies : list of (Found, int or None, int)
        New files with the content of another one, their own id if they have one, and that one's.
    moves : list of Move
        Files that are elsewhere, or have another time, and the same content.
    back : list of int
        Files that were gone.
    gone : list of int
        Files that are not there any more.
    unchanged : int
        How many are as they were.
    """

    to_hear: list[tuple[Found, int | None]] = field(default_factory=list)
    copies: list[tuple[Found, int | None, int]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    unchanged: int = 0


def look(paths: Iterable[str]) -> list[Found]:
    """Return the files that are there under these names, with size and time."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:  # a link that leads nowhere; a file that was deleted just now
            continue
        found.append(Found(os.fsencode(path), status.st_size, status.st_mtime_ns))
    return found


def changes(found: list[Found], known: dict[bytes, Row], folder: int, maker: int, *, again: bool) -> Changes:
    """Compare what is there with what is known.

    Parameters
    ----------
    found : list of Found
        The files of one folder.
    known : dict
        All files of the catalogue, by path.
    folder : int
        The folder's id: files of the catalogue that lie in it and are not found are gone.
    maker : int
        What makes vectors now: a file that another one could not read is tried again.
    again : bool
        Whether all files are heard again.
    """
    result = Changes()
    there = {each.path for each in found}
    open_: list[tuple[Found, Row | None]] = []
    for each in found:
        row = known.get(each.path)
        same = row is not None and (row.size, row.modified) == (each.size, each.modified)
        if row is None or not same or row.state == "gone":
            open_.append((each._replace(digest=digest_of(os.fsdecode(each.path))), row))
        elif again or (row.state == "unreadable" and row.maker != maker):
            result.to_hear.append((each._replace(digest=row.digest), row.id))
        else:
            result.unchanged += 1
    stays = {each.path for each, row in open_ if row is not None and _alike(row, each)}
    replaced = {each.path for each, row in open_ if row is not None}
    away = {  # rows whose content is not at their path any more, by content
        row.digest: (path, row)
        for path, row in known.items()
        if row.digest is not None
        and row.state != "unreadable"
        and path not in stays
        and (row.state == "gone" or path in replaced or (path not in there and _is_away(path, row, folder)))
    }
    sources = {  # their vectors are there, also where the file is not
        row.digest: row for row in known.values() if row.digest and row.state != "unreadable" and row.maker == maker
    }
    moved: set[int] = set()
    later: list[tuple[Found, Row | None]] = []
    for each, row in open_:
        if row is not None and _alike(row, each):
            result.moves.append(Move(row.id, each.path, each))
            if row.state == "gone":
                result.back.append(row.id)
            if again or row.state == "unreadable":
                result.to_hear.append((each, row.id))
        elif each.digest is not None and each.digest in away and away[each.digest][1].id not in moved:
            was, source = away[each.digest]
            moved.add(source.id)
            result.moves.append(Move(source.id, was, each))
            if source.state == "gone":
                result.back.append(source.id)
            if again:
                result.to_hear.append((each, source.id))
        else:
            later.append((each, row))
    for each, row in later:
        # A row that has moved away from this path leaves it to a new one.
        own = None if row is None or row.id in moved else row.id
        twin = None if each.digest is None or again else sources.get(each.digest)
        if twin is None or twin.id == own:
            result.to_hear.append((each, own))
        else:
            result.copies.append((each, own, twin.id))
    result.gone = [
        row.id
        for path, row in known.items()
        if row.folder == folder and row.state != "gone" and path not in there and row.id not in moved
    ]
    return result


def _alike(row: Row, found: Found) -> bool:
    return row.digest is not None and row.digest == found.digest


def _is_away(path: bytes, row: Row, folder: int) -> bool:
    """Tell whether a file that this folder does not hold is nowhere else either."""
    return row.folder == folder or not os.path.exists(path)
