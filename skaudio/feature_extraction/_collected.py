"""`CollectedRows`: what comes of the clips of one call, batch by batch: their rows, and what is wrong with some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skaudio.audio import UNSCALED_PEAK
from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError, AudioReadWarning, warn_user

_LISTED = 10  # lines of a warning


class CollectedRows:
    """The rows of some clips, NaN until they are there.

    Parameters
    ----------
    clips : list of Clip
        The clips.
    shapes : list of tuple of int
        The shape of a row, for each feature.
    """

    def __init__(self, clips: list[Clip], shapes: Sequence[tuple[int, ...]]) -> None:
        self._clips = clips
        self._results = [np.full((len(clips), *shape), np.nan, np.float32) for shape in shapes]
        self._failures: list[AudioReadError] = []
        self._loud: list[tuple[int, float]] = []
        self._cut: list[tuple[int, str]] = []

    def take(self, positions: Sequence[int], outcomes: Sequence[Any]) -> None:
        """Put the rows of a batch where they belong, and note what is wrong."""
        for position, outcome in zip(positions, outcomes):
            if isinstance(outcome, AudioReadError):
                self._failures.append(outcome)
                continue
            for result, row in zip(self._results, outcome.rows):
                result[position] = row
            if getattr(outcome, "peak", 0) > UNSCALED_PEAK:
                self._loud.append((position, outcome.peak))
            if getattr(outcome, "lost", ""):
                self._cut.append((position, outcome.lost))

    @property
    def failures(self) -> list[AudioReadError]:
        """The clips that cannot be read, in their order."""
        return sorted(self._failures, key=lambda failure: failure.position or 0)

    def joined(self) -> np.ndarray:
        """Return the rows, those of several features side by side."""
        return self._results[0] if len(self._results) == 1 else np.concatenate(self._results, axis=-1)

    def warn(self) -> None:
        """Warn of clips that are far too loud, and of those that are not as their headers have them."""
        n_clips = len(self._clips)
        if self._loud:
            position, peak = min(self._loud)
            warn_user(
                f"{len(self._loud)} of {n_clips} clips have samples far above full scale, which is 1; the first is "
                f"{self._describe_clip(position)}, up to {peak:g}. Integers that were made floats want scaling: pass "
                "16-bit samples as np.asarray(samples, 'int16')"
            )
        if self._cut:
            lines = first_lines([f"{self._describe_clip(position)}: {what}" for position, what in sorted(self._cut)])
            found = f"{len(self._cut)} of {n_clips} clips are not as their headers have them; what is there was taken"
            warn_user(f"{found}:\n{lines}", AudioReadWarning)

    def _describe_clip(self, position: int) -> str:
        path = self._clips[position].path
        return f"clip {position}" if path is None else f"clip {position}, {path!r}"


def first_lines(lines: list[str]) -> str:
    """Return the first ten lines, and how many there are more: a warning of 100,000 helps nobody."""
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return "\n".join(f"  {line}" for line in [*lines[:_LISTED], *more])
