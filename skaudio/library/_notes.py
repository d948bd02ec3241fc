"""What is said of sounds: tags, labels and predictions."""

from __future__ import annotations

import getpass
import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skaudio.library._catalogue import note_change, now
from skaudio.library._features import to_text
from skaudio.library._words import index_words

_VERDICTS = ("positive", "negative", "unsure", "withdrawn")
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
        if verdict not in _VERDICTS:
            raise ValueError(f"verdict={verdict!r} is unknown; {', '.join(map(repr, _VERDICTS))} are known")
        rows = [(sound, _name(label, "label"), verdict, who or _user(), now()) for sound in sounds]
        query = "INSERT INTO labels (sound, label, verdict, who, at) VALUES (?, ?, ?, ?, ?)"
        self._connection.executemany(query, rows)
        self._changed(sounds)
        return len(rows)

    def labels(self) -> pd.DataFrame:
        """Return what was last said of each sound and class."""
        query = (
            "SELECT labels.sound, files.path, sounds.start, sounds.end, sounds.is_part, labels.label, labels.verdict, "
            "labels.who, labels.at FROM labels JOIN sounds ON sounds.id = labels.sound "
            "JOIN files ON files.id = sounds.file WHERE labels.verdict != 'withdrawn' AND files.state != 'gone' AND "
            "labels.id IN (SELECT max(id) FROM labels GROUP BY sound, label) ORDER BY labels.id"
        )
        rows = [
            (sound, os.fsdecode(path), start if is_part else None, end if is_part else None, *rest)
            for sound, path, start, end, is_part, *rest in self._connection.execute(query)
        ]
        table = pd.DataFrame(rows, columns=_LABELS, dtype=object)
        return table.astype({"sound": int, "start": float, "end": float})

    def predict(self, ids: np.ndarray, rows: np.ndarray, estimator: Any, transformer: Any) -> pd.DataFrame:
        """Keep what a classifier says of all sounds, and return it."""
        classifier = _of_rows(estimator, transformer)
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
    return text.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "unknown"


def _of_rows(estimator: Any, transformer: Any) -> Any:
    """Return the classifier of rows that an estimator is, or ends in."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    if isinstance(estimator, Pipeline) and hasattr(estimator[0], "transform_with_failures"):
        if to_text(estimator[0]) != to_text(transformer):
            raise ValueError(
                f"the pipeline makes rows by {estimator[0]!r}, and the library's vectors are of {transformer!r}; a "
                "classifier of those is needed"
            )
        estimator = estimator[1:]
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"{type(estimator).__name__} gives no probabilities; a classifier with predict_proba is needed"
        )
    check_is_fitted(estimator)
    return estimator
