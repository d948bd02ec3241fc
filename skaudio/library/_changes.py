"""What has become of folders since they were last looked at: by names, sizes, times, and content where they differ."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from skaudio.library._catalogue import Row


class Found(NamedTuple):
    """A file that is there, and what its place and its name say of it."""

    path: bytes
    size: int
    modified: int  # ns
    folder: int
    recording: str | None
    weak_label: str | None
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
        Files with the content of another one, their own id if they have one, and that one's.
    moves : list of Move
        Files that are elsewhere, or have another time, and the same content.
    redescribed : list of (int, Found)
        Files that have not changed, but whose folder, recording or weak label is another one now.
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
    redescribed: list[tuple[int, Found]] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    unchanged: int = 0


def changes(
    found: Iterable[Found],
    known: Mapping[bytes, Row],
    *,
    hashed: Callable[[Found], bytes | None],
    in_scope: Callable[[bytes], bool],
    is_away: Callable[[bytes, Row], bool],
    maker: int,
    again: bool,
) -> Changes:
    """Compare what is there with what is known.

    Parameters
    ----------
    found : iterable of Found
        The files of the folders that are looked at.
    known : dict
        All files of the catalogue, by path.
    hashed : callable
        From a file to the hash of its content.
    in_scope : callable
        Whether a path lies in these folders: what is known there and not found is gone.
    is_away : callable
        Whether a known file that is not found in them is nowhere else either.
    maker : int
        What makes vectors now: a file that another one could not read is tried again.
    again : bool
        Whether all files are heard again.
    """
    result = Changes()
    there: set[bytes] = set()
    opened: list[tuple[Found, Row | None]] = []
    for each in found:
        there.add(each.path)
        row = known.get(each.path)
        if row is None or row.state == "gone" or (row.size, row.modified) != (each.size, each.modified):
            opened.append((each._replace(digest=hashed(each)), row))
        elif again or (row.state == "unreadable" and (row.maker != maker or row.digest is None)):
            result.to_hear.append((each._replace(digest=row.digest), row.id))
        else:
            result.unchanged += 1
            if (row.folder, row.recording, row.weak_label) != (each.folder, each.recording, each.weak_label):
                result.redescribed.append((row.id, each._replace(digest=row.digest)))
    rest = _split_off_unchanged(opened, result, again=again)
    replaced = {each.path for each, row in rest if row is not None and row.state != "gone"}
    away = _away(known, there, replaced, {move.id for move in result.moves}, is_away)
    moved = _match(rest, away, result, again=again)
    sources = {row.digest: row for row in known.values() if row.digest and row.is_heard and row.maker == maker}
    for each, row in rest:
        if each.path in moved:
            continue
        # A row that has moved away from this path, or was gone from it, is of other content than is there now.
        is_left = row is None or row.id in moved.values() or row.state == "gone"
        own = None if is_left or row is None else row.id
        twin = None if each.digest is None or again else sources.get(each.digest)
        if twin is None or twin.id == own:
            result.to_hear.append((each, own))
        else:
            result.copies.append((each, own, twin.id))
    taken = set(moved.values())
    result.gone = [
        row.id
        for path, row in known.items()
        if row.state != "gone" and path not in there and row.id not in taken and in_scope(path)
    ]
    return result


def _split_off_unchanged(
    opened: Iterable[tuple[Found, Row | None]], result: Changes, *, again: bool
) -> list[tuple[Found, Row | None]]:
    """Settle files that hold what they did, and return the others."""
    rest = []
    for each, row in opened:
        if row is None or row.digest is None or row.digest != each.digest:
            rest.append((each, row))
        elif row.is_heard:
            result.moves.append(Move(row.id, each.path, each))
            if row.state == "gone":
                result.back.append(row.id)
            if again:
                result.to_hear.append((each, row.id))
        else:
            result.to_hear.append((each, row.id))
    return rest


def _away(
    known: Mapping[bytes, Row],
    there: set[bytes],
    replaced: set[bytes],
    staying: set[int],
    is_away: Callable[[bytes, Row], bool],
) -> dict[bytes, list[tuple[bytes, Row]]]:
    """Return the rows whose content is not at their path any more, by content."""
    vanished, overwritten, present = [], [], set()
    for path, row in known.items():
        if row.digest is None or not row.is_heard or row.id in staying:
            if row.id in staying and row.digest is not None:
                present.add(row.digest)
        elif row.state == "gone" or (path not in there and is_away(path, row)):
            vanished.append((path, row))
        elif path in replaced:
            overwritten.append((path, row))
        else:
            present.add(row.digest)
    result: dict[bytes, list[tuple[bytes, Row]]] = {}
    # Where a twin is still there, a new file of that content is a copy, and the one that was written over has changed.
    for path, row in [*vanished, *(each for each in overwritten if each[1].digest not in present)]:
        assert row.digest is not None
        result.setdefault(row.digest, []).append((path, row))
    return result


def _match(
    rest: list[tuple[Found, Row | None]],
    away: Mapping[bytes, list[tuple[bytes, Row]]],
    result: Changes,
    *,
    again: bool,
) -> dict[bytes, int]:
    """Match new files with known ones of the same content that have left their path; return ids by the new paths.

    Of several known files one of the same name comes first, then one that was there until now, then one that has tags
    or labels.
    """
    pairs: dict[bytes, tuple[Found, Row | None, bytes, Row]] = {}
    used: set[int] = set()
    for by_name in (True, False):
        for each, row in rest:
            if each.digest is None or each.path in pairs:
                continue
            candidates = [
                (path, other)
                for path, other in away.get(each.digest, ())
                if other.id not in used and (not by_name or os.path.basename(path) == os.path.basename(each.path))
            ]
            if not candidates:
                continue
            was, source = min(candidates, key=lambda pair: (pair[1].state == "gone", not pair[1].is_noted, pair[1].id))
            used.add(source.id)
            pairs[each.path] = each, row, was, source
    moved: dict[bytes, int] = {}
    for path, (each, row, was, source) in pairs.items():
        stays = row is not None and row.state != "gone" and row.id not in used
        if row is not None and stays and row.is_noted and not source.is_noted:
            # A program has saved this file by way of a temporary one, which the library had seen, too. Tags and labels
            # belong to this path, and not to the temporary file.
            moved[path] = row.id
            result.copies.append((each, row.id, source.id))
            continue
        moved[path] = source.id
        result.moves.append(Move(source.id, was, each))
        if source.state == "gone":
            result.back.append(source.id)
        if again:
            result.to_hear.append((each, source.id))
    return moved
