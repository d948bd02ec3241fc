"""Files are heard: batch by batch, whole or in parts, each batch kept at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skaudio._sqlite import sqlite3
from skaudio._transaction import transaction
from skaudio.audio import UNSCALED_PEAK
from skaudio.clips import Clip, TooLongError, as_clip, windows_of
from skaudio.exceptions import AudioReadError
from skaudio.extraction import Recipe, extract
from skaudio.library._catalogue import (
    Heard,
    drop_vectors,
    keep_file,
    keep_sounds,
    note_change,
)
from skaudio.library._changes import Found
from skaudio.library._words import category_of, index_words

_WINDOWS = 64  # of a long file that are in memory at a time


@dataclass(frozen=True)
class Maker:
    """What makes vectors.

    Parameters
    ----------
    id : int
        Its number in the catalogue.
    recipe : Recipe
        What is done with a clip.
    window : float or None
        Seconds of the parts that longer files are heard in; None hears all files whole.
    """

    id: int
    recipe: Recipe
    window: float | None


@dataclass(frozen=True)
class FileColumns:
    """What is written of each file beside its content."""

    maker: int
    categories: set[str]

    def values(self, found: Found) -> dict[str, Any]:
        return {
            "folder": found.folder,
            "size": found.size,
            "modified": found.modified,
            "digest": found.digest,
            "maker": self.maker,
            "recording": found.recording,
            "weak_label": found.weak_label,
            "category": category_of(os.fsdecode(found.path), self.categories),
        }


class Hearing:
    """Turns the files of one update into sounds, batch by batch, and stores each batch as soon as it is finished."""

    def __init__(self, connection: sqlite3.Connection, maker: Maker, about: FileColumns, n_jobs: int | None) -> None:
        self._connection = connection
        self._maker = maker
        self._about = about
        self._n_jobs = n_jobs
        reader = maker.recipe.reader
        limits = [each for each in (reader.max_duration, maker.window) if each is not None]
        # What is longer than a window is found while it is read: headers lie.
        self._is_divided = (
            maker.window is not None and reader.duration is None and min(limits) == maker.window and not reader.offset
        )
        limited = replace(reader, max_duration=min(limits)) if self._is_divided else reader
        self._recipe = Recipe(limited, maker.recipe.features)

    def hear(self, to_hear: Sequence[tuple[Found, int | None]], step: Callable[[int], Any]) -> None:
        """Hear files, and keep what is heard."""
        clips = [as_clip(os.fsdecode(found.path)) for found, _ in to_hear]
        long: list[int] = []
        work = extract(self._recipe, clips, store=None, n_jobs=self._n_jobs, keep_memory=False, stop_at_failure=False)
        with closing(work) as batches:
            for batch in batches:
                done = list(zip(batch.positions, batch.outcomes))
                too_long = {k for k, outcome in done if self._is_too_long(outcome)}
                long += sorted(too_long)
                if len(done) > len(too_long):
                    self._keep([(to_hear[k][0], outcome) for k, outcome in done if k not in too_long])
                step(len(done) - len(too_long))
        for k in sorted(long):
            self._keep([(to_hear[k][0], self._parts(clips[k]))])
            step(1)

    def _is_too_long(self, outcome: Any) -> bool:
        return self._is_divided and isinstance(outcome, AudioReadError) and isinstance(outcome.cause, TooLongError)

    def _parts(self, clip: Clip) -> Any:
        """Return the parts of a long file and its rate, or its error."""
        window = self._maker.window
        assert window is not None
        heard: list[Heard] = []
        batch: list[tuple[float, float, Any]] = []
        windows = windows_of(self._maker.recipe.reader, clip, window, window)
        try:
            while True:
                try:
                    batch.append(next(windows))
                except StopIteration as end:
                    reading = end.value
                    break
                if len(batch) == _WINDOWS:
                    heard += self._heard_parts(batch)
                    batch = []
            heard += self._heard_parts(batch)
        except AudioReadError as error:
            error.path = clip.path
            return error
        return heard, reading.rate, _doubt(reading)

    def _heard_parts(self, parts: list[tuple[float, float, Any]]) -> Iterator[Heard]:
        clips = [as_clip(samples) for _, _, samples in parts]
        recipe = self._maker.recipe
        rows: list[Any] = [None] * len(clips)
        work = extract(recipe, clips, store=None, n_jobs=self._n_jobs, keep_memory=False, stop_at_failure=True)
        with closing(work) as batches:
            for batch in batches:
                for k, outcome in zip(batch.positions, batch.outcomes):
                    if isinstance(outcome, AudioReadError):
                        start, end, _ = parts[k]
                        raise AudioReadError(f"from {start:g} to {end:g} s: {outcome.reason}", cause=outcome.cause)
                    rows[k] = outcome.rows
        for (start, end, _), row in zip(parts, rows):
            yield Heard(start, end, True, np.concatenate(row))

    def _keep(self, outcomes: Sequence[tuple[Found, Any]]) -> None:
        with transaction(self._connection):
            touched = []
            for found, outcome in outcomes:
                values = self._about.values(found)
                if isinstance(outcome, AudioReadError):
                    values |= {"state": "unreadable", "error": outcome.reason}
                    file = keep_file(self._connection, found.path, values)
                    sounds = self._connection.execute("SELECT id FROM sounds WHERE file = ?", (file,)).fetchall()
                    drop_vectors(self._connection, [sound for (sound,) in sounds])
                else:
                    heard, rate, doubt = _sounds_of(outcome)
                    seconds = max(each.end for each in heard)
                    values |= {"state": "heard", "error": doubt or None, "seconds": seconds, "sample_rate": rate}
                    file = keep_file(self._connection, found.path, values)
                    keep_sounds(self._connection, file, heard)
                touched.append(file)
            index_words(self._connection, touched)
            note_change(self._connection, "sounds")


def _sounds_of(outcome: Any) -> tuple[list[Heard], float, str]:
    """Return the sounds of a file, its rate, and what is odd about it."""
    if isinstance(outcome, tuple):
        return outcome
    heard = Heard(0.0, outcome.n_frames / outcome.rate, False, np.concatenate(outcome.rows))
    return [heard], outcome.rate, _doubt(outcome)


def _doubt(outcome: Any) -> str:
    """Return what is odd about something that was read; an empty text where nothing is."""
    if outcome.lost:
        return str(outcome.lost)
    return (
        f"its samples go up to {outcome.peak:g}, far above full scale, which is 1"
        if outcome.peak > UNSCALED_PEAK
        else ""
    )
