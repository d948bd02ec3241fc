"""What is said of sounds: tags, labels and predictions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skaudio._shown import escape_unsafe
from skaudio._sqlite import sqlite3
from skaudio._user import user_name
from skaudio.exceptions import LibraryError
from skaudio.labelling import VERDICTS, row_classifier
from skaudio.library._catalogue import LAST_WORDS, note_change, now
from skaudio.library._words import index_words

_LABELS = ["sound", "path", "start", "end", "label", "verdict", "who", "at"]


class Notes:
    """What is said of the sounds of one open library."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def tag(self, sounds: Sequence[int], tag: str, *, remove: bool) -> int:
        """Give sounds a tag or take it away, and return of how many that changed anything."""
        tag = _name(tag, "tag")
        query = (
            "DELETE FROM tags WHERE sound = ? AND tag = ?" if remove else "INSERT OR IGNORE INTO tags VALUES (?, ?, ?)"
        )
        rows = [(sound, tag) if remove else (sound, tag, now()) for sound in sounds]
        n = sum(self._connection.execute(query, row).rowcount for row in rows)
        self._changed(sounds)
        return n

    def label(self, sounds: Sequence[int], label: str, verdict: str, who: str | None) -> int:
        """Say something of sounds, and return of how many."""
        if verdict not in VERDICTS:
            raise ValueError(f"verdict={verdict!r} is unknown; {', '.join(map(repr, VERDICTS))} are known")
        rows = [(sound, _name(label, "label"), verdict, who or user_name(), now()) for sound in sounds]
        self._say(rows)
        return len(rows)

    def take_over(self, said: pd.DataFrame, catalogue: pd.DataFrame) -> int:
        """Say what a table of annotations says, and return of how many sounds."""
        by_place = {
            (path, start if is_part else None): sound
            for sound, path, start, is_part in catalogue[["id", "path", "start", "is_part"]].itertuples(index=False)
        }
        lacking = {"path", "label"} - set(said.columns)
        if lacking:
            raise ValueError(f"the table has no column {', '.join(sorted(lacking))}; it has {', '.join(said.columns)}")
        rows = []
        for row in said.to_dict("records"):
            row = {name: value for name, value in row.items() if value is not None and value == value}  # no NaN
            start = row.get("start")
            start = None if start is None else float(start)
            sound = by_place.get((os.path.abspath(row["path"]), start))
            if sound is None:
                part = "" if start is None else f" from {start:g} s"
                raise LibraryError(f"{row['path']!r}{part} is no sound of the library")
            if (verdict := row.get("verdict", "positive")) not in VERDICTS:
                raise ValueError(f"verdict={verdict!r} is unknown; {', '.join(map(repr, VERDICTS))} are known")
            rows.append(
                (
                    int(sound),
                    _name(row.get("label"), "label"),
                    verdict,
                    row.get("who") or user_name(),
                    row.get("at") or now(),
                )
            )
        self._say(rows)
        return len(rows)

    def _say(self, rows: list[tuple[int, str, str, str, str]]) -> None:
        query = "INSERT INTO labels (sound, label, verdict, who, at) VALUES (?, ?, ?, ?, ?)"
        self._connection.executemany(query, rows)
        self._changed({sound for sound, *_ in rows})

    def labels(self) -> pd.DataFrame:
        """Return what was last said of each sound and class."""
        query = (
            "SELECT labels.sound, files.path, sounds.start, sounds.end, sounds.is_part, labels.label, labels.verdict, "
            f"labels.who, labels.at FROM ({LAST_WORDS}) AS labels JOIN sounds ON sounds.id = labels.sound "
            "JOIN files ON files.id = sounds.file JOIN vectors ON vectors.sound = sounds.id "
            "WHERE files.state = 'heard' ORDER BY labels.at, labels.id"
        )
        rows = [
            (sound, os.fsdecode(path), start if is_part else None, end if is_part else None, *rest)
            for sound, path, start, end, is_part, *rest in self._connection.execute(query)
        ]
        table = pd.DataFrame(rows, columns=_LABELS, dtype=object)
        return table.astype({"sound": int, "start": float, "end": float})

    def predict(self, ids: np.ndarray, rows: np.ndarray, estimator: Any, transformer: Any) -> pd.DataFrame:
        """Keep what a classifier says of all sounds, and return it."""
        classifier = row_classifier(estimator, transformer)
        check_is_fitted(classifier)
        shares = classifier.predict_proba(rows) if len(ids) else np.zeros((0, 1))
        best = np.argmax(shares, axis=1)
        names = pd.Series([str(classifier.classes_[k]) for k in best], dtype=object)
        table = pd.DataFrame({"id": ids, "predicted": names, "probability": np.max(shares, axis=1)})
        model, at = repr(classifier)[:200], now()
        self._connection.execute("DELETE FROM predictions")
        self._connection.executemany(
            "INSERT INTO predictions VALUES (?, ?, ?, ?, ?)",
            [(int(sound), name, float(share), model, at) for sound, name, share in table.itertuples(index=False)],
        )
        self._changed(ids.tolist())
        return table

    def _changed(self, sounds: Iterable[int]) -> None:
        files = {
            self._connection.execute("SELECT file FROM sounds WHERE id = ?", (sound,)).fetchone()[0] for sound in sounds
        }
        index_words(self._connection, files)
        note_change(self._connection, "notes")


def _name(text: Any, what: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{what}={text!r} must be a text that is not empty")
    if escape_unsafe(text) != text:
        raise ValueError(f"{what}={text!r} holds characters that are no text, or that a terminal would obey")
    return text.strip()
