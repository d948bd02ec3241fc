"""Why the files that a table lists are not where it says: what tables from elsewhere have in common."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from skaudio.datasets._sounds import ENDINGS

_MAX_FILES = 20_000  # that are looked at below a folder, for one of the right name


def why_missing(listed: str, folder: str) -> str:
    """Say what keeps a file from being found, and which one is there instead; an empty string where nothing is known.

    Parameters
    ----------
    listed : str
        The path as the table has it.
    folder : str
        The folder that relative paths start from.
    """
    folder = folder or os.curdir
    for path, reason in _spellings(listed):
        if path != listed and os.path.isfile(os.path.join(folder, path)):
            return f"{reason}: {os.path.join(folder, path)!r} is there"
    return _elsewhere(re.sub(r"^[A-Za-z]:", "", listed.strip().replace("\\", "/")), folder)


def _spellings(listed: str) -> Iterator[tuple[str, str]]:
    """Yield paths that may have been meant, and what is wrong with the one that is listed."""
    yield listed.strip(), "there is white space around the paths"
    yield listed.strip("'\" "), "there are quotes around the paths"
    if "\\" in listed:
        yield listed.replace("\\", "/"), "the paths have backslashes, as Windows writes them"
    if listed.lower().startswith("file:"):
        yield unquote(re.sub("^file:(//(localhost)?)?", "", listed, flags=re.IGNORECASE)), "the paths are addresses"
    yield unquote(listed), "the paths are written as addresses are, with %20 for a space"
    stem, ending = os.path.splitext(listed)
    for other in ENDINGS:
        yield listed + other, "the paths lack an ending"
        yield listed + other.upper(), "the paths lack an ending"
        if ending:
            yield stem + other, f"the paths end in {ending}"
            yield stem + other.upper(), f"the paths end in {ending}"
    reason = "letters with accents are written in another form of Unicode"
    yield unicodedata.normalize("NFC", listed), reason
    yield unicodedata.normalize("NFD", listed), reason


def _elsewhere(listed: str, folder: str) -> str:
    """Look for a file of that name below the folder, and tell which root the path would be right from."""
    name = os.path.basename(listed)
    n_files = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        n_files += len(names)
        found = next((each for each in names if each == name), None) or next(
            (each for each in names if each.casefold() == name.casefold()), None
        )
        if found is not None:
            path = os.path.join(place, found)
            if found != name:
                return f"a file of other capitals is there: {path!r}"
            if not os.path.isabs(listed) and path.endswith(os.sep + os.path.normpath(listed)):
                root = path[: -len(os.path.normpath(listed)) - 1]
                return f"{path!r} is there: pass root={root!r}"
            return f"a file of that name is {path!r}"
        if n_files > _MAX_FILES:
            break
    return ""
