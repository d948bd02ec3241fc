"""What can be found by words: names, folders, tags, categories and predicted classes, in SQLite's full-text index."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection

from skaudio._shown import escape_unsafe
from skaudio._sqlite import sqlite3
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
    text = unicodedata.normalize("NFC", text)
    parted = _HUMP.sub(" ", text)
    return text if parted == text else f"{text} {parted}"


def index_words(connection: sqlite3.Connection, files: Collection[int]) -> None:
    """Bring the full-text index up to date for the sounds of some files."""
    for file in files:
        sounds = [sound for (sound,) in connection.execute("SELECT id FROM sounds WHERE file = ?", (file,))]
        connection.executemany("DELETE FROM words WHERE rowid = ?", [(sound,) for sound in sounds])
        found = connection.execute(
            "SELECT files.path, folders.path, files.category, files.weak_label FROM files "
            "JOIN folders ON folders.id = files.folder WHERE files.id = ? AND files.state = 'heard'",
            (file,),
        ).fetchone()
        if found is None:
            continue
        path, root, category, weak_label = found
        path, root = escape_unsafe(os.fsdecode(path)), escape_unsafe(os.fsdecode(root))
        folder, name = os.path.split(os.path.relpath(path, os.path.dirname(root)))
        about = connection.execute(
            "SELECT category, subcategory, words FROM categories WHERE id = ?", (category,)
        ).fetchone()
        of_file = (
            words_in(name),
            " ".join(map(words_in, [*folder.split(os.sep), weak_label or ""])),
        )
        categories = " ".join([words_in(category or ""), *map(words_in, about or ())])
        query = "INSERT INTO words (rowid, name, folder, tags, category, predicted) VALUES (?, ?, ?, ?, ?, ?)"
        for sound in sounds:
            said, predicted = _said_of(connection, sound)
            connection.execute(query, (sound, *of_file, said, categories, predicted))


def _said_of(connection: sqlite3.Connection, sound: int) -> tuple[str, str]:
    """Return the tags and labels of a sound, and its predicted class."""
    said = connection.execute("SELECT tag FROM tags WHERE sound = ?", (sound,)).fetchall()
    query = (
        "SELECT label FROM (SELECT label, verdict, row_number() OVER (PARTITION BY label ORDER BY at DESC, id DESC) "
        "AS place FROM labels WHERE sound = ?) WHERE place = 1 AND verdict = 'positive'"
    )
    said += connection.execute(query, (sound,)).fetchall()
    predicted = connection.execute("SELECT class FROM predictions WHERE sound = ?", (sound,)).fetchall()
    return " ".join(words_in(text) for (text,) in said), " ".join(words_in(text) for (text,) in predicted)


def find_words(connection: sqlite3.Connection, words: str) -> list[int]:
    """Return the sounds that all words are found of, the best first; of a word, its beginning is enough.

    A plural finds the singular, too.

    Raises
    ------
    ValueError
        If there is no word in the text.
    """
    terms = _WORD.findall(unicodedata.normalize("NFC", words))
    if not terms:
        raise ValueError(f"words={words!r} holds no word to look for")
    match = " AND ".join("(" + " OR ".join(f'"{form}"*' for form in _forms(term)) + ")" for term in terms)
    weights = ", ".join(map(str, _WEIGHTS))
    query = f"SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, {weights}), rowid"
    return [sound for (sound,) in connection.execute(query, (match,))]


def _forms(term: str) -> list[str]:
    return [term, term[:-1]] if len(term) > 3 and term.endswith("s") else [term]


def category_of(path: str, known: Collection[str]) -> str | None:
    """Return the id of the category that a file's name begins with, as the Universal Category System has it.

    Parameters
    ----------
    path : str
        The file.
    known : collection of str
        The ids that there are; where it is empty, whatever has their form is one.
    """
    if known:
        parts = os.path.splitext(os.path.basename(path))[0].split("_", 3)
        category = parts[0].partition("-")[0]
        return category if len(parts) == 4 and category in known else None
    found = parse_ucs_name(path)
    return None if found is None else found.category
