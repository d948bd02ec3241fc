"""What can be found by words: names, folders, tags, categories and predicted classes, in SQLite's full-text index."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Collection

from skaudio._shown import shown
from skaudio.library._ucs import parse_ucs_name

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)")
_WORD = re.compile(r"[^\W_]+")
_WEIGHTS = (4.0, 1.0, 6.0, 2.0, 2.0)  # of name, folder, tags, category, predicted: what somebody has said counts most


def words_in(text: str) -> str:
    """Return the words of a name beside the name itself: ``DogBark02`` is found by ``bark``, too.

    Examples
    --------
    >>> words_in("DogBark02")
    'DogBark02 Dog Bark 02'
    """
    parted = _HUMP.sub(" ", text)
    return text if parted == text else f"{text} {parted}"


def index_words(connection: sqlite3.Connection, files: Collection[int]) -> None:
    """Bring the full-text index up to date for some files."""
    for file in files:
        connection.execute("DELETE FROM words WHERE rowid = ?", (file,))
        found = connection.execute(
            "SELECT files.path, folders.path, files.category, files.weak_label FROM files "
            "JOIN folders ON folders.id = files.folder WHERE files.id = ? AND files.state = 'heard'",
            (file,),
        ).fetchone()
        if found is None:
            continue
        path, root, category, weak_label = found
        path, root = shown(os.fsdecode(path)), shown(os.fsdecode(root))
        folder, name = os.path.split(os.path.relpath(path, os.path.dirname(root)))
        tags = [
            tag
            for (tag,) in connection.execute(
                "SELECT tag FROM tags JOIN sounds ON sounds.id = tags.sound WHERE sounds.file = ? "
                "UNION SELECT label FROM labels JOIN sounds ON sounds.id = labels.sound WHERE sounds.file = ? "
                "AND labels.verdict = 'positive' AND labels.id = (SELECT max(id) FROM labels AS later "
                "WHERE later.sound = labels.sound AND later.label = labels.label)",
                (file, file),
            )
        ]
        predicted = [
            name
            for (name,) in connection.execute(
                "SELECT DISTINCT class FROM predictions JOIN sounds ON sounds.id = predictions.sound "
                "WHERE sounds.file = ?",
                (file,),
            )
        ]
        about = connection.execute(
            "SELECT category, subcategory, words FROM categories WHERE id = ?", (category,)
        ).fetchone()
        connection.execute(
            "INSERT INTO words (rowid, name, folder, tags, category, predicted) VALUES (?, ?, ?, ?, ?, ?)",
            (
                file,
                words_in(os.path.splitext(name)[0]),
                " ".join(map(words_in, [*folder.split(os.sep), weak_label or ""])),
                " ".join(map(words_in, tags)),
                " ".join([words_in(category or ""), *(about or ())]),
                " ".join(map(words_in, predicted)),
            ),
        )


def find_words(connection: sqlite3.Connection, words: str) -> list[int]:
    """Return the files that all words are found in, the best first; of a word, its beginning is enough.

    Raises
    ------
    ValueError
        If there is no word in the text.
    """
    terms = _WORD.findall(words)
    if not terms:
        raise ValueError(f"words={words!r} holds no word to look for")
    match = " ".join(f'"{term}"*' for term in terms)
    weights = ", ".join(map(str, _WEIGHTS))
    query = f"SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, {weights}), rowid"
    return [file for (file,) in connection.execute(query, (match,))]


def category_of(path: str, known: Collection[str]) -> str | None:
    """Return the id of the category that a file's name begins with, as the Universal Category System has it.

    Parameters
    ----------
    path : str
        The file.
    known : collection of str
        The ids that there are; where it is empty, whatever has their form is one.
    """
    found = parse_ucs_name(path)
    if found is None or (known and found.category not in known):
        return None
    return found.category
